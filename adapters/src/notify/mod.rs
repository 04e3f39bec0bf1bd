//! How people are told something.

mod smtp;

pub use smtp::{Smtp, SmtpError, SmtpOptions, SmtpSecurity};
