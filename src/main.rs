//! The `idlescope` command.

/// Flows and what is kept of them are made and let go by all threads, whose turns change: glibc's heap makes them wait
/// for each other; measured, that was a tenth of a run.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    idlescope::cli::run()
}
