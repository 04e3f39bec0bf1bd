//! What the product does, use case by use case. Clock and files are passed in; HTTP and the
//! command line are other crates' business.

mod clock;
pub mod market;

pub use clock::Clock;
