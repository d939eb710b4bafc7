//! Agents as routing looks at them: who is there, who is free, and when somebody may be rung again. Whom a caller gets is
//! decided in `domain::queue::choice`. Each offer expires.

use super::presence::Standing;

/// How long an agent's browser rings.
pub const RING_SECONDS: u32 = 20;
/// How long after its end an offer is given up, ms, when the platform does not report how it ended.
pub const RING_GRACE_MS: i64 = 4_000;
/// So long after an agent did not take a call it may ring at them again, ms, when nobody else is free.
pub const PAUSE_MS: i64 = 10_000;

/// A softphone elsewhere may ring so long after its last sign of life, ms. Its client has no heartbeat of ours: signs are
/// a token that it takes, a call that it answers or places, and what the platform tells of its session. An open client
/// that idles for longer has to take a new token; a closed one is rung once at most, for who does not answer is gone.
pub const ELSEWHERE_MS: i64 = 60 * 60 * 1000;

/// Whether a softphone elsewhere is there: its token is good `until`, and it was heard of at `seen`; ms UTC.
#[must_use]
pub fn elsewhere_is_there(until: i64, seen: i64, now: i64) -> bool {
    until > now && now - seen < ELSEWHERE_MS
}

/// An agent, as far as routing looks at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    pub standing: Standing,
    /// Signs of life within the last 15 s, or of a softphone elsewhere ([`elsewhere_is_there`]).
    pub alive: bool,
    /// In a call, or being offered one.
    pub engaged: bool,
    /// Since when they have had nothing to do, ms UTC.
    pub idle_since: i64,
    /// When they were offered a call the last time, ms UTC; 0 where it is not asked for, or was long ago.
    pub offered_at: i64,
    /// The calls that they have taken today; 0 where it is not asked for.
    pub taken: u32,
}

impl Candidate {
    /// May a call be offered to them now?
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.standing.takes_calls() && self.alive && !self.engaged
    }
}

/// Whether a caller may ring again at an agent who declined or missed them at `refused_at`: after a pause, or as soon as the
/// agent has said again that they are ready. Without a pause an agent who declines would be rung by the same caller at
/// once; with a longer one, somebody who has a single agent to reach waits although that agent is there.
#[must_use]
pub fn may_ring_again(refused_at: Option<i64>, idle_since: i64, now: i64) -> bool {
    refused_at.is_none_or(|at| idle_since > at || now - at >= PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_declined_is_rung_again_after_a_pause_or_when_they_are_ready_again() {
        let declined_at = 50_000;
        let again = |idle_since, now| may_ring_again(Some(declined_at), idle_since, now);
        assert!(!again(10_000, declined_at));
        assert!(!again(10_000, declined_at + PAUSE_MS - 1));
        assert!(again(10_000, declined_at + PAUSE_MS));
        assert!(again(declined_at + 1, declined_at + 1), "they have just said that they are ready");
        assert!(may_ring_again(None, 10_000, declined_at), "an offer of before this was kept");
    }
}
