//! The numbers that a path asks for.

use crate::policy::{
    Adjustable, Hop, Keepalive, Path, Pickup, Refresh, keepalive_below, pause_of, preset_of, propose,
};
use crate::time::Span;

/// What to set so that nothing on a path cuts a connection that both ends still want.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// As the user described it.
    pub stated: Path,
    /// Keepalive for the sockets of an end.
    pub keepalive: Keepalive,
    /// The hop that decided it. `None`: no hop counts packets, or none was named.
    pub protects: Option<Protects>,
    /// Hops that keepalive does not reach.
    pub unreached: Vec<Unreached>,
    /// How often an end must send payload so that every hop lives, those that count only payload included:
    /// half of the shortest limit. `None`: no hop runs out.
    pub heartbeat: Option<Span>,
    /// All hops, from the initiator to the responder.
    pub hops: Vec<HopPlan>,
}

/// Limits below cannot be undercut.
const SHORTEST_LIMIT: Span = Span::from_secs(2);

/// The shortest limit that keepalive has to undercut.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Protects {
    /// Name of the hop.
    pub hop: String,
    /// Its limit.
    pub limit: Span,
}

/// A hop whose timer only payload restarts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreached {
    /// Name of the hop.
    pub hop: String,
    /// Its limit as it is.
    pub limit: Span,
    /// Whether each direction has a timer of its own, so that both ends must send.
    pub each_way: bool,
}

/// The idle limit of a hop, now and as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HopPlan {
    /// Its name.
    pub name: String,
    /// Id of the preset it was made from.
    pub preset: Option<&'static str>,
    /// Its limit. [`Span::MAX`]: never.
    pub now: Span,
    /// What it should be: in order, and of a box that counts payload as long as its place allows.
    pub to: Span,
    /// Whether packets without payload restart it.
    pub counts_packets: bool,
}

impl Plan {
    /// The plan for `path`, with its limits in order, and those that count payload as long as their place allows.
    pub fn of(path: &Path) -> Self {
        let mut ordered = propose(path).map_or_else(|| path.clone(), |proposal| proposal.path);
        raise_what_counts_payload(&mut ordered.hops);
        Plan::towards(path, &ordered)
    }

    /// The plan for `path` whose hops are to get the limits of `ordered`, which are the same hops.
    ///
    /// Keepalive stays as stated where it comes by half of the shortest limit that counts packets and its
    /// probes are over before it (domain rule 27); what is reordered counts with the shorter of both limits,
    /// so that it holds while the boxes are being set.
    pub fn towards(path: &Path, ordered: &Path) -> Self {
        let judged = |hop: &Hop| hop.pickup != Pickup::Loose && hop.timers.established != Span::MAX;
        let shorter = |(now, then): (&Hop, &Hop)| now.timers.established.min(then.timers.established);
        let pairs = || path.hops.iter().zip(&ordered.hops).filter(|(hop, _)| judged(hop));
        // Systems take whole seconds: of a shorter limit there is no half.
        let can_be_met = |pair: &(&Hop, &Hop)| shorter(*pair) >= SHORTEST_LIMIT;
        let protects = pairs()
            .filter(|(hop, _)| hop.refresh.counts_packets())
            .filter(can_be_met)
            .map(|pair| Protects { hop: pair.0.name.clone(), limit: shorter(pair) })
            .min_by_key(|protects| protects.limit);
        let stated = path.keepalive.filter(|keepalive| !keepalive.is_off());
        let keepalive = match &protects {
            Some(protects) => keepalive_below(protects.limit, stated),
            None => stated.unwrap_or(Keepalive::LINUX_DEFAULT),
        };
        let is_too_short = |hop: &&Hop| hop.timers.established < SHORTEST_LIMIT;
        let unreached = path
            .hops
            .iter()
            .filter(|hop| judged(hop) && (!hop.refresh.counts_packets() || is_too_short(hop)));
        Plan {
            keepalive: in_whole_seconds(keepalive),
            unreached: unreached
                .map(|hop| Unreached {
                    hop: hop.name.clone(),
                    limit: hop.timers.established,
                    each_way: hop.refresh == Refresh::PayloadPerDirection,
                })
                .collect(),
            heartbeat: pairs().map(shorter).min().map(half),
            hops: hop_plans(path, ordered),
            protects,
            stated: path.clone(),
        }
    }

    /// Whether keepalive does nothing for this path, because no timer that runs out counts packets.
    pub fn keepalive_is_useless(&self) -> bool {
        self.protects.is_none() && !self.unreached.is_empty()
    }

    /// The interval at which `probes` probes are over before the shortest limit: for systems on which their
    /// number is fixed. Never longer than the planned one.
    pub fn interval_of(&self, probes: u32) -> Span {
        let Some(protects) = &self.protects else { return self.keepalive.interval };
        let rest = protects.limit.saturating_sub(self.keepalive.time);
        let most = Span::from_secs(rest.divided_by(u64::from(probes)).as_secs().max(1));
        self.keepalive.interval.min(most)
    }

    /// The hop nearest to the responder that ever gives up: its limit is the shortest that a box may have.
    pub fn innermost(&self) -> Option<&HopPlan> {
        self.hops.iter().rev().find(|hop| hop.to != Span::MAX)
    }

    /// The limit for a box of which the path says nothing, right in front of the responder: that of the hop
    /// there, or else twice the keepalive time.
    pub fn limit_in_front(&self) -> Span {
        self.innermost().map_or_else(|| self.keepalive.time.times(2), |hop| hop.to)
    }
}

/// Half of a limit, so that one lost sign of life does no harm.
fn half(limit: Span) -> Span {
    pause_of(limit.divided_by(2)).max(Span::from_secs(1))
}

/// Systems take whole seconds; the time is rounded down, as the limit is above it.
fn in_whole_seconds(keepalive: Keepalive) -> Keepalive {
    let whole = |span: Span| Span::from_secs(span.as_secs().max(1));
    Keepalive { time: whole(keepalive.time), interval: whole(keepalive.interval), probes: keepalive.probes }
}

/// The limits of both paths, hop by hop.
fn hop_plans(path: &Path, ordered: &Path) -> Vec<HopPlan> {
    path.hops
        .iter()
        .zip(&ordered.hops)
        .map(|(now, then)| HopPlan {
            name: now.name.clone(),
            preset: now.preset,
            now: now.timers.established,
            to: then.timers.established,
            counts_packets: now.refresh.counts_packets(),
        })
        .collect()
}

/// Gives each box that counts payload what its place allows, because nothing that an end's system can be set to
/// keeps it alive: four fifths of the next limit outward, or else a quarter more than the one behind it.
fn raise_what_counts_payload(hops: &mut [Hop]) {
    for index in 0..hops.len() {
        let limit = hops[index].timers.established;
        if hops[index].refresh.counts_packets() || limit == Span::MAX {
            continue;
        }
        let runs_out = |limit: &Span| *limit != Span::MAX;
        let outer = hops[..index].iter().rev().map(|hop| hop.timers.established).find(runs_out);
        let inner = hops[index + 1..].iter().map(|hop| hop.timers.established).find(runs_out);
        let wanted = match (outer, inner) {
            (Some(outer), _) => outer.saturating_sub(outer.divided_by(5)),
            (None, Some(inner)) => inner + inner.divided_by(4),
            (None, None) => continue,
        };
        let wanted = bounded(&hops[index], Span::from_secs(wanted.as_secs()));
        let fits = outer.is_none_or(|outer| wanted < outer) && inner.is_none_or(|inner| wanted > inner);
        if fits && wanted > limit {
            hops[index].timers.established = wanted;
        }
    }
}

/// `wanted` as far as the box goes.
fn bounded(hop: &Hop, wanted: Span) -> Span {
    match preset_of(hop).map_or(Adjustable::Freely, |preset| preset.adjustable) {
        Adjustable::Fixed => hop.timers.established,
        Adjustable::Within { min, max } => wanted.clamp(min, max),
        Adjustable::Freely | Adjustable::Unstated => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plan(hops: &[&str], keepalive: Option<&str>) -> Plan {
        let keepalive = keepalive.map(|spec| spec.parse().unwrap());
        Plan::of(&Path::from_specs(hops, keepalive).unwrap())
    }

    fn limits(plan: &Plan) -> Vec<u64> {
        plan.hops.iter().map(|hop| hop.to.as_secs()).collect()
    }

    #[test]
    fn keepalive_is_half_of_the_shortest_limit() {
        let plan = plan(&["firewall=1h", "mdm=50m", "lb=40m"], Some("30m"));
        assert_eq!(plan.keepalive.to_string(), "20m/75s/9");
        assert_eq!(plan.protects, Some(Protects { hop: "lb".to_owned(), limit: Span::from_secs(2400) }));
        assert_eq!((limits(&plan), plan.limit_in_front().as_secs()), (vec![3600, 3000, 2400], 2400));
    }

    #[test]
    fn keepalive_that_fits_stays() {
        assert_eq!(plan(&["fw=1h"], Some("10m/30s/4")).keepalive.to_string(), "10m/30s/4");
    }

    #[test]
    fn a_chain_in_the_wrong_order_is_raised_from_the_server_outward() {
        let plan = plan(&["lb=40m", "mdm=50m", "firewall=1h"], Some("30m"));
        assert_eq!((limits(&plan), plan.keepalive.time.as_secs()), (vec![5640, 4500, 3600], 1200));
    }

    #[test]
    fn what_counts_payload_needs_payload_and_is_raised_as_far_as_its_place_allows() {
        let plan = plan(&["fw=1h", "aws-alb"], None);
        assert_eq!(plan.protects.as_ref().map(|p| p.limit.as_secs()), Some(3600));
        assert_eq!(
            plan.unreached,
            [Unreached { hop: "aws-alb".to_owned(), limit: Span::from_secs(60), each_way: false }]
        );
        assert_eq!((limits(&plan), plan.heartbeat), (vec![3600, 2880], Some(Span::from_secs(30))));
    }

    #[test]
    fn keepalive_is_never_said_to_help_a_path_that_counts_payload_only() {
        let plan = plan(&["aws-alb"], Some("30s"));
        assert!(plan.keepalive_is_useless() && plan.protects.is_none());
        assert_eq!(limits(&plan), [60], "there is nothing to say how far it may be raised");
    }

    #[test]
    fn limits_that_were_asked_for_are_not_made_longer() {
        let now = Path::from_specs(&["fw=1h", "proxy=1m,refresh=payload"], None).unwrap();
        let then = Path::from_specs(&["fw=1h", "proxy=10m,refresh=payload"], None).unwrap();
        assert_eq!(limits(&Plan::towards(&now, &then)), [3600, 600]);
    }

    #[test]
    fn a_fixed_number_of_probes_is_over_in_time() {
        let plan = plan(&["fw=5m"], Some("2h/75s/9"));
        assert_eq!((plan.keepalive.time.as_secs(), plan.interval_of(10).as_secs()), (150, 15));
    }

    proptest! {
        #[test]
        fn no_hop_that_counts_packets_runs_out_before_the_last_probe(
            limits in prop::collection::vec(20u64..100_000, 1..6),
            payload in prop::collection::vec(any::<bool>(), 6),
            time in 1u64..20_000, interval in 1u64..200, probes in 1u32..12,
        ) {
            let specs: Vec<String> = limits
                .iter()
                .zip(&payload)
                .enumerate()
                .map(|(i, (s, payload))| format!("h{i}={s}s{}", if *payload { ",refresh=payload" } else { "" }))
                .collect();
            let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
            let plan = plan(&specs, Some(&format!("{time}s/{interval}s/{probes}")));
            for hop in plan.hops.iter().filter(|hop| hop.counts_packets) {
                let shorter = hop.now.min(hop.to);
                prop_assert!(plan.keepalive.time.times(2) <= shorter, "{:?} for {hop:?}", plan.keepalive);
                prop_assert!(plan.keepalive.period() <= shorter, "{:?} for {hop:?}", plan.keepalive);
            }
            prop_assert!(plan.hops.iter().all(|hop| hop.to >= hop.now), "{:?}", plan.hops);
            let heartbeat = plan.heartbeat.unwrap();
            prop_assert!(plan.hops.iter().all(|hop| heartbeat.times(2) <= hop.now.min(hop.to)));
        }
    }
}
