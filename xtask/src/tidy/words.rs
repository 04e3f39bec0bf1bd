//! Words that must not be left in what is handed over: unfinished work, debugging, and paths that
//! exist on one machine only.

use super::rust_text::code_only;
use super::{Finding, SourceFile};

/// Split, so that this file does not find itself.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];
const MACROS: [&str; 3] = ["todo!", "unimplemented!", "dbg!"];
/// Folders of one person's or one build's machine; what a distribution fixes (`/usr`, `/etc`) is fine.
const MACHINE: [&str; 5] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("C:", "\\"),
];

/// Findings of one file.
pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Prose may speak of these words; code may not hold them.
    let prose = file.is(&["md"]);
    for (at, line) in file.text.lines().enumerate() {
        if !prose && let Some(word) = UNFINISHED.iter().find(|word| has_word(line, word)) {
            let what = format!("a bare {word}: do it, or open an issue and drop the note");
            findings.push(Finding::new(&file.path, at + 1, what));
        }
        if let Some(path) = MACHINE.iter().find(|path| has_path(line, path)) {
            let what = format!("a path of one machine ({path}…): make it relative or a setting");
            findings.push(Finding::new(&file.path, at + 1, what));
        }
    }
    if file.is(&["rs"]) {
        for (at, line) in code_only(&file.text).lines().enumerate() {
            if let Some(name) = MACROS.iter().find(|name| has_word(line, name)) {
                findings.push(Finding::new(&file.path, at + 1, format!("{name} is left over")));
            }
        }
    }
    findings
}

/// Whether `word` stands in `line` with no letter, digit or `_` right before or after it.
fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}

/// Whether an absolute path starts with `path` in `line`; `docs/home/` and `https://x/home/` do not.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}~)*$/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&SourceFile { path: path.into(), text: text.to_owned() }).len()
    }

    #[test]
    fn finds_leftovers_as_whole_words_in_code() {
        assert_eq!(found("a.rs", concat!("// TO", "DO")), 1);
        assert_eq!(found("a.sql", concat!("-- FIX", "ME: index")), 1);
        assert_eq!(found("a.md", concat!("no TO", "DO here")), 0);
        assert_eq!(found("a.rs", concat!("let TO", "DOS = 1;")), 0);
        assert_eq!(found("a.rs", "fn a() { todo!() }"), 1);
        assert_eq!(found("a.rs", "let a = dbg!(b);"), 1);
        assert_eq!(found("a.rs", "// what todo!() does\nlet a = \"dbg!\";"), 0);
    }

    #[test]
    fn finds_paths_of_one_machine() {
        assert_eq!(found("a.toml", concat!("dir = \"/ho", "me/anna/data\"")), 1);
        assert_eq!(found("a.md", concat!("cd /wo", "rk/main")), 1);
        assert_eq!(found("a.rs", "let a = \"/usr/lib/postgresql\";"), 0);
        assert_eq!(found("a.md", concat!("https://example.org/ho", "me/x, docs/ro", "ot/y")), 0);
    }
}
