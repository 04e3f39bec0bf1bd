//! How many files and connections the process may have open. Most systems begin with 1,024, which
//! a thousand streams exceed, and let a process raise that by itself.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Beside connections: the database's, files, the runtime's own.
const OTHERS: u64 = 256;

/// Raises the limit as far as so many connections need; where that is not allowed, says so.
pub(crate) fn allow(connections: usize) {
    let wanted = connections as u64 + OTHERS;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, wanted, "the limit of open files can't be raised");
    } else if limit.current < Some(wanted) {
        let (most, wanted) = (limit.current, wanted);
        tracing::warn!(most, wanted, "fewer connections can be open than http.max_connections");
    }
}
