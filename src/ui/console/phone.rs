//! An agent's softphone as the tab that has it sees it: pure, so that every way it can go is in a table of tests.
//!
//! It is about audio only: a session with the platform, and one leg. Whether the agent is ready, whose call it is and what
//! becomes of it is the server's to know. What must be done is returned as [`Effect`]s; the
//! [`softphone`](super::softphone) does it and answers with [`Input`]s.

use serde::{Deserialize, Serialize};

/// How this tab is linked to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Link {
    /// Another tab has the telephone, or this one does not know yet.
    #[default]
    Elsewhere,
    /// For the first time, since this ms of the page's clock.
    Opening {
        since: i64,
    },
    Up,
    /// Lost, and being brought back, since this ms of the page's clock.
    Down {
        since: i64,
    },
}

/// The one leg between this browser and the platform.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Leg {
    #[default]
    None,
    /// The platform asks whether we take a call.
    Invited(String),
    Answering(String),
    /// We are calling out; there is no id yet.
    Placing,
    Live(String),
    /// The leg of the page before a reload, or whose audio was lost, is being brought back.
    Returning(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Phone {
    pub link: Link,
    pub leg: Leg,
    /// The agent accepted before the platform's invitation was here.
    wants: bool,
    /// Audio stopped; the SDK is bringing it back.
    pub silent: bool,
    /// The leg that was hung up here last. Until the server has heard of it, it still counts that leg as ours.
    hung_up: Option<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    // The browser
    /// This tab has the telephone now.
    Gained,
    /// Another tab took it.
    Lost,
    // The session
    /// It is open; the leg of the page before, if there was one.
    Opened(Option<String>),
    NotOpened,
    SessionDown,
    SessionBack,
    SessionGone,
    // The leg
    Invited(String),
    Cancelled(String),
    Answered(String),
    NotAnswered(String),
    Placed(String),
    NotPlaced,
    HungUp(String),
    Returned(String),
    NotReturned(String),
    Silent(String),
    Sounds(String),
    /// The SDK gave up on the audio.
    MediaGone(String),
    /// The server knows of a leg of ours that this page does not have.
    Missing(String),
    // The agent
    Accept,
    Decline,
    /// The offer is gone: nothing is wanted of the next one.
    OfferGone,
    Dial,
    HangUp,
}

/// What must be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Get a token and a session; go on with the old one if there is one.
    Open,
    /// The same, after a while.
    OpenLater,
    /// Give session and audio back, without hanging up: another tab goes on.
    Close,
    Answer(String),
    Reject(String),
    Place,
    HangUp(String),
    Return(String),
}

impl Phone {
    /// The leg's id at the platform.
    #[must_use]
    pub fn call(&self) -> Option<&str> {
        match &self.leg {
            Leg::Invited(call) | Leg::Answering(call) | Leg::Live(call) | Leg::Returning(call) => Some(call),
            Leg::None | Leg::Placing => None,
        }
    }

    /// The leg to be brought back should the page be loaded again.
    #[must_use]
    pub fn lasting(&self) -> Option<&str> {
        match &self.leg {
            Leg::Live(call) | Leg::Returning(call) => Some(call),
            _ => None,
        }
    }

    /// The session is open and has not this leg, which the server thinks that it has. One that is being brought back may be
    /// gone for good: whether it is, the platform knows.
    #[must_use]
    pub fn lacks(&self, leg: &str) -> bool {
        self.link == Link::Up && !matches!(&self.leg, Leg::Live(call) | Leg::Answering(call) if call == leg)
    }

    /// There is a leg that leaving the page would endanger.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !matches!(self.leg, Leg::None | Leg::Invited(_))
    }

    /// The agent said yes, and audio is on its way.
    #[must_use]
    pub fn is_answering(&self) -> bool {
        self.wants || matches!(self.leg, Leg::Answering(_))
    }

    #[must_use]
    pub fn has_audio(&self) -> bool {
        matches!(self.leg, Leg::Live(_)) && !self.silent && matches!(self.link, Link::Up | Link::Down { .. })
    }

    /// What `input` makes of it, and what must be done.
    #[must_use]
    pub fn step(mut self, input: Input, now: i64) -> (Self, Vec<Effect>) {
        if self.link == Link::Elsewhere && input != Input::Gained {
            // Late news of what this tab gave away.
            return (self, vec![]);
        }
        let effects = match input {
            Input::Gained | Input::Lost => self.tab(&input, now),
            Input::Opened(_) | Input::NotOpened | Input::SessionDown | Input::SessionBack | Input::SessionGone => {
                self.session(input, now)
            }
            Input::Accept | Input::Decline | Input::OfferGone | Input::Dial | Input::HangUp => self.asked(&input),
            Input::Invited(call) => self.invited(call),
            Input::Placed(call) => self.placed(call),
            Input::Missing(call)
                if self.leg == Leg::None && self.link == Link::Up && self.hung_up.as_ref() != Some(&call) =>
            {
                self.leg = Leg::Returning(call.clone());
                vec![Effect::Return(call)]
            }
            Input::Missing(_) => vec![],
            Input::NotPlaced => {
                if self.leg == Leg::Placing {
                    self.end();
                }
                vec![]
            }
            other => self.leg(other),
        };
        (self, effects)
    }

    fn tab(&mut self, input: &Input, now: i64) -> Vec<Effect> {
        match (input, self.link) {
            (Input::Gained, Link::Elsewhere) => {
                self.link = Link::Opening { since: now };
                vec![Effect::Open]
            }
            (Input::Lost, link) if link != Link::Elsewhere => {
                *self = Self::default();
                vec![Effect::Close]
            }
            _ => vec![],
        }
    }

    fn session(&mut self, input: Input, now: i64) -> Vec<Effect> {
        let down = match self.link {
            Link::Down { since } | Link::Opening { since } => Link::Down { since },
            _ => Link::Down { since: now },
        };
        match input {
            Input::Opened(before) => {
                self.link = Link::Up;
                match before {
                    Some(call) if matches!(self.leg, Leg::None | Leg::Returning(_) | Leg::Live(_)) => {
                        self.leg = Leg::Returning(call.clone());
                        vec![Effect::Return(call)]
                    }
                    _ => vec![],
                }
            }
            Input::NotOpened => {
                self.link = down;
                vec![Effect::OpenLater]
            }
            Input::SessionDown => {
                self.link = down;
                vec![]
            }
            Input::SessionBack => {
                self.link = Link::Up;
                vec![]
            }
            _ => {
                self.link = down;
                match std::mem::take(&mut self.leg) {
                    // Known to the platform under this id: it is brought back with the session.
                    Leg::Live(call) | Leg::Returning(call) => self.leg = Leg::Returning(call),
                    // Invitations come again with the session; what was being placed was not.
                    _ => self.end(),
                }
                vec![Effect::Open]
            }
        }
    }

    fn asked(&mut self, input: &Input) -> Vec<Effect> {
        match (input, std::mem::take(&mut self.leg)) {
            (Input::Accept, Leg::Invited(call)) => self.answer(call),
            (Input::Accept, Leg::None) => {
                self.wants = true;
                vec![]
            }
            (Input::Decline | Input::HangUp, Leg::Invited(call)) => {
                self.end();
                vec![Effect::Reject(call)]
            }
            (Input::Decline | Input::OfferGone, Leg::None) => {
                self.wants = false;
                vec![]
            }
            (Input::Dial, Leg::None) if self.link == Link::Up => {
                self.end();
                self.leg = Leg::Placing;
                vec![Effect::Place]
            }
            (Input::HangUp, Leg::Answering(call) | Leg::Live(call) | Leg::Returning(call)) => {
                self.end();
                self.hung_up = Some(call.clone());
                vec![Effect::HangUp(call)]
            }
            // Nothing was placed yet: what comes of it is hung up when it is there.
            (Input::HangUp, Leg::Placing) => {
                self.end();
                vec![]
            }
            (_, leg) => {
                self.leg = leg;
                vec![]
            }
        }
    }

    fn answer(&mut self, call: String) -> Vec<Effect> {
        self.wants = false;
        self.leg = Leg::Answering(call.clone());
        vec![Effect::Answer(call)]
    }

    fn invited(&mut self, call: String) -> Vec<Effect> {
        if self.call() == Some(&call) {
            return vec![];
        }
        match self.leg {
            Leg::None if self.wants => self.answer(call),
            Leg::None | Leg::Invited(_) => {
                self.leg = Leg::Invited(call);
                vec![]
            }
            // An agent has one call.
            _ => vec![Effect::Reject(call)],
        }
    }

    fn placed(&mut self, call: String) -> Vec<Effect> {
        match self.leg {
            Leg::Placing => {
                self.leg = Leg::Live(call);
                vec![]
            }
            // Given up in the meantime.
            _ => vec![Effect::HangUp(call)],
        }
    }

    /// News of the leg with this id; of any other they are old.
    fn leg(&mut self, input: Input) -> Vec<Effect> {
        let (Input::Cancelled(of)
        | Input::Answered(of)
        | Input::NotAnswered(of)
        | Input::HungUp(of)
        | Input::Returned(of)
        | Input::NotReturned(of)
        | Input::Silent(of)
        | Input::Sounds(of)
        | Input::MediaGone(of)) = &input
        else {
            return vec![];
        };
        if self.call() != Some(of) {
            // Answered, but given up while that went on.
            return if matches!(input, Input::Answered(_)) { vec![Effect::HangUp(of.clone())] } else { vec![] };
        }
        let call = of.clone();
        match (input, &self.leg) {
            (Input::Cancelled(_), Leg::Invited(_))
            | (Input::NotAnswered(_) | Input::NotReturned(_) | Input::HungUp(_), _) => {
                self.end();
                vec![]
            }
            (Input::Answered(_), Leg::Answering(_)) | (Input::Returned(_), Leg::Returning(_)) => {
                self.leg = Leg::Live(call);
                self.silent = false;
                vec![]
            }
            (Input::Silent(_), _) => {
                self.silent = true;
                vec![]
            }
            (Input::Sounds(_), _) => {
                self.silent = false;
                vec![]
            }
            (Input::MediaGone(_), Leg::Live(_)) => {
                self.leg = Leg::Returning(call.clone());
                self.silent = true;
                vec![Effect::Return(call)]
            }
            _ => vec![],
        }
    }

    fn end(&mut self) {
        self.leg = Leg::None;
        self.wants = false;
        self.silent = false;
    }
}

#[cfg(test)]
mod tests;
