//! Programs that run beside the test, and connections for them to see.

use idlescope::capture::{LiveError, LiveOptions, LiveSource};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Whether this process may capture on loopback. Without permission: says so loudly, and fails in CI.
pub fn may_capture(test: &str) -> bool {
    match LiveSource::open("lo", &LiveOptions::default()) {
        Ok(_) => true,
        Err(LiveError::NoPermission { problem, .. }) => {
            let why = format!("needs root or CAP_NET_RAW to capture on lo ({problem})");
            assert!(std::env::var_os("CI").is_none(), "{test} {why}");
            say_skipped(test, &why);
            false
        }
        Err(error) => panic!("{error}"),
    }
}

/// Says it straight on standard error: the test harness holds back what tests that pass print.
pub fn say_skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr().lock(), "\nSKIPPED: {what}: {why}\n");
}

/// A child that does not outlive the test.
pub struct Beside(pub Child);

impl Beside {
    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end, at most `patience`, and gives its exit code.
    pub fn code_within(&mut self, patience: Duration) -> i32 {
        let until = Instant::now() + patience;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code().unwrap_or_else(|| panic!("{status}"));
            }
            assert!(Instant::now() < until, "still running after {patience:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `file` has content, at most ten seconds.
pub fn wait_for(file: &Path) {
    let until = Instant::now() + Duration::from_secs(10);
    while std::fs::metadata(file).map_or(0, |metadata| metadata.len()) == 0 {
        assert!(Instant::now() < until, "{} was never written", file.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A service on loopback.
pub struct Service {
    listener: TcpListener,
    pub port: u16,
}

impl Service {
    pub fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        Service { listener, port }
    }

    /// A connection over which something was said.
    pub fn connect(&self) -> Connection {
        let client = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let (server, _) = self.listener.accept().unwrap();
        let mut connection = Connection { client, server };
        connection.speak();
        connection
    }
}

/// Both ends of a connection.
pub struct Connection {
    pub client: TcpStream,
    pub server: TcpStream,
}

impl Connection {
    /// A request and its answer.
    pub fn speak(&mut self) {
        let mut bytes = [0; 4];
        self.client.write_all(b"ping").unwrap();
        self.server.read_exact(&mut bytes).unwrap();
        self.server.write_all(b"pong").unwrap();
        self.client.read_exact(&mut bytes).unwrap();
    }
}
