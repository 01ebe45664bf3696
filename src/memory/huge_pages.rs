//! Asks for huge pages. A table of hundreds of megabytes on 4 KiB pages needs more address translations
//! than the processor keeps, and each look-up then waits for one beside its cache miss.

/// Prefers huge pages for the memory of `slice`, where the system has them (Linux `MADV_HUGEPAGE`). It is
/// only a wish: where it is refused, nothing changes but speed.
pub(crate) fn prefer<T>(slice: &mut [T]) {
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let begin = slice.as_mut_ptr() as usize;
        let end = begin + std::mem::size_of_val(slice);
        let (first, last) = (begin.next_multiple_of(PAGE), end / PAGE * PAGE);
        if first < last {
            // SAFETY: the range of whole pages lies within memory that the slice borrows; MADV_HUGEPAGE
            // changes how it is backed, never what it holds.
            unsafe { libc::madvise(first as *mut libc::c_void, last - first, libc::MADV_HUGEPAGE) };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = slice;
}
