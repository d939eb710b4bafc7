//! A conversation: the legs that are together, and their audio.

use tokio::sync::watch;

use super::media::mixer::Mixer;

/// A conversation. A call's own one has a generated name and ends with its leading leg; a named one (NCCO action
/// `conversation`) belongs to its members.
pub struct Conversation {
    pub id: String,
    pub name: String,
    pub application: String,
    /// Where it lives; empty: at the API host.
    pub region: String,
    pub created_ms: i64,
    /// Legs in it, ringing ones included, in the order of their coming.
    pub legs: Vec<String>,
    /// The leg whose call flow it serves; the conversation ends with it. None for named ones.
    pub lead: Option<String>,
    pub named: bool,
    /// Somebody came in whom the others waited for (`startOnEnter`).
    pub open: watch::Sender<bool>,
    mixer: Option<Mixer>,
    /// The number of the last socket event, dense from 1.
    last_event: u64,
}

impl Conversation {
    pub fn new(
        id: String,
        name: String,
        application: String,
        region: String,
        created_ms: i64,
        named: bool,
    ) -> Conversation {
        Conversation {
            id,
            name,
            application,
            region,
            created_ms,
            legs: Vec::new(),
            lead: None,
            named,
            open: watch::channel(false).0,
            mixer: None,
            last_event: 0,
        }
    }

    /// Its audio; started when it is first needed, and again when people come back to a named conversation.
    pub fn mixer(&mut self) -> Mixer {
        self.mixer.get_or_insert_with(Mixer::start).clone()
    }

    /// The number of the next socket event.
    pub fn next_event(&mut self) -> u64 {
        self.last_event += 1;
        self.last_event
    }

    /// The number of the socket event that was sent last; 0 before the first.
    pub fn last_event(&self) -> u64 {
        self.last_event
    }

    pub fn enter(&mut self, leg: &str) {
        if !self.legs.iter().any(|here| here == leg) {
            self.legs.push(leg.to_owned());
        }
    }

    /// Takes a leg out; the last one to go closes the audio.
    pub fn leave(&mut self, leg: &str) {
        self.legs.retain(|here| here != leg);
        if self.legs.is_empty() {
            self.open.send_replace(false);
            if let Some(mixer) = self.mixer.take() {
                mixer.close();
            }
        }
    }
}
