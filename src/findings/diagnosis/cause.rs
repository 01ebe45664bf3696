//! What can end a flow, and how far that is established.

use std::fmt;

macro_rules! causes {
    ($( $(#[$doc:meta])* $variant:ident = $id:literal, $words:literal; )*) => {
        /// What can have ended a flow.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Cause {
            $( $(#[$doc])* $variant, )*
        }

        impl Cause {
            /// All causes, in the order in which they are told.
            pub const ALL: &'static [Cause] = &[ $( Cause::$variant, )* ];

            /// The stable id.
            pub const fn id(self) -> &'static str {
                match self { $( Cause::$variant => $id, )* }
            }

            /// As it is named in a sentence.
            pub const fn words(self) -> &'static str {
                match self { $( Cause::$variant => $words, )* }
            }
        }
    };
}

causes! {
    /// A timer that runs while the flow is idle ran out.
    IdleTimer = "idle-timer", "an idle timer";
    /// The host that does not answer was gone: off, asleep, without its network.
    HostGone = "host-gone", "the host was gone";
    /// The service, or its host, started again and knew the connection no more.
    ServiceRestart = "service-restart", "the service started again";
    /// A box lost all of its state at once.
    StateFlush = "state-flush", "a box lost its state";
    /// Nothing crossed the path for a time.
    PathOutage = "path-outage", "the path was down";
    /// A box reset the flow while it was in use.
    ResetInUse = "reset-in-use", "a box reset it in use";
    /// The flow had reached the greatest age that something allows.
    AgeLimit = "age-limit", "a limit of its age";
    /// A new connection took over addresses and ports that the other end still knew.
    PortReuse = "port-reuse", "its port was used again too early";
    /// The receiver kept its window closed.
    WindowStall = "window-stall", "the receiver's window stayed closed";
    /// Full-size segments do not pass.
    Mtu = "mtu", "segments of full size do not pass";
    /// Both ends were done.
    NormalClose = "normal-close", "a normal close";
    /// The program at one end closed it.
    ApplicationClose = "application-close", "the program closed it";
    /// The capture shows less than what happened.
    CaptureArtefact = "capture-artefact", "the capture lacks packets";
    /// None of these is likely.
    Unknown = "unknown", "something that the capture does not show";
}

impl Cause {
    /// How many causes there are.
    pub const COUNT: usize = Cause::ALL.len();

    /// 0 and up, to index tables.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The cause with this id.
    pub fn from_id(id: &str) -> Option<Cause> {
        Cause::ALL.iter().copied().find(|cause| cause.id() == id)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// How far a cause is established.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum CauseStanding {
    /// Something that was seen contradicts it.
    Refuted,
    /// Nothing contradicts it.
    Possible,
    /// Something speaks for it, and no rival explains as much.
    Likely,
    /// Something was seen that only this cause predicts, and every rival is refuted.
    Shown,
}

impl CauseStanding {
    /// All, the weakest first.
    pub const ALL: [CauseStanding; 4] =
        [CauseStanding::Refuted, CauseStanding::Possible, CauseStanding::Likely, CauseStanding::Shown];

    /// The word of the report.
    pub const fn id(self) -> &'static str {
        match self {
            CauseStanding::Refuted => "refuted",
            CauseStanding::Possible => "possible",
            CauseStanding::Likely => "likely",
            CauseStanding::Shown => "shown",
        }
    }

    /// 0 and up, to index tables.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// What restarts an idle timer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IdleClock {
    /// Any packet.
    Any,
    /// New payload of either end.
    Payload,
    /// The capture does not show which.
    Unknown,
}

impl IdleClock {
    /// The word of the report.
    pub const fn id(self) -> &'static str {
        match self {
            IdleClock::Any => "any",
            IdleClock::Payload => "payload",
            IdleClock::Unknown => "unknown",
        }
    }
}

/// Where an idle timer runs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TimerPlace {
    /// In a box between the ends.
    Box,
    /// At the end that closed, or in a proxy in its place.
    EndpointOrProxy,
    /// The capture does not show where.
    Unknown,
}

impl TimerPlace {
    /// The word of the report.
    pub const fn id(self) -> &'static str {
        match self {
            TimerPlace::Box => "box",
            TimerPlace::EndpointOrProxy => "endpoint-or-proxy",
            TimerPlace::Unknown => "unknown",
        }
    }
}

/// How often each cause came to each standing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CauseCounts([[u64; CauseStanding::ALL.len()]; Cause::COUNT]);

impl CauseCounts {
    /// Counts one.
    pub fn add(&mut self, cause: Cause, standing: CauseStanding) {
        self.0[cause.index()][standing.index()] += 1;
    }

    /// How often `cause` came to `standing`.
    pub fn of(&self, cause: Cause, standing: CauseStanding) -> u64 {
        self.0[cause.index()][standing.index()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_lead_back_to_their_cause() {
        for (index, cause) in Cause::ALL.iter().enumerate() {
            assert_eq!(cause.index(), index);
            assert_eq!(Cause::from_id(cause.id()), Some(*cause));
        }
    }

    #[test]
    fn standings_compare_from_the_weakest_to_the_strongest() {
        assert!(CauseStanding::ALL.is_sorted());
    }
}
