//! Load balancers to buy.

use crate::policy::presets::{Adjustable, Grounds, Limit, Middlebox, OwnKeepalive, Verified, secs};
use crate::policy::{Expiry, Pickup, Refresh, TimerTable};
use crate::time::Span;

pub(super) const BALANCERS: &[Middlebox] = &[
    Middlebox {
        id: "f5-fastl4",
        product: "F5 BIG-IP FastL4 profile",
        timers: TimerTable::established(Span::from_secs(300)),
        limit_words: "300",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::ResetBoth,
        expiry_words: "rst-both-at-expiry by default (resetOnTimeout); silent when disabled",
        expiry_grounds: Grounds::Source,
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "yes; -1 = never; loose initiation off by default",
        source: "F5 AS3 schema reference L4_Profile; Network Engineering Stack Exchange 3188",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "f5-tcp",
        product: "F5 BIG-IP TCP profile (full proxy)",
        timers: TimerTable {
            fin_wait: secs(5),
            close_wait: secs(5),
            ..TimerTable::established(Span::from_secs(300))
        },
        limit_words: "300",
        state_words: "close-wait 5, fin-wait 5, time-wait 2",
        refresh: Refresh::AnyPacket,
        refresh_words: "payload and ACKs per side; proxy sends own keepalive every 1800",
        expiry: Expiry::ResetBoth,
        expiry_words: "rst-both-at-expiry",
        pickup: Pickup::Strict,
        own_keepalive: Some(OwnKeepalive::every(1800)),
        adjustable: Adjustable::Freely,
        range_words: "yes",
        source: "F5 iControl REST reference tm/ltm/profile/tcp (close-wait 5); exported BIG-IP TCP \
            profile (idle 300, keep-alive 1800, fin-wait-2 300)",
        verified: Verified::Secondary,
        exceptions: &[("fin-wait 5, time-wait 2, reset", Verified::Unverified)],
        rules: &[2, 21],
        notes: &["Each side has its own timer that ACKs refresh too: judge each leg alone, keepalive on \
            one never reaches the other."],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "netscaler-tcp",
        product: "Citrix NetScaler ADC, TCP service type",
        timers: TimerTable {
            fin_wait: secs(10),
            close_wait: secs(10),
            ..TimerTable::established(Span::from_secs(9000))
        },
        limit: Limit::PerSide { client: Span::from_secs(9000), server: Span::from_secs(9000) },
        limit_words: "9000 client, 9000 server",
        state_words: "half-close 10; zombie sweep every 120",
        refresh: Refresh::PayloadPerDirection,
        refresh_words: "payload, per side",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Close,
        expiry_words: "close or silent, profile-dependent",
        pickup: Pickup::Strict,
        adjustable: Adjustable::within(1, 31_536_000),
        range_words: "per entity 0-31536000; global 0-18000, 0 = service-type default",
        source: "Citrix NITRO reference nstimeout; CTX137362; exported ns.conf TCP services",
        verified: Verified::Secondary,
        exceptions: &[("half-close 10", Verified::Unverified)],
        rules: &[1, 2, 29],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "netscaler-http",
        product: "Citrix NetScaler ADC, HTTP service type",
        timers: TimerTable {
            fin_wait: secs(10),
            close_wait: secs(10),
            ..TimerTable::established(Span::from_secs(180))
        },
        limit: Limit::PerSide { client: Span::from_secs(180), server: Span::from_secs(360) },
        limit_words: "180 client, 360 server",
        state_words: "half-close 10; zombie sweep every 120",
        refresh: Refresh::PayloadPerDirection,
        refresh_words: "payload, per side",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Close,
        expiry_words: "close",
        pickup: Pickup::Strict,
        adjustable: Adjustable::within(1, 31_536_000),
        range_words: "as netscaler-tcp",
        source: "Citrix NITRO reference nstimeout; CTX137362; exported ns.conf HTTP/SSL services",
        verified: Verified::Secondary,
        exceptions: &[("half-close 10", Verified::Unverified)],
        rules: &[1, 2, 29],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "avi-flowtable",
        product: "VMware Avi L4 flow table",
        timers: TimerTable {
            syn_sent: secs(10),
            syn_recv: secs(10),
            fin_wait: secs(30),
            close_wait: secs(30),
            ..TimerTable::established(Span::MAX)
        },
        limit: Limit::Unpublished,
        limit_words: "set per profile (default not seen)",
        state_words: "setup 10, half-closed 30, closed 5",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "not stated",
        adjustable: Adjustable::within(1, 36_000),
        range_words: "1-36000",
        source: "VMware Avi API reference FlowtableProfile",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
];
