//! The bot by itself, against a server that runs: `cargo run -p moving-average-cross -- --url … --key …`.

use chandlery_client::{Client, Decimal, Error, Interval, Uuid};
use clap::Parser;
use moving_average_cross::{Plan, Settings, prepare, run};
use tokio_util::sync::CancellationToken;

/// Trades a moving-average cross on a paper account
///
/// Without --bot it makes an account with a deposit, a strategy and a bot, or takes those that it made before.
#[derive(Debug, Parser)]
struct Args {
    /// Where the server is
    #[arg(long, env = "CHANDLERY_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A key with the scopes market:read, bots:read, bots:write, orders:read and orders:write
    #[arg(long, env = "CHANDLERY_KEY", hide_env_values = true)]
    key: String,
    /// A bot that there is, which has the settings below as its configuration
    #[arg(long)]
    bot: Option<Uuid>,
    /// What it trades
    #[arg(long, default_value = "replay-binance:BTCUSDT")]
    symbol: String,
    /// The candles that it looks at: 1m, 5m, 15m, 30m, 1h, 4h, 1d or 1w
    #[arg(long, default_value = "1m")]
    interval: String,
    /// Candles of the fast average
    #[arg(long, default_value_t = 5)]
    fast: usize,
    /// Candles of the slow average
    #[arg(long, default_value_t = 20)]
    slow: usize,
    /// What it buys, in units of base
    #[arg(long, default_value = "0.01")]
    quantity: Decimal,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let args = Args::parse();
    let client = Client::new(&args.url, &args.key)?;
    let bot = match args.bot {
        Some(bot) => bot,
        None => prepare(&client, &plan(&args)?).await?,
    };
    let stop = CancellationToken::new();
    tokio::select! {
        () = run(&client, bot, &stop) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

fn plan(args: &Args) -> Result<Plan, Error> {
    let interval =
        serde_json::from_value(args.interval.clone().into()).unwrap_or(Interval::Unknown);
    if interval == Interval::Unknown {
        return Err(Error::Settings(format!("{:?} is no interval", args.interval)));
    }
    if !(1..args.slow).contains(&args.fast) {
        return Err(Error::Settings(format!(
            "--fast {} is not from 1 to less than --slow {}",
            args.fast, args.slow
        )));
    }
    let settings = Settings {
        symbol: args.symbol.clone(),
        interval,
        fast: args.fast,
        slow: args.slow,
        quantity: args.quantity,
        only_closed: true,
    };
    let deposit = ("USDT".to_owned(), Decimal::from(10_000));
    let bot = format!("Cross {} {}", args.symbol, args.interval);
    Ok(Plan { account: "Moving-average cross".to_owned(), deposit, bot, settings })
}
