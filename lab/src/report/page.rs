//! The text of benchmarks.md.

use super::{in_short, runs, tables};
use crate::bench::comparisons::Comparison;
use crate::bench::load::Row;
use crate::machine::Machine;
use crate::results::{Part, Results};
use crate::servers::peers::MODELS;
use crate::statistics::thousands;
use anyhow::Result;
use std::fmt::Write;

/// The page, with those plots that are `drawn`.
pub fn text(results: &Results, drawn: &[&str]) -> Result<String> {
    let plot = |alt: &str, file: &str| match drawn.contains(&file) {
        true => format!("![{alt}](benchmarks/{file})\n\n"),
        false => String::new(), // it would have had no bar
    };
    let mut page = String::from(
        "# Benchmarks\n\nEvery model of acceptd beside its peers, on one machine. `lab bench` \
         writes this page: `just bench` measures and\nwrites it below `target/bench`, `just bench \
         --record` here. It is made from [benchmarks.json](benchmarks/benchmarks.json).\n\n",
    );
    if let Some(machine) = &results.machine {
        describe(&mut page, machine)?;
    }
    page.push_str(&runs::text(results)?);
    write!(page, "{IN_SHORT}{}\n\n", in_short::table(results))?;
    if let Some(part) = &results.load {
        page.push_str("## What a connection costs\n\n");
        page.push_str(&plot("processor time of a connection", "cost.svg"));
        load(&mut page, part, results.comparisons.as_ref())?;
    }
    if let Some(part) = &results.growth {
        page.push_str("## How the models grow\n\n");
        page.push_str(&plot("answers of the most sleepers", "growth-rate.svg"));
        page.push_str(&plot("memory of each sleeper", "growth-memory.svg"));
        write!(page, "{GROWTH}{}\n\n", tables::growth(&part.rows))?;
    }
    if let Some(part) = &results.stop {
        page.push_str("## What a stop loses\n\n");
        page.push_str(&plot("requests that a stop loses", "stop.svg"));
        write!(page, "{STOP}{}\n\n", tables::stop(&part.rows))?;
    }
    if let Some(part) = &results.restart {
        write!(page, "{RESTART}{}\n\n", tables::restart(&part.rows))?;
    }
    if let Some(part) = &results.counts {
        page.push_str("## Counted, not timed\n\n");
        page.push_str(&plot("system calls", "system-calls.svg"));
        page.push_str(&plot("page faults", "page-faults.svg"));
        write!(page, "{COUNTS}{}\n\n", tables::counts(&part.rows))?;
    }
    if let Some(part) = &results.article {
        write!(page, "{ARTICLE}{}\n\n", tables::article(&part.rows))?;
    }
    Ok(page.trim_end().to_string() + "\n")
}

fn describe(page: &mut String, machine: &Machine) -> Result<()> {
    writeln!(
        page,
        "- Machine: {} x {}, {} MiB of memory, {}. Servers and clients share the processors, \
         and talk over loopback.",
        machine.processors,
        machine.processor,
        thousands(machine.memory >> 20),
        machine.kernel,
    )?;
    for (name, version) in &machine.versions {
        writeln!(page, "- {name}: `{version}`")?;
    }
    page.push('\n');
    Ok(())
}

fn load(page: &mut String, part: &Part<Row>, ratios: Option<&Part<Comparison>>) -> Result<()> {
    page.push_str(LOAD);
    writeln!(
        page,
        "Each figure is the median of {} round(s) of {} s, with the lowest and the highest.\n",
        part.run.rounds, part.run.seconds
    )?;
    if let Some(ratios) = ratios.filter(|part| !part.rows.is_empty()) {
        page.push_str(
            "The ratios that acceptd holds itself to, round by round, with the lowest and the \
             highest:\n\n",
        );
        writeln!(page, "{}\n", tables::comparisons(&ratios.rows))?;
    }
    let mut section = |title: &str, is_of: &dyn Fn(&Row) -> bool| -> Result<()> {
        let mut rows: Vec<&Row> = part.rows.iter().filter(|row| is_of(row)).collect();
        rows.sort_by_key(|row| row.clients); // stable: the servers stay in their order
        if rows.is_empty() {
            return Ok(());
        }
        writeln!(page, "### {title}\n\n{}\n", tables::load(&rows))?;
        Ok(())
    };
    for model in MODELS {
        section(model.title(), &|row| row.model == model && !row.keeps_alive)?;
    }
    section("Connections kept alive: the cost of a request", &|row| {
        row.keeps_alive
    })?;
    Ok(())
}

const IN_SHORT: &str = "\
## In short

What one connection costs, in all processes that take part, and how many clients lose their request when the server
stops. \"x C\" is the ratio of processor time to the same model in C. The sections below explain each column, and how it
was measured.

";

const LOAD: &str = "\
CPU is the processor time of the server and all its children, microseconds for each connection, as the
kernel accounts it to a cgroup of their own, without the client's. It is what a model costs. The rate stands
beside it. On loopback it depends mostly on the client, since wrk takes more processor time than these servers do.
\"x C\" is the ratio to the C reference of the same model on static musl, taken round by round, so that a slow
minute of the machine is in both. Under keep-alive the reference is C's epoll. Compare ratios, not figures of two runs.

Servers are measured in turn (A B C, A B C, ...), each started anew, and each has answered 200 before. The client is
`wrk -t2 -c N -d Ds --latency -H 'Connection: close'` (`-t1` for one client), under keep-alive without that header.
Each server has a queue of 4096 where it can be told. Errors are the socket errors that wrk counts, and the answers
that were no success, of all rounds together. Iterative and prefork are not measured under keep-alive: they serve as
many clients as they have processes, and the others wait.

";

const GROWTH: &str = "\
Every connection sleeps for a second before it is answered. N sleepers at once can get N answers/s at most, and none
in the first second, which is counted all the same. `acceptd fork` runs with `--max-children 20000`, `thread` and
`epoll` with `--max-connections 20000`. The columns from *processes* on are of one moment: of
several looks each second, the one at which the server had the most threads or, with one thread, took the most memory.
PSS is what the processes have mapped; of many processes thirty are measured. Memory is by how much the server's cgroup
had grown. It includes the stacks and page tables that the kernel keeps for each process and thread and, in version 2
of cgroups, the buffers of sockets. *Of each* is the memory for each process or thread or, where one thread serves all,
for each sleeper. The kernel accounts in steps of up to half a MiB, so this column means something from 1,000 sleepers
on.

";

const STOP: &str = "\
Thirty-two clients in a loop, and the stop that each server's manual recommends: SIGQUIT is `nginx -s quit`, SIGINT is
lighttpd's graceful stop, `shutdown()` is what Python's server calls at SIGTERM. The C references and the article's Python
programs have no handler: a signal ends them. Each client goes round until a request is not answered, so each adds one
to the columns from *refused* to *hung*. *Answered*: after the signal. *Refused*: the client may go elsewhere, and
nothing is lost. Each *late* counts apart those that had to wait for it until their SYN was repeated, a second later.
*Reset*, *closed*: after the client had connected. *Hung*: no outcome in five seconds. *Lost* is the sum of these
three. *End*: from the signal to the end of the process. *Killed*: it had not ended after 15 seconds.

";

const RESTART: &str = "\
## Replaced under load

Thirty-two clients in a loop, while the server is replaced again and again, half a second apart. acceptd: the next one
listens on the same port (`--reuseport`), then the first gets SIGTERM. nginx: `nginx -s reload`, by which new workers take
over the listener that the master keeps. *Failed*: refused (soon or late), reset, closed or hung. *Late*: answered, but only
after its SYN was repeated, a second later. nginx: each reload is waited for until a new worker is there.

";

const COUNTS: &str = "\
For one GET, of all processes and threads that take part, through ptrace(2): system calls as strace counts them,
instructions in user mode one by one. Faults are the mean over several starts, as the kernel places the stack anew at
each. The first answer is timed, from fork(2) on. RSS and PSS are of all processes of the idle server. The program's bytes
do not include the libraries that it loads. The image's bytes do: they are those of all files that its processes have
mapped. An image FROM scratch has at least these, and also what an interpreter reads and does not map.

";

const ARTICLE: &str = "\
## The article's measurements

`wrk` with two threads and ten connections, as there. The article's machine is another one (2015): read each column
from top to bottom, not across.

";
