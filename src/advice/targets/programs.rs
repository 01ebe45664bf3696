//! Protocols with a sign of life of their own: payload, so that every kind of box sees it.

use super::context::{Context, Draft, snippet};
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::time::Span;

pub(super) const PROGRAMS: &[Target] = &[
    Target {
        id: "grpc",
        title: "gRPC, client and server",
        group: Group::Programs,
        presets: &[],
        kind: Kind::Heartbeat,
        sources: &[
            Source::seen("grpc/grpc doc/keepalive.md: names, defaults, milliseconds"),
            Source::seen("grpc/proposal A8-client-side-keepalive.md, A9-server-side-conn-mgt.md"),
            Source::restated("public code: the strings of the arguments; grpc-go keepalive package"),
        ],
        write: Write::Code(grpc),
    },
    Target {
        id: "ssh",
        title: "OpenSSH, client and server",
        group: Group::Programs,
        presets: &[],
        kind: Kind::Heartbeat,
        sources: &[Source::seen("ssh_config(5), sshd_config(5)")],
        write: Write::Code(ssh),
    },
];

/// gRPC clients ping no oftener, whatever is asked (A8).
const GRPC_LEAST: Span = Span::from_secs(10);

/// A server takes pings this far apart for abuse, unless told otherwise.
const GRPC_PERMITTED: Span = Span::from_secs(300);

/// How long a peer may take for the answer, in milliseconds: the default.
const GRPC_ANSWER_MS: u64 = 20_000;

fn grpc(context: &Context) -> Draft {
    let time = context.heartbeat().max(GRPC_LEAST);
    // A server must permit a little less than the client sends.
    let permitted = time.saturating_sub(time.divided_by(10));
    let millis = |span: Span| span.as_nanos() / 1_000_000;
    let python = format!(
        concat!(
            "CLIENT_OPTIONS = [\n",
            "    (\"grpc.keepalive_time_ms\", {time}),\n",
            "    (\"grpc.keepalive_timeout_ms\", {answer}),\n",
            "    (\"grpc.keepalive_permit_without_calls\", 1),\n",
            "    (\"grpc.http2.max_pings_without_data\", 0),\n",
            "]\n",
            "SERVER_OPTIONS = [\n",
            "    (\"grpc.keepalive_permit_without_calls\", 1),\n",
            "    (\"grpc.http2.min_ping_interval_without_data_ms\", {permitted}),\n",
            "]\n",
        ),
        time = millis(time),
        answer = GRPC_ANSWER_MS,
        permitted = millis(permitted),
    );
    let go = format!(
        concat!(
            "client := grpc.WithKeepaliveParams(keepalive.ClientParameters{{\n",
            "\tTime:                {time} * time.Second,\n",
            "\tTimeout:             {answer} * time.Second,\n",
            "\tPermitWithoutStream: true,\n",
            "}})\n",
            "server := grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{{\n",
            "\tMinTime:             {permitted} * time.Second,\n",
            "\tPermitWithoutStream: true,\n",
            "}})\n",
        ),
        time = time.as_secs(),
        answer = GRPC_ANSWER_MS / 1000,
        permitted = permitted.as_secs(),
    );
    let mut mind = vec![format!(
        "The server first: one that has not been told closes a client that pings oftener than every {GRPC_PERMITTED}, \
         or at all without a call (GOAWAY, too_many_pings)."
    )];
    if time < GRPC_PERMITTED {
        mind.push(format!("Here {time} is below that, so the server's part is not optional."));
    }
    if context.heartbeat() < GRPC_LEAST {
        mind.push(format!(
            "gRPC clients ping no oftener than every {GRPC_LEAST}, and this path needs {}: raise the limit that asks for it.",
            context.heartbeat()
        ));
    }
    mind.push(
        "A proxy that speaks HTTP/2 (ALB, Envoy, nginx) answers pings itself: they keep its connection to the client, \
         not the one behind it, and may not count as activity of a stream."
            .to_owned(),
    );
    Draft {
        changes: format!("The client sends an HTTP/2 PING after {time} without a sign of the server."),
        settings: vec![
            snippet("Python, and by the same names all that wrap gRPC Core", Language::Python, python),
            snippet("Go", Language::Go, go),
        ],
        apply: "Restart server, then clients.",
        check: "GRPC_TRACE=http_keepalive GRPC_VERBOSITY=DEBUG shows pings (gRPC Core).",
        mind,
    }
}

/// Unanswered messages after which both give up: the default.
const SSH_COUNT: u64 = 3;

fn ssh(context: &Context) -> Draft {
    let interval = context.heartbeat().as_secs();
    Draft {
        changes: format!(
            "One side sends a message after {} without one of the other, and gives up after {SSH_COUNT} without an \
             answer.",
            Span::from_secs(interval)
        ),
        settings: vec![
            snippet(
                "~/.ssh/config",
                Language::Ssh,
                format!("Host *\n    ServerAliveInterval {interval}\n    ServerAliveCountMax {SSH_COUNT}\n"),
            ),
            snippet(
                "or sshd_config",
                Language::Ssh,
                format!("ClientAliveInterval {interval}\nClientAliveCountMax {SSH_COUNT}\n"),
            ),
        ],
        apply: "New sessions only; sshd: sshd -t, then systemctl reload ssh.",
        check: "ssh -G HOST | grep -i alive; sshd -T | grep -i alive",
        mind: vec![
            "A broken path ends the session after three intervals; longer ones survive longer outages. TCPKeepAlive \
             is another matter: it is on, with the system's times, which may come too late."
                .to_owned(),
        ],
    }
}
