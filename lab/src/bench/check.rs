//! `lab counts`: what one connection costs acceptd, in counts, and whether
//! that has grown past what is recorded. No timing, so no noise.

use super::counts::PerConnection;
use crate::servers::peers::{MODELS, Model};
use crate::servers::programs::Programs;
use crate::servers::server::Server;
use crate::servers::started;
use crate::servers::table::{FORK_WITHOUT_SIGNALS, named};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How far instructions may grow, in hundredths: another compiler places a few of them
/// differently. System calls may not grow at all.
const SLACK_OF_INSTRUCTIONS: u64 = 5;

/// How far page faults may grow: less than one page would add, and about six
/// standard errors of the mean of [`STARTS`] (a start differs by about 0.7).
const SLACK_OF_FAULTS: f64 = 0.5;

/// How often acceptd is started to count page faults.
const STARTS: usize = 64;

/// System calls, page faults and instructions of acceptd for one connection.
#[derive(clap::Args)]
pub struct Arguments {
    /// Compare with the recorded counts, and fail if one has grown
    #[arg(long, conflicts_with = "record")]
    check: bool,
    /// Record the counts as they are now
    #[arg(long)]
    record: bool,
    /// The acceptd to count
    #[arg(long, value_name = "FILE", default_value = "target/release/acceptd")]
    acceptd: PathBuf,
    /// Where the counts are recorded
    #[arg(long, value_name = "FILE", default_value = "lab/counts.json")]
    file: PathBuf,
}

type Recorded = BTreeMap<String, PerConnection>;

/// Counts, prints, and compares or records as asked.
pub fn run(arguments: &Arguments) -> Result<()> {
    started::end_all_on_signal()?;
    let programs = Programs::new(&arguments.acceptd, Path::new("target/peers"))?;
    let mut found = Recorded::new();
    for name in MODELS.map(Model::subject) {
        if let Err(error) = Server::start(&programs, named(name), &[]) {
            eprintln!("lab: left out: {name}: {error:#}");
            continue;
        }
        let mut counts = PerConnection::of(&programs, named(name), STARTS).context(name)?;
        if name == Model::Fork.subject() {
            counts.page_faults = faults_without_signals(&programs, counts.page_faults)?;
        }
        let instructions = counts.instructions.unwrap_or_default();
        ensure!(
            counts.system_calls > 0 && instructions > 0,
            "{name}: {} system calls, {instructions} instructions: nothing was counted",
            counts.system_calls,
        );
        println!(
            "{name}, each connection: {} system calls, {:.2} page faults, {instructions} instructions",
            counts.system_calls, counts.page_faults,
        );
        found.insert(name.to_string(), counts);
    }
    let file = arguments.file.display();
    if arguments.record {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        std::fs::write(&arguments.file, text).with_context(|| format!("{file}"))?;
    } else if arguments.check {
        let text = std::fs::read_to_string(&arguments.file).with_context(|| format!("{file}"))?;
        let recorded = serde_json::from_str(&text).with_context(|| format!("{file}"))?;
        let grown = grown(&recorded, &found);
        ensure!(
            grown.is_empty(),
            "{}\nIf that is meant: lab counts --record",
            grown.join("\n")
        );
        println!("none has grown past {file}");
    }
    Ok(())
}

/// The page faults of fork without SIGCHLD, which depend on acceptd alone. `faults` are
/// those with it. They may only be more by the pages that the frame of a signal takes on
/// the parent's stack, which is as large as the CPU's registers.
fn faults_without_signals(programs: &Programs, faults: f64) -> Result<f64> {
    let without = PerConnection::page_faults(programs, &FORK_WITHOUT_SIGNALS, STARTS)?;
    let frame = signal_frame()?;
    println!(
        "acceptd fork: {faults:.2} page faults, a signal and its frame of {frame} bytes included"
    );
    let pages = (frame / 4096 + 1) as f64; // wherever in a page it begins
    ensure!(
        faults <= without + pages + SLACK_OF_FAULTS,
        "acceptd fork: {faults} page faults with a signal, {without} without: more than its frame takes"
    );
    Ok(without)
}

/// The bytes of a signal's frame on this CPU: AT_MINSIGSTKSZ (getauxval(3)), or
/// MINSIGSTKSZ where the kernel, older than 5.14, does not say.
fn signal_frame() -> Result<u64> {
    const AT_MINSIGSTKSZ: u64 = 51;
    const MINSIGSTKSZ: u64 = 2048;
    let auxv = procfs::process::Process::myself()?.auxv()?;
    Ok(auxv.get(&AT_MINSIGSTKSZ).copied().unwrap_or(MINSIGSTKSZ))
}

/// A line for each count that is larger than it may be, or that is no longer there.
fn grown(recorded: &Recorded, found: &Recorded) -> Vec<String> {
    let gone = recorded.keys().filter(|name| !found.contains_key(*name));
    let mut lines: Vec<String> = gone
        .map(|name| format!("{name}: recorded, not counted"))
        .collect();
    for (name, now) in found {
        let Some(then) = recorded.get(name) else {
            lines.push(format!("{name}: not recorded"));
            continue;
        };
        let instructions = |counts: &PerConnection| counts.instructions.unwrap_or_default();
        let most = instructions(then) * (100 + SLACK_OF_INSTRUCTIONS) / 100;
        for (what, now, most) in [
            (
                "system calls",
                now.system_calls as f64,
                then.system_calls as f64,
            ),
            (
                "page faults",
                now.page_faults,
                then.page_faults + SLACK_OF_FAULTS,
            ),
            ("instructions", instructions(now) as f64, most as f64),
        ] {
            if now > most {
                lines.push(format!("{name}: {now} {what}, at most {most} allowed"));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(system_calls: u64, page_faults: f64, instructions: u64) -> Recorded {
        let counts = PerConnection {
            system_calls,
            page_faults,
            instructions: Some(instructions),
        };
        Recorded::from([("a".to_string(), counts)])
    }

    #[test]
    fn each_count_that_grew_is_named() {
        let recorded = one(4, 2.0, 1000);
        assert_eq!(grown(&recorded, &one(4, 2.5, 1050)), [""; 0]);
        assert_eq!(grown(&recorded, &one(3, 1.0, 10)), [""; 0]);
        assert_eq!(
            grown(&recorded, &one(5, 3.0, 1051)),
            [
                "a: 5 system calls, at most 4 allowed",
                "a: 3 page faults, at most 2.5 allowed",
                "a: 1051 instructions, at most 1050 allowed"
            ]
        );
        assert_eq!(grown(&Recorded::new(), &recorded), ["a: not recorded"]);
        assert_eq!(
            grown(&recorded, &Recorded::new()),
            ["a: recorded, not counted"]
        );
    }
}
