//! The function that an address belongs to, from a build that has not been stripped: its
//! code is the same.

use std::process::Command;

pub struct Symbols(Vec<(u64, String)>);

impl Symbols {
    /// Those of the file that ACCEPTD_SYMBOLS names, as nm(1) lists them; else none.
    pub fn read() -> Self {
        let Some(file) = std::env::var_os("ACCEPTD_SYMBOLS") else {
            return Self(Vec::new());
        };
        let listed = Command::new("nm")
            .args(["--numeric-sort", "--demangle"])
            .arg(file)
            .output()
            .expect("nm");
        let complaint = String::from_utf8_lossy(&listed.stderr);
        assert!(listed.status.success(), "ACCEPTD_SYMBOLS: {complaint}");
        let listed = String::from_utf8(listed.stdout).expect("text");
        let symbol = |line: &str| {
            let (address, rest) = line.split_once(' ')?;
            let (_, name) = rest.split_once(' ')?;
            Some((u64::from_str_radix(address, 16).ok()?, name.to_string()))
        };
        let symbols: Vec<_> = listed.lines().filter_map(symbol).collect();
        assert!(!symbols.is_empty(), "ACCEPTD_SYMBOLS names a stripped file");
        Self(symbols)
    }

    /// `0x401234 acceptd::signal::stop+18`
    pub fn name(&self, address: u64) -> String {
        let after = self.0.partition_point(|(start, _)| *start <= address);
        match after.checked_sub(1).map(|index| &self.0[index]) {
            Some((start, name)) => format!("{address:#x} {name}+{}", address - start),
            None => format!("{address:#x}"),
        }
    }
}
