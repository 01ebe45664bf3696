//! When which host was heard, to the tenth of a second: that it lived while another flow had no answer from it.

use crate::segment::{Endpoint, FlowKey, HashSeed, Realm};
use crate::time::{Span, Timestamp};
use std::net::IpAddr;

/// Fixed on purpose: the same in every worker and every run.
const SEED: HashSeed =
    HashSeed([0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93]);

/// When hosts were heard: where flows end and silences are answered, and all through flows that never fell silent for
/// long. Moments are kept once a tick and host, and of spans that lie within each other the better one. Ticks are the
/// finest time that is told apart, so it does not matter which worker noted what.
#[derive(Debug, Default)]
pub(in crate::findings) struct Heard {
    moments: Vec<Moment>,
    spans: Vec<Within>,
    /// The least silence of any span; none says anything about a shorter time.
    least_silence: Option<u32>,
    /// How many of both were left after the last tidying.
    tidy: usize,
}

/// Host, as a hash; when it was heard; and when the connection had been opened that shows it. In one number, which sorts
/// faster than three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Moment(u128);

/// Ticks in 48 bits.
const TICKS: u128 = (1 << 48) - 1;

const NANOS_A_TICK: i64 = 100_000_000;

const TICKS_A_SECOND: u64 = 10;

impl Moment {
    fn new(host: u32, at: u64, opened: u64) -> Self {
        Moment(u128::from(host) << 96 | (u128::from(at) & TICKS) << 48 | u128::from(opened) & TICKS)
    }

    fn tick(self) -> u64 {
        (self.0 >> 48 & TICKS) as u64
    }

    fn opened(self) -> u64 {
        (self.0 & TICKS) as u64
    }

    /// Whether both are the same host in the same tick.
    fn is_with(self, other: Moment) -> bool {
        self.0 >> 48 == other.0 >> 48
    }
}

/// From one second to another a host was never silent for longer than so many. In one number too: by host, by begin,
/// the longest first, the least silent first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Within(u128);

impl Within {
    fn new(host: u32, from: u32, until: u32, silence: u32) -> Self {
        let begins = u64::from(host) << 32 | u64::from(from);
        Within(u128::from(begins) << 64 | u128::from(!until) << 32 | u128::from(silence))
    }

    fn host(self) -> u32 {
        (self.0 >> 96) as u32
    }

    fn from(self) -> u32 {
        (self.0 >> 64) as u32
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

/// A host that is heard again and again: who it is, and the moment that was noted last, which says nothing twice.
#[derive(Clone, Copy, Debug)]
pub(in crate::findings) struct KnownHost {
    host: u32,
    noted: Option<Moment>,
}

impl KnownHost {
    pub fn of(address: IpAddr, realm: Realm) -> Self {
        KnownHost { host: host(address, realm), noted: None }
    }
}

fn second(at: Timestamp) -> u32 {
    u32::try_from(at.as_nanos() / 1_000_000_000).unwrap_or(0)
}

fn tick(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanos() / NANOS_A_TICK).unwrap_or(0)
}

impl Heard {
    /// A packet of this host was seen, in a connection that had been open since `opened`.
    pub fn note(&mut self, address: IpAddr, realm: Realm, at: Timestamp, opened: Timestamp) {
        self.moments.push(Moment::new(host(address, realm), tick(at), tick(opened)));
        self.bound();
    }

    fn bound(&mut self) {
        if self.moments.len() + self.spans.len() > 2 * self.tidy + 1024 {
            self.tidy_up();
        }
    }

    /// From `from` to `until`, this host was never silent for longer than `silence`.
    #[inline(always)]
    pub fn note_span(&mut self, host: &mut KnownHost, from: Timestamp, until: Timestamp, silence: Span) {
        let silence = u32::try_from(silence.as_secs() + 1).unwrap_or(u32::MAX);
        let moment = Moment::new(host.host, tick(until), tick(from));
        if host.noted.is_none_or(|noted| !noted.is_with(moment) || moment < noted) {
            host.noted = Some(moment);
            self.moments.push(moment);
        }
        self.span(host.host, (second(from), second(until)), silence);
        self.bound();
    }

    /// The same of a client.
    pub fn note_client(
        &mut self,
        (address, realm): (IpAddr, Realm),
        from: Timestamp,
        until: Timestamp,
        silence: Span,
    ) {
        let silence = u32::try_from(silence.as_secs() + 1).unwrap_or(u32::MAX);
        self.span(host(address, realm), (second(from), second(until)), silence);
        self.bound();
    }

    #[inline(always)]
    fn span(&mut self, host: u32, (from, until): (u32, u32), silence: u32) {
        if until.saturating_sub(from) > silence {
            self.least_silence = Some(self.least_silence.map_or(silence, |least| least.min(silence)));
            self.spans.push(Within::new(host, from, until, silence));
        }
    }

    /// Sorts what was noted: before asking.
    pub fn tidy_up(&mut self) {
        // Stable, because it takes little time over what was sorted before.
        self.moments.sort();
        // The first of each tick is that of the oldest connection.
        self.moments.dedup_by(|moment, kept| moment.is_with(*kept));
        self.spans.sort();
        self.spans.dedup_by(|span, kept| {
            span.host() == kept.host() && span.until() <= kept.until() && span.silence() >= kept.silence()
        });
        self.tidy = self.moments.len() + self.spans.len();
    }

    fn moments_of(&self, host: u32, after: u64, until: u64) -> &[Moment] {
        let first = self.moments.partition_point(|moment| *moment < Moment::new(host, after + 1, 0));
        let behind = self.moments.partition_point(|moment| *moment <= Moment::new(host, until, u64::MAX));
        self.moments.get(first..behind).unwrap_or_default()
    }

    fn spans_of(&self, host: u32, until: u32) -> &[Within] {
        let first = self.spans.partition_point(|span| span.host() < host);
        let last = self.spans.partition_point(|span| (span.host(), span.from()) <= (host, until));
        self.spans.get(first..last).unwrap_or_default()
    }

    fn last_within(&self, host: u32, after: Timestamp, until: Timestamp) -> Option<HeardAt> {
        let moments = self.moments_of(host, tick(after), tick(until));
        let opened_before = |moment: &Moment| moment.opened() < tick(after);
        let told = |moment: &Moment| HeardAt::new(moment.tick(), opened_before(moment));
        let latest = moments.last().map(told);
        let earlier = moments.iter().rev().take(LOOKED_AT).find(|moment| opened_before(moment)).map(told);
        let mut best = latest.max(earlier);
        let (after, until) = (second(after), second(until));
        if self.least_silence.is_none_or(|least| until.saturating_sub(after) <= least) {
            return best;
        }
        // The latest ones first: one of them mostly lasts until the end, and none can do better.
        for span in self.spans_of(host, until).iter().rev() {
            if best.is_some_and(|best| best.in_older_connection && second(best.at) >= until) {
                break;
            }
            let (begin, end) = (span.from().max(after), span.until().min(until));
            if end.saturating_sub(begin) > span.silence() + 1 {
                best = best.max(Some(HeardAt::new(u64::from(end) * TICKS_A_SECOND, span.from() < after)));
            }
        }
        best
    }

    fn lived_through(&self, host: u32, from: Timestamp, until: Timestamp) -> bool {
        let later = self.moments_of(host, tick(until), u64::MAX >> 16).iter().take(LOOKED_AT);
        let lived = |span: &Within| span.from() < second(from) && span.until() > second(until);
        let opened_before = |moment: &Moment| moment.opened() < tick(from);
        later.into_iter().any(opened_before) || self.spans_of(host, second(from)).iter().any(lived)
    }
}

/// Moments looked at for one question: a host that is heard so often was heard in every kind of connection.
const LOOKED_AT: usize = 4096;

/// That a host was heard. One in an older connection compares greater: it says more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::findings) struct HeardAt {
    /// In a connection that was open before the time that was asked for.
    pub in_older_connection: bool,
    /// The last time.
    pub at: Timestamp,
}

impl HeardAt {
    fn new(tick: u64, in_older_connection: bool) -> Self {
        let nanos = i64::try_from(tick).unwrap_or(i64::MAX).saturating_mul(NANOS_A_TICK);
        HeardAt { in_older_connection, at: Timestamp::from_nanos(nanos) }
    }
}

/// What all workers noted, tidied up. Left where it is: together it may be large.
#[derive(Debug)]
pub(in crate::findings) struct AllHeard(pub Vec<Heard>);

impl AllHeard {
    /// That the host was heard after the tick of `after` and not after that of `until`.
    pub fn last_within(
        &self,
        (address, realm): (IpAddr, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<HeardAt> {
        let host = host(address, realm);
        self.0.iter().filter_map(|heard| heard.last_within(host, after, until)).max()
    }

    /// Whether a connection of the host was open before `from` and heard after `until`.
    pub fn lived_through(
        &self,
        (address, realm): (IpAddr, Realm),
        from: Timestamp,
        until: Timestamp,
    ) -> bool {
        let host = host(address, realm);
        self.0.iter().any(|heard| heard.lived_through(host, from, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    fn within(
        heard: &Heard,
        (address, realm): (IpAddr, Realm),
        after: Timestamp,
        until: Timestamp,
    ) -> Option<Timestamp> {
        heard.last_within(host(address, realm), after, until).map(|heard| heard.at)
    }

    #[test]
    fn a_connection_that_was_open_before_says_more_than_a_new_one() {
        let address: IpAddr = "10.0.0.1".parse().unwrap();
        let mut heard = Heard::default();
        heard.note(address, Realm(0), at(50), at(45));
        heard.note(address, Realm(0), at(40), at(5));
        heard.tidy_up();
        let all = AllHeard(vec![heard]);
        let found = all.last_within((address, Realm(0)), at(30), at(60)).unwrap();
        assert_eq!((found.at, found.in_older_connection), (at(40), true));
        let found = all.last_within((address, Realm(0)), at(42), at(60)).unwrap();
        assert_eq!((found.at, found.in_older_connection), (at(50), false));
        assert!(all.lived_through((address, Realm(0)), at(10), at(30)));
        assert!(!all.lived_through((address, Realm(0)), at(10), at(40)), "the same moment proves no order");
    }

    #[test]
    fn a_host_is_heard_within_a_time_or_not() {
        let (a, b) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let mut heard = Heard::default();
        for i in 0..5000 {
            heard.note(a, Realm(0), at(10 + i % 3), at(i % 9));
        }
        heard.note(b, Realm(0), at(20), at(20));
        heard.tidy_up();
        assert_eq!(heard.moments.len(), 4);
        assert_eq!(within(&heard, (a, Realm(0)), at(10), at(60)), Some(at(12)));
        assert_eq!(within(&heard, (a, Realm(0)), at(12), at(60)), None, "the same moment proves no order");
        assert_eq!(within(&heard, (b, Realm(0)), at(0), at(19)), None);
        assert_eq!(within(&heard, (a, Realm(1)), at(0), at(60)), None);
    }

    #[test]
    fn flows_that_end_in_one_second_show_their_host_once() {
        let host = "10.0.0.1".parse().unwrap();
        let mut known = KnownHost::of(host, Realm(0));
        let mut heard = Heard::default();
        for until in [7, 7, 9, 9, 7] {
            heard.note_span(&mut known, at(6), at(until), Span::from_secs(60));
        }
        assert_eq!(heard.moments.len(), 3, "only what was noted last is known");
        heard.tidy_up();
        assert_eq!(within(&heard, (host, Realm(0)), at(6), at(8)), Some(at(7)));
        assert_eq!(within(&heard, (host, Realm(0)), at(6), at(60)), Some(at(9)));
    }

    #[test]
    fn a_flow_that_never_fell_silent_for_long_shows_its_host_all_through() {
        let host = "10.0.0.1".parse().unwrap();
        let mut known = KnownHost::of(host, Realm(0));
        let mut heard = Heard::default();
        heard.note_span(&mut known, at(0), at(100), Span::from_secs(2));
        heard.note_span(&mut known, at(10), at(50), Span::from_secs(2));
        heard.note_span(&mut known, at(20), at(900), Span::from_secs(400));
        heard.tidy_up();
        assert_eq!(heard.spans.len(), 2, "one lies within another");
        assert_eq!(within(&heard, (host, Realm(0)), at(60), at(70)), Some(at(70)));
        assert_eq!(within(&heard, (host, Realm(0)), at(60), at(62)), None, "it may have been silent so long");
        assert_eq!(within(&heard, (host, Realm(0)), at(200), at(300)), None);
    }
}
