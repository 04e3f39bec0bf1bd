//! Settings that are lists: arrays in the file, and elsewhere texts with commas between.

use domain::auth::{Network, Scope};

use super::value::{Setting, quoted};

/// What a list may be of.
pub(crate) trait Item: Sized {
    /// What belongs there, to finish the sentence "… is not".
    const EXPECTS: &'static str;

    /// Reads one.
    fn parse(text: &str) -> Option<Self>;

    /// As it is written.
    fn text(&self) -> String;
}

/// A list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Item> Setting for List<T> {
    const EXPECTS: &'static str = T::EXPECTS;

    fn from_text(text: &str) -> Option<Self> {
        let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
        texts.map(T::parse).collect::<Option<_>>().map(Self)
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        let texts = value.as_array()?.iter().map(toml::Value::as_str);
        texts.map(|text| T::parse(text?)).collect::<Option<_>>().map(Self)
    }

    fn shown(&self) -> Option<String> {
        let texts: Vec<String> = self.0.iter().map(|item| quoted(&item.text())).collect();
        Some(format!("[{}]", texts.join(", ")))
    }
}

/// What may be allowed.
impl Item for Scope {
    const EXPECTS: &'static str = "a list of scopes such as [\"market:read\", \"ops:read\"]";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn text(&self) -> String {
        self.as_str().to_owned()
    }
}

/// Ranges of addresses.
impl Item for Network {
    const EXPECTS: &'static str =
        "a list of addresses and ranges such as [\"127.0.0.1\", \"10.0.0.0/8\"]";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// The origin of a web page, or `*` for every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageOrigin(pub(crate) String);

impl Item for PageOrigin {
    const EXPECTS: &'static str =
        "a list of origins such as [\"https://charts.example\"], or [\"*\"] for every one";

    fn parse(text: &str) -> Option<Self> {
        let host = text.split_once("://").map(|(_, host)| host);
        let is = text == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains('/'));
        is.then(|| Self(text.to_owned()))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds<T: Item + PartialEq + std::fmt::Debug>(text: &str, count: usize) {
        let list = List::<T>::from_text(text).expect(text);
        assert_eq!(list.0.len(), count, "{text}");
        let shown: toml::Table = format!("x = {}", list.shown().unwrap()).parse().unwrap();
        assert_eq!(List::from_toml(&shown["x"]), Some(list));
    }

    #[test]
    fn lists_are_read_as_they_are_shown() {
        holds::<PageOrigin>("https://a.example, http://localhost:3000", 2);
        holds::<PageOrigin>("*", 1);
        holds::<Scope>("market:read, ops:read", 2);
        holds::<Scope>("", 0);
        holds::<Network>("127.0.0.1, 10.0.0.0/8,2001:db8::/32", 3);
    }

    #[test]
    fn one_wrong_item_spoils_the_list() {
        assert_eq!(List::<Scope>::from_text("market"), None);
        assert_eq!(List::<Network>::from_text("10.0.0.1/8"), None);
        assert_eq!(List::<Network>::from_toml(&toml::Value::Array(vec![1.into()])), None);
        for bad in ["a.example", "https://", "https://a.example/page"] {
            assert_eq!(List::<PageOrigin>::from_text(bad), None, "{bad}");
        }
    }
}
