//! The rules of the house that no compiler knows: how long a file and a function may be, which
//! crate may use which, what a folder may be called, and what must not be left lying about.

mod layers;
mod layout;
mod lengths;
mod rust_text;
mod words;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What `--help` tells about the rules.
pub(crate) const RULES: &str = "\
Rules:
  length    a .rs, .ts or .tsx file has at most 400 lines, a function at most 70
  opening   a .rs file opens with //! and why it exists
  layers    cli → api → app → adapters → store → domain: a crate uses only what stands right of it;
            testkit is a dev-dependency only; nobody uses xtask; clients and examples know the API only
  areas     folders under <crate>/src are market trading ledger news jobs notify auth ops,
            or stand in the list of exceptions in xtask/src/tidy/layout.rs with a reason
  leftovers no notes of unfinished work in capitals, no todo!(), unimplemented!(), dbg!(),
            and no path of one machine
  queries   every .sql file under queries/ is named by a Rust file of its crate";

/// Folders that hold no source of ours.
const SKIPPED: [&str; 5] = ["target", "node_modules", "dist", "chandlery-data", "test-results"];

/// Something to mend.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: PathBuf,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: impl Into<PathBuf>, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.into(), line, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path.display(), self.line, self.what)
    }
}

/// A text file of the workspace; `path` is relative to its root.
struct SourceFile {
    path: PathBuf,
    text: String,
}

impl SourceFile {
    fn extension(&self) -> &str {
        self.path.extension().and_then(|e| e.to_str()).unwrap_or_default()
    }

    fn is(&self, extensions: &[&str]) -> bool {
        extensions.contains(&self.extension())
    }
}

/// Runs every check on the workspace at `root`, findings in order of path and line.
pub(crate) fn run(root: &Path) -> Result<Vec<Finding>> {
    let mut files = Vec::new();
    collect(root, Path::new(""), &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));

    let mut findings = Vec::new();
    for file in &files {
        findings.extend(lengths::check(file));
        findings.extend(words::check(file));
    }
    findings.extend(layout::check(&files));
    findings.extend(layers::check(&files)?);
    findings.sort();
    Ok(findings)
}

fn collect(root: &Path, under: &Path, files: &mut Vec<SourceFile>) -> Result<()> {
    let folder = root.join(under);
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let path = under.join(&name);
        let kind = entry.file_type()?;
        let name = name.to_string_lossy();
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_ref()) && name != ".git" {
                collect(root, &path, files)?;
            }
        } else if kind.is_file() && is_ours(&path) {
            // A file that vanishes or is no text between listing and reading is no finding.
            if let Ok(text) = fs::read_to_string(root.join(&path)) {
                files.push(SourceFile { path, text });
            }
        }
    }
    Ok(())
}

fn is_ours(path: &Path) -> bool {
    const EXTENSIONS: [&str; 13] =
        ["rs", "ts", "tsx", "js", "mjs", "css", "html", "sql", "toml", "sh", "md", "yml", "py"];
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let extension = path.extension().and_then(|e| e.to_str());
    match extension {
        Some(extension) => EXTENSIONS.contains(&extension),
        None => name == "Makefile" || path.starts_with("scripts") || path.starts_with(".ci"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn finds_each_kind_once_and_prints_path_and_line() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let leftover = concat!("//! Why.\n\n// TO", "DO: later\n");
        write(root, "store/Cargo.toml", "[dependencies]\napp.workspace = true\n");
        write(root, "store/src/lib.rs", leftover);
        write(root, "store/src/utils/mod.rs", "//! Why.\n");
        write(root, "store/src/market/queries/select_lost.sql", "select 1");
        write(root, "web/src/long.ts", &"x\n".repeat(401));
        write(root, "target/debug/build/generated.rs", leftover);

        let lines: Vec<String> = run(root).unwrap().iter().map(ToString::to_string).collect();
        let starts = [
            "store/Cargo.toml:2: store uses app",
            "store/src/lib.rs:3: a bare TO",
            "store/src/market/queries/select_lost.sql:1: no Rust file",
            "store/src/utils/mod.rs:1: `utils` is no area",
            "web/src/long.ts:401: 401 lines",
        ];
        assert_eq!(lines.len(), starts.len(), "{lines:#?}");
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(start), "{line} should start with {start}");
        }
    }

    #[test]
    fn a_clean_tree_has_no_findings() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "app/Cargo.toml", "[dependencies]\nstore.workspace = true\n");
        write(root.path(), "app/src/lib.rs", "//! Why.\n\nfn main() {}\n");
        assert_eq!(run(root.path()).unwrap(), []);
    }
}
