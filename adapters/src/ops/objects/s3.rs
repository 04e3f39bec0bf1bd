//! Objects in a bucket that speaks S3.

use std::ops::Range;

use bytes::Bytes;
use domain::Time;
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::port::{Done, Entry, ObjectError, Objects, checked, failed, missing};

/// A bucket, or what is in it under a prefix.
pub struct S3 {
    store: AmazonS3,
    prefix: String,
    place: String,
}

impl S3 {
    /// The bucket of `s3://bucket/prefix`; `options` are the usual `AWS_…` variables by name, of
    /// which those that mean nothing here are passed over.
    ///
    /// # Errors
    /// What is wrong with the URL or an option.
    pub fn new(
        url: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ObjectError> {
        let wrong = |reason: &str| failed(url, "the URL", reason);
        let rest = url.strip_prefix("s3://").ok_or_else(|| wrong("begins with s3://"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        if bucket.is_empty() {
            return Err(wrong("names no bucket: write s3://bucket/prefix"));
        }
        if !prefix.is_empty() {
            checked(url, prefix)?;
        }
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
        for (name, value) in options {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                builder = builder.with_config(key, value);
            }
        }
        let store = builder.build().map_err(|error| wrong(&error.to_string()))?;
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { store, prefix, place: url.to_owned() })
    }

    fn full(&self, path: &str) -> Result<Path, ObjectError> {
        checked(&self.place, path)?;
        Ok(Path::from(format!("{}{path}", self.prefix)))
    }

    fn error(&self, path: &str, error: &object_store::Error) -> ObjectError {
        match error {
            object_store::Error::NotFound { .. } => missing(&self.place, path),
            error => failed(&self.place, path, error),
        }
    }
}

impl Objects for S3 {
    fn place(&self) -> &str {
        &self.place
    }

    fn put<'a>(&'a self, path: &'a str, bytes: Bytes) -> Done<'a, ()> {
        Box::pin(async move {
            let put = self.store.put(&self.full(path)?, bytes.into()).await;
            put.map(drop).map_err(|error| self.error(path, &error))
        })
    }

    fn get<'a>(&'a self, path: &'a str, range: Option<Range<u64>>) -> Done<'a, Bytes> {
        Box::pin(async move {
            let full = self.full(path)?;
            let got = match range.clone() {
                Some(range) => self.store.get_range(&full, range).await,
                None => match self.store.get(&full).await {
                    Ok(got) => got.bytes().await,
                    Err(error) => Err(error),
                },
            };
            let bytes = got.map_err(|error| self.error(path, &error))?;
            // A server cuts a range at the object's end.
            if range.is_some_and(|range| range.end - range.start != bytes.len() as u64) {
                return Err(failed(&self.place, path, "it is shorter than it should be"));
            }
            Ok(bytes)
        })
    }

    fn length<'a>(&'a self, path: &'a str) -> Done<'a, u64> {
        Box::pin(async move {
            let head = self.store.head(&self.full(path)?).await;
            head.map(|meta| meta.size).map_err(|error| self.error(path, &error))
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Done<'a, Vec<Entry>> {
        Box::pin(async move {
            let under = Path::from(format!("{}{prefix}", self.prefix));
            let found: Result<Vec<_>, _> = self.store.list(Some(&under)).try_collect().await;
            let found = found.map_err(|error| self.error(prefix, &error))?;
            let entry = |meta: object_store::ObjectMeta| {
                let path = meta.location.as_ref().strip_prefix(&self.prefix)?.to_owned();
                let modified = Time::default().plus_micros(meta.last_modified.timestamp_micros());
                Some(Entry { path, bytes: meta.size, modified })
            };
            let mut found: Vec<Entry> = found.into_iter().filter_map(entry).collect();
            found.sort_by(|one, other| one.path.cmp(&other.path));
            Ok(found)
        })
    }

    fn delete<'a>(&'a self, path: &'a str) -> Done<'a, ()> {
        Box::pin(async move {
            match self.store.delete(&self.full(path)?).await {
                Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
                Err(error) => Err(self.error(path, &error)),
            }
        })
    }
}
