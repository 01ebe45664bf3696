//! Link types that were met and are not read, with how many frames each had.

use crate::frame::LinkType;

/// Link types told apart; the frames of further ones count with the last. Real captures have one or two.
const KEPT: usize = 64;

/// The link types that no frame could be looked into for, in order of appearance.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UnreadLinks(Vec<(LinkType, u64)>);

impl UnreadLinks {
    /// Counts a frame.
    #[cold]
    pub(super) fn add(&mut self, link: LinkType) {
        let full = self.0.len() >= KEPT;
        let known = self.0.iter().position(|(known, _)| *known == link);
        match known.or(full.then_some(KEPT - 1)).and_then(|at| self.0.get_mut(at)) {
            Some((_, frames)) => *frames = frames.saturating_add(1),
            None => self.0.push((link, 1)),
        }
    }

    /// Each with its frames, most frames first.
    pub fn by_frames(&self) -> Vec<(LinkType, u64)> {
        let mut links = self.0.clone();
        links.sort_by_key(|(link, frames)| (std::cmp::Reverse(*frames), *link));
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_types_are_counted_and_their_number_is_bounded() {
        let mut unread = UnreadLinks::default();
        for link in (0..1000).chain([7, 7]) {
            unread.add(LinkType(link));
        }
        let links = unread.by_frames();
        assert_eq!(links.len(), KEPT);
        assert_eq!(links.iter().map(|(_, frames)| frames).sum::<u64>(), 1002);
        assert_eq!(links[1], (LinkType(7), 3));
    }
}
