//! Recommendations in sentences.

use super::{Grounds, NoNumber, Recommendation};
use crate::findings::{InferredLimit, InferredStand, Knob};
use crate::flow::Role;
use crate::policy::Keepalive;
use crate::time::Span;

/// A bracket is wide from this factor on: what is safe may be much longer than what is shown to be.
const WIDE: u64 = 4;

impl Recommendation {
    /// What to do and why, in whole sentences.
    pub fn sentence(&self) -> String {
        let of = self.of();
        let what = match (self.knob, &self.grounds) {
            (_, Grounds::NoNumber(why)) => return self.without_number(why, &of),
            (Knob::Keepalive, Grounds::Slots) => return self.for_slots(),
            (Knob::Keepalive, Grounds::Stated { fits: true, .. }) => {
                format!("Keep the keepalive of connections{of} as it is{}", self.values())
            }
            (Knob::Keepalive, _) => format!(
                "Set the keepalive time of one end of connections{of} to {} or less{}",
                self.most(),
                self.values()
            ),
            (Knob::Heartbeat, _) => {
                format!("Let the application send payload on connections{of} at least every {}", self.most())
            }
            (Knob::CloseEarlier, _) => match self.side {
                Some(Role::Initiator) => {
                    format!("Let clients close connections{of} that are idle for {}", self.most())
                }
                _ => format!(
                    "Let the end that closes last do so within {} on connections{of}, or raise the timer for \
                     half-closed connections",
                    self.most()
                ),
            },
            (Knob::HopTimeout, _) => self.of_hop(),
            (Knob::Investigate, _) => String::new(),
        };
        format!("{what}{}{}", self.why(), self.risk())
    }

    /// Probes that are all over within seconds end connections that a short outage would have spared.
    fn risk(&self) -> &'static str {
        const SHORT_OUTAGE: Span = Span::from_secs(15);
        match &self.keepalive {
            Some(keepalive) if keepalive.period() < SHORT_OUTAGE => {
                " An outage of seconds then ends connections that would have lived: a longer limit is better where it can be set."
            }
            _ => "",
        }
    }

    /// Which connections: ` to 10.0.0.9:25`, ` on path 'erp'`, or all.
    fn of(&self) -> String {
        match (self.service, &self.path) {
            (Some(service), _) => format!(" to {}", service.endpoint),
            (None, Some(path)) => format!(" on path '{path}'"),
            (None, None) => String::new(),
        }
    }

    fn most(&self) -> Span {
        self.at_most.unwrap_or(Span::MAX)
    }

    /// ` (30s/10s/3: time, interval, probes)`.
    fn values(&self) -> String {
        let told = |keepalive: &Keepalive| format!(" ({keepalive}: time, interval, probes)");
        self.keepalive.as_ref().map(told).unwrap_or_default()
    }

    fn of_hop(&self) -> String {
        let hop = self.hop.as_deref().unwrap_or("the box");
        match (self.at_least, self.at_most) {
            (Some(least), _) => format!("Set the idle limit of {hop} to {least} or more"),
            (None, most) => format!("Set the idle limit of {hop} to {}", most.unwrap_or(Span::MAX)),
        }
    }

    fn why(&self) -> String {
        match &self.grounds {
            Grounds::Observed(limit) => self.why_observed(limit),
            Grounds::Stated { hop, limit, .. } => {
                let kind = match self.knob {
                    Knob::Heartbeat => " without payload; keepalive does not restart that timer",
                    _ => " without a packet",
                };
                format!(": {hop} gives up after {limit}{kind}.")
            }
            Grounds::Order { is } => {
                format!(" (it is {is}): limits have to grow from the server outward.")
            }
            Grounds::Measured => {
                ": what the silences of this traffic ask for; the table has the price.".to_owned()
            }
            Grounds::Slots | Grounds::NoNumber(_) => String::new(),
        }
    }

    fn why_observed(&self, limit: &InferredLimit) -> String {
        let (survived, cut) = (limit.survived.length, limit.cut);
        let is_close = limit.stand == InferredStand::Exact;
        let broke = if is_close { "were closed after" } else { "broke after silences from" };
        let payload = if limit.shown_clock() == Some(crate::findings::InferredClock::Payload) {
            " without payload; keepalive does not count"
        } else if is_close {
            " without payload"
        } else {
            " on"
        };
        let safe = match survived {
            Span::ZERO => String::new(),
            _ if survived >= cut => String::new(),
            _ => format!("; {survived} did no harm"),
        };
        let mut text = format!(": flows {broke} {cut}{payload}{safe}.");
        if !is_close && survived.times(WIDE) < cut {
            text.push_str(&format!(
                " What is safe may be longer: nothing between {survived} and {cut} was tried. A capture with such silences \
                 narrows it."
            ));
        }
        match (self.knob, limit.shown_clock()) {
            (Knob::Keepalive, None) => text.push_str(
                " Whether keepalive restarts this timer is not shown: try it first, it needs no change of a program.",
            ),
            (Knob::Heartbeat, None) => text.push_str(" Do this only if keepalive did not help."),
            (Knob::CloseEarlier, _) if self.side == Some(Role::Initiator) => {
                text.push_str(" Where connections need not be kept, this is enough.");
            }
            _ => {}
        }
        text
    }

    fn without_number(&self, why: &NoNumber, of: &str) -> String {
        match why {
            NoNumber::NothingSurvived { cut } => format!(
                "No safe value is shown for connections{of}: they broke after {cut} of silence, and no silence of a second or \
                 more was survived. Capture on until some are, or set keepalive well below {cut} and look again."
            ),
            NoNumber::Conflict(limit) => format!(
                "No one timer explains what happened to connections{of}: {} of silence did no harm, after {} a flow broke. \
                 Compare the two silences (frames {} to {} and {} to {}) by path and server before anything is set.",
                limit.survived.length,
                limit.cut,
                limit.survived.frames[0],
                limit.survived.frames[1],
                limit.cut_frames[0],
                limit.cut_frames[1]
            ),
        }
    }

    fn for_slots(&self) -> String {
        let service = self.service.map_or(String::new(), |service| service.endpoint.to_string());
        let keepalive = self.keepalive.unwrap_or(Keepalive::LINUX_DEFAULT);
        format!(
            "Turn SO_KEEPALIVE on for the sockets of {service}, with {keepalive} (time, interval, probes): a slot is then free \
             {} after its client was last heard of.",
            keepalive.period()
        )
    }
}
