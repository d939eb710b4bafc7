//! The whole desk under a clock that is stepped, with a small model of the platform on the other side: callers come and
//! leave, agents take, decline, ignore, hold, hand over, fall asleep and come back, webhooks come late, twice and out of
//! order, REST requests fail, and the program is killed between two steps of whatever it was doing.
//!
//! What may happen at once happens at once: its futures are polled in an order that the seed decides. After every step
//! the books have to agree with each other, and no caller may have been cut off; at the end, when the faults stop, every
//! call has ended and every agent is free.
//!
//! `SIMULATION_RUNS` and `SIMULATION_SEED` say how many runs and from which seed on; a failure names its seed and tells its
//! story. The database and HTTP are real and take their own time, so a seed does not always fail again. A kill drops what
//! the program was asked to do; what it does in the background goes on.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::Notify;
use wiremock::matchers::any;
use wiremock::{Mock, Request, Respond, ResponseTemplate};

use super::*;
use crate::domain::contact_center::chance::Chance;
use crate::domain::contact_center::desk::Target;
use crate::domain::outgoing::Cleared;

on_both!(
    a3_no_order_of_events_cuts_a_caller_off_or_locks_an_agent,
    a2_lost_webhooks_lock_nobody,
    a2_a_platform_that_fails_locks_nobody,
    a2_a_program_that_is_killed_locks_nobody,
    a2_everything_goes_wrong_and_nobody_is_locked,
);

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
struct Plan {
    agents: usize,
    callers: usize,
    /// Of a thousand REST requests, so many fail.
    rest_fails: u64,
    /// Of a thousand webhooks that want no answer, so many are late, and so many come twice.
    late: u64,
    doubled: u64,
    /// Of a thousand webhooks that want no answer, so many are lost.
    lost: u64,
    /// Of a thousand steps, so many kill the program.
    killed: u64,
}

const STEP_MS: i64 = 500;
/// When the faults have stopped, everything is over within so many steps.
const LAST_STEPS: usize = 1_200;

// ---------------------------------------------------------------- what happens at once

struct Woken {
    flag: AtomicBool,
    any: Arc<Notify>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.flag.store(true, Ordering::SeqCst);
        self.any.notify_one();
    }
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Polls all of them in an order that chance decides; gives up after `polls`, which is what a kill does.
async fn at_once(chance: &mut Chance, work: Vec<Work>, mut polls: u64) {
    let any = Arc::new(Notify::new());
    let woken = || Arc::new(Woken { flag: AtomicBool::new(true), any: Arc::clone(&any) });
    let mut work: Vec<(Work, Arc<Woken>)> = work.into_iter().map(|work| (work, woken())).collect();
    while !work.is_empty() && polls > 0 {
        let ready: Vec<usize> = (0..work.len()).filter(|at| work[*at].1.flag.load(Ordering::SeqCst)).collect();
        if ready.is_empty() {
            any.notified().await;
            continue;
        }
        polls -= 1;
        let at = ready[chance.index(ready.len())];
        work[at].1.flag.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&work[at].1));
        if let Poll::Ready(()) = work[at].0.as_mut().poll(&mut Context::from_waker(&waker)) {
            drop(work.swap_remove(at));
        }
        // All of them share one task's budget of polls, which is given anew when that task has yielded.
        tokio::task::yield_now().await;
    }
}

// ---------------------------------------------------------------- the platform

/// The platform as far as callers and agents can tell: one call flow for each caller, one leg for each agent who rings.
#[derive(Clone)]
struct Platform(Arc<Mutex<Model>>);

struct Model {
    now: i64,
    chance: Chance,
    plan: Plan,
    /// Faults are over.
    calm: bool,
    callers: Vec<Caller>,
    rings: Vec<Ring>,
    conversations: usize,
    /// Webhooks that want no answer, and when they are delivered.
    outbox: Vec<(i64, Value)>,
    /// Callers whom an agent hands over: nobody else is taken out of a conversation.
    handed: BTreeSet<usize>,
    torn: Option<usize>,
    log: Vec<String>,
}

struct Caller {
    leg: String,
    number: String,
    conversation: String,
    flow: Vec<Value>,
    doing: Doing,
    /// Each replacement of the flow has a number: what was asked for an earlier one is not wanted any more.
    version: u64,
    over: bool,
    /// They talked to somebody, were promised a call back or left a message.
    served: bool,
    cut_off: bool,
    patience: i64,
}

#[derive(Debug, Clone, PartialEq)]
enum Doing {
    /// The next action is due.
    Next,
    Until(i64),
    /// Keys are waited for.
    Keys {
        until: i64,
        url: String,
    },
    Rings {
        ring: usize,
        until: i64,
    },
    Together {
        ring: usize,
    },
    /// We were asked, and have not answered.
    Asked,
}

struct Ring {
    leg: String,
    agent: String,
    caller: usize,
    state: RingState,
    /// Its agent has declined it, and does not take it any more.
    declined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RingState {
    Ringing,
    Answered,
    Over,
}

/// A webhook whose answer is a call flow.
struct Ask {
    caller: usize,
    version: u64,
    received: Received,
    first: bool,
}

impl Platform {
    fn new(chance: Chance, plan: Plan, now: i64) -> Self {
        let state = Model {
            now,
            chance,
            plan,
            calm: false,
            callers: Vec::new(),
            rings: Vec::new(),
            conversations: 0,
            outbox: Vec::new(),
            handed: BTreeSet::new(),
            torn: None,
            log: Vec::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, ask: &Ask, flow: Option<Cleared>) {
        let mut state = self.state();
        let number = ask.caller;
        let caller = &mut state.callers[number];
        if caller.over || caller.version != ask.version {
            return;
        }
        caller.doing = Doing::Next;
        if let Some(flow) = flow {
            let flow = serde_json::to_value(flow).unwrap().as_array().unwrap().clone();
            (caller.flow, caller.version) = (flow, caller.version + 1);
            let said = format!("{} goes on with {:?}", number, caller.flow);
            state.log(said);
        }
        if ask.first {
            state.told(number, "answered");
        }
    }
}

impl Model {
    fn log(&mut self, what: String) {
        let line = format!("{:>7} {what}", self.now % 10_000_000);
        self.log.push(line);
    }

    /// The caller's own leg.
    fn told(&mut self, caller: usize, status: &str) {
        let Caller { leg, number, conversation, .. } = &self.callers[caller];
        let body = json!({"from": number, "to": OURS, "uuid": leg, "conversation_uuid": conversation, "status": status,
                          "direction": "inbound", "timestamp": self.time()});
        self.send(body);
    }

    /// A leg that was called.
    fn ring_told(&mut self, ring: usize, status: &str) {
        let body = self.ring_event(ring, status);
        self.send(body);
    }

    fn ring_event(&self, ring: usize, status: &str) -> Value {
        let Ring { leg, agent, caller, .. } = &self.rings[ring];
        let Caller { number, conversation, .. } = &self.callers[*caller];
        json!({"from": number, "to": agent, "uuid": leg, "conversation_uuid": conversation, "status": status,
               "direction": "outbound", "timestamp": self.time()})
    }

    fn time(&self) -> String {
        let at = ::time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.now) * 1_000_000).unwrap();
        at.format(&::time::format_description::well_known::Rfc3339).unwrap()
    }

    fn send(&mut self, body: Value) {
        let (late, doubled, lost) =
            if self.calm { (0, 0, 0) } else { (self.plan.late, self.plan.doubled, self.plan.lost) };
        if self.chance.of_thousand(lost) {
            return self.log(format!("lost: {} {}", body["uuid"], body["status"]));
        }
        let pause = if self.chance.of_thousand(late) { i64::try_from(self.chance.below(6_000)).unwrap() } else { 0 };
        if self.chance.of_thousand(doubled) {
            self.outbox.push((self.now + 1_000, body.clone()));
        }
        self.outbox.push((self.now + pause, body));
    }

    /// The caller is gone, by whoever's doing: and with them those who rang or talked.
    fn end(&mut self, caller: usize, why: &str) {
        if self.callers[caller].over {
            return;
        }
        self.log(format!("{caller} is over: {why}"));
        for ring in 0..self.rings.len() {
            if self.rings[ring].caller == caller {
                self.end_ring(ring, "cancelled");
            }
        }
        self.callers[caller].over = true;
        self.callers[caller].version += 1;
        self.told(caller, "completed");
    }

    fn end_ring(&mut self, ring: usize, status: &str) {
        let before = self.rings[ring].state;
        if before == RingState::Over {
            return;
        }
        self.rings[ring].state = RingState::Over;
        self.ring_told(ring, if before == RingState::Answered { "completed" } else { status });
    }

    /// A transfer by REST: a new conversation, a new flow.
    fn moved(&mut self, caller: usize, flow: Vec<Value>) {
        let from = self.callers[caller].conversation.clone();
        let talks = self.rings.iter().any(|ring| ring.caller == caller && ring.state == RingState::Answered);
        if talks && !self.handed.contains(&caller) {
            self.torn = Some(caller);
        }
        for ring in 0..self.rings.len() {
            if self.rings[ring].caller == caller {
                self.end_ring(ring, "cancelled");
            }
        }
        self.conversations += 1;
        let to = format!("CON-moved-{}", self.conversations);
        self.log(format!("{caller} is moved to {flow:?}"));
        let found = &mut self.callers[caller];
        found.conversation.clone_from(&to);
        (found.flow, found.doing, found.version) = (flow, Doing::Next, found.version + 1);
        let body = json!({"conversation_uuid_from": from, "conversation_uuid_to": to, "uuid": found.leg,
                          "timestamp": self.time()});
        self.send(body);
    }

    /// Time goes on: what callers hear ends, telephones stop ringing. What we are asked then.
    fn advance(&mut self) -> Vec<Ask> {
        let mut asks = Vec::new();
        for caller in 0..self.callers.len() {
            // Several actions may follow each other at once.
            for _ in 0..8 {
                if self.callers[caller].over {
                    break;
                }
                let doing = self.callers[caller].doing.clone();
                match doing {
                    Doing::Next => self.next_action(caller),
                    Doing::Until(until) if until <= self.now => self.callers[caller].doing = Doing::Next,
                    Doing::Keys { until, url } if until <= self.now => {
                        asks.push(self.keys(caller, &url, ""));
                    }
                    Doing::Rings { ring, until } => {
                        if self.rings[ring].state == RingState::Answered {
                            self.callers[caller].doing = Doing::Together { ring };
                            self.callers[caller].served = true;
                        } else if until <= self.now {
                            asks.push(self.not_taken(ring, "timeout"));
                        }
                        break;
                    }
                    Doing::Together { ring } if self.rings[ring].state == RingState::Over => {
                        self.end(caller, "the agent hung up");
                    }
                    _ => break,
                }
            }
        }
        asks
    }

    fn next_action(&mut self, caller: usize) {
        if self.callers[caller].flow.is_empty() {
            let served = self.callers[caller].served;
            self.callers[caller].cut_off = !served;
            return self.end(caller, if served { "the flow has ended" } else { "CUT OFF" });
        }
        let action = self.callers[caller].flow.remove(0);
        let now = self.now;
        let doing = match action["action"].as_str().unwrap() {
            "talk" => {
                let text = action["text"].as_str().unwrap();
                self.callers[caller].served |= text.contains("Goodbye") || text.contains("not in use");
                Doing::Until(now + 1_500)
            }
            "stream" => Doing::Until(now + 15_000),
            "input" => {
                let seconds = action["dtmf"]["timeOut"].as_i64().unwrap();
                Doing::Keys { until: now + seconds * 1_000, url: action["eventUrl"][0].as_str().unwrap().to_owned() }
            }
            "record" => {
                self.callers[caller].served = true;
                Doing::Until(now + 4_000)
            }
            "connect" => {
                let agent = action["endpoint"][0]["user"].as_str().unwrap().to_owned();
                let ring = self.rings.len();
                let leg = format!("leg-{caller}-{agent}-{ring}");
                self.rings.push(Ring { leg, agent, caller, state: RingState::Ringing, declined: false });
                self.ring_told(ring, "started");
                self.ring_told(ring, "ringing");
                Doing::Rings { ring, until: now + action["timeout"].as_i64().unwrap() * 1_000 }
            }
            other => panic!("{other} is not in the model"),
        };
        self.callers[caller].doing = doing;
    }

    fn asked(&mut self, caller: usize, received: Received) -> Ask {
        self.callers[caller].doing = Doing::Asked;
        Ask { caller, version: self.callers[caller].version, received, first: false }
    }

    fn keys(&mut self, caller: usize, url: &str, digits: &str) -> Ask {
        let Caller { leg, conversation, number, .. } = &self.callers[caller];
        let body = json!({"dtmf": {"digits": digits, "timed_out": digits.is_empty()}, "from": number, "to": OURS,
                          "uuid": leg, "conversation_uuid": conversation, "timestamp": self.time()});
        let received = event(&body);
        let kind = if url.ends_with("/dtmf") { WebhookKind::Dtmf } else { WebhookKind::Event };
        self.asked(caller, Received { kind, ..received })
    }

    /// The synchronous event of a `connect` that nobody took.
    fn not_taken(&mut self, ring: usize, status: &str) -> Ask {
        self.rings[ring].state = RingState::Over;
        let caller = self.rings[ring].caller;
        self.log(format!("{} of {caller}: {status}", self.rings[ring].leg));
        let body = self.ring_event(ring, status);
        self.asked(caller, event(&body))
    }

    fn rest(&mut self, request: &Request) -> ResponseTemplate {
        let missing = || ResponseTemplate::new(404).set_body_json(json!({"title": "Not Found"}));
        if !self.calm && self.chance.of_thousand(self.plan.rest_fails) {
            self.log(format!("{} {} fails", request.method, request.url.path()));
            return if self.chance.below(4) == 0 { ResponseTemplate::new(500) } else { missing() };
        }
        let path: Vec<&str> = request.url.path().trim_matches('/').split('/').collect();
        let ["v1", "calls", leg, ..] = path[..] else { return missing() };
        let caller = self.callers.iter().position(|caller| caller.leg == leg);
        let ring = self.rings.iter().position(|ring| ring.leg == leg);
        let alive = caller.map(|caller| !self.callers[caller].over);
        let alive = alive.or(ring.map(|ring| self.rings[ring].state != RingState::Over));
        if request.method.as_str() == "GET" {
            return match alive {
                None => missing(),
                Some(alive) => {
                    let rings = ring.is_some_and(|ring| self.rings[ring].state == RingState::Ringing);
                    let status = if rings { "ringing" } else { "answered" };
                    ResponseTemplate::new(200)
                        .set_body_json(json!({"uuid": leg, "status": if alive { status } else { "completed" }}))
                }
            };
        }
        if alive != Some(true) {
            return missing();
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match (body["action"].as_str(), caller, ring) {
            (Some("transfer"), Some(caller), _) => {
                let flow = body["destination"]["ncco"].as_array().unwrap().clone();
                self.moved(caller, flow);
            }
            (Some("hangup"), Some(caller), _) => {
                self.callers[caller].served = true;
                self.end(caller, "hung up by REST");
            }
            (Some("hangup"), _, Some(ring)) => self.end_ring(ring, "cancelled"),
            _ => {}
        }
        ResponseTemplate::new(204)
    }
}

impl Respond for Platform {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.state().rest(request)
    }
}

// ---------------------------------------------------------------- a run

struct Run {
    world: World,
    services: Services,
    platform: Platform,
    team: Vec<(String, String)>,
    /// Awake until the clock shows this.
    asleep_until: Vec<i64>,
    chance: Chance,
    plan: Plan,
    seed: u64,
}

impl Run {
    async fn new(db: Database, seed: u64, plan: Plan) -> Self {
        let world = world(db).await;
        let services = world.services.clone();
        let team = agents(&services, plan.agents).await;
        let chance = Chance(seed);
        let platform = Platform::new(Chance(seed ^ 0x5eed), plan, services.now_ms());
        Mock::given(any()).respond_with(platform.clone()).mount(&world.platform).await;
        let asleep_until = vec![0; team.len()];
        Self { world, services, platform, team, asleep_until, chance, plan, seed }
    }

    fn log(&self, what: String) {
        self.platform.state().log(what);
    }

    fn work(&self, work: impl Future<Output = ()> + Send + 'static) -> Work {
        Box::pin(work)
    }

    /// A webhook whose answer the caller's flow waits for. The platform asks a second time when the program was killed.
    fn ask(&self, ask: Ask, undone: &Arc<Mutex<Vec<Ask>>>) -> Work {
        let (services, platform, undone) = (self.services.clone(), self.platform.clone(), Arc::clone(undone));
        /// Asked once more unless it was answered.
        struct Again(Option<Ask>, Arc<Mutex<Vec<Ask>>>);
        impl Drop for Again {
            fn drop(&mut self) {
                self.1.lock().unwrap().extend(self.0.take());
            }
        }
        self.work(async move {
            let mut again = Again(Some(ask), undone);
            let Some(ask) = &again.0 else { return };
            let received = ask.received.clone();
            let flow = if ask.first {
                Some(services.answer(received).await.unwrap())
            } else {
                match services.event(received).await {
                    Ok(flow) => flow,
                    Err(_) => return,
                }
            };
            if let Some(ask) = again.0.take() {
                platform.answered(&ask, flow);
            }
        })
    }

    /// Somebody dials.
    fn dials(&mut self) -> Ask {
        let patience = if self.chance.below(4) == 0 { 5_000 } else { 600_000 };
        let mut state = self.platform.state();
        let n = state.callers.len();
        let (leg, number, conversation) = (format!("caller{n}"), format!("4477009{n:05}"), format!("CON-{n}"));
        let patience = state.now + patience;
        state.callers.push(Caller {
            leg,
            number,
            conversation,
            flow: Vec::new(),
            doing: Doing::Asked,
            version: 0,
            over: false,
            served: false,
            cut_off: false,
            patience,
        });
        state.log(format!("{n} dials"));
        Ask { caller: n, version: 0, received: call(n), first: true }
    }

    /// What the callers do by themselves.
    fn callers(&mut self, asks: &mut Vec<Ask>) {
        let mut state = self.platform.state();
        for caller in 0..state.callers.len() {
            let found = &state.callers[caller];
            if found.over {
                continue;
            }
            if found.patience <= state.now && !matches!(found.doing, Doing::Together { .. })
                || matches!(found.doing, Doing::Together { .. }) && self.chance.of_thousand(20)
            {
                state.callers[caller].served = true;
                state.end(caller, "hung up");
            } else if let Doing::Keys { url, .. } = found.doing.clone()
                && self.chance.of_thousand(15)
            {
                let key = ["1", "2", "9"][self.chance.index(3)];
                let ask = state.keys(caller, &url, key);
                asks.push(ask);
            }
        }
    }

    /// What agents do with what rings and with whom they talk to.
    fn agents(&mut self, work: &mut Vec<Work>, asks: &mut Vec<Ask>) {
        let rings: Vec<(usize, String, RingState)> = {
            let state = self.platform.state();
            let all = state.rings.iter().enumerate();
            all.filter(|(_, ring)| ring.state != RingState::Over && !ring.declined)
                .map(|(at, ring)| (at, ring.agent.clone(), ring.state))
                .collect()
        };
        let (now, calm) = (self.services.now_ms(), self.platform.state().calm);
        for (ring, agent, ring_state) in rings {
            let at = self.team.iter().position(|(_, name)| *name == agent).unwrap();
            if self.asleep_until[at] > now {
                continue;
            }
            let services = self.services.clone();
            match (ring_state, self.chance.below(if calm { 100 } else { 1_000 })) {
                (RingState::Ringing, 0..80) => {
                    let mut state = self.platform.state();
                    state.log(format!("{agent} takes {ring}"));
                    state.rings[ring].state = RingState::Answered;
                    let caller = state.rings[ring].caller;
                    state.handed.remove(&caller);
                    state.ring_told(ring, "answered");
                }
                (RingState::Ringing, 80..180) => {
                    // At the console, by an SDK elsewhere, or both at once.
                    let which = self.chance.below(3);
                    self.log(format!("{agent} declines {ring}, way {which}"));
                    self.platform.state().rings[ring].declined = true;
                    if which != 0 {
                        let ask = self.platform.state().not_taken(ring, "rejected");
                        asks.push(ask);
                    }
                    if which != 1 {
                        work.push(self.work(async move {
                            let offer = services.inner.store.offer_to(&agent).await.unwrap();
                            if let Some(offer) = offer {
                                services.decline_offer(&agent, &offer.id).await.unwrap();
                            }
                        }));
                    }
                }
                (RingState::Answered, 0..20) => {
                    self.log(format!("{agent} hangs up {ring}"));
                    if self.plan.rest_fails > 0 {
                        // When nobody can say whether the agent had taken the call, they declined it.
                        let mut state = self.platform.state();
                        let caller = state.rings[ring].caller;
                        state.handed.insert(caller);
                    }
                    work.push(self.in_call(agent, |services, agent, call| async move {
                        services.hang_up(&agent, &call).await.unwrap();
                    }));
                }
                (RingState::Answered, 20..40) if !calm => {
                    // The leg ends at the SDK: the page was closed.
                    let mut state = self.platform.state();
                    state.log(format!("{agent} leaves {ring}"));
                    state.end_ring(ring, "completed");
                }
                (RingState::Answered, 40..80) if !calm => {
                    let on = self.chance.below(2) == 0;
                    work.push(self.in_call(agent, move |services, agent, call| async move {
                        services.hold(&agent, &call, on).await.unwrap();
                    }));
                }
                (RingState::Answered, 80..110) if !calm => {
                    let to = self.team[self.chance.index(self.team.len())].1.clone();
                    self.log(format!("{agent} hands {ring} to {to}"));
                    let mut state = self.platform.state();
                    let caller = state.rings[ring].caller;
                    state.handed.insert(caller);
                    drop(state);
                    work.push(self.in_call(agent, move |services, agent, call| async move {
                        services.transfer(&agent, &call, &Target::Agent(to)).await.unwrap();
                    }));
                }
                _ => {}
            }
        }
        for at in 0..self.team.len() {
            let (account, name) = self.team[at].clone();
            if self.asleep_until[at] > now {
                continue;
            }
            if !calm && self.chance.of_thousand(5) {
                self.asleep_until[at] = now + i64::try_from(self.chance.below(60_000)).unwrap();
                self.log(format!("{name} sleeps"));
            }
            let (services, platform) = (self.services.clone(), self.platform.clone());
            let wrapped_up = self.chance.of_thousand(100);
            work.push(self.work(async move {
                services.heartbeat(&account, &name, "tab").await.unwrap();
                if let Some(leg) = lacks(&services, &platform, &name).await {
                    services.leg_gone(&name, &leg).await.unwrap();
                }
                let desk = services.desk(&account, &name).await.unwrap();
                let away = matches!(desk.me.state, State::Away(_) | State::Offline);
                if away {
                    services.set_presence(&account, &name, Wish::Ready).await.unwrap();
                }
                if let Some(wrap_up) = desk.wrap_up.filter(|_| wrapped_up) {
                    services.finish_wrap_up(&name, &wrap_up.call).await.unwrap();
                }
            }));
        }
    }

    fn in_call<F: Future<Output = ()> + Send + 'static>(
        &self,
        agent: String,
        does: impl FnOnce(Services, String, String) -> F + Send + 'static,
    ) -> Work {
        let services = self.services.clone();
        self.work(async move {
            let me = services.agent(&agent).await.unwrap();
            if let Some(call) = me.and_then(|me| me.row.call) {
                does(services, agent, call).await;
            }
        })
    }

    async fn step(&mut self, undone: &Arc<Mutex<Vec<Ask>>>) {
        self.world.pass(STEP_MS);
        let (now, calm) = (self.services.now_ms(), self.platform.state().calm);
        let mut asks: Vec<Ask> = undone.lock().unwrap().drain(..).collect();
        self.platform.state().now = now;
        if !calm && self.platform.state().callers.len() < self.plan.callers && self.chance.below(6) == 0 {
            let ask = self.dials();
            asks.push(ask);
        }
        asks.extend(self.platform.state().advance());
        self.callers(&mut asks);
        let mut work = Vec::new();
        self.agents(&mut work, &mut asks);
        let due: Vec<Value> = {
            let mut state = self.platform.state();
            let (due, later) = std::mem::take(&mut state.outbox).into_iter().partition(|(at, _)| *at <= now);
            state.outbox = later;
            due.into_iter().map(|(_, body): (i64, Value)| body).collect()
        };
        for body in due {
            let services = self.services.clone();
            work.push(self.work(async move {
                let _ = services.event(event(&body)).await;
            }));
        }
        for ask in asks {
            work.push(self.ask(ask, undone));
        }
        if now % 1_000 == 0 {
            let services = self.services.clone();
            work.push(self.work(async move { services.desk_upkeep().await.unwrap() }));
        }
        let killed = !calm && self.chance.of_thousand(self.plan.killed);
        let polls = if killed { self.chance.below(60) } else { u64::MAX };
        at_once(&mut self.chance, work, polls).await;
        if killed {
            self.log("the program is killed".into());
            self.services = self.world.restarted(patient).await;
            self.services.inner.store.give_up_claims().await.unwrap();
            self.services.reload_directory().await.unwrap();
        }
    }

    /// The books agree with each other, and nobody was cut off. Callers are assigned in the background, so what is read one
    /// after the other may be of different moments: only what stays wrong is wrong.
    async fn check(&self) {
        let mut wrong = None;
        for _ in 0..100 {
            wrong = self.wrong().await;
            if wrong.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if let Some(wrong) = wrong {
            panic!("{wrong}\n{}", self.story());
        }
        let cut_off = self.platform.state().callers.iter().position(|caller| caller.cut_off);
        assert_eq!(cut_off, None, "this caller was cut off\n{}", self.story());
        let torn = self.platform.state().torn;
        assert_eq!(torn, None, "this caller was taken out of a conversation\n{}", self.story());
    }

    async fn wrong(&self) -> Option<String> {
        let store = &self.services.inner.store;
        let offers = store.open_offers().await.unwrap();
        let open: BTreeSet<String> = store.open_desk_calls().await.unwrap().into_iter().map(|call| call.id).collect();
        for agent in self.services.agents().await.unwrap() {
            let (name, state) = (&agent.row.name, agent.standing.state);
            let rung = offers.iter().filter(|offer| offer.agent == *name).count();
            match &agent.row.call {
                Some(call) if state.is_busy() && !open.contains(call) => {
                    return Some(format!("{name} is {state:?} in a call that is over"));
                }
                None if state.is_busy() => return Some(format!("{name} is {state:?} in no call")),
                _ if rung > 1 => return Some(format!("{name} is offered {rung} calls")),
                _ if rung == 0 && state == State::Ringing => {
                    return Some(format!("{name} rings, and nothing is offered"));
                }
                _ => {}
            }
        }
        let calls: BTreeSet<&String> = offers.iter().map(|offer| &offer.call).collect();
        (calls.len() != offers.len()).then(|| "a call is offered to two agents".to_owned())
    }

    fn story(&self) -> String {
        let state = self.platform.state();
        let last = state.log.len().saturating_sub(60);
        format!("seed {} of {:?}\n{}", self.seed, self.plan, state.log[last..].join("\n"))
    }

    async fn run(mut self) {
        let undone = Arc::new(Mutex::new(Vec::new()));
        while self.platform.state().callers.len() < self.plan.callers {
            self.step(&undone).await;
            self.check().await;
        }
        self.platform.state().calm = true;
        self.asleep_until.fill(0);
        for _ in 0..LAST_STEPS {
            self.step(&undone).await;
            self.check().await;
            if self.is_quiet().await {
                return;
            }
        }
        let agents = self.services.agents().await.unwrap();
        let calls = self.services.inner.store.open_desk_calls().await.unwrap();
        panic!("it never came to rest: {agents:#?}\n{calls:#?}\n{}", self.story());
    }

    async fn is_quiet(&self) -> bool {
        let over = {
            let state = self.platform.state();
            state.callers.iter().all(|caller| caller.over) && state.outbox.is_empty()
        };
        let idle = |agent: &super::super::Agent| agent.standing.state == State::Ready;
        over && self.services.inner.store.open_desk_calls().await.unwrap().is_empty()
            && self.services.agents().await.unwrap().iter().all(idle)
    }
}

/// The leg that an agent's desk shows and their SDK does not have.
async fn lacks(services: &Services, platform: &Platform, name: &str) -> Option<String> {
    let call = services.agent(name).await.unwrap()?.row.call?;
    let leg = services.held(&call).await.unwrap()?.call.agent_leg?;
    let state = platform.state();
    let gone = state.rings.iter().any(|ring| ring.leg == leg && ring.agent == name && ring.state == RingState::Over);
    gone.then_some(leg)
}

#[expect(clippy::disallowed_methods, reason = "how long a test runs is no option of the program")]
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

const ORDERLY: Plan = Plan { agents: 4, callers: 20, rest_fails: 0, late: 100, doubled: 50, lost: 0, killed: 0 };

/// Runs with seeds of their own, each on a new database.
async fn runs(db: Database, plan: Plan) {
    let (runs, first) = (number("SIMULATION_RUNS", 1), number("SIMULATION_SEED", 1));
    let mut db = Some(db);
    for seed in first..first + runs {
        let of = match db.take() {
            Some(db) => db,
            None => Database::sqlite().await,
        };
        Run::new(of, seed, plan).await.run().await;
    }
}

async fn a3_no_order_of_events_cuts_a_caller_off_or_locks_an_agent(db: Database) {
    runs(db, ORDERLY).await;
}

async fn a2_lost_webhooks_lock_nobody(db: Database) {
    runs(db, Plan { lost: 60, ..ORDERLY }).await;
}

async fn a2_a_platform_that_fails_locks_nobody(db: Database) {
    runs(db, Plan { rest_fails: 60, ..ORDERLY }).await;
}

async fn a2_a_program_that_is_killed_locks_nobody(db: Database) {
    let killed = killed(&db, 20);
    runs(db, Plan { killed, ..ORDERLY }).await;
}

async fn a2_everything_goes_wrong_and_nobody_is_locked(db: Database) {
    let killed = killed(&db, 10);
    runs(db, Plan { agents: 8, callers: 30, rest_fails: 30, lost: 30, killed, ..ORDERLY }).await;
}

/// On PostgreSQL a node does not know that there is no other one: a caller whose first answer was being decided when the
/// program died is decided about again only when that claim is stale, which by the stepped clock is never.
fn killed(db: &Database, of_thousand: u64) -> u64 {
    if db.url.starts_with("sqlite:") { of_thousand } else { 0 }
}
