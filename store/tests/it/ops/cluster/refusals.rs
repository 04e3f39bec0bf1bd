//! What cannot work is said at once, with the path that is meant and what to do.

use std::fs;

use store::ops::cluster::ClusterOptions;

use super::*;

async fn refusal(options: &ClusterOptions) -> String {
    match acquire(options).await {
        Ok(_) => panic!("PostgreSQL started although it cannot have"),
        Err(error) => error.to_string(),
    }
}

fn assert_says(error: &str, parts: &[&str]) {
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
}

#[tokio::test]
async fn without_binaries_the_package_is_named() {
    let folder = empty_folder();
    let bin_dir = folder.path().join("bin");
    fs::create_dir(&bin_dir).unwrap();
    // One of the two programs is not enough.
    fs::write(bin_dir.join("postgres"), "").unwrap();
    let options = ClusterOptions {
        bin_dir: Some(bin_dir.clone()),
        ..testkit::cluster_options(folder.path().join("data"))
    };
    let said = refusal(&options).await;
    let place = format!("no PostgreSQL server found in {}", bin_dir.display());
    assert_says(&said, &[&place, "install PostgreSQL 15 or newer", "DATABASE_URL"]);
}

#[tokio::test]
async fn a_file_in_the_place_of_the_data_folder() {
    let folder = empty_folder();
    let file = folder.path().join("data");
    fs::write(&file, "").unwrap();
    let said = refusal(&testkit::cluster_options(&file)).await;
    assert_says(&said, &[&format!("{} is not a folder", file.display()), "--data-dir"]);
    let said = refusal(&testkit::cluster_options(file.join("below"))).await;
    assert_says(&said, &["create the data folder", &file.display().to_string()]);
}

#[tokio::test]
async fn a_folder_in_the_place_of_the_cluster() {
    let folder = empty_folder();
    fs::create_dir(folder.path().join("postgres")).unwrap();
    let said = refusal(&testkit::cluster_options(folder.path())).await;
    let path = folder.path().join("postgres").display().to_string();
    assert_says(&said, &[&path, "holds no PostgreSQL cluster"]);
}

#[tokio::test]
async fn a_cluster_of_another_version() {
    let folder = empty_folder();
    lease_on(folder.path()).await.release().await.unwrap();
    fs::write(folder.path().join("postgres/PG_VERSION"), "11\n").unwrap();
    let said = refusal(&testkit::cluster_options(folder.path())).await;
    assert_says(&said, &["postgres was made by PostgreSQL 11, but only PostgreSQL"]);
}

#[tokio::test]
async fn a_mistake_in_the_operators_file_is_quoted_from_the_log() {
    let folder = empty_folder();
    fs::write(folder.path().join("postgres.conf"), "\nwork_mem = 'a lot'\n").unwrap();
    let said = refusal(&testkit::cluster_options(folder.path())).await;
    assert_says(&said, &["PostgreSQL stopped 5 times in a row", "work_mem", "a lot"]);
    // Corrected, it starts.
    fs::write(folder.path().join("postgres.conf"), "work_mem = '8MB'\n").unwrap();
    lease_on(folder.path()).await.release().await.unwrap();
}

#[tokio::test]
async fn a_supervisor_that_cannot_be_run() {
    let folder = empty_folder();
    let options = ClusterOptions {
        supervisor: vec!["/nowhere/chandlery".into()],
        ..testkit::cluster_options(folder.path())
    };
    assert_says(&refusal(&options).await, &["cannot run /nowhere/chandlery"]);
}
