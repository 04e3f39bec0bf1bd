//! What people prefer, and the lists of symbols that they watch.

use app::auth::{PreferencesChange, WatchlistChange};
use domain::auth::{Preferences, Theme, Watchlist, WatchlistError};
use domain::market::{Interval, SymbolName};
use serde_json::{Value, json};

use super::*;

fn symbols(codes: &[&str]) -> Vec<SymbolName> {
    codes.iter().map(|code| SymbolName::new("binance", code).expect("a symbol")).collect()
}

fn list(name: &str, codes: &[&str], is_default: bool) -> Watchlist {
    Watchlist { name: name.to_owned(), symbols: symbols(codes), is_default }
}

#[tokio::test]
async fn preferences_are_the_defaults_until_somebody_chooses() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Viewer).await;
    let ben = world.add("ben@example.com", Role::Viewer).await;
    let lines = world.record().await.len();
    let read = async |user: &User| world.accounts.preferences(user.id).await.expect("preferences");
    let change = async |change| {
        world.accounts.change_preferences(&NOBODY, ada.id, change).await.expect("a change")
    };
    assert_eq!(read(&ada).await, Preferences::default());
    // What says what holds already is no change.
    let same = PreferencesChange { theme: Some(Theme::Dark), ..PreferencesChange::default() };
    assert_eq!(change(same).await, Preferences::default());
    assert_eq!(world.record().await.len(), lines);

    let token = json!({ "telegram": { "token": "secret-token" } });
    let wanted = PreferencesChange {
        default_interval: Some(Interval::M15),
        timezone: Some("europe/berlin".parse().expect("a zone")),
        notifications: token.as_object().cloned(),
        ..PreferencesChange::default()
    };
    let told = change(wanted).await;
    let kept = read(&ada).await;
    assert_eq!(kept, told);
    assert_eq!((kept.default_interval, kept.timezone.as_str()), (Interval::M15, "Europe/Berlin"));
    assert_eq!((kept.theme, Value::Object(kept.notifications)), (Theme::Dark, token));
    let light = PreferencesChange { theme: Some(Theme::Light), ..PreferencesChange::default() };
    assert_eq!(change(light).await.default_interval, Interval::M15, "what isn't named stays");
    assert_eq!(read(&ben).await, Preferences::default(), "nobody else's change");

    let record = world.record().await;
    assert_eq!(record.len(), lines + 2);
    let [last, first] = [&record[0], &record[1]];
    assert_eq!((last.action.as_str(), &last.resource), ("preferences.change", &first.resource));
    assert_eq!(last.resource, Some(ada.id.to_string()));
    let (was, is) = (json!({ "theme": "dark" }), json!({ "theme": "light" }));
    assert_eq!((&last.before, &last.after), (&Some(was), &Some(is)));
    let expected = json!({
        "default_interval": "15m", "timezone": "Europe/Berlin", "notifications": ["telegram"],
    });
    assert_eq!(first.after, Some(expected));
    assert!(!format!("{record:?}").contains("secret-token"), "no secret in the record");
}

#[tokio::test]
async fn a_list_is_its_owners_and_one_of_them_is_the_default() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Viewer).await;
    let ben = world.add("ben@example.com", Role::Admin).await;
    let make =
        async |user: &User, list| world.accounts.create_watchlist(&NOBODY, user.id, list).await;
    let change = async |user: &User, id, change| {
        world.accounts.change_watchlist(&NOBODY, user.id, id, change).await
    };
    let majors = make(&ada, list("Majors", &["BTCUSDT", "ETHUSDT"], true)).await.expect("a list");
    let alts = make(&ada, list("Alts", &[], true)).await.expect("a list");
    make(&ben, list("Majors", &[], true)).await.expect("names are each person's own");
    let defaults = async || {
        let lists = world.accounts.watchlists(ada.id).await.expect("lists");
        let defaults = lists.iter().filter(|kept| kept.list.is_default);
        defaults.map(|kept| kept.list.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(defaults().await, ["Alts"]);
    world.pass(Duration::from_secs(1));
    let again = WatchlistChange { is_default: Some(true), ..WatchlistChange::default() };
    let changed = change(&ada, majors.id, again.clone()).await.expect("a change");
    assert_eq!(changed.updated_at, majors.updated_at.plus(Duration::from_secs(1)));
    assert_eq!(defaults().await, ["Majors"]);
    let lines = world.record().await.len();
    change(&ada, majors.id, again).await.expect("no change");
    assert_eq!(world.record().await.len(), lines, "what changes nothing leaves no trace");

    let order = symbols(&["SOLUSDT", "ETHUSDT", "BTCUSDT"]);
    let order = WatchlistChange { symbols: Some(order), ..WatchlistChange::default() };
    let kept = change(&ada, majors.id, order.clone()).await.expect("a change");
    assert_eq!(kept.list, list("Majors", &["SOLUSDT", "ETHUSDT", "BTCUSDT"], true));
    assert_eq!(world.accounts.watchlist(ada.id, majors.id).await.expect("a list"), kept);
    let record = world.record().await;
    let was = json!({ "watchlist": majors.id, "symbols": ["binance:BTCUSDT", "binance:ETHUSDT"] });
    assert_eq!((record[0].action.as_str(), &record[0].before), ("watchlist.change", &Some(was)));

    let name = |name: &str| WatchlistChange { name: Some(name.to_owned()), ..Default::default() };
    let taken = change(&ada, alts.id, name("Majors")).await;
    assert!(matches!(taken, Err(AccountError::WatchlistTaken(_))), "{taken:?}");
    let taken = make(&ada, list("Alts", &[], false)).await;
    assert!(matches!(taken, Err(AccountError::WatchlistTaken(_))), "{taken:?}");
    let nameless = change(&ada, alts.id, name("")).await;
    assert!(matches!(nameless, Err(AccountError::Watchlist(WatchlistError::Name))));

    let unknown = |error: AccountError| assert!(matches!(error, AccountError::UnknownWatchlist));
    unknown(world.accounts.watchlist(ben.id, majors.id).await.expect_err("another's"));
    unknown(change(&ben, majors.id, order).await.expect_err("another's"));
    let delete =
        async |user: &User| world.accounts.delete_watchlist(&NOBODY, user.id, majors.id).await;
    unknown(delete(&ben).await.expect_err("another's"));
    assert_eq!(world.accounts.watchlist(ada.id, majors.id).await.expect("it is there"), kept);
    delete(&ada).await.expect("an end");
    unknown(delete(&ada).await.expect_err("it is gone"));
    assert_eq!(defaults().await, [""; 0]);
    let last = world.record().await.remove(0);
    assert_eq!((last.action.as_str(), last.after), ("watchlist.delete", None));
}

#[tokio::test]
async fn a_hundred_lists_are_enough_and_two_at_once_leave_one_default() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Viewer).await;
    let make = |name: String| {
        let (accounts, ada) = (world.accounts.clone(), ada.id);
        let list = list(&name, &[], true);
        tokio::spawn(async move { accounts.create_watchlist(&NOBODY, ada, list).await })
    };
    let all: Vec<_> = (0..101).map(|n| make(format!("list {n}"))).collect();
    let mut refused = 0;
    for one in all {
        match one.await.expect("no panic") {
            Ok(_) => {}
            Err(AccountError::TooManyWatchlists(100)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    let lists = world.accounts.watchlists(ada.id).await.expect("lists");
    let defaults = lists.iter().filter(|kept| kept.list.is_default).count();
    assert_eq!((lists.len(), refused, defaults), (100, 1, 1));
}
