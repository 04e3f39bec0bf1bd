//! What folders may be called, and SQL files that nothing reads.

use std::collections::BTreeSet;

use super::{Finding, SourceFile};

/// The same eight names in every crate, so that whoever looks for orders finds `ledger` everywhere.
const AREAS: [&str; 8] = ["market", "trading", "ledger", "news", "jobs", "notify", "auth", "ops"];

/// Folders of a crate's `src` that are no area, each with its reason.
const EXCEPTIONS: [(&str, &str, &str); 7] = [
    ("api", "stream", "the WebSocket carries topics of every area"),
    ("cli", "commands", "one file per command, whatever area it serves"),
    ("cli", "config", "settings belong to the program, not to an area"),
    ("simulator", "binance", "the simulator's folders are the venues that it imitates"),
    ("simulator", "coinbase", "the simulator's folders are the venues that it imitates"),
    ("testkit", "bin", "Cargo's own name for further programs"),
    ("xtask", "tidy", "xtask serves developers and has no areas"),
];

/// Findings of the whole tree.
pub(super) fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for file in files {
        let parts: Vec<&str> = file.path.iter().filter_map(|part| part.to_str()).collect();
        if let [name, "src", folder, _, ..] = parts[..]
            && file.is(&["rs"])
            && !AREAS.contains(&folder)
            && !EXCEPTIONS.iter().any(|(c, f, _)| (*c, *f) == (name, folder))
            && seen.insert((name, folder))
        {
            let what = format!("`{folder}` is no area; there are {}", AREAS.join(" "));
            findings.push(Finding::new(&file.path, 1, what));
        }
        if let [name, .., "queries", query] = parts[..]
            && file.is(&["sql"])
            && !is_read(files, name, query)
        {
            let what = format!("no Rust file of {name} names {query}: include it or delete it");
            findings.push(Finding::new(&file.path, 1, what));
        }
    }
    findings
}

fn is_read(files: &[SourceFile], name: &str, query: &str) -> bool {
    let quoted = format!("{query}\"");
    files
        .iter()
        .any(|file| file.is(&["rs"]) && file.path.starts_with(name) && file.text.contains(&quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<SourceFile> = files
            .iter()
            .map(|(path, text)| SourceFile { path: path.into(), text: (*text).to_owned() })
            .collect();
        check(&files).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn areas_and_exceptions_may_stand_and_others_are_told_once() {
        let fine = [("store/src/market/mod.rs", ""), ("cli/src/commands/up.rs", "")];
        assert_eq!(found(&fine), [""; 0]);
        let seen = found(&[("store/src/commands/a.rs", ""), ("store/src/commands/b.rs", "")]);
        assert_eq!(seen.len(), 1);
        assert!(seen[0].starts_with("store/src/commands/a.rs:1: `commands` is no area"));
    }

    #[test]
    fn a_query_is_named_by_its_own_crate() {
        let query = ("store/src/market/queries/select_candles.sql", "select 1");
        let included = "include_str!(\"queries/select_candles.sql\")";
        assert_eq!(found(&[query, ("store/src/market/candles.rs", included)]), [""; 0]);
        assert_eq!(found(&[query, ("app/src/market/candles.rs", included)]).len(), 1);
    }
}
