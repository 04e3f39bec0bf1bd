//! Offsets from UTC as Binance writes them: `8`, `-1:00`, `05:45`, from -12:00 to +14:00.

use super::error::Refusal;

/// The offset in minutes.
pub(super) fn minutes(text: &str) -> Result<i64, Refusal> {
    parse(text)
        .filter(|minutes| (-720..=840).contains(minutes))
        .ok_or_else(|| Refusal::not_valid("timeZone"))
}

fn parse(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        // A plus sign in a query is a blank.
        None => (1, text.strip_prefix(['+', ' ']).unwrap_or(text)),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        let plain = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i64>().ok()).flatten()
    };
    let minutes = number(minutes, 2..=2).filter(|minutes| *minutes < 60)?;
    Some(sign * (number(hours, 1..=2)? * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_hours_or_hours_and_minutes() {
        let good = [
            ("0", 0),
            ("8", 480),
            ("-1:00", -60),
            ("05:45", 345),
            (" 08:00", 480),
            ("14", 840),
            ("-12:00", -720),
        ];
        for (text, offset) in good {
            assert_eq!(minutes(text), Ok(offset), "{text}");
        }
        for text in ["", "14:01", "-12:30", "x", "1:5", "1:60", "--1", "1:00:00", "100"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }
}
