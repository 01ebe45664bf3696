//! idlescope beside `cat` and tcpdump's copy, on the same captures in the same run.
//!
//! `cargo bench --bench compare [-- RUNS]` makes three captures from a seed in a temporary folder, runs the
//! commands in turn (A B C A B C …) and prints medians, ratios and memory for each flow, and which bars were held.
//! tcpdump copies twice: to a file beside the capture, which is what one waits for, and to `/dev/null`, which is only its
//! reading. Absolute times depend on the machine; the ratios are what the bars are about. `cargo test` runs it on a
//! thousandth of the traffic, once.

mod traffic;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use traffic::Plan;

const CAT: &str = "cat";
const COPY: &str = "tcpdump copy";
const ANALYZE: &str = "idlescope";
const TUNE: &str = "idlescope tune";

/// What a measure may come to at the most.
enum Bar {
    TimesCat(f64),
    TimesCopy(f64),
    /// Of `tune`.
    TimesAnalyze(f64),
    BytesAFlow(f64),
}

/// One command's runs.
struct Runs {
    name: &'static str,
    wall: Vec<Duration>,
    cpu: Vec<Duration>,
    peak_bytes: u64,
}

impl Runs {
    fn median(times: &[Duration]) -> f64 {
        let mut sorted: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn wall(&self) -> f64 {
        Runs::median(&self.wall)
    }
}

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let smoke = words.iter().any(|word| word == "--test") || cfg!(debug_assertions);
    let runs = words.iter().find_map(|word| word.parse().ok()).unwrap_or(if smoke { 1 } else { 7 });
    let divisor = if smoke { 1000 } else { 1 };
    let folder = tempfile::tempdir()?;
    for (name, plan, bars) in [
        ("header-only", Plan::HEADERS, [Bar::TimesCat(8.0), Bar::TimesCopy(0.6)].as_slice()),
        ("all open at once", Plan::CROWD, &[Bar::BytesAFlow(384.0)]),
        ("full-size", Plan::FULL, &[Bar::TimesCat(2.0)]),
    ] {
        let plan = plan.scaled(divisor);
        let path = folder.path().join(format!("{}.pcap", name.replace(' ', "-")));
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        let frames = traffic::write(&plan, &mut file)?;
        file.into_inner()?.sync_all()?;
        let bytes = path.metadata()?.len();
        println!("{name}: {frames} frames, {} flows, {:.2} GB", plan.flows, bytes as f64 / 1e9);
        compare(&path, &plan, bars, runs)?;
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

fn compare(path: &Path, plan: &Plan, bars: &[Bar], runs: usize) -> io::Result<()> {
    let copied = path.with_extension("copy");
    let mut commands: Vec<(Runs, Command)> = Vec::new();
    let mut add = |name, program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        commands.push((Runs { name, wall: Vec::new(), cpu: Vec::new(), peak_bytes: 0 }, command));
    };
    let file = path.to_string_lossy();
    add(CAT, "cat", &[&file]);
    if Command::new("tcpdump").arg("--version").output().is_ok() {
        add(COPY, "tcpdump", &["-r", &file, "-w", &copied.to_string_lossy()]);
        add("to /dev/null", "tcpdump", &["-r", &file, "-w", "/dev/null"]);
    } else {
        println!("  SKIPPED: tcpdump is not installed, so there is no ratio to its copy");
    }
    let hops = ["analyze", "--hop", "firewall=1h", "--hop", "mdm=50m", "--hop", "lb=40m", &file];
    add(ANALYZE, env!("CARGO_BIN_EXE_idlescope"), &hops);
    let tune = [&["tune"], &hops[1..]].concat();
    add(TUNE, env!("CARGO_BIN_EXE_idlescope"), &tune);
    for round in 0..=runs {
        for (record, command) in &mut commands {
            let (wall, cpu, peak) = timed(command)?;
            // Else the next copy would also wait for this one to be cut to nothing.
            if copied.exists() {
                std::fs::remove_file(&copied)?;
            }
            // The first round only warms the page cache.
            if round > 0 {
                record.wall.push(wall);
                record.cpu.push(cpu);
                record.peak_bytes = record.peak_bytes.max(peak);
            }
        }
    }
    let of = |name| commands.iter().map(|(record, _)| record).find(|record| record.name == name);
    let (cat, copy) = (of(CAT).map(Runs::wall), of(COPY).map(Runs::wall));
    let ratio = |wall: f64, to: Option<f64>| to.map_or("-".to_owned(), |to| format!("{:.2}", wall / to));
    println!("  {:<14}{:>9}{:>9}{:>9}{:>9}{:>10}", "median", "wall s", "cpu s", "÷ cat", "÷ copy", "peak MB");
    for (record, _) in &commands {
        println!(
            "  {:<14}{:>9.3}{:>9.3}{:>9}{:>9}{:>10.1}",
            record.name,
            record.wall(),
            Runs::median(&record.cpu),
            ratio(record.wall(), cat),
            ratio(record.wall(), copy),
            record.peak_bytes as f64 / 1e6,
        );
    }
    let (Some(analyze), Some(tune)) = (of(ANALYZE), of(TUNE)) else { return Ok(()) };
    for bar in bars.iter().chain(&[Bar::TimesAnalyze(1.25)]) {
        let flows = f64::from(plan.flows);
        let (what, measured, most) = match *bar {
            Bar::TimesCat(most) => ("× cat", cat.map(|cat| analyze.wall() / cat), most),
            Bar::TimesCopy(most) => ("× tcpdump's copy", copy.map(|copy| analyze.wall() / copy), most),
            Bar::BytesAFlow(most) => ("bytes a flow, all in", Some(analyze.peak_bytes as f64 / flows), most),
            Bar::TimesAnalyze(most) => ("× analyze for tune", Some(tune.wall() / analyze.wall()), most),
        };
        if let Some(measured) = measured {
            let verdict = if measured <= most { "held" } else { "MISSED" };
            println!("  {measured:.2} {what}; at most {most}: {verdict}");
        }
    }
    io::stdout().flush()
}

/// Runs a command; wall time, processor time, peak resident bytes.
fn timed(command: &mut Command) -> io::Result<(Duration, Duration, u64)> {
    let begin = Instant::now();
    let child = command.spawn()?;
    let pid = libc::pid_t::try_from(child.id()).map_err(io::Error::other)?;
    // SAFETY: all-zero bytes are a valid rusage; wait4 is given pointers to live locals, and the child is
    // ours and is waited for nowhere else.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let mut status = 0;
        if libc::wait4(pid, &raw mut status, 0, &raw mut usage) != pid {
            return Err(io::Error::last_os_error());
        }
        // Exit code 1 says that findings were made.
        if !libc::WIFEXITED(status) || libc::WEXITSTATUS(status) > 1 {
            return Err(io::Error::other(format!("{command:?} failed with status {status}")));
        }
        usage
    };
    let wall = begin.elapsed();
    let of = |time: libc::timeval| Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000);
    // Linux counts ru_maxrss in KiB.
    Ok((wall, of(usage.ru_utime) + of(usage.ru_stime), usage.ru_maxrss as u64 * 1024))
}
