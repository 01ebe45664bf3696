//! The `idlescope` command.

fn main() -> std::process::ExitCode {
    share_one_heap();
    idlescope::cli::run()
}

/// One heap for all threads, grown a megabyte at a time. glibc's heaps of further threads grow page by page, each
/// with a system call that holds up the page faults of the others; measured, that was a tenth of a run.
fn share_one_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt may be called at any time, and no other thread runs yet; what it refuses stays as it was.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TOP_PAD, 1 << 20);
    }
}
