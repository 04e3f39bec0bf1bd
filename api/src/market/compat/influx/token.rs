//! The token of the settings with which programs write.

/// What a client must know. Only its hash is kept, so that it can't be shown.
#[derive(Debug, Clone, Copy)]
pub struct WriteToken(blake3::Hash);

impl WriteToken {
    /// The token of that text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(blake3::hash(text.as_bytes()))
    }

    /// Compared by hash, which takes the same time whatever is wrong.
    pub(crate) fn is(self, text: &str) -> bool {
        self.0 == blake3::hash(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_knows_its_text_and_shows_it_to_nobody() {
        let token = WriteToken::new("s:ecret");
        assert!(token.is("s:ecret") && !token.is("s:ecret ") && !token.is(""));
        assert!(!format!("{token:?}").contains("s:ecret"));
    }
}
