//! Phones: every number that the account does not own is a simulated handset.
//!
//! A phone is made when it is first mentioned. It has one line: a second call finds it busy. Nothing is ever answered by
//! itself; a person on the page or a test does it, through the JSON interface in [`control_api`].

mod audio;
pub mod control_api;
pub mod phone;
mod texts;

use super::exchange::{Exchange, NewLeg, State};
use super::flow::{self, Source};
use super::leg::{Direction, Ending, Endpoint, Party};
use super::media::handset::{Handset, Voice};
use phone::{Phone, PhoneState};

/// Phones that are remembered; the longest unused is forgotten.
const MOST_PHONES: usize = 200;

/// Why a phone did not do what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    #[error("the phone is not ringing")]
    NotRinging,
    #[error("the phone is in no call")]
    NotTalking,
    #[error("the phone is busy")]
    Busy,
    #[error("the account does not own this number: phones can only call the account's numbers")]
    NotOurs,
    #[error("a number of the account is no phone")]
    Owned,
}

impl State {
    /// The phone with this number, made when it is new.
    pub fn phone(&mut self, number: &str) -> &mut Phone {
        let used = self.phones.values().map(|phone| phone.used).max().unwrap_or(0) + 1;
        if !self.phones.contains_key(number) && self.phones.len() >= MOST_PHONES {
            let idle = self.phones.iter().filter(|(_, phone)| phone.state == PhoneState::Idle);
            if let Some(oldest) = idle.min_by_key(|(_, phone)| phone.used).map(|(number, _)| number.clone()) {
                self.phones.remove(&oldest);
            }
        }
        let phone = self.phones.entry(number.to_owned()).or_default();
        phone.used = used;
        phone
    }
}

impl Exchange {
    /// A call comes in for a phone. False when it is busy.
    pub fn ring_phone(&self, number: &str, leg: &str) -> bool {
        let mut state = self.state();
        let caller = state.legs.get(leg).map(|leg| leg.from.text());
        let phone = state.phone(number);
        let Some(port) = phone.seize(PhoneState::Ringing, caller) else { return false };
        phone.leg = Some(leg.to_owned());
        if let Some(leg) = state.legs.get_mut(leg) {
            leg.port = Some(port);
        }
        true
    }

    /// A phone calls a number of the account: the application that the number is linked to is asked what to do.
    ///
    /// # Errors
    /// [`PhoneError::NotOurs`], [`PhoneError::Busy`], [`PhoneError::Owned`].
    pub fn dial(&self, number: &str, to: &str) -> Result<String, PhoneError> {
        self.dial_showing(number, to, number)
    }

    /// The same, with another caller shown: a withheld number comes as a word.
    ///
    /// # Errors
    /// As [`Exchange::dial`].
    pub fn dial_showing(&self, number: &str, to: &str, shown: &str) -> Result<String, PhoneError> {
        if self.accounts.number(number).is_some() {
            return Err(PhoneError::Owned);
        }
        let called = self.accounts.number(to).ok_or(PhoneError::NotOurs)?;
        let application = self.accounts.application_of(to);
        let Some(port) = self.state().phone(number).seize(PhoneState::Dialling, Some(to.to_owned())) else {
            return Err(PhoneError::Busy);
        };
        let owner = application.as_ref().map(|application| application.id.clone()).unwrap_or_default();
        let conversation = self.open_conversation(&owner);
        let leg = self.new_leg(NewLeg {
            application: owner,
            conversation: conversation.clone(),
            party: Party::Phone { number: number.to_owned() },
            direction: Direction::Inbound,
            from: Endpoint::Phone(shown.to_owned()),
            to: Endpoint::Phone(to.to_owned()),
            hook: None,
            rtc: None,
            port: Some(port),
            offer: None,
            lead: true,
            whisper: false,
            failure: None,
            closing: None,
        });
        self.state().phone(number).leg = Some(leg.clone());
        self.started(&leg);
        match application {
            Some(application) => {
                self.ringing(&leg);
                flow::start(self, &leg, application, Source::Url(None), true);
            }
            None => {
                let why = match called.diverted {
                    Some((kind, value)) => format!(
                        "Calls to {to} go to {kind} {value}: the number's voiceCallbackType outranks its application. \
                         The sandbox does not call there."
                    ),
                    None => "No application is linked to the number that was called.".to_owned(),
                };
                self.trace.note(Some(&conversation), why);
                self.end(&leg, Ending::cannot_route());
            }
        }
        Ok(leg)
    }

    /// The phone is answered, with a voice.
    ///
    /// # Errors
    /// [`PhoneError::NotRinging`].
    pub fn answer_phone(&self, number: &str, voice: Option<Voice>) -> Result<(), PhoneError> {
        let leg = {
            let mut state = self.state();
            let phone = state.phone(number);
            let leg = phone.leg.clone().filter(|_| phone.state == PhoneState::Ringing);
            if let (Some(handset), Some(voice)) = (&phone.handset, voice) {
                handset.speak(voice);
            }
            leg.ok_or(PhoneError::NotRinging)?
        };
        if self.answered(&leg) { Ok(()) } else { Err(PhoneError::NotRinging) }
    }

    /// The phone is in a call: its screen says so.
    pub fn phone_talks(&self, state: &mut State, leg: &str) {
        let Some(number) = state.legs.get(leg).and_then(|leg| leg.phone()).map(str::to_owned) else { return };
        if let Some(phone) = state.phones.get_mut(&number).filter(|phone| phone.leg.as_deref() == Some(leg)) {
            phone.state = PhoneState::Talking;
        }
    }

    /// # Errors
    /// [`PhoneError::NotRinging`].
    pub fn reject_phone(&self, number: &str, ending: Ending) -> Result<(), PhoneError> {
        let leg = {
            let mut state = self.state();
            let phone = state.phone(number);
            phone.leg.clone().filter(|_| phone.state == PhoneState::Ringing).ok_or(PhoneError::NotRinging)?
        };
        self.end(&leg, ending);
        Ok(())
    }

    /// # Errors
    /// [`PhoneError::NotTalking`].
    pub fn hang_up_phone(&self, number: &str) -> Result<(), PhoneError> {
        let leg = {
            let mut state = self.state();
            let phone = state.phone(number);
            let active = matches!(phone.state, PhoneState::Talking | PhoneState::Dialling);
            phone.leg.clone().filter(|_| active).ok_or(PhoneError::NotTalking)?
        };
        self.end(&leg, Ending::own_hangup());
        Ok(())
    }

    /// # Errors
    /// [`PhoneError::NotTalking`].
    pub fn press_phone(&self, number: &str, keys: &str) -> Result<(), PhoneError> {
        let leg = self.state().phone(number).leg.clone().ok_or(PhoneError::NotTalking)?;
        if self.press(&leg, keys) { Ok(()) } else { Err(PhoneError::NotTalking) }
    }

    /// What the phone says from now on.
    pub fn speak_phone(&self, number: &str, voice: Voice) {
        let mut state = self.state();
        let phone = state.phone(number);
        if phone.handset.is_none() {
            // The port of a phone that is in no call is dead; its next call gets another.
            phone.line();
        }
        if let Some(handset) = &phone.handset {
            handset.speak(voice);
        }
    }

    /// The phone's handset, for a page that lends it microphone and speaker.
    pub fn handset(&self, number: &str) -> Option<Handset> {
        let mut state = self.state();
        let phone = state.phone(number);
        if phone.handset.is_none() {
            phone.line();
        }
        phone.handset.clone()
    }
}
