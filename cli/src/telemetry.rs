//! Logs to standard error, and the numbers behind `/metrics`.

use std::fs;
use std::io::IsTerminal;
use std::time::Instant;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{Loaded, LogFormat};

/// Upper bounds of durations in seconds: from a memory look-up to a slow job.
const SECONDS: [f64; 15] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
    30.0,
];

/// How much is logged beside the setting: `-v` and `-q`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verbosity {
    /// How often `-v` stands there.
    pub(crate) more: u8,
    /// `-q`.
    pub(crate) quiet: bool,
    /// Commands that end by themselves log warnings only, unless told otherwise.
    pub(crate) short_command: bool,
}

/// Starts the log.
///
/// The database's client is held to `info` whatever is asked for: below it tells what statements are given,
/// hashes of passwords among it.
///
/// # Errors
/// A second call in one process.
pub(crate) fn start_log(loaded: &Loaded, verbosity: Verbosity, colours: bool) -> Result<()> {
    let telemetry = &loaded.settings.telemetry;
    let chosen = loaded.sources.contains_key("telemetry.log");
    let filter = match verbosity {
        Verbosity { quiet: true, .. } => "error",
        Verbosity { more: 1, .. } => {
            "info,chandlery=debug,api=debug,app=debug,adapters=debug,store=debug"
        }
        Verbosity { more: 2.., .. } => {
            "debug,chandlery=trace,api=trace,app=trace,adapters=trace,store=trace"
        }
        Verbosity { short_command: true, .. } if !chosen => "warn",
        _ => &telemetry.log,
    };
    let mut filter = EnvFilter::try_new(filter).context("telemetry.log")?;
    for tells_values in ["tokio_postgres=info", "tokio_postgres::query=info"] {
        filter = filter.add_directive(tells_values.parse().context("telemetry.log")?);
    }
    let ansi = colours && std::io::stderr().is_terminal();
    let log = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    match telemetry.format {
        LogFormat::Human => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_ansi(false).try_init(),
    }
    .map_err(|error| anyhow::anyhow!("starting the log: {error}"))
}

/// The numbers of this process and of everything in it.
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    started: Instant,
}

impl Metrics {
    /// Makes this process count.
    ///
    /// # Errors
    /// A second call in one process.
    pub(crate) fn start() -> Result<Self> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
            .install_recorder()?;
        let version = env!("CARGO_PKG_VERSION");
        metrics::describe_gauge!(
            "chandlery_build_info",
            "Version of the running program; always 1"
        );
        metrics::gauge!("chandlery_build_info", "version" => version).set(1.0);
        metrics::describe_gauge!("process_resident_memory_bytes", "Resident memory");
        metrics::describe_gauge!("process_open_fds", "Open file descriptors");
        metrics::describe_gauge!("process_max_fds", "Most file descriptors that may be open");
        metrics::describe_gauge!("process_uptime_seconds", "Time since the start");
        Ok(Self { handle, started: Instant::now() })
    }

    /// All numbers in Prometheus' text format.
    pub(crate) fn render(&self) -> String {
        let process = Process::now();
        metrics::gauge!("process_uptime_seconds").set(self.started.elapsed().as_secs_f64());
        if let Some(bytes) = process.resident_bytes {
            metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
        }
        if let Some(open) = process.open_fds {
            metrics::gauge!("process_open_fds").set(open as f64);
        }
        if let Some(most) = getrlimit(Resource::Nofile).current {
            metrics::gauge!("process_max_fds").set(most as f64);
        }
        let mut text = self.handle.render();
        // The metrics crate counts in whole numbers; CPU time is a fraction.
        let cpu = process.cpu_seconds;
        text += "# HELP process_cpu_seconds_total User and system CPU time\n";
        text +=
            &format!("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total {cpu}\n");
        text
    }

    /// Keeps memory bounded where nobody asks for the numbers; to be called every few seconds.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

/// What the system says about this process.
struct Process {
    resident_bytes: Option<u64>,
    open_fds: Option<usize>,
    cpu_seconds: f64,
}

impl Process {
    fn now() -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            resident_bytes: resident_bytes(&status),
            open_fds: fs::read_dir("/proc/self/fd").ok().map(Iterator::count),
            cpu_seconds: cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
        }
    }
}

/// `VmRSS` of `/proc/<pid>/status`, which counts in kibibytes (proc(5)).
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_resident_memory() {
        assert_eq!(resident_bytes("VmPeak:\t 9 kB\nVmRSS:\t    1024 kB\n"), Some(1_048_576));
        assert_eq!(resident_bytes(""), None);
    }

    #[test]
    fn numbers_of_this_process_are_told() {
        let metrics = Metrics::start().unwrap();
        metrics::histogram!("chandlery_test_seconds").record(0.003);
        let text = metrics.render();
        for line in [
            "chandlery_build_info{version=\"",
            "process_open_fds ",
            "process_resident_memory_bytes ",
            "process_cpu_seconds_total ",
            "chandlery_test_seconds_bucket{le=\"0.005\"} 1",
        ] {
            assert!(text.lines().any(|l| l.starts_with(line)), "{line} is missing in\n{text}");
        }
    }
}
