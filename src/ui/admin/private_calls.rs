//! Private calls: in [`list`] the conversations and a form that opens one, in [`detail`] one conversation, in [`numbers`] the
//! pool, in [`proof`] that it is large enough. Plain forms and links: nothing here needs JavaScript.

pub mod detail;
pub mod forget;
pub mod list;
mod new;
pub mod numbers;
mod parts;
pub mod proof;
pub(super) mod said;
