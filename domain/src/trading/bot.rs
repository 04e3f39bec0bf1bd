//! What a bot is doing, and which may follow which.

use std::fmt;

use super::{AccountKind, TradingRule};
use crate::auth::names;

/// A bot is silent after so many seconds, unless its owner wants otherwise.
pub const SILENT_AFTER_S: i32 = 60;

/// Whether a bot trades in earnest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotKind {
    /// It tries things out.
    Paper,
    /// Its orders reach a venue.
    Live,
}

names!(BotKind: Paper = "paper", Live = "live");

/// What a bot is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BotStatus {
    /// Nothing.
    Stopped,
    /// It trades.
    Running,
    /// It was asked to wait, and goes on when it is started.
    Paused,
    /// It should run and has not been heard of for too long.
    Silent,
    /// It runs, and its last heartbeat told of an error.
    Error,
}

names!(
    BotStatus: Stopped = "stopped", Running = "running", Paused = "paused", Silent = "silent",
    Error = "error",
);

/// What its owner wants of a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotCommand {
    /// That it trades.
    Start,
    /// That it does nothing any more.
    Stop,
    /// That it waits.
    Pause,
}

names!(BotCommand: Start = "start", Stop = "stop", Pause = "pause");

impl BotStatus {
    /// Whether it is meant to trade, heard of or not: what it trades by doesn't change meanwhile.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Silent | Self::Error)
    }

    /// What follows a command; `None` where it can't be done. One that asks for what is so already
    /// changes nothing.
    #[must_use]
    pub const fn after(self, command: BotCommand) -> Option<Self> {
        match (command, self) {
            // Nothing waits that was never started.
            (BotCommand::Pause, Self::Stopped) => None,
            (BotCommand::Pause, _) => Some(Self::Paused),
            (BotCommand::Start, _) => Some(Self::Running),
            (BotCommand::Stop, _) => Some(Self::Stopped),
        }
    }

    /// What follows a heartbeat: whoever was silent is heard of again, and what nobody started stays so.
    #[must_use]
    pub const fn heard(self, is_error: bool) -> Self {
        match (self.is_active(), is_error) {
            (false, _) => self,
            (true, false) => Self::Running,
            (true, true) => Self::Error,
        }
    }
}

/// Checks that a bot of this kind can trade on an account of that kind.
///
/// # Errors
/// [`TradingRule::LiveOnPaper`].
pub fn check_kinds(bot: BotKind, account: AccountKind) -> Result<(), TradingRule> {
    match (bot, account) {
        (BotKind::Live, AccountKind::Paper) => Err(TradingRule::LiveOnPaper),
        _ => Ok(()),
    }
}

/// Checks after how many seconds a bot is to be silent.
///
/// # Errors
/// [`TradingRule::SilentAfter`].
pub fn check_silent_after(seconds: i32) -> Result<(), TradingRule> {
    let sound = (5..=86_400).contains(&seconds);
    if sound { Ok(()) } else { Err(TradingRule::SilentAfter(seconds)) }
}

#[cfg(test)]
mod tests {
    use BotStatus::{Error, Paused, Running, Silent, Stopped};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn which_follows_which() {
        // After start, stop, pause, a heartbeat, and one with an error.
        for (status, follows) in [
            (Stopped, [Some(Running), Some(Stopped), None, Some(Stopped), Some(Stopped)]),
            (Running, [Some(Running), Some(Stopped), Some(Paused), Some(Running), Some(Error)]),
            (Paused, [Some(Running), Some(Stopped), Some(Paused), Some(Paused), Some(Paused)]),
            (Silent, [Some(Running), Some(Stopped), Some(Paused), Some(Running), Some(Error)]),
            (Error, [Some(Running), Some(Stopped), Some(Paused), Some(Running), Some(Error)]),
        ] {
            let mut found: Vec<_> =
                BotCommand::ALL.iter().map(|command| status.after(*command)).collect();
            found.extend([false, true].map(|is_error| Some(status.heard(is_error))));
            assert_eq!(found, follows, "{status}");
            assert_eq!(BotStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(BotStatus::ALL.len(), 5);
    }

    proptest! {
        #[test]
        fn a_command_twice_is_a_command_once(
            status in proptest::sample::select(BotStatus::ALL),
            command in proptest::sample::select(BotCommand::ALL),
        ) {
            let once = status.after(command);
            prop_assert_eq!(once.and_then(|status| status.after(command)), once);
        }
    }

    #[test]
    fn nothing_live_trades_on_paper() {
        let check = |bot, account| check_kinds(bot, account).is_ok();
        assert!(check(BotKind::Paper, AccountKind::Paper));
        assert!(check(BotKind::Paper, AccountKind::External), "a dry run reports too");
        assert!(check(BotKind::Live, AccountKind::External));
        assert!(!check(BotKind::Live, AccountKind::Paper));
        for seconds in [4, 86_401, -1] {
            assert_eq!(check_silent_after(seconds), Err(TradingRule::SilentAfter(seconds)));
        }
        assert!(check_silent_after(SILENT_AFTER_S).is_ok() && check_silent_after(5).is_ok());
    }
}
