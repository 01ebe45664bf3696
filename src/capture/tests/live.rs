//! A running interface. What needs the right to capture is ignored by default and says so.

use crate::capture::{LiveError, LiveOptions, LiveSource, Polled};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn a_missing_interface_is_named_with_those_that_exist() {
    let error = LiveSource::open("no-such-if0", &LiveOptions::default()).map(|_| ()).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("no-such-if0"), "{message}");
    if let LiveError::NoSuchInterface { existing, .. } = &error {
        assert!(!existing.is_empty() && message.contains(&existing[0]), "{message}");
    }
}

#[test]
#[ignore = "needs the right to capture on lo"]
fn loopback_traffic_is_seen_with_its_headers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let filter = format!("tcp port {port}");
    let options = LiveOptions { filter: Some(filter.clone()), ..LiveOptions::default() };
    let mut live = LiveSource::open("lo", &options).unwrap();
    assert_eq!(live.link().0, 1);
    let quiet_since = Instant::now();
    assert_eq!(live.poll(100, &mut |_| {}), Polled::Quiet);
    assert!(quiet_since.elapsed() < Duration::from_millis(300), "a quiet interface does not hold the caller");
    let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    drop((client, listener.accept().unwrap()));
    let (mut frames, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(3));
    while frames.len() < 6 && Instant::now() < deadline {
        let polled = live.poll(2, &mut |frame| frames.push((frame.number.0, frame.at, frame.captured.len())));
        assert!(!matches!(polled, Polled::Gone { .. }), "{polled:?}");
        assert!(!matches!(polled, Polled::Frames(n) if n > 2), "{polled:?}");
    }
    assert!(frames.len() >= 6, "three of the handshake, FIN and ACK: {frames:?}");
    assert!(frames.iter().zip(1..).all(|(frame, n)| frame.0 == n));
    assert!(frames.iter().any(|frame| frame.1.as_nanos() % 1_000 != 0), "nanoseconds");
    let stats = live.stats();
    assert!(stats.received >= frames.len() as u64 && stats.dropped_by_kernel == 0, "{stats:?}");
}

#[test]
#[ignore = "needs the right to capture on lo"]
fn a_bad_filter_is_refused_on_an_interface_too() {
    let options = LiveOptions { filter: Some("tcp prot 1".to_owned()), ..LiveOptions::default() };
    let error = LiveSource::open("lo", &options).map(|_| ()).unwrap_err();
    assert!(matches!(&error, LiveError::BadFilter { problem, .. } if problem.contains("syntax")), "{error}");
    assert!(LiveSource::open("any", &LiveOptions::default()).is_ok(), "any is never asked to be promiscuous");
}

#[test]
#[ignore = "needs root: makes a pair of interfaces in a network namespace of its own"]
fn an_interface_that_goes_away_is_an_end_with_a_reason() {
    let exe = std::env::current_exe().unwrap();
    if std::env::var_os("IDLESCOPE_IN_NAMESPACE").is_none() {
        let name = "capture::tests::live::an_interface_that_goes_away_is_an_end_with_a_reason";
        let status = std::process::Command::new("unshare")
            .arg("--net")
            .arg(exe)
            .args(["--exact", name, "--ignored", "--nocapture"])
            .env("IDLESCOPE_IN_NAMESPACE", "1")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let ip = |words: &str| {
        let status = std::process::Command::new("ip").args(words.split(' ')).status().unwrap();
        assert!(status.success(), "ip {words}");
    };
    ip("link add gone0 type veth peer name gone1");
    ip("link set gone1 up");
    let down = LiveSource::open("gone0", &LiveOptions::default()).map(|_| ()).unwrap_err();
    assert!(matches!(down, LiveError::Down { .. }), "{down}");
    for end in ["link set gone0 down", "link del gone0"] {
        ip("link set gone0 up");
        let mut live = LiveSource::open("gone0", &LiveOptions::default()).unwrap();
        let deadline = Instant::now() + Duration::from_secs(3);
        while live.poll(100, &mut |_| {}) != Polled::Quiet && Instant::now() < deadline {}
        ip(end);
        let mut polled = live.poll(100, &mut |_| {});
        while !matches!(polled, Polled::Gone { .. }) && Instant::now() < deadline {
            polled = live.poll(100, &mut |_| {});
        }
        let Polled::Gone { reason } = polled else { panic!("{end}: {polled:?}") };
        assert!(!reason.is_empty());
        // The counters stay answerable.
        eprintln!("{end}: {reason}; {:?}", live.stats());
    }
}
