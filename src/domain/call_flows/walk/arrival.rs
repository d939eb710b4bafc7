//! The part of a dry run in which somebody dials one of our numbers: what its line answers with, and what callers hear who
//! wait in a queue. The words are the ones that the contact centre itself says ([`Hooks`]).

use super::{Branch, Keys, Leads, Menus, Outcome, Step, Walk, What};
use crate::domain::contact_center::flows::{self, HAND_OVER_SECONDS, Hooks, Place, Waiter};
use crate::domain::contact_center::routing::RING_SECONDS;
use crate::domain::contact_center::story::WhyLeft;
use crate::domain::language::{Language, Written};
use crate::domain::ncco::{Action, Ncco, Talk};
use crate::domain::phone::E164;
use crate::domain::queue::{Overflow, Queue, STANDING, Strategy};
use crate::domain::spoken::Speech;

/// What answers a caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrival {
    /// The business is closed: what is said, and what happens then.
    Closed { said: Vec<Talk>, then: AfterClosed },
    /// An agent's own number.
    Agent { greeting: Talk, name: String },
    /// A queue, by id.
    Queue { greeting: Option<(String, Language)>, id: String },
    /// A menu, by id.
    Menu(String),
    /// A call flow.
    Flow(Ncco),
}

/// What happens to a caller after it was said that the business is closed.
#[derive(Debug, Clone, PartialEq)]
pub enum AfterClosed {
    HangsUp,
    Message,
    CallBack,
    Number(E164),
    /// Nothing is said before it.
    Flow(Ncco),
}

/// Walks a call to one of our numbers. `keys` are pressed one after the other. Everybody who is rung does as `outcome` says;
/// where that is not to answer, no agent is free in the queues either.
#[must_use]
pub fn walk_line(arrival: &Arrival, keys: &str, outcome: Outcome, menus: &Menus) -> Vec<Step> {
    let mut walk = Walk::new(keys, outcome, menus);
    match arrival {
        Arrival::Closed { said, then } => walk.closed(said, then),
        Arrival::Agent { greeting, name } => {
            walk.talk(greeting);
            if !walk.rings(name.clone(), RING_SECONDS) {
                walk.queue(STANDING, None, &menus.speech);
            }
        }
        Arrival::Queue { greeting, id } => {
            let greeting = greeting.as_ref().map(|(text, language)| Written { text, language: *language });
            walk.queue(id, greeting, &menus.speech);
        }
        Arrival::Menu(id) => walk.comes_to_menu(id),
        Arrival::Flow(flow) => walk.flow(flow),
    }
    walk.steps
}

impl Walk<'_> {
    fn closed(&mut self, said: &[Talk], then: &AfterClosed) {
        let hooks = self.hooks(&self.menus.speech);
        match then {
            AfterClosed::HangsUp => self.hears(&flows::closed::say(said).0),
            AfterClosed::Message => self.hears(&hooks.closed_message(said, Waiter::Telephone).0),
            AfterClosed::CallBack => self.offers_call_back(&hooks, said),
            AfterClosed::Flow(flow) => self.flow(flow),
            AfterClosed::Number(number) => {
                said.iter().for_each(|talk| self.talk(talk));
                if !self.rings(number.grouped(), HAND_OVER_SECONDS) {
                    self.ends();
                }
            }
        }
    }

    fn offers_call_back(&mut self, hooks: &Hooks, said: &[Talk]) {
        let mut flow = hooks.closed_call_back(said, Waiter::Telephone);
        // What is done with the keys is ours.
        let listens = flow.0.pop();
        flow.0.iter().for_each(|action| self.action(action));
        let Some(Action::Input(input)) = listens else { return };
        let seconds = input.dtmf.and_then(|dtmf| dtmf.time_out).unwrap_or(3);
        let pressed = self.takes_key();
        self.listens(seconds, &pressed, &[("1", Leads::CallBack)], &Leads::HangsUp);
        if pressed == "1" {
            self.step(What::CallsBack);
            self.hears(&hooks.closed_promised().0);
        } else {
            self.hears(&hooks.goodbye().0);
        }
    }

    /// The caller comes to a queue. `greeting` is said first; the words are in the language of `speech`.
    pub(super) fn queue(&mut self, id: &str, mut greeting: Option<Written<'_>>, speech: &Speech) {
        let (hooks, menus) = (self.hooks(speech), self.menus);
        let (mut id, mut left) = (id.to_owned(), Vec::new());
        loop {
            // The one that is always there takes the place of one that was deleted.
            let Some(queue) = menus.queues.get(&id).or_else(|| menus.queues.get(STANDING)) else {
                return self.step(What::Queues);
            };
            if left.contains(&queue.id) {
                return self.leaves_queue(&hooks, Overflow::Message);
            }
            self.step(What::Enters { queue: queue.name.clone() });
            if self.outcome == Outcome::Answered {
                greeting.into_iter().for_each(|greeting| self.talk(&speech.written(greeting)));
                let seconds = queue.ring_s;
                self.step(match queue.strategy {
                    Strategy::RingAll => What::RingsAll { seconds },
                    _ => What::RingsNext { seconds },
                });
                self.takes(5);
                return self.step(What::TalksToNext);
            }
            let Some(overflow) = self.waits(&hooks, queue, greeting.take(), &left) else { return };
            let Overflow::Queue(next) = overflow else { return self.leaves_queue(&hooks, overflow) };
            left.push(queue.id.clone());
            id = next;
        }
    }

    /// No agent is free. Where the queue leads the caller, if it does and they are still there.
    fn waits(
        &mut self,
        hooks: &Hooks,
        queue: &Queue,
        greeting: Option<Written<'_>>,
        left: &[String],
    ) -> Option<Overflow> {
        let Queue { announce_s, max_wait_s, .. } = *queue;
        let place = Place { position: 1, minutes: None, first: left.is_empty(), rings: false, announce_s, music: None };
        let announced = hooks.wait(greeting, place, Waiter::Telephone).0.into_iter();
        announced.take_while(|action| matches!(action, Action::Talk(_))).for_each(|talk| self.action(&talk));
        let pressed = self.takes_key();
        let keys = [("1", Leads::Message), ("2", Leads::CallBack)];
        self.listens(1, &pressed, &keys, &Leads::Waits);
        match pressed.as_str() {
            "1" => self.leaves_queue(hooks, Overflow::Message),
            "2" => self.leaves_queue(hooks, Overflow::CallBack),
            _ => {
                self.step(What::Holds { announced_s: announce_s, most_s: max_wait_s });
                let most = max_wait_s?;
                self.takes(most);
                let sorry = hooks.leaves_queue(None, WhyLeft::TooLong);
                sorry.iter().for_each(|action| self.action(action));
                return Some(queue.overflow_for(left, true));
            }
        }
        None
    }

    fn leaves_queue(&mut self, hooks: &Hooks, overflow: Overflow) {
        match overflow {
            Overflow::CallBack => {
                self.step(What::CallsBack);
                self.hears(&hooks.call_back().0);
            }
            Overflow::Number(number) if self.rings(number.grouped(), HAND_OVER_SECONDS) => {}
            Overflow::Message | Overflow::Number(_) | Overflow::Queue(_) => {
                self.hears(&hooks.voicemail(Waiter::Telephone).0);
            }
        }
    }

    fn hooks(&self, speech: &Speech) -> Hooks {
        Hooks { base: String::new(), speech: speech.clone() }
    }

    /// The next key that the caller presses; empty after the last one.
    fn takes_key(&mut self) -> String {
        let mut left = self.keys.chars();
        let pressed = left.next().map(String::from).unwrap_or_default();
        self.keys = left.as_str();
        pressed
    }

    /// One key is listened for; all but `keys` lead to `others`.
    fn listens(&mut self, seconds: u32, pressed: &str, keys: &[(&str, Leads)], others: &Leads) {
        let known = keys.iter().map(|(key, to)| (Keys::These((*key).to_owned()), to.clone(), *key == pressed));
        let known: Vec<_> = known.collect();
        let wrong = !pressed.is_empty() && known.iter().all(|(.., taken)| !taken);
        let rest = [(Keys::Others, others.clone(), wrong), (Keys::Nothing, others.clone(), pressed.is_empty())];
        let branches = known.into_iter().chain(rest).map(|(keys, to, taken)| Branch { keys, to, taken }).collect();
        self.step(What::Listens { seconds, digits: 1, url: None, keys: pressed.to_owned(), branches });
        self.takes(if pressed.is_empty() { seconds } else { 1 });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{any, prop, prop_assert, proptest};

    use super::*;
    use crate::domain::menu::Menu;

    fn number() -> E164 {
        E164::parse("447700900123").unwrap()
    }

    fn queue(id: &str, overflow: Overflow) -> (String, Queue) {
        let name = format!("Queue {id}");
        (id.to_owned(), Queue { id: id.into(), name, max_wait_s: Some(60), overflow, ..Queue::standing() })
    }

    fn menus(queues: impl IntoIterator<Item = (String, Queue)>) -> Menus {
        let agents = ["Jane".to_owned()];
        let standing = (STANDING.to_owned(), Queue::standing());
        Menus {
            url: "https://example.com/webhooks/dtmf".into(),
            all: vec![Menu::of_agents("main", &agents)],
            queues: queues.into_iter().chain([standing]).collect::<BTreeMap<_, _>>(),
            agents: agents.into(),
            ..Menus::default()
        }
    }

    fn ran(arrival: &Arrival, keys: &str, outcome: Outcome, menus: &Menus) -> Vec<What> {
        walk_line(arrival, keys, outcome, menus).into_iter().map(|step| step.what).collect()
    }

    fn to_queue(id: &str) -> Arrival {
        Arrival::Queue { greeting: Some(("Welcome.".into(), Language::English)), id: id.to_owned() }
    }

    fn heard(steps: &[What]) -> String {
        let texts = steps.iter().filter_map(|step| match step {
            What::Says { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_next_agent_of_a_queue_takes_the_call() {
        let steps = ran(&to_queue("a"), "", Outcome::Answered, &menus([queue("a", Overflow::Message)]));
        let welcome = What::Says { text: "Welcome.".into(), times: 1 };
        let enters = What::Enters { queue: "Queue a".into() };
        assert_eq!(steps, [enters, welcome, What::RingsNext { seconds: RING_SECONDS }, What::TalksToNext]);
        let (id, together) = queue("a", Overflow::Message);
        let together = (id, Queue { strategy: Strategy::RingAll, ..together });
        let steps = ran(&to_queue("a"), "", Outcome::Answered, &menus([together]));
        assert!(steps.contains(&What::RingsAll { seconds: RING_SECONDS }), "{steps:?}");
    }

    #[test]
    fn who_has_waited_too_long_is_led_on_until_a_message_is_left() {
        let known = menus([queue("a", Overflow::Queue("b".into())), queue("b", Overflow::Queue("a".into()))]);
        let steps = ran(&to_queue("a"), "", Outcome::NoAnswer, &known);
        let entered: Vec<&What> = steps.iter().filter(|step| matches!(step, What::Enters { .. })).collect();
        assert_eq!(entered.len(), 2, "{steps:?}");
        let end = &steps[steps.len() - 3..];
        assert!(matches!(end, [What::Records { .. }, What::Says { .. }, What::Ends]), "{steps:?}");
        assert!(heard(&steps).contains("position 1") || heard(&steps).contains("number 1"), "{}", heard(&steps));
        let gone = ran(&to_queue("gone"), "", Outcome::Busy, &known);
        assert_eq!(gone.last(), Some(&What::Holds { announced_s: None, most_s: None }), "the one that is always there");
    }

    #[test]
    fn keys_lead_out_of_a_queue_and_its_telephone_rings() {
        let known = menus([queue("a", Overflow::Number(number()))]);
        let message = ran(&to_queue("a"), "1", Outcome::Busy, &known);
        assert!(message.contains(&What::Records { until_done: true }), "{message:?}");
        let back = ran(&to_queue("a"), "2", Outcome::Busy, &known);
        assert!(back.contains(&What::CallsBack) && back.last() == Some(&What::Ends), "{back:?}");
        let rings = What::Rings { whom: number().grouped(), seconds: HAND_OVER_SECONDS };
        let led = ran(&to_queue("a"), "", Outcome::Busy, &known);
        assert!(led.contains(&rings) && led.contains(&What::Records { until_done: true }), "{led:?}");
    }

    #[test]
    fn an_agents_number_rings_the_agent_and_then_the_queue() {
        let greeting = Talk::new("Jane will be with you.", Language::English);
        let jane = Arrival::Agent { greeting, name: "Jane".into() };
        let taken = ran(&jane, "", Outcome::Answered, &menus([]));
        assert_eq!(taken.last(), Some(&What::Talks { whom: "Jane".into() }));
        let missed = ran(&jane, "", Outcome::NoAnswer, &menus([]));
        let enters = What::Enters { queue: Queue::standing().name };
        assert!(missed.contains(&enters), "{missed:?}");
    }

    #[test]
    fn a_menus_number_says_the_menu_and_takes_its_keys() {
        let steps = ran(&Arrival::Menu("main".into()), "1", Outcome::Answered, &menus([]));
        assert!(
            matches!(&steps[..], [.., What::Listens { keys, .. }, What::Rings { .. }, What::Talks { whom }]
            if keys == "1" && whom == "Jane"),
            "{steps:?}"
        );
    }

    #[test]
    fn while_it_is_closed_each_outcome_is_walked() {
        let said = vec![Talk::new("We are closed.", Language::English)];
        let closed =
            |then, keys: &str, outcome| ran(&Arrival::Closed { said: said.clone(), then }, keys, outcome, &menus([]));
        let ends = closed(AfterClosed::HangsUp, "", Outcome::Answered);
        assert_eq!(ends, [What::Says { text: "We are closed.".into(), times: 1 }, What::Ends]);
        let message = closed(AfterClosed::Message, "", Outcome::Answered);
        assert!(message.contains(&What::Records { until_done: true }), "{message:?}");
        for (keys, back) in [("1", true), ("7", false), ("", false)] {
            let steps = closed(AfterClosed::CallBack, keys, Outcome::Answered);
            assert_eq!(steps.contains(&What::CallsBack), back, "{keys}: {steps:?}");
            assert_eq!(steps.last(), Some(&What::Ends), "{keys}: {steps:?}");
        }
        let number = closed(AfterClosed::Number(number()), "", Outcome::Answered);
        assert_eq!(number.last(), Some(&What::Talks { whom: self::number().grouped() }));
        let flow = Ncco(vec![Action::talk("By day and night.")]);
        let flow = closed(AfterClosed::Flow(flow), "", Outcome::Answered);
        assert_eq!(heard(&flow), "By day and night.");
    }

    proptest! {
        /// Whatever the queues lead to, a dry run comes to an end.
        #[test]
        fn it_ends(
            overflows in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8), 1..6),
            keys in "[0-9*#]{0,6}",
            outcome in prop::sample::select(Outcome::EVERY.to_vec()),
        ) {
            let size = overflows.len();
            let queues = overflows.iter().enumerate().map(|(at, (next, kind))| {
                // One more than there are: a queue that was deleted.
                let next = next.index(size + 1).to_string();
                let overflow = match kind {
                    0 => Overflow::Message,
                    1 => Overflow::CallBack,
                    2 => Overflow::Number(number()),
                    _ => Overflow::Queue(next),
                };
                queue(&at.to_string(), overflow)
            });
            let steps = ran(&to_queue("0"), &keys, outcome, &menus(queues));
            prop_assert!(steps.len() < 20 * (size + 1), "{:?}", steps);
        }
    }
}
