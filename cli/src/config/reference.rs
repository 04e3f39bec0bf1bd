//! The settings in words: every key with its meaning and default, from the definitions themselves,
//! and the values in force with where each came from.

use serde_json::{Value, json};

use super::load::{Loaded, USUAL, variable};
use super::sections::Settings;

const HEADER: &str = "\
# Chandlery's settings, all at their defaults. Copy what you change into chandlery.toml in the folder
# where chandlery starts, or name another file with --config FILE.
#
# Every key can also be set by the environment variable named with it, which wins over the file; flags
# win over both. An empty variable counts as not set. An unknown key is an error.
";

/// A complete `chandlery.toml` with every key at its default; keys without a default are commented out.
pub(crate) fn toml() -> String {
    let mut text = HEADER.to_owned();
    for section in Settings::default().sections() {
        text.push('\n');
        for line in section.doc() {
            text += &format!("#{line}\n");
        }
        text += &format!("[{}]\n", section.name());
        for key in section.keys() {
            let path = format!("{}.{}", section.name(), key.name);
            text.push('\n');
            for line in key.doc {
                text += &format!("#{line}\n");
            }
            text += &format!("# {}\n", variables(&path));
            text += &match (key.value, key.example) {
                (Some(value), _) => format!("{} = {value}\n", key.name),
                (None, example) => {
                    let example = super::value::quoted(example.unwrap_or_default());
                    format!("#{} = {example}\n", key.name)
                }
            };
        }
    }
    text
}

/// The same as a page of the documentation.
pub(crate) fn markdown() -> String {
    format!(
        "# Configuration\n\n\
         This page is the output of `chandlery config reference --markdown`; a test keeps it so.\n\n\
         - `chandlery config check` names every mistake at once, each with its place.\n\
         - `chandlery config show` prints the values in force and where each came from; passwords are masked.\n\
         - `chandlery config reference` prints the file below.\n\n\
         The data folder is no setting of the file: `--data-dir DIR` or `CHANDLERY_DATA_DIR` names it.\n\
         `REDIS_URL`, `INFLUXDB_URL`, `INFLUXDB_TOKEN`, `INFLUXDB_ORG`, `INFLUXDB_BUCKET`, `MONGODB_URL`,\n\
         `ELASTICSEARCH_URL` and `KAFKA_BROKERS` may be set; this version uses none of them, and\n\
         `config show` says so.\n\n\
         ```toml\n{}```\n",
        toml()
    )
}

/// The values in force as TOML, each with its source as a comment.
pub(crate) fn effective(loaded: &Loaded) -> String {
    let mut text = String::new();
    for section in loaded.settings.sections() {
        text += &format!("[{}]\n", section.name());
        for key in section.keys() {
            let path = format!("{}.{}", section.name(), key.name);
            let source =
                loaded.sources.get(&path).map_or("default".to_owned(), ToString::to_string);
            let line = match key.value {
                Some(value) => format!("{} = {value}", key.name),
                None => format!("# {} is not set", key.name),
            };
            text += &format!("{line:<45} # {source}\n");
        }
        text.push('\n');
    }
    for name in &loaded.unused {
        text += &format!("# {name} is set, and not used by this version\n");
    }
    text.trim_end().to_owned() + "\n"
}

/// The same for machines.
pub(crate) fn effective_json(loaded: &Loaded) -> Value {
    let mut settings = Vec::new();
    for section in loaded.settings.sections() {
        for key in section.keys() {
            let path = format!("{}.{}", section.name(), key.name);
            let source = loaded.sources.get(&path);
            settings.push(json!({
                "key": path,
                "value": key.value.as_deref().and_then(plain),
                "source": source.map_or("default", |source| source.kind()),
                "place": source.map(ToString::to_string),
            }));
        }
    }
    json!({ "settings": settings, "not_used_by_this_version": loaded.unused })
}

/// A TOML value as JSON.
fn plain(value: &str) -> Option<Value> {
    let table: toml::Table = format!("v = {value}").parse().ok()?;
    serde_json::to_value(table.get("v")?).ok()
}

fn variables(path: &str) -> String {
    let mut names = vec![variable(path)];
    names.extend(USUAL.iter().filter(|(_, key)| *key == path).map(|(name, _)| (*name).to_owned()));
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::load::{Inputs, load};
    use super::*;

    #[test]
    fn the_reference_is_a_valid_file_that_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path: PathBuf = folder.path().join("reference.toml");
        std::fs::write(&path, toml()).unwrap();
        let loaded = load(&Inputs { file: Some(path), ..Inputs::default() }).unwrap();
        let of = |settings: &Settings| -> Vec<Option<String>> {
            let sections = settings.sections();
            sections.iter().flat_map(|s| s.keys()).map(|key| key.value).collect()
        };
        assert_eq!(of(&loaded.settings), of(&Settings::default()));
        assert!(loaded.sources.len() > 10);
    }

    #[test]
    fn every_key_says_what_it_is_for_and_its_variable() {
        let text = toml();
        for section in Settings::default().sections() {
            for key in section.keys() {
                assert!(!key.doc.is_empty());
                let path = format!("{}.{}", section.name(), key.name);
                assert!(text.contains(&variable(&path)), "{path}");
                assert!(key.value.is_some() || key.example.is_some(), "{path}");
            }
        }
    }
}
