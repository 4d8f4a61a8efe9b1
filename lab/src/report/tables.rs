//! The tables of benchmarks.md.

use crate::bench::article::{Answers, Row as Article};
use crate::bench::comparisons::Comparison;
use crate::bench::counts::Counts;
use crate::bench::growth::Row as Growth;
use crate::bench::load::Row as Load;
use crate::bench::restart::Row as Restart;
use crate::bench::stop::Row as Stop;
use crate::statistics::{Spread, number, thousands};
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

/// What stands for a figure that is not there.
pub const NOTHING: &str = "-";

/// A table without rows; all columns but the first to the right.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_preset(ASCII_MARKDOWN)
        .set_header(header.to_vec());
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

/// A median without its range.
pub fn median(spread: Option<Spread>) -> String {
    spread.map_or(NOTHING.to_string(), |spread| number(spread.median))
}

fn optional(value: Option<f64>) -> String {
    value.map_or(NOTHING.to_string(), number)
}

/// One row for each server and number of clients. Where processor time could
/// not be accounted, its two columns are left out.
pub fn load(rows: &[&Load]) -> Table {
    let has_cost = rows.iter().any(|row| row.cost.is_some());
    let mut header = vec!["server", "clients"];
    if has_cost {
        header.extend(["CPU, us", "x C"]);
    }
    header.extend(["requests/s", "x C", "p50, ms", "p99, ms", "errors"]);
    let mut table = table(&header);
    for row in rows {
        let mut cells = vec![row.server.clone(), row.clients.to_string()];
        if has_cost {
            cells.extend([spread(row.cost), median(row.cost_ratio)]);
        }
        cells.extend([
            spread(row.rate),
            median(row.rate_ratio),
            optional(row.p50),
            optional(row.p99),
            thousands(row.failures),
        ]);
        table.add_row(cells);
    }
    table
}

/// One row for each comparison. One whose median is above its limit says so.
pub fn comparisons(rows: &[Comparison]) -> Table {
    let mut table = table(&[
        "server",
        "its cost, as a multiple of that of",
        "ratio",
        "at most",
    ]);
    for row in rows {
        let is_kept = row.ratio.median <= row.limit;
        table.add_row([
            row.server.clone(),
            row.reference.clone(),
            spread(Some(row.ratio)),
            format!("{}{}", row.limit, if is_kept { "" } else { ", missed" }),
        ]);
    }
    table
}

/// The article's three measurements.
pub fn article(rows: &[Article]) -> Table {
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
        let sleep = if row.sleep { ", sleep 1 s" } else { "" };
        let mut cells = vec![
            format!("{}{sleep}", row.model),
            row.article.rate.to_string(),
            row.article.failures.to_string(),
        ];
        for here in [row.python, row.acceptd] {
            cells.push(optional(here.map(|answers: Answers| answers.rate)));
            cells.push(here.map_or(NOTHING.to_string(), |answers| thousands(answers.failures)));
        }
        table.add_row(cells);
    }
    table
}

/// One row for each server and number of sleepers.
pub fn growth(rows: &[Growth]) -> Table {
    let mut table = table(&[
        "server",
        "sleepers",
        "answers/s",
        "of the ideal",
        "errors",
        "p99, ms",
        "processes",
        "threads",
        "PSS, MiB",
        "memory, MiB",
        "of each, KiB",
    ]);
    for row in rows {
        let mib = |bytes: u64| number(bytes as f64 / f64::from(1 << 20));
        table.add_row([
            row.server.clone(),
            thousands(row.sleepers.into()),
            number(row.rate),
            format!("{:.0} %", 100.0 * row.rate / f64::from(row.sleepers)),
            thousands(row.failures),
            optional(row.p99),
            thousands(row.processes as u64),
            thousands(row.threads as u64),
            mib(row.pss),
            row.grown.map_or(NOTHING.to_string(), mib),
            optional(row.of_each()),
        ]);
    }
    table
}

/// One row for each server: all its stops together.
pub fn stop(rows: &[Stop]) -> Table {
    let mut table = table(&[
        "server", "signal", "answered", "late", "refused", "late", "reset", "closed", "hung",
        "lost", "end, s", "killed",
    ]);
    for row in rows {
        let requests = row.requests;
        let counts = [
            requests.answered,
            requests.answered_late,
            requests.refused,
            requests.refused_late,
            requests.reset,
            requests.closed,
            requests.hung,
            requests.lost(),
        ];
        let mut cells = vec![row.server.clone(), row.signal.clone()];
        cells.extend(counts.map(thousands));
        cells.extend([spread(row.end), row.killed.to_string()]);
        table.add_row(cells);
    }
    table
}

/// One row for each server: all its replacements together.
pub fn restart(rows: &[Restart]) -> Table {
    let mut table = table(&["server", "how", "restarts", "requests", "failed", "late"]);
    for row in rows {
        let requests = row.requests;
        let failed = requests.refused + requests.refused_late + requests.lost();
        table.add_row([
            row.server.clone(),
            row.how.clone(),
            row.restarts.to_string(),
            thousands(requests.answered + requests.answered_late + failed),
            thousands(failed),
            thousands(requests.answered_late),
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
        let instructions = row.per_connection.instructions;
        table.add_row([
            row.server.clone(),
            thousands(row.per_connection.system_calls),
            number(row.per_connection.page_faults),
            instructions.map_or(NOTHING.to_string(), thousands),
            spread(row.first_answer),
            thousands(row.memory.rss / 1024),
            thousands(row.memory.pss / 1024),
            thousands(row.program_bytes),
            thousands(row.mapped_bytes),
        ]);
    }
    table
}
