//! The queues of a configuration's file, and their rules: other queues are meant by their names, for ids are each system's
//! own; the queue that is always there by `agents`.

use super::Parts;
use crate::domain::config_file::{ConfigFile, QueuesPart};
use crate::domain::phone::E164;
use crate::domain::queue::draft::{Draft, Known, RulesDraft};
use crate::domain::queue::{MOST_QUEUES, Overflow, Queue, Rules, STANDING, Support};
use crate::domain::trouble::{FieldError, Trouble};
use crate::service::Services;
use crate::service::call_flows::same_name;
use crate::service::core::ServiceError;
use crate::service::queues::InForce;
use crate::store::MusicRow;

/// A queue and the rules, with each queue that they lead to as `find` says, and its music as `music` does; what is not found
/// is left to the usual.
fn leading(queue: Queue, find: &impl Fn(&str) -> Option<String>, music: &impl Fn(&str) -> Option<String>) -> Queue {
    let overflow = match &queue.overflow {
        Overflow::Queue(next) => find(next).map_or(Overflow::Message, Overflow::Queue),
        other => other.clone(),
    };
    let music = queue.music.as_deref().and_then(music);
    Queue { overflow, music, ..queue }
}

fn led(rules: Rules, find: &impl Fn(&str) -> Option<String>) -> Rules {
    let support = match &rules.support {
        Support::Queue(id) => find(id).map_or(Support::AsStarted, Support::Queue),
        other => other.clone(),
    };
    Rules { support, ..rules }
}

/// What stands in a file for a queue's id.
pub(super) fn id_in_file(queue: &Queue) -> String {
    if queue.id == STANDING { STANDING.to_owned() } else { queue.name.clone() }
}

/// The queue that is meant by what stands in a file.
pub(super) fn meant<'a>(mut queues: impl Iterator<Item = &'a Queue>, word: &str) -> Option<&'a Queue> {
    queues.find(|queue| if word == STANDING { queue.id == STANDING } else { same_name(&queue.name, word) })
}

/// What is written in the file, of which nothing is kept yet.
struct Written<'a> {
    services: &'a Services,
    /// All that there will be.
    queues: Vec<&'a Queue>,
    /// Accounts are not in the file: its members need not be here yet.
    agents: Vec<String>,
    /// By name: its sound is not in the file.
    music: Vec<MusicRow>,
}

impl Known for Written<'_> {
    fn agents(&self) -> Vec<String> {
        self.agents.clone()
    }

    fn is_queue(&self, id: &str) -> bool {
        meant(self.queues.iter().copied(), id).is_some()
    }

    fn is_music(&self, name: &str) -> bool {
        self.music.iter().any(|row| same_name(&row.name, name))
    }

    fn number(&self, text: &str) -> Result<E164, Trouble> {
        self.services.dial.read_destination(text)
    }

    fn caller(&self, text: &str) -> Result<E164, Trouble> {
        Ok(self.services.lines.read_caller(text)?)
    }

    fn is_shown(&self, _number: &E164) -> bool {
        // One that this system does not own is left out, and told.
        true
    }

    fn is_taken(&self, _name: &str) -> bool {
        false
    }
}

impl Parts<'_> {
    /// The queues as a file has them.
    pub(super) async fn exported_queues(&self) -> Result<QueuesPart, ServiceError> {
        let in_force = self.queues.read().await?;
        let find = |id: &str| in_force.find(id).map(id_in_file);
        let music = |id: &str| in_force.music.iter().find(|row| row.id == id).map(|row| row.name.clone());
        let in_file = |queue: &Queue| Queue { id: id_in_file(queue), ..leading(queue.clone(), &find, &music) };
        let exported = in_force.queues().map(in_file);
        Ok(QueuesPart { rules: led(in_force.rules.clone(), &find), queues: exported.collect() })
    }

    /// What is wrong with the queues of a file.
    pub(super) async fn queue_problems(&self, file: &ConfigFile) -> Result<Vec<FieldError>, ServiceError> {
        let Some(part) = &file.queues else { return Ok(Vec::new()) };
        let in_force = self.queues.read().await?;
        let mut wrong = Vec::new();
        for (index, queue) in part.queues.iter().enumerate() {
            let at = |field: &str| format!("queues.{}.{field}", queue.name);
            let earlier = &part.queues[..index];
            let twice = earlier
                .iter()
                .any(|other| same_name(&other.name, &queue.name) || queue.id == STANDING && other.id == STANDING);
            // The one that is always there is another one than a queue of its name.
            let taken = in_force.queues().filter(|other| same_name(&other.name, &queue.name));
            if twice || taken.into_iter().any(|other| (other.id == STANDING) != (queue.id == STANDING)) {
                wrong.push(FieldError { field: at("name"), reason: Trouble::Taken(queue.name.clone()) });
            }
            let agents: Vec<String> = queue.members.iter().map(|member| member.agent.clone()).collect();
            let draft = Draft::of(queue, &agents);
            let queues = in_force.queues().chain(&part.queues).collect();
            let written = Written { services: self.0, queues, agents, music: in_force.music.clone() };
            if let Err(fields) = Queue::read(&queue.id, &draft, &written) {
                wrong.extend(fields.into_iter().map(|field| FieldError { field: at(&field.field), ..field }));
            }
        }
        let queues = in_force.queues().chain(&part.queues).collect();
        let written = Written { services: self.0, queues, agents: Vec::new(), music: Vec::new() };
        if let Err(fields) = Rules::read(&RulesDraft::of(&part.rules, false), &written) {
            let at = |field: String| format!("queues.rules.{field}");
            wrong.extend(fields.into_iter().map(|field| FieldError { field: at(field.field), reason: field.reason }));
        }
        if in_force.queues.len() + new(&in_force, &part.queues).count() > MOST_QUEUES {
            wrong.push(FieldError { field: "queues".to_owned(), reason: Trouble::TooMany(MOST_QUEUES) });
        }
        Ok(wrong)
    }

    /// Takes the queues of a file over, all at once.
    pub(super) async fn keep_queues(&self, part: &QueuesPart) -> Result<(), ServiceError> {
        let in_force = self.queues.read().await?;
        let ids: Vec<(String, Queue)> = part
            .queues
            .iter()
            .map(|queue| {
                let kept = meant(in_force.queues(), &queue.id).map(|kept| kept.id.clone());
                (kept.unwrap_or_else(|| self.core.random.id()), queue.clone())
            })
            .collect();
        let find = |word: &str| {
            let of_the_file = meant(ids.iter().map(|(_, queue)| queue), word);
            let of_the_file = of_the_file.and_then(|queue| ids.iter().find(|(_, other)| other == queue));
            let there = || meant(in_force.queues(), word).map(|queue| queue.id.clone());
            of_the_file.map(|(id, _)| id.clone()).or_else(there)
        };
        let music = |name: &str| in_force.music.iter().find(|row| same_name(&row.name, name)).map(|row| row.id.clone());
        let queues = ids.iter().map(|(id, queue)| Queue { id: id.clone(), ..leading(queue.clone(), &find, &music) });
        self.queues.keep_all(&queues.collect::<Vec<_>>(), &led(part.rules.clone(), &find)).await
    }
}

/// Those of a file that are not there yet.
fn new<'a>(in_force: &'a InForce, queues: &'a [Queue]) -> impl Iterator<Item = &'a Queue> {
    queues.iter().filter(|queue| queue.id != STANDING && meant(in_force.queues(), &queue.id).is_none())
}
