//! A call flow as boxes and arrows, with whom it could ring.

use super::{CallFlows, Filling};
use crate::domain::call_flows::drawing::act::{Done, Open};
use crate::domain::call_flows::drawing::{Picture, drawing, form};
use crate::domain::queue::STANDING_NAME;

impl CallFlows {
    /// The drawing of a text, with this box open.
    pub async fn picture(&self, text: &str, open: Open) -> Picture {
        let filling = self.dry_filling();
        let menus = self.for_a_dry_run(None).await;
        let (read, _) = self.with_read_numbers(text);
        let drawing = drawing(text, &read, &filling, &menus);
        let form = match open {
            Open::Action(at) if drawing.is_some() => form(text, at),
            _ => None,
        };
        let mut agents: Vec<String> = self.lines.directory().agents.iter().cloned().collect();
        agents.sort();
        let mut queues: Vec<String> = self.lines.queues().values().cloned().collect();
        if queues.is_empty() {
            queues.push(STANDING_NAME.to_owned());
        }
        queues.sort();
        Picture { drawing, open, form, agents, queues, ..Picture::default() }
    }

    /// The drawing after something was done at it.
    pub async fn picture_of(&self, done: Done) -> Picture {
        let picture = self.picture(&done.text, done.open).await;
        Picture { said: done.said, refused: done.refused, ..picture }
    }

    /// What stands for the placeholders while nobody calls.
    pub(super) fn dry_filling(&self) -> Filling {
        Filling {
            own_number: self.core.settings.support.number.clone(),
            dtmf_url: self.dtmf_url(),
            ..Filling::sample()
        }
    }
}
