//! A run: one step after the other, and after each the books have to agree.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use super::agents::Member;
use super::at_once::{Work, at_once};
use super::model::{Ask, LegState, Platform, chance};
use super::{MENU, Plan, sized};
use crate::domain::contact_center::chance::Chance;
use crate::domain::contact_center::presence::State;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::Services;
use crate::service::contact_center::tests::{agents, main_menu, world};
use crate::service::tests::{World, event};
use crate::store::testing::Database;

/// When the faults have stopped, everything is over within this time, ms.
const LAST_MS: i64 = 600_000;
/// The last lines of its story that a failure tells, beside all those about whom it concerns.
const TOLD: usize = 60;

pub(super) struct Run {
    pub(super) world: World,
    pub(super) services: Services,
    pub(super) platform: Platform,
    pub(super) team: Vec<Member>,
    pub(super) plan: Plan,
    pub(super) seed: u64,
    pub(super) step: u64,
    /// Questions of the platform that were not answered, because the program was killed.
    pub(super) undone: Arc<Mutex<Vec<Ask>>>,
    /// What may be wrong for a moment, and since when it has been.
    pub(super) since: BTreeMap<String, i64>,
}

/// What a run was.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) runs: u64,
    pub(super) steps: u64,
    pub(super) callers: u64,
    pub(super) talks: u64,
    pub(super) declines: u64,
    /// Callers who were declined at least once.
    pub(super) declined: u64,
    pub(super) kills: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.steps += other.steps;
        self.callers += other.callers;
        self.talks += other.talks;
        self.declines += other.declines;
        self.declined += other.declined;
        self.kills += other.kills;
    }
}

impl Run {
    pub(super) async fn new(db: Database, seed: u64, plan: Plan) -> Self {
        let mut world = world(db).await;
        world.change(sized);
        let services = world.services.clone();
        let menu = E164::parse(MENU).unwrap();
        services.lines.add_number(&menu, "GB", &["VOICE".into()], &Line::Ivr("main".into())).await.unwrap();
        let team = agents(&services, plan.agents).await;
        main_menu(&services, &team).await;
        let team = team.into_iter().map(Member::new).collect();
        let platform = Platform::new(seed, plan, services.now_ms());
        serve(&platform, &world.platform).await;
        let (undone, since) = (Arc::default(), BTreeMap::new());
        Self { world, services, platform, team, plan, seed, step: 0, undone, since }
    }

    /// What chance says of one thing in this step.
    pub(super) fn chance(&self, what: impl Hash) -> Chance {
        chance(self.seed, (self.step, what))
    }

    pub(super) fn log(&self, what: String) {
        self.platform.state().log(what);
    }

    /// A webhook whose answer the caller's flow waits for. The platform asks a second time when the program was killed.
    fn ask(&self, ask: Ask) -> Work {
        /// Asked once more unless it was answered.
        struct Again(Option<Ask>, Arc<Mutex<Vec<Ask>>>);
        impl Drop for Again {
            fn drop(&mut self) {
                self.1.lock().unwrap().extend(self.0.take());
            }
        }
        let (services, platform, undone) = (self.services.clone(), self.platform.clone(), Arc::clone(&self.undone));
        Box::pin(async move {
            let mut again = Again(Some(ask), undone);
            let Some(ask) = &again.0 else { return };
            let received = ask.received.clone();
            let flow = if ask.first {
                Some(services.webhooks.answer(received).await.unwrap())
            } else {
                match services.webhooks.event(received).await {
                    Ok(flow) => flow,
                    Err(_) => return,
                }
            };
            if let Some(ask) = again.0.take() {
                platform.answered(&ask, flow);
            }
        })
    }

    /// The platform's repeated questions, newly signed, about those who are still there.
    fn asked_again(&self) -> Vec<Ask> {
        let mut asks: Vec<Ask> = self.undone.lock().unwrap().drain(..).collect();
        let state = self.platform.state();
        asks.retain(|ask| {
            let leg = &state.legs[ask.leg];
            leg.state != LegState::Over && leg.version == ask.version
        });
        for ask in &mut asks {
            ask.received.verified = event(&Value::Null).verified;
        }
        asks
    }

    /// Whether the program was killed in it.
    async fn step(&mut self) -> bool {
        self.step += 1;
        self.world.pass(self.plan.step_ms);
        let (now, calm) = (self.services.now_ms(), self.platform.state().calm);
        self.platform.state().now = now;
        let mut asks = self.asked_again();
        asks.extend(self.somebody_dials());
        asks.extend(self.platform.state().advance());
        self.people_outside(&mut asks);
        let mut work = Vec::new();
        self.agents(&mut work, &mut asks).await;
        let due: Vec<Value> = {
            let mut state = self.platform.state();
            let (due, later) = std::mem::take(&mut state.outbox).into_iter().partition(|(at, _)| *at <= now);
            state.outbox = later;
            due.into_iter().map(|(_, body): (i64, Value)| body).collect()
        };
        for body in due {
            let services = self.services.clone();
            work.push(Box::pin(async move {
                let _ = services.webhooks.event(event(&body)).await;
            }));
        }
        for ask in asks {
            work.push(self.ask(ask));
        }
        if now % 1_000 < self.plan.step_ms {
            let services = self.services.clone();
            work.push(Box::pin(async move { services.desk.sweep.desk_upkeep().await.unwrap() }));
        }
        let mut kill = self.chance("kill");
        let killed = !calm && kill.of_thousand(self.plan.killed);
        let polls = if killed { kill.below(60) } else { u64::MAX };
        at_once(self.chance("order"), work, polls).await;
        if killed {
            self.log("the program is killed".into());
            self.services = self.world.restarted(sized).await;
            self.services.core.store.webhooks().give_up_claims().await.unwrap();
            self.services.lines.reload_directory().await.unwrap();
        }
        killed
    }

    /// What happened: to whom it concerns from the beginning, and to everybody in the end.
    pub(super) fn story(&self, of: &str) -> String {
        let state = self.platform.state();
        let last = state.log.len().saturating_sub(TOLD);
        let concerns = |(at, line): &(usize, &String)| {
            *at >= last || line.split([' ', '-']).any(|word| !word.is_empty() && word == of)
        };
        let told: Vec<&str> = state.log.iter().enumerate().filter(concerns).map(|(_, line)| line.as_str()).collect();
        format!("SIMULATION_SEED={} {:?}\n{}", self.seed, self.plan, told.join("\n"))
    }

    pub(super) async fn run(mut self) -> Tally {
        let mut tally = Tally { runs: 1, ..Tally::default() };
        while self.goes_on() {
            tally.kills += u64::from(self.step().await);
            self.check().await;
        }
        self.platform.state().calm = true;
        let end = self.services.now_ms() + LAST_MS;
        for member in &mut self.team {
            (member.gone_until, member.unable_until) = (0, 0);
        }
        while !self.is_quiet().await {
            if self.services.now_ms() > end {
                let agents = self.services.core.store.desk().agents().await.unwrap();
                let calls = self.services.core.store.desk().open_calls().await.unwrap();
                panic!("it never came to rest: {agents:#?}\n{calls:#?}\n{}", self.story("-"));
            }
            self.step().await;
            self.check().await;
        }
        let state = self.platform.state();
        tally.steps = self.step;
        tally.callers = state.callers.len() as u64;
        (tally.talks, tally.declines) = (state.talks, state.declines);
        tally.declined = state.callers.iter().filter(|caller| caller.declined > 0).count() as u64;
        tally
    }

    fn goes_on(&self) -> bool {
        self.platform.state().callers.len() < self.plan.callers
    }

    async fn is_quiet(&self) -> bool {
        let over = {
            let state = self.platform.state();
            state.legs.iter().all(|leg| leg.state == LegState::Over) && state.outbox.is_empty()
        };
        let idle = |agent: &crate::store::AgentRow| agent.standing.state == State::Ready;
        if !over || !self.undone.lock().unwrap().is_empty() {
            return false;
        }
        let agents = self.services.core.store.desk().agents().await.unwrap();
        agents.len() == self.team.len()
            && agents.iter().all(idle)
            && self.services.core.store.desk().open_calls().await.unwrap().is_empty()
    }
}

async fn serve(platform: &Platform, server: &MockServer) {
    Mock::given(any()).respond_with(platform.clone()).mount(server).await;
}
