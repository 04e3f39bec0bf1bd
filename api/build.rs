//! The page is embedded from `web/dist`, which only `make build` fills: without it the folder is
//! made empty, so that the program builds and answers with how to build the page.

fn main() {
    // A build script runs in its package's folder.
    let dist = std::path::Path::new("../web/dist");
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo::error=can't make {}: {error}", dist.display());
    }
    println!("cargo::rerun-if-changed={}", dist.display());
}
