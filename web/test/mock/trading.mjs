// Venue accounts, strategies and bots of the mock server: what is started, made and changed stays so.
import { randomUUID } from "node:crypto";

import { Hooks } from "./hooks.mjs";
import { Refusal } from "./refusal.mjs";

const SECOND_MS = 1000;
const ago = (/** @type {number} */ seconds) =>
  new Date(Date.now() - seconds * SECOND_MS).toISOString();
const named = (/** @type {string} */ what, /** @type {string} */ id) =>
  new Refusal(404, `unknown_${what}`, `There is no such ${what}`, `there is no ${what} ${id}`);

/** What a strategy's bots are configured by. */
export const SCHEMA = {
  type: "object",
  required: ["symbol", "fast", "slow"],
  properties: {
    symbol: { type: "string", title: "Symbol", default: "replay:BTCUSDT" },
    fast: { type: "integer", minimum: 1, title: "Fast average, candles", default: 9 },
    slow: { type: "integer", minimum: 2, title: "Slow average, candles", default: 21 },
    stake: { type: "number", title: "Stake, USDT", description: "Of each entry." },
  },
};

/** @param {object} more @returns {any} */
const account = (more) => ({
  ...{ id: randomUUID(), venue: "replay", kind: "paper", has_credentials: false },
  ...{ key_beginning: null, archived_at: null, created_at: ago(900_000), updated_at: ago(900_000) },
  ...more,
});

/** @param {object} more @returns {any} */
const bot = (more) => ({
  ...{ id: randomUUID(), type: "paper", description: null, config: {}, extra_metadata: {} },
  ...{ silent_after_s: 60, strategy_version: null, status: "stopped", balance: null },
  ...{ total_pnl: null, error_count: 0, last_heartbeat: null, started_at: null },
  ...{ created_at: ago(800_000), updated_at: ago(800), ...more },
});

/** What there is for the tests; a new one for each. */
export class Trading {
  /** Whether it fails. */
  fails = false;
  accounts = [
    account({ name: "Paper" }),
    account({ name: "Binance spot", venue: "binance", kind: "external", key_beginning: "vmPUZE" }),
  ];
  versions = [
    {
      ...{ id: randomUUID(), version: 2, notes: "With a stake.", created_at: ago(500_000) },
      ...{ config_schema: SCHEMA, parameters: { candles: "5m" } },
    },
    {
      ...{ id: randomUUID(), version: 1, notes: null, created_at: ago(700_000) },
      ...{ config_schema: null, parameters: {} },
    },
  ];
  /** @type {any[]} */
  strategies = [
    {
      ...{ id: randomUUID(), name: "Cross", description: "Two moving averages.", accounts: [] },
      ...{ latest_version: 2, created_at: ago(700_000), updated_at: ago(500_000) },
      versions: this.versions,
    },
  ];
  /** @type {any[]} */
  templates = [
    {
      ...{ id: randomUUID(), name: "Moving averages", description: null, is_public: true },
      ...{ own: false, created_at: ago(9e5), updated_at: ago(9e5) },
      template_data: { config_schema: SCHEMA, parameters: {} },
    },
  ];
  /** @type {any[]} */
  bots;
  /** By bot, newest first. @type {Map<string, any[]>} */
  heartbeats = new Map();
  hooks = new Hooks();
  /** Of paper accounts. @type {any[]} */
  keys = [];

  constructor() {
    const [paper, spot] = this.accounts.map(({ id }) => id);
    const [version] = this.versions.map(({ id }) => id);
    const config = { symbol: "replay:BTCUSDT", fast: 9, slow: 21, stake: 250 };
    const cross = { account: paper, strategy_version: version, config, started_at: ago(7_000) };
    const told = { balance: "10241.37", total_pnl: "241.37", last_heartbeat: ago(3) };
    this.bots = [
      bot({ name: "Cross on BTC", ...cross, ...told, status: "running" }),
      bot({ name: "Cross on ETH", ...cross, status: "silent", last_heartbeat: ago(4_100) }),
      bot({
        ...{ name: "Grid", account: spot, type: "live", status: "error", error_count: 3 },
        ...{ balance: "1830.5", total_pnl: "-169.5", last_heartbeat: ago(11) },
      }),
      bot({ name: "Old one", account: paper, total_pnl: "0", balance: "500" }),
    ];
    const beat = { message: null, error: null, balance: null };
    this.heartbeats.set(
      this.bots[0].id,
      Array.from({ length: 45 }, (_, i) => ({
        ...{ ...beat, at: ago(3 + 20 * i), balance: "10241.37" },
        message: i % 4 === 0 ? `candle ${45 - i}: fast above slow` : null,
      })),
    );
    this.heartbeats.set(this.bots[2].id, [
      { ...beat, at: ago(11), error: "binance answered 418: too many requests" },
      { ...beat, at: ago(31), message: "12 orders are open", balance: "1830.5" },
    ]);
  }

  /** @param {string | undefined} method @param {URL} url @param {any} body @returns {object | undefined} */
  answer(method, url, body) {
    if (this.fails) {
      const detail = "The database does not answer: connection refused. Is it running?";
      throw new Refusal(503, "database_unavailable", "The database is not available", detail);
    }
    const [, , , what, id, more, ...rest] = url.pathname.split("/");
    if (more === "webhooks") {
      const owner = this.bots.find((each) => each.id === id);
      if (owner === undefined) throw named("bot", String(id));
      return this.hooks.answer(method, owner, rest, body, url.searchParams);
    }
    if (more === "signing-keys") return this.#keys(method, String(id), rest[0], body);
    if (what === "accounts") return this.#account(method, id, more, body);
    if (what === "bots") return this.#bot(method, id, more, body, url.searchParams);
    if (what === "strategies") return this.#strategy(method, id, more, body);
    if (what === "templates") return this.#template(method, id, body);
    throw new Refusal(404, "not_found", "No such page", `There is nothing at ${url.pathname}.`);
  }

  /** @param {string | undefined} method @param {string | undefined} id @param {string | undefined} more @param {any} body */
  #account(method, id, more, body) {
    if (id === undefined && method === "GET") return { accounts: this.accounts };
    if (id === undefined) {
      taken(this.accounts, body.name, "account");
      const key = body.credentials?.key;
      const made = account({ ...body, key_beginning: key?.slice(0, 6) ?? null });
      this.accounts.push(made);
      return made;
    }
    const found = this.accounts.find((each) => each.id === id);
    if (found === undefined) throw named("account", id);
    if (more === "archive") {
      if (this.bots.some((each) => each.account === id && isActive(each))) {
        const detail = "a bot of the account is started; stop it first";
        throw new Refusal(409, "account_in_use", "A bot of the account is started", detail);
      }
      found.archived_at = ago(0);
    }
    return found;
  }

  /** @param {string | undefined} method @param {string} account @param {string | undefined} id @param {any} body */
  #keys(method, account, id, body) {
    if (id !== undefined) this.keys = this.keys.filter((each) => each.id !== id);
    if (method === "DELETE") return undefined;
    if (method === "GET") return { keys: this.keys.filter((each) => each.account === account) };
    if (body.name === "") {
      const refusal = new Refusal(400, "invalid_key", "Not a key", "name is 1 to 64 characters");
      throw Object.assign(refusal, { body: { ...refusal.body, parameter: "name" } });
    }
    const [api_key, secret] = [`chr_${randomUUID()}`, `chx_${randomUUID()}`];
    const made = {
      ...{ id: randomUUID(), account, name: body.name, beginning: api_key.slice(0, 10) },
      ...{ created_at: ago(0), last_used_at: null, last_used_ip: null },
    };
    this.keys.push(made);
    return { ...made, api_key, secret };
  }

  /** @param {string | undefined} method @param {string | undefined} id @param {string | undefined} more @param {any} body @param {URLSearchParams} query */
  #bot(method, id, more, body, query) {
    if (id === undefined && method === "GET") return { bots: this.bots, next: null };
    if (id === undefined) {
      taken(this.bots, body.name, "bot");
      this.#checkConfig(body.strategy_version, body.config);
      const made = bot({ ...body, created_at: ago(0), updated_at: ago(0) });
      this.bots.unshift(made);
      return made;
    }
    const found = this.bots.find((each) => each.id === id);
    if (found === undefined) throw named("bot", id);
    if (more === "heartbeats") return this.#beats(id, query);
    if (more !== undefined) return command(found, more);
    if (method === "DELETE") {
      this.bots = this.bots.filter((each) => each !== found);
      return undefined;
    }
    if (method === "PATCH") {
      if (body.config) this.#checkConfig(found.strategy_version, body.config);
      Object.assign(found, body);
    }
    return found;
  }

  /** @param {string} id @param {URLSearchParams} query */
  #beats(id, query) {
    const all = this.heartbeats.get(id) ?? [];
    const from = Number(query.get("cursor") ?? 0);
    const to = from + Number(query.get("limit") ?? 100);
    return { heartbeats: all.slice(from, to), next: to < all.length ? String(to) : null };
  }

  /** As far as the tests need a schema. @param {string | undefined} version @param {any} config */
  #checkConfig(version, config) {
    const versions = this.strategies.flatMap((each) => each.versions);
    const schema = versions.find(({ id }) => id === version)?.config_schema;
    for (const [name, property] of Object.entries(schema?.properties ?? {})) {
      if (property.type !== "integer") continue;
      const value = config[name];
      if (Number.isInteger(value) && value >= 1) continue;
      const wrong = Number.isInteger(value) ? "is less than the minimum of 1" : "is not an integer";
      const detail = `config/${name}: the value ${wrong}`;
      throw new Refusal(400, "invalid_config", "The strategy's schema refuses it", detail);
    }
  }

  /** @param {string | undefined} method @param {string | undefined} id @param {any} body */
  #template(method, id, body) {
    if (id === undefined && method === "GET") return { templates: this.templates, next: null };
    if (id === undefined) {
      taken(this.templates, body.name, "template");
      const bare = { id: randomUUID(), description: null, own: true, is_public: false };
      const made = { ...bare, created_at: ago(0), updated_at: ago(0), ...body };
      this.templates.push(made);
      return made;
    }
    const found = this.templates.find((each) => each.id === id && each.own);
    if (found === undefined) throw named("template", id);
    if (method === "PATCH") return Object.assign(found, body, { updated_at: ago(0) });
    this.templates = this.templates.filter((each) => each !== found);
    return undefined;
  }

  /** @param {string | undefined} method @param {string | undefined} id @param {string | undefined} more @param {any} body */
  #strategy(method, id, more, body) {
    const shown = (/** @type {any} */ each) => ({ ...each, versions: undefined });
    if (id === undefined && method === "GET") return { strategies: this.strategies.map(shown) };
    if (id === undefined) {
      taken(this.strategies, body.name, "strategy");
      const template = this.templates.find((each) => each.id === body.template);
      const version = { id: randomUUID(), version: 1, notes: null, created_at: ago(0) };
      const versions = template ? [{ ...version, ...template.template_data }] : [];
      const made = {
        ...{ id: randomUUID(), name: body.name, description: body.description ?? null },
        ...{ accounts: [], latest_version: template ? 1 : null, versions },
        ...{ created_at: ago(0), updated_at: ago(0) },
      };
      this.strategies.push(made);
      return shown(made);
    }
    const found = this.strategies.find((each) => each.id === id);
    if (found === undefined) throw named("strategy", id);
    if (method === "DELETE") {
      this.strategies = this.strategies.filter((each) => each !== found);
      return undefined;
    }
    if (more !== "versions") return shown(found);
    if (method === "GET") return { versions: found.versions };
    if (body.config_schema?.type === "nonsense") {
      const detail = 'config_schema/type: "nonsense" is not valid';
      throw new Refusal(400, "invalid_schema", "Not a JSON Schema", detail);
    }
    const number = (found.latest_version ?? 0) + 1;
    const rest = { config_schema: null, parameters: {}, notes: null, ...body };
    const made = { id: randomUUID(), version: number, created_at: ago(0), ...rest };
    found.versions.unshift(made);
    found.latest_version = number;
    return made;
  }
}

/** @param {any} bot */
const isActive = (bot) => ["running", "silent", "error"].includes(bot.status);

/** @param {any} found @param {string} what */
function command(found, what) {
  if (what === "pause" && found.status === "stopped") {
    const detail = "the bot is stopped; start it first";
    throw new Refusal(409, "bot_stopped", "The bot is stopped", detail);
  }
  if (what === "start") Object.assign(found, { status: "running", started_at: ago(0) });
  else found.status = what === "stop" ? "stopped" : "paused";
  return found;
}

/** @param {any[]} all @param {string} name @param {string} what */
function taken(all, name, what) {
  if (!all.some((each) => each.name === name)) return;
  const refusal = new Refusal(409, "name_taken", "The name is taken", `there is a ${what} ${name}`);
  Object.assign(refusal.body, { parameter: "name" });
  throw refusal;
}
