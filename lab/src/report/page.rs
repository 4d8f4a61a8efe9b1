//! benchmarks.md, its plots, and benchmarks.json with every number.

mod tables;

use super::Results;
use super::counts::Counts;
use super::load::Measured;
use super::peers::{Family, SUBJECTS, named};
use super::plot::{self, Bar};
use super::statistics::{Spread, thousands};
use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// Writes all of it below `output`.
pub fn write(output: &Path, results: &Results) -> Result<()> {
    let beside = output.join("benchmarks");
    std::fs::create_dir_all(&beside).with_context(|| beside.display().to_string())?;
    let json = serde_json::to_string_pretty(results)? + "\n";
    std::fs::write(beside.join("benchmarks.json"), json)?;
    plots(&beside, results)?;
    let file = output.join("benchmarks.md");
    std::fs::write(&file, text(results)?).with_context(|| file.display().to_string())?;
    println!("{}", file.display());
    Ok(())
}

fn is_of(family: Family) -> impl Fn(&str) -> bool {
    move |name| named(name).family == family
}

/// The number of clients that the plots show: 32, or the most there were.
fn shown(results: &Results) -> u32 {
    let clients = || results.load.iter().map(|measured| measured.clients);
    clients()
        .find(|&n| n == 32)
        .or(clients().max())
        .unwrap_or_default()
}

fn plots(beside: &Path, results: &Results) -> Result<()> {
    let clients = shown(results);
    for (family, word) in [(Family::Single, "single"), (Family::Fork, "fork")] {
        let is_of = is_of(family);
        let mut bars: Vec<Bar<'_>> = (results.load.iter())
            .filter(|measured| measured.clients == clients && is_of(measured.name))
            .filter_map(|measured| {
                let rate = measured.spread(|found| Some(found.rate))?;
                Some(Bar {
                    name: measured.name,
                    value: rate.median,
                    range: Some((rate.min, rate.max)),
                })
            })
            .collect();
        bars.sort_by(|a, b| b.value.total_cmp(&a.value));
        let title = match family {
            Family::Single => format!("One process, {clients} clients"),
            Family::Fork => format!("A process for each connection, {clients} clients"),
        };
        let unit = "requests/s (median; the line: lowest to highest round)";
        plot::bars(
            &beside.join(format!("rate-{word}.svg")),
            &title,
            unit,
            &bars,
        )?;
    }
    let counted = |file: &str, title: &str, unit: &str, value: fn(&Counts) -> f64| {
        let is_of = is_of(Family::Fork);
        let counts = results.counts.iter().filter(|counts| is_of(counts.name));
        // An interpreter's hundreds would leave nothing to see of the others.
        let counts = counts.filter(|counts| !counts.name.starts_with("Python"));
        let mut bars: Vec<Bar<'_>> = counts
            .map(|counts| Bar {
                name: counts.name,
                value: value(counts),
                range: None,
            })
            .collect();
        bars.sort_by(|a, b| a.value.total_cmp(&b.value));
        plot::bars(&beside.join(file), title, unit, &bars)
    };
    counted(
        "page-faults.svg",
        "Minor page faults of a connection (Python: in the table)",
        "minor page faults for each connection, parent and child",
        |counts| counts.per_connection.page_faults,
    )?;
    counted(
        "system-calls.svg",
        "System calls of a connection (Python: in the table)",
        "system calls for each connection, parent and child",
        |counts| counts.per_connection.system_calls as f64,
    )?;
    plot::growth(&beside.join("growth.svg"), &results.growth)
}

fn text(results: &Results) -> Result<String> {
    let mut page = String::new();
    page += "# Benchmarks\n\nEvery model of acceptd beside its peers, in one run on one machine. \
             This page is written by `lab bench`;\n`just bench` makes it anew. All numbers: \
             [benchmarks.json](benchmarks/benchmarks.json).\n\n";
    if results.quick {
        page += "**This was a quick run: it shows that everything works. Its timings tell nothing; \
                 its counts do.**\n\n";
    }
    how(&mut page, results)?;
    page += "## Requests per second, and latency\n\n\
             Medians over the rounds, and from the lowest to the highest. \"x C\" is the ratio to \
             the C reference on\nstatic musl of the same round, so that a slow minute of the \
             machine is in both. Latency is the median of\nthe rounds' percentiles. Errors are \
             wrk's socket errors and answers that were no success, of all rounds.\n\n";
    for (family, word) in [(Family::Single, "single"), (Family::Fork, "fork")] {
        let title = match family {
            Family::Single => "One process",
            Family::Fork => "A process for each connection",
        };
        writeln!(page, "### {title}\n")?;
        writeln!(page, "![{title}: requests/s](benchmarks/rate-{word}.svg)\n")?;
        let is_of = is_of(family);
        let rows: Vec<&Measured> = (results.load.iter())
            .filter(|measured| is_of(measured.name))
            .collect();
        writeln!(page, "{}\n", tables::rates(&rows))?;
        let subject = SUBJECTS[usize::from(family == Family::Fork)];
        writeln!(
            page,
            "How many times the requests/s of each does {subject} answer?\n"
        )?;
        writeln!(page, "{}\n", tables::ratios(subject, &rows))?;
    }
    page += "## The article's measurements\n\n`wrk` with two threads and ten connections, as \
             there. The article's machine is another one (2015): read each\ncolumn from top to \
             bottom, not across.\n\n";
    writeln!(page, "{}\n", tables::article(&results.article))?;
    page += "## How fork grows\n\n![answers/s over sleepers](benchmarks/growth.svg)\n\n\
             `acceptd fork --sleep --max-children 20000`: every connection has a child, which \
             sleeps a second. N sleepers at once\ncan be given N answers/s at most, and none in \
             the first second, which is counted all the same. Children are \
             counted with those\nthat have ended and wait to be reaped. Private and PSS are \
             medians over some thirty of them. The last column is what\nthe whole system lost: \
             the kernel's part of each child (page tables, stacks), the sockets on both sides, \
             wrk, and\nwhatever else ran.\n\n";
    writeln!(page, "{}\n", tables::growth(&results.growth))?;
    page += "## Counted, not timed\n\n![page faults](benchmarks/page-faults.svg)\n\n\
             ![system calls](benchmarks/system-calls.svg)\n\n\
             For one GET, of all processes that take part, through ptrace(2): system calls as \
             strace counts them, instructions\nin user mode one by one. Faults are the mean over \
             several starts, as the kernel places the stack anew at each.\nThe first answer is \
             timed, from fork(2) on. RSS and PSS are of all processes of the idle server. The \
             program's\nbytes are without the libraries that it loads. The image's are with \
             them: all files that its processes have mapped, the\nleast that an image FROM \
             scratch holds; what an interpreter reads and does not map comes on top.\n\n";
    writeln!(page, "{}", tables::counts(&results.counts))?;
    Ok(page)
}

fn how(page: &mut String, results: &Results) -> Result<()> {
    let machine = &results.machine;
    writeln!(page, "## How it was measured\n")?;
    writeln!(
        page,
        "- Command: `{}`, {} UTC.",
        results.command, machine.date
    )?;
    writeln!(
        page,
        "- Machine: {} x {}, {} MiB of memory, {}; load before the start: {:.2}. Servers and \
         client share the processors.",
        machine.processors,
        machine.processor,
        thousands(machine.memory >> 20),
        machine.kernel,
        machine.load_before
    )?;
    for (name, version) in &machine.versions {
        writeln!(page, "- {name}: `{version}`")?;
    }
    writeln!(
        page,
        "- Noise: {} round(s) of {} s for each server and number of clients, in turn (A B C, A B C, \
         ...), each on a\n  server started anew; what is told is the median and the spread. \
         Compare ratios within a run, not rates of two runs.",
        results.rounds, results.seconds
    )?;
    let rounds = results.load.iter().flat_map(|measured| &measured.rounds);
    if let Some(stolen) = Spread::of(rounds.map(|found| 100.0 * found.stolen)) {
        writeln!(
            page,
            "- The hypervisor gave {:.0} % of the processors' time to others in the median round, \
             {:.0} % in the worst.",
            stolen.median, stolen.max
        )?;
    }
    page.push_str(
        "- Client: `wrk -t2 -c N -d Ds --latency -H 'Connection: close'` for all (`-t1` for one \
         client), on loopback. No\n  server keeps a connection alive; each has a queue of 4096 \
         where it can be told. Every server has answered 200\n  before it is loaded.\n",
    );
    for (name, why) in &results.missing {
        writeln!(page, "- Missing: {name}: {}", why.trim().replace('\n', " "))?;
    }
    page.push('\n');
    Ok(())
}
