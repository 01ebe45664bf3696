//! Firewalls and routers with a vendor.

use crate::policy::presets::{Adjustable, Grounds, Middlebox, ProbeSchedule, Verified, secs};
use crate::policy::{Expiry, Pickup, Refresh, TimerTable};
use crate::time::Span;

pub(super) const FIREWALLS: &[Middlebox] = &[
    Middlebox {
        id: "cisco-asa",
        product: "Cisco ASA / FTD",
        timers: TimerTable {
            syn_sent: secs(30),
            syn_recv: secs(30),
            fin_wait: secs(600),
            close_wait: secs(600),
            ..TimerTable::established(Span::from_secs(3600))
        },
        limit_words: "3600",
        state_words: "embryonic 30, half-closed 600",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop by default; rst-both-at-expiry with the reset keyword (never for half-closed)",
        expiry_grounds: Grounds::Source,
        adjustable: Adjustable::within(1, 4_294_800),
        range_words: "idle 1-4294800 (0:0:1 to 1193:0:0) or 0 = never; embryonic from 5; half-closed from 300 \
            (30 from 9.1(2))",
        source: "Cisco ASA Series Firewall CLI Configuration Guide, Connection Settings",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "cisco-asa-dcd",
        product: "Cisco ASA with Dead Connection Detection",
        timers: TimerTable {
            syn_sent: secs(30),
            syn_recv: secs(30),
            fin_wait: secs(600),
            close_wait: secs(600),
            ..TimerTable::established(Span::from_secs(3600))
        },
        limit_words: "3600",
        state_words: "probe retry 15, retries 5",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet; the ASA probes both ends at expiry and keeps the flow when both answer",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "as cisco-asa when an end does not answer",
        expiry_grounds: Grounds::Source,
        probe_schedule: Some(ProbeSchedule::AtExpiry { interval: Span::from_secs(15), probes: 5 }),
        adjustable: Adjustable::within(1, 4_294_800),
        range_words: "retry 1-86400",
        source: "Cisco ASA Series Firewall CLI Configuration Guide, Connection Settings",
        verified: Verified::Yes,
        exceptions: &[("5 retries", Verified::Unverified)],
        rules: &[21],
        notes: &["Embryonic and half-closed timers are those of cisco-asa: it is the same box."],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "cisco-ios-nat",
        product: "Cisco IOS / IOS-XE dynamic NAT (PAT)",
        timers: TimerTable {
            syn_sent: secs(60),
            syn_recv: secs(60),
            fin_wait: secs(60),
            close_wait: secs(60),
            last_ack: secs(60),
            ..TimerTable::established(Span::from_secs(86_400))
        },
        limit_words: "86400",
        state_words: "SYN 60, FIN/RST 60",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop",
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "yes, ip nat translation tcp-timeout (seconds or never)",
        source: "Cisco NAT FAQ text (copy at experts123.com); ip nat translation command usage in public \
            configurations",
        verified: Verified::Secondary,
        rules: &[6],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "paloalto-panos",
        product: "Palo Alto PAN-OS",
        timers: TimerTable {
            syn_sent: secs(5),
            syn_recv: secs(10),
            fin_wait: secs(120),
            close_wait: secs(120),
            last_ack: secs(15),
            ..TimerTable::established(Span::from_secs(3600))
        },
        limit_words: "3600",
        state_words: "init 5, handshake 10, half-closed 120, time-wait 15, unverified RST 30, discard-tcp 90",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "session closed, silent-drop",
        adjustable: Adjustable::within(1, 15_999_999),
        range_words: "1-15999999; application timeouts override",
        source: "Palo Alto docs, Configure Session Timeouts (PAN-OS); PAN-OS Web Interface Help, Session Timeouts",
        verified: Verified::Yes,
        exceptions: &[("states other than established 3600 and discard-tcp 90", Verified::Secondary)],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "fortigate",
        product: "Fortinet FortiGate (FortiOS)",
        timers: TimerTable {
            syn_sent: secs(10),
            syn_recv: secs(10),
            fin_wait: secs(120),
            close_wait: secs(120),
            ..TimerTable::established(Span::from_secs(3600))
        },
        limit_words: "3600",
        state_words: "half-open 10, half-close 120, time-wait 1, reset 5",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "session dropped, silent-drop",
        adjustable: Adjustable::within(300, 2_764_800),
        range_words: "session-ttl 300-2764800; half-open/half-close 1-86400; time-wait 0/1-300; rst 5-300",
        source: "Fortinet KB Default session timeout value (session-ttl); Fortinet KB FortiGate timers \
            for TCP half-close; Fortinet fortios Terraform/Ansible reference for system global",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "checkpoint",
        product: "Check Point Security Gateway",
        timers: TimerTable {
            syn_sent: secs(25),
            syn_recv: secs(25),
            last_ack: secs(20),
            ..TimerTable::established(Span::from_secs(3600))
        },
        limit_words: "3600",
        state_words: "start 25, end 20",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop; later non-SYN is dropped as out of state",
        expiry_grounds: Grounds::Source,
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "yes, global and per service",
        source: "Check Point CheckMates, Default Session Time-outs (meaning); khairul.org Check Point \
            out-of-state note (values)",
        verified: Verified::Secondary,
        exceptions: &[("meaning of the timers", Verified::Yes)],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "juniper-srx",
        product: "Juniper SRX",
        timers: TimerTable {
            syn_sent: secs(20),
            syn_recv: secs(20),
            ..TimerTable::established(Span::from_secs(1800))
        },
        limit_words: "1800 (HTTP service 300)",
        state_words: "invalidated session 10; initial timeout 20",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "session aged out, silent-drop",
        adjustable: Adjustable::Freely,
        range_words: "yes per application",
        source: "Junos security guide, Understanding Session Characteristics for SRX Series; CLI \
            reference rst-invalidate-session",
        verified: Verified::Yes,
        exceptions: &[("initial timeout 20", Verified::Unverified)],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "juniper-ms-pic",
        product: "Juniper services interface (MS-PIC/DPC stateful firewall)",
        timers: TimerTable {
            syn_sent: secs(30),
            syn_recv: secs(30),
            ..TimerTable::established(Span::from_secs(30))
        },
        limit_words: "30",
        state_words: "open 30",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet; the box itself sends up to 4 TCP tickles",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "deleted when tickles go unanswered",
        expiry_grounds: Grounds::Source,
        probe_schedule: Some(ProbeSchedule::EachTimeout { probes: 4 }),
        adjustable: Adjustable::within(4, 86_400),
        range_words: "4-86400",
        source: "Junos guide, Configuring Default Timeout Settings for Services Interfaces",
        verified: Verified::Yes,
        rules: &[21],
        notes: &["The guide says that a tickle is sent when the timeout fires and resets the timer: one \
            per inactivity timeout."],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "sonicwall-legacy",
        product: "SonicWall SonicOS 4.x-5.x",
        timers: TimerTable::established(Span::from_secs(300)),
        limit_words: "300",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "cleared, silent-drop",
        adjustable: Adjustable::within(60, 59_940),
        range_words: "60-59940",
        source: "SonicOS Enhanced 4.0 Administrator Guide, TCP Settings",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "sonicwall",
        product: "SonicWall SonicOS 6+",
        timers: TimerTable::established(Span::from_secs(900)),
        limit_words: "900",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "cleared, silent-drop",
        adjustable: Adjustable::within(60, 59_940),
        range_words: "60-59940",
        source: "no page found in the tools",
        verified: Verified::Unverified,
        notes: &["300 s is documented for old SonicOS; 900 s for current releases was not found."],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "forcepoint-ngfw",
        product: "Forcepoint / Stonesoft NGFW",
        timers: TimerTable::established(Span::from_secs(1800)),
        limit_words: "1800",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "removed from state table",
        adjustable: Adjustable::Freely,
        range_words: "yes",
        source: "Stonesoft SMC 6.5 online help, Set connection timeouts",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "mikrotik-routeros",
        product: "MikroTik RouterOS",
        timers: TimerTable {
            syn_sent: secs(5),
            syn_recv: secs(5),
            fin_wait: secs(10),
            close_wait: secs(10),
            last_ack: secs(10),
            unacknowledged: secs(300),
            retransmitting: secs(300),
            ..TimerTable::established(Span::from_secs(86_400))
        },
        limit_words: "86400",
        state_words: "syn-sent 5, syn-recv 5, fin-wait 10, close-wait 10, last-ack 10, time-wait 10, close 10; \
            max-retrans 300, unacked 300",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet in window",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop; loose tracking on by default",
        adjustable: Adjustable::Freely,
        range_words: "yes, each timer",
        source: "MikroTik RouterOS manual, Connection tracking",
        verified: Verified::Yes,
        exceptions: &[("max-retrans 300, unacked 300", Verified::Unverified)],
        rules: &[4, 5, 6],
        ..Middlebox::ROW
    },
];
