//! What people write.

use super::TradingRule;

const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 10_000;
const MAX_MESSAGE: usize = 1_000;

/// Checks a name.
///
/// # Errors
/// [`TradingRule::Name`].
pub fn check_name(name: &str) -> Result<(), TradingRule> {
    let sound = (1..=MAX_NAME).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(TradingRule::Name) }
}

/// Checks a description or notes, as `field` is called.
///
/// # Errors
/// [`TradingRule::Text`].
pub fn check_description(field: &'static str, text: Option<&str>) -> Result<(), TradingRule> {
    check_text(field, text, MAX_DESCRIPTION)
}

/// Checks what a bot says of itself, as `field` is called.
///
/// # Errors
/// [`TradingRule::Text`].
pub fn check_message(field: &'static str, text: Option<&str>) -> Result<(), TradingRule> {
    check_text(field, text, MAX_MESSAGE)
}

fn check_text(field: &'static str, text: Option<&str>, most: usize) -> Result<(), TradingRule> {
    let odd = |text: &str| text.chars().count() > most || text.contains('\0');
    if text.is_some_and(odd) { Err(TradingRule::Text(field, most)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_have_bounds() {
        for name in ["a", "Majors, 5m €", &"é".repeat(64)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", " a", "a ", "a\nb", "\0", &"é".repeat(65)] {
            assert_eq!(check_name(name), Err(TradingRule::Name), "{name:?}");
        }
        assert_eq!(check_description("notes", None), Ok(()));
        assert_eq!(check_description("notes", Some(&"é\n".repeat(5_000))), Ok(()));
        let long = "x".repeat(10_001);
        for wrong in [long.as_str(), "a\0"] {
            let error = check_description("notes", Some(wrong)).expect_err("refused");
            assert_eq!(
                (error.clone(), error.field()),
                (TradingRule::Text("notes", 10_000), "notes")
            );
        }
        assert!(check_message("message", Some(&long[..1_000])).is_ok());
        assert!(check_message("message", Some(&long[..1_001])).is_err());
    }
}
