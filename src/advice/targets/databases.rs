//! Databases, their drivers and pools.

use super::context::{Context, Draft, snippet};
use super::systems::{linux_socket, linux_sysctl};
use super::{Group, Kind, Target, Write};
use crate::advice::block::{Language, Source};
use crate::time::Span;

pub(super) const DATABASES: &[Target] = &[
    Target {
        id: "libpq",
        title: "PostgreSQL: libpq and server",
        group: Group::Databases,
        presets: &[],
        kind: Kind::Probes,
        sources: &[Source::seen(
            "PostgreSQL documentation, libpq connection keywords keepalives…, server TCP Settings",
        )],
        write: Write::Code(libpq),
    },
    Target {
        id: "jdbc",
        title: "JDBC drivers and HikariCP",
        group: Group::Databases,
        presets: &[],
        kind: Kind::Heartbeat,
        sources: &[
            Source::seen(
                "brettwooldridge/HikariCP README.md: keepaliveTime, maxLifetime, milliseconds, 30000 at least",
            ),
            Source::seen("pgjdbc/pgjdbc docs/content/documentation/use.md: tcpKeepAlive"),
            Source::unseen("MySQL Connector/J: tcpKeepAlive"),
        ],
        write: Write::Code(jdbc),
    },
    Target {
        id: "sql-server",
        title: "SQL Server and its ODBC driver",
        group: Group::Databases,
        presets: &[],
        kind: Kind::Probes,
        sources: &[
            Source::seen("Microsoft Learn, TCP/IP Properties (Protocols tab): Keep Alive in milliseconds"),
            Source::restated("public scripts: registry path SuperSocketNetLib\\Tcp of an instance"),
            Source::seen(
                "MicrosoftDocs/sql-docs dsn-connection-string-attribute.md (2022-08-08): KeepAlive, KeepAliveInterval since \
                 17.4, in connection strings since 17.8",
            ),
            Source::unseen("their unit, seconds; the server's default of 30000 ms"),
        ],
        write: Write::Code(sql_server),
    },
    Target {
        id: "mysql",
        title: "MySQL and MariaDB server",
        group: Group::Databases,
        presets: &[],
        kind: Kind::Probes,
        sources: &[
            Source::seen("MySQL Reference Manual, wait_timeout: seconds, default 28800"),
            Source::seen("MySQL source, sql: vio_keepalive(net->vio, TRUE): the server asks for keepalive"),
            Source::seen("MariaDB 10.11, mariadbd --verbose --help: tcp_keepalive_time, -interval, -probes"),
        ],
        write: Write::Code(mysql),
    },
    Target {
        id: "redis",
        title: "Redis server",
        group: Group::Databases,
        presets: &[],
        kind: Kind::Probes,
        sources: &[Source::seen(
            "redis/redis redis.conf, src/anet.c: tcp-keepalive N, interval N/3, 3 probes",
        )],
        write: Write::Code(redis),
    },
];

fn libpq(context: &Context) -> Draft {
    let (time, interval, probes) = linux_socket(context);
    let client = format!(
        "keepalives=1 keepalives_idle={time} keepalives_interval={interval} keepalives_count={probes}\n"
    );
    let server = format!(
        concat!(
            "ALTER SYSTEM SET tcp_keepalives_idle = {time};\n",
            "ALTER SYSTEM SET tcp_keepalives_interval = {interval};\n",
            "ALTER SYSTEM SET tcp_keepalives_count = {probes};\n",
            "SELECT pg_reload_conf();\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: context.probing(context.plan.keepalive.interval, context.probes()),
        settings: vec![
            snippet("connection string of the client", Language::ConnectionString, client),
            snippet("or the server, in psql as superuser", Language::Sql, server),
        ],
        apply: "New connections only; the server needs the reload and no restart.",
        check: "SHOW tcp_keepalives_idle; over TCP it shows what the connection's socket has. 'ss -tno' shows the timer.",
        mind: vec![
            "One probing end is enough for boxes that count packets. Seconds; 0 is the system's.".to_owned(),
        ],
    }
}

/// Least that HikariCP takes.
const HIKARI_LEAST: Span = Span::from_secs(30);

/// HikariCP's default, and what `keepaliveTime` must stay below.
const HIKARI_LIFETIME: Span = Span::from_secs(1800);

fn jdbc(context: &Context) -> Draft {
    let heartbeat = context.heartbeat();
    let keepalive = heartbeat.min(HIKARI_LIFETIME.divided_by(2)).max(HIKARI_LEAST);
    let mut mind = vec![
        "keepaliveTime pings idle connections of the pool only: one that is lent out and silent, as in a long query, \
         needs TCP keepalive."
            .to_owned(),
        "maxLifetime must be some seconds shorter than what the database allows, as MySQL's wait_timeout.".to_owned(),
        "tcpKeepAlive=true probes with the times of the system: set those too (--for linux, --for windows)."
            .to_owned(),
    ];
    if heartbeat < HIKARI_LEAST {
        mind.push(format!(
            "HikariCP takes 30s at least, and this path needs {heartbeat}: raise the limit that asks for it."
        ));
    }
    Draft {
        changes: format!(
            "The pool pings each idle connection after {keepalive}: payload, so that every kind of box sees it."
        ),
        settings: vec![
            snippet(
                "HikariCP, milliseconds (Spring: spring.datasource.hikari.…)",
                Language::Properties,
                format!(
                    "keepaliveTime={}\nmaxLifetime={}\n",
                    keepalive.as_secs() * 1000,
                    HIKARI_LIFETIME.as_secs() * 1000
                ),
            ),
            snippet(
                "URL of pgjdbc; MySQL Connector/J has the same word",
                Language::ConnectionString,
                "jdbc:postgresql://HOST/DATABASE?tcpKeepAlive=true\n",
            ),
        ],
        apply: "Restart the application.",
        check: "HikariCP's debug log names keepalive; a capture shows payload on idle connections.",
        mind,
    }
}

/// What SQL Server and its drivers are shipped with.
const SQL_SERVER_TIME: Span = Span::from_secs(30);

fn sql_server(context: &Context) -> Draft {
    let time = context.plan.keepalive.time.min(SQL_SERVER_TIME);
    let changes = if time == SQL_SERVER_TIME {
        format!(
            "Nothing has to change: server and driver probe after {SQL_SERVER_TIME} as they are shipped, which is in time \
             for this path. These lines put it back where somebody changed it."
        )
    } else {
        format!("First probe after {time} of silence instead of {SQL_SERVER_TIME}.")
    };
    let server = format!(
        concat!(
            "$id = (Get-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\Instance Names\\SQL').MSSQLSERVER\n",
            "$key = \"HKLM:\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\$id\\MSSQLServer\\SuperSocketNetLib\\Tcp\"\n",
            "Set-ItemProperty -Path $key -Name KeepAlive -Value {}\n",
        ),
        time.as_secs() * 1000
    );
    Draft {
        changes,
        settings: vec![
            snippet("server, PowerShell (default instance), milliseconds", Language::PowerShell, server),
            snippet(
                "connection string of the ODBC driver, seconds",
                Language::ConnectionString,
                format!("KeepAlive={};KeepAliveInterval=1\n", time.as_secs()),
            ),
        ],
        apply: "Restart the SQL Server service; clients: new connections only.",
        check: "SQL Server Configuration Manager, TCP/IP, Keep Alive; a capture shows probes.",
        mind: vec!["The driver's words need ODBC Driver 17.8 or later (17.4 in a DSN).".to_owned()],
    }
}

/// MySQL's default, in seconds.
const MYSQL_WAIT: u64 = 28_800;

fn mysql(context: &Context) -> Draft {
    let wait = MYSQL_WAIT.max(context.time().saturating_mul(4));
    let (time, interval, probes) = linux_socket(context);
    let mariadb = format!(
        concat!(
            "[mariadbd]\n",
            "tcp_keepalive_time = {time}\n",
            "tcp_keepalive_interval = {interval}\n",
            "tcp_keepalive_probes = {probes}\n",
        ),
        time = time,
        interval = interval,
        probes = probes,
    );
    Draft {
        changes: context.probing(context.plan.keepalive.interval, context.probes()),
        settings: vec![
            snippet("/etc/sysctl.d/60-keepalive.conf of the server", Language::Sysctl, linux_sysctl(context)),
            snippet("my.cnf, seconds", Language::Properties, format!("[mysqld]\nwait_timeout = {wait}\n")),
            snippet("my.cnf of MariaDB, instead of sysctl", Language::Properties, mariadb),
        ],
        apply: "sysctl --system; wait_timeout by a restart, or SET GLOBAL for new sessions.",
        check: "SHOW GLOBAL VARIABLES LIKE 'wait_timeout'; 'ss -tno' on the server shows keepalive timers.",
        mind: vec![
            "wait_timeout counts statements, not packets: keepalive does not restart it. A pool must let go of \
             connections before it (--for jdbc)."
                .to_owned(),
        ],
    }
}

/// Redis' default, in seconds.
const REDIS_TIME: u64 = 300;

fn redis(context: &Context) -> Draft {
    let time = context.time().min(REDIS_TIME);
    Draft {
        changes: format!(
            "First probe after {} of silence, then every third of it, given up after 3 without an answer.",
            Span::from_secs(time)
        ),
        settings: vec![
            snippet("redis.conf", Language::Properties, format!("tcp-keepalive {time}\n")),
            snippet("or while it runs", Language::Shell, format!("redis-cli CONFIG SET tcp-keepalive {time}\n")),
        ],
        apply: "New connections only. CONFIG REWRITE keeps what CONFIG SET changed.",
        check: "redis-cli CONFIG GET tcp-keepalive; 'ss -tno' shows keepalive timers.",
        mind: vec![
            "'timeout' (0: never) closes idle clients whatever they probe. Of a subscriber or a blocked client, \
             only keepalive tells that it is gone."
                .to_owned(),
        ],
    }
}
