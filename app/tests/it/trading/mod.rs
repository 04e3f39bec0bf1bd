//! Venue accounts, strategies and bots on a real database.

mod accounts;
mod bots;
mod paper;
mod person;
mod signing;
mod strategies;
mod watched;

use std::time::Duration;

use adapters::auth::FieldKeys;
use app::auth::{AccountOptions, Accounts, Actor, Origin, PasswordCost};
use app::trading::{NewAccount, NewBot, Trading, TradingError};
use app::{Clock, Random};
use domain::auth::Role;
use domain::trading::{AccountKind, BotKind, Credentials};
use serde_json::{Value, json};
use store::auth::audit::{AuditQuery, Entry};
use store::trading::accounts::VenueAccount;
use store::trading::bots::{Bot, BotTerms};
use uuid::Uuid;

/// Two people with keys for encrypted fields.
struct Desk {
    fresh: testkit::Migrated,
    folder: tempfile::TempDir,
    clock: Clock,
    accounts: Accounts,
    trading: Trading,
    ada: Uuid,
    ben: Uuid,
}

const NOBODY: &Actor =
    &Actor { user_id: None, session_id: None, origin: Origin { ip: None, user_agent: None } };

impl Desk {
    async fn new() -> Self {
        let fresh = testkit::migrated().await;
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::fixed("2026-01-05T10:00:00Z".parse().expect("a time"));
        let cost = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };
        let (db, random) = (fresh.db.clone(), Random::system());
        let options = AccountOptions::default();
        let accounts = Accounts::new(db.clone(), clock.clone(), random.clone(), cost, options);
        accounts.use_keys(FieldKeys::File(folder.path().join("keys")));
        let trading = Trading::new(db, clock.clone(), random, accounts.clone(), None);
        let add = async |email: &str| {
            let email = email.parse().expect("an address");
            let made = accounts.create(NOBODY, email, None, Role::Trader, "correct horse battery");
            made.await.expect("a person").id
        };
        let (ada, ben) = (add("ada@example.com").await, add("ben@example.com").await);
        Self { fresh, folder, clock, accounts, trading, ada, ben }
    }

    /// The same from another process.
    fn elsewhere(&self) -> Trading {
        let (db, random) = (self.fresh.db.clone(), Random::system());
        Trading::new(db, self.clock.clone(), random, self.accounts.clone(), None)
    }

    fn pass(&self, time: Duration) {
        self.clock.set(self.clock.now().plus(time));
    }

    async fn account(&self, name: &str, kind: AccountKind) -> VenueAccount {
        // Numbers are in order of time to the millisecond.
        self.pass(Duration::from_millis(1));
        let made = self.trading.create_account(NOBODY, self.ada, wanted(name, kind)).await;
        made.expect("an account")
    }

    async fn bot(&self, name: &str, config: Value) -> Bot {
        let account = self.account(name, AccountKind::External).await.id;
        let new = new_bot(account, name, None, config);
        self.trading.create_bot(NOBODY, self.ada, new).await.expect("a bot")
    }

    /// The record, the newest line first.
    async fn record(&self) -> Vec<Entry> {
        let query = AuditQuery { limit: 1_000, ..AuditQuery::default() };
        let lines = self.accounts.audit(&query).await.expect("the record");
        lines.into_iter().map(|(_, entry)| entry).collect()
    }

    /// What the record says was done to something, the newest first.
    async fn done_to(&self, id: Uuid) -> Vec<String> {
        let id = id.to_string();
        let about = |entry: &Entry| entry.resource.as_ref() == Some(&id);
        self.record().await.into_iter().filter(about).map(|entry| entry.action).collect()
    }

    /// Every row of a table, as text.
    async fn dump(&self, table: &str) -> String {
        let sql = format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table} t");
        let rows = self.fresh.db.query("test", &sql, &[]).await.expect("rows");
        rows[0].get(0)
    }
}

/// An order of a bot, in its account.
const OPEN_ORDER: &str = "
INSERT INTO ledger.orders (id, account_id, bot_id, client_order_id, symbol, mode, side, kind, status,
    quantity, filled, filled_quote, exchange_metadata, version, placed_at, updated_at)
VALUES ($1, $2, $1, 'a', 'binance:BTCUSDT', 'spot', 'buy', 'market', 'new', 1, 0, 0, '{}', 1, now(), now())";

fn wanted(name: &str, kind: AccountKind) -> NewAccount {
    NewAccount { venue: "binance".into(), name: name.into(), kind, credentials: None }
}

fn credentials() -> Credentials {
    Credentials {
        key: "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv".into(),
        secret: "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP".into(),
        passphrase: Some("a sea shanty".into()),
    }
}

fn new_bot(account: Uuid, name: &str, version: Option<Uuid>, config: Value) -> NewBot {
    let terms = BotTerms {
        name: name.to_owned(),
        strategy_version_id: version,
        config,
        extra_metadata: json!({}),
        description: None,
        silent_after_s: 60,
    };
    NewBot { account, kind: BotKind::Paper, terms }
}

/// What something was refused for, in a word.
fn why<T: std::fmt::Debug>(result: Result<T, TradingError>) -> String {
    match result.expect_err("it is refused") {
        TradingError::Unknown(thing) => format!("unknown {thing}"),
        TradingError::Taken(thing, _) => format!("{thing} taken"),
        TradingError::Rule(rule) => rule.field().to_owned(),
        other => format!("{other:?}"),
    }
}
