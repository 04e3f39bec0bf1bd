//! Strategies with their versions, links and templates.

use app::trading::{NewStrategy, NewTemplate, TemplateChange};
use store::trading::versions::VersionTerms;

use super::*;

fn named(name: &str, template: Option<Uuid>) -> NewStrategy {
    NewStrategy { name: name.into(), description: None, template }
}

fn version(schema: Option<Value>) -> VersionTerms {
    VersionTerms { config_schema: schema, parameters: json!({ "fast": 9 }), notes: None }
}

fn template(name: &str, is_public: bool) -> NewTemplate {
    let schema = json!({ "type": "object", "required": ["pair"] });
    NewTemplate { name: name.into(), description: None, version: version(Some(schema)), is_public }
}

#[tokio::test]
async fn versions_are_numbered_and_never_change() {
    let desk = Desk::new().await;
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let made = trading.create_strategy(actor, ada, named("Cross", None)).await.expect("a strategy");
    assert_eq!(made.latest, None);
    assert_eq!(
        why(trading.create_strategy(actor, ada, named("Cross", None)).await),
        "strategy taken"
    );
    let wrong = version(Some(json!({ "properties": { "fast": { "type": "int" } } })));
    let error = trading.add_version(actor, ada, made.id, wrong).await.expect_err("no schema");
    assert!(error.to_string().starts_with("config_schema/properties/fast/type: "), "{error}");
    assert_eq!(
        why(trading.add_version(actor, desk.ben, made.id, version(None)).await),
        "unknown strategy"
    );

    let adds = (0..5).map(|_| trading.add_version(actor, ada, made.id, version(None)));
    for added in futures_util::future::join_all(adds).await {
        added.expect("a version");
    }
    let all = trading.versions(ada, made.id).await.expect("versions");
    assert_eq!(all.iter().map(|one| one.version).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    assert_eq!(trading.version(ada, made.id, 3).await.expect("a version"), all[2]);
    for (user, number) in [(ada, 6), (ada, 0), (desk.ben, 3)] {
        assert_eq!(why(trading.version(user, made.id, number).await), "unknown version");
    }
    assert_eq!(why(trading.versions(desk.ben, made.id).await), "unknown strategy");
    assert_eq!(trading.strategy(ada, made.id).await.expect("a strategy").latest, Some(5));
    assert_eq!(why(trading.delete_strategy(actor, desk.ben, made.id).await), "unknown strategy");
    trading.delete_strategy(actor, ada, made.id).await.expect("it goes");
    assert_eq!(trading.strategies(ada).await.expect("none"), []);
}

#[tokio::test]
async fn a_strategy_is_for_accounts_of_the_same_person() {
    let desk = Desk::new().await;
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let made = trading.create_strategy(actor, ada, named("Cross", None)).await.expect("a strategy");
    let spot = desk.account("Spot", AccountKind::Paper).await.id;
    let link =
        async |user, account, wanted| trading.link(actor, user, made.id, account, wanted).await;
    assert_eq!(link(ada, spot, true).await.expect("a link").accounts, [spot]);
    assert_eq!(link(ada, spot, true).await.expect("the same").accounts, [spot]);
    let foreign = wanted("Spot", AccountKind::Paper);
    let foreign = trading.create_account(actor, desk.ben, foreign).await.expect("an account").id;
    assert_eq!(why(link(ada, foreign, true).await), "unknown account");
    assert_eq!(why(link(desk.ben, foreign, true).await), "unknown strategy");
    assert_eq!(link(ada, spot, false).await.expect("an end").accounts, [] as [Uuid; 0]);
    link(ada, spot, false).await.expect("the same");
    let actions = desk.done_to(made.id).await;
    assert_eq!(actions, ["strategy.unlink", "strategy.link", "strategy.create"]);
}

#[tokio::test]
async fn everybody_reads_a_public_template_and_its_owner_alone_changes_it() {
    let desk = Desk::new().await;
    let (trading, actor, ada, ben) = (&desk.trading, NOBODY, desk.ada, desk.ben);
    let make = async |new| {
        desk.pass(Duration::from_millis(1));
        trading.create_template(actor, ada, new).await
    };
    let (own, shared) = (make(template("Own", false)).await, make(template("Shared", true)).await);
    let (own, shared) = (own.expect("a template").id, shared.expect("a template").id);
    assert_eq!(why(make(template("Own", true)).await), "template taken");
    let seen = async |user| {
        let found = trading.templates(user, None, 10).await.expect("templates");
        found.into_iter().map(|one| one.name).collect::<Vec<_>>()
    };
    assert_eq!(
        (seen(ada).await, seen(ben).await),
        (vec!["Own".into(), "Shared".into()], vec!["Shared".into()])
    );
    let unknown = "unknown template";
    assert_eq!(why(trading.template(ben, own).await), unknown);
    let public =
        |is_public| TemplateChange { is_public: Some(is_public), ..TemplateChange::default() };
    for id in [own, shared] {
        assert_eq!(why(trading.change_template(actor, ben, id, public(false)).await), unknown);
        assert_eq!(why(trading.delete_template(actor, ben, id).await), unknown);
    }

    let of =
        async |user, name, id| trading.create_strategy(actor, user, named(name, Some(id))).await;
    assert_eq!(why(of(ben, "Ours", own).await), unknown);
    assert_eq!(trading.strategies(ben).await.expect("none"), [], "nothing is left of it");
    let made = of(ben, "Ours", shared).await.expect("a strategy");
    let first = trading.version(ben, made.id, 1).await.expect("a version");
    assert_eq!(first.terms.config_schema, Some(json!({ "type": "object", "required": ["pair"] })));
    assert_eq!(first.terms.parameters, json!({ "fast": 9 }));

    let change = TemplateChange { version: Some(version(None)), ..public(false) };
    let changed = trading.change_template(actor, ada, shared, change).await.expect("a change");
    assert_eq!(changed.template_data, json!({ "parameters": { "fast": 9 } }));
    assert_eq!(seen(ben).await, [] as [String; 0]);
    assert_eq!(trading.versions(ben, made.id).await.expect("versions"), [first], "it stays");
    trading.delete_template(actor, ada, shared).await.expect("it goes");
    assert_eq!(
        desk.done_to(shared).await,
        ["template.delete", "template.change", "template.create"]
    );
}
