//! What a key for a program may be.

use super::{Role, Scope};

const MAX_NAME: usize = 100;
/// More addresses are no restriction that somebody keeps an overview of.
const MAX_NETWORKS: usize = 50;

/// Why a key isn't made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Without a name nobody knows later what it is for.
    #[error("a key has a name of 1 to {MAX_NAME} characters")]
    Name,
    /// It would open nothing.
    #[error("a key has one scope at least")]
    NoScope,
    /// Not a scope.
    #[error("{0:?} is not a scope; there are {all}", all = names())]
    UnknownScope(String),
    /// More than its owner may.
    #[error("the role {1} has no scope {0}")]
    NotOfRole(Scope, Role),
    /// Only somebody who is logged in may that.
    #[error("{0} is for people who are logged in, not for keys")]
    Personal(Scope),
    /// It would open nothing from the beginning.
    #[error("the key would be over before it begins")]
    Over,
    /// Not a range of addresses.
    #[error("{0:?} is no address or range of addresses such as 192.0.2.0/24")]
    Network(String),
    /// Too many of them.
    #[error("a key has at most {MAX_NETWORKS} ranges of addresses")]
    Networks,
}

fn names() -> String {
    let programs = Scope::ALL.iter().filter(|scope| !scope.is_personal());
    programs.map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
}

/// Checks what a person of that role wants a key to be.
///
/// # Errors
/// Every [`ApiKeyError`] but those of texts that can't be read.
pub fn check_key(
    role: Role,
    name: &str,
    scopes: &[Scope],
    networks: usize,
) -> Result<(), ApiKeyError> {
    let length = name.chars().count();
    if !(1..=MAX_NAME).contains(&length)
        || name.trim() != name
        || name.chars().any(char::is_control)
    {
        return Err(ApiKeyError::Name);
    }
    if scopes.is_empty() {
        return Err(ApiKeyError::NoScope);
    }
    if networks > MAX_NETWORKS {
        return Err(ApiKeyError::Networks);
    }
    for scope in scopes {
        if scope.is_personal() {
            return Err(ApiKeyError::Personal(*scope));
        }
        if !role.allows(*scope) {
            return Err(ApiKeyError::NotOfRole(*scope, role));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_no_more_than_its_owner() {
        use Scope::{MarketRead, OpsRead, Users};
        let check = |role, name, scopes: &[Scope]| check_key(role, name, scopes, 0);
        assert_eq!(check(Role::Viewer, "bot", &[MarketRead]), Ok(()));
        let more = ApiKeyError::NotOfRole(OpsRead, Role::Viewer);
        assert_eq!(check(Role::Viewer, "bot", &[MarketRead, OpsRead]), Err(more));
        assert_eq!(check(Role::Admin, "bot", &[Users]), Err(ApiKeyError::Personal(Users)));
        assert_eq!(check(Role::Admin, "bot", &[]), Err(ApiKeyError::NoScope));
        for name in ["", " bot", "a\nb", &"x".repeat(101)] {
            assert_eq!(check(Role::Admin, name, &[MarketRead]), Err(ApiKeyError::Name), "{name:?}");
        }
        assert_eq!(check_key(Role::Admin, "bot", &[MarketRead], 51), Err(ApiKeyError::Networks));
        assert!(
            ApiKeyError::UnknownScope("x".into()).to_string().contains("market:read, points:write")
        );
    }
}
