//! Microsoft gateways and NATs.

use crate::policy::presets::{Adjustable, Grounds, Middlebox, ProbeSchedule, Verified, secs};
use crate::policy::{Expiry, Pickup, Refresh, TimerTable};
use crate::time::Span;

pub(super) const MICROSOFT: &[Middlebox] = &[
    Middlebox {
        id: "ms-isa-nat",
        product: "Microsoft ISA Server 2004/2006, NAT or published TCP, before hotfix 919012",
        timers: TimerTable::established(Span::from_secs(86_400)),
        limit_words: "86400",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet; idle or dead sockets are not cleaned earlier",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "dropped after a day; a client that lost its network may be refused until then",
        expiry_grounds: Grounds::Source,
        pickup: Pickup::Strict,
        adjustable: Adjustable::Fixed,
        range_words: "no",
        source: "Microsoft KB 917936",
        verified: Verified::Yes,
        rules: &[33],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "ms-isa-nat-hotfix",
        product: "ISA Server 2004/2006 with hotfix 919012, vendor parameter KeepAliveTimeout = \
                     5400 on the protocol definitions 'Exchange RPC Server' and 'RPC (all \
                     interfaces)'",
        timers: TimerTable::established(Span::from_secs(10_800)),
        limit_words: "10800 (twice KeepAliveTimeout: T + 5 probes x T/5, with TcpMaxDataRetransmissions at its \
            default)",
        state_words: "ISA probes both the server's and the client's socket: first after T = 5400, then every T \
            / 5 = 1080",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet; a live peer answers ISA's own probes, so the socket stays",
        expiry: Expiry::Drop,
        expiry_words: "connection dropped at 2 x KeepAliveTimeout without an answer",
        pickup: Pickup::Strict,
        probe_schedule: Some(ProbeSchedule::Halfway { probes: 5 }),
        adjustable: Adjustable::Freely,
        range_words: "yes, KeepAliveTimeout in seconds, set or removed by script (vendor parameter set \
            {80ad2d9c-725e-4fcd-a1d4-32c8042c774f})",
        source: "Microsoft KB 917936 rev 2.1 (2007-12-04), 'After you apply hotfix 919012' and its notes",
        verified: Verified::Yes,
        rules: &[21, 33],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "ms-tmg-nat",
        product: "Microsoft Forefront TMG 2010",
        timers: TimerTable::established(Span::from_secs(86_400)),
        limit_words: "86400",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "dropped",
        pickup: Pickup::Strict,
        adjustable: Adjustable::Unstated,
        range_words: "unknown",
        source: "no page found",
        verified: Verified::Unverified,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "windows-winnat",
        product: "Windows WinNAT (Hyper-V NAT, containers, WSL)",
        timers: TimerTable {
            syn_sent: secs(120),
            syn_recv: secs(120),
            fin_wait: secs(120),
            close_wait: secs(120),
            last_ack: secs(120),
            ..TimerTable::established(Span::from_secs(1800))
        },
        limit_words: "1800",
        state_words: "transient 120",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop",
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "yes, Set-NetNat timers",
        source: "Get-NetNat output in Microsoft container and Hyper-V NAT docs",
        verified: Verified::Yes,
        rules: &[6],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "windows-rras-nat",
        product: "Windows RRAS NAT",
        timers: TimerTable::established(Span::from_secs(86_400)),
        limit_words: "86400",
        state_words: "udp 60",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop",
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "yes, minutes in the NAT properties",
        source: "no page found",
        verified: Verified::Unverified,
        rules: &[6],
        ..Middlebox::ROW
    },
];
