//! The record of what was done, as a table for spreadsheets and other programs.

use store::StoreError;
use store::auth::audit::Entry;

const HEADER: [&str; 10] = [
    "at",
    "user_id",
    "session_id",
    "action",
    "outcome",
    "resource",
    "ip",
    "user_agent",
    "before",
    "after",
];

/// Entries as CSV with a header line.
///
/// # Errors
/// Never in memory; the writer's, as it tells them.
pub fn record_as_csv<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<Vec<u8>, StoreError> {
    let failed = |error: String| StoreError::Unexpected(error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER).map_err(|error| failed(error.to_string()))?;
    for entry in entries {
        let text = |value: &Option<String>| harmless(value.clone().unwrap_or_default());
        let json = |value: &Option<serde_json::Value>| {
            value.as_ref().map(ToString::to_string).unwrap_or_default()
        };
        let record = [
            entry.at.to_string(),
            entry.user_id.map(|id| id.to_string()).unwrap_or_default(),
            entry.session_id.map(|id| id.to_string()).unwrap_or_default(),
            entry.action.clone(),
            if entry.done { "ok" } else { "refused" }.to_owned(),
            text(&entry.resource),
            entry.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            text(&entry.user_agent),
            json(&entry.before),
            json(&entry.after),
        ];
        writer.write_record(record).map_err(|error| failed(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

/// Whoever logs in chooses what stands here; a spreadsheet must not take it for a formula.
fn harmless(text: String) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_keeps_its_columns_and_holds_no_formula() {
        let entry = Entry {
            at: "2026-01-05T10:00:00Z".parse().expect("a time"),
            user_id: None,
            session_id: None,
            action: "user.login".to_owned(),
            done: false,
            resource: Some("ada@example.com".to_owned()),
            ip: Some([192, 0, 2, 7].into()),
            user_agent: Some("=cmd|'/c calc'!A1, \"quoted\"".to_owned()),
            before: None,
            after: Some(json!({ "role": "viewer" })),
        };
        let text = String::from_utf8(record_as_csv([&entry]).expect("a table")).expect("text");
        assert_eq!(
            text,
            "at,user_id,session_id,action,outcome,resource,ip,user_agent,before,after\n\
             2026-01-05T10:00:00Z,,,user.login,refused,ada@example.com,192.0.2.7,\
             \"'=cmd|'/c calc'!A1, \"\"quoted\"\"\",,\"{\"\"role\"\":\"\"viewer\"\"}\"\n"
        );
    }
}
