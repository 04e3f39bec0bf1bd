//! What the product does, use case by use case. Clock and files are passed in; HTTP and the
//! command line are other crates' business.

pub mod auth;
mod clock;
pub mod ledger;
mod listen;
pub mod market;
mod random;
pub mod trading;

pub use clock::Clock;
pub use listen::News;
pub use random::Random;
