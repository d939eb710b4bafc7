//! The platform's REST requests, as far as the contact centre makes them.

use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

use super::model::{Doing, LegState, Model, Platform, Who, short};

impl Respond for Platform {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.state().rest(request)
    }
}

fn missing() -> ResponseTemplate {
    ResponseTemplate::new(404).set_body_json(json!({"title": "Not Found"}))
}

impl Model {
    fn rest(&mut self, request: &Request) -> ResponseTemplate {
        let what = format!("{} {}", request.method, request.url.path());
        let nth = self.requests.entry(what.clone()).or_default();
        *nth += 1;
        let mut chance = super::model::chance(self.seed, ("rest", &what, *nth));
        let fails = !self.calm && chance.of_thousand(self.plan.rest_fails);
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let path: Vec<&str> = request.url.path().trim_matches('/').split('/').collect();
        if fails {
            self.log(format!("{what} fails"));
            // It may have been done all the same, and only the answer is lost.
            if chance.below(4) == 0 && request.method.as_str() == "POST" && path[..] == ["v1", "calls"] {
                self.created(&body);
            }
            return if chance.below(4) == 0 { ResponseTemplate::new(500) } else { missing() };
        }
        match (request.method.as_str(), &path[..]) {
            ("POST", ["v1", "calls"]) => ResponseTemplate::new(201).set_body_json(self.created(&body)),
            ("GET", ["v1", "calls"]) => {
                let wanted = request.url.query_pairs().find(|(name, _)| name == "conversation_uuid").unwrap().1;
                let legs = (0..self.legs.len()).filter(|leg| self.legs[*leg].conversation == wanted);
                let calls: Vec<Value> = legs.map(|leg| self.shown(leg)).collect();
                ResponseTemplate::new(200).set_body_json(json!({"_embedded": {"calls": calls}}))
            }
            (method, ["v1", "calls", leg, rest @ ..]) => {
                let Some(at) = self.legs.iter().position(|found| found.id == *leg) else { return missing() };
                match (method, rest) {
                    ("GET", []) => ResponseTemplate::new(200).set_body_json(self.shown(at)),
                    _ if self.legs[at].state == LegState::Over => missing(),
                    ("PUT", []) => {
                        self.changed(at, &body);
                        ResponseTemplate::new(204)
                    }
                    _ => ResponseTemplate::new(200).set_body_json(json!({"message": "done", "uuid": leg})),
                }
            }
            _ => missing(),
        }
    }

    fn shown(&self, leg: usize) -> Value {
        let found = &self.legs[leg];
        let status = match found.state {
            LegState::Ringing => "ringing",
            LegState::Answered => "answered",
            LegState::Over => found.ended,
        };
        let to = match &found.who {
            Who::Agent(name) => json!({"type": "app", "user": name}),
            _ => json!({"type": "phone"}),
        };
        json!({"uuid": found.id, "conversation_uuid": found.conversation, "status": status, "to": to})
    }

    /// Somebody is called.
    fn created(&mut self, body: &Value) -> Value {
        let to = &body["to"][0];
        let (name, who) = match to["user"].as_str() {
            Some(agent) => (agent.to_owned(), Who::Agent(agent.to_owned())),
            None => (to["number"].as_str().unwrap().to_owned(), Who::Phone),
        };
        let from = body["from"]["number"].as_str().unwrap().to_owned();
        let nth = self.legs.len();
        let (id, conversation) = (format!("called-{nth}-{name}"), format!("CON-called-{nth}"));
        let leg = self.new_leg(id.clone(), who, &from, &name, &conversation);
        let rings = body["ringing_timer"].as_i64().unwrap();
        self.legs[leg].flow = body["ncco"].as_array().unwrap().clone();
        self.legs[leg].doing = Doing::Called { until: self.now + rings * 1_000 };
        self.log(format!("{id} is called"));
        self.told(leg, "started");
        self.told(leg, "ringing");
        json!({"uuid": id, "conversation_uuid": conversation, "status": "started", "direction": "outbound"})
    }

    fn changed(&mut self, leg: usize, body: &Value) {
        match body["action"].as_str().unwrap_or_default() {
            "transfer" => {
                let flow = body["destination"]["ncco"].as_array().unwrap().clone();
                self.led(leg, flow);
            }
            "hangup" => self.hung_up(leg),
            "mute" => self.legs[leg].ears.muted = true,
            "unmute" => self.legs[leg].ears.muted = false,
            "earmuff" => self.legs[leg].ears.earmuffed = true,
            "unearmuff" => self.legs[leg].ears.earmuffed = false,
            other => self.never(format!("a leg is asked to {other}")),
        }
    }

    /// A transfer: a new conversation, a new flow.
    fn led(&mut self, leg: usize, flow: Vec<Value>) {
        let room = flow.first().is_some_and(|action| action["action"] == "conversation");
        if let Who::Caller(caller) = self.legs[leg].who {
            if !self.with(leg).is_empty() && !self.may_move.contains(&caller) {
                self.never(format!("caller{caller} is taken out of a conversation"));
            }
            // Two who were brought together stay together in their room.
            self.callers[caller].served &= room;
        }
        let nth = self.legs[leg].version;
        let to = format!("CON-{}-{nth}", self.legs[leg].id);
        let home = super::model::Conversation { lead: Some(leg), room: None };
        self.conversations.insert(to.clone(), home);
        self.log(format!("{} is led to {}", self.legs[leg].id, short(&flow)));
        self.move_leg(leg, &to);
        let found = &mut self.legs[leg];
        (found.flow, found.doing, found.version) = (flow, Doing::Next, found.version + 1);
    }

    fn hung_up(&mut self, leg: usize) {
        let talks = self.legs[leg].state == LegState::Answered;
        if let Some(caller) = self.caller_of(leg).filter(|_| talks) {
            if !self.may_end.contains(&caller) && !self.with(leg).is_empty() {
                self.never(format!(
                    "{} is hung up, and nobody who talks to caller{caller} wants that",
                    self.legs[leg].id
                ));
            }
            if self.legs[leg].who == Who::Caller(caller) {
                self.callers[caller].served = true;
            }
        }
        self.end(leg, "cancelled", "hung up by REST");
    }
}
