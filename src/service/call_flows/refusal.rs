//! Why something with a call flow was not done.

use crate::domain::call_flows::Problem;
use crate::domain::dial_policy::Rule;
use crate::domain::phone::{E164, PhoneError};
use crate::domain::trouble::Trouble;
use crate::service::core::ServiceError;
use crate::vonage::VonageError;

/// The longest name of a flow, in characters.
pub const LONGEST_NAME: usize = 60;

/// Whether two names mean the same flow: the database lets one of them be.
pub(in crate::service) fn same_name(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

/// Why a flow was not kept.
#[derive(Debug, thiserror::Error)]
pub enum FlowRefusal {
    #[error("name: it must not be empty")]
    NoName,
    #[error("name: it has at most {LONGEST_NAME} characters")]
    LongName,
    #[error("name: there is another call flow of this name")]
    Taken,
    /// The platform would refuse it; warnings are among it.
    #[error("the call flow has {} problems", .0.len())]
    Problems(Vec<Problem>),
    #[error("there is no such call flow")]
    Unknown,
    #[error("it does not connect to PARAMS_TO, the number that an agent dials")]
    CallsNobody,
    #[error("agents' calls run it")]
    ForAgentsCalls,
    #[error("callers get it while the business is closed")]
    WhileClosed,
    /// A telephone of the flow is no number.
    #[error(transparent)]
    Number(PhoneError),
    /// A telephone of the flow may not be dialled.
    #[error(transparent)]
    Dial(Rule),
    #[error("numbers lead to it: {}", .0.iter().map(E164::international).collect::<Vec<_>>().join(", "))]
    InUse(Vec<E164>),
    /// By name.
    #[error("menus lead to it: {}", .0.join(", "))]
    InMenus(Vec<String>),
    #[error(transparent)]
    Unavailable(#[from] ServiceError),
}

impl FlowRefusal {
    /// The flow's name is refused, and not the flow.
    #[must_use]
    pub fn is_about_the_name(&self) -> bool {
        matches!(self, Self::NoName | Self::LongName | Self::Taken)
    }
}

impl From<crate::store::StoreError> for FlowRefusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<FlowRefusal> for Trouble {
    fn from(refusal: FlowRefusal) -> Self {
        match refusal {
            FlowRefusal::NoName => Self::Empty,
            FlowRefusal::LongName => Self::Long(LONGEST_NAME),
            FlowRefusal::Taken => Self::FlowTaken,
            FlowRefusal::Problems(found) => {
                Self::Flow(found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
            }
            FlowRefusal::Number(error) => error.into(),
            FlowRefusal::Dial(rule) => rule.into(),
            FlowRefusal::Unknown => Self::NoFlow,
            FlowRefusal::CallsNobody => Self::FlowCallsNobody,
            FlowRefusal::WhileClosed => Self::FlowWhileClosed,
            FlowRefusal::ForAgentsCalls => Self::FlowForAgentsCalls,
            FlowRefusal::InUse(numbers) => Self::FlowUsed(numbers.iter().map(E164::grouped).collect()),
            FlowRefusal::InMenus(names) => Self::InMenus(names),
            FlowRefusal::Unavailable(error) => error.into(),
        }
    }
}

impl From<TrialRefusal> for Trouble {
    fn from(refusal: TrialRefusal) -> Self {
        match refusal {
            TrialRefusal::NotSandbox => Self::SandboxOnly,
            TrialRefusal::Flow(reason) => Self::Flow(reason),
            TrialRefusal::Dial(rule) => rule.into(),
            TrialRefusal::Platform(error) => error.into(),
        }
    }
}

/// Why a flow was not tried on a telephone.
#[derive(Debug, thiserror::Error)]
pub enum TrialRefusal {
    #[error("trying a call flow on a telephone is for the sandbox")]
    NotSandbox,
    #[error("{0}")]
    Flow(String),
    #[error(transparent)]
    Dial(#[from] Rule),
    #[error(transparent)]
    Platform(#[from] VonageError),
}
