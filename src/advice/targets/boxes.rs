//! Trackers and proxies that people run themselves.

use super::context::{Context, Draft, snippet};
use super::systems::linux_socket;
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};

pub(super) const BOXES: &[Target] = &[
    Target {
        id: "conntrack",
        title: "Linux conntrack (iptables, nftables, NAT)",
        group: Group::Boxes,
        presets: &["linux-conntrack", "docker-bridge"],
        kind: Kind::Timeout,
        sources: &[Source::seen("torvalds/linux Documentation/networking/nf_conntrack-sysctl.rst")],
        write: Write::Code(conntrack),
    },
    Target {
        id: "haproxy",
        title: "HAProxy",
        group: Group::Boxes,
        presets: &["haproxy-tcp", "haproxy-example"],
        kind: Kind::Timeout,
        sources: &[Source::seen(
            "HAProxy configuration manual 2.6, timeout client/server/tunnel, clitcpka, srvtcpka",
        )],
        write: Write::Code(haproxy),
    },
    Target {
        id: "nginx",
        title: "nginx, stream and http",
        group: Group::Boxes,
        presets: &[
            "nginx-stream",
            "nginx-http-proxy",
            "nginx-websocket",
            "nginx-keepalive-client",
            "nginx-keepalive-upstream",
        ],
        kind: Kind::Timeout,
        sources: &[Source::seen(
            "nginx.org ngx_stream_proxy_module, ngx_http_proxy_module, ngx_http_core_module (listen so_keepalive)",
        )],
        write: Write::Code(nginx),
    },
    Target {
        id: "envoy",
        title: "Envoy",
        group: Group::Boxes,
        presets: &["envoy-tcp", "envoy-http", "istio-sidecar"],
        kind: Kind::Timeout,
        sources: &[
            Source::seen("envoyproxy/envoy api/envoy/config/core/v3/address.proto (TcpKeepalive, seconds)"),
            Source::seen("envoyproxy/envoy docs/root/faq/configuration/timeouts.rst"),
            Source::restated(
                "projectcontour/contour internal/envoy/v3/tcp_keepalive.go (socket options of a listener)",
            ),
        ],
        write: Write::Code(envoy),
    },
];

fn conntrack(context: &Context) -> Draft {
    let limit = context.limit();
    Draft {
        changes: context.giving_up("a packet"),
        settings: vec![snippet(
            "/etc/sysctl.d/60-conntrack.conf",
            Language::Sysctl,
            format!("net.netfilter.nf_conntrack_tcp_timeout_established = {}\n", limit.as_secs()),
        )],
        apply: "sysctl --system, once the module nf_conntrack is loaded. An open connection takes it over with its \
                next packet.",
        check: "sysctl net.netfilter.nf_conntrack_tcp_timeout_established; 'conntrack -L -p tcp' shows the seconds \
                left of each.",
        mind: vec![
            "A longer limit holds more entries: watch nf_conntrack_count against nf_conntrack_max. RFC 5382 asks \
             NATs for 2h 4m at least; the kernel's default is 5 days."
                .to_owned(),
            "Data without acknowledgment is kept for 5 minutes only (nf_conntrack_tcp_timeout_unacknowledged), \
             whatever the established limit."
                .to_owned(),
        ],
    }
}

fn haproxy(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let limit = context.limit().as_secs();
    let text = format!(
        concat!(
            "    timeout client  {limit}s\n",
            "    timeout server  {limit}s\n",
            "    timeout tunnel  {limit}s\n",
            "    option clitcpka\n",
            "    clitcpka-idle   {time}s\n",
            "    clitcpka-intvl  {interval}s\n",
            "    clitcpka-cnt    {probes}\n",
            "    option srvtcpka\n",
            "    srvtcpka-idle   {time}s\n",
            "    srvtcpka-intvl  {interval}s\n",
            "    srvtcpka-cnt    {probes}\n",
        ),
        limit = limit,
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: format!(
            "{} It probes both its sides itself after {}, for the boxes there.",
            context.giving_up("payload of a side"),
            context.plan.keepalive.time
        ),
        settings: vec![snippet("haproxy.cfg, in defaults or listen", Language::Haproxy, text)],
        apply: "haproxy -c -f haproxy.cfg, then systemctl reload haproxy. New connections only.",
        check: "'ss -tno' on the proxy shows keepalive timers; log flags cD and sD are idle timeouts.",
        mind: vec![
            format!(
                "Keepalive is not relayed and does not restart these timers: each side must send payload at least every {}. \
                 In TCP mode client and server should be equal; timeout tunnel replaces both once both sides \
                 have spoken.",
                context.limit().divided_by(2)
            ),
            "The …tcpka-idle, -intvl and -cnt words need HAProxy 2.3 or later on Linux; without them sysctl decides."
                .to_owned(),
        ],
    }
}

fn nginx(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let limit = context.limit().as_secs();
    let stream = format!(
        concat!(
            "    listen 1225 so_keepalive={time}s:{interval}s:{probes};\n",
            "    proxy_timeout {limit}s;\n",
            "    proxy_socket_keepalive on;\n",
        ),
        limit = limit,
        time = time,
        interval = interval,
        probes = probes,
    );
    let http = format!(
        concat!(
            "    listen 443 so_keepalive={time}s:{interval}s:{probes};\n",
            "    keepalive_timeout {limit}s;\n",
            "    proxy_read_timeout {limit}s;\n",
            "    proxy_send_timeout {limit}s;\n",
            "    proxy_socket_keepalive on;\n",
        ),
        limit = limit,
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: format!(
            "{} It probes its clients itself after {}.",
            context.giving_up("payload"),
            context.plan.keepalive.time
        ),
        settings: vec![
            snippet("a server of stream { }; the port is yours", Language::Nginx, stream),
            snippet("a server of http { }; port and 'ssl' are yours", Language::Nginx, http),
        ],
        apply: "nginx -t, then nginx -s reload. New connections only; so_keepalive of a changed listen takes a restart.",
        check: "'ss -tno' on the proxy shows keepalive timers; the error log says 'upstream timed out' when one ran out.",
        mind: vec![
            "proxy_socket_keepalive turns keepalive on towards the server, with the times of the system: set \
             those too (--for linux)."
                .to_owned(),
            format!(
                "Keepalive does not restart these timers: payload must come at least every {}. Behind a load \
                 balancer that reuses connections, keepalive_timeout must be longer than its idle timeout.",
                context.limit().divided_by(2)
            ),
        ],
    }
}

fn envoy(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let limit = context.limit().as_secs();
    let cluster = format!(
        concat!(
            "upstream_connection_options:\n",
            "  tcp_keepalive:\n",
            "    keepalive_time: {time}\n",
            "    keepalive_interval: {interval}\n",
            "    keepalive_probes: {probes}\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    let listener = format!(
        concat!(
            "socket_options:\n",
            "- {{description: SO_KEEPALIVE, level: 1, name: 9, int_value: 1}}\n",
            "- {{description: TCP_KEEPIDLE, level: 6, name: 4, int_value: {time}}}\n",
            "- {{description: TCP_KEEPINTVL, level: 6, name: 5, int_value: {interval}}}\n",
            "- {{description: TCP_KEEPCNT, level: 6, name: 6, int_value: {probes}}}\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: format!(
            "{} It probes both its sides itself after {}.",
            context.giving_up("payload"),
            context.plan.keepalive.time
        ),
        settings: vec![
            snippet("envoy.filters.network.tcp_proxy", Language::Yaml, format!("idle_timeout: {limit}s\n")),
            snippet(
                "envoy.filters.network.http_connection_manager",
                Language::Yaml,
                format!(
                    "common_http_protocol_options:\n  idle_timeout: {limit}s\nstream_idle_timeout: {limit}s\n"
                ),
            ),
            snippet("each cluster", Language::Yaml, cluster),
            snippet("each listener (numbers of Linux)", Language::Yaml, listener),
        ],
        apply: "Restart with the new file, or push it by xDS. New connections only.",
        check: "envoy --mode validate -c FILE; 'ss -tno' shows keepalive timers; response flag SI or UT, and counter \
                idle_timeout, when one ran out.",
        mind: vec![format!(
            "Keepalive does not restart idle_timeout: payload must come at least every {}. A route's timeout of 15s \
             is another matter: it limits the answer to a request.",
            context.limit().divided_by(2)
        )],
    }
}
