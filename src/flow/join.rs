//! Directions of one connection that come in different realms are one flow.
//!
//! Mirror sessions, routers on a trunk, tunnels that only requests go through: each direction of a connection may come in
//! a VLAN or tunnel of its own. A first segment that no flow has the key of belongs to a flow in another realm, of which
//! only the other side was heard, when it proves that by its numbers ([`fit::proves`]). Where a first segment cannot, both
//! directions are held until several can say ([`Joining`]). From then on the table finds the flow under both keys. One that
//! is the very segment that a flow has just had in another realm, as where packets are captured with their VLAN tag and
//! without, is a copy, and so are those that follow it.
//!
//! A flow of the segment's own realm comes first, so overlapping networks stay apart. The realm of a joined flow is that
//! of its initiator's direction.

use super::copies::{expect_copies, has_just_had};
use super::fit;
use super::gap::Role;
use super::handshake::fits_established;
use super::history::Record;
use super::index::Slot;
use super::joining::{Answer, Joining};
use super::life::Life;
use super::linger::is_over;
use super::lives::begins_new_life;
use super::service::Service;
use super::tracker::Tracker;
use super::watcher::Watcher;
use crate::frame::FrameNumber;
use crate::segment::{IcmpQuote, Realm, Segment, Sender, TcpFlags};
use crate::time::{Span, Timestamp};

/// A direction that was joined to a flow in another realm.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Joined {
    /// Its first frame.
    pub frame: FrameNumber,
    /// The flow's realm.
    pub realm: Realm,
}

/// How well a one-way flow suits a segment that no flow has the key of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suits {
    Perhaps,
    Likely,
    Proven,
}

impl<W: Watcher> Tracker<W> {
    /// Takes a segment that no flow has the key of.
    #[inline(never)]
    pub(super) fn ingest_stranger(&mut self, segment: &Segment, hash: u64) {
        match self.table.find_elsewhere(hash, &segment.key, segment.sender) {
            Some(slot) => self.take(slot, segment, hash),
            None => self.begin_or_join(segment, hash),
        }
    }

    /// Takes a segment that no flow has the key of, for the flow at `slot`, which has it under another realm.
    #[inline(never)]
    pub(super) fn ingest_from_elsewhere(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let flow = self.table.flow(slot);
        let own_hash = segment.key.hash_within(hash, flow.life.key.realm());
        if flow.life.is_closed() && is_over(flow.life.last_at(), segment.at) {
            self.table.leave_elsewhere(own_hash, slot, segment.sender);
            return self.ingest(segment, hash);
        }
        if flow.is_joining() {
            return self.hold(slot, segment, hash);
        }
        let segment = Segment { key: flow.life.key, ..*segment };
        self.ingest_into(slot, &segment, own_hash);
    }

    /// Begins a flow, or finds the one in another realm to which the segment belongs.
    #[inline(never)]
    pub(super) fn begin_or_join(&mut self, segment: &Segment, hash: u64) {
        let realm = segment.key.realm();
        if realm != Realm::OVERFLOW {
            let seed = self.seed;
            self.lone.meet(realm, &mut self.table, |life| life.key.hash(seed));
            if self.lone.are_kept() && self.join(segment, hash) {
                return;
            }
        }
        self.begin(segment, hash);
    }

    /// Whether the segment belongs to a flow in another realm, and is taken care of.
    fn join(&mut self, segment: &Segment, hash: u64) -> bool {
        // The peer's direction may have come here before.
        if let Some(slot) = self.table.find_elsewhere(hash, &segment.key, segment.sender.peer()) {
            let flow = self.table.flow(slot);
            if flow.is_joining() {
                // The peer's realm has its own both directions.
                self.decide(slot, Answer::Two);
                self.ingest(segment, hash);
                return true;
            }
            if belongs(&flow.life, segment) || has_just_had(&flow.life, segment) {
                self.redirect(slot, segment, hash);
                return true;
            }
        }
        if let Some(slot) = self.copied(segment, hash) {
            expect_copies(self.table.flow_mut(slot));
            self.redirect(slot, segment, hash);
            return true;
        }
        let Some((suits, slot)) = self.suitable(segment, hash) else { return false };
        match suits {
            Suits::Proven => self.redirect(slot, segment, hash),
            Suits::Likely | Suits::Perhaps => self.begin_to_hold(slot, segment, hash),
        }
        true
    }

    /// The flow in another realm of which a segment is a copy: a one-way flow, or any of the plain network. A direction
    /// that comes in a third realm has a flow of its own there.
    fn copied(&self, segment: &Segment, hash: u64) -> Option<Slot> {
        let rank = |life: &Life| has_just_had(life, segment).then(|| (life.last_at(), life.last_frame()));
        let lone = self.lone.best((&segment.key, segment.sender.peer()), hash, &self.table, rank);
        let plain = || {
            let hash = segment.key.hash_within(hash, Realm(0));
            let slot = self.table.find(hash, &segment.key.within(Realm(0)))?;
            has_just_had(&self.table.flow(slot).life, segment).then_some(slot)
        };
        let slot = lone.map(|(_, slot)| slot).or_else(plain)?;
        let settled = self.table.realm_elsewhere(slot, segment.sender).is_some();
        (!settled && !self.table.flow(slot).is_joining()).then_some(slot)
    }

    /// The one-way flow in another realm that suits a segment best.
    fn suitable(&self, segment: &Segment, hash: u64) -> Option<(Suits, Slot)> {
        let suits = |life: &Life| {
            if life.is_closed() {
                // Nothing is to come that could be waited for.
                let late = !is_over(life.last_at(), segment.at);
                (late && fit::answers_exactly(life, segment)).then_some(Suits::Proven)
            } else if fit::proves(life, segment) {
                Some(Suits::Proven)
            } else if fit::answers_exactly(life, segment) {
                Some(Suits::Likely)
            } else {
                fit::may_belong(life, segment).then_some(Suits::Perhaps)
            }
        };
        // Where packets are seen at several places, an answer comes back first where its question went last.
        let rank = |life: &Life| Some((suits(life)?, life.last_at(), life.last_frame()));
        let ((suits, ..), slot) = self.lone.best((&segment.key, segment.sender), hash, &self.table, rank)?;
        // Two at a time would have to be told apart from each other as well.
        (!self.table.flow(slot).is_joining()).then_some((suits, slot))
    }

    /// Gives the flow at `slot` a segment that comes in another realm, and all that follow it from there.
    fn redirect(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        self.enter_elsewhere(slot, segment, hash);
        self.settle_realm(slot, segment.sender, segment.frame);
        self.ingest(segment, hash);
    }

    fn enter_elsewhere(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let own_hash = segment.key.hash_within(hash, self.table.flow(slot).life.key.realm());
        self.table.enter_elsewhere(own_hash, slot, segment.sender, segment.key.realm());
    }

    /// Puts a flow into the realm of its initiator's direction, now that segments of `newcomer`, the first of them in
    /// `frame`, are known to come from another realm.
    fn settle_realm(&mut self, slot: Slot, newcomer: Sender, frame: FrameNumber) {
        let life = &self.table.flow(slot).life;
        let (key, first_frame) = (life.key, life.first_frame.get());
        let unheard = life.sides[newcomer.index()].segments == 0;
        if !unheard || life.role_of(newcomer) == Role::Responder {
            self.counts.joined.push(Joined { frame, realm: key.realm() });
            return;
        }
        let Some(realm) = self.table.realm_elsewhere(slot, newcomer) else { return };
        let hash = key.hash(self.seed);
        self.table.leave_elsewhere(hash, slot, newcomer);
        let moved = self.table.move_to(hash, slot, realm);
        self.table.enter_elsewhere(moved, slot, newcomer.peer(), key.realm());
        let service = Service { endpoint: key.endpoint(newcomer.peer()), realm };
        self.table.flow_mut(slot).life.service = self.services.id_of(service);
        self.counts.joined.push(Joined { frame: first_frame, realm });
    }

    /// Whether a segment on the key of the flow at `slot` is held, or belongs to a flow in another realm, and is taken
    /// care of.
    #[inline(never)]
    pub(super) fn crosses(&mut self, slot: Slot, segment: &Segment, hash: u64) -> bool {
        let flow = self.table.flow(slot);
        if flow.is_joining() {
            self.hold(slot, segment, hash);
            return true;
        }
        let unheard = flow.life.sides[segment.sender.index()].segments == 0;
        if unheard && let Some(other) = self.table.find_elsewhere(hash, &segment.key, segment.sender) {
            let suits = fit::proves(&flow.life, segment) || fit::may_belong(&flow.life, segment);
            if suits && !belongs(&self.table.flow(other).life, segment) {
                return false;
            }
            self.take(other, segment, hash);
            return true;
        }
        let answers_syn = segment.flags.contains(TcpFlags::SYN.with(TcpFlags::ACK));
        if !answers_syn
            || fit::proves(&flow.life, segment)
            || !(unheard || begins_new_life(&flow.life, segment))
        {
            return false;
        }
        let Some((Suits::Proven, answered)) = self.suitable(segment, hash) else { return false };
        if !unheard {
            // The host that sent it has another connection between these ends now.
            let until = self.table.flow(answered).life.first_at;
            self.let_go(slot, hash, Some(until));
        }
        self.enter_elsewhere(answered, segment, hash);
        self.settle_realm(answered, segment.sender, segment.frame);
        self.take(answered, segment, hash);
        true
    }

    /// Gives the flow at `slot` a direction that may be its own, and holds both until that is known.
    fn begin_to_hold(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let flow = self.table.flow_mut(slot);
        let made_record = flow.record.is_none();
        let joining = Joining::new(&flow.life, segment.sender, segment.key.realm(), made_record);
        flow.record.get_or_insert_with(Record::new).joining = Some(Box::new(joining));
        self.joining += 1;
        self.enter_elsewhere(slot, segment, hash);
        self.hold(slot, segment, hash);
    }

    /// Holds a segment of a flow of which it is open whether another direction belongs to it.
    fn hold(&mut self, slot: Slot, segment: &Segment, hash: u64) {
        let record = self.table.flow_mut(slot).record.as_mut();
        let Some(joining) = record.and_then(|record| record.joining.as_mut()) else { return };
        // Heard where the flow is, its silent side comes from there.
        let at_home = segment.sender == joining.newcomer && segment.key.realm() != joining.realm;
        let answer = match () {
            () if at_home => Answer::Two,
            () if segment.flags.contains(TcpFlags::SYN) => joining.answer_now(),
            () => {
                match joining.take(segment) {
                    Answer::Open => {}
                    answer => self.decide(slot, answer),
                }
                return;
            }
        };
        self.decide(slot, answer);
        self.ingest(segment, hash);
    }

    /// Ends the wait of the flow at `slot`, and takes what was held for it.
    pub(super) fn decide(&mut self, slot: Slot, answer: Answer) {
        let flow = self.table.flow_mut(slot);
        let Some(record) = &mut flow.record else { return };
        let Some(joining) = record.joining.take() else { return };
        if joining.made_record && record.history.icmp.is_empty() {
            flow.record = None;
        }
        self.joining -= 1;
        let own_hash = flow.life.key.hash(self.seed);
        let newcomer = joining.newcomer;
        let held = joining.into_held();
        let Some((first, rest)) = held.split_first() else { return };
        if answer == Answer::One {
            self.settle_realm(slot, newcomer, first.frame);
            self.ingest(first, first.key.hash(self.seed));
        } else {
            self.table.leave_elsewhere(own_hash, slot, newcomer);
            self.begin(first, first.key.hash(self.seed));
        }
        for segment in rest {
            self.ingest(segment, segment.key.hash(self.seed));
        }
    }

    /// Decides what is open by what was seen: nothing more comes, or what comes cannot be compared with it.
    pub(super) fn decide_all(&mut self) {
        let mut decided = self.joining > 0;
        // What was held for one flow may have another one wait; each time there is less of it.
        while decided {
            decided = false;
            for place in 0..self.table.places() {
                if let Some((slot, flow)) = self.table.nth(place)
                    && let Some(joining) = flow.joining()
                {
                    let answer = joining.answer_now();
                    self.decide(slot, answer);
                    decided = true;
                }
            }
        }
    }

    /// Live: decides about the flow at `slot` if it waits and has been silent for a while; whether it waits.
    pub(super) fn decide_if_silent(&mut self, slot: Slot, now: Timestamp) -> bool {
        let Some(joining) = self.table.flow(slot).joining() else { return false };
        let silent = joining.last().map_or(Span::ZERO, |last| now.since(last.at));
        if silent >= self.settings.silence_floor {
            let answer = joining.answer_now();
            self.decide(slot, answer);
        }
        true
    }

    /// The flow that an ICMP error in another realm is about: errors travel as the segments of the peer do.
    pub(super) fn quoted_elsewhere(&self, quote: &IcmpQuote, hash: u64) -> Option<Slot> {
        let peer = quote.sender.peer();
        let joined = [peer, quote.sender]
            .into_iter()
            .find_map(|sender| self.table.find_elsewhere(hash, &quote.key, sender));
        joined.or_else(|| {
            let rank =
                |life: &Life| fit::has_said(life, quote).then_some((life.last_at(), life.last_frame()));
            Some(self.lone.best((&quote.key, peer), hash, &self.table, rank)?.1)
        })
    }
}

/// Whether a segment belongs to a flow that has heard both sides.
fn belongs(life: &Life, segment: &Segment) -> bool {
    if life.is_closed() && is_over(life.last_at(), segment.at) {
        false
    } else if segment.flags.contains(TcpFlags::SYN) {
        !begins_new_life(life, segment)
    } else if segment.flags.contains(TcpFlags::RST) {
        fits_established(life, segment)
    } else {
        fit::goes_on(life, segment)
    }
}
