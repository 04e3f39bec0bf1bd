//! Objects: bytes under a name, outside the database. A local folder needs no server; S3 is for
//! what outgrows one machine.

mod folder;
mod port;
mod s3;

pub use folder::Folder;
pub use port::{Done, Entry, ObjectError, Objects};
pub use s3::S3;
