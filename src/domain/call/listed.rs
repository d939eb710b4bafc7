//! What lists and filters look at.

use super::{Call, Phase};
use crate::domain::line::VISITOR_PREFIX;

/// What lists and filters look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub phase: Phase,
    pub caller: Option<String>,
    pub callee: Option<String>,
    /// The visit whose user called.
    pub visit: Option<String>,
}

impl Listed {
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let user = call.user.clone();
        let visit = user.as_deref().and_then(|user| user.strip_prefix(VISITOR_PREFIX)).map(str::to_owned);
        // A call of ours has no caller: the number that it shows stands for one.
        let leg = call.caller().or_else(|| call.legs.values().next());
        Self {
            phase: call.phase(),
            callee: call.called().cloned(),
            caller: user.or_else(|| leg.and_then(|leg| leg.from.clone())),
            visit,
        }
    }
}
