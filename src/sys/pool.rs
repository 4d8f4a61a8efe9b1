//! A pool of values of one type: places in one mapping, used again as they
//! become free, the last one first.

use super::Mapping;
use core::mem::MaybeUninit;

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
    /// mmap: ENOMEM ends the program.
    pub fn new(capacity: usize) -> Self {
        Self {
            places: Mapping::uninit(capacity),
            used: 0,
            free: None,
            length: 0,
        }
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

    /// Puts a value in; its number. Where there is no room, the value comes back.
    pub fn insert(&mut self, value: T) -> Result<u32, T> {
        let Some(number) = self.free.or(u32::try_from(self.used).ok()) else {
            return Err(value);
        };
        if self.free.is_none() {
            let Some(place) = self.places.get_mut(self.used) else {
                return Err(value);
            };
            place.write(Place::Taken(value));
            self.used += 1;
        } else if let Some(place) = self.place(number) {
            let before = core::mem::replace(place, Place::Taken(value));
            if let Place::Free(next) = before {
                self.free = next;
            }
        }
        self.length += 1;
        Ok(number)
    }

    /// The value of this number, if there is one.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        match self.place(number) {
            Some(Place::Taken(value)) => Some(value),
            _ => None,
        }
    }

    /// Takes a value out; its number may be another's from now on.
    pub fn remove(&mut self, number: u32) -> Option<T> {
        let free = self.free;
        let place = self.place(number)?;
        if matches!(place, Place::Free(_)) {
            return None;
        }
        let before = core::mem::replace(place, Place::Free(free));
        self.free = Some(number);
        self.length -= 1;
        match before {
            Place::Taken(value) => Some(value),
            Place::Free(_) => None,
        }
    }

    fn place(&mut self, number: u32) -> Option<&mut Place<T>> {
        let used = self.places.get_mut(..self.used)?;
        let place = used.get_mut(number as usize)?;
        // SAFETY: it is one of those that have been used, and so written.
        Some(unsafe { place.assume_init_mut() })
    }
}
