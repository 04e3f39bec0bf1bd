//! Rust source without its strings and comments, so that a scan for braces and words is not
//! fooled by a brace in a text. A full parser would be surer, and would double the build of xtask.

/// The same text, byte for byte as long and with the same lines, in which every comment and the
/// inside of every string and character literal is blanked.
pub(super) fn code_only(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    while at < out.len() {
        let end = literal_end(text.as_bytes(), at);
        if let Some(end) = end {
            out[at..end].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
        }
        at = end.unwrap_or(at + 1);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Where the comment, string or character that starts at `at` ends; none if none starts there.
fn literal_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    if rest.starts_with(b"//") {
        return Some(at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()));
    }
    if rest.starts_with(b"/*") {
        return Some(at + block_comment(rest));
    }
    let inside_word = at > 0 && (text[at - 1].is_ascii_alphanumeric() || text[at - 1] == b'_');
    if !inside_word && let Some(length) = raw_string(rest) {
        return Some(at + length);
    }
    match rest[0] {
        b'"' => Some(at + quoted(rest)),
        b'\'' => character(rest).map(|length| at + length),
        _ => None,
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of `r"…"`, `r#"…"#`, `br"…"`, `cr"…"`.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let prefix = [&b"br"[..], b"cr", b"r"].into_iter().find(|p| rest.starts_with(p))?.len();
    let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let mut close = vec![b'"'];
    close.resize(hashes + 1, b'#');
    let inside = &rest[open + 1..];
    let length = inside.windows(close.len()).position(|w| w == close);
    Some(length.map_or(rest.len(), |length| open + 1 + length + close.len()))
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a character literal; none for a lifetime, which no quote closes.
fn character(rest: &[u8]) -> Option<usize> {
    let first = *rest.get(1)?;
    if first == b'\\' {
        let close = rest.get(3..)?.iter().position(|b| *b == b'\'')?;
        return Some(close + 4);
    }
    let width = match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_texts_and_keeps_code_and_lines() {
        for (text, texts) in [
            (r#"let a = "{\"}"; b"#, &[r#""{\"}""#][..]),
            ("x // } y\nz", &["// } y"]),
            ("a /* { /* } */ { */ b", &["/* { /* } */ { */"]),
            ("r#\"}\"}\"# {", &["r#\"}\"}\"#"]),
            ("br\"}\" var\"{\" q", &["br\"}\"", "\"{\""]),
            ("'{' 'a' '\\'' '\\u{7d}' &'a str", &["'{'", "'a'", "'\\''", "'\\u{7d}'"]),
            ("'é' <'a, 'b>", &["'é'"]),
        ] {
            let code = texts.iter().fold(text.to_owned(), |code, literal| {
                code.replacen(literal, &" ".repeat(literal.len()), 1)
            });
            assert_eq!(code_only(text), code);
        }
    }

    #[test]
    fn an_unclosed_text_ends_with_the_file() {
        for text in ["\"abc", "/* abc", "r#\"abc\"", "'", "'\\", "\"\\"] {
            assert_eq!(code_only(text).len(), text.len());
        }
    }
}
