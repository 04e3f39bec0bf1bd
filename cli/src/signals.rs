//! Ctrl-C and SIGTERM: the first asks the work to stop where it can be taken up again, the second
//! stops the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// A token that is cancelled by the first signal. Must be called within a runtime.
pub(crate) fn listen() -> std::io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if asked.is_cancelled() {
                #[allow(clippy::disallowed_methods, reason = "asked twice: what holds on is left")]
                std::process::exit(Exit::Interrupted as i32);
            }
            asked.cancel();
        }
    });
    Ok(stop)
}
