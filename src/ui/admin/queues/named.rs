//! What strategies and ranks are called.

use crate::domain::queue::Strategy;
use crate::domain::queue::priority::Rank;
use crate::ui::language::Words;

pub(super) fn strategy_name(words: &'static Words, strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::LongestIdle => words.queues_longest_idle,
        Strategy::RoundRobin => words.queues_round_robin,
        Strategy::FewestCalls => words.queues_fewest_calls,
        Strategy::MostSkilled => words.queues_most_skilled,
        Strategy::RingAll => words.queues_ring_all,
    }
}

pub(super) fn rank_name(words: &'static Words, rank: Rank) -> &'static str {
    match rank {
        Rank::High => words.queues_rank_high,
        Rank::Normal => words.queues_rank_normal,
        Rank::Low => words.queues_rank_low,
    }
}
