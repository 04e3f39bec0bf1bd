//! `GET /docs`: the OpenAPI document as a page that people can read, made here so that it needs
//! neither scripts nor anything from elsewhere.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::response::Html;
use serde_json::Value;

use crate::problem::Code;

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let document = serde_json::to_value(crate::openapi());
    render(&document.expect("an OpenAPI document is made of texts and numbers only"))
});

/// This description for people
#[utoipa::path(
    get,
    path = "/docs",
    tag = "ops",
    operation_id = "docs",
    responses((status = 200, description = "A page", body = String, content_type = "text/html")),
)]
pub(crate) async fn docs() -> Html<&'static str> {
    Html(PAGE.as_str())
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
padding:0 1rem;color-scheme:light dark}code,pre{font:0.9em ui-monospace,monospace}\
h2{margin-top:2.5rem;border-bottom:1px solid #8886;overflow-wrap:anywhere}\
table{border-collapse:collapse;display:block;overflow-x:auto}\
td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8883}\
p{white-space:pre-line}";

fn render(document: &Value) -> String {
    let info = &document["info"];
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title} API</title><style>{STYLE}</style>\
         <h1>{title} API {version}</h1><p>{description}</p><p>For programs: \
         <a href=\"/openapi.json\">/openapi.json</a></p>",
        title = text(&info["title"]),
        version = text(&info["version"]),
        description = text(&info["description"]),
    );
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            let method = method.to_uppercase();
            add(&mut page, format_args!("<h2>{method} <code>{}</code></h2>", escape(path)));
            operation_parts(&mut page, operation);
        }
    }
    add(&mut page, format_args!("<h2>Shapes</h2>"));
    for (name, schema) in entries(&document["components"]["schemas"]) {
        add(
            &mut page,
            format_args!(
                "<h3 id=\"{0}\">{0}</h3><p>{1}</p>",
                escape(name),
                text(&schema["description"])
            ),
        );
        fields(&mut page, schema);
    }
    add(&mut page, format_args!("<h2>Problem codes</h2><table><tr><th>code<th>status<th>meaning"));
    for code in Code::ALL {
        let (name, status, title) = (code.as_str(), code.status().as_u16(), code.title());
        add(
            &mut page,
            format_args!("<tr id=\"{name}\"><td><code>{name}</code><td>{status}<td>{title}"),
        );
    }
    page + "</table></html>\n"
}

fn operation_parts(page: &mut String, operation: &Value) {
    let (summary, description) = (text(&operation["summary"]), text(&operation["description"]));
    add(page, format_args!("<p><strong>{summary}</strong></p><p>{description}</p>"));
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        add(page, format_args!("<table><tr><th>parameter<th>type<th>meaning"));
        for parameter in parameters {
            let required = if parameter["required"] == true { " (required)" } else { "" };
            let (name, what) = (text(&parameter["name"]), text(&parameter["description"]));
            let kind = kind(&parameter["schema"]);
            add(page, format_args!("<tr><td><code>{name}</code>{required}<td>{kind}<td>{what}"));
        }
        add(page, format_args!("</table>"));
    }
    add(page, format_args!("<table><tr><th>status<th>body<th>meaning"));
    for (status, response) in entries(&operation["responses"]) {
        let bodies = entries(&response["content"]);
        let bodies: Vec<String> = bodies
            .map(|(media, body)| format!("{} {}", escape(media), kind(&body["schema"])))
            .collect();
        let what = text(&response["description"]);
        add(page, format_args!("<tr><td>{status}<td>{}<td>{what}", bodies.join("<br>")));
    }
    add(page, format_args!("</table>"));
}

/// The fields of an object, also of one that is put together from several; or the values of a
/// list of names.
fn fields(page: &mut String, schema: &Value) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Some(name) = reference(part) {
            add(page, format_args!("<p>All of <a href=\"#{name}\">{name}</a>, and:</p>"));
        }
        fields(page, part);
    }
    if schema["enum"].is_array() {
        add(page, format_args!("<p>{}</p>", kind(schema)));
    }
    let mut rows = entries(&schema["properties"]).peekable();
    if rows.peek().is_some() {
        add(page, format_args!("<table><tr><th>field<th>type<th>meaning"));
        for (name, field) in rows {
            let (name, what) = (escape(name), text(&field["description"]));
            add(page, format_args!("<tr><td><code>{name}</code><td>{}<td>{what}", kind(field)));
        }
        add(page, format_args!("</table>"));
    }
}

/// A type in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = reference(schema) {
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(text).collect::<Vec<_>>().join(", ");
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        if let Some(kinds) = schema[several].as_array() {
            return kinds.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if schema["type"] == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    let mut words = match &schema["type"] {
        Value::Array(names) => names.iter().map(text).collect::<Vec<_>>().join(" or "),
        name => text(name),
    };
    if let Some(format) = schema["format"].as_str() {
        words = format!("{words} ({})", escape(format));
    }
    words
}

fn reference(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.rsplit('/').next().map(escape)
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// A text of the document as HTML; what stands between backticks is code.
fn text(value: &Value) -> String {
    let parts = value.as_str().unwrap_or_default().split('`').map(escape).enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        0 => part,
        _ => format!("<code>{part}</code>"),
    });
    parts.collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn add(page: &mut String, part: std::fmt::Arguments<'_>) {
    page.write_fmt(part).expect("writing to a String never fails");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_shape_and_code_is_on_the_page() {
        let document = serde_json::to_value(crate::openapi()).unwrap();
        let page = render(&document);
        for (path, _) in entries(&document["paths"]) {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        }
        for (name, _) in entries(&document["components"]["schemas"]) {
            assert!(page.contains(&format!("<h3 id=\"{name}\">")), "{name}");
        }
        for code in Code::ALL {
            assert!(page.contains(&format!("id=\"{}\"", code.as_str())), "{code:?}");
        }
        assert!(!page.contains("<script"), "the content security policy forbids scripts in pages");
    }

    #[test]
    fn texts_are_escaped() {
        let shown = text(&Value::from("<b>&\"</b> `a<b` c"));
        assert_eq!(shown, "&lt;b&gt;&amp;&quot;&lt;/b&gt; <code>a&lt;b</code> c");
    }
}
