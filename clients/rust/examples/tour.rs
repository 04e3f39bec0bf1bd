//! A tour of the client: most of what it can do, once, against a running server, by a key with the scopes
//! `market:read points:write bots:read bots:write orders:read orders:write`.
//!
//! ```text
//! CHANDLERY_URL=http://127.0.0.1:8080 CHANDLERY_KEY=chk_… cargo run -p chandlery-client --example tour
//! ```

use std::error::Error;
use std::time::Duration;

use chandlery_client::{
    AccountKind, Amendment, BotQuery, BotStatus, BotType, CandleQuery, Client, Code, Decimal,
    Entry, EntryKind, Event, Fee, GroupBy, Heartbeat, Interval, NewBot, NewCandle, NewFill,
    NewOrder, NewTick, NewVersion, OrderQuery, OrderStatus, PerformanceQuery, PortfolioQuery,
    PositionQuery, Report, Side, Stream, TickQuery, Timestamp, Topic, TradeQuery, Uuid,
};
use serde_json::json;
use tokio::time::timeout;

const SYMBOL: &str = "binance:TOURUSDT";
const PATIENCE: Duration = Duration::from_secs(20);

type Done<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Done {
    let client = Client::from_env()?;
    // Every tour has names of its own.
    let mark = client.symbols().await?.len().to_string() + &fastrand::u32(..).to_string();
    let begin = market(&client).await?;
    stream(&client, begin).await?;
    values(&client, &mark).await?;
    let account = client.create_account("binance", &mark, AccountKind::External, None).await?.id;
    let bot = bots(&client, account, &mark).await?;
    orders(&client, account, bot, begin).await?;
    profit(&client, account, bot).await?;
    refusals(&client, account).await?;
    println!("done");
    Ok(())
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

fn tick(time: Timestamp, price: &str, id: u32) -> NewTick {
    NewTick {
        symbol: SYMBOL.to_owned(),
        time,
        price: number(price),
        quantity: number("0.5"),
        side: Some(Side::Buy),
        trade_id: Some(id.to_string()),
    }
}

/// Writes trades and a candle, and reads them back.
async fn market(client: &Client) -> Done<Timestamp> {
    let begin: Timestamp = "2026-01-05T10:00:00Z".parse()?;
    let end = begin + Duration::from_secs(180);
    let at = |second| begin + Duration::from_secs(second);
    let ticks =
        [tick(begin, "100.25", 1), tick(at(10), "101.5", 2), tick(at(70), "99.999999999", 3)];
    for _ in 0..2 {
        client.write_ticks(&ticks).await?; // The second time nothing is new.
    }
    let mut pages = client.tick_pages(TickQuery { limit: Some(2), ..TickQuery::new(SYMBOL) });
    let mut read = Vec::new();
    while let Some(page) = pages.next().await? {
        read.push(page.iter().map(|tick| tick.price).collect::<Vec<_>>());
    }
    assert_eq!(read.concat()[..3], ["100.25", "101.5", "99.999999999"].map(number));
    assert!(read.len() > 1, "{read:?}");

    let minutes = CandleQuery::new(SYMBOL, Interval::M1).between(begin, end);
    let candles = client.candle_pages(CandleQuery { limit: Some(1), ..minutes }).all().await?;
    let closes: Vec<Decimal> = candles.iter().map(|candle| candle.close).collect();
    assert_eq!(closes, ["101.5", "99.999999999"].map(number));
    assert_eq!(
        (candles[0].high, candles[0].volume, candles[0].closed),
        (number("101.5"), Decimal::ONE, true)
    );

    let [open, close] = ["200", "201"].map(number);
    let candle = NewCandle {
        symbol: SYMBOL.to_owned(),
        interval: Interval::H1,
        open_time: "2025-12-01T00:00:00Z".parse()?,
        open,
        high: close,
        low: open,
        close,
        volume: open,
    };
    client.write_candles(&[candle]).await?;
    let hours =
        CandleQuery { origin: Some("venue".into()), ..CandleQuery::new(SYMBOL, Interval::H1) };
    assert_eq!(client.candle_pages(hours).all().await?[0].close, close);
    assert_eq!(client.symbol(SYMBOL).await?.quote.as_deref(), Some("USDT"));
    Ok(begin)
}

/// Hears of a trade that is written meanwhile, and of its candle.
async fn stream(client: &Client, begin: Timestamp) -> Done {
    let topics = [Topic::ticks(SYMBOL), Topic::candles(SYMBOL, Interval::M1)];
    let mut stream = client.stream(topics).await?;
    stream.subscribe([Topic::prices(SYMBOL)]).await;
    told(&mut stream, |event| matches!(event, Event::Price { .. })).await?;
    let id = 1_000_000 + fastrand::u32(..1_000_000);
    let fresh = tick(begin + Duration::from_secs(150), "102.125", id);
    client.write_ticks(&[fresh]).await?;
    let event = told(&mut stream, |event| matches!(event, Event::Candle { .. })).await?;
    let Event::Candle { candle, .. } = event else { unreachable!("it was asked for") };
    assert_eq!(candle.close, number("102.125"));
    Ok(())
}

/// The next event of a kind. Subscribed is subscribed once a price is told, which happens at once.
async fn told(stream: &mut Stream, wanted: fn(&Event) -> bool) -> Done<Event> {
    let wait = async {
        loop {
            let event = stream.next().await?;
            if wanted(&event) {
                return Ok(event);
            }
        }
    };
    timeout(PATIENCE, wait).await?
}

/// Keeps a price for a minute.
async fn values(client: &Client, mark: &str) -> Done {
    let key = format!("price:BTC/USDT {mark}").replace(' ', "#");
    let kept = client.set_value(&key, "50000.0", Duration::from_secs(60)).await?;
    assert_eq!(client.value(&key).await?.as_ref(), Some(&kept));
    client.forget_value(&key).await?;
    assert_eq!(client.value(&key).await?, None);
    Ok(())
}

/// A strategy, and a bot of it from its making to its start.
async fn bots(client: &Client, account: Uuid, mark: &str) -> Done<Uuid> {
    let strategy = client.create_strategy(mark, Some("of a tour")).await?.id;
    let schema = json!({ "type": "object", "required": ["fast"] });
    let version = NewVersion { config_schema: Some(schema), ..NewVersion::default() };
    let version = client.add_version(strategy, &version).await?.id;
    assert_eq!(client.versions(strategy).await?[0].id, version);
    assert_eq!(client.link_account(strategy, account).await?.accounts, [account]);
    let new = NewBot {
        account,
        name: mark.to_owned(),
        kind: BotType::Paper,
        strategy_version: Some(version),
        config: Some(json!({})),
        description: None,
        silent_after_s: Some(60),
        extra_metadata: None,
    };
    let refused = client.create_bot(&new).await.err().ok_or("an empty configuration was taken")?;
    assert!(refused.is(&Code::INVALID_CONFIG), "{refused}");
    let bot = client.create_bot(&NewBot { config: Some(json!({ "fast": 3 })), ..new }).await?.id;
    client.start_bot(bot).await?;
    let told = Heartbeat { balance: Some(number("1000.5")), ..Heartbeat::default() };
    let heard = client.heartbeat(bot, &told).await?;
    assert_eq!((heard.status, heard.balance), (BotStatus::Running, told.balance));
    assert_eq!(client.heartbeats(bot).await?.items[0].balance, told.balance);
    assert_eq!(client.pause_bot(bot).await?.status, BotStatus::Paused);
    let query = BotQuery { account: Some(account), ..BotQuery::default() };
    assert_eq!(client.bot_pages(&query).all().await?[0].id, bot);
    assert!(client.strategies().await?.iter().any(|one| one.id == strategy));
    assert!(client.accounts().await?.iter().any(|one| one.id == account));
    Ok(bot)
}

/// A round trip that was traded elsewhere, and an order that is amended and given up.
async fn orders(client: &Client, account: Uuid, bot: Uuid, begin: Timestamp) -> Done {
    let deposit = Entry {
        kind: EntryKind::Deposited,
        id: "1".to_owned(),
        asset: "USDT".to_owned(),
        amount: number("1000"),
        time: begin,
        symbol: None,
        bot: None,
    };
    for _ in 0..2 {
        client.report_entry(account, &deposit).await?;
    }
    let topics = [Topic::AllBots, Topic::Orders(account), Topic::prices(SYMBOL)];
    let mut stream = client.stream(topics).await?;
    told(&mut stream, |event| matches!(event, Event::Price { .. })).await?;
    for (side, price) in [(Side::Buy, "100"), (Side::Sell, "110")] {
        let new =
            NewOrder { bot: Some(bot), ..NewOrder::market(account, SYMBOL, side, Decimal::TWO) };
        let order = client.place(&NewOrder { submitted: true, ..new }).await?;
        let accepted = Report::Accepted { venue_order_id: format!("v{side}") };
        client.report(order.id, &accepted).await?;
        let fill = NewFill {
            venue_trade_id: format!("t{side}"),
            price: number(price),
            quantity: Decimal::TWO,
            fees: vec![Fee { asset: "USDT".to_owned(), amount: number("0.2") }],
            liquidity: Some("taker".to_owned()),
            time: begin,
        };
        for _ in 0..2 {
            assert_eq!(client.report_fill(order.id, &fill).await?.status, OrderStatus::Filled);
        }
        assert_eq!(client.fills(order.id).await?[0].quote, number(price) * Decimal::TWO);
    }
    let filled = told(&mut stream, |event| matches!(event, Event::Order { fill: Some(_), .. }));
    let Event::Order { order, fill: Some(fill) } = filled.await? else { unreachable!("asked for") };
    assert_eq!((order.status, order.filled), (OrderStatus::Filled, fill.quantity));
    let of_bot = TradeQuery { bot: Some(bot), ..TradeQuery::default() };
    let held = PositionQuery { bot: Some(bot), ..PositionQuery::default() };
    assert_eq!(client.trade_pages(&of_bot).all().await?[0].net_pnl, number("19.6"));
    assert_eq!(client.positions(&held).await?.items[0].status, "closed");
    let balances = client.balances(account).await?;
    let usdt = balances.iter().find(|one| one.asset == "USDT").ok_or("no USDT")?;
    assert_eq!(usdt.cash, number("1019.6"));

    let limit = NewOrder::limit(account, SYMBOL, Side::Buy, Decimal::ONE, number("90"));
    let order = client.place(&NewOrder { submitted: true, ..limit }).await?.id;
    client.report(order, &Report::Accepted { venue_order_id: "v3".to_owned() }).await?;
    let change = Amendment { limit_price: Some(number("91")), ..Amendment::default() };
    assert_eq!(client.amend(order, &change).await?.limit_price, change.limit_price);
    assert_eq!(client.cancel(order).await?.status, OrderStatus::CancelRequested);
    client.report(order, &Report::Cancelled { reason: "asked for".to_owned() }).await?;
    assert!(client.order(order).await?.status.is_over());
    let filled = OrderQuery {
        account: Some(account),
        status: vec![OrderStatus::Filled, OrderStatus::Rejected],
        limit: Some(1),
        ..OrderQuery::default()
    };
    assert_eq!(client.order_pages(&filled).all().await?.len(), 2);
    Ok(())
}

/// What came of the round trip, how well that was, and what there is.
async fn profit(client: &Client, account: Uuid, bot: Uuid) -> Done {
    let query = PerformanceQuery {
        bot: Some(bot),
        group_by: Some(GroupBy::Symbol),
        ..PerformanceQuery::default()
    };
    let [group] = &client.performance(&query).await?.groups[..] else {
        return Err("groups".into());
    };
    assert_eq!((group.trades, group.net_pnl), (1, number("19.6")));
    let won =
        &client.trades(&TradeQuery { bot: Some(bot), ..TradeQuery::default() }).await?.items[0];
    assert_eq!(client.explain_position(won.id).await?.totals[0].total, won.net_pnl);
    let portfolio = client.portfolio(&PortfolioQuery::default()).await?;
    let worth = portfolio.accounts.iter().find(|one| one.account == account);
    assert_eq!(worth.ok_or("the account is missing")?.equity, number("1019.6"));
    Ok(())
}

/// Errors have the server's codes.
async fn refusals(client: &Client, account: Uuid) -> Done {
    let nothing = client.price("binance:NOTHING").await.err().ok_or("a price of nothing")?;
    assert!(nothing.is(&Code::UNKNOWN_SYMBOL), "{nothing}");
    let named = |quantity| NewOrder {
        client_order_id: Some("the-same".to_owned()),
        ..NewOrder::market(account, SYMBOL, Side::Buy, quantity)
    };
    let one = client.place(&named(Decimal::ONE)).await?.id;
    assert_eq!(client.place(&named(Decimal::ONE)).await?.id, one);
    let reused = client.place(&named(Decimal::TWO)).await.err().ok_or("a name for two orders")?;
    assert!(reused.is(&Code::KEY_REUSED), "{reused}");
    let lines = "trades,venue=binance,symbol=TOURUSDT price=1 1767607200000000000".to_owned();
    let bad = client.write_lines("chandlery", lines).await.err().ok_or("a trade of no quantity")?;
    assert!(bad.to_string().contains("quantity"), "{bad}");
    Ok(())
}
