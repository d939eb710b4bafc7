//! The contact centre: who is there, who gets which call, and what is done in a call.
//!
//! | module           | use case                                                                    |
//! |------------------|-----------------------------------------------------------------------------|
//! | [`command`]      | what a console asks for, and what does it                                   |
//! | [`tabs`]         | a console's pages: signs of life, the softphone and its token                |
//! | [`view`]         | what a console shows                                                        |
//! | [`queue_figures`] | how each queue does                                                        |
//! | [`history`]      | earlier calls, and who calls a customer back                                 |
//! | [`voicemail`]    | messages are fetched, kept, played                                          |
//! | [`after_call`]   | notes, disposition, wrap-up                                                 |
//! | [`handing_over`] | transfer, consult, add                                                      |
//! | [`ending`]       | a call is hung up, by an agent or by hand, and ended until that is confirmed |
//! | [`leaving`]      | one of several leaves a call, and the others go on                          |
//! | [`controls`]     | hold, mute, keys, decline                                                   |
//! | [`console_settings`] | what agents choose from, and the rules of their console                |
//! | [`answers`]      | the platform asks what to do with a caller, or with one whose agent is away |
//! | [`in_menus`]     | a caller is in a menu and presses keys                                      |
//! | [`outbound`]     | an agent's softphone calls out, and the platform asks what to do             |
//! | [`events`]       | what follows from the platform's events about a leg                         |
//! | [`liveness`]     | the platform is asked whether calls still go on of which nothing is heard   |
//! | [`visitors`]     | what a visitor's page is told in the queue, and what it may ask for         |
//! | [`sweep`]        | what happens by itself: sleep, the end of wrap-up, offers nobody took       |
//! | [`presence`]     | an agent is there, or wants a break                                         |
//! | [`dialling`]     | which numbers an agent may call, and as whom                                |
//! | [`routing`]      | a caller is offered to the right agent, or waits                            |
//! | [`offers`]       | an offer that nobody took                                                   |
//! | [`ring_all`]     | a caller rings at several agents, and the first who accepts is theirs       |
//! | [`leaving_queue`] | a caller may not stay in a queue                                           |
//! | [`waiting`]      | whose turn it is of those who wait, and how long it takes                   |
//! | [`release`]      | everybody is out of a call                                                  |
//! | [`board`]        | the rows: read, changed, written                                            |
//! | [`finding`]      | which call a webhook is about                                               |
//!
//! Every change reads rows, decides by `domain::contact_center`, and writes all of it in one transaction that fails when
//! somebody else was faster; then it is decided again. So two nodes, or two webhooks at once, cannot both win.
//!
//! A handle holds only handles that stand below it in the table; [`board`] is under all of them.

mod after_call;
mod answers;
mod board;
mod command;
mod console_settings;
mod controls;
mod dialling;
mod draft;
mod ending;
mod events;
mod finding;
mod handing_over;
mod history;
mod in_menus;
mod leaving;
mod leaving_queue;
mod legs;
mod liveness;
mod messages;
mod offers;
mod outbound;
mod presence;
mod queue_figures;
mod release;
mod ring_all;
mod routing;
mod sweep;
mod tabs;
#[cfg(test)]
mod tests;
mod view;
mod visitors;
mod voicemail;
mod waiting;
mod watch;

use super::shared::Shared;
use crate::service::click_to_call::Visits;
use after_call::AfterCall;
use answers::Answers;
use board::Board;
use command::Consoles;
use console_settings::Choices;
use controls::Controls;
use dialling::Dialling;
use ending::Ending;
use events::LegEvents;
use handing_over::HandingOver;
use history::History;
use leaving::Leaving;
use liveness::Liveness;
use presence::Presence;
use routing::Routing;
use sweep::Sweep;
use tabs::Tabs;
use view::View;
use visitors::Visitors;
use voicemail::Voicemails;
use waiting::WaitingCallers;

pub use voicemail::Audio;

/// The contact centre, by job. Shared by those who need it: its parts hold one another by value, so a copy is large.
pub struct ContactCenter {
    pub consoles: Consoles,
    pub presence: Presence,
    pub view: View,
    pub voicemails: Voicemails,
    pub visitors: Visitors,
    pub ending: Ending,
    pub answers: Answers,
    pub events: LegEvents,
    pub sweep: Sweep,
    pub choices: Choices,
}

impl ContactCenter {
    pub(super) fn new(shared: &Shared, visits: Visits) -> Self {
        let board = Board::new(shared);
        let dialling = Dialling::new(board.clone(), shared.queues.clone());
        let waiting = WaitingCallers::new(board.clone(), shared.queues.clone());
        let routing = Routing::new(board.clone(), dialling.clone(), waiting.clone());
        let presence = Presence::new(routing.clone());
        let controls = Controls::new(routing.clone());
        let voicemails = Voicemails::new(board.clone());
        let events = LegEvents::new(presence.clone(), controls.clone(), voicemails.clone(), routing.clone());
        let liveness = Liveness::new(routing.clone(), controls.clone(), events.clone());
        let leaving = Leaving::new(routing.clone(), controls.clone());
        let ending = Ending::new(routing.clone(), controls.clone(), leaving.clone(), liveness.clone());
        let consoles = Consoles {
            tabs: Tabs::new(routing.clone(), presence.clone(), controls.clone(), liveness.clone()),
            handing_over: HandingOver::new(routing.clone(), controls.clone(), leaving, dialling.clone()),
            after_call: AfterCall::new(routing.clone()),
            history: History::new(board.clone()),
            presence: presence.clone(),
            controls: controls.clone(),
            ending: ending.clone(),
            dialling: dialling.clone(),
            voicemails: voicemails.clone(),
        };
        Self {
            choices: Choices::new(board.clone()),
            view: View::new(board.clone(), presence.clone(), dialling.clone(), waiting.clone()),
            visitors: Visitors::new(board, dialling.clone(), waiting, visits, shared.hours.clone()),
            answers: Answers::new(
                routing.clone(),
                dialling,
                presence.clone(),
                shared.flows.clone(),
                shared.hours.clone(),
                shared.menus.clone(),
            ),
            sweep: Sweep::new(routing, controls, liveness),
            consoles,
            presence,
            voicemails,
            ending,
            events,
        }
    }
}
