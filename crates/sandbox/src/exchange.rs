//! The exchange: every user, conversation and leg, and what happens to them.
//!
//! One lock over one state, held for microseconds and never across an await. Code that changes a leg tells, under the
//! same lock, everybody who has to know: the webhook sender, the Client SDK's sockets, the trace, the mixer. So an
//! order that is promised to a peer (dense event numbers, `member:joined` before `rtc:hangup`) is the order of the
//! changes. Call flows (`super::flow`) are tasks that call in here and wait on [`Exchange::watch`].

mod legs;
mod originate;
mod transfer;
mod update_call;
pub mod users;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::account::{Accounts, Application};
use super::conversation::Conversation;
use super::effects::{Effects, lock};
use super::leg::{Endpoint, Leg, Seen};
use super::media::rtc::RtcNet;
use super::media::voice::Speaker;
use super::phones::phone::Phone;
use super::recordings::Recordings;
use super::regions;
use super::sdk::socket::Hub;
use super::trace::Trace;
use super::webhook::Sender;

pub use legs::NewLeg;
pub use originate::Outgoing;
pub use users::User;

/// Finished legs that are kept, for `GET /v1/calls` and the pages. Conversations go with their last leg.
pub const KEPT_LEGS: usize = 1_000;

/// The exchange. Cheap to clone.
#[derive(Clone)]
pub struct Exchange {
    core: Arc<Core>,
}

/// What everything in the exchange works with.
pub struct Core {
    pub accounts: Accounts,
    pub effects: Effects,
    pub trace: Trace,
    pub hub: Hub,
    pub sender: Sender,
    pub speaker: Speaker,
    pub net: RtcNet,
    /// Fetches what call flows stream.
    pub http: reqwest::Client,
    /// Where the application reaches the sandbox, without a slash at the end.
    pub public_url: String,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
    state: Mutex<State>,
}

/// Everything that changes.
#[derive(Default)]
pub struct State {
    /// By id.
    pub users: BTreeMap<String, User>,
    pub conversations: HashMap<String, Conversation>,
    pub legs: HashMap<String, Leg>,
    /// Finished legs, oldest first.
    pub over: VecDeque<String>,
    pub phones: BTreeMap<String, Phone>,
    pub recordings: Recordings,
    last_leg: u64,
}

impl std::ops::Deref for Exchange {
    type Target = Core;

    fn deref(&self) -> &Core {
        &self.core
    }
}

/// What [`Exchange::new`] takes.
pub struct Parts {
    pub accounts: Accounts,
    pub trace: Trace,
    pub hub: Hub,
    pub sender: Sender,
    pub speaker: Speaker,
    pub net: RtcNet,
    pub http: reqwest::Client,
    pub public_url: String,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl Exchange {
    pub fn new(parts: Parts) -> Exchange {
        let Parts { accounts, trace, hub, sender, speaker, net, http, public_url, tasks, stop } = parts;
        let effects = accounts.effects().clone();
        let state = Mutex::default();
        let core = Core { accounts, effects, trace, hub, sender, speaker, net, http, public_url, tasks, stop, state };
        let exchange = Exchange { core: Arc::new(core) };
        exchange.spawn(exchange.clone().invite_those_who_come_later());
        exchange
    }

    /// The state. Never held across an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.core.state)
    }

    /// A task that ends with the sandbox.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.core.tasks.spawn(self.core.stop.clone().run_until_cancelled_owned(async move {
            task.await;
        }));
    }

    /// `CON-…`, `MEM-…`, `USR-…`, `KNO-…`.
    pub fn id(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.effects.uuid())
    }

    /// A conversation for a call that comes in: its audio and its events, in the application's region.
    pub fn open_conversation(&self, application: &str) -> String {
        let region = self.accounts.get(application).map(|application| application.region().to_owned());
        self.open_conversation_in(application, &region.unwrap_or_default())
    }

    /// The same, in a region.
    pub fn open_conversation_in(&self, application: &str, region: &str) -> String {
        let id = self.id("CON");
        let name = self.id("NAM");
        let (application, region) = (application.to_owned(), region.to_owned());
        let conversation = Conversation::new(id.clone(), name, application, region, self.effects.now_ms(), false);
        self.state().conversations.insert(id.clone(), conversation);
        id
    }

    /// Where a leg lives.
    pub fn region_of(&self, leg: &str) -> String {
        self.state().legs.get(leg).map(|leg| leg.region.clone()).unwrap_or_default()
    }

    /// The application's conversation of that name in a region; made when there is none. Legs of two regions do not meet.
    pub fn named_conversation(&self, application: &str, region: &str, name: &str) -> String {
        let fresh = self.id("CON");
        let now = self.effects.now_ms();
        let mut state = self.state();
        let same = |c: &&Conversation| c.named && c.application == application && c.region == region && c.name == name;
        let known = state.conversations.values().find(same);
        if let Some(known) = known {
            return known.id.clone();
        }
        let conversation =
            Conversation::new(fresh.clone(), name.to_owned(), application.to_owned(), region.to_owned(), now, true);
        state.conversations.insert(fresh.clone(), conversation);
        fresh
    }

    /// What to wait on for a leg's state and place. None when the leg is long gone.
    pub fn watch(&self, leg: &str) -> Option<watch::Receiver<Seen>> {
        self.state().legs.get(leg).map(|leg| leg.seen.subscribe())
    }

    /// Resolves when the leg is over (or unknown).
    pub async fn over(&self, leg: &str) {
        if let Some(mut seen) = self.watch(leg) {
            let _ = seen.wait_for(|seen| seen.status.is_over()).await;
        }
    }

    /// The application a leg belongs to, if it still exists.
    pub fn application_of(&self, leg: &str) -> Option<Application> {
        let id = self.state().legs.get(leg)?.application.clone();
        self.accounts.get(&id)
    }

    /// The parameters of an answer webhook for a leg ("Voice API: webhook reference").
    pub fn answer_params(&self, leg: &str) -> Map<String, Value> {
        let state = self.state();
        let Some(leg) = state.legs.get(leg) else { return Map::new() };
        let mut params = Map::new();
        params.insert("to".into(), leg.to.text().into());
        let caller = if matches!(leg.from, Endpoint::App(_)) { "from_user" } else { "from" };
        params.insert(caller.into(), leg.from.text().into());
        params.insert("endpoint_type".into(), leg.from.kind().into());
        params.insert("conversation_uuid".into(), leg.conversation.clone().into());
        params.insert("uuid".into(), leg.id.clone().into());
        params.insert("region_url".into(), regions::url(&self.public_url, &leg.region).into());
        if let Some(knock) = &leg.knock
            && knock.custom_data.as_object().is_some_and(|data| !data.is_empty())
        {
            params.insert("custom_data".into(), knock.custom_data.clone());
        }
        params
    }

    /// Legs and conversations, for people and for tests.
    pub fn overview(&self) -> Value {
        let state = self.state();
        let mut legs: Vec<_> = state.legs.values().collect();
        legs.sort_by_key(|leg| leg.number);
        let legs: Vec<Value> = legs
            .iter()
            .map(|leg| {
                let mut json = leg.to_json();
                let sound = leg.socket.as_ref().map(|socket| socket.traffic.to_json());
                let stats = leg.rtc.as_ref().map(|rtc| rtc.stats());
                json["media"] = stats
                    .map(|s| json!({ "packets_in": s.packets_in, "packets_out": s.packets_out }))
                    .or(sound)
                    .unwrap_or_default();
                json["muted"] = leg.ears.muted.into();
                json["earmuffed"] = leg.ears.earmuffed.into();
                json
            })
            .collect();
        let conversations: Vec<Value> = state
            .conversations
            .values()
            .map(|c| json!({ "id": c.id, "name": c.name, "named": c.named, "legs": c.legs }))
            .collect();
        json!({ "legs": legs, "conversations": conversations })
    }
}
