//! The lines of source of an address, from a program's debug information (DWARF).

use crate::strace::stack::Frame;
use addr2line::Loader;
use anyhow::{Context, anyhow, ensure};
use object::read::{Object, ObjectKind, ObjectSegment};
use std::path::Path;

/// The debug information of one program.
pub struct Symbols {
    loader: Loader,
    /// The file's name, by which a stack's frames tell that they are of this program.
    name: String,
    /// It runs where it was linked to run, so an address of memory is one of the file.
    pub is_fixed: bool,
    segments: Vec<Segment>,
}

/// A part of the file that is mapped.
struct Segment {
    address: u64,
    file_from: u64,
    file_size: u64,
}

/// One line of source, of a function or of one that the compiler put into its caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Location {
    pub file: String,
    pub line: u32,
    /// The compiler has given the instruction no line: this is the nearest before it.
    pub is_nearest: bool,
}

/// How far back a row of the line table is looked for, in bytes: a few instructions.
const NEAR: u64 = 64;

impl Symbols {
    /// Fails for what is no ELF file, and for a program without line tables.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path)?;
        let file = object::File::parse(&*bytes).context("no program")?;
        let has_lines = [".debug_line", ".zdebug_line"];
        let linked = [".gnu_debuglink", ".gnu_debugaltlink"];
        let has = |names: &[&str]| {
            names
                .iter()
                .any(|name| file.section_by_name(name).is_some())
        };
        ensure!(
            has(&has_lines) || has(&linked),
            "it has no line tables: compile it with -g, and do not strip it"
        );
        let segments = file.segments().map(|segment| {
            let (file_from, file_size) = segment.file_range();
            Segment {
                address: segment.address(),
                file_from,
                file_size,
            }
        });
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            is_fixed: file.kind() == ObjectKind::Executable,
            segments: segments.collect(),
            loader: Loader::new(path).map_err(|error| anyhow!("{error}"))?,
        })
    }

    /// Whether a frame is of this program.
    pub fn has(&self, frame: &Frame) -> bool {
        frame.module.rsplit('/').next() == Some(&self.name)
    }

    /// The lines of a frame, the innermost function first. `frame` is one of this program's.
    pub fn lines_of(&self, frame: &Frame) -> Vec<Location> {
        // strace with libunwind prints where in the file, with libdw where in memory.
        let in_file = self.segments.iter().find_map(|segment| {
            let into = frame.address.checked_sub(segment.file_from)?;
            (into < segment.file_size).then(|| segment.address + into)
        });
        let candidates = in_file.into_iter().chain([frame.address]);
        let lines = |address: u64| Some(self.lines_at(address)).filter(|lines| !lines.is_empty());
        let mut candidates: Vec<u64> = candidates.collect();
        // If strace has printed a name, the name decides.
        if let Some((name, offset)) = &frame.symbol {
            candidates.sort_by_key(|address| !self.is_at(*address, name, *offset));
        }
        candidates.into_iter().find_map(lines).unwrap_or_default()
    }

    fn is_at(&self, address: u64, name: &str, offset: u64) -> bool {
        let symbol = self.loader.find_symbol_info(address);
        symbol.is_some_and(|symbol| {
            address - symbol.address() == offset && (symbol.name() == name || offset > 0)
        })
    }

    /// The lines of the instruction before an address of the file: a call and a system call
    /// leave the address of what comes behind them.
    ///
    /// The innermost may have line 0, "of no line", where no row of the same function is near.
    pub fn lines_at(&self, address: u64) -> Vec<Location> {
        let mut lines = self.inlined_at(address.wrapping_sub(1));
        let innermost = lines
            .first()
            .filter(|innermost| innermost.line == 0)
            .cloned();
        if let Some(unknown) = innermost {
            let depth = lines.len();
            let row = |at: u64| {
                let near = self.inlined_at(at);
                let own = near.get(near.len().checked_sub(depth)?)?;
                (own.line > 0 && own.file == unknown.file).then_some(own.line)
            };
            let nearest = (2..NEAR).find_map(|back| row(address.wrapping_sub(back)));
            lines[0].line = nearest.unwrap_or(0);
            lines[0].is_nearest = true;
        }
        lines
    }

    fn inlined_at(&self, address: u64) -> Vec<Location> {
        let mut locations = Vec::new();
        let Ok(mut frames) = self.loader.find_frames(address) else {
            return locations;
        };
        while let Ok(Some(frame)) = frames.next() {
            let location = frame.location;
            let file = location.as_ref().and_then(|location| location.file);
            if let Some(file) = file {
                locations.push(Location {
                    file: file.to_string(),
                    line: location.and_then(|location| location.line).unwrap_or(0),
                    is_nearest: false,
                });
            }
        }
        locations
    }
}
