//! The registers of a tracee that is stopped, x86-64: where it is, which system call it
//! makes, and where it is to stop.

use crate::tracee::Tracee;
use nix::libc::{user, user_regs_struct};
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use std::mem::offset_of;

impl Tracee {
    /// The address of the next instruction.
    pub fn address(&self) -> u64 {
        self.registers().rip
    }

    fn registers(&self) -> user_regs_struct {
        ptrace::getregs(self.pid).expect("PTRACE_GETREGS")
    }

    /// The number of the system call that it stopped in.
    pub fn call_number(&self) -> u64 {
        self.registers().orig_rax
    }

    /// The number of the system call that it is about to make.
    pub fn next_call_number(&self) -> u64 {
        self.registers().rax
    }

    /// Has it make another system call instead, getpid(2), which does nothing.
    pub fn skip_call(&self) {
        const GETPID: u64 = 39; // x86-64
        let mut registers = self.registers();
        registers.rax = GETPID;
        ptrace::setregs(self.pid, registers).expect("PTRACE_SETREGS");
    }

    /// Whether the system call that it stopped in is rt_sigaction(2) for this signal.
    pub fn sets_action(&self, signal: Signal) -> bool {
        const RT_SIGACTION: u64 = 13; // x86-64
        let registers = self.registers();
        registers.orig_rax == RT_SIGACTION && registers.rdi == signal as u64
    }

    /// Whether the instruction at this address is `syscall`: 0f 05.
    pub fn is_call(&self, address: u64) -> bool {
        let word = ptrace::read(self.pid, address as *mut _).expect("PTRACE_PEEKTEXT");
        word & 0xffff == 0x050f
    }

    /// Has it stop before the instruction at this address, each time: by a debug register
    /// of the processor, so that the code stays as it is.
    pub fn break_at(&self, address: Option<u64>) {
        const REGISTERS: usize = offset_of!(user, u_debugreg);
        const ENABLE: usize = REGISTERS + 7 * size_of::<u64>();
        let set = |offset: usize, value: u64| {
            ptrace::write_user(self.pid, offset as *mut _, value as i64).expect("PTRACE_POKEUSER");
        };
        set(ENABLE, 0);
        if let Some(address) = address {
            set(REGISTERS, address);
            set(ENABLE, 1); // register 0, on execution
        }
    }
}
