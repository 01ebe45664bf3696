//! The `idlescope` command.

fn main() -> std::process::ExitCode {
    idlescope::cli::run()
}
