//! How long files and functions may be, and how a Rust file opens.

use super::rust_text::code_only;
use super::{Finding, SourceFile};

/// Most lines of a file.
const FILE_LINES: usize = 400;
/// Most lines of a function, from its name to its closing brace.
const FUNCTION_LINES: usize = 70;

/// Findings of one file; only Rust and TypeScript that people write are measured.
pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.is(&["rs", "ts", "tsx"]) || file.path.to_string_lossy().ends_with(".d.ts") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let lines = file.text.lines().count();
    if lines > FILE_LINES {
        let what = format!("{lines} lines; a file has at most {FILE_LINES}: split it by purpose");
        findings.push(Finding::new(&file.path, lines, what));
    }
    let rust = file.extension() == "rs";
    if rust && !file.text.starts_with("//!") && !only_lists_modules(&file.text) {
        findings.push(Finding::new(&file.path, 1, "does not open with //! and why it exists"));
    }
    let functions = if rust { rust_functions(&file.text) } else { script_functions(&file.text) };
    for (name, start, end) in functions {
        let length = end - start + 1;
        if length > FUNCTION_LINES {
            let what =
                format!("`{name}` has {length} lines; a function has at most {FUNCTION_LINES}");
            findings.push(Finding::new(&file.path, start, what));
        }
    }
    findings
}

/// A file that does nothing but name the files beside it explains itself.
fn only_lists_modules(text: &str) -> bool {
    let is_module = |line: &str| line.trim_start_matches("pub ").starts_with("mod ");
    text.lines().filter(|line| !line.is_empty()).all(is_module)
}

/// Name, first and last line (from 1) of every function with a body.
fn rust_functions(text: &str) -> Vec<(String, usize, usize)> {
    let code = code_only(text);
    let bytes = code.as_bytes();
    let line_of = |at: usize| 1 + bytes[..at].iter().filter(|b| **b == b'\n').count();
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let starts_word =
            at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        let name: String =
            code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !starts_word || name.is_empty() {
            continue;
        }
        if let Some(end) = body_end(bytes, at) {
            functions.push((name, line_of(at), line_of(end)));
        }
    }
    functions
}

/// Where the body of the function at `at` closes; none where `;` ends it without a body.
fn body_end(code: &[u8], at: usize) -> Option<usize> {
    let (mut braces, mut brackets) = (0_i32, 0_i32);
    for (at, byte) in code.iter().enumerate().skip(at) {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b'{' => braces += 1,
            b'}' => {
                braces -= 1;
                if braces == 0 && brackets == 0 {
                    return Some(at);
                }
            }
            b';' if braces == 0 && brackets == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The same for TypeScript as prettier lays it out: a function that opens a block at the end of a
/// line closes it with the next `}` of the same indentation.
fn script_functions(text: &str) -> Vec<(String, usize, usize)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let declared = line.split_whitespace().any(|word| word == "function");
        let opens = declared || line.ends_with("=> {") || line.ends_with("=> (");
        if !opens || line.trim_start().starts_with("//") {
            continue;
        }
        let close = lines[at + 1..].iter().position(|next| {
            indent(next) == indent(line)
                && (next.trim_start().starts_with('}') && !next.ends_with('{')
                    || line.ends_with("=> (") && next.trim_start().starts_with(')'))
        });
        if let Some(close) = close {
            functions.push((script_name(line), at + 1, at + 2 + close));
        }
    }
    functions
}

fn script_name(line: &str) -> String {
    let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
    const NOISE: [&str; 8] =
        ["", "export", "default", "async", "function", "const", "let", "return"];
    words.into_iter().find(|w| !NOISE.contains(w)).unwrap_or("a function").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: String) -> Vec<String> {
        let file = SourceFile { path: path.into(), text };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn measures_a_rust_function_from_its_name_to_its_brace() {
        let function = |lines: usize| {
            format!(
                "//! Why.\n\nfn long(a: [u8; 2]) -> u8 {{\n{}}}\n",
                "    a();\n".repeat(lines - 2)
            )
        };
        assert_eq!(found("a.rs", function(70)), [""; 0]);
        let seen = found("a.rs", function(71));
        assert_eq!(seen, ["a.rs:3: `long` has 71 lines; a function has at most 70"]);
    }

    #[test]
    fn braces_in_texts_and_functions_without_a_body_do_not_count() {
        let text = format!(
            "//! Why.\ntrait T {{\n    fn a();\n    fn b(x: &str);\n}}\nfn c() {{\n    x(\"{{\");\n}}\n{}",
            "// fn d() {\n".repeat(80)
        );
        assert_eq!(found("a.rs", text.clone()), [""; 0]);
        assert_eq!(rust_functions(&text), [("c".to_owned(), 6, 8)]);
    }

    #[test]
    fn measures_typescript_by_indentation() {
        let body = "  if (x) {\n  } else {\n  }\n".repeat(30);
        let seen = found("a.tsx", format!("export function Chart() {{\n{body}}}\n"));
        assert_eq!(seen, ["a.tsx:1: `Chart` has 92 lines; a function has at most 70"]);
        let seen = found("a.ts", format!("const render = () => {{\n{body}}};\n"));
        assert_eq!(seen, ["a.ts:1: `render` has 92 lines; a function has at most 70"]);
    }

    #[test]
    fn a_rust_file_opens_with_its_reason() {
        let seen = found("a.rs", "use std::fmt;\n".to_owned());
        assert_eq!(seen, ["a.rs:1: does not open with //! and why it exists"]);
        assert_eq!(found("a.rs", "mod a;\npub mod b;\n".to_owned()), [""; 0]);
    }
}
