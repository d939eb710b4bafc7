//! What of a change is worth saying: to a screen reader's user, and in a notification. Pure.

use super::texts;
use crate::api::contact_center::{ActiveCall, ConsultStage, Desk, Stage};
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
            if was.situation.guest && !is.situation.guest {
                return polite(words.console_said_yours);
            }
            let consult = |call: &ActiveCall| call.consult.as_ref().map(|consult| consult.stage);
            match (consult(was), consult(is)) {
                (Some(ConsultStage::Ringing), Some(ConsultStage::Talking)) => {
                    return polite(words.console_said_consulting);
                }
                (before, Some(ConsultStage::Joined)) if before != Some(ConsultStage::Joined) => {
                    return polite(words.console_said_joined);
                }
                _ => {}
            }
            match (was.held_since.is_some(), is.held_since.is_some()) {
                (false, true) => return polite(words.console_said_held),
                (true, false) => return polite(words.console_said_resumed),
                _ => {}
            }
            if was.muted != is.muted {
                return polite(if is.muted { words.state_muted } else { words.console_said_unmuted });
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

#[cfg(test)]
mod tests {
    use super::super::sample::{consulting, idle, in_call, joined, offered, wrapping_up};
    use super::*;
    use crate::ui::language::Language;

    fn heard(before: &Desk, after: &Desk) -> Option<Said> {
        let english = said(Language::English.words(), before, after);
        // What is worth saying does not depend on the language.
        assert_eq!(said(Language::Chinese.words(), before, after).is_some(), english.is_some());
        english
    }

    fn with(change: impl FnOnce(&mut crate::api::contact_center::ActiveCall)) -> Desk {
        let mut desk = in_call();
        if let Some(call) = &mut desk.call {
            change(call);
        }
        desk
    }

    #[test]
    fn what_rings_and_what_ends_is_said_at_once() {
        assert_eq!(heard(&idle(), &offered()), Some(Said::Now("Incoming call: +447700900123".into())));
        assert_eq!(heard(&offered(), &offered()), None, "once");
        assert_eq!(heard(&in_call(), &wrapping_up()), Some(Said::Now("The call has ended".into())));
    }

    #[test]
    fn what_the_agent_did_is_confirmed_politely() {
        let polite = |text: &str| Some(Said::Politely(text.into()));
        assert_eq!(heard(&offered(), &in_call()), polite("Connected to +447700900123"));
        let held = with(|call| call.held_since = Some(9_500));
        assert_eq!(heard(&in_call(), &held), polite("The caller is on hold"));
        assert_eq!(heard(&held, &in_call()), polite("The caller is back"));
        let muted = with(|call| call.muted = true);
        assert_eq!(heard(&in_call(), &muted), polite("You are muted"));
        assert_eq!(heard(&muted, &in_call()), polite("You are heard again"));
        assert_eq!(heard(&offered(), &idle()), polite("The call is no longer ringing here"));
    }

    #[test]
    fn a8_who_hears_whom_from_now_on_is_said() {
        let polite = |text: &str| Some(Said::Politely(text.into()));
        assert_eq!(heard(&in_call(), &consulting(false)), polite("The caller is on hold"));
        for guest in [false, true] {
            assert_eq!(heard(&consulting(guest), &joined(guest)), polite("All of you hear each other"));
            assert_eq!(heard(&joined(guest), &consulting(guest)), polite("The caller is on hold"));
        }
        assert_eq!(heard(&consulting(true), &in_call()), polite("This call is yours now"));
        assert_eq!(heard(&consulting(false), &in_call()), polite("The caller is back"));
    }

    #[test]
    fn what_did_not_happen_is_said_with_its_reason() {
        let refused = with(|call| call.problem = Some(crate::api::contact_center::Refusal::Gone));
        assert_eq!(heard(&in_call(), &refused), Some(Said::Now("That is over already.".into())));
        assert_eq!(heard(&refused, &refused), None);
    }

    #[test]
    fn one_panel_at_a_time() {
        let panels = [idle(), offered(), in_call(), wrapping_up()].map(|desk| Panel::of(&desk));
        assert_eq!(panels, [Panel::Idle, Panel::Offer, Panel::Call, Panel::WrapUp]);
    }

    #[test]
    fn a_notification_says_who_and_why() {
        let words = Language::English.words();
        let wanted = ("Incoming call: +447700900123".to_owned(), "Spring ads · +44 20 7946 0001".to_owned());
        assert_eq!(notice(words, &offered()), Some(wanted));
        assert_eq!(notice(words, &idle()), None);
    }
}
