//! The table at the head of benchmarks.md, which README quotes.

use super::{shown, tables};
use crate::bench::counts::Counts;
use crate::bench::stop::CLIENTS;
use crate::results::Results;
use crate::statistics::{number, thousands};
use anyhow::{Context, Result};
use comfy_table::Table;

/// The servers of the table that README quotes.
const IN_SHORT: [&str; 12] = [
    "acceptd iterative",
    "acceptd prefork",
    "acceptd epoll",
    "acceptd thread",
    "acceptd fork",
    "C fork, static musl",
    "nginx, 1 worker, return 200",
    "lighttpd, 1-byte file",
    "busybox httpd, 1-byte file",
    "mini_httpd, 1-byte file",
    "Python asyncio",
    "Python multiprocessing",
];

/// One row for each server of [`IN_SHORT`], with figures from all parts.
pub fn table(results: &Results) -> Table {
    let load = results.load.as_ref().map_or(&[][..], |part| &part.rows);
    let counts = results.counts.as_ref().map_or(&[][..], |part| &part.rows);
    let stops = results.stop.as_ref().map_or(&[][..], |part| &part.rows);
    let clients = shown(load);
    let mut table = tables::table(&[
        "server",
        "CPU, us",
        "x C",
        "system calls",
        "page faults",
        "image, bytes",
        "lost by a stop",
    ]);
    for name in IN_SHORT {
        let mut load = load.iter();
        let load = load.find(|row| row.server == name && row.clients == clients);
        let counts = counts.iter().find(|row| row.server == name);
        let stop = stops.iter().find(|row| row.server == name);
        if load.is_none() && counts.is_none() && stop.is_none() {
            continue; // left out
        }
        let count =
            |count: fn(&Counts) -> String| counts.map_or(tables::NOTHING.to_string(), count);
        table.add_row([
            name.to_string(),
            tables::median(load.and_then(|row| row.cost)),
            tables::median(load.and_then(|row| row.cost_ratio)),
            count(|row| thousands(row.per_connection.system_calls)),
            count(|row| number(row.per_connection.page_faults)),
            count(|row| thousands(row.mapped_bytes)),
            stop.map_or(tables::NOTHING.to_string(), |row| {
                format!("{} of {}", row.requests.lost(), row.stops * CLIENTS)
            }),
        ]);
    }
    table
}

/// `readme` with the table of its section "Beside its peers" replaced.
///
/// # Errors
///
/// There is no such section, or no table in it.
pub fn quote(readme: &str, table: &str) -> Result<String> {
    let section = readme
        .find("\n## Beside its peers\n")
        .context("no section 'Beside its peers'")?;
    let start = readme[section..].find("\n| ");
    let start = start.context("no table in 'Beside its peers'")? + section + 1;
    let end = readme[start..].find("\n\n");
    let end = end.context("no empty line after the table")? + start;
    Ok(format!("{}{table}{}", &readme[..start], &readme[end..]))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn the_table_of_that_section_alone_is_replaced() {
        let readme = "| a |\n\n## Beside its peers\n\nText.\n\n| old |\n|---|\n\nMore.\n\n| b |\n";
        let quoted = quote(readme, "| new |\n| table |").unwrap();
        let want = readme.replace("| old |\n|---|", "| new |\n| table |");
        assert_eq!(quoted, want);
        assert!(quote("# Title\n", "| new |").is_err());
    }
}
