//! What the console asks the server.
//!
//! The functions are those of [`crate::api::contact_center`]; their requests are written here by hand, because what
//! Leptos makes of thirty functions, each with a request and a reader of its own, is a sixth of the page's program. A test
//! holds every one of them against its function. Refusals of access are read too, which Leptos' own client takes for
//! errors.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::Access;
use crate::api::contact_center::{Disposition, HistoryShow, Target};
use crate::browser::post::post;
use crate::domain::contact_center::presence::{Unable, Wish};

/// A request: where to, and its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    path: &'static str,
    body: String,
}

fn ask(path: &'static str) -> Ask {
    Ask { path, body: "{}".to_owned() }
}

impl Ask {
    fn with(mut self, name: &str, json: &str) -> Self {
        self.body.pop();
        if self.body.len() > 1 {
            self.body.push(',');
        }
        for part in ["\"", name, "\":", json, "}"] {
            self.body.push_str(part);
        }
        self
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.with(name, &quoted(text))
    }

    fn flag(self, name: &str, on: bool) -> Self {
        self.with(name, if on { "true" } else { "false" })
    }

    fn json(self, name: &str, value: &impl Serialize) -> Self {
        self.with(name, &serde_json::to_string(value).unwrap_or_default())
    }

    /// Sends it. `None` when nobody answered, or not what was asked for.
    pub async fn send<T: DeserializeOwned>(self) -> Option<Access<T>> {
        let answer = post(self.path, &self.body).await?;
        serde_json::from_str(&answer).ok()
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

pub fn heartbeat(tab: &str, gone: Option<&str>, unable: Option<Unable>) -> Ask {
    let gone = gone.map_or("null".to_owned(), quoted);
    ask("/api/console-heartbeat").text("tab", tab).with("gone", &gone).json("unable", &unable)
}

pub fn softphone(tab: &str, take_over: bool) -> Ask {
    ask("/api/console-softphone").text("tab", tab).flag("take_over", take_over)
}

/// For a beacon: where to, and the body.
pub fn leave(tab: &str) -> (&'static str, String) {
    let Ask { path, body } = ask("/api/console-leave").text("tab", tab);
    (path, body)
}

pub fn presence(wish: Wish) -> Ask {
    ask("/api/console-presence").json("wish", &wish)
}

pub fn cancel_pending() -> Ask {
    ask("/api/console-pending-cancel")
}

pub fn decline(offer: &str) -> Ask {
    ask("/api/console-decline").text("offer", offer)
}

pub fn hold(call: &str, on: bool) -> Ask {
    ask("/api/console-hold").text("call", call).flag("on", on)
}

pub fn mute(call: &str, on: bool) -> Ask {
    ask("/api/console-mute").text("call", call).flag("on", on)
}

pub fn keys(call: &str, keys: &str) -> Ask {
    ask("/api/console-keys").text("call", call).text("keys", keys)
}

pub fn hang_up(call: &str) -> Ask {
    ask("/api/console-hang-up").text("call", call)
}

pub fn leave_call(call: &str) -> Ask {
    ask("/api/console-leave-call").text("call", call)
}

pub fn transfer(call: &str, target: &Target) -> Ask {
    ask("/api/console-transfer").text("call", call).json("target", target)
}

pub fn consult(call: &str, target: &Target) -> Ask {
    ask("/api/console-consult").text("call", call).json("target", target)
}

pub fn complete(call: &str) -> Ask {
    ask("/api/console-consult-complete").text("call", call)
}

pub fn back(call: &str) -> Ask {
    ask("/api/console-consult-back").text("call", call)
}

pub fn join(call: &str) -> Ask {
    ask("/api/console-consult-join").text("call", call)
}

pub fn add(call: &str, target: &Target) -> Ask {
    ask("/api/console-add").text("call", call).json("target", target)
}

pub fn remove(call: &str, leg: &str) -> Ask {
    ask("/api/console-remove").text("call", call).text("leg", leg)
}

pub fn check_number(number: &str) -> Ask {
    ask("/api/console-number-check").text("number", number)
}

pub fn dial(number: &str) -> Ask {
    ask("/api/console-dial").text("number", number)
}

pub fn save_notes(call: &str, text: &str, disposition: Option<Disposition>) -> Ask {
    ask("/api/console-notes").text("call", call).text("text", text).json("disposition", &disposition)
}

pub fn extend_wrap_up(call: &str) -> Ask {
    ask("/api/console-wrap-up-extend").text("call", call)
}

pub fn finish_wrap_up(call: &str) -> Ask {
    ask("/api/console-wrap-up-done").text("call", call)
}

pub fn history(show: HistoryShow, before: Option<&str>) -> Ask {
    ask("/api/console-history").json("show", &show).with("before", &before.map_or("null".to_owned(), quoted))
}

pub fn missed_seen() -> Ask {
    ask("/api/console-missed-seen")
}

pub fn claim(call: &str) -> Ask {
    ask("/api/console-claim").text("call", call)
}

pub fn voicemails() -> Ask {
    ask("/api/console-voicemails")
}

pub fn voicemail_heard(id: &str) -> Ask {
    ask("/api/console-voicemail-heard").text("id", id)
}

pub fn voicemail_retry(id: &str) -> Ask {
    ask("/api/console-voicemail-retry").text("id", id)
}

pub fn voicemail_delete(id: &str) -> Ask {
    ask("/api/console-voicemail-delete").text("id", id)
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn;

    use super::*;
    use crate::api::contact_center as api;
    use crate::domain::contact_center::presence::AwayReason;

    /// The request goes to that function, has all of its fields and no other.
    fn asks<F: ServerFn + DeserializeOwned + Serialize>(ask: Ask) {
        assert_eq!(F::PATH, ask.path);
        let read: F = serde_json::from_str(&ask.body).unwrap_or_else(|error| panic!("{ask:?}: {error}"));
        let sent: serde_json::Value = serde_json::from_str(&ask.body).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), sent);
    }

    #[test]
    fn every_request_is_what_its_function_takes() {
        let odd = "a\"b\\c\nd é";
        let agent = Target::Agent("Joe".into());
        asks::<api::Heartbeat>(heartbeat(odd, None, None));
        for unable in Unable::EVERY {
            asks::<api::Heartbeat>(heartbeat("t", Some(odd), Some(unable)));
        }
        asks::<api::GetSoftphone>(softphone("t", true));
        let (path, body) = leave("t");
        asks::<api::Leave>(Ask { path, body });
        for wish in [Wish::Ready, Wish::Away(AwayReason::Lunch), Wish::Offline] {
            asks::<api::SetPresence>(presence(wish));
        }
        asks::<api::CancelPending>(cancel_pending());
        asks::<api::Decline>(decline("o"));
        asks::<api::Hold>(hold(odd, true));
        asks::<api::Mute>(mute("c", false));
        asks::<api::SendKeys>(keys("c", "5#"));
        asks::<api::HangUp>(hang_up("c"));
        asks::<api::LeaveCall>(leave_call("c"));
        asks::<api::Transfer>(transfer("c", &agent));
        asks::<api::StartConsult>(consult("c", &Target::Number("+44".into())));
        asks::<api::CompleteTransfer>(complete("c"));
        asks::<api::BackToCaller>(back("c"));
        asks::<api::JoinAll>(join("c"));
        asks::<api::AddParty>(add("c", &agent));
        asks::<api::RemoveParty>(remove("c", "l"));
        asks::<api::CheckNumber>(check_number("+44 7"));
        asks::<api::Dial>(dial("+44 7"));
        asks::<api::SaveNotes>(save_notes("c", odd, Some(Disposition::FollowUp)));
        asks::<api::SaveNotes>(save_notes("c", "", None));
        asks::<api::ExtendWrapUp>(extend_wrap_up("c"));
        asks::<api::FinishWrapUp>(finish_wrap_up("c"));
        asks::<api::GetHistory>(history(HistoryShow::Missed, Some(odd)));
        asks::<api::GetHistory>(history(HistoryShow::Mine, None));
        asks::<api::MissedSeen>(missed_seen());
        asks::<api::Claim>(claim("c"));
        asks::<api::Voicemails>(voicemails());
        asks::<api::VoicemailHeard>(voicemail_heard("v"));
        asks::<api::VoicemailRetry>(voicemail_retry("v"));
        asks::<api::VoicemailDelete>(voicemail_delete("v"));
    }
}
