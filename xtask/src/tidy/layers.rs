//! The one straight line of crates: each uses only what stands to its right.

use anyhow::{Context, Result};

use super::{Finding, SourceFile};

const LINE: [&str; 6] = ["cli", "api", "app", "adapters", "store", "domain"];
/// Not in the line: `testkit` serves tests, `xtask` developers, `simulator` both tests and users.
const TESTKIT: &str = "testkit";
/// It stands beside the line: it plays what `adapters` reads, and `cli` starts it.
const SIMULATOR: &str = "simulator";
const XTASK: &str = "xtask";
/// What users build on: it knows the server by its API only, and so does every program in `examples`.
const CLIENT: &str = "client";
const EXAMPLES: &str = "examples";
/// Folders that hold crates instead of being one.
const SHELVES: [&str; 2] = ["clients", EXAMPLES];

/// Reads every crate's `Cargo.toml`.
pub(super) fn check(files: &[SourceFile]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in files {
        let parts: Vec<&str> = file.path.iter().filter_map(|part| part.to_str()).collect();
        let name = match parts[..] {
            [name, "Cargo.toml"] => name,
            [shelf, _, "Cargo.toml"] if SHELVES.contains(&shelf) => match shelf {
                EXAMPLES => EXAMPLES,
                _ => CLIENT,
            },
            _ => continue,
        };
        let manifest: toml::Table =
            file.text.parse().with_context(|| file.path.display().to_string())?;
        for table in ["dependencies", "build-dependencies", "dev-dependencies"] {
            for used in manifest.get(table).and_then(toml::Value::as_table).into_iter().flatten() {
                let used = used.0.strip_prefix("chandlery-").unwrap_or(used.0);
                if let Some(what) = broken(name, used, table == "dev-dependencies") {
                    findings.push(Finding::new(&file.path, line_of(&file.text, table, used), what));
                }
            }
        }
    }
    Ok(findings)
}

/// What is wrong with the crate `name` using `used`.
fn broken(name: &str, used: &str, in_tests: bool) -> Option<String> {
    if used == XTASK {
        return Some(format!("{name} uses xtask, which is for developers only"));
    }
    if used == TESTKIT {
        return (!in_tests)
            .then(|| format!("{name} uses testkit outside tests: make it a dev-dependency"));
    }
    if used == SIMULATOR {
        let what = "uses simulator, which serves cli and tests: make it a dev-dependency";
        return (name != "cli" && !in_tests).then(|| format!("{name} {what}"));
    }
    if used == CLIENT {
        let what = "uses the client, which is for programs outside the server";
        let fine = [EXAMPLES, "cli"].contains(&name) || in_tests;
        return (!fine).then(|| format!("{name} {what}"));
    }
    let right = LINE.iter().position(|layer| *layer == used)?;
    let allowed = match LINE.iter().position(|layer| *layer == name) {
        Some(left) => left < right,
        None if name == SIMULATOR => ["adapters", "domain"].contains(&used),
        None => name == TESTKIT,
    };
    let line = LINE.join(" → ");
    (!allowed).then(|| format!("{name} uses {used}, against the line {line}"))
}

/// The line (from 1) that names the dependency within its table.
fn line_of(text: &str, table: &str, used: &str) -> usize {
    let header = format!("[{table}");
    let start = text.lines().position(|line| line.starts_with(&header)).unwrap_or(0);
    let names = |line: &str| {
        let line = line.trim_start().trim_start_matches("chandlery-");
        line.strip_prefix(used).is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    let after = text.lines().skip(start).position(names).unwrap_or(0);
    start + after + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rightwards() {
        for (left, name) in LINE.iter().enumerate() {
            for (right, used) in LINE.iter().enumerate() {
                assert_eq!(broken(name, used, false).is_none(), left < right, "{name} → {used}");
            }
        }
    }

    #[test]
    fn testkit_only_in_tests_and_xtask_never() {
        assert!(broken("store", "testkit", true).is_none());
        assert!(broken("store", "testkit", false).is_some());
        assert!(broken("testkit", "store", false).is_none());
        assert!(broken("cli", "xtask", true).is_some());
        assert!(broken("xtask", "domain", false).is_some());
        assert!(broken("store", "tokio", false).is_none());
    }

    #[test]
    fn the_simulator_stands_beside_the_line() {
        for used in LINE {
            let fine = ["adapters", "domain"].contains(&used);
            assert_eq!(broken("simulator", used, false).is_none(), fine, "simulator → {used}");
        }
        assert!(broken("cli", "simulator", false).is_none());
        assert!(broken("app", "simulator", true).is_none());
        assert!(broken("app", "simulator", false).is_some());
    }

    #[test]
    fn clients_and_examples_know_the_server_by_its_api_only() {
        for used in LINE {
            assert!(broken("client", used, false).is_some(), "client → {used}");
            assert!(broken("examples", used, true).is_some(), "examples → {used}");
        }
        assert!(broken("examples", "client", false).is_none());
        assert!(broken("cli", "client", false).is_none());
        assert!(broken("api", "client", false).is_some());
        assert!(broken("client", "reqwest", false).is_none());
        let file = SourceFile {
            path: "clients/rust/Cargo.toml".into(),
            text: "[dependencies]\ndomain.workspace = true\n".to_owned(),
        };
        let findings = check(&[file]).unwrap();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].to_string().contains("client uses domain"), "{}", findings[0]);
    }

    #[test]
    fn names_the_line_of_the_right_table() {
        let text = "[package]\nname = \"x\"\n\n[dependencies]\ntoml = \"1\"\n\n\
                    [dev-dependencies]\nchandlery-app = { path = \"../app\" }\n";
        let file = SourceFile { path: "store/Cargo.toml".into(), text: text.to_owned() };
        let findings = check(&[file]).unwrap();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, 8);
    }
}
