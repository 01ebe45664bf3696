#[path = "../tests/run/mod.rs"]
mod run;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let hops: Vec<&str> =
        args[2..].iter().filter(|h| !h.starts_with("--keepalive=")).map(|s| s.as_str()).collect();
    let ka = args[2..].iter().find_map(|h| h.strip_prefix("--keepalive="));
    let terms = run::terms(&hops, ka);
    let report = run::report(&[args[1].clone().into()], &terms, 1);
    if args[0] == "text" {
        idlescope::report::write(
            &report,
            idlescope::report::Format::Text,
            idlescope::report::Layout { ..Default::default() },
            &mut std::io::stdout(),
        )
        .unwrap();
    } else {
        println!("{}", serde_json::to_string_pretty(&run::json_of(&report)).unwrap());
    }
}
