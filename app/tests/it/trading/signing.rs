//! Keys of programs that sign.

use domain::trading::TradingRule;

use super::*;

#[tokio::test]
async fn what_signs_is_encrypted_goes_over_to_new_keys_and_ends_with_its_account_and_owner() {
    let desk = Desk::new().await;
    let (trading, ada) = (&desk.trading, desk.ada);
    let external = desk.account("Spot", AccountKind::External).await.id;
    let refused = trading.create_signing_key(NOBODY, ada, external, "x".into()).await;
    assert!(
        matches!(refused, Err(TradingError::Rule(TradingRule::SigningOnExternal))),
        "{refused:?}"
    );
    let account = desk.account("Paper", AccountKind::Paper).await.id;
    let made = trading.create_signing_key(NOBODY, ada, account, "ccxt".into()).await;
    let made = made.expect("a key");
    let known = async || trading.known_signer(&made.key, None).await.expect("an answer");
    let signer = known().await.expect("it is known");
    assert_eq!((signer.user, signer.account, signer.secret), (ada, account, made.secret.clone()));

    // All that is encrypted goes over, and is read as before.
    desk.accounts.add_key(NOBODY).await.expect("a key");
    assert_eq!(desk.accounts.reseal_some().await.expect("a batch"), 1);
    let keys = desk.accounts.field_keys().await.expect("keys");
    assert_eq!((keys[0].fields, keys[1].fields), (1, 0));
    assert_eq!(known().await.expect("it is known").secret, made.secret);

    let told = format!("{:?}{}", desk.record().await, desk.dump("trading.signing_keys").await);
    for secret in [made.key.reveal(), made.secret.reveal()] {
        assert!(!told.contains(secret), "{told}");
    }
    assert_eq!(desk.done_to(account).await, ["signing_key.create", "account.create"]);
    let email = "ada@example.com".parse().expect("an address");
    let held = desk.accounts.held_on(NOBODY, &email).await.expect("what is held");
    let row = &held["trading.signing_keys"][0];
    assert_eq!(
        (&row["name"], row.get("secret"), row.get("key_hash")),
        (&json!("ccxt"), None, None)
    );

    let elsewhere = trading.revoke_signing_key(NOBODY, desk.ben, account, made.made.id).await;
    assert!(matches!(elsewhere, Err(TradingError::Unknown(_))), "{elsewhere:?}");
    trading.archive_account(NOBODY, ada, account).await.expect("archived");
    assert!(known().await.is_none(), "the account is archived");
    desk.accounts.erase(NOBODY, &email).await.expect("erased");
    assert_eq!(desk.dump("trading.signing_keys").await, "");
}
