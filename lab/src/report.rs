//! The page: docs/benchmarks.md, its plots, and the numbers that both are made from.

mod in_short;
mod page;
mod plot;
mod runs;
mod tables;
mod theme;

use crate::bench::load;
use crate::results::Results;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// Write the page and its plots anew from benchmarks.json, without a measurement.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where benchmarks.md is, and a directory benchmarks beside it
    #[arg(long, value_name = "DIRECTORY", default_value = "docs")]
    output: PathBuf,
    /// A README that quotes the page's first table: it gets that table as it is now
    #[arg(long, value_name = "FILE")]
    readme: Option<PathBuf>,
}

/// Writes the page from the numbers that are there.
pub fn run(arguments: &Arguments) -> Result<()> {
    render(&arguments.output)?;
    println!("{}", page_file(&arguments.output).display());
    if let Some(file) = &arguments.readme {
        let table = in_short::table(&Results::read(&numbers(&arguments.output))?);
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let text = in_short::quote(&text, &table.to_string());
        let text = text.with_context(|| file.display().to_string())?;
        std::fs::write(file, text).with_context(|| file.display().to_string())?;
        println!("{}", file.display());
    }
    Ok(())
}

/// The page in that directory.
pub fn page_file(output: &Path) -> PathBuf {
    output.join("benchmarks.md")
}

fn numbers(output: &Path) -> PathBuf {
    output.join("benchmarks/benchmarks.json")
}

/// The numbers of the page in that directory; none where there is no page yet.
pub fn read(output: &Path) -> Result<Results> {
    let file = numbers(output);
    match file.exists() {
        true => Results::read(&file),
        false => Ok(Results::default()),
    }
}

/// Writes the numbers, and the page from them.
pub fn write(output: &Path, results: &Results) -> Result<()> {
    let file = numbers(output);
    let beside = file.parent().unwrap_or(output);
    std::fs::create_dir_all(beside).with_context(|| beside.display().to_string())?;
    results.write(&file)?;
    render(output)
}

fn render(output: &Path) -> Result<()> {
    let results = Results::read(&numbers(output))?;
    let drawn = plot::all(&output.join("benchmarks"), &results)?;
    let file = page_file(output);
    let text = page::text(&results, &drawn)?;
    std::fs::write(&file, text).with_context(|| file.display().to_string())
}

/// The number of clients that plots and comparisons take: 32, or else the most.
pub fn shown(rows: &[load::Row]) -> u32 {
    let mut clients = rows.iter().map(|row| row.clients);
    match clients.clone().any(|n| n == 32) {
        true => 32,
        false => clients.by_ref().max().unwrap_or_default(),
    }
}
