//! One simulated phone: its line, its screen, what it heard. State only; it depends on `media`.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Value, json};

use crate::media::Port;
use crate::media::handset::Handset;

/// Texts that a phone's screen remembers.
const MOST_SAID: usize = 50;

/// What a phone is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneState {
    Idle,
    Ringing,
    Dialling,
    Talking,
}

/// A simulated phone.
pub struct Phone {
    pub(super) state: PhoneState,
    caller: Option<String>,
    pub(super) leg: Option<String>,
    /// What was spoken to it, oldest first: text and time.
    said: VecDeque<(String, String)>,
    /// Texts that it got and sent, oldest first.
    sms: VecDeque<Sms>,
    pub(super) handset: Option<Handset>,
    /// When it was last used: phones are forgotten in this order.
    pub(super) used: u64,
}

impl Default for Phone {
    fn default() -> Phone {
        let (caller, leg, handset) = (None, None, None);
        Phone { state: PhoneState::Idle, caller, leg, said: VecDeque::new(), sms: VecDeque::new(), handset, used: 0 }
    }
}

impl Phone {
    /// Shows a text on the screen.
    pub fn said(&mut self, text: &str, at: &str) {
        self.said.push_back((text.to_owned(), at.to_owned()));
        if self.said.len() > MOST_SAID {
            self.said.pop_front();
        }
    }

    /// Shows a text message.
    pub(super) fn texted(&mut self, sms: Sms) {
        self.sms.push_back(sms);
        if self.sms.len() > MOST_SAID {
            self.sms.pop_front();
        }
    }

    /// The call of `leg` is over.
    pub fn hung_up(&mut self, leg: &str) {
        if self.leg.as_deref() == Some(leg) {
            (self.state, self.leg, self.caller) = (PhoneState::Idle, None, None);
        }
    }

    /// The port of a call: the handset is made with the first one.
    pub(super) fn line(&mut self) -> Port {
        match &self.handset {
            Some(handset) => handset.next_line(),
            None => {
                let (handset, port) = Handset::new();
                self.handset = Some(handset);
                port
            }
        }
    }

    /// Takes the line for a call. None when it is taken.
    pub(super) fn seize(&mut self, state: PhoneState, caller: Option<String>) -> Option<Port> {
        if self.state != PhoneState::Idle {
            return None;
        }
        (self.state, self.caller) = (state, caller);
        self.said.clear();
        Some(self.line())
    }

    /// As the page and the tests see it, with the level at `tones` (Hz).
    pub fn to_json(&self, number: &str, tones: &[f64]) -> Value {
        let said: Vec<Value> = self.said.iter().map(|(text, at)| json!({ "text": text, "at": at })).collect();
        json!({
            "number": number, "state": self.state, "caller": self.caller, "leg": self.leg, "said": said, "sms": self.sms,
            "heard": self.heard(tones),
        })
    }

    /// What it heard in the last second.
    pub fn heard(&self, tones: &[f64]) -> Value {
        let Some(handset) = &self.handset else {
            return json!({ "rms": 0.0, "peak": 0.0, "frames": 0, "tones": {} });
        };
        let heard = handset.heard(tones);
        let tones: serde_json::Map<String, Value> =
            heard.tones.iter().map(|(hz, level)| (hz.to_string(), (*level).into())).collect();
        json!({ "rms": heard.rms, "peak": heard.peak, "frames": heard.frames, "tones": tones })
    }
}

/// A text on a phone's screen.
#[derive(Debug, Clone, Serialize)]
pub struct Sms {
    pub from: String,
    pub to: String,
    pub text: String,
    /// As the platform writes times.
    pub at: String,
}
