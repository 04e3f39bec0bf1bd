//! A client for HTTP that works without the program's own start.

/// A client that trusts the machine's certificates.
///
/// # Panics
/// Where none can be made.
#[must_use]
pub fn http_client() -> reqwest::Client {
    // Another test of this process may have installed the same one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Bodies are to be seen as they were sent.
    reqwest::Client::builder().no_gzip().build().expect("a client")
}
