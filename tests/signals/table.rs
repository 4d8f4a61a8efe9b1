//! The table: a row for each case and signal, and below it what went wrong.

use crate::cases::Case;
use crate::run::Outcome;
use crate::symbols::Symbols;
use crate::walk::{At, Place};
use nix::sys::signal::Signal;

/// The most faults that are printed for each row. The rest are counted.
const TOLD: usize = 10;

#[derive(Default)]
pub struct Table {
    runs: usize,
    lost: u64,
    faults: usize,
}

impl Table {
    pub fn head() -> Self {
        println!(
            "{:<46} {:<8} {:<20} {:<8} {:>12} {:>6} {:>5} {:>6}",
            "server", "moment", "clients", "signal", "instructions", "runs", "lost", "faults"
        );
        Self::default()
    }

    pub fn row(
        &mut self,
        case: &Case,
        signal: Signal,
        places: &[Place],
        outcomes: &[(Place, Outcome)],
        symbols: &Symbols,
    ) {
        let is_instruction = |place: &&Place| place.at == At::Instruction;
        let instructions = places.iter().filter(is_instruction).count();
        let lost: u64 = outcomes.iter().map(|(_, outcome)| outcome.lost).sum();
        let wrong = outcomes
            .iter()
            .filter(|(_, outcome)| !outcome.faults.is_empty());
        let faults = wrong.clone().count();
        println!(
            "{:<46} {:<8} {:<20} {:<8} {instructions:>12} {:>6} {lost:>5} {faults:>6}",
            case.server(),
            case.moment(),
            case.comers(),
            signal.as_str(),
            outcomes.len(),
        );
        for (place, outcome) in wrong.take(TOLD) {
            let at = match place.at {
                At::Instruction => "before",
                At::Call => "inside",
                At::Sleep => "asleep in",
            };
            let address = symbols.name(place.address);
            println!(
                "    {at} {address}, after {} calls, {}: {}",
                place.calls,
                place.times,
                outcome.faults.join("; ")
            );
        }
        self.runs += outcomes.len();
        self.lost += lost;
        self.faults += faults;
    }

    /// The sum; whether there were runs and nothing went wrong.
    pub fn foot(self, seconds: u64) -> bool {
        println!(
            "{} runs in {seconds} s, lost {}, faults {}",
            self.runs, self.lost, self.faults
        );
        self.runs > 0 && self.faults == 0
    }
}
