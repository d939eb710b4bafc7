//! A queue as somebody wrote it down in a form, and what is wrong with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::priority::Rank;
use super::{
    ANNOUNCE_S, LONGEST_GREETING, LONGEST_NAME, MAX_SIZE, MAX_WAIT_S, MOST_FIRST, Member, Overflow, PRIORITIES, Queue,
    RING_S, Rules, SERVICE_LEVEL_S, SKILLS, Strategy, Support,
};
use crate::domain::contact_center::console_settings::WRAP_UP_S;
use crate::domain::form::Form;
use crate::domain::phone::E164;
use crate::domain::trouble::{FieldError, Trouble};

/// What a ticked box says.
pub const YES: &str = "on";

/// Every field is text, and boxes are `on` or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub name: String,
    pub everybody: String,
    pub strategy: String,
    pub ring_s: String,
    pub wrap_up_s: String,
    pub greeting_en: String,
    pub greeting_zh: String,
    /// An id; empty for the music that is built in.
    pub music: String,
    pub announce_s: String,
    pub says_wait: String,
    pub max_wait_s: String,
    pub max_size: String,
    pub leaves_when_unattended: String,
    /// An [`Overflow::word`]; `queue:` with an id.
    pub overflow: String,
    /// The telephone of [`Overflow::Number`].
    pub overflow_number: String,
    pub rank: String,
    pub service_level_s: String,
    /// Digits; empty for none.
    pub shown_number: String,
    /// Members, by name: see [`member`], [`priority`] and [`skill`].
    #[serde(flatten)]
    pub members: BTreeMap<String, String>,
}

/// The field that makes an agent a member.
#[must_use]
pub fn member(agent: &str) -> String {
    format!("member_{agent}")
}

/// The field for a member's priority.
#[must_use]
pub fn priority(agent: &str) -> String {
    format!("priority_{agent}")
}

/// The field for a member's skill.
#[must_use]
pub fn skill(agent: &str) -> String {
    format!("skill_{agent}")
}

/// What the operator's other data say of what is written in a queue.
pub trait Known {
    /// Everybody who takes calls, by name.
    fn agents(&self) -> Vec<String>;
    /// Whether there is such a queue.
    fn is_queue(&self, id: &str) -> bool;
    /// Whether there is such music.
    fn is_music(&self, id: &str) -> bool;
    /// A telephone that may be rung, as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn number(&self, text: &str) -> Result<E164, Trouble>;
    /// The number of somebody who calls, as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn caller(&self, text: &str) -> Result<E164, Trouble>;
    /// Whether it is a number of ours that can be shown, or was kept for this queue before.
    fn is_shown(&self, number: &E164) -> bool;
    /// Whether another queue has this name.
    fn is_taken(&self, name: &str) -> bool;
}

impl Draft {
    /// What is written in a field of [`Self::members`].
    #[must_use]
    pub fn field(&self, field: &str) -> &str {
        self.members.get(field).map(String::as_str).unwrap_or_default()
    }

    /// A queue as it would be written down, for a form that asks about these agents.
    #[must_use]
    pub fn of(queue: &Queue, agents: &[String]) -> Self {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let tick = |ticked: bool| if ticked { YES } else { "" }.to_owned();
        let mut members = BTreeMap::new();
        for agent in agents {
            let listed = queue.members.iter().find(|member| member.agent == *agent);
            let own = listed.cloned().unwrap_or_else(|| Member::usual(agent));
            members.insert(member(agent), tick(listed.is_some()));
            members.insert(priority(agent), own.priority.to_string());
            members.insert(skill(agent), own.skill.to_string());
        }
        let (overflow, overflow_number) = match &queue.overflow {
            Overflow::Queue(id) => (format!("queue:{id}"), String::new()),
            Overflow::Number(number) => (queue.overflow.word().to_owned(), number.grouped()),
            other => (other.word().to_owned(), String::new()),
        };
        Self {
            name: queue.name.clone(),
            everybody: tick(queue.everybody),
            strategy: queue.strategy.word().to_owned(),
            ring_s: queue.ring_s.to_string(),
            wrap_up_s: number(queue.wrap_up_s),
            greeting_en: queue.greeting.en.clone(),
            greeting_zh: queue.greeting.zh_cn.clone(),
            music: queue.music.clone().unwrap_or_default(),
            announce_s: number(queue.announce_s),
            says_wait: tick(queue.says_wait),
            max_wait_s: number(queue.max_wait_s),
            max_size: number(queue.max_size),
            leaves_when_unattended: tick(queue.leaves_when_unattended),
            overflow,
            overflow_number,
            rank: queue.rank.word().to_owned(),
            service_level_s: queue.service_level_s.to_string(),
            shown_number: queue.shown_number.as_ref().map(|shown| shown.digits().to_owned()).unwrap_or_default(),
            members,
        }
    }
}

impl Queue {
    /// Reads what somebody wrote down. `id` is the queue's own.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn read(id: &str, draft: &Draft, known: &impl Known) -> Result<Self, Vec<FieldError>> {
        let mut form = Form::new(known);
        let queue = Self {
            id: id.to_owned(),
            name: form.name(&draft.name, LONGEST_NAME, |name| known.is_taken(name)),
            everybody: draft.everybody == YES,
            members: form.members(draft),
            strategy: form.chosen("strategy", &draft.strategy, Strategy::of_word),
            ring_s: form.seconds("ring_s", &draft.ring_s, RING_S).unwrap_or(RING_S.0),
            wrap_up_s: form.perhaps("wrap_up_s", &draft.wrap_up_s, WRAP_UP_S),
            greeting: form.texts("greeting", [&draft.greeting_en, &draft.greeting_zh], LONGEST_GREETING),
            announce_s: form.perhaps("announce_s", &draft.announce_s, ANNOUNCE_S),
            music: form.music(&draft.music),
            says_wait: draft.says_wait == YES,
            max_wait_s: form.perhaps("max_wait_s", &draft.max_wait_s, MAX_WAIT_S),
            max_size: form.size("max_size", &draft.max_size),
            leaves_when_unattended: draft.leaves_when_unattended == YES,
            overflow: form.overflow(id, draft),
            rank: form.chosen("rank", &draft.rank, Rank::of_word),
            service_level_s: form.seconds("service_level_s", &draft.service_level_s, SERVICE_LEVEL_S).unwrap_or(1),
            shown_number: form.shown_number(&draft.shown_number),
        };
        if !queue.everybody && queue.members.is_empty() {
            form.refuse("everybody", Trouble::NoMembers);
        }
        if form.wrong.is_empty() { Ok(queue) } else { Err(form.wrong) }
    }
}

/// The rules of all queues as somebody wrote them down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RulesDraft {
    /// `telephone`, or `queue:` with an id.
    pub support: String,
    /// A number in each line.
    pub first: String,
    pub gave_up_first: String,
}

impl RulesDraft {
    /// The rules as they would be written down. `agents`: see [`Support::AsStarted`].
    #[must_use]
    pub fn of(rules: &Rules, agents: bool) -> Self {
        let first: Vec<String> = rules.first.iter().map(E164::grouped).collect();
        Self {
            support: rules.support.queue(agents).map_or_else(|| "telephone".to_owned(), |id| format!("queue:{id}")),
            first: first.join("\n"),
            gave_up_first: if rules.gave_up_first { YES } else { "" }.to_owned(),
        }
    }
}

impl Rules {
    /// Reads what somebody wrote down.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn read(draft: &RulesDraft, known: &impl Known) -> Result<Self, Vec<FieldError>> {
        let mut form = Form::new(known);
        let support = match draft.support.split_once(':') {
            Some(("queue", id)) if known.is_queue(id) => Support::Queue(id.to_owned()),
            None if draft.support == "telephone" => Support::Telephone,
            _ => {
                form.refuse("support", Trouble::Missing);
                Support::default()
            }
        };
        let mut first = Vec::new();
        for line in draft.first.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match known.caller(line) {
                Ok(number) if first.contains(&number) => {}
                Ok(number) => first.push(number),
                Err(_) => {
                    form.refuse("first", Trouble::NoNumber(line.chars().take(LONGEST_NAME).collect()));
                    break;
                }
            }
        }
        if first.len() > MOST_FIRST {
            form.refuse("first", Trouble::TooMany(MOST_FIRST));
        }
        let rules = Self { support, first, gave_up_first: draft.gave_up_first == YES };
        if form.wrong.is_empty() { Ok(rules) } else { Err(form.wrong) }
    }
}

impl<K: Known> Form<'_, K> {
    /// A word of a list; an empty one is the usual.
    fn chosen<T: Default>(&mut self, field: &str, word: &str, read: impl Fn(&str) -> Option<T>) -> T {
        if word.is_empty() {
            return T::default();
        }
        read(word).unwrap_or_else(|| {
            self.refuse(field, Trouble::Missing);
            T::default()
        })
    }

    fn seconds(&mut self, field: &str, text: &str, (from, to): (u32, u32)) -> Option<u32> {
        let read = text.trim().parse().ok().filter(|number| (from..=to).contains(number));
        if read.is_none() {
            self.refuse(field, Trouble::Seconds(from.into(), to.into()));
        }
        read
    }

    /// The same, which may be left empty.
    fn perhaps(&mut self, field: &str, text: &str, limits: (u32, u32)) -> Option<u32> {
        if text.trim().is_empty() { None } else { self.seconds(field, text, limits) }
    }

    fn size(&mut self, field: &str, text: &str) -> Option<u32> {
        let (from, to) = MAX_SIZE;
        if text.trim().is_empty() {
            return None;
        }
        let read = text.trim().parse().ok().filter(|number| (from..=to).contains(number));
        if read.is_none() {
            self.refuse(field, Trouble::Between(from.into(), to.into()));
        }
        read
    }

    fn members(&mut self, draft: &Draft) -> Vec<Member> {
        let mut members = Vec::new();
        for agent in self.known.agents() {
            if draft.field(&member(&agent)) != YES {
                continue;
            }
            let usual = Member::usual(&agent);
            let priority = self.level(&priority(&agent), draft, PRIORITIES, usual.priority);
            let skill = self.level(&skill(&agent), draft, SKILLS, usual.skill);
            members.push(Member { agent, priority, skill });
        }
        members
    }

    fn level(&mut self, field: &str, draft: &Draft, (from, to): (u8, u8), usual: u8) -> u8 {
        match draft.field(field).trim() {
            "" => usual,
            text => text.parse().ok().filter(|level| (from..=to).contains(level)).unwrap_or_else(|| {
                self.refuse(field, Trouble::Between(from.into(), to.into()));
                usual
            }),
        }
    }

    fn music(&mut self, id: &str) -> Option<String> {
        if !id.is_empty() && !self.known.is_music(id) {
            self.refuse("music", Trouble::Missing);
        }
        (!id.is_empty()).then(|| id.to_owned())
    }

    fn shown_number(&mut self, digits: &str) -> Option<E164> {
        if digits.is_empty() {
            return None;
        }
        let read = E164::parse(digits).ok().filter(|number| self.known.is_shown(number));
        if read.is_none() {
            self.refuse("shown_number", Trouble::NotShown);
        }
        read
    }

    fn overflow(&mut self, own: &str, draft: &Draft) -> Overflow {
        let (word, target) = draft.overflow.split_once(':').unwrap_or((&draft.overflow, ""));
        let read = match word {
            "" | "message" => Ok(Overflow::Message),
            "call-back" => Ok(Overflow::CallBack),
            "number" => match self.known.number(&draft.overflow_number) {
                Ok(number) => Ok(Overflow::Number(number)),
                Err(why) => Err(("overflow_number", why)),
            },
            "queue" if target != own && self.known.is_queue(target) => Ok(Overflow::Queue(target.to_owned())),
            _ => Err(("overflow", Trouble::Missing)),
        };
        read.unwrap_or_else(|(field, why)| {
            self.refuse(field, why);
            Overflow::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct House;

    impl Known for House {
        fn agents(&self) -> Vec<String> {
            vec!["Jane".into(), "Joe".into()]
        }

        fn is_queue(&self, id: &str) -> bool {
            id == "sales"
        }

        fn is_music(&self, id: &str) -> bool {
            id == "waltz"
        }

        fn number(&self, text: &str) -> Result<E164, Trouble> {
            E164::parse(text).map_err(Trouble::from)
        }

        fn caller(&self, text: &str) -> Result<E164, Trouble> {
            self.number(text)
        }

        fn is_shown(&self, number: &E164) -> bool {
            number.digits() == "442079460101"
        }

        fn is_taken(&self, name: &str) -> bool {
            name == "Sales"
        }
    }

    fn read(draft: &Draft) -> Result<Queue, Vec<String>> {
        Queue::read("a", draft, &House).map_err(|wrong| wrong.into_iter().map(|wrong| wrong.field).collect())
    }

    fn agents() -> Vec<String> {
        House.agents()
    }

    #[test]
    fn what_is_kept_is_written_down_and_read_back() {
        let standing = Queue { id: "a".into(), ..Queue::standing() };
        let every = Queue {
            id: "a".into(),
            name: "Bikes".into(),
            everybody: false,
            members: vec![Member { agent: "Joe".into(), priority: 9, skill: 5 }],
            strategy: Strategy::MostSkilled,
            ring_s: 5,
            wrap_up_s: Some(900),
            greeting: crate::domain::language::Texts::new("Hello", "您好"),
            music: Some("waltz".into()),
            announce_s: Some(15),
            says_wait: true,
            max_wait_s: Some(7_200),
            max_size: Some(500),
            leaves_when_unattended: true,
            overflow: Overflow::Queue("sales".into()),
            rank: Rank::High,
            service_level_s: 600,
            shown_number: Some(E164::parse("442079460101").unwrap()),
        };
        let number = Overflow::Number(E164::parse("447700900123").unwrap());
        for queue in [standing, every.clone(), Queue { overflow: number, ..every }] {
            let mut draft = Draft::of(&queue, &agents());
            draft.overflow_number = draft.overflow_number.replace(['+', ' '], "");
            assert_eq!(read(&draft), Ok(queue));
        }
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let good = Draft::of(&Queue { id: "a".into(), ..Queue::standing() }, &agents());
        let with = |field: &str, value: &str| {
            let mut fields = serde_json::to_value(&good).unwrap();
            fields[field] = value.into();
            serde_json::from_value::<Draft>(fields).unwrap()
        };
        for (field, value) in [
            ("name", " "),
            ("name", "Sales"),
            ("name", "a\u{7}b"),
            ("name", "\u{200b}"),
            ("name", "\u{202e}gnp.elas"),
            ("everybody", ""),
            ("strategy", "best"),
            ("ring_s", "4"),
            ("ring_s", ""),
            ("wrap_up_s", "901"),
            ("greeting_en", "<speak>broken"),
            ("music", "gone"),
            ("announce_s", "14"),
            ("max_wait_s", "-1"),
            ("max_size", "0"),
            ("overflow", "queue:a"),
            ("overflow", "queue:gone"),
            ("rank", "top"),
            ("service_level_s", "0"),
            ("shown_number", "442079460102"),
            ("shown_number", "Jane"),
        ] {
            assert_eq!(read(&with(field, value)), Err(vec![field.to_owned()]), "{field} {value:?}");
        }
        assert_eq!(read(&with("overflow", "number")), Err(vec!["overflow_number".to_owned()]));
        let mut members = with("member_Jane", YES);
        members.members.extend([("priority_Jane".to_owned(), "0".to_owned()), ("skill_Jane".to_owned(), "6".into())]);
        assert_eq!(read(&members), Err(vec!["priority_Jane".to_owned(), "skill_Jane".to_owned()]));
    }

    #[test]
    fn the_rules_are_written_down_and_read_back() {
        let first = vec![E164::parse("447700900123").unwrap(), E164::parse("447700900124").unwrap()];
        let rules = Rules { support: Support::Queue("sales".into()), first, gave_up_first: true };
        let mut draft = RulesDraft::of(&rules, false);
        assert_eq!(draft.support, "queue:sales");
        draft.first = format!("\r\n{}\r\n447700900123 ", draft.first.replace(['+', ' '], ""));
        assert_eq!(Rules::read(&draft, &House), Ok(rules.clone()));
        let telephone = RulesDraft::of(&Rules { support: Support::AsStarted, ..rules.clone() }, false);
        assert_eq!(telephone.support, "telephone");
        assert_eq!(RulesDraft::of(&Rules::default(), true).support, "queue:agents");
        let wrong = RulesDraft { support: "queue:gone".into(), first: "447700900123\nJane".into(), ..draft };
        let wrong = Rules::read(&wrong, &House).unwrap_err();
        let fields: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(fields, ["support: it is not there any more", "first: “Jane” is not a telephone number"]);
    }
}
