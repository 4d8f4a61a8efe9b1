//! Who descends from a process, as /proc tells.

use procfs::process::Process;

/// A process' children, whichever of its threads made them; none where it has gone.
pub fn children(pid: i32) -> Vec<i32> {
    let tasks = Process::new(pid).and_then(|process| process.tasks());
    let children = tasks
        .into_iter()
        .flatten()
        .flatten()
        .flat_map(|task| task.children());
    children
        .flatten()
        .filter_map(|pid| pid.try_into().ok())
        .collect()
}

/// Its children, theirs, and so on.
pub fn descendants(pid: i32) -> Vec<i32> {
    let mut all = children(pid);
    let mut next = 0;
    while next < all.len() {
        all.extend(children(all[next]));
        next += 1;
    }
    all
}
