//! The server's settings, written anew at every start: sized for the machine, safe (nothing here
//! trades durability for speed), reachable through the unix socket only.

use std::fs;
use std::thread;

use super::{PORT, ROLE, SERVING_ROLE};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What the tuning depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    memory_bytes: u64,
    cpus: usize,
}

impl Machine {
    /// This machine; inside a container, its memory limit. 2 GiB where the system does not say.
    pub(super) fn here() -> Self {
        let total = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total_memory(&text));
        let limit = fs::read_to_string("/sys/fs/cgroup/memory.max")
            .ok()
            .and_then(|text| text.trim().parse().ok());
        let memory_bytes = total.into_iter().chain(limit).min().unwrap_or(2 * GIB);
        Self { memory_bytes, cpus: thread::available_parallelism().map_or(1, usize::from) }
    }
}

/// What the installed server can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Abilities {
    /// It was built with lz4, a far faster compression of WAL than its own.
    pub(super) lz4: bool,
    /// The module pg_stat_statements is installed.
    pub(super) statement_statistics: bool,
}

/// The settings as `postgresql.conf` lines; `extra` outranks ours.
pub(super) fn render(machine: Machine, abilities: Abilities) -> String {
    let mut text = String::from(
        "# Written by chandlery at every start. Put your own settings into postgres.conf in the\n\
         # data folder: they are read after these.\n",
    );
    for (name, value) in tuning(machine, abilities) {
        text.push_str(&line(name, &value));
    }
    text
}

/// One line of `postgresql.conf`.
pub(super) fn line(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('\'', "''").replace('\n', " ");
    format!("{name} = '{value}'\n")
}

/// Who may connect: these operating system users, as the cluster's owner or to serve, over the socket.
pub(super) fn access_rules() -> String {
    format!(
        "# Written by chandlery at every start.\n\
         local all {ROLE},{SERVING_ROLE} peer map=chandlery\n\
         local replication {ROLE} peer map=chandlery\n"
    )
}

/// The map from operating system users to the roles that [`access_rules`] names.
pub(super) fn user_map(users: &[&str]) -> String {
    let mut text = String::from("# Written by chandlery at every start.\n");
    for user in users {
        for role in [ROLE, SERVING_ROLE] {
            text.push_str(&format!("chandlery \"{user}\" {role}\n"));
        }
    }
    text
}

fn tuning(machine: Machine, abilities: Abilities) -> Vec<(&'static str, String)> {
    let megabytes = |bytes: u64| format!("{}MB", bytes / MIB);
    let memory = machine.memory_bytes;
    let mut settings: Vec<(&'static str, String)> = vec![
        ("shared_buffers", megabytes((memory / 4).clamp(128 * MIB, GIB))),
        ("effective_cache_size", megabytes((memory / 2).max(256 * MIB))),
        ("maintenance_work_mem", megabytes((memory / 16).clamp(64 * MIB, GIB))),
        ("max_parallel_workers", machine.cpus.max(2).to_string()),
        ("max_parallel_workers_per_gather", (machine.cpus / 2).clamp(1, 4).to_string()),
        ("port", PORT.to_string()),
    ];
    let fixed = [
        ("listen_addresses", ""),
        // The server works in the cluster's folder, so the socket lies there, however long its path.
        ("unix_socket_directories", "."),
        ("unix_socket_permissions", "0700"),
        ("max_connections", "100"),
        ("work_mem", "16MB"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("wal_level", "replica"),
        ("wal_compression", if abilities.lz4 { "lz4" } else { "on" }),
        ("min_wal_size", "256MB"),
        ("max_wal_size", "4GB"),
        // A statement locks every partition it may touch, and ticks have one a day.
        ("max_locks_per_transaction", "1024"),
        // An import fills new partitions at once, and without statistics they are planned badly.
        ("autovacuum_naptime", "10s"),
        ("checkpoint_timeout", "15min"),
        ("random_page_cost", "1.1"),
        ("jit", "off"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        ("log_line_prefix", "%m [%p] %q%a %d "),
        ("log_min_duration_statement", "500ms"),
        ("logging_collector", "off"),
        ("track_io_timing", "on"),
        // The supervisor decides about restarts; the server still replaces a crashed backend itself.
        ("restart_after_crash", "on"),
    ];
    settings.extend(fixed.map(|(name, value)| (name, value.to_owned())));
    if abilities.statement_statistics {
        settings.push(("shared_preload_libraries", "pg_stat_statements".to_owned()));
    }
    settings
}

/// `MemTotal` of /proc/meminfo in bytes.
fn total_memory(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuned(memory_bytes: u64, cpus: usize, lz4: bool) -> String {
        let abilities = Abilities { lz4, statement_statistics: false };
        render(Machine { memory_bytes, cpus }, abilities)
    }

    #[test]
    fn memory_is_shared_out_within_limits() {
        let large = tuned(64 * GIB, 16, true);
        for line in [
            "shared_buffers = '1024MB'",
            "effective_cache_size = '32768MB'",
            "maintenance_work_mem = '1024MB'",
            "max_parallel_workers_per_gather = '4'",
            "wal_compression = 'lz4'",
        ] {
            assert!(large.contains(line), "{line} is not in\n{large}");
        }
        let small = tuned(256 * MIB, 1, false);
        for line in [
            "shared_buffers = '128MB'",
            "effective_cache_size = '256MB'",
            "maintenance_work_mem = '64MB'",
            "wal_compression = 'on'",
        ] {
            assert!(small.contains(line), "{line} is not in\n{small}");
        }
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "MemTotal:       24604956 kB\nMemFree:        21000000 kB\n";
        assert_eq!(total_memory(text), Some(24_604_956 * 1024));
        assert_eq!(total_memory("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn values_cannot_leave_their_quotes() {
        assert_eq!(line("a", "it's \\ here\nb = 1"), "a = 'it''s \\\\ here b = 1'\n");
    }
}
