//! What a client accepts: the format by `Accept`, compression by `Accept-Encoding`.

use axum::http::{HeaderMap, header};

use crate::problem::{Code, Problem};

/// A format of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON.
    Json,
    /// CSV with a header line.
    Csv,
    /// An Arrow IPC stream.
    Arrow,
}

impl Format {
    /// In the order of preference where a client likes several as much.
    const ALL: [Self; 3] = [Self::Json, Self::Csv, Self::Arrow];

    /// Its media type.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Arrow => "application/vnd.apache.arrow.stream",
        }
    }

    /// The format that the client likes best; JSON where it doesn't say.
    pub(crate) fn wanted(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut best: Option<(Self, f32)> = None;
        let mut said = false;
        for value in headers.get_all(header::ACCEPT) {
            said = true;
            let value = value.to_str().unwrap_or_default();
            for format in Self::ALL {
                let quality = quality(value, format.media_type());
                if quality > best.map_or(0.0, |(_, best)| best) {
                    best = Some((format, quality));
                }
            }
        }
        match best {
            Some((format, _)) => Ok(format),
            None if !said => Ok(Self::Json),
            None => {
                let known = Self::ALL.map(Self::media_type).join(", ");
                Err(Problem::new(Code::NotAcceptable, format!("there are {known}")))
            }
        }
    }
}

/// How much a list of media ranges likes `media_type`: the most specific range that covers it
/// decides (RFC 9110, 12.5.1); 0 is not at all.
fn quality(accept: &str, media_type: &str) -> f32 {
    let group = media_type.split('/').next().unwrap_or_default();
    let mut found = (0u8, 0.0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let specific = match name.split_once('/') {
            _ if name.eq_ignore_ascii_case(media_type) => 3,
            Some((range, "*")) if range.eq_ignore_ascii_case(group) => 2,
            Some(("*", "*")) => 1,
            _ => continue,
        };
        let quality = weight(parts);
        if specific > found.0 {
            found = (specific, quality);
        }
    }
    found.1
}

fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> f32 {
    let text = parameters.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
    text.map_or(1.0, |text| text.parse().unwrap_or(0.0))
}

/// Whether the client asks for gzip.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| {
        value.to_str().unwrap_or_default().split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"))
                && weight(parts) > 0.0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(accept: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Format::wanted(&headers).ok()
    }

    #[test]
    fn the_best_liked_format_is_chosen() {
        assert_eq!(Format::wanted(&HeaderMap::new()), Ok(Format::Json));
        assert_eq!(wanted("*/*"), Some(Format::Json));
        assert_eq!(wanted("text/*"), Some(Format::Csv));
        assert_eq!(wanted("Text/CSV; charset=utf-8"), Some(Format::Csv));
        assert_eq!(wanted("application/vnd.apache.arrow.stream"), Some(Format::Arrow));
        assert_eq!(wanted("application/json;q=0.5, text/csv"), Some(Format::Csv));
        assert_eq!(wanted("text/csv;q=0.5, */*;q=0.1"), Some(Format::Csv));
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert_eq!(wanted(browser), Some(Format::Json));
    }

    #[test]
    fn what_is_refused_or_unknown_is_not_given() {
        assert_eq!(wanted("image/png"), None);
        assert_eq!(wanted("application/json;q=0"), None);
        assert_eq!(wanted("application/json;q=0, */*"), Some(Format::Csv));
    }

    #[test]
    fn gzip_is_used_only_where_asked_for() {
        let takes = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            takes_gzip(&headers)
        };
        assert!(!takes_gzip(&HeaderMap::new()));
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, gzip;q=0.8"));
        assert!(!takes("gzip;q=0"));
        assert!(!takes("identity"));
    }
}
