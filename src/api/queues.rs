//! Queues for the operator: the list with its figures, one queue's form, the rules of all of them. Forms are posted plainly
//! and answer with a redirect; one that was refused is filled in again by the page it leads back to.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
use crate::domain::contact_center::caller_id::OurNumber;
use crate::domain::queue::Strategy;
use crate::domain::queue::draft::{Draft, RulesDraft};
use crate::domain::queue::figures::QueueState;
use crate::domain::trouble::FieldError;

/// The list's address; a queue is under it by its id, a new one under `new`.
pub const QUEUES: &str = "/admin/queues";

/// A queue in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntry {
    pub id: String,
    pub name: String,
    /// It cannot be deleted.
    pub standing: bool,
    pub strategy: Strategy,
    /// Names, and whether they take calls: who was disabled stays a member. `None`: every agent.
    pub members: Option<Vec<(String, bool)>>,
    pub service_level_s: u32,
    pub state: QueueState,
    /// The support line leads to it.
    pub support: bool,
    /// What else leads to it: numbers as people write them, names of menus, campaigns and queues.
    pub uses: Vec<String>,
}

/// Where the operator's music is uploaded to: `name` and `file`.
pub const UPLOAD: &str = "/api/queue-music";

/// Music on hold of the operator's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MusicEntry {
    pub id: String,
    pub name: String,
    pub seconds: u32,
    /// Names of the queues that play it.
    pub queues: Vec<String>,
}

/// The list, and what is set for all queues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueList {
    pub queues: Vec<QueueEntry>,
    pub rules: RulesDraft,
    /// What is wrong with the rules, if they were refused.
    pub wrong: Vec<FieldError>,
    /// The telephone that the support line rings where no queue takes its calls, as people write it.
    pub telephone: String,
    pub music: Vec<MusicEntry>,
    /// The name of music that was refused, and what is wrong with it.
    pub music_refused: Option<(String, Vec<FieldError>)>,
    /// ms UTC
    pub now: i64,
}

/// A queue's form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueForm {
    /// `None` for a new queue.
    pub id: Option<String>,
    /// Its name as it is kept.
    pub name: String,
    pub draft: Draft,
    /// What is wrong with the draft, if it was refused.
    pub wrong: Vec<FieldError>,
    /// Who can be a member, by name.
    pub agents: Vec<String>,
    /// The other queues: ids and names.
    pub queues: Vec<(String, String)>,
    /// The operator's music: ids and names.
    pub music: Vec<(String, String)>,
    /// Our numbers that can be shown.
    pub numbers: Vec<OurNumber>,
    /// Wrap-up as the rules of the console say, in seconds.
    pub usual_wrap_up_s: u32,
}

/// The list of queues.
#[server(prefix = "/api", endpoint = "queue-list", input = Json)]
pub async fn read_queues() -> Result<Access<Page<QueueList>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    use crate::domain::queue::STANDING;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let in_force = services.queues.current().await;
        let mut states = services.desk.view.queues().await?;
        let directory = services.lines.directory();
        let takes_calls = |agent: &String| directory.agents.contains(agent);
        let mut queues = Vec::new();
        for queue in in_force.queues() {
            let uses = services.queues.uses(&queue.id).await?;
            let state = states.iter().position(|state| state.id == queue.id).map(|at| states.swap_remove(at));
            queues.push(QueueEntry {
                id: queue.id.clone(),
                name: queue.name.clone(),
                standing: queue.id == STANDING,
                strategy: queue.strategy,
                members: (!queue.everybody)
                    .then(|| queue.members.iter().map(|one| (one.agent.clone(), takes_calls(&one.agent))).collect()),
                service_level_s: queue.service_level_s,
                state: state.unwrap_or_default(),
                support: uses.support,
                uses: uses.names(),
            });
        }
        let settings = services.settings();
        let typed: Option<(RulesDraft, Vec<FieldError>)> = take(&services, &operator, form::RULES);
        let kept = || (RulesDraft::of(&in_force.rules, settings.desk.support_rings_agents), Vec::new());
        let (rules, wrong) = typed.unwrap_or_else(kept);
        let telephone = settings.support.destination.grouped();
        let plays = |id: &str| {
            let queues = in_force.queues().filter(|queue| queue.music.as_deref() == Some(id));
            queues.map(|queue| queue.name.clone()).collect()
        };
        let music = in_force.music.iter().map(|row| MusicEntry {
            id: row.id.clone(),
            name: row.name.clone(),
            seconds: u32::try_from(row.seconds).unwrap_or_default(),
            queues: plays(&row.id),
        });
        let music = music.collect();
        let music_refused = take(&services, &operator, form::MUSIC);
        let now = services.now_ms();
        Ok(page(&services, &operator, QueueList { queues, rules, wrong, telephone, music, music_refused, now }))
    })
    .await
}

/// The form for a queue, or for a new one (`id` is `new`). `None` when there is no such queue.
#[server(prefix = "/api", endpoint = "queue-form", input = Json)]
pub async fn read_queue(id: String) -> Result<Access<Page<Option<QueueForm>>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    use crate::domain::contact_center::caller_id::choosable;
    use crate::domain::queue::Queue;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let in_force = services.queues.current().await;
        let known = in_force.find(&id).cloned();
        if known.is_none() && id != NEW {
            return Ok(page(&services, &operator, None));
        }
        let queue = known.clone().unwrap_or_default();
        let agents = services.queues.possible_members(Some(&queue));
        let typed: Option<(Draft, Vec<FieldError>)> = take(&services, &operator, &form::typed_on(&id));
        let (draft, wrong) = typed.unwrap_or_else(|| (Draft::of(&queue, &agents), Vec::new()));
        let others = in_force.queues().filter(|other| other.id != queue.id);
        let form = QueueForm {
            id: known.map(|queue: Queue| queue.id),
            queues: others.map(|other| (other.id.clone(), other.name.clone())).collect(),
            name: queue.name,
            draft,
            wrong,
            agents,
            music: in_force.music.iter().map(|row| (row.id.clone(), row.name.clone())).collect(),
            numbers: choosable(&services.lines.directory()),
            usual_wrap_up_s: services.desk.choices.settings().await?.rules.wrap_up_s,
        };
        Ok(page(&services, &operator, Some(form)))
    })
    .await
}

/// What stands for the id of a queue that is not made yet.
#[cfg(not(target_arch = "wasm32"))]
const NEW: &str = "new";

/// Makes a queue (`id` is empty or `new`) or changes one. What was refused is filled in again.
#[server(prefix = "/api", endpoint = "queue-save")]
pub async fn save_queue(#[server(default)] id: String, #[server(flatten)] draft: Draft) -> Result<(), ApiError> {
    use super::admin::server::{go, leave};
    use super::context;
    use super::flash::Flash;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let known = Some(id.as_str()).filter(|id| !id.is_empty() && *id != NEW);
        match services.queues.keep(known, &draft).await.refusable()? {
            Ok(_) => go(&services, &operator, QUEUES, &Flash::QueueSaved(draft.name.trim().to_owned())),
            Err(wrong) => {
                let here = known.unwrap_or(NEW);
                leave(&services, &operator, &form::typed_on(here), &(&draft, &wrong))?;
                go(&services, &operator, &format!("{QUEUES}/{here}"), &Flash::FormRefused)
            }
        }
    })
    .await
}

/// Deletes a queue that nothing leads to.
#[server(prefix = "/api", endpoint = "queue-delete")]
pub async fn delete_queue(#[server(default)] id: String) -> Result<(), ApiError> {
    use super::admin::server::go;
    use super::context;
    use super::flash::Flash;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let flash = match services.queues.delete(&id).await.refusable()? {
            Ok(()) => Flash::QueueDeleted,
            Err(why) => Flash::Refused(why),
        };
        go(&services, &operator, QUEUES, &flash)
    })
    .await
}

/// Keeps the rules of all queues. What was refused is filled in again.
#[server(prefix = "/api", endpoint = "queue-rules")]
pub async fn save_queue_rules(#[server(flatten)] draft: RulesDraft) -> Result<(), ApiError> {
    use super::admin::server::{go, leave};
    use super::context;
    use super::flash::Flash;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        match services.queues.keep_rules(&draft).await.refusable()? {
            Ok(()) => go(&services, &operator, QUEUES, &Flash::QueueRulesSaved),
            Err(wrong) => {
                leave(&services, &operator, form::RULES, &(&draft, &wrong))?;
                go(&services, &operator, &format!("{QUEUES}#rules"), &Flash::FormRefused)
            }
        }
    })
    .await
}

/// Deletes music. Queues that played it play what is built in.
#[server(prefix = "/api", endpoint = "queue-music-delete")]
pub async fn delete_music(#[server(default)] id: String) -> Result<(), ApiError> {
    use super::admin::server::go;
    use super::context;
    use super::flash::Flash;
    use crate::domain::trouble::Trouble;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let found = services.music.delete(&id).await?;
        let flash = if found { Flash::MusicDeleted } else { Flash::Refused(Trouble::Missing) };
        go(&services, &operator, &format!("{QUEUES}#music"), &flash)
    })
    .await
}

/// Leaves the outcome of an upload for the page: `web` takes the file.
#[cfg(not(target_arch = "wasm32"))]
pub fn leave_music(
    services: &crate::service::Services,
    account: &crate::service::Account,
    name: String,
    kept: Result<(), Vec<FieldError>>,
) {
    use super::admin::server::{leave, leave_flash};
    use super::flash::Flash;
    let flash = match kept {
        Ok(()) => Flash::MusicAdded(name),
        Err(wrong) => {
            // Neither this nor the other can fail: all of it can be written as JSON.
            let _ = leave(services, account, form::MUSIC, &(name, wrong));
            Flash::FormRefused
        }
    };
    let _ = leave_flash(services, account, QUEUES, &flash);
}

#[cfg(not(target_arch = "wasm32"))]
mod form {
    /// The name under which is left what music was refused with.
    pub(super) const MUSIC: &str = "typed queue music";

    /// The name under which is left what the form of the rules was refused with.
    pub(super) const RULES: &str = "typed queue rules";

    /// The same of a queue's form.
    pub(super) fn typed_on(id: &str) -> String {
        format!("typed queue {id}")
    }
}
