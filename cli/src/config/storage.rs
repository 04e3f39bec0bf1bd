//! Settings of where old data goes and when.

use app::market::retention::{Age, Keep, Policy};

use super::section::{Wrong, section};
use super::value::Setting;

impl Setting for Age {
    const EXPECTS: &'static str = "an age such as \"24h\", \"7d\", \"1y\" or \"forever\"";

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn shown(&self) -> Option<String> {
        Some(super::value::quoted(&self.to_string()))
    }
}

section! {
    /// Segments: old rows as columnar files, outside the database. Each installation needs a place of its
    /// own, for files there that its database doesn't know are removed.
    Segments = "segments" {
        /// Where they are: a folder (file:///var/lib/chandlery/segments), or a bucket (s3://bucket/prefix) with
        /// the usual AWS_… variables for access, region and endpoint. The default is `segments` in the data folder.
        url: Option<String> = None, like "s3://bucket/prefix";
        /// Where those go that are hardly read, when [retention] says so; without it they stay.
        cold_url: Option<String> = None, like "s3://bucket/cold";
        /// Memory for opened segments, in megabytes.
        cache_mb: u64 = 64;
    }
}

impl Segments {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("cache_mb", self.cache_mb, 1, 65_536);
        for (key, url) in [("url", &self.url), ("cold_url", &self.cold_url)] {
            if let Some(url) = url
                && !["file:///", "s3://"].iter().any(|scheme| url.starts_with(scheme))
            {
                let why = format!("{url:?} is neither file:///folder nor s3://bucket/prefix");
                wrong.0.push((key, why));
            }
        }
        if self.cold_url.is_some() && self.cold_url == self.url {
            wrong.0.push(("cold_url", "is the same place as url".to_owned()));
        }
    }
}

section! {
    /// How long data stay where. Rows older than `hot` become segments, segments older than `warm` go to
    /// segments.cold_url, and what is older than `total` is deleted. Days of ticks and months of candles move
    /// as a whole, when the last of them is old enough; where something is missing that may yet be
    /// repaired they wait. `chandlery retention --dry-run` shows what would be done.
    Retention = "retention" {
        /// Do it every hour in `chandlery up`. Without it nothing is moved or deleted by itself.
        enabled: bool = false;
        /// Ticks as rows. An age: 24h, 7d, 2w, 1y or forever.
        ticks_hot: Age = Policy::default().ticks.hot;
        /// Ticks in segments at hand.
        ticks_warm: Age = Policy::default().ticks.warm;
        /// Ticks at all.
        ticks_total: Age = Policy::default().ticks.total;
        /// One-minute candles as rows.
        candles_1m_hot: Age = Policy::default().minutes.hot;
        /// One-minute candles in segments at hand.
        candles_1m_warm: Age = Policy::default().minutes.warm;
        /// One-minute candles at all.
        candles_1m_total: Age = Policy::default().minutes.total;
        /// Longer candles as rows.
        candles_hot: Age = Policy::default().longer.hot;
        /// Longer candles in segments at hand.
        candles_warm: Age = Policy::default().longer.warm;
        /// Longer candles at all.
        candles_total: Age = Policy::default().longer.total;
        /// What candles said before they were corrected, from the correction on; never longer than the candles.
        /// `as_of` tells nothing of a candle at a time when it said what is deleted.
        revisions_total: Age = Policy::default().revisions;
        /// Points of other programs, as they come through /compat/influx.
        points_total: Age = Policy::default().points;
        /// The record of what was done, auth.audit_log; months go as a whole.
        audit_total: Age = Policy::default().audit;
        /// The hourly counts of requests.
        request_counts_total: Age = Policy::default().request_counts;
        /// What bots told of themselves, trading.bot_heartbeats.
        bot_heartbeats_total: Age = Policy::default().bot_heartbeats;
    }
}

impl Retention {
    /// The ages of every kind.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            ticks: Keep { hot: self.ticks_hot, warm: self.ticks_warm, total: self.ticks_total },
            minutes: Keep {
                hot: self.candles_1m_hot,
                warm: self.candles_1m_warm,
                total: self.candles_1m_total,
            },
            longer: Keep {
                hot: self.candles_hot,
                warm: self.candles_warm,
                total: self.candles_total,
            },
            revisions: self.revisions_total,
            points: self.points_total,
            audit: self.audit_total,
            request_counts: self.request_counts_total,
            bot_heartbeats: self.bot_heartbeats_total,
        }
    }

    fn check(&self, wrong: &mut Wrong) {
        let Policy { ticks, minutes, longer, .. } = self.policy();
        for (hot, warm, keep) in [
            ("ticks_hot", "ticks_warm", ticks),
            ("candles_1m_hot", "candles_1m_warm", minutes),
            ("candles_hot", "candles_warm", longer),
        ] {
            if keep.hot > keep.warm {
                wrong.0.push((hot, format!("{} is more than {warm}, {}", keep.hot, keep.warm)));
            }
            if keep.warm > keep.total {
                let why = format!("{} is more than the total, {}", keep.warm, keep.total);
                wrong.0.push((warm, why));
            }
        }
    }
}
