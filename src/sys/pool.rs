//! A pool of values of one type, in one mapping. A place that becomes free is used
//! again, the last one first.

use super::Mapping;
use core::mem::MaybeUninit;
use rustix::io::Result;

/// Up to `capacity` values. Each has a place: a number that is its own until the
/// value is removed. Memory is touched when a place is first used.
pub struct Pool<T: 'static> {
    slots: &'static mut [MaybeUninit<Slot<T>>],
    /// How many slots have been used so far, from the first on.
    used: usize,
    /// The first free slot among them. It names the next one.
    free: Option<u32>,
    /// How many values there are.
    length: usize,
}

enum Slot<T> {
    Taken(T),
    /// No value; the place of the next free slot.
    Free(Option<u32>),
}

impl<T: 'static> Pool<T> {
    /// No value yet.
    ///
    /// # Errors
    ///
    /// Those of mmap: ENOMEM.
    pub fn new(capacity: usize) -> Result<Self> {
        Ok(Self {
            slots: Mapping::uninit(capacity)?,
            used: 0,
            free: None,
            length: 0,
        })
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether there is room for no more.
    pub fn is_full(&self) -> bool {
        self.length == self.slots.len()
    }

    /// Adds a value and returns its place. Where there is no room, the value is dropped.
    pub fn insert(&mut self, value: T) -> Option<u32> {
        let place = match self.free {
            Some(place) => {
                if let Some(Slot::Free(next)) = self.slot(place) {
                    self.free = *next;
                }
                place as usize
            }
            None => self.used,
        };
        let slot = self.slots.get_mut(place)?;
        // The slot was free: there is no value to drop.
        slot.write(Slot::Taken(value));
        self.used = self.used.max(place + 1);
        self.length += 1;
        Some(place as u32)
    }

    /// The value at this place, if there is one.
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        match self.slot(place) {
            Some(Slot::Taken(value)) => Some(value),
            _ => None,
        }
    }

    /// Drops the value at this place, which is free from now on.
    pub fn remove(&mut self, place: u32) {
        let free = self.free;
        if let Some(slot @ Slot::Taken(_)) = self.slot(place) {
            *slot = Slot::Free(free);
            self.free = Some(place);
            self.length -= 1;
        }
    }

    fn slot(&mut self, place: u32) -> Option<&mut Slot<T>> {
        let used = self.slots.get_mut(..self.used)?;
        let slot = used.get_mut(place as usize)?;
        // SAFETY: it is one of those that have been used, and so written.
        Some(unsafe { slot.assume_init_mut() })
    }
}
