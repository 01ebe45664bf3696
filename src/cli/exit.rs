//! Exit codes. Scripts rely on them: they never change their meaning.

/// Everything was read, and nothing at or above `--fail-on` was found.
pub const NOTHING_FOUND: u8 = 0;

/// Everything was read, and something at or above `--fail-on` was found.
pub const SOMETHING_FOUND: u8 = 1;

/// It could not be analysed, or only in part: a wrong word on the command line, an input that cannot be
/// opened or is damaged, an output that could not be written. What was read is still reported, marked
/// incomplete. This outweighs [`SOMETHING_FOUND`]: what was found is then in the report only.
pub const NOT_OR_IN_PART: u8 = 2;

/// Was something found that counts?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// At or above the threshold.
    Something,
    /// Nothing, or only below it.
    Nothing,
}

/// Was all done that was asked for?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Done {
    /// All of the input was read, all output written.
    Entirely,
    /// Something is missing.
    InPart,
}

/// The code for a run that came to its end.
pub(super) fn code(done: Done, found: Found) -> u8 {
    match (done, found) {
        (Done::InPart, _) => NOT_OR_IN_PART,
        (Done::Entirely, Found::Something) => SOMETHING_FOUND,
        (Done::Entirely, Found::Nothing) => NOTHING_FOUND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_outweighs_what_was_found() {
        assert_eq!(code(Done::Entirely, Found::Nothing), NOTHING_FOUND);
        assert_eq!(code(Done::Entirely, Found::Something), SOMETHING_FOUND);
        assert_eq!(code(Done::InPart, Found::Something), NOT_OR_IN_PART);
        assert_eq!(code(Done::InPart, Found::Nothing), NOT_OR_IN_PART);
    }
}
