//! Lists of the ledger as JSON or CSV, as the client likes it.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use crate::accept::Format;
use crate::market::export::{answer, to_json};
use crate::problem::{Code, Problem};

/// What lists can be given as.
pub(super) fn wanted(headers: &HeaderMap) -> Result<Format, Problem> {
    match Format::wanted(headers)? {
        Format::Arrow => {
            let detail = "there are application/json, text/csv";
            Err(Problem::new(Code::NotAcceptable, detail))
        }
        format => Ok(format),
    }
}

/// A page as JSON, or its rows as CSV with the cursor of the next in a header.
pub(super) fn page<T: Serialize>(
    format: Format,
    whole: &impl Serialize,
    columns: &[&str],
    rows: &[T],
    next: Option<String>,
) -> Result<Response, Problem> {
    if format == Format::Json {
        return Ok(answer(format, None, Body::from(to_json(whole)?)));
    }
    let mut text = columns.join(",");
    text.push_str("\r\n");
    for row in rows {
        let row = serde_json::to_value(row).map_err(|_| Problem::internal())?;
        let fields: Vec<String> = columns.iter().map(|column| field(&row[*column])).collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    Ok(answer(format, next, Body::from(text)))
}

/// Null is empty; what has parts is their JSON. Quoted as RFC 4180 says.
fn field(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must() {
        assert_eq!(field(&json!("0.25")), "0.25");
        assert_eq!(field(&json!(null)), "");
        assert_eq!(field(&json!("a \"b\", c")), "\"a \"\"b\"\", c\"");
        assert_eq!(field(&json!({ "BNB": "1" })), "\"{\"\"BNB\"\":\"\"1\"\"}\"");
    }
}
