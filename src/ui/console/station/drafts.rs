//! What was written about calls goes to the server.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{ANSWER_MS, Station};
use crate::api::Access;
use crate::api::contact_center::{Command, Reply};
use crate::browser::page;
use crate::ui::console::command;
use crate::ui::console::drafts::Draft;

/// Between two tries while the server does not answer, ms.
const AGAIN_MS: u32 = 2_000;

/// How long what is asked for waits for what was written, and how often that is looked at, ms.
const WRITTEN_MS: u32 = 3_000;
const LOOK_MS: u32 = 50;

impl Station {
    /// Asks for something when what was written is at the server: wrap-up may not end without it.
    pub(in crate::ui::console) fn ask_after_notes(self, command: Command) {
        self.send_drafts();
        spawn_local(async move {
            for _ in 0..WRITTEN_MS / LOOK_MS {
                if self.drafts.first().is_none() {
                    break;
                }
                page::sleep(LOOK_MS).await;
            }
            self.done(command).await;
        });
    }

    /// Sends what is there, and tries again until the server has it. Signing in again begins it again.
    pub(in crate::ui::console) fn send_drafts(self) {
        let drafts = self.drafts;
        if drafts.sending.get_value() {
            return;
        }
        drafts.sending.set_value(true);
        spawn_local(async move {
            while let Some(draft) = drafts.first() {
                let Draft { call, text, disposition } = draft.clone();
                let reply = command::send(Command::Notes { call, text, disposition });
                match page::within(ANSWER_MS, reply).await.flatten() {
                    Some(Access::Granted(reply)) => {
                        if let Reply::Refused(refusal) = reply {
                            self.refusal.set(Some(refusal));
                        }
                        drafts.away.set(false);
                        drafts.saved(&draft);
                    }
                    Some(refused) => {
                        self.refused(&refused);
                        break;
                    }
                    None => {
                        drafts.away.set(true);
                        page::sleep(AGAIN_MS).await;
                    }
                }
            }
            drafts.sending.set_value(false);
        });
    }
}
