//! What of a change is worth saying: to a screen reader's user, and in a notification. Pure.

use super::texts;
use crate::api::contact_center::{ActiveCall, ConsultStage, Desk, Refusal, Stage, Target};
use crate::ui::language::Words;
use crate::ui::parts::format;

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
            if is.problem != was.problem
                && let Some(problem) = texts::problem(words, is)
            {
                return Some(Said::Now(problem));
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
                // The colleague who was consulted did not answer.
                (true, false) if matches!(is.problem, Some(Refusal::NotTaken { .. })) => {
                    return Some(Said::Now(words.console_said_back.to_owned()));
                }
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

/// The picture in the browser's tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabIcon {
    /// The page's own.
    Own,
    Ringing,
    Talking,
    Hold,
}

impl TabIcon {
    /// Its file, in `public/`.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Own => "/favicon.svg",
            Self::Ringing => "/icon-ringing.svg",
            Self::Talking => "/icon-talking.svg",
            Self::Hold => "/icon-hold.svg",
        }
    }
}

/// What the browser's tab shows, for those who look at another page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    pub title: String,
    pub icon: TabIcon,
}

/// The tab of a page whose own title is `title`. In front is how many wait, without the call that rings here.
#[must_use]
pub fn tab(words: &'static Words, title: &str, desk: &Desk, now: i64) -> Tab {
    let time = |since: i64| format::length(u32::try_from((now - since).max(0) / 1000).unwrap_or(u32::MAX));
    let (icon, text) = if let Some(offer) = &desk.offer {
        (TabIcon::Ringing, words.console_tab_ringing(&texts::party(words, &offer.who.party)))
    } else if let Some(call) = &desk.call {
        let who = texts::party(words, &call.who.party);
        // Only the customer is on hold while somebody else is talked to.
        let consults = call.situation.is_consulting() && !call.situation.waits();
        let who = match call.consult.as_ref().filter(|_| consults).map(|consult| &consult.target) {
            Some(Target::Agent(name) | Target::Number(name)) => name.clone(),
            None => who,
        };
        match (call.stage, call.held_since.filter(|_| !consults)) {
            (Stage::Talking, Some(since)) => (TabIcon::Hold, words.console_tab_hold(&time(since), &who)),
            (Stage::Talking, None) => {
                let since = call.answered_at.unwrap_or(call.started_at);
                (TabIcon::Talking, words.console_tab_talking(&time(since), &who))
            }
            _ => (TabIcon::Talking, words.console_tab_calling(&who)),
        }
    } else {
        (TabIcon::Own, title.to_owned())
    };
    let here = |at: &Option<String>| at.as_deref() == Some(desk.me.name.as_str());
    let waiting = desk.waiting.iter().filter(|caller| !here(&caller.ringing_at)).count();
    Tab { title: if waiting > 0 { format!("({waiting}) {text}") } else { text }, icon }
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
        assert_eq!(heard(&muted, &in_call()), polite("You can be heard again"));
        assert_eq!(heard(&offered(), &idle()), polite("The call is no longer ringing here"));
    }

    #[test]
    fn a8_who_hears_whom_from_now_on_is_said() {
        let polite = |text: &str| Some(Said::Politely(text.into()));
        assert_eq!(heard(&in_call(), &consulting(false)), polite("The caller is on hold"));
        for guest in [false, true] {
            assert_eq!(heard(&consulting(guest), &joined(guest)), polite("You can all hear each other"));
            assert_eq!(heard(&joined(guest), &consulting(guest)), polite("The caller is on hold"));
        }
        assert_eq!(heard(&consulting(true), &in_call()), polite("This call is yours now"));
        assert_eq!(heard(&consulting(false), &in_call()), polite("The caller is back"));
    }

    #[test]
    fn what_did_not_happen_is_said_with_its_reason() {
        let refused = with(|call| call.problem = Some(Refusal::Gone));
        assert_eq!(heard(&in_call(), &refused), Some(Said::Now("This no longer applies.".into())));
        assert_eq!(heard(&refused, &refused), None);
    }

    #[test]
    fn a_declined_consultation_is_announced_with_a_name_and_that_the_caller_is_back() {
        let declined = |held: bool| {
            with(|call| {
                let (name, declined, consulted) = ("Joe".to_owned(), true, true);
                call.problem = Some(Refusal::NotTaken { name, declined, consulted });
                call.held_since = held.then_some(9_200);
            })
        };
        let now = |text: &str| Some(Said::Now(text.into()));
        assert_eq!(heard(&consulting(false), &declined(true)), now("Joe declined."));
        assert_eq!(heard(&declined(true), &declined(false)), now("You are back with the caller."));
        let all = "Joe declined. You are back with the caller.";
        assert_eq!(heard(&consulting(false), &declined(false)), now(all), "both at once");
        assert_eq!(heard(&declined(false), &declined(false)), None, "once");
        // Who was to join is no reason to say that somebody is back.
        let added = with(|call| {
            let (name, declined, consulted) = ("Joe".to_owned(), false, false);
            call.problem = Some(Refusal::NotTaken { name, declined, consulted });
        });
        assert_eq!(heard(&in_call(), &added), now("Joe did not answer."));
    }

    #[test]
    fn one_panel_at_a_time() {
        let panels = [idle(), offered(), in_call(), wrapping_up()].map(|desk| Panel::of(&desk));
        assert_eq!(panels, [Panel::Idle, Panel::Offer, Panel::Call, Panel::WrapUp]);
    }

    #[test]
    fn the_tab_says_what_is_going_on_and_who_waits() {
        let words = Language::English.words();
        let shows = |desk: &Desk, now| {
            let Tab { title, icon } = tab(words, "Console", desk, now);
            (title, icon)
        };
        let is = |title: &str, icon| (title.to_owned(), icon);
        assert_eq!(shows(&idle(), 10_000), is("Console", TabIcon::Own));
        assert_eq!(shows(&wrapping_up(), 10_000), is("Console", TabIcon::Own));
        assert_eq!(shows(&offered(), 10_000), is("☎ Ringing: +447700900123", TabIcon::Ringing));
        assert_eq!(shows(&in_call(), 74_500), is("● 1:05 · +447700900123", TabIcon::Talking));
        let held = with(|call| call.held_since = Some(70_000));
        assert_eq!(shows(&held, 77_000), is("❚❚ On hold 0:07 · +447700900123", TabIcon::Hold));
        let (title, icon) = shows(&consulting(false), 77_000);
        assert!(title.ends_with("Joe") && icon == TabIcon::Talking, "{title}");
        let placing = with(|call| call.stage = Stage::Ringing);
        assert_eq!(shows(&placing, 10_000), is("☎ Calling: +447700900123", TabIcon::Talking));
        let waits = |ringing_at: Option<&str>| crate::api::contact_center::Waiting {
            call: "c9".into(),
            who: crate::api::calls::Party::Withheld,
            queue: None,
            is_first: false,
            wanted: None,
            since: 0,
            position: 1,
            ringing_at: ringing_at.map(str::to_owned),
        };
        let waiting = |desk: Desk, waiting| shows(&Desk { waiting, ..desk }, 10_000).0;
        assert_eq!(waiting(idle(), vec![waits(None), waits(Some("Joe"))]), "(2) Console");
        assert_eq!(waiting(offered(), vec![waits(Some("Jane"))]), "☎ Ringing: +447700900123", "that is the one");
        assert_eq!(waiting(offered(), vec![waits(Some("Jane")), waits(None)]), "(1) ☎ Ringing: +447700900123");
    }

    #[test]
    fn a_notification_says_who_and_why() {
        let words = Language::English.words();
        let wanted = ("Incoming call: +447700900123".to_owned(), "Spring ads · +44 20 7946 0001".to_owned());
        assert_eq!(notice(words, &offered()), Some(wanted));
        assert_eq!(notice(words, &idle()), None);
    }
}
