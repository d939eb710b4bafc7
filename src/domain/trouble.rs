//! Why something that an operator asked for was not done: a kind with its arguments, which a page says in words of its
//! language. As text it is English, for interfaces and the terminal.

use serde::{Deserialize, Serialize};

use super::account::NameProblem;
use super::dial_policy::Rule;
use super::lost::Lost;
use super::phone::PhoneError;

/// A field of a form is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{field}: {reason}")]
pub struct FieldError {
    pub field: String,
    pub reason: Trouble,
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Trouble {
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error(transparent)]
    Dial(#[from] Rule),
    #[error(transparent)]
    Name(#[from] NameProblem),
    #[error("{0:?} is taken")]
    Taken(String),
    #[error("{0:?} is the public support user")]
    SupportUser(String),
    #[error("you cannot take your own account away")]
    Yourself,
    #[error("it must not be empty")]
    Empty,
    /// Characters.
    #[error("at most {0} characters in one line")]
    Long(usize),
    /// Characters.
    #[error("a secret has at least {0} characters")]
    ShortSecret(usize),
    /// Seconds, both included.
    #[error("from {0} to {1} seconds")]
    Seconds(i64, i64),
    /// Minutes, both included.
    #[error("from {0} to {1} minutes")]
    Minutes(i64, i64),
    /// Both included.
    #[error("from {0} to {1}")]
    Between(i64, i64),
    /// So many entries has a list.
    #[error("there are {0} already; delete an archived one first")]
    Full(usize),
    #[error("it is not there any more")]
    Missing,
    #[error("archive it first")]
    NotArchived,
    #[error("it holds a character that cannot be printed")]
    Unprintable,
    #[error("it is not a date like 2026-11-21")]
    Date,
    #[error("it is before the start")]
    BeforeStart,
    #[error("it is not an amount like 1200.50")]
    Amount,
    #[error("it is not a path like /spring")]
    Path,
    /// Neither a number nor the agents: what is wrong with the number.
    #[error("{0}; or write agents")]
    NoDestination(PhoneError),
    #[error("a colour is written like #4f46e5")]
    Colour,
    #[error("there is no time zone {0:?}; write it like Europe/London")]
    NoTimeZone(String),
    #[error("one language at least")]
    NoLanguage,
    #[error("this language is not offered")]
    LanguageNotOffered,
    #[error("the platform cannot speak it: its marks (SSML) are broken")]
    Unspeakable,
    /// A text in braces that stands for nothing here; those that may.
    #[error("there is no placeholder {word:?}; there are {}", if .known.is_empty() { "none".to_owned() } else { .known.join(", ") })]
    NoPlaceholder { word: String, known: Vec<String> },
    /// Without its braces.
    #[error("the placeholder {{{0}}} is missing")]
    LacksPlaceholder(String),
    #[error("the platform has no voice {0:?} for this language")]
    NoVoice(String),
    /// Digits, both included.
    #[error("an extension has {0} to {1} digits")]
    Extension(usize, usize),
    #[error("at most {0}")]
    TooMany(usize),
    #[error("the file is empty")]
    FileEmpty,
    /// Bytes.
    #[error("the file has more than {0} bytes")]
    FileBig(usize),
    #[error("the file is neither a PNG nor an SVG picture")]
    NoPicture,
    #[error("the file is neither a WAV nor an MP3 that can be played")]
    NoMusic,
    /// Seconds.
    #[error("the music is longer than {0} seconds")]
    MusicLong(u32),
    /// Pixels.
    #[error("the picture has more than {0} pixels on a side")]
    PictureBig(u32),
    /// What it is.
    #[error("the SVG picture has {0} in it, which a logo may not")]
    PictureActive(String),
    #[error("the SVG picture has a document type with declarations, which a logo may not")]
    PictureDeclares,
    #[error("there is no such campaign")]
    NoCampaign,
    #[error("the two must have different numbers")]
    SameNumber,
    #[error("there is no such number in any country's numbering plan")]
    NoSuchNumber,
    #[error("this is one of our own numbers; it takes a person's own")]
    OwnNumber,
    /// Grouped.
    #[error("the account does not own {0}")]
    NotOurs(String),
    #[error("it is none of our numbers that can be shown")]
    NotShown,
    #[error("it is not ours, or leads somewhere")]
    Elsewhere,
    /// The application's id.
    #[error("it belongs to another application ({0}), whose calls would stop; confirm that you want it")]
    OtherApplication(String),
    #[error("it leads to another line; change that first")]
    OtherLine,
    #[error("the number is not in the pool")]
    NotInPool,
    #[error("two letters are needed, such as GB")]
    Country,
    #[error("only {found} of {wanted} numbers are for rent in {country}")]
    TooFew { wanted: usize, found: usize, country: String },
    #[error("the application is not set up yet")]
    NoApplication,
    #[error("the platform limits our rate")]
    PlatformBusy {
        /// Seconds.
        retry_after: Option<u64>,
    },
    #[error("the platform is not available: {0}")]
    PlatformAway(Lost),
    #[error("the platform refused with {status}: {detail}")]
    PlatformRefused { status: u16, detail: String },
    #[error("it is not known whether the platform did it: {0}")]
    PlatformUnclear(Lost),
    #[error("the platform's answer cannot be read: {0}")]
    PlatformUnreadable(String),
    #[error("cannot sign a token: {0}")]
    Key(String),
    #[error("what is kept cannot be encrypted or read: {0}")]
    Vault(String),
    #[error("no plan for the audio: {0}")]
    Plan(String),
    #[error("there is another call flow of this name")]
    FlowTaken,
    #[error("there is no such call flow")]
    NoFlow,
    #[error("it does not connect to PARAMS_TO, the number that an agent dials")]
    FlowCallsNobody,
    #[error("agents' calls run it; choose another one for them first")]
    FlowForAgentsCalls,
    #[error("callers get it while the business is closed; choose something else for them first")]
    FlowWhileClosed,
    #[error("call flows send their keys to the main menu; it can be changed, and not deleted")]
    MainMenu,
    #[error("callers to whom nothing else leads come to it; it can be changed, and not deleted")]
    StandingQueue,
    #[error("calls to the support line go to it; lead them elsewhere first")]
    QueueOfSupport,
    /// By what leads to it: grouped numbers, names of menus, campaigns and queues.
    #[error("this leads to it: {}", .0.join(", "))]
    QueueUsed(Vec<String>),
    #[error("one member at least")]
    NoMembers,
    #[error("“{0}” is not a telephone number")]
    NoNumber(String),
    /// Grouped numbers.
    #[error("numbers lead to it: {}", .0.join(", "))]
    FlowUsed(Vec<String>),
    /// By name.
    #[error("menus lead to it: {}", .0.join(", "))]
    InMenus(Vec<String>),
    #[error("the call flow cannot run: {0}")]
    Flow(String),
    #[error("this is for the sandbox")]
    SandboxOnly,
    /// Calls, and agents who have one or write about one.
    #[error("{0} calls or agents with a call are not finished")]
    CallsUnderWay(i64),
    #[error("an application is being created at this moment")]
    BeingCreated,
    #[error("the address cannot be used: {0}")]
    EngineAddress(String),
    #[error("{0} is not on the list of allowed engines (AUDIO_ENGINES_ALLOWED)")]
    EngineNotAllowed(String),
    #[error("{0} cannot be resolved")]
    EngineUnresolved(String),
    #[error("{0} leads to an address that is not public; allow it by its address")]
    EngineNotPublic(String),
    #[error("1 to 40 letters, digits, dots, dashes and underscores")]
    EngineName,
    #[error("there is no engine {0:?}")]
    NoEngine(String),
    /// Ours.
    #[error("something went wrong on our side")]
    Ours,
    /// What nobody translates.
    #[error("{0}")]
    Other(String),
}

impl Trouble {
    /// The platform did not answer, or was busy: that says nothing about what we sent, our key and secret included.
    #[must_use]
    pub fn is_platform_away(&self) -> bool {
        use Trouble::{PlatformAway, PlatformBusy, PlatformUnclear, PlatformUnreadable};
        matches!(self, PlatformAway(_) | PlatformBusy { .. } | PlatformUnclear(_) | PlatformUnreadable(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_that_is_away_has_not_refused() {
        let refused = |status| Trouble::PlatformRefused { status, detail: String::new() };
        assert!(!refused(401).is_platform_away() && !refused(403).is_platform_away());
        assert!(!Trouble::NoApplication.is_platform_away());
        assert!(Trouble::PlatformBusy { retry_after: None }.is_platform_away());
        assert!(Trouble::PlatformAway(Lost::NoConnection).is_platform_away());
        assert!(Trouble::PlatformUnclear(Lost::NoAnswer).is_platform_away());
        // A login page of a network in between is no answer of the platform's.
        assert!(Trouble::PlatformUnreadable("line 1".into()).is_platform_away());
    }
}
