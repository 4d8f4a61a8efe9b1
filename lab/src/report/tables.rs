//! The tables of benchmarks.md.

use crate::bench::article::Row;
use crate::bench::counts::Counts;
use crate::bench::growth::Grown;
use crate::bench::load::Measured;
use crate::bench::peers::REFERENCES;
use crate::bench::statistics::{Spread, number, thousands};
use crate::bench::wrk::Found;
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

const NOTHING: &str = "-";

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header.to_vec());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn spread(spread: Option<Spread>) -> String {
    match spread {
        Some(Spread { min, median, max }) if min < max => {
            format!("{} ({}..{})", number(median), number(min), number(max))
        }
        Some(Spread { median, .. }) => number(median),
        None => NOTHING.to_string(),
    }
}

fn median(spread: Option<Spread>) -> String {
    spread.map_or(NOTHING.to_string(), |spread| number(spread.median))
}

fn of<'a>(name: &str, clients: u32, rows: &[&'a Measured]) -> Option<&'a Measured> {
    let mut rows = rows.iter().copied();
    rows.find(|row| row.name == name && row.clients == clients)
}

/// One row for each server and number of clients.
pub fn rates(rows: &[&Measured]) -> Table {
    let mut table = table(&[
        "server",
        "clients",
        "requests/s",
        "x C",
        "p50, ms",
        "p99, ms",
        "errors",
    ]);
    for row in rows {
        let mut references = REFERENCES.iter();
        let reference = references.find_map(|name| of(name, row.clients, rows));
        table.add_row([
            row.name.to_string(),
            row.clients.to_string(),
            spread(row.spread(|found| Some(found.rate))),
            median(reference.and_then(|reference| row.ratio(reference))),
            median(row.spread(|found| found.p50)),
            median(row.spread(|found| found.p99)),
            thousands(row.failures()),
        ]);
    }
    table
}

/// One row for each server, one column for each number of clients.
pub fn ratios(subject: &str, rows: &[&Measured]) -> Table {
    let mut clients: Vec<u32> = rows.iter().map(|row| row.clients).collect();
    clients.dedup();
    let mut header = vec!["server".to_string()];
    header.extend(clients.iter().map(|n| match n {
        1 => "1 client".to_string(),
        n => format!("{n} clients"),
    }));
    let mut table = table(&header.iter().map(String::as_str).collect::<Vec<_>>());
    let first = clients.first().copied().unwrap_or_default();
    for peer in rows
        .iter()
        .filter(|row| row.clients == first && row.name != subject)
    {
        let mut cells = vec![peer.name.to_string()];
        cells.extend(clients.iter().map(|&n| {
            let pair = of(subject, n, rows).zip(of(peer.name, n, rows));
            spread(pair.and_then(|(subject, peer)| subject.ratio(peer)))
        }));
        table.add_row(cells);
    }
    table
}

/// The article's three measurements.
pub fn article(rows: &[Row]) -> Table {
    let mut table = table(&[
        "model",
        "the article, requests/s",
        "errors",
        "Python 3 here",
        "errors",
        "acceptd here",
        "errors",
    ]);
    for row in rows {
        let here = |found: &Option<Found>| match found {
            Some(found) => [number(found.rate), thousands(found.failures())],
            None => [NOTHING.to_string(), NOTHING.to_string()],
        };
        let sleep = if row.sleep { ", sleep 1 s" } else { "" };
        let mut cells = vec![
            format!("{}{sleep}", row.model),
            row.article.0.to_string(),
            row.article.1.to_string(),
        ];
        cells.extend(here(&row.python));
        cells.extend(here(&row.acceptd));
        table.add_row(cells);
    }
    table
}

/// One row for each number of sleepers.
pub fn growth(rows: &[Grown]) -> Table {
    let mut table = table(&[
        "sleepers",
        "answers/s",
        "of the ideal",
        "errors",
        "p99, ms",
        "children, most",
        "private, KiB each",
        "PSS, KiB each",
        "peak of all, MiB",
    ]);
    for row in rows {
        let kib = |spread: Option<Spread>| {
            spread.map_or(NOTHING.to_string(), |spread| number(spread.median / 1024.0))
        };
        table.add_row([
            thousands(row.sleepers.into()),
            number(row.found.rate),
            format!("{:.0} %", 100.0 * row.found.rate / f64::from(row.sleepers)),
            thousands(row.found.failures()),
            row.found.p99.map_or(NOTHING.to_string(), number),
            thousands(row.children),
            kib(row.private),
            kib(row.pss),
            number(row.peak as f64 / f64::from(1 << 20)),
        ]);
    }
    table
}

/// One row for each server.
pub fn counts(rows: &[Counts]) -> Table {
    let mut table = table(&[
        "server",
        "system calls",
        "page faults",
        "instructions",
        "first answer, ms",
        "RSS, KiB",
        "PSS, KiB",
        "program, bytes",
        "image, bytes",
    ]);
    for row in rows {
        table.add_row([
            row.name.to_string(),
            thousands(row.per_connection.system_calls),
            number(row.per_connection.page_faults),
            row.per_connection
                .instructions
                .map_or(NOTHING.to_string(), thousands),
            spread(row.first_answer),
            thousands(row.memory.rss / 1024),
            thousands(row.memory.pss / 1024),
            thousands(row.program_bytes),
            thousands(row.mapped_bytes),
        ]);
    }
    table
}
