//! What of a change is worth saying: to a screen reader's user, and in a notification. Pure.

use super::texts;
use crate::api::contact_center::{ConsultStage, Desk, Stage};
use crate::ui::language::Words;

/// Which panel a desk shows: one thing at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    Idle,
    Offer,
    Call,
    WrapUp,
}

impl Panel {
    #[must_use]
    pub fn of(desk: &Desk) -> Self {
        if desk.offer.is_some() {
            Self::Offer
        } else if desk.call.is_some() {
            Self::Call
        } else if desk.wrap_up.is_some() {
            Self::WrapUp
        } else {
            Self::Idle
        }
    }

    /// The value of `data-panel`. **Stable**: style sheets and browser tests rely on it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Offer => "offer",
            Self::Call => "call",
            Self::WrapUp => "wrap-up",
        }
    }
}

/// What a screen reader says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// At once, whatever it was saying.
    Now(String),
    Politely(String),
}

/// The one thing about a change that somebody who does not look has to know.
#[must_use]
pub fn said(words: &'static Words, before: &Desk, after: &Desk) -> Option<Said> {
    if let Some(offer) = &after.offer
        && before.offer.as_ref().is_none_or(|known| known.id != offer.id)
    {
        let who = texts::party(words, &offer.who.party);
        return Some(Said::Now(words.console_said_incoming(&who)));
    }
    match (&before.call, &after.call) {
        (Some(was), Some(is)) if was.id == is.id => {
            let polite = |text: &str| Some(Said::Politely(text.to_owned()));
            if let Some(problem) = is.problem.as_ref().filter(|problem| was.problem.as_ref() != Some(problem)) {
                return Some(Said::Now(texts::refusal(words, problem)));
            }
            match (was.held_since.is_some(), is.held_since.is_some()) {
                (false, true) => return polite(words.console_said_held),
                (true, false) => return polite(words.console_said_resumed),
                _ => {}
            }
            if was.muted != is.muted {
                return polite(if is.muted { words.state_muted } else { words.console_said_unmuted });
            }
            let consult =
                |call: &crate::api::contact_center::ActiveCall| call.consult.as_ref().map(|consult| consult.stage);
            match (consult(was), consult(is)) {
                (before, Some(ConsultStage::Talking)) if before != Some(ConsultStage::Talking) => {
                    return polite(words.console_said_consulting);
                }
                (before, Some(ConsultStage::Joined)) if before != Some(ConsultStage::Joined) => {
                    return polite(words.console_said_joined);
                }
                _ => {}
            }
            (was.stage != is.stage && is.stage == Stage::Talking)
                .then(|| Said::Politely(words.console_said_talking(&texts::party(words, &is.who.party))))
        }
        (None, Some(is)) if is.stage == Stage::Talking => {
            Some(Said::Politely(words.console_said_talking(&texts::party(words, &is.who.party))))
        }
        (Some(_), None) => Some(Said::Now(words.console_said_ended.to_owned())),
        _ if before.offer.is_some() && after.offer.is_none() && after.call.is_none() => {
            Some(Said::Politely(words.console_said_offer_gone.to_owned()))
        }
        _ => None,
    }
}

/// Title and text of a notification, while a call rings.
#[must_use]
pub fn notice(words: &'static Words, desk: &Desk) -> Option<(String, String)> {
    let offer = desk.offer.as_ref()?;
    let title = words.console_said_incoming(&texts::party(words, &offer.who.party));
    Some((title, texts::line(words, &offer.who)))
}
