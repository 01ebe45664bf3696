//! Which timer of a hop runs during a silence, and which silences it can see.

use crate::flow::{Basis, Phase, Standing};
use crate::policy::{Hop, Refresh};
use crate::time::Span;

/// Retransmissions in a row from which the retransmission timer caps the others (nf_conntrack
/// `nf_conntrack_tcp_max_retrans`, default 3).
const RETRANSMISSIONS_THAT_CAP: u8 = 3;

/// Whether a silence of `basis` is what a timer with this refresh measures. A timer per direction
/// measures two.
#[inline]
pub fn listens(refresh: Refresh, basis: Basis) -> bool {
    match refresh {
        Refresh::AnyPacket => basis == Basis::Any,
        Refresh::Payload => basis == Basis::Payload,
        Refresh::PayloadPerDirection => {
            matches!(basis, Basis::PayloadInitiator | Basis::PayloadResponder)
        }
        Refresh::Initiator => basis == Basis::Initiator,
        Refresh::Responder => basis == Basis::Responder,
    }
}

/// Silence that `hop` allows while `standing` holds. `None`: the connection is closed, nothing is left to
/// lose.
///
/// The state's own timer when the hop has one, else the established one; never above the caps for
/// unacknowledged payload, repeated retransmissions and a closed window (`tcp_conntrack` handler of
/// `net/netfilter/nf_conntrack_proto_tcp.c`). A box that probes the ends by itself gives an established
/// flow up after its last probe at the earliest.
pub fn limit_of(hop: &Hop, standing: Standing) -> Option<Span> {
    let timers = &hop.timers;
    let own = match standing.phase {
        Phase::Closed => return None,
        Phase::SynSent => timers.syn_sent,
        Phase::SynRecv => timers.syn_recv,
        Phase::Established => hop
            .self_probe
            .map(|probe| timers.established.max(probe.after + probe.interval.times(u64::from(probe.probes)))),
        Phase::FinWait => timers.fin_wait,
        Phase::CloseWait => timers.close_wait,
        Phase::LastAck => timers.last_ack,
    };
    let caps = [
        (standing.unacknowledged, timers.unacknowledged),
        (standing.retransmissions >= RETRANSMISSIONS_THAT_CAP, timers.retransmitting),
        (standing.zero_window, timers.zero_window),
    ];
    let limit = own.unwrap_or(timers.established);
    Some(caps.into_iter().filter_map(|(holds, cap)| cap.filter(|_| holds)).fold(limit, Span::min))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::SelfProbe;
    use crate::simulate::hop_state::tests::{conntrack, hop, quiet};

    #[test]
    fn each_state_of_the_connection_has_its_own_timer() {
        let limits: Vec<Option<u64>> = [
            Phase::SynSent,
            Phase::SynRecv,
            Phase::Established,
            Phase::FinWait,
            Phase::CloseWait,
            Phase::LastAck,
            Phase::Closed,
        ]
        .into_iter()
        .map(|phase| limit_of(&conntrack(), Standing { phase, ..quiet() }).map(Span::as_secs))
        .collect();
        assert_eq!(limits, [Some(120), Some(60), Some(432_000), Some(120), Some(60), Some(30), None]);
    }

    #[test]
    fn unacknowledged_payload_caps_five_days_at_five_minutes() {
        let limit = |standing| limit_of(&conntrack(), standing).map(Span::as_secs);
        assert_eq!(limit(Standing { unacknowledged: true, ..quiet() }), Some(300));
        assert_eq!(limit(Standing { zero_window: true, ..quiet() }), Some(300));
        assert_eq!(limit(Standing { retransmissions: 3, ..quiet() }), Some(300));
        assert_eq!(limit(Standing { retransmissions: 2, ..quiet() }), Some(432_000));
    }

    #[test]
    fn a_cap_never_lengthens_a_shorter_timer() {
        let standing = Standing { phase: Phase::CloseWait, unacknowledged: true, ..quiet() };
        assert_eq!(limit_of(&conntrack(), standing), Some(Span::from_secs(60)));
    }

    #[test]
    fn a_hop_without_a_timer_for_a_state_uses_the_established_one() {
        let standing = Standing { phase: Phase::CloseWait, ..quiet() };
        assert_eq!(limit_of(&hop(3600), standing), Some(Span::from_secs(3600)));
    }

    #[test]
    fn a_box_that_probes_at_expiry_waits_for_its_last_probe() {
        let probe = SelfProbe { after: Span::from_secs(3600), interval: Span::from_secs(15), probes: 5 };
        let asa = Hop { self_probe: Some(probe), ..hop(3600) };
        assert_eq!(limit_of(&asa, quiet()), Some(Span::from_secs(3675)));
    }
}
