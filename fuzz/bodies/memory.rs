//! How much memory a piece of work holds at its worst.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    /// The bytes this thread holds, and the most it held since that was last set.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
pub struct Counting;

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.get() + layout.size() as isize;
        HELD.set(held);
        MOST.set(MOST.get().max(held));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as isize);
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Does `work`, which must never hold more than `limit` bytes beyond what was held before.
pub fn within<R>(limit: usize, work: impl FnOnce() -> R) -> R {
    let before = HELD.get();
    MOST.set(before);
    let result = work();
    let most = (MOST.get() - before) as usize;
    assert!(most <= limit, "{most} bytes held, of {limit}");
    result
}
