//! Chooses, of all lines on the stack of a call, those of the program's own source.

use super::symbols::{Location, Symbols};
use crate::strace::entry::Place;
use anyhow::Context;
use clap::Args;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Where the source is found.
#[derive(Args, Debug, Default)]
pub struct SourceArguments {
    /// The program with debug information; may be repeated, for its libraries
    #[arg(long, value_name = "BINARY")]
    pub symbols: Vec<PathBuf>,
    /// The directory of the source that is the program's own
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    pub source: PathBuf,
    /// Files of that source, by the start of their path, that only wrap the calls: show
    /// who called them; may be repeated
    #[arg(long, value_name = "PATH")]
    pub skip: Vec<String>,
}

/// Which of the programs, and the address there.
type Key = (usize, u64);

/// The source of a program.
pub struct Source {
    symbols: Vec<Symbols>,
    root: PathBuf,
    skip: Vec<String>,
    /// The files that have been read, by lines; `None` where there is none.
    files: RefCell<HashMap<String, Option<Rc<Vec<String>>>>>,
    /// What has been found, by the address and the program.
    known: RefCell<HashMap<Key, Rc<Vec<Location>>>>,
}

impl Source {
    pub fn open(arguments: &SourceArguments) -> anyhow::Result<Self> {
        let open = |path: &PathBuf| {
            Symbols::open(path).with_context(|| format!("--symbols {}", path.display()))
        };
        let root = arguments.source.canonicalize();
        Ok(Self {
            symbols: arguments
                .symbols
                .iter()
                .map(open)
                .collect::<Result<_, _>>()?,
            root: root.with_context(|| format!("--source {}", arguments.source.display()))?,
            skip: arguments.skip.clone(),
            files: RefCell::default(),
            known: RefCell::default(),
        })
    }

    /// Whether -i alone says enough: a program at a fixed place.
    pub fn reads_pointers(&self) -> bool {
        self.symbols.iter().any(|symbols| symbols.is_fixed)
    }

    /// The lines of the program's own source that led to a call: the one that made it first,
    /// then its callers. Paths are relative to the source's directory. Line 0: not known.
    pub fn of(&self, place: &Place) -> Vec<Location> {
        let own: Vec<Location> = self
            .all(place)
            .into_iter()
            .filter_map(|location| self.own(&location))
            .collect();
        let wraps = |location: &Location| {
            let mut skip = self.skip.iter();
            skip.any(|path| location.file.starts_with(path.as_str()))
        };
        let chosen: Vec<Location> = own.iter().filter(|own| !wraps(own)).cloned().collect();
        // If there are only wrappers, the outermost of them stands for the call.
        if chosen.is_empty() {
            return own.last().cloned().into_iter().collect();
        }
        chosen
    }

    /// All lines, the innermost first.
    fn all(&self, place: &Place) -> Vec<Location> {
        let mut lines = Vec::new();
        let mut called = "";
        for frame in &place.stack {
            let found = self.symbols.iter().position(|symbols| symbols.has(frame));
            if let Some(index) = found {
                let find = || self.symbols[index].lines_of(frame);
                let found = self.remember((index, frame.address), find);
                lines.extend(found.iter().map(|location| self.naming(called, location)));
            }
            let name = frame.symbol.as_ref().map_or("", |(name, _)| name);
            called = name.rsplit("::").next().unwrap_or("");
        }
        let fixed = self.symbols.iter().position(|symbols| symbols.is_fixed);
        if let (true, Some(pointer), Some(index)) = (lines.is_empty(), place.pointer, fixed) {
            let find = || self.symbols[index].lines_at(pointer);
            lines.extend(self.remember((index, pointer), find).iter().cloned());
        }
        lines
    }

    /// The line of a location that is only near. Its file is known. The line is the one that
    /// names the function that was called, if it is the only such line in the file, or if it is
    /// near. Otherwise the compiler has merged several calls into one, and the line is 0.
    fn naming(&self, called: &str, location: &Location) -> Location {
        let mut location = location.clone();
        let own = self
            .own(&location)
            .filter(|_| location.is_nearest && !called.is_empty());
        let Some(lines) = own.and_then(|own| self.file(&own.file)) else {
            return location;
        };
        let call = format!("{called}(");
        let names = |text: &str| text.contains(&call) && !text.trim_start().starts_with("//");
        let numbered = (1..).zip(lines.iter());
        let naming: Vec<u32> = numbered
            .filter(|(_, text)| names(text))
            .map(|(number, _)| number)
            .collect();
        let near = location.line..location.line + 3;
        let meant = match naming[..] {
            [one] => Some(one),
            _ => naming.into_iter().find(|line| near.contains(line)),
        };
        location.line = meant.unwrap_or(0);
        location
    }

    fn remember(
        &self,
        key: (usize, u64),
        find: impl FnOnce() -> Vec<Location>,
    ) -> Rc<Vec<Location>> {
        let known = self.known.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let found = Rc::new(find());
            self.known.borrow_mut().insert(key, found.clone());
            found
        })
    }

    /// The location, its path relative to the source's directory. `None`: it is not below it.
    fn own(&self, location: &Location) -> Option<Location> {
        let path = Path::new(&location.file);
        let path = path
            .strip_prefix(&self.root)
            .ok()
            .or(path.is_relative().then_some(path))?;
        let file = path.to_str()?.to_string();
        self.file(&file)?;
        Some(Location { file, ..*location })
    }

    /// The lines of a file below the source's directory.
    pub fn file(&self, file: &str) -> Option<Rc<Vec<String>>> {
        let known = self.files.borrow().get(file).cloned();
        known.unwrap_or_else(|| {
            let text = std::fs::read(self.root.join(file)).ok();
            let lines = text.map(|text| {
                let text = String::from_utf8_lossy(&text);
                Rc::new(text.lines().map(String::from).collect())
            });
            self.files.borrow_mut().insert(file.into(), lines.clone());
            lines
        })
    }

    /// The text of a line, without its indentation.
    pub fn text(&self, location: &Location) -> String {
        let lines = self.file(&location.file);
        let index = location.line as usize;
        let line = lines
            .as_ref()
            .and_then(|lines| lines.get(index.checked_sub(1)?));
        line.map_or(String::new(), |line| line.trim().to_string())
    }
}
