//! What the fields of the catalogue mean together: the domain rules that presets refer to by number.

/// One statement about how boxes or endpoints behave, with where it was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DomainRule {
    /// Its number; presets name it in `rules`.
    pub number: u8,
    /// The statement. Bare numbers are seconds.
    pub says: &'static str,
    /// Where it was read; `derived` when it follows from others.
    pub source: &'static str,
}

/// The rule with that number.
pub fn domain_rule(number: u8) -> Option<&'static DomainRule> {
    DOMAIN_RULES.iter().find(|rule| rule.number == number)
}

/// Every rule, by number.
pub const DOMAIN_RULES: &[DomainRule] = &[
    DomainRule {
        number: 1,
        says: "A TCP keepalive probe is a segment without new payload. It refreshes L3/L4 trackers \
            (conntrack, IPVS, pf, NLB, cloud NAT) and does not refresh an L7 proxy's timer.",
        source: "AWS Classic LB idle timeout page (probes carry no data), AWS ALB troubleshooting (408 \
            entry), HAProxy configuration.txt option clitcpka (probes are not relayed to the other \
            side)",
    },
    DomainRule {
        number: 2,
        says: "A TCP-terminating proxy splits the path. Evaluate each leg alone: keepalive on leg 1 \
            never crosses to leg 2.",
        source: "HAProxy option clitcpka; AWS ALB page (two connections per request)",
    },
    DomainRule {
        number: 3,
        says: "Effective idle limit of a leg = the smallest timer of its trackers, compared with the \
            longest gap between refreshing packets in that tracker's sense (any-packet, payload, \
            payload-per-dir).",
        source: "derived",
    },
    DomainRule {
        number: 4,
        says: "nf_conntrack refreshes only for packets it accepts as in window; an out-of-window packet \
            is INVALID and refreshes nothing.",
        source: "nf_conntrack_proto_tcp.c",
    },
    DomainRule {
        number: 5,
        says: "nf_conntrack replaces the established timer by 300 s while data is unacknowledged, after \
            max_retrans (3) retransmissions, or when the last window was zero. A flow blocked for \
            more than 300 s with data in flight is cut although its idle limit is 5 days.",
        source: "nf_conntrack-sysctl.rst; nf_conntrack_proto_tcp.c",
    },
    DomainRule {
        number: 6,
        says: "With tcp_loose=1 (default) a mid-stream packet re-creates the entry, so an expiry is \
            survivable on a pure router but not on a NAT (mapping lost) and not behind a drop-new \
            rule. The re-created entry has at most 300 s until a reply is seen. With tcp_loose=0 the \
            packet is INVALID.",
        source: "nf_conntrack-sysctl.rst; nf_conntrack_proto_tcp.c tcp_new and the pick-up branch",
    },
    DomainRule {
        number: 7,
        says: "In recent kernels a retransmitted SYN no longer extends a SYN_SENT entry.",
        source: "netfilter patch do not renew timeout on SYN retransmit",
    },
    DomainRule {
        number: 8,
        says: "RST moves conntrack to CLOSE (10 s); FIN handling uses fin-wait 120, close-wait 60, \
            last-ack 30, time-wait 120. A half-closed flow idle for more than 60 s in CLOSE_WAIT is \
            lost; kube-proxy raises that to 3600.",
        source: "nf_conntrack-sysctl.rst; kubernetes PR 35919; moby issue 29655",
    },
    DomainRule {
        number: 9,
        says: "AWS NLB and NAT Gateway do nothing at expiry. The first packet after it is answered with \
            an RST (NLB: to whichever side sent; NAT Gateway: to the inside host, never a FIN).",
        source: "awsdocs network-load-balancers.md; vpc-nat-comparison.md",
    },
    DomainRule {
        number: 10,
        says: "NLB TLS listeners stay at 350 s and their keepalive packets must be empty.",
        source: "awsdocs network-load-balancers.md; Update the TCP idle timeout page",
    },
    DomainRule {
        number: 11,
        says: "If an NLB is raised above 350 s, the target's ENI conntrack (350 s on Nitro v6) must be \
            raised too, otherwise the ENI drops the state silently first.",
        source: "AWS ELB user guide update idle timeout page; AWS blog Best Practices for TCP Connection \
            Management on EC2",
    },
    DomainRule {
        number: 12,
        says: "AWS Network Firewall drops later data until a new SYN; the stream exception policy can \
            be DROP or REJECT (that REJECT means an RST to the client is known, not seen).",
        source: "FlowTimeouts and StatefulEngineOptionsV2 API reference",
    },
    DomainRule {
        number: 13,
        says: "Azure Load Balancer is silent by default; TCP reset on idle sends RST to both ends, only \
            for established flows and not on internal HA-ports.",
        source: "azure-docs load-balancer-tcp-reset.md",
    },
    DomainRule {
        number: 14,
        says: "Azure NAT Gateway sends RST only when traffic meets a flow that no longer exists, from \
            either side.",
        source: "azure-docs nat-gateway-resource.md",
    },
    DomainRule {
        number: 15,
        says: "Azure Firewall resets both ends north-south and is silent east-west, so a path across \
            both shows different symptoms.",
        source: "azure-docs tcp-session-behavior.md",
    },
    DomainRule {
        number: 16,
        says: "Google VPC firewall: after 600 s without packets, inbound packets are blocked until the \
            VM sends one outbound. Model per direction.",
        source: "Google Compute Engine troubleshooting page",
    },
    DomainRule {
        number: 17,
        says: "A Docker Swarm VIP expiry is silent for a remote backend and an RST for a local one.",
        source: "moby issue 37466 (maintainer comment)",
    },
    DomainRule {
        number: 18,
        says: "HAProxy timers are per side; in TCP mode timeout client and timeout server should be \
            equal; timeout tunnel replaces both once the stream is bidirectional; \
            client-fin/server-fin apply when one side has closed.",
        source: "HAProxy configuration.txt",
    },
    DomainRule {
        number: 19,
        says: "nginx stream has one timer fed by both directions; nginx http read and send timers are \
            separate. For an upgraded connection the read timer is re-armed by relay in either \
            direction although the manual names the upstream only.",
        source: "ngx_stream_proxy_module.c, ngx_http_upstream.c, nginx.org",
    },
    DomainRule {
        number: 20,
        says: "Envoy TCP idle counts bytes on either side.",
        source: "TcpProxy.idle_timeout",
    },
    DomainRule {
        number: 21,
        says: "Some boxes probe for themselves: ipfw every 5 s in the last 20 s, ASA DCD every 15 s at \
            expiry, Junos tickles (4), F5 TCP profile 1800, ISA timeout/5. A flow with live ends \
            then outlives the nominal timer.",
        source: "ip_fw_dynamic.c; ASA guide; Junos services guide",
    },
    DomainRule {
        number: 22,
        says: "A compliant NAT must keep an established flow at least 7440 s and a transitory one 240 \
            s; 7440 = 7200 (default keepalive) + 240. Values under 7440 break hosts that rely on the \
            default keepalive. An ICMP error must not end the mapping (REQ-10).",
        source: "RFC 5382 REQ-5",
    },
    DomainRule {
        number: 23,
        says: "Keepalive is off unless the application asks, and its default idle time is at least 7200 \
            s; one missed probe must not be read as a dead peer; probes are sent only when nothing \
            is outstanding and nothing was received during the interval.",
        source: "RFC 1122 4.2.3.6 and RFC 9293 3.8.4",
    },
    DomainRule {
        number: 24,
        says: "When data is unacknowledged, keepalive does not run; retransmission (Linux tcp_retries2 \
            15, about 13-30 min) or TCP_USER_TIMEOUT decides.",
        source: "RFC 9293 3.8.4; comment in nf_conntrack_proto_tcp.c; grpc A18",
    },
    DomainRule {
        number: 25,
        says: "Hop order: each device nearer the Internet has a longer idle timeout than the one before \
            it, and the server's keepalive time is the smallest, so that the server and not a device \
            ends the session. Example in the source: Exchange 1200 < load balancer 2400 < firewall \
            3600.",
        source: "microsoft/CSS-Exchange TCP/IP Settings Check",
    },
    DomainRule {
        number: 26,
        says: "For HTTP pools, the side that reuses a connection must time out before the side that \
            serves it: backend keep-alive > load balancer idle (ALB, CLB, Google 600 s backend), \
            Kafka client 540 < broker 600.",
        source: "ALB page; CLB page; Kafka source comment",
    },
    DomainRule {
        number: 27,
        says: "Dead-peer detection time = idle + interval * probes (Linux 7875 s, BSD/macOS 7800 s, \
            Windows 7210 s). A keepalive idle time larger than a hop's limit gives no protection; \
            recommend idle <= min(limit)/2 and interval * probes inside the rest.",
        source: "derived",
    },
    DomainRule {
        number: 28,
        says: "FreeBSD probes every TCP socket (always_keepalive=1); Go probes after 15 s on both \
            sides; Rust, Python, Node, JVM and .NET do not probe unless told (each row says how far \
            that is verified). A flow with one probing end refreshes any-packet trackers in both \
            directions because the probe is answered by an ACK.",
        source: "the endpoint rows of this catalogue; last sentence derived",
    },
    DomainRule {
        number: 29,
        says: "A changed timeout often applies to new flows only: NetScaler, and AWS Network Firewall \
            in the older API text (the newer text hands existing flows to the stream exception \
            policy).",
        source: "CTX137362; FlowTimeouts API reference",
    },
    DomainRule {
        number: 30,
        says: "A silent cut is seen by the sender as retransmission until its own limit, by the \
            receiver not at all until it sends: report the side that will notice and when.",
        source: "derived",
    },
    DomainRule {
        number: 31,
        says: "The interval of an application heartbeat is not its timeout: RabbitMQ sends at timeout/2 \
            and any traffic counts; both peers negotiate, the smaller non-zero value wins.",
        source: "rabbitmq-website heartbeats.md",
    },
    DomainRule {
        number: 32,
        says: "Server-side gRPC closes clients that ping more often than every 300 s (7200 s without \
            active calls), so a heartbeat shorter than a middlebox needs can itself end the \
            connection.",
        source: "grpc A8",
    },
    DomainRule {
        number: 33,
        says: "ISA Server without hotfix 919012 keeps a dead NAT connection for 86400 s, so stale \
            sockets exhaust a server-side limit (32 MAPI sessions in the source) before the cut.",
        source: "KB 917936",
    },
];
