//! A keepalive as it is typed.

use crate::policy::KeepaliveSetting;
use crate::policy::spec::SpecError;
use std::str::FromStr;

/// The words of a keepalive. They may name a row of a preset file, which is not read yet while words are: what
/// they mean is known afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeepaliveWord(String);

impl KeepaliveWord {
    /// What it means with the presets in use.
    ///
    /// # Errors
    /// [`SpecError`] when a preset file does not have the preset either.
    pub fn meaning(&self) -> Result<KeepaliveSetting, SpecError> {
        self.0.parse()
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeepaliveWord {
    type Err = SpecError;

    fn from_str(word: &str) -> Result<Self, SpecError> {
        match word.parse::<KeepaliveSetting>() {
            // What a preset file may put right is left for later.
            Ok(_)
            | Err(
                SpecError::UnknownPreset(_)
                | SpecError::TimeOfSystem { .. }
                | SpecError::NotTcpKeepalive { .. },
            ) => Ok(KeepaliveWord(word.to_owned())),
            Err(error) => Err(error),
        }
    }
}
