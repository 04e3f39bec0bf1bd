//! Coinbase's feed: channels of products, and the words with which clients subscribe.
//! <https://docs.cdp.coinbase.com/exchange/websocket-feed/overview>

use std::collections::{BTreeMap, BTreeSet, HashSet};

use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::json;

use super::json;
use crate::session::Surface;
use crate::sessions::{Stream, Topic, Wire};
use crate::world::World;

/// The channels that are played.
const CHANNELS: [(&str, Topic); 3] =
    [("heartbeat", Topic::Heartbeat), ("matches", Topic::Match), ("ticker", Topic::Ticker)];

/// A connection of Coinbase.
#[derive(Debug, Default)]
pub(crate) struct Coinbase {
    /// Products by the name of their channel.
    channels: BTreeMap<&'static str, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Said {
    r#type: String,
    #[serde(default)]
    product_ids: Vec<String>,
    #[serde(default)]
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Channel {
    Name(String),
    Of {
        name: String,
        #[serde(default)]
        product_ids: Vec<String>,
    },
}

impl Coinbase {
    fn follow(&mut self, world: &World, number: u64, said: Said) -> Result<Vec<String>, String> {
        let subscribe = match said.r#type.as_str() {
            "subscribe" => true,
            "unsubscribe" => false,
            other => return Err(format!("{other} is not a valid type")),
        };
        let mut changed = Vec::new();
        for channel in said.channels {
            let (name, own) = match channel {
                Channel::Name(name) => (name, Vec::new()),
                Channel::Of { name, product_ids } => (name, product_ids),
            };
            let known = CHANNELS.into_iter().find(|(known, _)| *known == name);
            let (name, topic) = known.ok_or_else(|| format!("{name} is not a valid channel"))?;
            for product in said.product_ids.iter().chain(&own) {
                let found = world.market.by_product(product);
                let (symbol, _) =
                    found.ok_or_else(|| format!("{product} is not a valid product"))?;
                changed.push((name, product.clone(), Stream { symbol, topic }));
            }
        }
        let mut last = Vec::new();
        for (name, product, stream) in &changed {
            let products = self.channels.entry(name).or_default();
            let new =
                if subscribe { products.insert(product.clone()) } else { products.remove(product) };
            if subscribe && new && stream.topic == Topic::Match {
                let symbol = &world.market.symbols[stream.symbol];
                let tick = symbol.last(world.clock.now());
                last.extend(tick.map(|tick| json::matched(symbol, &tick, "last_match")));
            }
        }
        self.channels.retain(|_, products| !products.is_empty());
        world.sessions.want(number, |wanted| {
            for (_, _, stream) in changed {
                if subscribe {
                    wanted.insert(stream)
                } else {
                    wanted.remove(&stream)
                };
            }
        });
        Ok(last)
    }
}

impl Surface for Coinbase {
    fn streams(&self, _: &World) -> HashSet<Stream> {
        HashSet::new()
    }

    fn hear(&mut self, world: &World, number: u64, text: &str) -> Vec<String> {
        let said = serde_json::from_str::<Said>(text).map_err(|error| error.to_string());
        match said.and_then(|said| self.follow(world, number, said)) {
            Ok(last) => {
                let channels: Vec<_> = self
                    .channels
                    .iter()
                    .map(|(name, products)| json!({ "name": name, "product_ids": products }))
                    .collect();
                let told = json!({ "type": "subscriptions", "channels": channels });
                std::iter::once(told.to_string()).chain(last).collect()
            }
            Err(reason) => {
                let error =
                    json!({ "type": "error", "message": "Failed to subscribe", "reason": reason });
                vec![error.to_string()]
            }
        }
    }

    fn wrap(&mut self, _: &World, wire: Wire) -> Utf8Bytes {
        wire.body
    }
}
