//! What must not change a report.

use super::*;

#[test]
fn the_number_of_workers_never_changes_a_report() {
    for run in runs() {
        let with = |workers| document(&Run { workers, ..run.clone() }.report());
        let one = with(1);
        assert_eq!(one, with(2), "{:?}", run.files);
        assert_eq!(one, with(3), "{:?}", run.files);
    }
}

/// The document without what tells the files apart.
fn without_files(report: &Report) -> Value {
    let mut document = document(report);
    document["capture"]["files"].take();
    for finding in document["findings"].as_array_mut().unwrap() {
        finding["files"].take();
    }
    document
}

#[test]
fn the_files_of_a_ring_may_be_given_in_any_order() {
    let ring = captures().pop().unwrap();
    let forwards = Run::of(ring.clone()).behind(HOPS).report();
    let backwards = Run::of(ring.iter().rev()).behind(HOPS).report();
    assert!(!forwards.findings.is_empty());
    assert_eq!(without_files(&forwards), without_files(&backwards));
    let places = |report: &Report| -> Vec<(String, u64)> {
        let named = report.findings.iter().flat_map(|finding| {
            assert_eq!(finding.files.len(), finding.frames.len());
            finding.files.iter()
        });
        named.map(|place| (report.capture.files[place.file as usize - 1].name.clone(), place.frame)).collect()
    };
    assert_eq!(places(&forwards), places(&backwards));
    assert!(places(&forwards).iter().any(|(file, _)| file.ends_with("ring-5.pcapng")));
}

#[test]
fn packing_and_byte_order_do_not_change_what_is_found() {
    let of = |name: &str| without_files(&Run::of([fixture(name)]).behind(HOPS).report());
    let plain = of("keepalive-answered.pcap");
    for other in [
        "keepalive-answered-gz.pcap.gz",
        "keepalive-answered-zst.pcap.zst",
        "keepalive-answered-lz4.pcap.lz4",
        "keepalive-answered-big-endian.pcap",
    ] {
        assert_eq!(plain, of(other), "{other}");
    }
}

#[test]
fn a_vlan_changes_nothing_but_the_network() {
    let plain = Run::of([fixture("keepalive-answered.pcap")]).behind(HOPS).report();
    let tagged = Run::of([fixture("keepalive-answered-vlan.pcap")]).behind(HOPS).report();
    assert_eq!(plain.totals, tagged.totals);
    assert!(
        tagged.flows.iter().all(|flow| flow.network.as_ref().is_some_and(|name| name.starts_with("vlan ")))
    );
    assert!(plain.flows.iter().all(|flow| flow.network.is_none()));
}
