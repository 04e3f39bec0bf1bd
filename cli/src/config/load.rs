//! Lays the layers over each other and remembers where each value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::section::{Raw, Wrong};
use super::sections::Settings;

/// Read where `--config` names no other, if it exists.
const DEFAULT_FILE: &str = "chandlery.toml";
const PREFIX: &str = "CHANDLERY_";
/// Variables of the command line itself and of the clients, not of a section.
const OF_OTHERS: [&str; 4] =
    ["CHANDLERY_CONFIG", "CHANDLERY_DATA_DIR", "CHANDLERY_URL", "CHANDLERY_KEY"];
/// Names that other tools use too, and the keys they set. The name with the prefix wins.
pub(super) const USUAL: [(&str, &str); 2] =
    [("DATABASE_URL", "database.url"), ("REDIS_URL", "redis.url")];
/// Usual names of engines that this version does not use: told by `config show`, never an error.
const UNUSED: [&str; 7] = [
    "INFLUXDB_URL",
    "INFLUXDB_TOKEN",
    "INFLUXDB_ORG",
    "INFLUXDB_BUCKET",
    "MONGODB_URL",
    "ELASTICSEARCH_URL",
    "KAFKA_BROKERS",
];

/// What settings are made of.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// `--config`; it must exist.
    pub(crate) file: Option<PathBuf>,
    /// See [`environment`].
    pub(crate) environment: Vec<(String, String)>,
    /// Key, flag and value of flags that override a setting.
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

/// Settings and where they came from.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The effective values, validated.
    pub(crate) settings: Settings,
    /// Where `section.key` came from; what is missing is a default.
    pub(crate) sources: BTreeMap<String, Source>,
    /// Variables that are set and that nothing reads.
    pub(crate) unused: Vec<&'static str>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// That file.
    File(PathBuf),
    /// That variable.
    Environment(String),
    /// That flag.
    Flag(&'static str),
}

impl Source {
    /// One word for machines: `file`, `environment`, `flag`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Environment(_) => "environment",
            Self::Flag(_) => "flag",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(out),
            Self::Environment(name) => write!(out, "environment {name}"),
            Self::Flag(flag) => write!(out, "flag {flag}"),
        }
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(crate) struct Problems(pub(crate) Vec<String>);

/// The process's environment, as far as it may concern us.
pub(crate) fn environment() -> Vec<(String, String)> {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    let all = std::env::vars_os();
    // A value that is no UTF-8 becomes one that no setting takes, and is reported as such.
    all.map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    })
    .collect()
}

/// Reads, merges and validates.
///
/// # Errors
/// Every unknown key, wrong type and impossible value at once.
pub(crate) fn load(inputs: &Inputs) -> Result<Loaded, Problems> {
    let mut layers = Layers::default();
    let default_file = Path::new(DEFAULT_FILE);
    if let Some(path) = &inputs.file {
        layers.file(path);
    } else if default_file.is_file() {
        layers.file(default_file);
    }
    layers.environment(&inputs.environment);
    for (key, flag, value) in &inputs.flags {
        layers.set(key, Raw::Text(value), &Source::Flag(flag));
    }
    layers.finish(inputs)
}

#[derive(Default)]
struct Layers {
    settings: Settings,
    sources: BTreeMap<String, Source>,
    problems: Vec<String>,
}

impl Layers {
    fn file(&mut self, path: &Path) {
        let table = match std::fs::read_to_string(path).map(|text| text.parse::<toml::Table>()) {
            Ok(Ok(table)) => table,
            Ok(Err(error)) => {
                self.problems.push(format!("{}: {}", path.display(), error.to_string().trim_end()));
                return;
            }
            Err(error) => {
                self.problems.push(format!("{}: can't be read: {error}", path.display()));
                return;
            }
        };
        let source = Source::File(path.to_owned());
        for (section, value) in &table {
            let toml::Value::Table(keys) = value else {
                self.unknown(section, &source);
                continue;
            };
            if self.settings.sections().iter().all(|known| known.name() != section) {
                self.unknown(section, &source);
                continue;
            }
            for (key, value) in keys {
                self.set(&format!("{section}.{key}"), Raw::Toml(value), &source);
            }
        }
    }

    fn environment(&mut self, variables: &[(String, String)]) {
        // An empty variable counts as not set: that is how compose files write "no value".
        let is_set = |(_, value): &&(String, String)| !value.is_empty();
        for (name, value) in variables.iter().filter(is_set) {
            if let Some((_, key)) = USUAL.iter().find(|(usual, _)| usual == name) {
                self.set(key, Raw::Text(value), &Source::Environment(name.clone()));
            }
        }
        for (name, value) in variables.iter().filter(is_set) {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            if OF_OTHERS.contains(&name.as_str()) {
                continue;
            }
            let key = key.to_ascii_lowercase().replacen("__", ".", 1);
            self.set(&key, Raw::Text(value), &Source::Environment(name.clone()));
        }
    }

    fn set(&mut self, path: &str, raw: Raw<'_>, source: &Source) {
        let (section, key) = path.split_once('.').unwrap_or((path, ""));
        let mut sections = self.settings.sections_mut();
        let found = sections.iter_mut().find(|known| known.name() == section);
        match found.and_then(|section| section.set(key, raw)) {
            Some(Ok(())) => {
                self.sources.insert(path.to_owned(), source.clone());
            }
            Some(Err(why)) => self.problems.push(format!("{source}: {path}: {why}")),
            None => self.unknown(path, source),
        }
    }

    fn unknown(&mut self, path: &str, source: &Source) {
        let hint = self.nearest(path).map(|key| match source {
            Source::Environment(_) => format!("; did you mean {}?", variable(&key)),
            _ => format!("; did you mean {key}?"),
        });
        let hint = hint.unwrap_or_else(|| "; `chandlery config reference` lists all".to_owned());
        self.problems.push(format!("{source}: {path}: unknown key{hint}"));
    }

    /// The known section or key that is most like `path`, if any is like it at all.
    fn nearest(&self, path: &str) -> Option<String> {
        let mut known = Vec::new();
        for section in self.settings.sections() {
            known.push(section.name().to_owned());
            known.extend(
                section.keys().iter().map(|key| format!("{}.{}", section.name(), key.name)),
            );
        }
        let last = path.rsplit('.').next().unwrap_or(path);
        let elsewhere = known.iter().find(|key| key.ends_with(&format!(".{last}")));
        if let Some(key) = elsewhere {
            return Some(key.clone());
        }
        let likeness = |key: &String| strsim::normalized_damerau_levenshtein(path, key);
        known
            .into_iter()
            .filter(|key| key.contains('.') == path.contains('.') && likeness(key) > 0.6)
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
    }

    fn finish(mut self, inputs: &Inputs) -> Result<Loaded, Problems> {
        let mut problems: Vec<(String, String)> = Vec::new();
        for section in self.settings.sections() {
            let mut wrong = Wrong::default();
            section.validate(&mut wrong);
            let name = section.name();
            let found = wrong.0.into_iter().map(|(key, why)| (format!("{name}.{key}"), why));
            problems.extend(found);
        }
        let contradictions = self.settings.contradictions().into_iter();
        problems.extend(contradictions.map(|(path, why)| (path.to_owned(), why.to_owned())));
        for (path, why) in problems {
            let place = self.sources.get(&path).map(|source| format!("{source}: "));
            self.problems.push(format!("{}{path}: {why}", place.unwrap_or_default()));
        }
        if !self.problems.is_empty() {
            return Err(Problems(self.problems));
        }
        let is_set =
            |name: &str| inputs.environment.iter().any(|(n, v)| n == name && !v.is_empty());
        let unused = UNUSED.into_iter().filter(|name| is_set(name)).collect();
        Ok(Loaded { settings: self.settings, sources: self.sources, unused })
    }
}

/// The variable that sets `section.key`.
pub(super) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, environment: &[(&str, &str)]) -> Result<Loaded, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chandlery.toml");
        std::fs::write(&path, text).unwrap();
        let inputs = Inputs {
            file: Some(path.clone()),
            environment: environment.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
            flags: Vec::new(),
        };
        let folder = format!("{}/", folder.path().display());
        load(&inputs)
            .map_err(|problems| problems.0.iter().map(|p| p.replace(&folder, "")).collect())
    }

    #[test]
    fn the_later_layer_wins_and_is_remembered() {
        let file =
            "[database]\npool_size = 3\nstatement_timeout_ms = 5\n[http]\nlisten = \"[::1]:1\"\n";
        let environment = [
            ("CHANDLERY_DATABASE__POOL_SIZE", "4"),
            ("CHANDLERY_HTTP__LISTEN", ""),
            ("PATH", "/bin"),
        ];
        let loaded = with_file(file, &environment).unwrap();
        assert_eq!(loaded.settings.database.pool_size, 4);
        assert_eq!(loaded.settings.database.statement_timeout_ms, 5);
        assert_eq!(loaded.settings.http.listen.to_string(), "[::1]:1");
        let source = |key: &str| loaded.sources.get(key).map(Source::kind);
        assert_eq!(source("database.pool_size"), Some("environment"));
        assert_eq!(source("database.statement_timeout_ms"), Some("file"));
        assert_eq!(source("http.listen"), Some("file"));
        assert_eq!(source("http.max_streams"), None);

        let flags = vec![("http.listen", "--listen", "127.0.0.1:0".to_owned())];
        let environment = vec![("CHANDLERY_HTTP__LISTEN".to_owned(), "127.0.0.1:9".to_owned())];
        let loaded = load(&Inputs { file: None, environment, flags }).unwrap();
        assert_eq!(loaded.settings.http.listen.to_string(), "127.0.0.1:0");
        assert_eq!(loaded.sources["http.listen"], Source::Flag("--listen"));
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_place() {
        let file = "speed = 1\n[database]\npol_size = 3\nmode = \"fast\"\n[http]\nlisten = 8080\n\
                    [mongodb]\nurl = \"x\"\n[market]\nhot_cache_mb = 0\n";
        let environment = [("CHANDLERY_HTTP__LISTENS", "x"), ("CHANDLERY_REPLAY__SPEED", "fast")];
        let problems = with_file(file, &environment).unwrap_err();
        assert_eq!(
            problems,
            [
                "chandlery.toml: database.mode: \"fast\" is not one of: direct pooled",
                "chandlery.toml: database.pol_size: unknown key; did you mean database.pool_size?",
                "chandlery.toml: http.listen: 8080 is not an address and port such as 127.0.0.1:8080",
                "chandlery.toml: mongodb: unknown key; `chandlery config reference` lists all",
                "chandlery.toml: speed: unknown key; did you mean replay.speed?",
                "environment CHANDLERY_HTTP__LISTENS: http.listens: unknown key; \
                 did you mean CHANDLERY_HTTP__LISTEN?",
                "environment CHANDLERY_REPLAY__SPEED: replay.speed: \"fast\" is not a number",
                "chandlery.toml: market.hot_cache_mb: must be 1 to 65536, not 0",
            ]
        );
    }

    #[test]
    fn a_broken_or_missing_file_is_named() {
        let problems = with_file("[database\n", &[]).unwrap_err();
        assert!(
            problems[0].starts_with("chandlery.toml: TOML parse error at line 1"),
            "{problems:?}"
        );
        let inputs = Inputs { file: Some("no/such/file.toml".into()), ..Inputs::default() };
        let problems = load(&inputs).unwrap_err().to_string();
        assert!(problems.starts_with("no/such/file.toml: can't be read: "), "{problems}");
    }

    #[test]
    fn the_usual_variables_are_understood() {
        let url = ("DATABASE_URL", "postgresql+asyncpg://me:hush@host/db");
        let loaded =
            with_file("", &[url, ("REDIS_URL", "redis://x"), ("MONGODB_URL", "m")]).unwrap();
        assert!(loaded.settings.database.url.is_some() && loaded.settings.redis.url.is_some());
        assert_eq!(loaded.unused, ["MONGODB_URL"]);
        let own = ("CHANDLERY_DATABASE__URL", "postgresql://other/db");
        let loaded = with_file("", &[own, url]).unwrap();
        let source = Source::Environment("CHANDLERY_DATABASE__URL".into());
        assert_eq!(loaded.sources["database.url"], source);
    }

    #[test]
    fn what_contradicts_itself_is_wrong_and_secrets_stay_secret() {
        let problems = with_file("[database]\nmode = \"pooled\"\n", &[]).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        let problems = with_file("[accounts]\nsessions = \"redis\"\n", &[]).unwrap_err();
        assert_eq!(problems, ["chandlery.toml: accounts.sessions: \"redis\" needs redis.url"]);
        let url = ("REDIS_URL", "redis:/u:hush@host");
        assert!(!with_file("", &[url]).unwrap_err().join("").contains("hush"));
        let url = ("DATABASE_URL", "hush");
        assert!(!with_file("", &[url]).unwrap_err().join("").contains("hush"));
        let url = ("DATABASE_URL", "mysql://u:hush@host/db");
        assert!(!with_file("", &[url]).unwrap_err().join("").contains("hush"));
    }
}
