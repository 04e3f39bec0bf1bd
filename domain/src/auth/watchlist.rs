//! Lists of symbols that somebody watches.

use std::collections::HashSet;

use crate::market::SymbolName;

const MAX_NAME: usize = 100;
const MAX_SYMBOLS: usize = 500;

/// A list of symbols. They need not be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watchlist {
    /// What its owner calls it; none of their others is called so.
    pub name: String,
    /// In their owner's order, each once.
    pub symbols: Vec<SymbolName>,
    /// Whether it is what the page opens with; one of a person's lists at most.
    pub is_default: bool,
}

/// Why a list is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WatchlistError {
    /// Without a name it can't be chosen.
    #[error("a list has a name of 1 to {MAX_NAME} characters, none of them a control character")]
    Name,
    /// More than somebody watches.
    #[error("a list has at most {MAX_SYMBOLS} symbols")]
    TooLong,
    /// Its place would not be known.
    #[error("{0} is in the list twice")]
    Twice(SymbolName),
}

impl WatchlistError {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::TooLong | Self::Twice(_) => "symbols",
        }
    }
}

/// Checks what somebody wants a list to be.
///
/// # Errors
/// Every [`WatchlistError`].
pub fn check_watchlist(list: &Watchlist) -> Result<(), WatchlistError> {
    let name = &list.name;
    if !(1..=MAX_NAME).contains(&name.chars().count())
        || name.trim() != name
        || name.chars().any(char::is_control)
    {
        return Err(WatchlistError::Name);
    }
    if list.symbols.len() > MAX_SYMBOLS {
        return Err(WatchlistError::TooLong);
    }
    let mut seen = HashSet::new();
    match list.symbols.iter().find(|symbol| !seen.insert(*symbol)) {
        Some(twice) => Err(WatchlistError::Twice(twice.clone())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_name_and_each_symbol_once() {
        let symbol = |n: usize| SymbolName::new("binance", &format!("S{n}")).expect("a symbol");
        let check = |name: &str, symbols: Vec<SymbolName>| {
            check_watchlist(&Watchlist { name: name.into(), symbols, is_default: false })
        };
        assert_eq!(check("Majors €", (0..500).map(symbol).collect()), Ok(()));
        assert_eq!(check("x", vec![]), Ok(()));
        for name in ["", " a", "a\u{7f}b", "a\u{0}", &"é".repeat(101)] {
            assert_eq!(check(name, vec![]), Err(WatchlistError::Name), "{name:?}");
        }
        assert_eq!(check("x", (0..501).map(symbol).collect()), Err(WatchlistError::TooLong));
        let twice = check("x", vec![symbol(1), symbol(2), symbol(1)]);
        assert_eq!(twice, Err(WatchlistError::Twice(symbol(1))));
    }
}
