//! What a section of the configuration is: one documented struct from which its defaults, its
//! reference, its parsing and its list of known keys all come.

use std::fmt::Display;

/// A value as it was found.
#[derive(Clone, Copy)]
pub(crate) enum Raw<'a> {
    /// In the environment or in a flag.
    Text(&'a str),
    /// In the file.
    Toml(&'a toml::Value),
}

/// One key of a section.
pub(crate) struct Key {
    /// Its name in the section.
    pub(crate) name: &'static str,
    /// What it is for, line by line.
    pub(crate) doc: &'static [&'static str],
    /// Its value as the file would hold it, a secret masked; none where it is not set.
    pub(crate) value: Option<String>,
    /// What a value may look like where the default is none.
    pub(crate) example: Option<&'static str>,
}

/// A section with its values.
pub(crate) trait Section {
    /// Its name in the file.
    fn name(&self) -> &'static str;
    /// What it is about, line by line.
    fn doc(&self) -> &'static [&'static str];
    /// Its keys in the order of the reference.
    fn keys(&self) -> Vec<Key>;
    /// Sets a key. None where there is no such key; the error finishes the sentence "`key`: …".
    fn set(&mut self, key: &str, raw: Raw<'_>) -> Option<Result<(), String>>;
    /// Reports values that have the right type and yet make no sense.
    fn validate(&self, wrong: &mut Wrong);
}

/// What [`Section::validate`] found: key and what is wrong with it.
#[derive(Default)]
pub(crate) struct Wrong(pub(crate) Vec<(&'static str, String)>);

impl Wrong {
    /// Reports `value` where it is outside `least` to `most`.
    pub(crate) fn unless_within<T: PartialOrd + Display + Copy>(
        &mut self,
        key: &'static str,
        value: T,
        least: T,
        most: T,
    ) {
        if !(least..=most).contains(&value) {
            self.0.push((key, format!("must be {least} to {most}, not {value}")));
        }
    }

    /// Reports `url` where it is no URL of a host with one of these schemes.
    pub(crate) fn unless_url(&mut self, key: &'static str, url: &str, schemes: [&str; 2]) {
        let host = schemes.iter().find_map(|scheme| url.strip_prefix(scheme)?.strip_prefix("://"));
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/') || host.contains(' ')) {
            let [one, other] = schemes;
            let why = format!("must be a URL that begins with {one}:// or {other}://, not {url:?}");
            self.0.push((key, why));
        }
    }
}

/// Declares a section: its struct, defaults and [`Section`]. The struct must have a method
/// `check(&self, &mut Wrong)`.
macro_rules! section {
    (
        $(#[doc = $doc:literal])+
        $name:ident = $section:literal {
            $($(#[doc = $key_doc:literal])+ $key:ident: $type:ty = $default:expr $(, like $example:literal)?;)+
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            $($(#[doc = $key_doc])+ pub(crate) $key: $type,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default),+ }
            }
        }

        impl $crate::config::section::Section for $name {
            fn name(&self) -> &'static str {
                $section
            }

            fn doc(&self) -> &'static [&'static str] {
                &[$($doc),+]
            }

            fn keys(&self) -> Vec<$crate::config::section::Key> {
                vec![$($crate::config::section::Key {
                    name: stringify!($key),
                    doc: &[$($key_doc),+],
                    value: $crate::config::value::Setting::shown(&self.$key),
                    example: None$(.or(Some($example)))?,
                }),+]
            }

            fn set(
                &mut self,
                key: &str,
                raw: $crate::config::section::Raw<'_>,
            ) -> Option<Result<(), String>> {
                match key {
                    $(stringify!($key) => Some(
                        $crate::config::section::read(raw).map(|value| self.$key = value)
                    ),)+
                    _ => None,
                }
            }

            fn validate(&self, wrong: &mut $crate::config::section::Wrong) {
                self.check(wrong);
            }
        }
    };
}
pub(crate) use section;

/// Reads one value; the error says what it should have been.
pub(crate) fn read<T: super::value::Setting>(raw: Raw<'_>) -> Result<T, String> {
    let (value, text) = match raw {
        Raw::Text(text) => (T::from_text(text), super::value::quoted(text)),
        Raw::Toml(value) => (T::from_toml(value), value.to_string()),
    };
    let text = if T::SECRET { "the value".to_owned() } else { text };
    value.ok_or_else(|| format!("{text} is not {}", T::EXPECTS))
}
