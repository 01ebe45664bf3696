//! Running the program.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The program with its words, in an environment that does not depend on who runs the tests.
pub struct Idlescope {
    command: Command,
    input: Option<Vec<u8>>,
}

/// What came of it.
pub struct Outcome {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn idlescope<W: AsRef<std::ffi::OsStr>>(words: &[W]) -> Idlescope {
    let mut command = Command::new(env!("CARGO_BIN_EXE_idlescope"));
    command.args(words);
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "TERM", "CI"] {
        command.env_remove(name);
    }
    Idlescope { command, input: None }
}

impl Idlescope {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Bytes on standard input; without them it is empty.
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// Standard output that nobody reads.
    pub fn run_unread(mut self) -> Outcome {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = self.command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        // The command holds the other copy of the pipe.
        drop(self.command);
        outcome(child.wait_with_output().unwrap())
    }

    /// Runs it with `begin` on standard input, then Ctrl-C, then `rest`. `begin` is longer than a pipe holds,
    /// so that the program is known to be reading when the signal comes.
    pub fn run_interrupted(mut self, begin: &[u8], rest: &[u8]) -> Outcome {
        assert!(begin.len() > 2 * 65_536, "{}", begin.len());
        let mut child =
            self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(begin).unwrap();
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        stdin.write_all(rest).unwrap();
        drop(stdin);
        outcome(child.wait_with_output().unwrap())
    }

    /// Runs it while `bytes` go into the named pipe `fifo` that it reads, with Ctrl-C after the first half. Both
    /// halves are longer than a pipe holds.
    pub fn run_interrupted_on(mut self, fifo: &std::path::Path, bytes: &[u8]) -> Outcome {
        let (begin, rest) = bytes.split_at(bytes.len() / 2);
        assert!(begin.len() > 2 * 65_536, "{}", begin.len());
        let child =
            self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut pipe = std::fs::File::create(fifo).unwrap();
        pipe.write_all(begin).unwrap();
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        // It leaves before it has read everything.
        let _ = pipe.write_all(rest);
        drop(pipe);
        outcome(child.wait_with_output().unwrap())
    }

    /// Runs it, with Ctrl-C as soon as `begun` says so, which is asked again and again.
    pub fn run_interrupted_when(mut self, mut begun: impl FnMut() -> bool) -> Outcome {
        let mut child =
            self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while !begun() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        outcome(child.wait_with_output().unwrap())
    }

    pub fn run(mut self) -> Outcome {
        let input = self.input.take();
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child =
            self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let feeding = input.map(|bytes| {
            let mut stdin = child.stdin.take().unwrap();
            // It may end before it has read everything.
            std::thread::spawn(move || drop(stdin.write_all(&bytes)))
        });
        let output = child.wait_with_output().unwrap();
        if let Some(feeding) = feeding {
            feeding.join().unwrap();
        }
        outcome(output)
    }
}

fn outcome(output: std::process::Output) -> Outcome {
    Outcome {
        code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", output.status)),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Outcome {
    /// The report on standard output, as JSON.
    pub fn report(&self) -> serde_json::Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}\nout: {}\nerr: {}", self.out, self.err))
    }
}

/// A file of `fixtures`.
pub fn fixture(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path);
    assert!(path.exists(), "{}", path.display());
    path.into_os_string().into_string().unwrap()
}

/// The JSON report of captures behind hops.
pub fn report(captures: &[&str], more: &[&str]) -> serde_json::Value {
    let mut words = vec!["analyze".to_owned(), "--format=json".to_owned()];
    words.extend(captures.iter().map(|capture| fixture(&format!("captures/{capture}"))));
    words.extend(more.iter().map(|word| (*word).to_owned()));
    idlescope(&words).run().report()
}

/// `report` without the names and formats of the files that it was made from.
pub fn without_files(mut report: serde_json::Value) -> serde_json::Value {
    report["capture"]["files"] = serde_json::Value::Null;
    report
}
