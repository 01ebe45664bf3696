//! Linux and what runs on it.

use crate::policy::presets::{Adjustable, Grounds, Middlebox, Verified, secs};
use crate::policy::{Expiry, Pickup, Refresh, TimerTable};
use crate::time::Span;

pub(super) const LINUX: &[Middlebox] = &[
    Middlebox {
        id: "linux-conntrack",
        product: "Linux nf_conntrack (iptables/nftables, NAT, most routers)",
        timers: TimerTable {
            syn_sent: secs(120),
            syn_recv: secs(60),
            fin_wait: secs(120),
            close_wait: secs(60),
            last_ack: secs(30),
            unacknowledged: secs(300),
            retransmitting: secs(300),
            zero_window: secs(300),
            ..TimerTable::established(Span::from_secs(432_000))
        },
        limit_words: "432000",
        state_words: "syn-sent 120, syn-sent2 120, syn-recv 60, fin-wait 120, close-wait 60, last-ack 30, \
            time-wait 120, close 10; cap 300 while a flow has un-ACKed data, >= 3 retransmits or a \
            zero window",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet that is in window (keepalive probes and their ACKs count)",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "silent-drop; next mid-stream packet is re-adopted when tcp_loose=1, else INVALID",
        expiry_grounds: Grounds::Source,
        adjustable: Adjustable::Freely,
        range_words: "yes, per-netns sysctls, no documented min/max",
        source: "torvalds/linux Documentation/networking/nf_conntrack-sysctl.rst; \
            net/netfilter/nf_conntrack_proto_tcp.c",
        verified: Verified::Yes,
        rules: &[4, 5, 6, 7, 8],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "linux-flowtable",
        product: "Linux nftables flowtable (software/hardware offload)",
        timers: TimerTable::established(Span::from_secs(30)),
        limit_words: "30 in the flowtable, then back to conntrack",
        state_words: "same as linux-conntrack after hand-back",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "entry returns to conntrack, not a drop",
        expiry_grounds: Grounds::Source,
        pickup: Pickup::Loose,
        adjustable: Adjustable::Freely,
        range_words: "yes, nf_flowtable_tcp_timeout",
        source: "torvalds/linux Documentation/networking/nf_conntrack-sysctl.rst",
        verified: Verified::Yes,
        rules: &[6],
        notes: &["The entry goes back to conntrack, so this expiry alone ends no flow: it is modelled as \
            one that adopts the next segment."],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "kube-proxy-conntrack",
        product: "Kubernetes kube-proxy (overrides the node's conntrack)",
        timers: TimerTable {
            syn_sent: secs(120),
            syn_recv: secs(60),
            fin_wait: secs(120),
            close_wait: secs(3600),
            last_ack: secs(30),
            unacknowledged: secs(300),
            retransmitting: secs(300),
            zero_window: secs(300),
            ..TimerTable::established(Span::from_secs(86_400))
        },
        limit_words: "86400",
        state_words: "close-wait 3600; rest as linux-conntrack",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop",
        adjustable: Adjustable::Freely,
        range_words: "yes, conntrack tcpEstablishedTimeout / tcpCloseWaitTimeout, > 0 to apply",
        source: "Kubernetes kube-proxy command reference; kubernetes/kubernetes PR 35919; \
            kubernetes/kube-proxy config/v1alpha1/types.go",
        verified: Verified::Yes,
        rules: &[4, 5, 6, 8],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "linux-ipvs",
        product: "Linux IPVS (kube-proxy ipvs mode with tcpTimeout 0)",
        timers: TimerTable {
            syn_sent: secs(120),
            syn_recv: secs(60),
            fin_wait: secs(120),
            close_wait: secs(60),
            last_ack: secs(30),
            ..TimerTable::established(Span::from_secs(900))
        },
        limit_words: "900",
        state_words: "syn-sent 120, syn-recv 60, synack 120, fin-wait 120, close-wait 60, last-ack 30, \
            time-wait 120, close 10",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "silent-drop of the entry; later packet misses the virtual service",
        expiry_grounds: Grounds::Source,
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "yes, ipvsadm --set (tcp, tcpfin, udp = 900/120/300); kube-proxy ipvs.tcpTimeout, 0 = \
            leave kernel value",
        source: "torvalds/linux net/netfilter/ipvs/ip_vs_proto_tcp.c; kubernetes/kube-proxy \
            config/v1alpha1/types.go",
        verified: Verified::Yes,
        ..Middlebox::ROW
    },
    Middlebox {
        id: "docker-swarm-vip",
        product: "Docker Swarm service VIP (overlay, IPVS inside)",
        timers: TimerTable {
            fin_wait: secs(120),
            close_wait: secs(60),
            ..TimerTable::established(Span::from_secs(900))
        },
        limit_words: "900",
        state_words: "fin 120; close-wait 60",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        refresh_grounds: Grounds::Source,
        expiry: Expiry::Drop,
        expiry_words: "silent-drop when the backend is on another host, rst-on-next-packet when it is on the same host",
        expiry_grounds: Grounds::Source,
        pickup: Pickup::Strict,
        adjustable: Adjustable::Fixed,
        range_words: "no Docker option (kernel value); use dnsrr to avoid the VIP",
        source: "moby/moby issues 31208, 37466, 29655; docker/docs issue 5519",
        verified: Verified::Yes,
        rules: &[17],
        ..Middlebox::ROW
    },
    Middlebox {
        id: "docker-bridge",
        product: "Docker bridge NAT (iptables masquerade)",
        timers: TimerTable {
            syn_sent: secs(120),
            syn_recv: secs(60),
            fin_wait: secs(120),
            close_wait: secs(60),
            last_ack: secs(30),
            unacknowledged: secs(300),
            retransmitting: secs(300),
            zero_window: secs(300),
            ..TimerTable::established(Span::from_secs(432_000))
        },
        limit_words: "432000",
        state_words: "as linux-conntrack",
        refresh: Refresh::AnyPacket,
        refresh_words: "any-packet",
        expiry: Expiry::Drop,
        expiry_words: "silent-drop",
        pickup: Pickup::Strict,
        adjustable: Adjustable::Freely,
        range_words: "as linux-conntrack",
        source: "follows from linux-conntrack; no Docker-specific page found",
        verified: Verified::Unverified,
        rules: &[6],
        ..Middlebox::ROW
    },
];
