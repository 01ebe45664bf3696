//! When which host was heard, to the second: that it lived while another flow had no answer from it.

use crate::segment::{Endpoint, FlowKey, HashSeed, Realm};
use crate::time::{Span, Timestamp};
use std::net::IpAddr;

/// Fixed on purpose: the same in every worker and every run.
const SEED: HashSeed =
    HashSeed([0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93]);

/// When hosts were heard: where flows end and silences are answered, and all through flows that never fell silent for
/// long. Moments are kept once a second and host, and of spans that lie within each other the better one.
#[derive(Debug, Default)]
pub(in crate::findings) struct Heard {
    moments: Vec<Moment>,
    spans: Vec<Within>,
    /// The least silence of any span; none says anything about a shorter time.
    least_silence: Option<u32>,
    /// How many of both were left after the last tidying.
    tidy: usize,
}

/// Host, as a hash, and second: in one number, which sorts twice as fast as two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Moment(u64);

impl Moment {
    fn new(host: u32, second: u32) -> Self {
        Moment(u64::from(host) << 32 | u64::from(second))
    }

    fn host(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn second(self) -> u32 {
        self.0 as u32
    }
}

/// From one second to another a host was never silent for longer than so many. In one number too: by host, by begin,
/// the longest first, the least silent first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Within(u128);

impl Within {
    fn new(host: u32, from: u32, until: u32, silence: u32) -> Self {
        let begins = Moment::new(host, from).0;
        Within(u128::from(begins) << 64 | u128::from(!until) << 32 | u128::from(silence))
    }

    /// Host and begin.
    fn begins(self) -> Moment {
        Moment((self.0 >> 64) as u64)
    }

    fn until(self) -> u32 {
        !((self.0 >> 32) as u32)
    }

    fn silence(self) -> u32 {
        self.0 as u32
    }
}

fn host(address: IpAddr, realm: Realm) -> u32 {
    let end = Endpoint { addr: address, port: 0 };
    FlowKey::between(end, end, realm).0.hash(SEED) as u32
}

fn second(at: Timestamp) -> u32 {
    u32::try_from(at.as_nanos() / 1_000_000_000).unwrap_or(0)
}

impl Heard {
    /// A packet of this host was seen.
    pub fn note(&mut self, address: IpAddr, realm: Realm, at: Timestamp) {
        self.note_moment(Moment::new(host(address, realm), second(at)));
    }

    fn note_moment(&mut self, moment: Moment) {
        self.moments.push(moment);
        if self.moments.len() + self.spans.len() > 2 * self.tidy + 1024 {
            self.tidy_up();
        }
    }

    /// From `from` to `until`, this host was never silent for longer than `silence`.
    pub fn note_span(
        &mut self,
        address: IpAddr,
        realm: Realm,
        from: Timestamp,
        until: Timestamp,
        silence: Span,
    ) {
        let host = host(address, realm);
        let silence = u32::try_from(silence.as_secs() + 1).unwrap_or(u32::MAX);
        let (from, until) = (second(from), second(until));
        self.note_moment(Moment::new(host, until));
        if until.saturating_sub(from) > silence {
            self.least_silence = Some(self.least_silence.map_or(silence, |least| least.min(silence)));
            self.spans.push(Within::new(host, from, until, silence));
        }
    }

    /// Sorts what was noted: before asking.
    pub fn tidy_up(&mut self) {
        // Stable, because it takes little time over what was sorted before.
        self.moments.sort();
        self.moments.dedup();
        self.spans.sort();
        self.spans.dedup_by(|span, kept| {
            span.begins().host() == kept.begins().host()
                && span.until() <= kept.until()
                && span.silence() >= kept.silence()
        });
        self.tidy = self.moments.len() + self.spans.len();
    }

    fn last_within(
        &self,
        (address, realm): (IpAddr, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<Timestamp> {
        let (host, after, until) = (host(address, realm), second(after), second(until));
        let at = |second: u32| Timestamp::from_nanos(i64::from(second) * 1_000_000_000);
        let behind = self.moments.partition_point(|moment| *moment <= Moment::new(host, until));
        let before = behind.checked_sub(1).and_then(|place| self.moments.get(place));
        let moment =
            before.filter(|last| last.host() == host && last.second() > after).map(|last| last.second());
        if self.least_silence.is_none_or(|least| until.saturating_sub(after) <= least) {
            return moment.map(at);
        }
        let first = self.spans.partition_point(|span| span.begins().host() < host);
        let last = self.spans.partition_point(|span| span.begins() <= Moment::new(host, until));
        let shared = |span: &Within| {
            let (from, until) = (span.begins().second().max(after), span.until().min(until));
            (until.saturating_sub(from) > span.silence() + 1).then_some(until)
        };
        // The latest ones first: one of them mostly lasts until the end, and none can do better.
        let mut latest = moment;
        for span in self.spans[first..last].iter().rev() {
            if latest == Some(until) {
                break;
            }
            latest = latest.max(shared(span));
        }
        latest.map(at)
    }
}

/// What all workers noted, tidied up. Left where it is: together it may be large.
#[derive(Debug)]
pub(in crate::findings) struct AllHeard(pub Vec<Heard>);

impl AllHeard {
    /// When the host was last known to be heard after the second of `after` and not after that of `until`.
    pub fn last_within(
        &self,
        host: (IpAddr, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<Timestamp> {
        self.0.iter().filter_map(|heard| heard.last_within(host, after, until)).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_host_is_heard_within_a_time_or_not() {
        let (a, b) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let mut heard = Heard::default();
        for i in 0..5000 {
            heard.note(a, Realm(0), at(10 + i % 3));
        }
        heard.note(b, Realm(0), at(20));
        heard.tidy_up();
        assert_eq!(heard.moments.len(), 4);
        assert_eq!(heard.last_within((a, Realm(0)), at(10), at(60)), Some(at(12)));
        assert_eq!(heard.last_within((a, Realm(0)), at(12), at(60)), None, "the same second proves no order");
        assert_eq!(heard.last_within((b, Realm(0)), at(0), at(19)), None);
        assert_eq!(heard.last_within((a, Realm(1)), at(0), at(60)), None);
    }

    #[test]
    fn a_flow_that_never_fell_silent_for_long_shows_its_host_all_through() {
        let host = "10.0.0.1".parse().unwrap();
        let mut heard = Heard::default();
        heard.note_span(host, Realm(0), at(0), at(100), Span::from_secs(2));
        heard.note_span(host, Realm(0), at(10), at(50), Span::from_secs(2));
        heard.note_span(host, Realm(0), at(20), at(900), Span::from_secs(400));
        heard.tidy_up();
        assert_eq!(heard.spans.len(), 2, "one lies within another");
        assert_eq!(heard.last_within((host, Realm(0)), at(60), at(70)), Some(at(70)));
        assert_eq!(
            heard.last_within((host, Realm(0)), at(60), at(62)),
            None,
            "it may have been silent so long"
        );
        assert_eq!(heard.last_within((host, Realm(0)), at(200), at(300)), None);
    }
}
