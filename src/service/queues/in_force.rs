//! The queues as they were read, and what is written in one.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::contact_center::caller_id::is_ours;
use crate::domain::phone::E164;
use crate::domain::queue::draft::Known;
use crate::domain::queue::{Queue, Rules, STANDING};
use crate::domain::trouble::Trouble;
use crate::service::dial_policy::DialPolicy;
use crate::service::lines::Lines;
use crate::service::versioned::Version;
use crate::store::{MusicRow, QueueRow};

/// The queues as they were read.
#[derive(Debug)]
pub struct InForce {
    /// 0: nothing was read yet.
    version: i64,
    pub rules: Rules,
    /// By name, with the one that is always there.
    pub queues: Vec<QueueRow>,
    /// The operator's own, by name.
    pub music: Vec<MusicRow>,
    /// Its place among them.
    standing: usize,
}

impl Version for InForce {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Default for InForce {
    fn default() -> Self {
        Self::new((0, Rules::default(), Vec::new()), Vec::new())
    }
}

impl InForce {
    pub(super) fn new((version, rules, mut queues): (i64, Rules, Vec<QueueRow>), music: Vec<MusicRow>) -> Self {
        let found = queues.iter().position(|row| row.queue.id == STANDING);
        let standing = found.unwrap_or_else(|| {
            queues.insert(0, QueueRow { queue: Queue::standing(), changed_at: 0 });
            0
        });
        Self { version, rules, queues, music, standing }
    }

    pub fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.iter().map(|row| &row.queue)
    }

    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Queue> {
        self.queues().find(|queue| queue.id == id)
    }

    /// The queue of a caller: the one that something led them to, or the one that is always there, also where theirs was
    /// deleted.
    #[must_use]
    pub fn of(&self, id: Option<&str>) -> &Queue {
        id.and_then(|id| self.find(id)).unwrap_or(&self.queues[self.standing].queue)
    }

    /// What a queue's callers hear, by id; `None`: the built-in music, also after the queue's own was deleted.
    #[must_use]
    pub fn music_of<'a>(&self, queue: &'a Queue) -> Option<&'a str> {
        queue.music.as_deref().filter(|id| self.music.iter().any(|row| row.id == *id))
    }
}

/// Everybody who takes calls, and the members of a queue who take none at present, by name.
pub(super) fn possible_members(lines: &Lines, queue: Option<&Queue>) -> Vec<String> {
    let directory = lines.directory();
    let members = queue.into_iter().flat_map(|queue| queue.members.iter().map(|member| &member.agent));
    let all: BTreeSet<&String> = directory.agents.iter().chain(members).collect();
    all.into_iter().cloned().collect()
}

/// The same for somebody who writes a queue.
pub(super) struct Desk<'a> {
    pub(super) in_force: Arc<InForce>,
    pub(super) lines: &'a Lines,
    pub(super) dial: &'a DialPolicy,
    /// The id of the queue that is changed; `None` for a new one.
    pub(super) own: Option<&'a str>,
}

impl Known for Desk<'_> {
    fn agents(&self) -> Vec<String> {
        possible_members(self.lines, self.own.and_then(|own| self.in_force.find(own)))
    }

    fn is_queue(&self, id: &str) -> bool {
        self.in_force.find(id).is_some()
    }

    fn is_music(&self, id: &str) -> bool {
        self.in_force.music.iter().any(|row| row.id == id)
    }

    fn number(&self, text: &str) -> Result<E164, Trouble> {
        self.dial.read_destination(text)
    }

    fn caller(&self, text: &str) -> Result<E164, Trouble> {
        Ok(self.lines.read_caller(text)?)
    }

    fn is_shown(&self, number: &E164) -> bool {
        // What was set is left alone when the number has gone: it counts for nothing, and may come back.
        let kept = self.own.and_then(|own| self.in_force.find(own)).and_then(|queue| queue.shown_number.as_ref());
        kept == Some(number) || is_ours(&self.lines.directory(), number)
    }

    fn is_taken(&self, name: &str) -> bool {
        let mut others = self.in_force.queues().filter(|queue| Some(queue.id.as_str()) != self.own);
        // The standing queue's id means it in a configuration's file, where the others are meant by their names.
        let is_id = name == STANDING && self.own != Some(STANDING);
        is_id || others.any(|queue| queue.name.to_lowercase() == name.to_lowercase())
    }
}
