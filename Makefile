# Everything a developer and CI do. `make help` lists it.

LISTEN ?= 127.0.0.1:8080
DATA_DIR ?= chandlery-data
CARGO ?= cargo
NPM := npm --prefix web
TARGET := $(or $(CARGO_TARGET_DIR),target)
RELEASE := $(TARGET)/release/chandlery
DEBUG := $(TARGET)/debug/chandlery

.DEFAULT_GOAL := help
.PHONY: help run build dist test check bench docs clean deps

help: ## List what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Install what is missing, build, and start with the demo data at http://127.0.0.1:8080
	$(RELEASE) up --demo --data-dir $(DATA_DIR) --listen $(LISTEN)

build: deps web/dist/index.html ## Build the page and the program, target/release/chandlery
	$(CARGO) build --release --locked --package chandlery-cli

dist: deps web/dist/index.html ## The same, smaller and faster, and slow to build: target/dist/chandlery
	$(CARGO) build --profile dist --locked --package chandlery-cli

check: web/node_modules/.package-lock.json ## Formatting, lints and house rules only
	$(CARGO) fmt --all --check
	$(CARGO) xtask tidy
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(NPM) run --silent check

# The binaries are built before the tests run, for tests start them: the program, and testkit's own.
test: ## Everything that CI runs
	scripts/install-deps --tests
	$(MAKE) web/dist/index.html check
	$(CARGO) build --workspace --all-targets --locked
	$(CARGO) test --workspace --locked
	CHANDLERY_BIN=$(DEBUG) scripts/test-e2e
	scripts/test-browser $(DEBUG)

bench: build ## Measure requests and start on the data folder; docs/benchmarks.md has the rest
	$(RELEASE) bench http --data-dir $(DATA_DIR) --symbol binance:BTCUSDT
	$(RELEASE) bench start --data-dir $(DATA_DIR)

docs: web/node_modules/.package-lock.json ## Write what is generated: docs/configuration.md, docs/cli.md, docs/access.md, the page's API types
	$(CARGO) build --locked --package chandlery-cli
	$(DEBUG) config reference --markdown > docs/configuration.md
	$(DEBUG) reference > docs/cli.md
	$(DEBUG) reference access > docs/access.md
	$(DEBUG) openapi > web/openapi.json
	$(NPM) run --silent types

clean: ## Remove what was built; data stays
	$(CARGO) clean
	rm -rf web/dist web/node_modules

deps:
	@scripts/install-deps

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	$(NPM) ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.ts web/tsconfig.json \
		$(shell find web/src web/public -type f 2>/dev/null)
	$(NPM) run --silent build
	@touch $@
