//! What is asked for most, and who asks most: a few much, most a little (Zipf's law).

use crate::random::Random;

/// Shares that fall with the rank: the second has half of the first's, the third a third.
#[derive(Clone, Debug)]
pub(crate) struct Popularity {
    /// Sums of the shares of all ranks up to each.
    sums: Vec<u64>,
}

impl Popularity {
    /// Of so many ranks.
    pub(crate) fn new(ranks: usize) -> Self {
        let share = |rank: u64| (1 << 32) / rank;
        let sum = |sum: &mut u64, rank| {
            *sum += share(rank);
            Some(*sum)
        };
        Self {
            sums: (1..=ranks as u64).scan(0, sum).collect(),
        }
    }

    /// A rank, from 0 on.
    pub(crate) fn any(&self, random: &mut Random) -> usize {
        let total = self.sums.last().copied().unwrap_or(0);
        let chosen = random.below(total as usize) as u64;
        self.sums.partition_point(|sum| *sum <= chosen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_chosen_most_and_all_are() {
        let popularity = Popularity::new(4);
        let mut random = Random::new(3);
        let mut chosen = [0_u32; 4];
        for _ in 0..25_000 {
            chosen[popularity.any(&mut random)] += 1;
        }
        // Of 25 twelfths: 12, 6, 4, 3.
        for (count, twelfths) in chosen.into_iter().zip([12, 6, 4, 3]) {
            assert!(count.abs_diff(twelfths * 1_000) < 300, "{chosen:?}");
        }
    }
}
