//! How a leg ends: its last status, and the words for it on each wire.

use super::Status;

/// Who ended a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    User,
    Platform,
}

/// How a leg ended.
#[derive(Debug, Clone)]
pub struct Ending {
    pub status: Status,
    pub by: By,
    /// The `detail` of the webhook.
    pub detail: Option<&'static str>,
    pub sip_code: u16,
    /// `reason.code` and `reason.text` of the Client SDK's `rtc:hangup`.
    pub code: &'static str,
    pub text: String,
    /// `reason` of the leg's own `member:left`; the Client SDK derives its reason from the code.
    pub left: Option<(String, String)>,
    /// The application closed its WebSocket: it is told so by an event of its own, whose answer may be a call flow.
    pub disconnected: bool,
}

impl Ending {
    fn new(status: Status, by: By, sip_code: u16, code: &'static str, text: &str) -> Ending {
        Ending { status, by, detail: None, sip_code, code, text: text.to_owned(), left: None, disconnected: false }
    }

    fn left(mut self, code: &str, text: &str) -> Ending {
        self.left = Some((code.to_owned(), text.to_owned()));
        self
    }

    /// The leg's own party hung up.
    pub fn own_hangup() -> Ending {
        Ending::new(Status::Completed, By::User, 200, "LOCAL_HANGUP", "Normal call clearing")
    }

    /// The Client SDK hung up, with the reason that it gave.
    pub fn sdk_hangup(code: Option<String>, text: Option<String>) -> Ending {
        let mut ending = Ending::own_hangup();
        if let Some(text) = &text {
            ending.text.clone_from(text);
        }
        ending.left = code.map(|code| (code, text.unwrap_or_default()));
        ending
    }

    /// The other side, the flow or the REST API ended it.
    pub fn remote_hangup() -> Ending {
        Ending::new(Status::Completed, By::Platform, 200, "REMOTE_HANGUP", "Normal call clearing")
    }

    /// The call flow is over because nobody could be reached.
    pub fn after_failed_connect(failed: Status) -> Ending {
        match failed {
            Status::Rejected => Ending::new(Status::Completed, By::Platform, 200, "REMOTE_REJECTED", "rejected")
                .left("remote_rejected", "The callee rejected the call."),
            Status::Busy => Ending::new(Status::Completed, By::Platform, 200, "REMOTE_BUSY", "busy")
                .left("remote_busy", "The callee is busy."),
            Status::Timeout | Status::Unanswered => {
                Ending::new(Status::Completed, By::Platform, 200, "REMOTE_NO_ANSWER", "no answer")
                    .left("ring_timer", "The callee did not answer.")
            }
            _ => Ending::new(Status::Completed, By::Platform, 200, "REMOTE_FAILURE", "failed"),
        }
    }

    /// `limit` or `length_timer` ran out.
    pub fn length_timer() -> Ending {
        Ending::new(Status::Completed, By::Platform, 200, "LENGTH_TIMER", "The call reached its longest duration.")
    }

    /// No audio came for too long.
    pub fn media_lost() -> Ending {
        Ending::new(Status::Completed, By::Platform, 408, "REMOTE_FAILURE", "Media timeout")
    }

    /// Rang too long.
    pub fn ring_timer() -> Ending {
        Ending::new(Status::Timeout, By::Platform, 487, "RING_TIMER", "The ring timer ran out.")
    }

    /// The caller gave up.
    pub fn cancelled() -> Ending {
        // 200, not SIP's 487: the Client SDK takes 487 for a time-out.
        Ending::new(Status::Cancelled, By::User, 200, "REMOTE_CANCEL", "The caller cancelled.")
    }

    pub fn busy() -> Ending {
        Ending::new(Status::Busy, By::User, 486, "REMOTE_BUSY", "Busy here")
    }

    pub fn declined() -> Ending {
        let ending = Ending::new(Status::Rejected, By::User, 603, "REMOTE_REJECTED", "Declined");
        Ending { detail: Some("declined"), ..ending }.left("REMOTE_REJECT", "call-rejected-by-callee")
    }

    /// Nothing at the other end: `cannot_route`.
    pub fn cannot_route() -> Ending {
        let ending = Ending::new(Status::Failed, By::Platform, 404, "REMOTE_NOT_FOUND", "Cannot route");
        Ending { detail: Some("cannot_route"), ..ending }
    }

    /// The application closed its WebSocket.
    pub fn disconnected() -> Ending {
        Ending { disconnected: true, ..Ending::own_hangup() }
    }

    /// The application's WebSocket could not be opened.
    pub fn no_socket() -> Ending {
        let ending = Ending::new(Status::Failed, By::Platform, 502, "REMOTE_FAILURE", "Destination out of order");
        Ending { detail: Some("unavailable"), ..ending }
    }

    /// The application did not answer the WebSocket handshake.
    pub fn unanswered() -> Ending {
        Ending::new(Status::Unanswered, By::Platform, 480, "REMOTE_NO_ANSWER", "No answer")
    }

    /// The sandbox itself could not: `internal_error`.
    pub fn internal_error() -> Ending {
        let ending = Ending::new(Status::Failed, By::Platform, 500, "REMOTE_FAILURE", "Internal error");
        Ending { detail: Some("internal_error"), ..ending }
    }
}
