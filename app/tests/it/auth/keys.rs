//! Keys of programs.

use app::auth::NewKey;
use domain::auth::ApiKeyError;

use super::*;

fn wanted(scopes: &[Scope]) -> NewKey {
    NewKey { name: "bot".into(), scopes: scopes.to_vec(), networks: vec![], expires_at: None }
}

impl World {
    async fn may(&self, secret: &Secret) -> Option<Vec<Scope>> {
        // Another process, so that nothing comes from memory.
        let asked = accounts(&self.fresh, &self.clock, CHEAP);
        let ip = Some([192, 0, 2, 7].into());
        let known = asked.known_key(secret, ip).await.expect("an answer");
        known.map(|known| known.scopes.clone())
    }
}

#[tokio::test]
async fn a_key_opens_what_it_is_for_as_long_as_its_owner_may() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Trader).await;
    let make = async |new| world.accounts.create_key(&NOBODY, &ada, new).await;
    let (secret, key) = make(wanted(&[Scope::MarketRead, Scope::OpsRead])).await.expect("a key");
    assert!(secret.reveal().starts_with(&key.beginning) && key.beginning.len() == 10);
    let rows = world.fresh.db.query("test", "SELECT k::text FROM auth.api_keys k", &[]).await;
    assert!(!rows.expect("a row")[0].get::<_, &str>(0).contains(&secret.reveal()[10..]));
    assert_eq!(world.may(&secret).await, Some(vec![Scope::MarketRead, Scope::OpsRead]));

    let change = async |change| world.accounts.change(&NOBODY, ada.id, &[change]).await.map(drop);
    change(AccountChange::Role(Role::Viewer)).await.expect("a change");
    assert_eq!(world.may(&secret).await, Some(vec![Scope::MarketRead]), "no more than its owner");
    change(AccountChange::Active(false)).await.expect("a change");
    assert_eq!(world.may(&secret).await, None, "a deactivated owner's key is dead");
    change(AccountChange::Active(true)).await.expect("a change");
    assert!(world.may(&secret).await.is_some());

    let other = world.add("ben@example.com", Role::Admin).await;
    let foreign = world.accounts.revoke_key(&NOBODY, other.id, key.id).await;
    assert!(matches!(foreign, Err(AccountError::UnknownKey)), "{foreign:?}");
    world.accounts.revoke_key(&NOBODY, ada.id, key.id).await.expect("an end");
    assert_eq!(world.may(&secret).await, None);
    let record = world.record().await;
    let (last, first) = (&record[0], record.iter().find(|entry| entry.action == "key.create"));
    assert_eq!((last.action.as_str(), &last.before), ("key.revoke", &first.expect("a line").after));
    assert!(!format!("{record:?}").contains(&secret.reveal()[10..]), "no secret in the record");
}

#[tokio::test]
async fn a_key_ends_in_time_and_comes_from_its_addresses_only() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Trader).await;
    let make = async |new| world.accounts.create_key(&NOBODY, &ada, new).await;
    let end = world.clock.now().plus(Duration::from_secs(60));
    let read = wanted(&[Scope::MarketRead]);
    let (short, _) = make(NewKey { expires_at: Some(end), ..read.clone() }).await.expect("a key");
    let network = |text: &str| vec![text.parse().expect("a network")];
    let (here, key) =
        make(NewKey { networks: network("192.0.2.0/24"), ..read.clone() }).await.expect("a key");
    let (elsewhere, _) =
        make(NewKey { networks: network("198.51.100.0/24"), ..read.clone() }).await.expect("a key");
    assert!(world.may(&short).await.is_some() && world.may(&here).await.is_some());
    assert!(world.may(&elsewhere).await.is_none());
    // What memory holds of a key is asked the same.
    for (ip, known) in [([192, 0, 2, 9], true), ([203, 0, 113, 1], false)] {
        let found = world.accounts.known_key(&here, Some(ip.into())).await.expect("an answer");
        assert_eq!(found.is_some(), known, "{ip:?}");
    }
    assert!(world.accounts.known_key(&here, None).await.expect("an answer").is_none());
    assert!(world.accounts.known_key(&short, None).await.expect("an answer").is_some());
    world.pass(Duration::from_secs(60));
    assert!(world.accounts.known_key(&short, None).await.expect("an answer").is_none());

    let used = async || {
        let keys = world.accounts.keys(ada.id).await.expect("a list");
        let used = keys.into_iter().find(|one| one.id == key.id).expect("it is there");
        (used.last_used_at, used.last_used_ip)
    };
    let begun = key.created_at;
    assert_eq!(used().await, (Some(begun), Some([192, 0, 2, 7].into())));
    // It is noted once a minute at most, and never because of a request that was refused.
    world.clock.set(begun.plus(Duration::from_secs(59)));
    world.may(&here).await;
    assert_eq!(used().await.0, Some(begun));
    world.clock.set(begun.plus(Duration::from_secs(61)));
    let refused = accounts(&world.fresh, &world.clock, CHEAP).known_key(&here, None).await;
    assert!(refused.expect("an answer").is_none());
    assert_eq!(used().await.0, Some(begun));
    world.may(&here).await;
    assert_eq!(used().await.0, Some(begun.plus(Duration::from_secs(61))));
}

#[tokio::test]
async fn a_key_that_would_be_too_much_is_not_made() {
    let world = world().await;
    let viewer = world.add("ada@example.com", Role::Viewer).await;
    let make = async |new| world.accounts.create_key(&NOBODY, &viewer, new).await;
    let more = make(wanted(&[Scope::OpsRead])).await;
    assert!(matches!(more, Err(AccountError::ApiKey(ApiKeyError::NotOfRole(..)))), "{more:?}");
    let over = NewKey { expires_at: Some(world.clock.now()), ..wanted(&[Scope::MarketRead]) };
    assert!(matches!(make(over).await, Err(AccountError::ApiKey(ApiKeyError::Over))));
    for _ in 0..100 {
        make(wanted(&[Scope::MarketRead])).await.expect("a key");
    }
    let one_more = make(wanted(&[Scope::MarketRead])).await;
    assert!(matches!(one_more, Err(AccountError::TooManyKeys(100))), "{one_more:?}");
    assert_eq!(world.accounts.keys(viewer.id).await.expect("a list").len(), 100);
}
