//! Languages: keepalive of one socket.

use super::context::{Context, Draft, snippet};
use super::systems::linux_socket;
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::time::Span;

pub(super) const RUNTIMES: &[Target] = &[
    Target {
        id: "go",
        title: "Go",
        group: Group::Runtimes,
        presets: &[],
        kind: Kind::Probes,
        sources: &[Source::seen(
            "golang/go src/net/dial.go, KeepAliveConfig (Go 1.23); built and run with Go 1.27",
        )],
        write: Write::Code(go),
    },
    Target {
        id: "java",
        title: "Java",
        group: Group::Runtimes,
        presets: &[],
        kind: Kind::Probes,
        sources: &[Source::seen(
            "JDK 17, jdk.net.ExtendedSocketOptions: the snippet is compiled by this program's tests",
        )],
        write: Write::Code(java),
    },
    Target {
        id: "node",
        title: "Node.js",
        group: Group::Runtimes,
        presets: &[],
        kind: Kind::Probes,
        sources: &[Source::seen(
            "Node.js net documentation, socket.setKeepAlive: milliseconds, 10 probes, 1 s apart",
        )],
        write: Write::Code(node),
    },
    Target {
        id: "dotnet",
        title: ".NET",
        group: Group::Runtimes,
        presets: &[],
        kind: Kind::Probes,
        sources: &[
            Source::restated(
                "public code: SocketOptionName.TcpKeepAliveTime, TcpKeepAliveInterval in seconds",
            ),
            Source::restated(
                ".NET documentation: SocketsHttpHandler.KeepAlivePingDelay, KeepAlivePingTimeout",
            ),
            Source::unseen(".NET API, SocketsHttpHandler.ConnectCallback"),
        ],
        write: Write::Code(dotnet),
    },
];

const ONE_SOCKET: &str = "Build and restart the program; new connections only.";
const CHECK: &str = "'ss -tno' shows timer:(keepalive,…) with the time left.";

fn go(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let text = format!(
        concat!(
            "keepAlive := net.KeepAliveConfig{{\n",
            "\tEnable:   true,\n",
            "\tIdle:     {time} * time.Second,\n",
            "\tInterval: {interval} * time.Second,\n",
            "\tCount:    {probes},\n",
            "}}\n",
            "dialer := net.Dialer{{KeepAliveConfig: keepAlive}}\n",
            "listening := net.ListenConfig{{KeepAliveConfig: keepAlive}}\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: context.probing(context.plan.keepalive.interval, probes),
        settings: vec![snippet("Go 1.23 or later", Language::Go, text)],
        apply: ONE_SOCKET,
        check: CHECK,
        mind: vec![
            "Go probes after 15s without being asked: where nobody changed that, most paths need nothing."
                .to_owned(),
        ],
    }
}

fn java(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let text = format!(
        concat!(
            "import java.io.IOException;\n",
            "import java.net.Socket;\n",
            "import java.net.StandardSocketOptions;\n",
            "import jdk.net.ExtendedSocketOptions;\n",
            "\n",
            "final class KeepAlive {{\n",
            "    /** Seconds, seconds, count. */\n",
            "    static void set(Socket socket) throws IOException {{\n",
            "        socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);\n",
            "        socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, {time});\n",
            "        socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, {interval});\n",
            "        socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, {probes});\n",
            "    }}\n",
            "}}\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: context.probing(context.plan.keepalive.interval, probes),
        settings: vec![snippet("KeepAlive.java, JDK 11 or later", Language::Java, text)],
        apply: ONE_SOCKET,
        check: CHECK,
        mind: vec![
            "Sockets do not probe unless asked. The extended options are those of the system: Linux and macOS, \
             Windows in newer JDKs; supportedOptions() tells."
                .to_owned(),
        ],
    }
}

/// What libuv sets, whatever the system has.
const NODE_PROBES: u32 = 10;
const NODE_INTERVAL: Span = Span::from_secs(1);

fn node(context: &Context) -> Draft {
    let time = Span::from_secs(linux_socket(context).0);
    Draft {
        changes: context.probing(NODE_INTERVAL, NODE_PROBES),
        settings: vec![snippet(
            "each socket; milliseconds",
            Language::JavaScript,
            format!(
                concat!(
                    "socket.setKeepAlive(true, {ms});\n",
                    "// or: net.connect({{ host, port, keepAlive: true, keepAliveInitialDelay: {ms} }});\n",
                    "// or: net.createServer({{ keepAlive: true, keepAliveInitialDelay: {ms} }}, serve);\n",
                ),
                ms = time.as_secs() * 1000
            ),
        )],
        apply: ONE_SOCKET,
        check: CHECK,
        mind: vec![
            "Sockets do not probe unless asked. Once a probe is unanswered Node gives up after 10s: an outage of that \
             length ends the connection."
                .to_owned(),
            "http.Agent's keepAlive keeps connections for further requests; it probes too, after keepAliveMsecs."
                .to_owned(),
        ],
    }
}

fn dotnet(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let socket = format!(
        concat!(
            "socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);\n",
            "socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, {time});\n",
            "socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, {interval});\n",
            "socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, {probes});\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    let http = format!(
        concat!(
            "var handler = new SocketsHttpHandler\n",
            "{{\n",
            "    KeepAlivePingDelay = TimeSpan.FromSeconds({heartbeat}),\n",
            "    KeepAlivePingTimeout = TimeSpan.FromSeconds(20),\n",
            "    KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,\n",
            "}};\n",
        ),
        heartbeat = context.heartbeat().as_secs(),
    );
    Draft {
        changes: context.probing(context.plan.keepalive.interval, probes),
        settings: vec![
            snippet("each socket; seconds, seconds, count (.NET Core 3.0 or later)", Language::CSharp, socket),
            snippet("HttpClient over HTTP/2: pings, which are payload", Language::CSharp, http),
        ],
        apply: ONE_SOCKET,
        check: CHECK,
        mind: vec![
            "Sockets do not probe unless asked. For HttpClient over HTTP/1.1 set the options in ConnectCallback; \
             idle connections leave its pool after a minute in any case."
                .to_owned(),
            "TcpKeepAliveRetryCount needs Windows 10 1709 or later, or Linux.".to_owned(),
        ],
    }
}
