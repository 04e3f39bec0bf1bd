//! What a file is: by its first bytes, then by its first rows; a format that the user names is
//! taken at its word.

use super::error::Refusal;
use super::input::Input;
use super::name::Named;
use super::reader::Opened;
use super::{Format, Kind, ReadOptions, arrow, capture, ccxt, csv, json, parquet, symbols};

/// How much of a file is looked at.
const HEAD: u64 = 1 << 16;

/// Families of formats that are read by the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Csv,
    Arrays,
    Capture,
    Arrow,
    Parquet,
    Symbols,
}

/// Opens the file as what it is.
pub(super) fn open(input: &Input, options: &ReadOptions, named: &Named) -> Result<Opened, Refusal> {
    let head = input.head(HEAD)?;
    if head.is_empty() {
        return Err(Refusal::Empty);
    }
    if named.no_candles && options.kind.is_none() && options.format.is_none() {
        return Err(Refusal::because(
            "holds funding rates or mark prices by its name, which are not candles; \
             if it does hold candles, say --kind candles",
        ));
    }
    let family = match options.format {
        Some(Format::BinanceCsv | Format::Csv) => Family::Csv,
        Some(Format::FreqtradeJson | Format::CcxtJson) => Family::Arrays,
        Some(Format::BinanceWsCapture) => Family::Capture,
        Some(Format::FreqtradeFeather | Format::Arrow) => Family::Arrow,
        Some(Format::Parquet) => Family::Parquet,
        Some(Format::BinanceExchangeInfo) => Family::Symbols,
        None => family(&head, options)?,
    };
    if options.columns.is_some() && family != Family::Csv {
        return Err(Refusal::because("isn't CSV, so --columns doesn't apply to it"));
    }
    match family {
        Family::Csv => csv::open(input, options, named),
        Family::Arrays if ccxt::holds_objects(&head) => ccxt::open(input, options),
        Family::Arrays => json::open(input, options, named),
        Family::Capture => capture::open(input, options),
        Family::Arrow => arrow::open(input, options, named),
        Family::Parquet => parquet::open(input, options, named),
        Family::Symbols => symbols::open(input, options),
    }
}

fn family(head: &[u8], options: &ReadOptions) -> Result<Family, Refusal> {
    const NONE: &str = "is in no known format; name it with --format (binance-csv, \
                        binance-ws-capture, freqtrade-feather, freqtrade-json, ccxt-json, csv, \
                        parquet, arrow, binance-exchange-info)";
    match head {
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] | [0xff, 0xff, 0xff, 0xff, ..] => {
            return Ok(Family::Arrow);
        }
        [b'P', b'A', b'R', b'1', ..] => return Ok(Family::Parquet),
        _ => {}
    }
    let text = head.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    match text.first() {
        None => Err(Refusal::Empty),
        Some(b'[') => Ok(Family::Arrays),
        Some(b'{') if symbols::are_in(text) || options.kind == Some(Kind::Symbols) => {
            Ok(Family::Symbols)
        }
        Some(b'{') => Err(Refusal::because(NONE)),
        Some(_) if text.contains(&0) => Err(Refusal::because(NONE)),
        Some(_) if capture::is_line(text) => Ok(Family::Capture),
        Some(_) => Ok(Family::Csv),
    }
}
