//! `chandlery openapi`: the description of the HTTP API, without a server.

use anyhow::{Context, Result};

/// Print the OpenAPI document of the HTTP API; a running server has it at /openapi.json
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// Prints it.
pub(crate) fn run(_: &Args) -> Result<()> {
    let document = api::openapi().to_pretty_json().context("writing the document")?;
    super::print(format!("{document}\n").as_bytes());
    Ok(())
}
