//! Where a signal can come: before each instruction, inside each system call, and
//! while a process sleeps in the last one. A walk finds these places, and leads
//! another process of the same kind to one of them.

use crate::tracee::{Stop, Tracee};
use std::collections::HashMap;
use std::time::Duration;

/// A process that sleeps for this long waits for something. The server's own nap, before it
/// closes the listener, is shorter.
const NAP: Duration = Duration::from_millis(200);
/// The number of setitimer(2), x86-64.
const SETITIMER: u64 = 38;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Before the instruction.
    Instruction,
    /// Inside the system call that the instruction makes, before it does anything.
    Call,
    /// Asleep in that call.
    Sleep,
}

/// After so many system calls, and at this address for so many times since the last of
/// them. That is exact, and to come here again takes few stops.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub calls: u32,
    pub address: u64,
    pub times: u32,
    pub at: At,
}

/// All places from here to where the process sleeps for long, or ends. The walk takes its
/// time, so the timer that a stop sets is left out: else its ticks would be part of it.
pub fn places(tracee: &mut Tracee) -> Vec<Place> {
    let mut places = Vec::new();
    let mut calls = 0;
    let mut visits = HashMap::new();
    let mut last = 0;
    loop {
        let address = tracee.address();
        let times: &mut u32 = visits.entry(address).or_default();
        // `rep stosb` is stepped once for each byte, and is one instruction.
        let is_repeated = address == last;
        last = address;
        *times += u32::from(!is_repeated);
        let place = |at| Place {
            calls,
            address,
            times: *times,
            at,
        };
        if !is_repeated {
            places.push(place(At::Instruction));
        }
        if !tracee.is_call(address) {
            if tracee.step() == Stop::Ended {
                return places;
            }
            continue;
        }
        if tracee.next_call_number() == SETITIMER {
            tracee.skip_call();
        }
        let stop = tracee.step_call(NAP);
        if stop == Stop::Delivered && tracee.address() != address + 2 {
            continue; // it is at the first instruction of a handler, and has not made the call
        }
        places.push(place(At::Call));
        match stop {
            Stop::Asleep => {
                places.push(place(At::Sleep));
                return places;
            }
            Stop::Ended => return places,
            _ => {
                calls += 1;
                visits.clear();
                last = 0;
            }
        }
    }
}

/// Leads a process from the beginning of the same walk to this place.
///
/// # Errors
///
/// It went another way: what it did instead.
pub fn lead(tracee: &mut Tracee, place: &Place) -> Result<(), String> {
    for call in 0..place.calls {
        for part in ["begin", "return"] {
            let stop = tracee.next_call();
            if stop != Stop::Call {
                return Err(format!("{stop:?} at the {part} of call {call}"));
            }
        }
    }
    tracee.break_at(Some(place.address));
    let at_first = u32::from(tracee.address() == place.address);
    for time in at_first..place.times {
        let stop = tracee.next_call();
        if stop != Stop::Stepped {
            return Err(format!("{stop:?} after {time} of {} times", place.times));
        }
    }
    tracee.break_at(None);
    if place.at != At::Instruction && tracee.next_call() != Stop::Call {
        return Err("made no call".into());
    }
    if place.at == At::Sleep && !tracee.fall_asleep() {
        return Err("did not sleep".into());
    }
    Ok(())
}
