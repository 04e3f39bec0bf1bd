//! Roles, and what each of them may do.

use std::fmt;

/// What a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Runs the installation and its people.
    Admin,
    /// Trades, and reads everything about markets.
    Trader,
    /// Reads everything about markets.
    Analyst,
    /// Looks at the page.
    Viewer,
}

/// Something that may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read candles, trades, prices and coverage, and follow the streams.
    MarketRead,
    /// Write points by the line protocol.
    PointsWrite,
    /// Read points, metrics and the health of engines.
    OpsRead,
    /// Make short-lived tokens for services.
    TokensWrite,
    /// Read and change one's own account.
    Account,
    /// Read and change other people's accounts.
    Users,
    /// Read what was done, by whom.
    AuditRead,
    /// Read one's own bots, venue accounts and strategies.
    BotsRead,
    /// Change them; start and stop bots, and tell of their heartbeats.
    BotsWrite,
    /// Read one's own orders, positions and trades.
    OrdersRead,
    /// Place and cancel orders, and tell of fills.
    OrdersWrite,
}

/// Gives a list of variants their names.
macro_rules! names {
    ($kind:ident: $($name:ident = $text:literal),* $(,)?) => {
        impl $kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name, as in the database, in settings and on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The one of this name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use names;

names!(Role: Admin = "admin", Trader = "trader", Analyst = "analyst", Viewer = "viewer");
names!(
    Scope: MarketRead = "market:read", PointsWrite = "points:write", OpsRead = "ops:read",
    TokensWrite = "tokens:write", Account = "account", Users = "users", AuditRead = "audit:read",
    BotsRead = "bots:read", BotsWrite = "bots:write", OrdersRead = "orders:read", OrdersWrite = "orders:write",
);

impl Scope {
    /// Whether it is for people who are logged in and never for a program: with it a stolen key
    /// could make itself others.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Account | Self::Users)
    }

    /// Whether a token for a service may have it: none makes others.
    #[must_use]
    pub const fn is_for_tokens(self) -> bool {
        !self.is_personal() && !matches!(self, Self::TokensWrite)
    }
}

impl Role {
    /// What it may do; the one table of it.
    #[must_use]
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope::{
            Account, BotsRead, BotsWrite, MarketRead, OpsRead, OrdersRead, OrdersWrite,
            PointsWrite, TokensWrite,
        };
        match self {
            Self::Admin => Scope::ALL,
            Self::Trader => &[
                MarketRead,
                PointsWrite,
                OpsRead,
                TokensWrite,
                Account,
                BotsRead,
                BotsWrite,
                OrdersRead,
                OrdersWrite,
            ],
            Self::Analyst => {
                &[MarketRead, PointsWrite, OpsRead, TokensWrite, Account, BotsRead, OrdersRead]
            }
            Self::Viewer => &[MarketRead, TokensWrite, Account, BotsRead],
        }
    }

    /// Whether it may do that.
    #[must_use]
    pub fn allows(self, scope: Scope) -> bool {
        self.scopes().contains(&scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_only_admins_manage_people() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(*role));
            assert!(role.allows(Scope::MarketRead) && role.allows(Scope::Account));
            assert_eq!(role.allows(Scope::Users), *role == Role::Admin);
            assert_eq!(role.allows(Scope::AuditRead), *role == Role::Admin);
            let trades = matches!(role, Role::Admin | Role::Trader);
            assert_eq!(role.allows(Scope::BotsWrite) && role.allows(Scope::OrdersWrite), trades);
            assert!(role.allows(Scope::BotsRead));
        }
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(*scope));
        }
        assert_eq!(Role::parse("ADMIN"), None);
    }
}
