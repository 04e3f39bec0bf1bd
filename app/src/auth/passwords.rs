//! Argon2id. Hashing takes memory and time on purpose, so it runs beside the runtime's threads, few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::AccountError;
use crate::Random;

/// Hashes that are made at a time: more wait, so that logins can't take all memory.
const AT_ONCE: usize = 2;

/// What hashing a password costs. The defaults are OWASP's for Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl PasswordCost {
    /// Whether Argon2 takes it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(self) -> Result<(), String> {
        self.params().map(drop).map_err(|error| error.to_string())
    }

    fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, None)
    }
}

/// Makes and checks hashes of passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    cost: PasswordCost,
    random: Random,
    turns: Arc<Semaphore>,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Wrong,
    Right,
    /// Right, and hashed at another cost than is set now.
    RightButOld,
}

impl Passwords {
    pub(super) fn new(cost: PasswordCost, random: Random) -> Self {
        Self { cost, random, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The hash of a new password, in PHC form.
    ///
    /// # Errors
    /// [`AccountError::Hash`].
    pub(super) async fn hash(&self, password: &str) -> Result<String, AccountError> {
        let (cost, password, salt) =
            (self.cost, password.to_owned(), self.random.bytes::<{ Salt::RECOMMENDED_LENGTH }>());
        self.work(move || {
            let argon2 =
                Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params().map_err(failed)?);
            let hash =
                argon2.hash_password_with_salt(password.as_bytes(), &salt).map_err(failed)?;
            Ok(PasswordHash::to_string(&hash))
        })
        .await
    }

    /// Compares a password with a hash. Where there is no hash the same work is done for nothing, so
    /// that the time tells nobody which addresses are known.
    ///
    /// # Errors
    /// [`AccountError::Hash`].
    pub(super) async fn check(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<Checked, AccountError> {
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(Checked::Wrong);
        };
        let (cost, password) = (self.cost, password.to_owned());
        self.work(move || {
            let hash = PasswordHash::new(&hash).map_err(failed)?;
            if Argon2::default().verify_password(password.as_bytes(), &hash).is_err() {
                return Ok(Checked::Wrong);
            }
            let was = Params::try_from(&hash).map_err(failed)?;
            let same = (was.m_cost(), was.t_cost(), was.p_cost())
                == (cost.memory_kib, cost.passes, cost.lanes);
            Ok(if same { Checked::Right } else { Checked::RightButOld })
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let _turn = self.turns.acquire().await.map_err(failed)?;
        tokio::task::spawn_blocking(work).await.map_err(failed)?
    }
}

fn failed(error: impl std::fmt::Display) -> AccountError {
    AccountError::Hash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_cost() {
        let cheap = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };
        let passwords = |cost| Passwords::new(cost, Random::system());
        let hash = passwords(cheap).hash("correct horse").await.expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_ne!(hash, passwords(cheap).hash("correct horse").await.expect("a hash"), "salt");
        let check = async |cost, password| {
            passwords(cost).check(password, Some(hash.clone())).await.expect("a check")
        };
        assert_eq!(check(cheap, "correct horse").await, Checked::Right);
        assert_eq!(check(cheap, "correct horse ").await, Checked::Wrong);
        let dearer = PasswordCost { passes: 2, ..cheap };
        assert_eq!(check(dearer, "correct horse").await, Checked::RightButOld);
        assert_eq!(
            passwords(cheap).check("correct horse", None).await.expect("a check"),
            Checked::Wrong
        );
        assert!(PasswordCost { memory_kib: 1, ..cheap }.check().is_err());
    }
}
