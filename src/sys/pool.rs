//! A pool of values of one type: places in one mapping, used again as they
//! become free, the last one first.

use super::Mapping;
use core::mem::MaybeUninit;
use rustix::io::Result;

/// Up to `capacity` values, each with a number that stays its own. Memory is
/// touched when a place is first used.
pub struct Pool<T: 'static> {
    places: &'static mut [MaybeUninit<Place<T>>],
    /// So many of the first places have been used so far.
    used: usize,
    /// The first of the free places among them.
    free: Option<u32>,
    /// How many values there are.
    length: usize,
}

enum Place<T> {
    Taken(T),
    /// The next free place.
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
            places: Mapping::uninit(capacity)?,
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
        self.length == self.places.len()
    }

    /// Puts a value in; its number. Where there is no room, it is dropped.
    pub fn insert(&mut self, value: T) -> Option<u32> {
        let number = match self.free {
            Some(number) => {
                if let Some(Place::Free(next)) = self.place(number) {
                    self.free = *next;
                }
                number as usize
            }
            None => self.used,
        };
        let place = self.places.get_mut(number)?;
        // What stood there was free, and needs no drop.
        place.write(Place::Taken(value));
        self.used = self.used.max(number + 1);
        self.length += 1;
        Some(number as u32)
    }

    /// The value of this number, if there is one.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.place(number) {
            Some(Place::Taken(value)) => Some(value),
            _ => None,
        }
    }

    /// Drops a value; its number may be another's from now on.
    pub fn remove(&mut self, number: u32) {
        let free = self.free;
        if let Some(place @ Place::Taken(_)) = self.place(number) {
            *place = Place::Free(free);
            self.free = Some(number);
            self.length -= 1;
        }
    }

    fn place(&mut self, number: u32) -> Option<&mut Place<T>> {
        let used = self.places.get_mut(..self.used)?;
        let place = used.get_mut(number as usize)?;
        // SAFETY: it is one of those that have been used, and so written.
        Some(unsafe { place.assume_init_mut() })
    }
}
