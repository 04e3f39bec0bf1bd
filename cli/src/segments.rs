//! The stores of segments that the settings name.

use std::path::Path;
use std::sync::Arc;

use adapters::ops::objects::{Folder, Objects, S3};
use anyhow::Result;
use app::market::segments::Segments;

use crate::config::Settings;

/// Opens them; `aws` are the variables that say how to reach a bucket.
pub(crate) fn open(
    settings: &Settings,
    data_dir: &Path,
    aws: &[(String, String)],
) -> Result<Segments> {
    let at = |url: &str| -> Result<Arc<dyn Objects>> {
        Ok(match url.strip_prefix("file://") {
            Some(folder) => Arc::new(Folder::new(folder)),
            None => Arc::new(S3::new(url, aws.iter().cloned())?),
        })
    };
    let settings = &settings.segments;
    let warm = match &settings.url {
        Some(url) => at(url)?,
        None => Arc::new(Folder::new(data_dir.join("segments"))),
    };
    let cold = settings.cold_url.as_deref().map(at).transpose()?;
    Ok(Segments::new(warm, cold, settings.cache_mb * 1_048_576))
}
