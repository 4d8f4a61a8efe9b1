//! Puts what does not overlap in time into one lane.

use crate::strace::stamp::Micros;

/// For each of the times, in the order of their starts, the lane that it gets. `gap` is what
/// has to lie between two in one lane.
pub fn share(times: impl Iterator<Item = (Micros, Micros)>, gap: Micros) -> Vec<usize> {
    // From when on each lane is free, earliest first.
    let mut free = std::collections::BinaryHeap::new();
    let mut count = 0;
    times
        .map(|(from, to)| {
            let earliest = free.peek().map(|std::cmp::Reverse((until, _))| *until);
            let lane = match earliest {
                Some(until) if until + gap <= from => {
                    let std::cmp::Reverse((_, lane)) = free.pop().expect("peeked");
                    lane
                }
                _ => {
                    count += 1;
                    count - 1
                }
            };
            free.push(std::cmp::Reverse((to, lane)));
            lane
        })
        .collect()
}

/// `child 2`, or `child 1, 3, 7, ...` where several share a lane.
pub fn label(first: &str, others: &[String]) -> String {
    let number = |label: &str| label.split(' ').nth(1).unwrap_or("").to_string();
    let mut label = first.to_string();
    for other in others.iter().take(3) {
        label += &format!(", {}", number(other));
    }
    if others.len() > 3 {
        label += ", …";
    }
    label
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn what_does_not_overlap_shares_a_lane() {
        let lanes = |times: &[(i64, i64)]| share(times.iter().copied(), 2);
        assert_eq!(lanes(&[(0, 10), (5, 20), (12, 15), (17, 30)]), [0, 1, 0, 0]);
        assert_eq!(lanes(&[(0, 10), (11, 20)]), [0, 1], "no gap");
        assert!(lanes(&[]).is_empty());
    }
}
