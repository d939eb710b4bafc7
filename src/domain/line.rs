//! What happens when a number is called: one enum, and one function that chooses.
//!
//! Every job of Switchboard is a [`Line`]; a number has one line. The rule that prevents toll fraud lives here: a call
//! from a browser visitor reaches the support line, or an audio socket that the operator opened, and nothing else, whatever
//! its `to` says.

use std::collections::{HashMap, HashSet};

use super::language::Language;
use super::phone::E164;

/// The Client SDK names of visitors start with this; see [`super::click_to_call::visitor_name`].
pub const VISITOR_PREFIX: &str = "visitor-";

/// The name of [`Line::Outbound`].
pub const OUTBOUND: &str = "outbound";

/// What answers a call. In the database and in commands it is two words: its [name](Line::name) and its
/// [target](Line::target).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Click to call: greet, then ring the configured destination or the agents.
    Support,
    /// An agent's own number: ring that agent, by Client SDK name.
    Agent(String),
    /// A queue of the contact centre, by id.
    Queue(String),
    /// A menu of the contact centre, by name.
    Ivr(String),
    /// A call flow that the operator wrote, by id.
    Custom(String),
    /// An agent calls from the console. No number leads here: only who calls does.
    Outbound(String),
    /// A masking number of the private-calls pool.
    Private,
    /// A number of a call-tracking campaign, by the campaign's id.
    Campaign(String),
    /// The call's audio goes to a WebSocket handler, by name.
    AudioSocket(String),
    /// Nothing is set up for this number: say so, politely, and hang up.
    Unassigned,
}

/// Why two words are not a line that a number may lead to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    #[error(
        "there is no line {0:?}; there are support, agent, queue, ivr, custom, private, campaign, audio-socket, unassigned"
    )]
    Unknown(String),
    #[error("the line {0} needs to be told which: write {0}:NAME")]
    NoTarget(&'static str),
    #[error("the line {0} takes no name after it")]
    Target(&'static str),
}

impl Line {
    /// The word for it in SQL, URLs and the call record.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Agent(_) => "agent",
            Self::Queue(_) => "queue",
            Self::Ivr(_) => "ivr",
            Self::Custom(_) => "custom",
            Self::Outbound(_) => OUTBOUND,
            Self::Private => "private",
            Self::Campaign(_) => "campaign",
            Self::AudioSocket(_) => "audio-socket",
            Self::Unassigned => "unassigned",
        }
    }

    /// Which one of them.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Agent(target)
            | Self::Queue(target)
            | Self::Ivr(target)
            | Self::Custom(target)
            | Self::Outbound(target)
            | Self::Campaign(target)
            | Self::AudioSocket(target) => Some(target),
            Self::Support | Self::Private | Self::Unassigned => None,
        }
    }

    /// Whether its calls are taken only while the business is open. Of a campaign only where agents take its calls.
    #[must_use]
    pub fn has_hours(&self) -> bool {
        matches!(self, Self::Support | Self::Queue(_) | Self::Ivr(_) | Self::Agent(_) | Self::Campaign(_))
    }

    /// Name and target as one word: `support`, `queue:ID`.
    #[must_use]
    pub fn word(&self) -> String {
        self.target().map_or_else(|| self.name().to_owned(), |target| format!("{}:{target}", self.name()))
    }

    /// Reads [`Self::word`].
    ///
    /// # Errors
    /// [`LineError`], in words for the person who typed it.
    pub fn of_word(word: &str) -> Result<Self, LineError> {
        let (name, target) = word.split_once(':').map_or((word, None), |(name, target)| (name, Some(target)));
        Self::parse(name, target)
    }

    /// The line that a number may lead to.
    ///
    /// # Errors
    /// [`LineError`], in words for the person who typed it.
    pub fn parse(name: &str, target: Option<&str>) -> Result<Self, LineError> {
        let make: (&'static str, fn(String) -> Self) = match name {
            "support" | "private" | "unassigned" => {
                let line = match name {
                    "support" => Self::Support,
                    "private" => Self::Private,
                    _ => Self::Unassigned,
                };
                return if target.is_none() { Ok(line) } else { Err(LineError::Target(line.name())) };
            }
            "agent" => ("agent", Self::Agent),
            "queue" => ("queue", Self::Queue),
            "ivr" => ("ivr", Self::Ivr),
            "custom" => ("custom", Self::Custom),
            "campaign" => ("campaign", Self::Campaign),
            "audio-socket" => ("audio-socket", Self::AudioSocket),
            other => return Err(LineError::Unknown(other.to_owned())),
        };
        match target.filter(|target| !target.is_empty()) {
            Some(target) => Ok(make.1(target.to_owned())),
            None => Err(LineError::NoTarget(make.0)),
        }
    }
}

/// Who is calling, as the answer webhook says: `from_user` and `from` never stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A Client SDK user, by name.
    User(String),
    /// A telephone, or whatever the supplier passed through: it may be withheld or malformed.
    Phone(Option<E164>),
}

/// Which numbers lead where. What the operator configured, not what a caller says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The number of the support line (`SUPPORT_PHONE_NUMBER`).
    pub support: E164,
    /// The public name of the sample's contract (`GET /auth/{user}`); a user of that name is a visitor too. Empty: none.
    pub support_user: String,
    /// Our other numbers.
    pub numbers: HashMap<E164, Line>,
    /// The Client SDK names of the agents.
    pub agents: HashSet<String>,
    /// Numbers of audio sockets that visitors may call from the support page.
    pub open: HashSet<E164>,
    /// In which language callers of a number are spoken to, where one was chosen for it.
    pub languages: HashMap<E164, Language>,
    /// Those of our numbers that take no calls.
    pub voiceless: HashSet<E164>,
}

impl Directory {
    /// With a support line and nothing else.
    #[must_use]
    pub fn new(support: E164, support_user: impl Into<String>) -> Self {
        Self {
            support,
            support_user: support_user.into(),
            numbers: HashMap::new(),
            agents: HashSet::new(),
            open: HashSet::new(),
            languages: HashMap::new(),
            voiceless: HashSet::new(),
        }
    }
}

impl Directory {
    /// The audio socket that a visitor reaches by dialling this: the operator opened the number, and its line rings
    /// nobody, so that no call of a visitor's can cost a telephone call but the one to the support line.
    fn opened(&self, dialled: &E164) -> Option<&Line> {
        let line = self.numbers.get(dialled).filter(|_| self.open.contains(dialled))?;
        matches!(line, Line::AudioSocket(_)).then_some(line)
    }

    /// The numbers that visitors may call beside the support number, in order.
    #[must_use]
    pub fn opened_numbers(&self) -> Vec<(&E164, &Line)> {
        let mut numbers: Vec<_> = self.open.iter().filter_map(|number| Some((number, self.opened(number)?))).collect();
        numbers.sort_by_key(|(number, _)| number.digits());
        numbers
    }
}

/// Chooses the line that takes a call.
#[must_use]
pub fn choose(directory: &Directory, caller: &Caller, dialled: Option<&E164>) -> Line {
    match caller {
        // A call that names no user has no owner, also where there is no support user.
        Caller::User(name) if name.is_empty() => Line::Unassigned,
        Caller::User(name) if name.starts_with(VISITOR_PREFIX) || *name == directory.support_user => {
            dialled.and_then(|dialled| directory.opened(dialled)).cloned().unwrap_or(Line::Support)
        }
        Caller::User(name) if directory.agents.contains(name) => Line::Outbound(name.clone()),
        Caller::User(_) => Line::Unassigned,
        Caller::Phone(_) => dialled.map_or(Line::Unassigned, |dialled| match directory.numbers.get(dialled) {
            Some(line) => line.clone(),
            None if *dialled == directory.support => Line::Support,
            None => Line::Unassigned,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn directory() -> Directory {
        Directory::new(E164::parse("442079460000").unwrap(), "supportuser")
    }

    proptest! {
        /// Toll fraud: a visitor's token cannot reach any number but the support line.
        #[test]
        fn a_visitor_reaches_the_support_line_whatever_is_dialled(digits in "[1-9][0-9]{6,14}", suffix in "[a-z0-9]{1,20}") {
            let dialled = E164::parse(&digits).unwrap();
            for name in [format!("{VISITOR_PREFIX}{suffix}"), "supportuser".to_owned()] {
                prop_assert_eq!(choose(&directory(), &Caller::User(name), Some(&dialled)), Line::Support);
            }
        }

        /// Even when an agent is called like a visitor.
        #[test]
        fn no_number_and_no_agent_changes_what_a_visitor_reaches(suffix in "[a-z0-9]{1,20}") {
            let name = format!("{VISITOR_PREFIX}{suffix}");
            let mut directory = directory();
            let dialled = E164::parse("442079460001").unwrap();
            directory.agents.insert(name.clone());
            directory.numbers.insert(dialled.clone(), Line::Private);
            prop_assert_eq!(choose(&directory, &Caller::User(name), Some(&dialled)), Line::Support);
        }

        /// What is opened to visitors is an audio socket or it is not opened, whatever the operator ticked.
        #[test]
        fn a_visitor_never_reaches_a_line_that_rings_a_telephone(which in 0_usize..9, ticked in any::<bool>()) {
            let lines = [
                Line::Agent("Jane".into()), Line::Ivr("main".into()), Line::Custom("1".into()), Line::Private,
                Line::Campaign("spring".into()), Line::AudioSocket("echo".into()), Line::Unassigned, Line::Support,
                Line::Queue("agents".into()),
            ];
            let mut directory = directory();
            let dialled = E164::parse("442079460001").unwrap();
            directory.numbers.insert(dialled.clone(), lines[which].clone());
            if ticked {
                directory.open.insert(dialled.clone());
            }
            let reached = choose(&directory, &Caller::User(format!("{VISITOR_PREFIX}1")), Some(&dialled));
            let echo = ticked && matches!(lines[which], Line::AudioSocket(_));
            prop_assert_eq!(&reached, if echo { &lines[which] } else { &Line::Support });
            prop_assert_eq!(directory.opened_numbers().len(), usize::from(echo));
        }

        #[test]
        fn an_unknown_user_reaches_nobody(name in "[a-uw-z][a-z]{0,12}", digits in "[1-9][0-9]{6,14}") {
            prop_assume!(name != "supportuser");
            let dialled = E164::parse(&digits).unwrap();
            prop_assert_eq!(choose(&directory(), &Caller::User(name), Some(&dialled)), Line::Unassigned);
        }
    }

    #[test]
    fn f19_without_a_support_user_no_name_is_one() {
        let directory = Directory::new(directory().support, "");
        let support = directory.support.clone();
        for name in ["", "supportuser", " "] {
            assert_eq!(choose(&directory, &Caller::User(name.into()), Some(&support)), Line::Unassigned, "{name:?}");
        }
    }

    #[test]
    fn a_telephone_reaches_the_line_of_the_number_it_dialled() {
        let support = directory().support;
        let other = E164::parse("442079460001").unwrap();
        let withheld = Caller::Phone(None);
        assert_eq!(choose(&directory(), &withheld, Some(&support)), Line::Support);
        assert_eq!(choose(&directory(), &withheld, Some(&other)), Line::Unassigned);
        assert_eq!(choose(&directory(), &withheld, None), Line::Unassigned);
    }

    #[test]
    fn an_agent_calls_out_and_numbers_lead_to_their_lines() {
        let mut directory = directory();
        let campaign = E164::parse("442079460001").unwrap();
        directory.agents.insert("Jane".into());
        directory.numbers.insert(campaign.clone(), Line::Campaign("spring".into()));
        let jane = Caller::User("Jane".into());
        assert_eq!(choose(&directory, &jane, Some(&campaign)), Line::Outbound("Jane".into()));
        let caller = Caller::Phone(E164::parse("447700900000").ok());
        assert_eq!(choose(&directory, &caller, Some(&campaign)), Line::Campaign("spring".into()));
        let support = directory.support.clone();
        directory.numbers.insert(support.clone(), Line::Agent("Jane".into()));
        assert_eq!(choose(&directory, &caller, Some(&support)), Line::Agent("Jane".into()), "what is assigned counts");
    }

    #[test]
    fn a_line_is_its_name_and_its_target() {
        let lines = [
            Line::Support,
            Line::Agent("Jane".into()),
            Line::Queue("agents".into()),
            Line::Ivr("main".into()),
            Line::Custom("1".into()),
            Line::Private,
            Line::Campaign("spring".into()),
            Line::AudioSocket("echo".into()),
            Line::Unassigned,
        ];
        for line in lines {
            assert_eq!(Line::parse(line.name(), line.target()), Ok(line));
        }
        assert_eq!(Line::parse("campaign", None), Err(LineError::NoTarget("campaign")));
        assert_eq!(Line::parse("campaign", Some("")), Err(LineError::NoTarget("campaign")));
        assert_eq!(Line::parse("private", Some("x")), Err(LineError::Target("private")));
        assert_eq!(Line::parse("outbound", Some("Jane")), Err(LineError::Unknown("outbound".into())));
    }
}
