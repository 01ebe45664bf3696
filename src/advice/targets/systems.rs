//! Operating systems: keepalive of all sockets that ask for it, and of one socket.

use super::context::{Context, Draft, snippet};
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::time::Span;

pub(super) const SYSTEMS: &[Target] = &[
    Target {
        id: "linux",
        title: "Linux, sysctl and socket options",
        group: Group::Systems,
        presets: &[],
        kind: Kind::Probes,
        sources: &[
            Source::seen("torvalds/linux Documentation/networking/ip-sysctl.rst, include/net/tcp.h"),
            Source::seen("tcp(7), socket(7)"),
        ],
        write: Write::Code(linux),
    },
    Target {
        id: "windows",
        title: "Windows, registry and socket option",
        group: Group::Systems,
        presets: &[],
        kind: Kind::Probes,
        sources: &[
            Source::seen(
                "Microsoft Learn, Windows Server 2003 registry reference, KeepAliveTime and KeepAliveInterval",
            ),
            Source::seen("Microsoft Learn, SIO_KEEPALIVE_VALS control code"),
            Source::seen("microsoft/CSS-Exchange Health Checker, TCP/IP Settings Check"),
        ],
        write: Write::Code(windows),
    },
];

/// Most that Linux takes for a socket (`MAX_TCP_KEEPIDLE`, `MAX_TCP_KEEPINTVL`), in seconds.
const LINUX_MOST: u64 = 32_767;

/// Most that the sysctl holds: it is kept in jiffies, in an int, of which there are up to 1000 a second.
const LINUX_SYSCTL_MOST: u64 = 2_147_483;

/// Most probes that Linux takes (`MAX_TCP_KEEPCNT`).
const LINUX_MOST_PROBES: u32 = 127;

/// Time, interval and probes as Linux takes them for a socket.
pub(super) fn linux_socket(context: &Context) -> (u64, u64, u32) {
    (
        context.time().min(LINUX_MOST),
        context.interval().min(LINUX_MOST),
        context.probes().min(LINUX_MOST_PROBES),
    )
}

/// The three keys of `/etc/sysctl.d`.
pub(super) fn linux_sysctl(context: &Context) -> String {
    format!(
        concat!(
            "net.ipv4.tcp_keepalive_time = {}\n",
            "net.ipv4.tcp_keepalive_intvl = {}\n",
            "net.ipv4.tcp_keepalive_probes = {}\n",
        ),
        context.time().min(LINUX_SYSCTL_MOST),
        context.interval().min(LINUX_SYSCTL_MOST),
        context.probes().min(LINUX_MOST_PROBES),
    )
}

fn linux(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let c = format!(
        concat!(
            "#include <netinet/in.h>\n",
            "#include <netinet/tcp.h>\n",
            "#include <sys/socket.h>\n",
            "\n",
            "/* Returns 0, or -1 with errno set. Times are seconds. */\n",
            "int set_keepalive(int fd)\n",
            "{{\n",
            "    int on = 1, idle = {time}, interval = {interval}, probes = {probes};\n",
            "\n",
            "    if (setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle) ||\n",
            "        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval) ||\n",
            "        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes))\n",
            "        return -1;\n",
            "    return setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);\n",
            "}}\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    let python = format!(
        concat!(
            "import socket\n",
            "\n",
            "\n",
            "def set_keepalive(sock):\n",
            "    # Seconds, seconds, count.\n",
            "    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, {time})\n",
            "    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, {interval})\n",
            "    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, {probes})\n",
            "    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    let capped = context.time() > LINUX_MOST;
    let mut mind = vec![
        "The sysctl changes only sockets that ask for keepalive (SO_KEEPALIVE) and have no times of their own, in \
         this network namespace only: containers have theirs."
            .to_owned(),
        "While data is unacknowledged no probe is sent: tcp_retries2 or TCP_USER_TIMEOUT decides then.".to_owned(),
        "IPv6 follows the same keys.".to_owned(),
    ];
    if capped {
        mind.push(format!("A single socket takes {} at most.", Span::from_secs(LINUX_MOST)));
    }
    Draft {
        changes: context.probing(context.plan.keepalive.interval, context.probes()),
        settings: vec![
            snippet("/etc/sysctl.d/60-keepalive.conf", Language::Sysctl, linux_sysctl(context)),
            snippet("one socket, C", Language::C, c),
            snippet("one socket, Python", Language::Python, python),
        ],
        apply: "sysctl --system. Open connections take it over when their running keepalive timer ends, which \
                may take as long as the old time; new ones at once.",
        check: "sysctl net.ipv4.tcp_keepalive_time; then 'ss -tno state established' shows timer:(keepalive,…) \
                with the time left.",
        mind,
    }
}

/// Probes that Windows sends since Vista; no registry value changes it.
const WINDOWS_PROBES: u32 = 10;

fn windows(context: &Context) -> Draft {
    let interval = context.plan.interval_of(WINDOWS_PROBES);
    let millis = |span: Span| u32::try_from(span.as_nanos() / 1_000_000).unwrap_or(u32::MAX);
    let (time_ms, interval_ms) = (millis(context.plan.keepalive.time), millis(interval));
    let registry = format!(
        concat!(
            "Windows Registry Editor Version 5.00\n",
            "\n",
            "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters]\n",
            "\"KeepAliveTime\"=dword:{time:08x}\n",
            "\"KeepAliveInterval\"=dword:{interval:08x}\n",
        ),
        time = time_ms,
        interval = interval_ms,
    );
    let powershell = format!(
        concat!(
            "$key = 'HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters'\n",
            "New-ItemProperty -Path $key -Name KeepAliveTime -PropertyType DWord -Value {time} -Force\n",
            "New-ItemProperty -Path $key -Name KeepAliveInterval -PropertyType DWord -Value {interval} -Force\n",
        ),
        time = time_ms,
        interval = interval_ms,
    );
    let c = format!(
        concat!(
            "#include <winsock2.h>\n",
            "#include <mstcpip.h>\n",
            "\n",
            "/* Returns 0, or SOCKET_ERROR. Milliseconds. */\n",
            "int set_keepalive(SOCKET s)\n",
            "{{\n",
            "    struct tcp_keepalive values = {{ 1, {time}, {interval} }};\n",
            "    DWORD returned;\n",
            "\n",
            "    return WSAIoctl(s, SIO_KEEPALIVE_VALS, &values, sizeof values, NULL, 0, &returned, NULL, NULL);\n",
            "}}\n",
        ),
        time = time_ms,
        interval = interval_ms,
    );
    Draft {
        changes: context.probing(interval, WINDOWS_PROBES),
        settings: vec![
            snippet("keepalive.reg, for regedit", Language::Registry, registry),
            snippet("PowerShell, as administrator", Language::PowerShell, powershell),
            snippet("one socket, C (no reboot)", Language::C, c),
        ],
        apply: "Restart the computer: the stack reads the registry when it starts. The socket option acts at once.",
        check: "reg query HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters /v KeepAliveTime; then probes \
                in a capture.",
        mind: vec![
            "For the whole computer, but only sockets whose program asks for keepalive. Values are \
             milliseconds, as DWORD."
                .to_owned(),
            "The number of probes is fixed: 10 since Vista and Server 2008, 5 before (there \
             TcpMaxDataRetransmissions)."
                .to_owned(),
        ],
    }
}
