//! The doors of the store: one for each job. A door is a look at the same database, as cheap as a reference; it is made where
//! it is used, by [`super::Store`], and what it can do is in the file of its job.

use super::db::Db;

/// Who may sign in: accounts, sessions, failed sign-ins, API keys.
#[derive(Debug, Clone, Copy)]
pub struct Accounts<'a> {
    pub(super) db: &'a Db,
}

/// Audio sockets: their tokens, what was recorded, the engines, the numbers that visitors may call.
#[derive(Debug, Clone, Copy)]
pub struct Audio<'a> {
    pub(super) db: &'a Db,
}

/// The call log: the records that the writer makes.
#[derive(Debug, Clone, Copy)]
pub struct Calls<'a> {
    pub(super) db: &'a Db,
}

/// The contact centre: agents, their calls, what is offered to whom.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    pub(super) db: &'a Db,
}

/// How much was dialled and texted.
#[derive(Debug, Clone, Copy)]
pub struct Dials<'a> {
    pub(super) db: &'a Db,
}

/// Forgetting a person, and what is too old.
#[derive(Debug, Clone, Copy)]
pub struct Erasure<'a> {
    pub(super) db: &'a Db,
}

/// The call flows that the operator wrote.
#[derive(Debug, Clone, Copy)]
pub struct Flows<'a> {
    pub(super) db: &'a Db,
}

/// When the business is open.
#[derive(Debug, Clone, Copy)]
pub struct Hours<'a> {
    pub(super) db: &'a Db,
}

/// Menus, and where their keys lead.
#[derive(Debug, Clone, Copy)]
pub struct Menus<'a> {
    pub(super) db: &'a Db,
}

/// Queues: who takes a caller, and where those go who wait too long.
#[derive(Debug, Clone, Copy)]
pub struct Queues<'a> {
    pub(super) db: &'a Db,
}

/// Music on hold of the operator's own.
#[derive(Debug, Clone, Copy)]
pub struct Music<'a> {
    pub(super) db: &'a Db,
}

/// Our numbers, and which line each leads to.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    pub(super) db: &'a Db,
}

/// Private calls: conversations, their two people, what they tried.
#[derive(Debug, Clone, Copy)]
pub struct Private<'a> {
    pub(super) db: &'a Db,
}

/// The numbers behind private calls, and how full they are.
#[derive(Debug, Clone, Copy)]
pub struct PrivatePool<'a> {
    pub(super) db: &'a Db,
}

/// What the operator set.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    pub(super) db: &'a Db,
}

/// What callers hear: texts and voices.
#[derive(Debug, Clone, Copy)]
pub struct SpokenTexts<'a> {
    pub(super) db: &'a Db,
}

/// Call tracking: campaigns, tracked calls, charts, and where ended calls are told.
#[derive(Debug, Clone, Copy)]
pub struct Tracking<'a> {
    pub(super) db: &'a Db,
}

/// Visitors of the operator's web site, and the numbers lent to them.
#[derive(Debug, Clone, Copy)]
pub struct Visitors<'a> {
    pub(super) db: &'a Db,
}

/// Visits of the support page.
#[derive(Debug, Clone, Copy)]
pub struct Visits<'a> {
    pub(super) db: &'a Db,
}

/// What callers left for the agents.
#[derive(Debug, Clone, Copy)]
pub struct Voicemails<'a> {
    pub(super) db: &'a Db,
}

/// The inbox, and who decides about what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Webhooks<'a> {
    pub(super) db: &'a Db,
}
