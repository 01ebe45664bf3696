//! Asks the processor to bring memory near before it is needed. The flow table is larger than any
//! cache, so the misses of its look-ups are the tracker's main cost; started early, they overlap.

/// Starts loading the cache line that holds `target`.
#[inline(always)]
pub(crate) fn line<T>(target: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch neither reads nor writes as far as the program can tell, and faults on no
        // address; the pointer comes from a live reference besides.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(target).cast::<i8>()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = target;
}

/// Starts loading all cache lines of `target`, wherever the compiler has put its fields.
#[inline(always)]
pub(crate) fn whole<T>(target: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let first = std::ptr::from_ref(target).cast::<i8>();
        for offset in (0..size_of::<T>()).step_by(64) {
            // SAFETY: as above; the address stays within the object that `target` borrows.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(first.add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = target;
}

/// Starts loading the first two cache lines of `bytes`: a frame's header and those of its packet.
#[inline(always)]
pub(crate) fn bytes_from(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let first = bytes.as_ptr().cast::<i8>();
        for offset in [0, 64] {
            // SAFETY: as above; an address behind the end is never loaded from, and a prefetch of it does no harm.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

/// Starts loading the cache lines of the element `ahead` places behind the last of `list`, to be written: a line that
/// another processor has read since would otherwise be asked for when the store is due, and stores wait for each other.
#[inline(always)]
pub(crate) fn next_to_write<T>(list: &[T], ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        let first = list.as_ptr().wrapping_add(list.len() + ahead).cast::<u8>();
        for offset in (0..size_of::<T>()).step_by(64) {
            // SAFETY: PREFETCHW changes nothing that the program can see and faults on no address; processors without
            // it take it for no operation (AMD64 Architecture Programmer's Manual, volume 3).
            unsafe {
                std::arch::asm!(
                    "prefetchw [{line}]",
                    line = in(reg) first.wrapping_add(offset),
                    options(nostack, preserves_flags, readonly),
                );
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (list, ahead);
}
