//! A call flow: the task that carries out an NCCO for the leg that leads it.
//!
//! The flow ends with its leg, or when another flow takes its place (REST transfer). Whatever an action started and did
//! not finish ends with it: playbacks stop with the leg they are for, callees are cancelled by the exchange.

mod connect;
mod gather;
mod meet;
mod sound;
mod tape;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::account::{Application, Hook};
use super::exchange::Exchange;
use super::leg::{Ending, Status};
use super::media::mixer::Mixer;
use super::ncco::{self, Action};
use super::trace::{ActionState, Happening};
use super::webhook::{Failure, Reason};

/// Where a flow's NCCO comes from.
pub enum Source {
    Inline(Vec<Value>),
    /// An answer URL; None is the application's.
    Url(Option<Hook>),
}

/// What follows an action.
enum Next {
    Go,
    /// The application gave another NCCO in place of the rest.
    Replace(Vec<Value>),
    End(Ending),
}

/// One flow.
struct Flow {
    exchange: Exchange,
    application: Application,
    leg: String,
    /// `bargeIn` was set and no `input` came since: keys are kept for it.
    barge_in: bool,
    /// The last `connect` that failed.
    failed: Option<Status>,
}

/// Starts the flow of a leg, in place of the one that runs. `answer` makes the leg answered when the NCCO is there: an
/// inbound call is answered by its first action.
pub fn start(exchange: &Exchange, leg: &str, application: Application, source: Source, answer: bool) {
    let stop = CancellationToken::new();
    {
        let mut state = exchange.state();
        let Some(found) = state.legs.get_mut(leg).filter(|leg| !leg.status.is_over()) else { return };
        found.keys_to = None;
        if let Some(before) = found.flow.replace(stop.clone()) {
            before.cancel();
        }
    }
    let flow = Flow { exchange: exchange.clone(), application, leg: leg.to_owned(), barge_in: false, failed: None };
    exchange.spawn(async move {
        tokio::select! {
            // A flow whose place was taken must not see what the new one does, and take it for its own end.
            biased;
            () = stop.cancelled() => {}
            () = flow.live(source, answer) => {}
        }
    });
}

impl Flow {
    async fn live(mut self, source: Source, answer: bool) {
        let actions = match source {
            Source::Inline(actions) => Ok(actions),
            Source::Url(hook) => {
                let params = self.exchange.answer_params(&self.leg);
                let conversation = self.conversation();
                self.exchange.sender.answer(&self.application, hook, &conversation, params).await
            }
        };
        let actions = match actions {
            Ok(actions) => actions,
            Err(failure) => {
                // The sender has told of an NCCO that was refused.
                if failure.reason != Reason::InvalidNcco {
                    self.tell_failure(&failure);
                }
                self.exchange.end(&self.leg, Ending::remote_hangup());
                return;
            }
        };
        if answer {
            self.exchange.answered(&self.leg);
        }
        let ending = self.run(actions).await;
        self.exchange.end(&self.leg, ending);
    }

    /// Carries out NCCOs until nothing is left, and says how the leg is to end.
    async fn run(&mut self, mut actions: Vec<Value>) -> Ending {
        loop {
            match self.run_one(&actions).await {
                Next::Go => {
                    return self.failed.map_or_else(Ending::remote_hangup, Ending::after_failed_connect);
                }
                Next::Replace(next) => actions = next,
                Next::End(ending) => return ending,
            }
        }
    }

    /// Carries out one NCCO, up to its end or to what takes its place.
    async fn run_one(&mut self, values: &[Value]) -> Next {
        let conversation = self.conversation();
        let ncco = Happening::Ncco { leg: self.leg.clone(), actions: values.to_vec() };
        self.exchange.trace.record(Some(&conversation), ncco);
        let actions = match ncco::read(values) {
            Ok(actions) => actions,
            Err(detail) => {
                self.tell_failure(&Failure { reason: Reason::InvalidNcco, detail });
                return Next::End(Ending::remote_hangup());
            }
        };
        for field in ncco::undocumented(values) {
            self.exchange
                .trace
                .note(Some(&conversation), format!("{field} is not in the reference of call flows: it is ignored."));
        }
        for (index, action) in actions.iter().enumerate() {
            self.mark(index, ActionState::Running, None);
            let next = self.act(action).await;
            let note = self.failed.filter(|_| matches!(action, Action::Connect(_)));
            match note {
                Some(failed) => self.mark(index, ActionState::Failed, Some(failed.as_str().to_owned())),
                None => self.mark(index, ActionState::Done, None),
            }
            if !matches!(next, Next::Go) {
                return next;
            }
        }
        Next::Go
    }

    async fn act(&mut self, action: &Action) -> Next {
        if !matches!(action, Action::Connect(_)) {
            self.failed = None;
        }
        match action {
            Action::Talk(talk) => self.talk(talk).await,
            Action::Stream(stream) => self.stream(stream).await,
            Action::Input(input) => self.input(input).await,
            Action::Connect(connect) => self.connect(connect).await,
            Action::Conversation(conference) => self.conference(conference).await,
            Action::Record(record) => self.record(record).await,
            Action::Notify { payload, hook } => self.notify(payload, hook).await,
            Action::Wait { ms } => {
                tokio::time::sleep(std::time::Duration::from_millis(*ms)).await;
                Next::Go
            }
            Action::Transfer { conversation, rights } => self.transfer(conversation, rights).await,
        }
    }

    async fn notify(&self, payload: &Value, hook: &Hook) -> Next {
        let conversation = self.conversation();
        let body = json!({
            "conversation_uuid": conversation, "payload": payload, "timestamp": self.exchange.effects.timestamp(),
        });
        let sender = &self.exchange.sender;
        let reply = sender.event_and_wait(&self.application, Some(hook.clone()), &conversation, body).await;
        replaced(reply.ncco)
    }

    fn conversation(&self) -> String {
        self.exchange.state().legs.get(&self.leg).map(|leg| leg.conversation.clone()).unwrap_or_default()
    }

    fn mixer(&self) -> Option<Mixer> {
        self.exchange.state().mixer_of(&self.leg)
    }

    fn mark(&self, index: usize, state: ActionState, note: Option<String>) {
        let action = Happening::Action { leg: self.leg.clone(), index, state, note };
        self.exchange.trace.record(Some(&self.conversation()), action);
    }

    /// The documented error event.
    fn tell_failure(&self, failure: &Failure) {
        let conversation = self.conversation();
        self.exchange.trace.note(Some(&conversation), format!("The call ends: {failure}"));
        let reason = match failure.reason {
            Reason::InvalidNcco => "Syntax error in NCCO. Invalid value type or action.",
            other => other.as_str(),
        };
        let body = json!({
            "reason": reason, "conversation_uuid": conversation, "timestamp": self.exchange.effects.timestamp(),
        });
        let hook = self.exchange.state().legs.get(&self.leg).and_then(|leg| leg.hook.clone());
        self.exchange.sender.event(&self.application, hook, &conversation, body);
    }
}

/// An event's answer: another NCCO, or on with this one.
fn replaced(ncco: Option<Vec<Value>>) -> Next {
    // An empty array is "no change", as an empty body is: a flow that wants to end says so with its last action.
    match ncco {
        Some(ncco) if !ncco.is_empty() => Next::Replace(ncco),
        _ => Next::Go,
    }
}
