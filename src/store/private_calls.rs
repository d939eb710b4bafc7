//! Private calls: [`conversations`] lists and closes conversations and their two people, [`open`] opens them, [`route`] finds
//! where a call goes, [`attempts`] has what was tried.

mod attempts;
mod conversations;
mod forget;
mod hidden;
mod open;
mod pool;
mod route;

pub use attempts::{AttemptRow, TextRow};
pub use conversations::{PrivateConversationRow, PrivateParticipantRow, PrivateQuery};
pub use open::{NewPrivate, NewPrivatePerson, OpenedPrivate, PoolRow, UseRow};
pub use pool::{BusyRow, NumberUse, PoolFigures};
pub use route::RouteRow;
