//! Candle pages that were rendered a moment ago. One is given out again only while nothing of its
//! symbol was committed since (the version is part of the key), none of its candles has closed
//! since, and for 5 s at most.

use std::io::Write;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use app::Clock;
use app::market::read::CandlePlan;
use bytes::Bytes;
use domain::Time;
use flate2::Compression;
use flate2::write::GzEncoder;
use moka::future::Cache;

use crate::problem::Problem;

const LIFE: Duration = Duration::from_secs(5);
/// What a page takes beside its text: key, counters, the compressed form.
const OVERHEAD: usize = 512;

/// What was committed of a symbol, counted; see `app::market::live::Live::version`.
type Version = (u64, u64);

/// The pages.
pub(crate) struct HotBodies(Cache<(CandlePlan, Version), Arc<Rendered>>);

/// A rendered page.
pub(crate) struct Rendered {
    plain: Bytes,
    gzip: OnceLock<Bytes>,
    good_until: Time,
}

impl HotBodies {
    /// Room for that many bytes.
    pub(crate) fn new(bytes: u64) -> Self {
        let weight = |_: &(CandlePlan, Version), page: &Arc<Rendered>| {
            let plain = page.plain.len();
            u32::try_from(plain + plain / 4 + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(bytes).weigher(weight).time_to_live(LIFE).build())
    }

    /// The page of a plan. Whoever asks for one that is just being rendered waits for it.
    ///
    /// Without a version nothing is known of commits, so the page is rendered.
    pub(crate) async fn get<F>(
        &self,
        plan: &CandlePlan,
        version: Option<Version>,
        clock: &Clock,
        render: impl Fn() -> F,
    ) -> Result<Arc<Rendered>, Problem>
    where
        F: Future<Output = Result<Rendered, Problem>>,
    {
        let Some(version) = version else { return render().await.map(Arc::new) };
        let key = (plan.clone(), version);
        if let Some(page) = self.0.get(&key).await {
            if clock.now() < page.good_until {
                return Ok(page);
            }
            self.0.invalidate(&key).await;
        }
        let rendering = async { render().await.map(Arc::new) };
        let page = self.0.try_get_with(key, rendering).await;
        page.map_err(|problem| Problem::clone(&problem))
    }
}

impl Rendered {
    /// A page that was made at `now` and looks different from `changes_at` on.
    pub(crate) fn new(plain: Vec<u8>, now: Time, changes_at: Time) -> Self {
        let life = i64::try_from(LIFE.as_micros()).unwrap_or(i64::MAX);
        let good_until = changes_at.min(now.plus_micros(life));
        Self { plain: plain.into(), gzip: OnceLock::new(), good_until }
    }

    /// Its text.
    pub(crate) fn plain(&self) -> Bytes {
        self.plain.clone()
    }

    /// Its text compressed, once for all who ask.
    pub(crate) fn gzip(&self) -> Bytes {
        let gzip = self.gzip.get_or_init(|| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            let written = encoder.write_all(&self.plain).and_then(|()| encoder.finish());
            written.expect("writing to memory never fails").into()
        });
        gzip.clone()
    }
}
