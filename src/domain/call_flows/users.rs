//! Whom a flow rings in their browser: somebody of that name has to be there, or a queue.

use serde_json::Value;

use super::{DTMF_URL, FieldLines, OWN_NUMBER, PARAMS_TO, Problem};
use crate::domain::contact_center::operator_flow::QUEUE;
use crate::domain::ncco::Reason;

/// Tells whether there is a user of a name, or a queue: `queue:Sales`.
pub type Users<'a> = &'a dyn Fn(&str) -> bool;

/// The users and queues of a flow that are not here. Warnings: an application can have users who are not ours. Of a text that
/// cannot be read there are none.
#[must_use]
pub fn unknown_users(text: &str, known: Users<'_>) -> Vec<Problem> {
    let Ok(Value::Array(actions)) = serde_json::from_str(text) else { return Vec::new() };
    let lines = FieldLines::of(text);
    let mut found = Vec::new();
    for (at, action) in actions.iter().enumerate() {
        let endpoints = action.get("endpoint").and_then(Value::as_array);
        for (nth, endpoint) in endpoints.into_iter().flatten().enumerate() {
            let user = endpoint.get("user").and_then(Value::as_str).unwrap_or_default();
            let placeholder = [OWN_NUMBER, PARAMS_TO, DTMF_URL].iter().any(|word| user.contains(word));
            // Only an `app` endpoint names one of our users; the `user` of a SIP address is another thing.
            let rung = endpoint.get("type").and_then(Value::as_str) == Some("app");
            if rung && !user.is_empty() && !placeholder && !known(user) {
                let field = format!("[{at}].endpoint[{nth}].user");
                let queue = user.strip_prefix(QUEUE).map(|name| Reason::NoQueue(name.trim().to_owned()));
                let reason = queue.unwrap_or_else(|| Reason::NoUser(user.to_owned()));
                found.push(Problem { line: lines.of_field(&field), field, reason, only_a_warning: true });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call_flows::Preset;

    #[test]
    fn a_user_whom_nobody_knows_is_a_warning_at_their_name() {
        let jane = |name: &str| name == "Jane";
        assert_eq!(unknown_users(Preset::Inbound.text(), &jane), []);
        let text = Preset::Inbound.text().replace("\"Jane\"", "\"Nobody\"");
        let [found] = &unknown_users(&text, &jane)[..] else { panic!("one") };
        assert_eq!((found.field.as_str(), found.only_a_warning), ("[1].endpoint[0].user", true));
        assert!(text.lines().nth(found.line - 1).unwrap().contains("Nobody"));
        assert_eq!(found.reason, Reason::NoUser("Nobody".into()));
        let text = Preset::Inbound.text().replace("\"Jane\"", "\"queue:Sales\"");
        assert_eq!(unknown_users(&text, &jane)[0].reason, Reason::NoQueue("Sales".into()));
        assert_eq!(unknown_users(&text, &|name: &str| name == "queue:Sales"), []);
        for other in [
            r#"[{"action": "connect", "endpoint": [{"type": "sip", "domain": "d", "user": "Nobody"}]}]"#,
            r#"[{"action": "connect", "endpoint": [{"type": "app", "user": "PARAMS_TO"}]}]"#,
            r#"[{"action": "connect", "endpoint": [{"type": "app", "user": ""}]}]"#,
            "[",
        ] {
            assert_eq!(unknown_users(other, &jane), [], "{other}");
        }
    }
}
