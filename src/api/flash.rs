//! Flash messages: the outcome of a form, shown once, on the page after it.

use serde::{Deserialize, Serialize};

use super::hours::content::Said as HoursSaid;
use super::private_calls::content::Said;
use crate::domain::trouble::Trouble;

/// The header that marks the answer to a form that was refused: `web` fills the form in again with what was typed. It does
/// not leave the server.
pub const FORM_REFUSED: &str = "x-form-refused";

/// The outcome of a form. `ui::admin::flash` has the words for each; the text in a variant is a number or a name to name in
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flash {
    /// It was not done, and why.
    Refused(Trouble),
    /// What was typed into this field of the form cannot be used. It is said at the field.
    FieldRefused {
        field: String,
        why: Trouble,
    },
    /// What costs money or cannot be undone was not confirmed.
    NotConfirmed,

    NumberRented(String),
    NumberLed(String),
    NumberSpeaks(String),
    NumberLinked(String),
    NumberUnlinked(String),
    NumberReleased(String),

    FlowSaved(String),
    FlowDeleted,
    /// Agents' own calls run another flow from now on.
    FlowForAgents,
    /// A telephone rings, with the flow behind it.
    FlowRings(String),

    UserAdded(String),
    UserInvited(String),
    UserDisabled(String),
    UserEnabled(String),
    UserRole(String),
    UserDeleted(String),
    /// How many users were made at the platform.
    UsersInStep(u64),
    UserGone,
    /// Nobody locks themselves out.
    UserYourself,

    CallEnded,
    CallUnconfirmed,
    CallOver,

    /// The application's id.
    SetupCreated(String),
    SetupRepaired,
    SetupRings(String),
    SetupForgotten,
    SetupCredentials,
    /// Another key than the sandbox's was entered, and the platform itself did not take it.
    SetupNotTheSandboxes,
    SetupSkipped,
    DemoWiped,
    SetupTakenBack,

    SdkKeyMade,
    SdkKeyConfigured,
    SdkOriginsSaved,
    SdkOriginWrong(String),

    AudioSaved,
    AudioRefused(Trouble),
    /// An engine of the relay was refused; its name and address are filled in again.
    EngineRefused {
        why: Trouble,
        name: String,
        url: String,
    },

    BusinessSaved,
    /// The form says at its fields what is wrong.
    FormRefused,
    LogoSaved,
    LogoRemoved,

    MenuSaved(String),
    MenuDeleted,

    SpeechSaved,
    QueueSaved(String),
    QueueDeleted,
    /// Music of that name.
    MusicAdded(String),
    MusicDeleted,
    QueueRulesSaved,

    CampaignSaved,
    ConsoleSaved,
    /// The field of a call-tracking form that cannot be used.
    WrongField(String),

    Hours(HoursSaid),

    PrivateCalls(Said),
}

impl Flash {
    #[must_use]
    pub fn is_good(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::FieldRefused { .. }
            | Self::NotConfirmed
            | Self::UserGone
            | Self::UserYourself
            | Self::CallOver
            | Self::SetupCredentials
            | Self::SetupNotTheSandboxes
            | Self::SdkKeyConfigured
            | Self::SdkOriginWrong(_)
            | Self::AudioRefused(_)
            | Self::EngineRefused { .. }
            | Self::FormRefused
            | Self::WrongField(_) => false,
            Self::Hours(said) => said.is_good(),
            Self::PrivateCalls(said) => said.is_good(),
            _ => true,
        }
    }

    /// A refused form that `web` fills in again. The others are filled in by their own pages.
    #[must_use]
    pub fn is_filled_in_by_web(&self) -> bool {
        let own = matches!(
            self,
            Self::AudioRefused(_)
                | Self::EngineRefused { .. }
                | Self::FormRefused
                | Self::WrongField(_)
                | Self::PrivateCalls(_)
        );
        !self.is_good() && !own
    }
}

impl Flash {
    /// A field of the form is wrong.
    #[must_use]
    pub fn at_field(field: &str, why: impl Into<Trouble>) -> Self {
        Self::FieldRefused { field: field.to_owned(), why: why.into() }
    }
}

impl<T: Into<Trouble>> From<T> for Flash {
    fn from(why: T) -> Self {
        Self::Refused(why.into())
    }
}
