//! Calling somebody: a phone rings, or a user of the Client SDK is invited.

use tokio::sync::oneshot;

use super::{Exchange, NewLeg};
use crate::account::{Application, Hook};
use crate::leg::{Direction, Ending, Endpoint, Party, Status};
use crate::media::Port;
use crate::media::rtc::RtcLeg;
use crate::media::socket::{BUFFER, Closed, NoSocket, Socket, Target};
use crate::sdk::events;
use crate::sdk::socket::Change;
use crate::webhook::EventReply;

/// A call to place.
pub struct Outgoing {
    pub application: Application,
    pub conversation: String,
    pub to: Endpoint,
    pub from: Endpoint,
    pub hook: Option<Hook>,
    pub lead: bool,
    pub whisper: bool,
    pub failure: Option<oneshot::Sender<EventReply>>,
    /// Gets the application's answer to the event that it closed its WebSocket.
    pub closing: Option<oneshot::Sender<EventReply>>,
}

impl Exchange {
    /// Places a call and answers the leg, which rings or, when nobody can be reached, is over already.
    ///
    /// A user without a session rings too: an invitation waits for the page to open, as the platform's push
    /// notifications would have it, until the ring timer runs out.
    pub async fn place(&self, out: Outgoing) -> String {
        let (mut party, mut trouble, mut rtc, mut port, mut offer) = (Party::Nobody, None, None, None, None);
        match &out.to {
            // A call to a number of the account would leave the platform and come back; there is no carrier here.
            Endpoint::Phone(number) if self.accounts.number(number).is_some() => trouble = Some(Ending::cannot_route()),
            Endpoint::Phone(number) => party = Party::Phone { number: number.clone() },
            Endpoint::App(user) => {
                let user_id = self.state().user(&out.application.id, user).map(|user| user.id.clone());
                match (user_id, RtcLeg::offer(&self.net).await) {
                    (None, _) => trouble = Some(Ending::cannot_route()),
                    (Some(_), Err(error)) => {
                        self.trace.note(Some(&out.conversation), format!("No media for the callee: {error}."));
                        trouble = Some(Ending::internal_error());
                    }
                    (Some(user_id), Ok((leg, sdp, leg_port))) => {
                        party = Party::App { user_id };
                        (rtc, port, offer) = (Some(leg), Some(leg_port), Some(sdp));
                    }
                }
            }
            Endpoint::Other(value) if value["type"] == "websocket" => party = Party::Socket,
            Endpoint::Other(value) => {
                let kind = value["type"].as_str().unwrap_or_default();
                self.trace.note(Some(&out.conversation), format!("The sandbox does not connect to {kind} endpoints."));
                trouble = Some(Ending::cannot_route());
            }
        }
        let socket = (party == Party::Socket).then(|| (out.application.clone(), out.to.clone()));
        let leg = self.new_leg(NewLeg {
            application: out.application.id,
            conversation: out.conversation,
            party: party.clone(),
            direction: Direction::Outbound,
            from: out.from,
            to: out.to,
            hook: out.hook,
            rtc,
            port,
            offer,
            lead: out.lead,
            whisper: out.whisper,
            failure: out.failure,
            closing: out.closing,
        });
        self.started(&leg);
        if let Some(trouble) = trouble {
            self.end(&leg, trouble);
            return leg;
        }
        match party {
            Party::Phone { number } => {
                if self.ring_phone(&number, &leg) {
                    self.ringing(&leg);
                } else {
                    self.end(&leg, Ending::busy());
                }
            }
            Party::App { .. } => self.ringing_at_sdk(&leg),
            Party::Socket => {
                if let Some((application, to)) = socket {
                    self.spawn(self.clone().connect_socket(leg.clone(), application, to));
                }
            }
            Party::Nobody => {}
        }
        leg
    }

    /// Opens the application's WebSocket, which is its answer, and carries the leg's audio until it is over.
    async fn connect_socket(self, leg: String, application: Application, to: Endpoint) {
        let Endpoint::Other(endpoint) = to else { return };
        let conversation = self.state().legs.get(&leg).map(|leg| leg.conversation.clone()).unwrap_or_default();
        let authorization = match endpoint["authorization"]["type"].as_str() {
            Some("vonage") => Some(self.sender.bearer(&application)),
            Some(_) => endpoint["authorization"]["value"].as_str().map(str::to_owned),
            None => None,
        };
        let target = Target {
            uri: endpoint["uri"].as_str().unwrap_or_default().to_owned(),
            content_type: endpoint["content-type"].as_str().unwrap_or_default().to_owned(),
            headers: endpoint["headers"].as_object().cloned().unwrap_or_default(),
            authorization,
        };
        let opened = tokio::select! {
            opened = Socket::open(target) => opened,
            () = self.over(&leg) => return,
        };
        let (socket, handle) = match opened {
            Ok(opened) => opened,
            Err(trouble) => {
                self.trace.note(Some(&conversation), format!("The WebSocket could not be opened: {trouble}."));
                let timeout = trouble == NoSocket::Timeout;
                return self.end(&leg, if timeout { Ending::unanswered() } else { Ending::no_socket() });
            }
        };
        let (port, end) = Port::pair();
        {
            let mut state = self.state();
            let Some(found) = state.legs.get_mut(&leg).filter(|leg| !leg.status.is_over()) else { return };
            (found.socket, found.port) = (Some(handle), Some(port));
        }
        if !self.answered(&leg) {
            return;
        }
        let (trace, noted) = (self.trace.clone(), conversation.clone());
        let closed = socket.carry(end, move |note| trace.note(Some(&noted), note)).await;
        match closed {
            Closed::ByUs => {}
            Closed::ByApplication(reason) => {
                self.trace.note(Some(&conversation), format!("The application closed its WebSocket: {reason}."));
                self.end(&leg, Ending::disconnected());
            }
            Closed::Stuck => {
                let note = format!("The application reads nothing: {BUFFER} messages wait. The WebSocket is given up.");
                self.trace.note(Some(&conversation), note);
                self.end(&leg, Ending::media_lost());
            }
        }
    }

    /// Sends the invitations of ringing legs to sessions that open while it rings.
    pub(super) async fn invite_those_who_come_later(self) {
        let mut changes = self.hub.changes();
        loop {
            let change = match changes.recv().await {
                Ok(change) if change.change == Change::Opened => change,
                Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => continue,
                Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
            };
            let mut state = self.state();
            let ringing: Vec<String> = state
                .legs_with(&Party::App { user_id: change.session.user_id.clone() })
                .into_iter()
                .filter(|leg| {
                    state.legs.get(leg).is_some_and(|leg| leg.status == Status::Ringing && leg.offer.is_some())
                })
                .collect();
            for leg in ringing {
                events::invite(&self, &mut state, &leg, Some(&change.session.id));
            }
        }
    }
}
