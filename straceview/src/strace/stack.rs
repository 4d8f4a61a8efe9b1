//! The stack of a call, as strace -k prints it below the call.

use std::rc::Rc;

/// Where one function of the stack was.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The path of the program or library. Frames of one recording share it.
    pub module: Rc<str>,
    /// The name, where strace found one, and how far behind it.
    pub symbol: Option<(String, u64)>,
    /// The number in brackets: where in the file (libunwind), or in memory (libdw).
    pub address: u64,
}

/// What a line of a stack says.
#[derive(Debug, PartialEq)]
pub struct Parsed<'a> {
    module: &'a str,
    symbol: Option<(&'a str, u64)>,
    address: u64,
}

/// Whether a line belongs to the stack of the call above.
pub fn is_frame(text: &str) -> bool {
    text.starts_with(" > ")
}

/// ` > /usr/bin/srv(main+0x17) [0x10d9c7]`. `None`: the line says why there is no stack.
pub fn parse(text: &str) -> Option<Parsed<'_>> {
    let text = text.strip_prefix(" > ")?;
    let (place, address) = text.trim_end().strip_suffix(']')?.rsplit_once(" [0x")?;
    let address = u64::from_str_radix(address, 16).ok()?;
    let (module, inside) = place.strip_suffix(')')?.rsplit_once('(')?;
    let symbol = || {
        let (name, offset) = inside.rsplit_once("+0x")?;
        let offset = u64::from_str_radix(offset, 16).ok()?;
        (!name.is_empty()).then_some((name, offset))
    };
    Some(Parsed {
        module,
        symbol: symbol(),
        address,
    })
}

/// The frames of a recording: each module's path is kept once.
#[derive(Default)]
pub struct Modules(std::collections::HashSet<Rc<str>>);

impl Modules {
    pub fn frame(&mut self, parsed: &Parsed) -> Frame {
        let known = self.0.get(parsed.module).cloned();
        let module = known.unwrap_or_else(|| {
            let module: Rc<str> = parsed.module.into();
            self.0.insert(module.clone());
            module
        });
        let symbol = parsed
            .symbol
            .map(|(name, offset)| (name.to_string(), offset));
        Frame {
            module,
            symbol,
            address: parsed.address,
        }
    }
}
