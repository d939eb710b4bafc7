//! Agents: at the console, and with a softphone that rings and talks.

use super::at_once::Work;
use super::model::{Ask, LegState, Platform, Who};
use super::run::Run;
use crate::domain::contact_center::desk::{Dial, Go, HistoryShow};
use crate::domain::contact_center::presence::{AwayReason, State, Unable, Wish};
use crate::service::Services;
use crate::service::fail::Told as _;
use crate::service::tests::answer;

/// A console gives a sign of life so often, ms.
const BEAT_MS: i64 = 4_000;

pub(super) struct Member {
    pub(super) account: String,
    pub(super) name: String,
    tabs: u32,
    beat_at: i64,
    /// The page is not there until the clock shows this: it is loading, or sleeps, or nobody is signed in.
    pub(super) gone_until: i64,
    /// Its microphone is not there until then.
    pub(super) unable_until: i64,
}

impl Member {
    pub(super) fn new((account, name): (String, String)) -> Self {
        Self { account, name, tabs: 0, beat_at: 0, gone_until: 0, unable_until: 0 }
    }

    fn tab(&self) -> String {
        format!("tab-{}", self.tabs)
    }
}

impl Run {
    pub(super) async fn agents(&mut self, work: &mut Vec<Work>, asks: &mut Vec<Ask>) {
        let known = self.services.core.store.desk().agents().await.unwrap();
        let (now, calm) = (self.services.now_ms(), self.platform.state().calm);
        for at in 0..self.team.len() {
            if self.team[at].gone_until > now {
                continue;
            }
            // Nobody is known before their first sign of life.
            let me = known.iter().find(|agent| agent.name == self.team[at].name);
            let (state, call) = me.map_or((State::Offline, None), |me| (me.standing.state, me.call.clone()));
            if calm || !self.goes_away(at, state, work) {
                self.at_the_console(at, state, call, work);
            }
            // Without a microphone nothing is taken.
            if self.team[at].unable_until <= now {
                self.softphone(at, work, asks);
            }
        }
    }

    /// The page is reloaded, the computer sleeps, or the agent signs out; and comes back. Whether that happens now.
    fn goes_away(&mut self, at: usize, state: State, work: &mut Vec<Work>) -> bool {
        let mut chance = self.chance(("away", at));
        let now = self.services.now_ms();
        let (name, tab) = (self.team[at].name.clone(), self.team[at].tab());
        let legs = self.platform.state().of_agent(&name);
        let (what, ms, ends_legs) = match chance.below(1_000) {
            n if n < self.plan.reloads => ("reloads the page", 500 + chance.below(2_500), chance.below(3) == 0),
            n if n < 2 * self.plan.reloads => ("sleeps", chance.below(60_000), chance.below(4) == 0),
            n if n < 3 * self.plan.reloads && legs.is_empty() && !state.is_busy() => {
                ("signs out", 10_000 + chance.below(50_000), false)
            }
            _ => return false,
        };
        self.log(format!("{name} {what}"));
        self.team[at].gone_until = now + i64::try_from(ms).unwrap();
        if what != "sleeps" {
            let (services, account) = (self.services.clone(), self.team[at].account.clone());
            self.team[at].tabs += u32::from(chance.below(2) == 0);
            work.push(Box::pin(async move {
                if what == "signs out" {
                    let _ = services.desk.presence.set_presence(&account, &name, Wish::Offline).await.told();
                }
                services.desk.consoles.tabs.leave_desk(&name, &tab).await.unwrap();
            }));
        }
        if ends_legs {
            let mut state = self.platform.state();
            for leg in legs {
                state.softphone_goes(leg);
            }
        }
        true
    }

    fn at_the_console(&mut self, at: usize, state: State, call: Option<String>, work: &mut Vec<Work>) {
        let mut chance = self.chance(("console", at));
        let (calm, now) = (self.platform.state().calm, self.services.now_ms());
        let member = &mut self.team[at];
        let (account, name, tab) = (member.account.clone(), member.name.clone(), member.tab());
        let (services, platform) = (self.services.clone(), self.platform.clone());
        if !calm && chance.of_thousand(self.plan.reloads) {
            // Said at once when it changes.
            (member.unable_until, member.beat_at) = (now + 10_000, 0);
        }
        let unable = (member.unable_until > now).then_some(Unable::NoMicrophone);
        if now - member.beat_at >= BEAT_MS || matches!(state, State::Offline | State::Asleep | State::Reconnecting) {
            member.beat_at = now;
            let (account, name) = (account.clone(), name.clone());
            work.push(Box::pin(async move { beats(&services, &platform, &account, &name, &tab, unable).await }));
        }
        let services = self.services.clone();
        match (state, chance.below(1_000)) {
            (State::Away(_) | State::Offline, 0..300) => work.push(Box::pin(async move {
                let _ = services.desk.presence.set_presence(&account, &name, Wish::Ready).await.told();
            })),
            (State::WrapUp, 0..100) => work.push(Box::pin(async move {
                let _ = services.desk.consoles.after_call.finish_wrap_up(&name, &call.unwrap_or_default()).await.told();
            })),
            (State::Ready | State::Talking | State::Hold | State::WrapUp, 300..304) if !calm => {
                self.log(format!("{name} wants a break"));
                work.push(Box::pin(async move {
                    let _ = services
                        .desk
                        .presence
                        .set_presence(&account, &name, Wish::Away(AwayReason::BREAK))
                        .await
                        .told();
                }));
            }
            (State::Ready, 304..314) if !calm && self.plan.visitors > 0 => {
                let (platform, undone) = (self.platform.clone(), self.undone.clone());
                work.push(Box::pin(async move {
                    if let Some(ask) = calls_back(&services, &platform, &name).await {
                        undone.lock().unwrap().push(ask);
                    }
                }));
            }
            _ => {}
        }
    }

    fn softphone(&mut self, at: usize, work: &mut Vec<Work>, asks: &mut Vec<Ask>) {
        let name = self.team[at].name.clone();
        let legs = self.platform.state().of_agent(&name);
        for leg in legs {
            let (state, declined) = {
                let model = self.platform.state();
                (model.legs[leg].state, model.legs[leg].declined)
            };
            match state {
                LegState::Ringing if !declined => self.rung(&name, leg, work, asks),
                LegState::Answered => self.talks(&name, leg, work),
                _ => {}
            }
        }
    }

    /// What rings is taken, declined, or left ringing.
    fn rung(&self, name: &str, leg: usize, work: &mut Vec<Work>, asks: &mut Vec<Ask>) {
        let mut chance = self.chance(("rung", leg));
        let mut state = self.platform.state();
        let id = state.legs[leg].id.clone();
        let (takes, declines) = if state.calm { (300, 50) } else { (self.plan.takes, self.plan.declines) };
        match chance.below(1_000) {
            n if n < takes => {
                state.log(format!("{name} takes {id}"));
                state.legs[leg].state = LegState::Answered;
                if let Some(caller) = state.caller_of(leg).filter(|_| state.legs[leg].of.is_some()) {
                    state.may_move.remove(&caller);
                    state.may_end.remove(&caller);
                }
                state.told(leg, "answered");
            }
            n if n < takes + declines => {
                // At the console, by an SDK elsewhere, both at once; or with the button that ends a call.
                let way = chance.below(4);
                state.log(format!("{name} declines {id}, way {way}"));
                state.legs[leg].declined = true;
                state.declines += 1;
                if let Some(caller) = state.caller_of(leg) {
                    state.callers[caller].declined += 1;
                }
                if matches!(way, 1 | 2) {
                    let ask = state.declined(leg, "rejected");
                    asks.extend(ask);
                }
                drop(state);
                let (services, agent) = (self.services.clone(), name.to_owned());
                match way {
                    0 | 2 => work.push(Box::pin(async move {
                        if let Some(offer) = services.core.store.desk().offer_to(&agent).await.unwrap() {
                            let _ = services.desk.consoles.controls.decline_offer(&agent, &offer.id).await.told();
                        }
                    })),
                    3 => work.push(self.in_call(name, None, |services, agent, call| async move {
                        let _ = services.desk.ending.hang_up(&agent, &call).await.told();
                    })),
                    _ => {}
                }
            }
            _ => {}
        }
    }
}

impl super::model::Model {
    /// The legs of an agent that are not over.
    pub(super) fn of_agent(&self, name: &str) -> Vec<usize> {
        let theirs = |at: &usize| matches!(&self.legs[*at].who, Who::Agent(agent) if agent == name);
        let mut legs: Vec<usize> = (0..self.legs.len()).filter(theirs).collect();
        legs.retain(|at| self.legs[*at].state != LegState::Over);
        legs
    }

    /// The page is closed: whom it talked to is left alone, and what rang goes on ringing elsewhere.
    fn softphone_goes(&mut self, leg: usize) {
        if self.legs[leg].state == LegState::Answered {
            self.end(leg, "completed", "the page is closed");
        }
    }
}

/// A sign of life of a console.
async fn beats(services: &Services, platform: &Platform, account: &str, name: &str, tab: &str, unable: Option<Unable>) {
    services.desk.consoles.tabs.console_reports(account, name, tab, unable).await.unwrap();
    services.desk.consoles.tabs.heartbeat(account, name, tab).await.unwrap();
    if let Some(leg) = lacks(services, platform, name).await {
        services.desk.consoles.tabs.leg_gone(name, &leg).await.unwrap();
    }
}

/// The leg that an agent's desk shows and their SDK does not have.
async fn lacks(services: &Services, platform: &Platform, name: &str) -> Option<String> {
    let call = services.core.store.desk().agent(name).await.unwrap()?.call?;
    let leg = services.core.store.desk().call(&call).await.unwrap()?.call.agent_leg?;
    let state = platform.state();
    let gone = |found: &super::model::Leg| found.id == leg && found.to == name && found.state == LegState::Over;
    state.legs.iter().any(gone).then_some(leg)
}

/// Calls back a customer who was promised that and whom nobody calls.
async fn calls_back(services: &Services, platform: &Platform, name: &str) -> Option<Ask> {
    let owed = services.desk.consoles.history.desk_history(name, HistoryShow::Callbacks, None).await.unwrap();
    let row = owed.rows.into_iter().find(|row| row.claimed_by.is_none())?;
    let _ = services.desk.consoles.history.claim(name, &row.call).await.told();
    let Ok(Go { context, .. }) =
        services.desk.consoles.dialling.dial(name, &Dial::to(row.dial.as_deref()?)).await.told()
    else {
        return None;
    };
    Some(platform.state().calls_out(name, &context.to, &context.intent))
}

impl super::model::Model {
    /// An agent's browser calls; the platform asks us.
    fn calls_out(&mut self, agent: &str, to: &str, intent: &str) -> Ask {
        let nth = self.legs.len();
        let (id, conversation) = (format!("own-{nth}-{agent}"), format!("CON-own-{nth}"));
        let body = serde_json::json!({"to": to, "from_user": agent, "uuid": id, "endpoint_type": "app",
            "conversation_uuid": conversation, "custom_data": {"to": to, "intent": intent}});
        let leg = self.new_leg(id, Who::Agent(agent.to_owned()), agent, to, &conversation);
        self.log(format!("{agent} calls {to} back"));
        Ask { leg, version: 0, received: answer(&body), first: true }
    }
}
