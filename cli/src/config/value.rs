//! How one setting is read from TOML and from text (environment and flags), and written back.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use domain::market::SymbolName;
use secrecy::{ExposeSecret, SecretString};

/// A type that a setting may have.
pub(crate) trait Setting: Sized {
    /// What belongs there, to finish the sentence "… is not".
    const EXPECTS: &'static str;
    /// Whether its value must not be repeated in messages.
    const SECRET: bool = false;

    /// From the environment or a flag.
    fn from_text(text: &str) -> Option<Self>;

    /// From the file. What is no string there overrides this.
    fn from_toml(value: &toml::Value) -> Option<Self> {
        Self::from_text(value.as_str()?)
    }

    /// As it would stand in the file, secrets masked; none where it is not set.
    fn shown(&self) -> Option<String>;
}

/// A string in TOML's quotes.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A table or an array of the file, also where it stands there, or in the environment, as a text.
pub(crate) fn structured<T: serde::de::DeserializeOwned>(value: &toml::Value) -> Option<T> {
    let Some(text) = value.as_str() else { return value.clone().try_into().ok() };
    let table: toml::Table = format!("value = {text}").parse().ok()?;
    table.get("value")?.clone().try_into().ok()
}

macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl Setting for $type {
            const EXPECTS: &'static str = "a whole number";

            fn from_text(text: &str) -> Option<Self> {
                text.parse().ok()
            }

            fn from_toml(value: &toml::Value) -> Option<Self> {
                value.as_integer()?.try_into().ok()
            }

            fn shown(&self) -> Option<String> {
                Some(self.to_string())
            }
        }
    )+};
}
whole_number!(u16, u32, u64, usize, i64);

impl Setting for bool {
    const EXPECTS: &'static str = "true or false";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_bool()
    }

    fn shown(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Setting for f64 {
    const EXPECTS: &'static str = "a number";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().filter(|number: &Self| number.is_finite())
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        match value {
            toml::Value::Float(number) if number.is_finite() => Some(*number),
            toml::Value::Integer(number) => Self::from_text(&number.to_string()),
            _ => None,
        }
    }

    fn shown(&self) -> Option<String> {
        Some(toml::Value::from(*self).to_string())
    }
}

impl Setting for String {
    const EXPECTS: &'static str = "a text";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Setting for PathBuf {
    const EXPECTS: &'static str = "a path";

    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&self.to_string_lossy()))
    }
}

/// Symbols, in the file as an array and elsewhere with commas between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SymbolList(pub(crate) BTreeSet<SymbolName>);

impl Setting for SymbolList {
    const EXPECTS: &'static str = "a list of symbols such as [\"binance:BTCUSDT\"]";

    fn from_text(text: &str) -> Option<Self> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(|name| name.parse().ok()).collect::<Option<_>>().map(Self)
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        let names = value.as_array()?.iter().map(|name| name.as_str()?.parse().ok());
        names.collect::<Option<_>>().map(Self)
    }

    fn shown(&self) -> Option<String> {
        let names: Vec<String> = self.0.iter().map(|name| quoted(&name.to_string())).collect();
        Some(format!("[{}]", names.join(", ")))
    }
}

impl Setting for SocketAddr {
    const EXPECTS: &'static str = "an address and port such as 127.0.0.1:8080";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

/// The secret that a file holds, its first line.
pub(crate) fn first_line(path: &Path) -> Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// A word that programs must know; shown to nobody.
#[derive(Debug, Clone)]
pub(crate) struct Token(pub(crate) SecretString);

impl Setting for Token {
    const EXPECTS: &'static str = "a token of at least 16 letters, digits or signs, without blanks";
    const SECRET: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        (text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic()))
            .then(|| Self(text.into()))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted("***"))
    }
}

/// A password for another server; shown to nobody.
#[derive(Debug, Clone)]
pub(crate) struct Password(pub(crate) SecretString);

impl Setting for Password {
    const EXPECTS: &'static str = "a password";
    const SECRET: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }

    fn shown(&self) -> Option<String> {
        Some(quoted("***"))
    }
}

/// A URL whose password is shown to nobody.
impl Setting for SecretString {
    const EXPECTS: &'static str = "a URL such as postgresql://user:password@host:5432/database";
    const SECRET: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        text.contains("://").then(|| text.into())
    }

    fn shown(&self) -> Option<String> {
        Some(quoted(&masked(self.expose_secret())))
    }
}

impl<T: Setting> Setting for Option<T> {
    const EXPECTS: &'static str = T::EXPECTS;
    const SECRET: bool = T::SECRET;

    fn from_text(text: &str) -> Option<Self> {
        T::from_text(text).map(Some)
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        T::from_toml(value).map(Some)
    }

    fn shown(&self) -> Option<String> {
        self.as_ref().and_then(Setting::shown)
    }
}

/// The URL without its password, and without the values of its parameters, for one may be a password.
fn masked(url: &str) -> String {
    let (head, query) = match url.split_once('?') {
        Some((head, query)) => (head, Some(query)),
        None => (url, None),
    };
    let (scheme, rest) = head.split_once("://").unwrap_or(("", head));
    // A password may hold an @; the host may not.
    let head = match rest.rsplit_once('@') {
        Some((user, host)) => {
            let user =
                user.split_once(':').map_or(user.to_owned(), |(name, _)| format!("{name}:***"));
            format!("{scheme}://{user}@{host}")
        }
        None => head.to_owned(),
    };
    let Some(query) = query else { return head };
    let parameter = |part: &str| match part.split_once('=') {
        Some((name, _)) if name.contains("pass") => format!("{name}=***"),
        _ => part.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(parameter).collect();
    format!("{head}?{}", query.join("&"))
}

/// A setting that is one of a few words.
macro_rules! choice {
    ($(#[$doc:meta])+ $name:ident { $($(#[$word_doc:meta])+ $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$word_doc])+ $variant),+ }

        impl $crate::config::value::Setting for $name {
            const EXPECTS: &'static str = concat!("one of:" $(, " ", $word)+);

            fn from_text(text: &str) -> Option<Self> {
                match text { $($word => Some(Self::$variant),)+ _ => None }
            }

            fn shown(&self) -> Option<String> {
                Some($crate::config::value::quoted(match self { $(Self::$variant => $word),+ }))
            }
        }
    };
}
pub(crate) use choice;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            ("postgresql://me:se:c@ret@host:5432/db", "postgresql://me:***@host:5432/db"),
            ("postgresql+asyncpg://me@host/db", "postgresql+asyncpg://me@host/db"),
            ("postgres:///db?host=/run&password=x", "postgres:///db?host=/run&password=***"),
            ("postgres://u:p@h/db?sslmode=require", "postgres://u:***@h/db?sslmode=require"),
        ] {
            assert_eq!(masked(url), shown);
        }
        assert!(!format!("{:?}", SecretString::from("postgres://u:hush@h")).contains("hush"));
    }

    #[test]
    fn tokens_are_masked() {
        let token = Token::from_text("a-long-enough-token").unwrap();
        assert_eq!(token.shown().as_deref(), Some("\"***\""));
        assert!(!format!("{token:?}").contains("enough"));
        assert!(
            Token::from_text("short").is_none() && Token::from_text("sixteen letters !").is_none()
        );
    }

    #[test]
    fn symbols_are_listed_in_the_file_and_with_commas_elsewhere() {
        let two = SymbolList::from_text("binance:BTCUSDT, binance:ETHUSDT").unwrap();
        assert_eq!(two.0.len(), 2);
        let shown: toml::Table = format!("x = {}", two.shown().unwrap()).parse().unwrap();
        assert_eq!(SymbolList::from_toml(&shown["x"]), Some(two));
        assert_eq!(SymbolList::from_text("BTCUSDT"), None);
        assert_eq!(SymbolList::from_text(""), Some(SymbolList::default()));
    }

    #[test]
    fn the_file_keeps_its_types() {
        assert_eq!(u32::from_toml(&toml::Value::from("10")), None);
        assert_eq!(u32::from_toml(&toml::Value::from(-1)), None);
        assert_eq!(u32::from_toml(&toml::Value::from(10)), Some(10));
        assert_eq!(String::from_toml(&toml::Value::from(10)), None);
        assert_eq!(
            f64::from_toml(&toml::Value::from(10)).map(|n| n.to_string()),
            Some("10".into())
        );
        assert_eq!(f64::from_text("inf"), None);
    }
}
