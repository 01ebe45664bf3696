//! The `idlescope` command.

/// Flows and what is kept of them are made and let go by all threads, whose turns change: glibc's heap makes them wait
/// for each other; measured, that was a tenth of a run.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    allow_huge_pages();
    idlescope::cli::run()
}

/// The heap goes without huge pages, which would take an eighth more memory, and forbids them to the whole process. The
/// flow table and long lists ask for theirs by themselves.
fn allow_huge_pages() {
    #[cfg(target_os = "linux")]
    // SAFETY: PR_SET_THP_DISABLE takes numbers only (prctl(2)); where it is refused, nothing changes but speed.
    unsafe {
        libc::prctl(libc::PR_SET_THP_DISABLE, 0, 0, 0, 0)
    };
}
