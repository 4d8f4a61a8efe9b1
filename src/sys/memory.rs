//! Memory that outlives the stack: values that are set once, and mappings.

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use rustix::io::Result;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

/// A place in .bss for a value that is set once and then lives as long as the
/// process. A page of .bss costs nothing until it is touched.
pub struct Once<T> {
    is_taken: AtomicBool,
    is_set: AtomicBool,
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: `set` hands out the only mutable reference, once; `get` hands out
// shared references, and `T` may be shared.
unsafe impl<T: Sync> Sync for Once<T> {}

impl<T> Once<T> {
    /// No value yet.
    pub const fn empty() -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            is_set: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::zeroed()),
        }
    }

    /// Sets the value, which can be read with [`Once::get`] from then on.
    /// Panics if there is one: each place is set by one line of the program.
    pub fn set(&'static self, value: T) -> &'static T {
        assert!(!self.is_taken.swap(true, Acquire));
        // SAFETY: the swap gave the place to this call alone.
        let place = unsafe { &mut *self.value.get() };
        let value = place.write(value);
        self.is_set.store(true, Release);
        value
    }

    /// The value, if it is set.
    pub fn get(&'static self) -> Option<&'static T> {
        if !self.is_set.load(Acquire) {
            return None;
        }
        // SAFETY: it is set, and nobody has a mutable reference any more.
        let place = unsafe { &*self.value.get() };
        // SAFETY: it is set.
        Some(unsafe { place.assume_init_ref() })
    }
}

impl<const N: usize> Once<[u8; N]> {
    /// The zeros that .bss begins with, for the caller alone. Panics the second time.
    #[expect(clippy::mut_from_ref)] // the swap lets it happen once
    pub fn take_zeroed(&'static self) -> &'static mut [u8; N] {
        assert!(!self.is_taken.swap(true, Acquire));
        // SAFETY: the swap gave the place to this call alone.
        let place = unsafe { &mut *self.value.get() };
        // SAFETY: zeros are bytes.
        unsafe { place.assume_init_mut() }
    }
}

/// `mmap(NULL, 8 * count, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)`:
/// counters, all 0, that this process and those that it forks have in common.
/// fork(2) neither copies a shared page nor makes it copy-on-write, so that a
/// write after a fork costs no page fault.
///
/// # Errors
///
/// Those of mmap: ENOMEM.
///
/// # References
///
/// [mmap(2)](https://man7.org/linux/man-pages/man2/mmap.2.html)
pub fn shared_counters(count: usize) -> Result<&'static [AtomicU64]> {
    let flags = MapFlags::SHARED | MapFlags::NORESERVE;
    let mapping = Mapping::new(
        count * size_of::<AtomicU64>(),
        ProtFlags::READ | ProtFlags::WRITE,
        flags,
    )?;
    // SAFETY: `count` zeroed words, aligned to a page, and never unmapped.
    Ok(unsafe { core::slice::from_raw_parts(mapping.start.cast(), count) })
}

/// An anonymous mapping that stays as long as the process.
#[derive(Clone, Copy)]
pub struct Mapping {
    pub(super) start: *mut u8,
}

impl Mapping {
    /// `mmap(NULL, length, protection, flags | MAP_ANONYMOUS, -1, 0)`
    pub(super) fn new(length: usize, protection: ProtFlags, flags: MapFlags) -> Result<Self> {
        // SAFETY: a new mapping, where the kernel finds room, touches no other memory.
        let start = unsafe { mmap_anonymous(null_mut(), length, protection, flags) }?;
        Ok(Self {
            start: start.cast(),
        })
    }

    /// `count` values for as long as the process lives.
    ///
    /// # Errors
    ///
    /// Those of mmap: ENOMEM.
    pub fn filled<T: 'static>(count: usize, value: impl Fn() -> T) -> Result<&'static mut [T]> {
        let places = Self::uninit(count)?;
        for place in &mut *places {
            place.write(value());
        }
        // SAFETY: all have been written.
        Ok(unsafe { &mut *(&raw mut *places as *mut [T]) })
    }

    /// `count` buffers of zeros, on pages that cost nothing until they are touched.
    ///
    /// # Errors
    ///
    /// Those of mmap: ENOMEM.
    pub fn buffers<const N: usize>(count: usize) -> Result<&'static mut [[u8; N]]> {
        let places = Self::uninit::<[u8; N]>(count)?;
        // SAFETY: a new mapping has zeros, and zeros are bytes.
        Ok(unsafe { &mut *(&raw mut *places as *mut [[u8; N]]) })
    }

    /// Places for `count` values, whose memory costs nothing until it is touched.
    ///
    /// # Errors
    ///
    /// Those of mmap: ENOMEM.
    pub(super) fn uninit<T: 'static>(count: usize) -> Result<&'static mut [MaybeUninit<T>]> {
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        let access = ProtFlags::READ | ProtFlags::WRITE;
        let mapping = Self::new(count * size_of::<T>(), access, flags)?;
        // SAFETY: room for `count` values, aligned to a page, never unmapped, and nobody else's.
        Ok(unsafe { core::slice::from_raw_parts_mut(mapping.start.cast(), count) })
    }
}

/// A place through which one thread hands a value to another.
pub struct Handover<T> {
    state: AtomicU8,
    value: UnsafeCell<MaybeUninit<T>>,
}

const EMPTY: u8 = 0;
/// One side writes or reads the value.
const BUSY: u8 = 1;
const FULL: u8 = 2;

// SAFETY: `state` gives the value to one side at a time, and `T` may move
// between threads.
unsafe impl<T: Send> Sync for Handover<T> {}

impl<T> Handover<T> {
    /// Nothing is there yet.
    pub const fn empty() -> Self {
        Self {
            state: AtomicU8::new(EMPTY),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Puts a value in. If there is one already, this one is dropped.
    pub fn put(&self, value: T) {
        if self.moves(EMPTY, BUSY) {
            // SAFETY: nobody else touches the value while it is busy.
            unsafe { self.value.get().write(MaybeUninit::new(value)) };
            self.state.store(FULL, Release);
        }
    }

    /// Takes the value out, if there is one.
    pub fn take(&self) -> Option<T> {
        if !self.moves(FULL, BUSY) {
            return None;
        }
        // SAFETY: nobody else touches the value while it is busy.
        let value = unsafe { self.value.get().read() };
        self.state.store(EMPTY, Release);
        // SAFETY: it was full: `put` wrote it.
        Some(unsafe { value.assume_init() })
    }

    fn moves(&self, from: u8, to: u8) -> bool {
        let moved = self.state.compare_exchange(from, to, Acquire, Relaxed);
        moved.is_ok()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_handover_gives_the_first_value_once() {
        let place = super::Handover::empty();
        assert_eq!(place.take(), None);
        place.put(1);
        place.put(2);
        assert_eq!(place.take(), Some(1));
        assert_eq!(place.take(), None);
    }
}
