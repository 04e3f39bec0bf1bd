//! What is held on somebody who trades, told and erased.

use app::trading::{NewHeartbeat, NewStrategy, NewTemplate};
use domain::auth::Email;
use domain::trading::BotCommand;
use store::trading::versions::VersionTerms;

use super::*;

/// Ada with one of everything, and two templates; her account and bot.
async fn one_of_everything(desk: &Desk) -> (Uuid, Uuid) {
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let new = NewAccount {
        credentials: Some(credentials()),
        ..wanted("Lovelace spot", AccountKind::External)
    };
    let account = trading.create_account(actor, ada, new).await.expect("an account").id;
    let mut new = new_bot(account, "Lovelace bot", None, json!({ "owner": "lovelace" }));
    new.terms.description = Some("by A. Lovelace".into());
    let bot = trading.create_bot(actor, ada, new).await.expect("a bot").id;
    trading.command_bot(actor, ada, bot, BotCommand::Start).await.expect("it starts");
    let told = NewHeartbeat { message: Some("lovelace is rich".into()), ..NewHeartbeat::default() };
    trading.heartbeat(actor, ada, bot, told).await.expect("it is heard of");
    let version = || VersionTerms { config_schema: None, parameters: json!({}), notes: None };
    for (name, is_public) in [("Lovelace's own", false), ("Cross", true)] {
        let new =
            NewTemplate { name: name.into(), description: None, version: version(), is_public };
        trading.create_template(actor, ada, new).await.expect("a template");
    }
    let new = NewStrategy { name: "Lovelace's".into(), description: None, template: None };
    let strategy = trading.create_strategy(actor, ada, new).await.expect("a strategy").id;
    trading.add_version(actor, ada, strategy, version()).await.expect("a version");
    trading.link(actor, ada, strategy, account, true).await.expect("a link");
    let sql = format!(
        "INSERT INTO trading.webhooks (id, bot_id, name, beginning, secret_hash, template, enabled, created_at, updated_at)
         VALUES ('{bot}', '{bot}', 'Lovelace', 'chw_', sha256('x'), '{{}}', true, now(), now());
         INSERT INTO trading.webhook_log (id, webhook_id, received_at, body, alert_key, first_id, outcome)
         VALUES ('{bot}', '{bot}', now(), 'lovelace', 'k', '{bot}', 'received');
         INSERT INTO trading.signing_keys (id, user_id, account_id, name, beginning, key_hash, secret, created_at)
         VALUES ('{bot}', '{ada}', '{account}', 'Lovelace', 'chr_', sha256('x'), sha256('y'), now());
         INSERT INTO trading.sagas (order_id, account_id, step, cancel, attempts, last_error, created_at, updated_at)
         VALUES ('{bot}', '{account}', 'reserve', false, 1, 'lovelace', now(), now());
         INSERT INTO trading.paper_settings VALUES ('{account}', '{{}}', now());
         INSERT INTO trading.paper_orders (id, account_id, symbol, status, rejected, created_at, updated_at)
         VALUES ('{bot}', '{account}', 'binance:BTCUSDT', 'rejected', '{{}}', now(), now());
         INSERT INTO trading.paper_reports (order_id, event, at) VALUES ('{bot}', '{{}}', now());
         INSERT INTO market.symbols (venue_id, code) SELECT venue_id, 'ADABTC' FROM trading.venue_accounts;
         INSERT INTO trading.paper_positions SELECT '{account}', '{bot}', id, 'spot', 1 FROM market.symbols WHERE code = 'ADABTC';
         INSERT INTO ledger.imports (id, user_id, account_id, bot_id, file, source, digest, reconciled, counts, report,
                                     began_at, ended_at)
         VALUES ('{bot}', '{ada}', '{account}', '{bot}', 'lovelace.sqlite', 'freqtrade_database', sha256('z'), true, '{{}}',
                 '{{}}', now(), now())"
    );
    desk.fresh.database.connect().await.batch_execute(&sql).await.expect("rows");
    (account, bot)
}

/// Books of trading, which are told by the ledger's own lists and stay when their owner is erased; orders are in several.
const BOOKS: [&str; 9] = [
    "orders",
    "fills",
    "positions",
    "trades",
    "position_steps",
    "postings",
    "balances",
    "commands",
    "performance_snapshots",
];
/// Of which `one_of_everything` makes one row.
const ONE_OF_EACH: [&str; 14] = [
    "venue_accounts",
    "bots",
    "strategies",
    "strategy_versions",
    "strategy_accounts",
    "bot_heartbeats",
    "webhooks",
    "webhook_log",
    "signing_keys",
    "sagas",
    "paper_settings",
    "paper_orders",
    "paper_reports",
    "paper_positions",
];

/// Whatever leads to a person by foreign keys or by a column of that name is looked into, so that a table that comes later
/// is not forgotten.
#[tokio::test]
async fn every_table_with_something_of_people_is_told() {
    let desk = Desk::new().await;
    let sql = "
        WITH RECURSIVE theirs AS (
            SELECT 'auth.users'::regclass::oid AS oid
            UNION SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
                WHERE a.attname IN ('user_id', 'account_id', 'bot_id', 'order_id', 'created_by', 'email')
            UNION SELECT c.conrelid FROM pg_constraint c JOIN theirs ON c.confrelid = theirs.oid WHERE c.contype = 'f')
        SELECT n.nspname, c.relname FROM theirs JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname NOT LIKE 'pg_%' AND NOT c.relispartition";
    let client = desk.fresh.database.connect().await;
    let theirs = client.query(sql, &[]).await.expect("tables");
    let look = |tx| async move { store::auth::person::looked_into(&tx).await };
    let told = desk.fresh.db.run("test.tables", look).await.expect("tables");
    let missing = theirs.iter().map(|row| (row.get::<_, String>(0), row.get::<_, String>(1)));
    let missing: Vec<_> = missing
        .filter(|(schema, table)| !(schema == "ledger" && BOOKS.contains(&table.as_str())))
        .map(|(schema, table)| format!("{schema}.{table}"))
        .filter(|table| !told.contains(table))
        .collect();
    assert_eq!(missing, [] as [&str; 0]);
    assert!(theirs.len() > 25, "{}", theirs.len());
}

#[tokio::test]
async fn the_books_stay_and_nothing_in_them_names_whoever_is_erased() {
    let desk = Desk::new().await;
    let (account, bot) = one_of_everything(&desk).await;
    let email: Email = "ada@example.com".parse().expect("an address");
    let held = desk.accounts.held_on(NOBODY, &email).await.expect("what is held");
    for table in ONE_OF_EACH {
        assert_eq!(
            held[format!("trading.{table}")].as_array().map(Vec::len),
            Some(1),
            "{table}: {held}"
        );
    }
    assert_eq!(held["trading.strategy_templates"].as_array().map(Vec::len), Some(2), "{held}");
    assert_eq!(held["ledger.imports"][0]["file"], "lovelace.sqlite");
    for secret in ["\"credentials\"", "\"secret\"", "_hash\""] {
        assert!(!held.to_string().contains(secret), "{held}");
    }

    desk.accounts.erase(NOBODY, &email).await.expect("erased");
    let mut left = format!("{:?}", desk.record().await).to_lowercase();
    for table in ONE_OF_EACH.into_iter().chain(["strategy_templates"]) {
        left += &desk.dump(&format!("trading.{table}")).await.to_lowercase();
    }
    left += &desk.dump("ledger.imports").await.to_lowercase();
    assert!(!left.contains("lovelace"), "{left}");
    let client = desk.fresh.database.connect().await;
    let row = client
        .query_one(
            "SELECT a.name, b.name, b.status, a.credentials IS NULL AND a.user_id IS NULL AND b.user_id IS NULL,
                 a.archived_at IS NOT NULL
             FROM trading.bots b JOIN trading.venue_accounts a ON a.id = b.account_id",
            &[],
        )
        .await
        .expect("the books are there");
    let texts = [0, 1, 2].map(|at| row.get::<_, String>(at));
    assert_eq!(texts, [account.to_string(), bot.to_string(), "stopped".into()]);
    assert_eq!((row.get::<_, bool>(3), row.get::<_, bool>(4)), (true, true));
    let templates = desk.trading.templates(desk.ben, None, 9).await.expect("templates");
    assert_eq!(
        templates.iter().map(|one| (one.name.as_str(), one.created_by)).collect::<Vec<_>>(),
        [("Cross", None)]
    );
    assert_eq!(desk.dump("trading.strategies").await, "");
}
