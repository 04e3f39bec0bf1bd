//! The laws of the port of objects, on every implementation.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters::ops::objects::{Folder, ObjectError, Objects, S3};
use bytes::Bytes;

/// Where a real S3 server is: `s3://bucket/prefix`, reached by the `AWS_…` variables.
const S3_URL: &str = "CHANDLERY_TEST_S3_URL";

async fn behaves(objects: Arc<dyn Objects>) {
    let bytes = Bytes::from((0..100_000u32).flat_map(u32::to_le_bytes).collect::<Vec<u8>>());
    let names = ["candles/a/B/1m/x.arrow", "candles/a/B=2FC/1m/2024-01.arrow", "ticks/a/B/y.arrow"];
    for name in names {
        assert!(matches!(objects.length(name).await, Err(ObjectError::Missing { .. })), "{name}");
        assert!(matches!(objects.get(name, None).await, Err(ObjectError::Missing { .. })));
        assert!(matches!(objects.get(name, Some(0..1)).await, Err(ObjectError::Missing { .. })));
        objects.delete(name).await.expect("nothing to delete");
        objects.put(name, bytes.clone()).await.expect("written");
        assert_eq!(objects.get(name, None).await.expect("read"), bytes);
        assert_eq!(objects.length(name).await.expect("a length"), bytes.len() as u64);
    }
    let part = objects.get(names[0], Some(1_000..5_001)).await.expect("a range");
    assert_eq!(part, bytes.slice(1_000..5_001));
    let end = bytes.len() as u64;
    for beyond in [end - 1..end + 1, end + 10..end + 20] {
        assert!(matches!(
            objects.get(names[0], Some(beyond)).await,
            Err(ObjectError::Failed { .. })
        ));
    }
    let list = async |prefix: &str| -> Vec<(String, u64)> {
        let found = objects.list(prefix).await.expect("a list");
        found.into_iter().map(|entry| (entry.path, entry.bytes)).collect()
    };
    let entry = |name: &str| (name.to_owned(), end);
    assert_eq!(list("").await, names.map(entry).to_vec());
    assert_eq!(
        list("candles/").await,
        names[..2].iter().map(|name| entry(name)).collect::<Vec<_>>()
    );
    assert_eq!(list("other/").await, []);

    objects.put(names[1], Bytes::from_static(b"another")).await.expect("replaced");
    assert_eq!(objects.get(names[1], None).await.expect("read"), Bytes::from_static(b"another"));
    for wrong in ["", "/", "../x", "a/../../x", "a//b", "/etc/passwd", "a/.b", "a b", "ä"] {
        assert!(objects.put(wrong, Bytes::new()).await.is_err(), "{wrong:?}");
        assert!(objects.get(wrong, None).await.is_err(), "{wrong:?}");
    }
    let writers = (0..8u8).map(|n| {
        let objects = Arc::clone(&objects);
        tokio::spawn(
            async move { objects.put("ticks/race.arrow", Bytes::from(vec![n; 50_000])).await },
        )
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no panic").expect("written");
    }
    let won = objects.get("ticks/race.arrow", None).await.expect("read");
    assert!(won.len() == 50_000 && won.iter().all(|byte| *byte == won[0]), "whole, of one writer");
    for name in names.into_iter().chain(["ticks/race.arrow"]) {
        objects.delete(name).await.expect("deleted");
    }
    assert_eq!(list("").await, []);
}

#[tokio::test]
async fn a_folder_behaves_as_a_store_of_objects() {
    let folder = tempfile::tempdir().expect("a folder");
    behaves(Arc::new(Folder::new(folder.path().join("made/with/the/first")))).await;
}

#[tokio::test]
async fn a_folder_hides_what_is_still_being_written() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("ticks")).expect("a folder");
    std::fs::write(folder.path().join("ticks/.partial-1-0"), "half").expect("a file");
    let objects = Folder::new(folder.path());
    assert!(objects.list("").await.expect("a list").is_empty());
}

#[tokio::test]
async fn a_bucket_behaves_as_a_store_of_objects() {
    #[allow(
        clippy::disallowed_methods,
        reason = "a real server is somebody's who runs this by hand"
    )]
    let variables: BTreeMap<String, String> = std::env::vars().collect();
    let Some(url) = variables.get(S3_URL) else {
        println!("skipped: {S3_URL} names no S3 server; scripts/test-s3 starts one");
        return;
    };
    // A second provider can't be installed; there is only this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let aws = variables.iter().filter(|(name, _)| name.starts_with("AWS_"));
    let options = aws.map(|(name, value)| (name.clone(), value.clone()));
    behaves(Arc::new(S3::new(url, options).expect("a bucket"))).await;
}

#[test]
fn a_url_that_names_no_bucket_is_refused() {
    for wrong in ["s3://", "s3:///prefix", "file:///x", "s3://bucket/a b"] {
        assert!(S3::new(wrong, []).is_err(), "{wrong}");
    }
}
