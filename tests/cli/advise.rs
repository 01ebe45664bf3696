//! `idlescope advise`: what it prints is what its targets take. Each text is given to the program that it is
//! for, as far as that is installed: where CI is set, what `.ci/packages` installs must be.

use crate::command::{fixture, idlescope};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const EXCHANGE: &[&str] =
    &["--hop", "firewall=1h", "--hop", "mdm=50m", "--hop", "lb=40m", "--keepalive", "30m"];

fn document(words: &[&str]) -> Value {
    let outcome = idlescope(&[&["advise", "--format", "json"], words].concat()).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{words:?}");
    outcome.report()
}

/// Texts of one language for the Exchange path, whose last hop is the target where that is a box: (place, text).
fn texts(target: &str, language: &str) -> Vec<(String, String)> {
    let last = format!("{target}=40m");
    let path = ["--hop", "firewall=1h", "--hop", "mdm=50m", "--hop", &last, "--keepalive", "30m"];
    let document = document(&[&path[..], &["--for", target]].concat());
    let blocks = document["blocks"].as_array().unwrap().clone();
    let snippets = blocks.iter().flat_map(|block| block["settings"].as_array().unwrap());
    let texts: Vec<(String, String)> = snippets
        .filter(|snippet| snippet["language"] == language)
        .map(|snippet| {
            (snippet["place"].as_str().unwrap().to_owned(), snippet["text"].as_str().unwrap().to_owned())
        })
        .collect();
    assert!(!texts.is_empty(), "{target} has nothing in {language}");
    texts
}

fn written(directory: &Path, name: &str, text: &str) -> PathBuf {
    let file = directory.join(name);
    fs::write(&file, text).unwrap();
    file
}

/// Whether a program can be run here.
fn installed(program: &str, asked: &[&str]) -> bool {
    let there = Command::new(program)
        .args(asked)
        .env("PATH", path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !there {
        eprintln!("{program} is not installed: what it would say of these settings is not known");
    }
    there
}

/// What `.ci/packages` installs where CI is set.
fn must_be_installed(program: &str, asked: &[&str]) -> bool {
    let there = installed(program, asked);
    assert!(there || std::env::var_os("CI").is_none(), "{program} is missing: see .ci/packages");
    there
}

fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

fn accepts(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).env("PATH", path()).output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program} {words:?}: {said}");
    said
}

#[test]
fn advice_for_the_exchange_chain_is_as_last_agreed() {
    let outcome = idlescope(&[&["advise"], EXCHANGE, &["--for", "all"]].concat()).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    insta::assert_snapshot!("exchange", outcome.out);
}

#[test]
fn advice_for_isa_server_is_as_last_agreed() {
    let outcome = idlescope(&["advise", "--path", &fixture("paths/isa.toml"), "--for", "all"]).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    insta::assert_snapshot!("isa", outcome.out);
}

#[test]
fn advice_for_a_path_through_proxies_is_as_last_agreed() {
    let outcome = idlescope(&["advise", "--path", &fixture("paths/cloud.toml")]).run();
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    insta::assert_snapshot!("cloud", outcome.out);
}

#[test]
fn the_boxes_of_the_path_and_the_systems_of_its_ends_are_shown_unless_others_are_asked_for() {
    let targets = |words: &[&str]| -> Vec<String> {
        let document = document(words);
        let blocks = document["blocks"].as_array().unwrap();
        blocks.iter().map(|block| block["target"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(targets(&["--hop", "aws-nlb-tcp"]), ["linux", "windows", "aws-nlb"]);
    assert_eq!(targets(&["--hop", "fw=1h", "--for", "ssh,go", "--for", "linux"]), ["linux", "ssh", "go"]);
    assert_eq!(targets(&["--keepalive", "5m", "--for", "redis"]), ["redis"]);
    assert!(targets(&["--hop", "fw=1h", "--for", "all"]).len() >= 20);
}

#[test]
fn the_document_satisfies_the_schema_that_is_printed() {
    let schema = idlescope(&["schema", "advice"]).run().report();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let document = document(&["--path", &fixture("paths/cloud.toml"), "--for", "all"]);
    let errors: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(document["plan"]["protects"]["limit_s"], 350.0);
    assert_eq!(document["plan"]["unreached"][0]["hop"], "aws-alb");
}

#[test]
fn each_mistake_has_its_message() {
    for (words, says) in [
        (&["--hop", "fw=1h", "--for", "ngnix"][..], &["'ngnix'", "'nginx'"][..]),
        (&["--hop", "fw=1h", "--for", ""], &["--for", "linux"]),
        (&[], &["no path given", "--hop"]),
        (&["--for", "linux"], &["no path given"]),
        (&["--hop", "linux"], &["--hop: ", "endpoint"]),
        (&["--hop", "fw=1h", "--path", "x.toml"], &["cannot be mixed"]),
        (&["--path", "no/such.toml"], &["no/such.toml"]),
        (&["--report", "no/such.json"], &["--report 'no/such.json'", "check the name"]),
        (&["--report", &fixture("paths/isa.toml")], &["--report", "not JSON"]),
        (&["--report", "x.json", "--hop", "fw=1h"], &["--report", "--hop"]),
        (&["--hop", "fw=1h", "--format", "yaml"], &["--format", "json"]),
    ] {
        let outcome = idlescope(&[&["advise"], words].concat()).run();
        assert_eq!((outcome.code, outcome.out.as_str()), (2, ""), "{words:?}: {}", outcome.err);
        for part in says {
            assert!(outcome.err.contains(part), "{words:?} should say '{part}': {}", outcome.err);
        }
    }
}

#[test]
fn the_path_of_a_report_is_that_of_its_hops() {
    let capture = fixture("captures/keepalive-answered.pcap");
    let report = idlescope(&[&["analyze", &capture, "--format", "json"], EXCHANGE].concat()).run().out;
    let words = ["advise", "--report", "-", "--for", "all"];
    let of_report = idlescope(&words).input(report.into_bytes()).run();
    let of_hops = idlescope(&[&["advise"], EXCHANGE, &["--for", "all"]].concat()).run();
    assert_eq!((of_report.code, of_report.err.as_str()), (0, ""));
    assert_eq!(of_report.out, of_hops.out);
}

#[test]
fn names_of_hops_reach_no_terminal_as_control_characters() {
    let outcome =
        idlescope(&["advise", "--hop", "a\u{1b}[31m=haproxy-tcp,idle=1h", "--hop", "b\u{7}=5m"]).run();
    assert!(outcome.code != 0 || !outcome.out.contains(['\u{1b}', '\u{7}']), "{}", outcome.out);
}

#[test]
fn every_sysctl_is_one_of_this_kernel() {
    for target in ["linux", "mysql", "conntrack"] {
        for (_, text) in texts(target, "sysctl") {
            for line in text.lines() {
                let (key, value) = line.split_once(" = ").unwrap();
                let file = PathBuf::from("/proc/sys").join(key.replace('.', "/"));
                // The module of conntrack is not loaded everywhere.
                if key.starts_with("net.netfilter.") && !Path::new("/proc/sys/net/netfilter").exists() {
                    eprintln!("nf_conntrack is not loaded: {key} is not looked for");
                    continue;
                }
                assert!(file.exists(), "{}", file.display());
                assert!(value.parse::<u32>().is_ok(), "{line}");
            }
        }
    }
}

/// Compiled, run, and read back from the socket.
#[test]
fn c_sets_the_options_of_a_socket() {
    let directory = tempfile::tempdir().unwrap();
    let (_, text) = texts("linux", "c").remove(0);
    let main = r#"
#include <stdio.h>
int main(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), names[] = { TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT }, value;
    socklen_t length = sizeof value;
    if (set_keepalive(fd)) return 1;
    getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &length);
    printf("%d", value);
    for (int i = 0; i < 3; i++) {
        getsockopt(fd, IPPROTO_TCP, names[i], &value, &length);
        printf(" %d", value);
    }
    return 0;
}
"#;
    let source = written(directory.path(), "keepalive.c", &(text + main));
    let program = directory.path().join("keepalive");
    accepts(
        "cc",
        &["-Wall", "-Wextra", "-Werror", "-o", program.to_str().unwrap(), source.to_str().unwrap()],
    );
    assert_eq!(accepts(program.to_str().unwrap(), &[]), "1 1200 75 9");
}

#[test]
fn python_sets_the_options_of_a_socket() {
    let (_, text) = texts("linux", "python").remove(0);
    let read = "
s = socket.socket()
set_keepalive(s)
names = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT]
print(s.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), *[s.getsockopt(socket.IPPROTO_TCP, n) for n in names])
";
    assert_eq!(accepts("python3", &["-c", &(text + read)]), "1 1200 75 9\n");
    let (_, portable) = texts("python", "python").remove(0);
    assert_eq!(accepts("python3", &["-c", &(portable + read)]), "1 1200 75 9\n");
    let (_, options) = texts("grpc", "python").remove(0);
    let said = accepts("python3", &["-c", &(options + "print(len(CLIENT_OPTIONS), len(SERVER_OPTIONS))")]);
    assert_eq!(said, "4 2\n");
}

#[test]
fn registry_and_powershell_have_the_same_milliseconds() {
    let (_, registry) = texts("windows", "registry").remove(0);
    let (_, powershell) = texts("windows", "powershell").remove(0);
    assert!(registry.starts_with("Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\"));
    for (name, millis) in [("KeepAliveTime", 1_200_000u32), ("KeepAliveInterval", 75_000)] {
        let (_, hex) = registry.split_once(&format!("\"{name}\"=dword:")).unwrap();
        assert_eq!(u32::from_str_radix(&hex[..8], 16), Ok(millis));
        assert!(powershell.contains(&format!("-Name {name} -PropertyType DWord -Value {millis} ")));
    }
}

#[test]
fn haproxy_accepts_its_settings() {
    if !must_be_installed("haproxy", &["-v"]) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (_, text) = texts("haproxy", "haproxy").remove(0);
    let common = "defaults\n    mode tcp\n    timeout connect 5s\n";
    let proxy = "listen relay\n    bind 127.0.0.1:9009\n    server one 127.0.0.1:9\n";
    for file in [format!("{common}{text}{proxy}"), format!("{common}{proxy}{text}")] {
        let file = written(directory.path(), "haproxy.cfg", &file);
        let said = accepts("haproxy", &["-c", "-f", file.to_str().unwrap()]);
        assert!(!said.contains("WARNING") && !said.contains("ALERT"), "{said}");
    }
}

#[test]
fn nginx_accepts_its_settings() {
    if !must_be_installed("nginx", &["-v"]) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().display();
    let servers: Vec<String> = texts("nginx", "nginx").into_iter().map(|(_, text)| text).collect();
    let [stream, http] = servers.as_slice() else { panic!("{servers:?}") };
    // Where Debian keeps what it built as a module.
    let module = "/usr/lib/nginx/modules/ngx_stream_module.so";
    let stream = format!("stream {{\n server {{\n{stream}    proxy_pass 127.0.0.1:9;\n }}\n}}\n");
    let (load, stream) = match Path::new(module).exists() {
        true => (format!("load_module {module};\n"), stream),
        false => (String::new(), stream),
    };
    let usual = format!(
        "{load}pid {root}/nginx.pid;\nerror_log {root}/error.log;\nevents {{ }}\nhttp {{\n access_log off;\n \
         client_body_temp_path {root};\n proxy_temp_path {root};\n fastcgi_temp_path {root};\n \
         uwsgi_temp_path {root};\n scgi_temp_path {root};\n server {{\n{http}    location / {{ proxy_pass \
         http://127.0.0.1:9; }}\n }}\n}}\n"
    );
    let without = written(directory.path(), "http.conf", &usual);
    accepts("nginx", &["-t", "-q", "-c", without.to_str().unwrap()]);
    let built_in = accepts("nginx", &["-V"]).contains("--with-stream ");
    if load.is_empty() && !built_in {
        eprintln!("this nginx has no stream module: its settings are not tried");
        return;
    }
    let whole = written(directory.path(), "whole.conf", &(usual + &stream));
    accepts("nginx", &["-t", "-q", "-c", whole.to_str().unwrap()]);
}

/// A program of the test, ended with it.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn started(program: &str, words: &[&str]) -> Running {
    let mut command = Command::new(program);
    command.args(words).env("PATH", path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Running(command.spawn().unwrap())
}

/// A connection to a port of this computer, once somebody listens there.
fn connected(port: u16) -> TcpStream {
    for _ in 0..100 {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            return stream;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nobody listens on port {port}");
}

/// Seconds that the kernel says are left of the keepalive timer of the socket that `filter` finds.
fn keepalive_left(filter: &[&str]) -> u64 {
    for _ in 0..40 {
        let said = accepts("ss", &[&["-tnoH", "state", "established"], filter].concat());
        if let Some((_, timer)) = said.split_once("timer:(keepalive,") {
            let (seconds, _) = timer.split_once("sec").unwrap_or_else(|| panic!("{said}"));
            return seconds.parse().unwrap_or_else(|_| panic!("{said}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no keepalive timer: {filter:?}");
}

/// The first text in `language` for a box that forgets after 100 seconds: keepalive after 50.
fn text_for_50_seconds(target: &str, language: &str) -> String {
    let document = document(&["--hop", &format!("{target}=100s"), "--for", target]);
    let settings = document["blocks"][0]["settings"].as_array().unwrap();
    let snippet = settings.iter().find(|snippet| snippet["language"] == language).unwrap();
    snippet["text"].as_str().unwrap().to_owned()
}

fn a_free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_kernel_counts_down_from_the_advised_time_on_both_sides_of_haproxy() {
    if !must_be_installed("haproxy", &["-v"]) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, behind) = (a_free_port(), server.local_addr().unwrap().port());
    let text = text_for_50_seconds("haproxy", "haproxy");
    let file = format!(
        "defaults\n    mode tcp\n    timeout connect 5s\n{text}listen relay\n    bind 127.0.0.1:{port}\n    \
         server one 127.0.0.1:{behind}\n"
    );
    let file = written(directory.path(), "haproxy.cfg", &file);
    let _haproxy = started("haproxy", &["-db", "-f", file.to_str().unwrap()]);
    let _client = connected(port);
    let _accepted = server.accept().unwrap();
    for filter in [["sport", "=", &format!(":{port}")], ["dport", "=", &format!(":{behind}")]] {
        let left = keepalive_left(&filter);
        assert!((40..=50).contains(&left), "{left} s left, {filter:?}");
    }
}

#[test]
fn the_kernel_counts_down_from_the_advised_time_towards_clients_of_nginx() {
    if !must_be_installed("nginx", &["-v"]) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let port = a_free_port();
    // The first snippet is that of stream, whose words for listen are those of http.
    let text = text_for_50_seconds("nginx", "nginx");
    let listen = text.lines().next().unwrap().replace("1225", &format!("127.0.0.1:{port}"));
    let root = directory.path().display();
    let file = format!(
        "daemon off;\nmaster_process off;\npid {root}/pid;\nerror_log {root}/log;\nevents {{ }}\nhttp {{\n \
         access_log off;\n client_body_temp_path {root};\n proxy_temp_path {root};\n fastcgi_temp_path {root};\n \
         uwsgi_temp_path {root};\n scgi_temp_path {root};\n server {{\n{listen}\n }}\n}}\n"
    );
    let file = written(directory.path(), "nginx.conf", &file);
    let _nginx = started("nginx", &["-c", file.to_str().unwrap()]);
    let _client = connected(port);
    let left = keepalive_left(&["sport", "=", &format!(":{port}")]);
    assert!((40..=50).contains(&left), "{left} s left");
}

#[test]
fn the_kernel_counts_down_from_the_advised_time_in_node() {
    if !installed("node", &["--version"]) {
        return;
    }
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let text = text_for_50_seconds("node", "javascript");
    let script = format!(
        "const socket = require('node:net').connect({port}, '127.0.0.1', () => {{ {} }}); \
         setTimeout(() => socket.destroy(), 60000);",
        text.lines().next().unwrap()
    );
    let _node = started("node", &["-e", &script]);
    let (_accepted, peer) = server.accept().unwrap();
    let left = keepalive_left(&["sport", "=", &format!(":{}", peer.port())]);
    assert!((40..=50).contains(&left), "{left} s left");
}

#[test]
fn shells_read_every_command() {
    for target in ["aws-nlb", "aws-alb", "azure-lb", "gcp", "redis"] {
        for (_, text) in texts(target, "shell") {
            let mut shell = Command::new("sh").args(["-n", "-u"]).stdin(Stdio::piped()).spawn().unwrap();
            shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
            assert!(shell.wait().unwrap().success(), "{text}");
        }
    }
}

#[test]
fn ssh_reads_its_settings() {
    if !installed("ssh", &["-V"]) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (_, text) = texts("ssh", "ssh").remove(0);
    let file = written(directory.path(), "config", &text);
    let said = accepts("ssh", &["-G", "-F", file.to_str().unwrap(), "host.example"]);
    assert!(
        said.contains("serveraliveinterval 1200\n") && said.contains("serveralivecountmax 3\n"),
        "{said}"
    );
}

#[test]
fn libpq_reads_its_connection_string() {
    if !installed("psql", &["--version"]) {
        return;
    }
    let (_, text) = texts("libpq", "connection-string").remove(0);
    // Nobody listens on the port: what is wrong with the words is said before.
    let words = format!("host=127.0.0.1 port=1 connect_timeout=2 {}", text.trim_end());
    let output = Command::new("psql").args(["-c", "", &words]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("onnection refused"), "{said}");
}

#[test]
fn java_compiles() {
    if !installed("javac", &["-version"]) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (_, text) = texts("java", "java").remove(0);
    let source = written(directory.path(), "KeepAlive.java", &text);
    let classes = directory.path().to_str().unwrap();
    accepts("javac", &["-Werror", "-d", classes, source.to_str().unwrap()]);
}

#[test]
fn node_runs() {
    if !installed("node", &["--version"]) {
        return;
    }
    let (_, text) = texts("node", "javascript").remove(0);
    let script = format!(
        "const net = require('node:net'); const socket = new net.Socket(); const host = '127.0.0.1', port = 1, \
         serve = () => {{}};\n{}\nsocket.on('error', () => {{}});",
        text.replace("// or: net.connect", "() => net.connect").replace("// or: ", "")
    );
    accepts("node", &["-e", &script]);
}

#[test]
fn yaml_is_read_as_what_it_says() {
    if !Command::new("python3").args(["-c", "import yaml"]).output().unwrap().status.success() {
        eprintln!("PyYAML is not installed: YAML is not read");
        return;
    }
    let load = "import sys, json, yaml; print(json.dumps(yaml.safe_load(sys.argv[1])))";
    let read =
        |text: &str| -> Value { serde_json::from_str(&accepts("python3", &["-c", load, text])).unwrap() };
    let all: Vec<Value> = ["envoy", "kubernetes"]
        .iter()
        .flat_map(|id| texts(id, "yaml"))
        .map(|(_, text)| read(&text))
        .collect();
    for (pointer, value) in [
        ("/upstream_connection_options/tcp_keepalive/keepalive_time", Value::from(1200)),
        ("/socket_options/1/int_value", 1200.into()),
        ("/common_http_protocol_options/idle_timeout", "2400s".into()),
        ("/spec/securityContext/sysctls/0/value", "1200".into()),
        ("/ipvs/tcpTimeout", "2400s".into()),
        (
            "/metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-listener-attributes.TCP-443",
            "tcp.idle_timeout.seconds=2400".into(),
        ),
    ] {
        assert!(all.iter().any(|document| document.pointer(pointer) == Some(&value)), "{pointer}: {all:?}");
    }
}

#[test]
fn a_target_is_found_by_the_other_words_for_it() {
    let of = |word: &str| idlescope(&["advise", "--hop=fw=1h", "--for", word]).run();
    for (word, id) in idlescope::advice::ALIASES {
        assert_eq!((of(word).code, of(word).out), (of(id).code, of(id).out), "{word} is {id}");
    }
    assert_eq!(of("k8").code, 2);
    assert!(of("postgres").out.contains("keepalives_idle"));
}
