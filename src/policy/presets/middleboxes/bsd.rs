//! Packet filters of the BSDs.

use crate::policy::presets::{Adjustable, Grounds, Middlebox, ProbeSchedule, Verified, secs};
use crate::policy::{Expiry, Refresh, TimerTable};
use crate::time::Span;

pub(super) const BSD: &[Middlebox] = &[
    Middlebox {
        id: "pf-normal",
        product: "OpenBSD/FreeBSD pf, pfSense/OPNsense normal",
        timers: TimerTable {
            syn_sent: secs(120),
            syn_recv: secs(30),
            fin_wait: secs(900),
            close_wait: secs(900),
            last_ack: secs(45),
            ..TimerTable::established(Span::from_secs(86_400))
        },
        limit_words: "86400",
        state_words: "first 120, opening 30, closing 900, finwait 45, closed 90",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "state purged, silent-drop; block-return or no-state rules decide the next packet",
        adjustable: Adjustable::Freely,
        range_words: "yes, set timeout; adaptive scaling under load",
        source: "openbsd/src sbin/pfctl (pf_hint_normal) and sys/net/pfvar.h; pfsense/pfsense \
            src/etc/inc/filter.inc",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "pf-high-latency",
        product: "pf high-latency (satellite)",
        timers: TimerTable {
            syn_sent: secs(180),
            syn_recv: secs(35),
            fin_wait: secs(905),
            close_wait: secs(905),
            last_ack: secs(50),
            ..TimerTable::established(Span::from_secs(86_400))
        },
        limit_words: "86400",
        state_words: "first 180, opening 35, closing 905, finwait 50, closed 95",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "as pf-normal",
        adjustable: Adjustable::Freely,
        range_words: "yes",
        source: "pfctl pf_hint_satellite",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "pf-aggressive",
        product: "pf aggressive",
        timers: TimerTable {
            syn_sent: secs(30),
            syn_recv: secs(5),
            fin_wait: secs(60),
            close_wait: secs(60),
            last_ack: secs(30),
            ..TimerTable::established(Span::from_secs(18_000))
        },
        limit_words: "18000",
        state_words: "first 30, opening 5, closing 60, finwait 30, closed 30",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "as pf-normal",
        adjustable: Adjustable::Freely,
        range_words: "yes",
        source: "pfctl pf_hint_aggressive",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "pf-conservative",
        product: "pf conservative",
        timers: TimerTable {
            syn_sent: secs(3600),
            syn_recv: secs(900),
            fin_wait: secs(3600),
            close_wait: secs(3600),
            last_ack: secs(600),
            ..TimerTable::established(Span::from_secs(432_000))
        },
        limit_words: "432000",
        state_words: "first 3600, opening 900, closing 3600, finwait 600, closed 180",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "as pf-normal",
        adjustable: Adjustable::Freely,
        range_words: "yes",
        source: "pfctl pf_hint_conservative",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "freebsd-ipfw",
        product: "FreeBSD ipfw dynamic rules",
        timers: TimerTable {
            syn_sent: secs(20),
            syn_recv: secs(20),
            last_ack: secs(1),
            ..TimerTable::established(Span::from_secs(300))
        },
        limit_words: "300",
        state_words: "syn 20, fin 1, rst 1",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet; ipfw itself probes both ends every 5 s in the last 20 s of life (dyn_keepalive=1)",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "rule removed, silent-drop",
        probe_schedule: Some(ProbeSchedule::BeforeExpiry {
            lead: Span::from_secs(20),
            interval: Span::from_secs(5),
            probes: 4,
        }),
        adjustable: Adjustable::Freely,
        range_words: "yes, net.inet.ip.fw.dyn_*",
        source: "freebsd/freebsd-src sys/netpfil/ipfw/ip_fw_dynamic.c",
        verified: Verified::Yes,
        rules: &[21],
        ..Middlebox::ROW
    },
];
