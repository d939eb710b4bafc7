//! Time goes on: call flows are carried out, telephones stop ringing.

use serde_json::{Value, json};

use super::model::{Ask, Conversation, Doing, LegState, Model, Who};
use crate::service::received::{Received, WebhookKind};
use crate::service::tests::event;

/// So many actions of one flow may follow each other at once.
const AT_ONCE: usize = 8;

impl Model {
    /// What callers hear ends, telephones stop ringing. What we are asked then.
    pub(super) fn advance(&mut self) -> Vec<Ask> {
        let mut asks = Vec::new();
        for leg in 0..self.legs.len() {
            for _ in 0..AT_ONCE {
                if self.legs[leg].state == LegState::Over || !self.goes_on(leg, &mut asks) {
                    break;
                }
            }
        }
        asks
    }

    /// One step of a leg's flow. Whether there may be another one at once.
    fn goes_on(&mut self, leg: usize, asks: &mut Vec<Ask>) -> bool {
        match self.legs[leg].doing.clone() {
            Doing::Next => self.next_action(leg),
            Doing::Until(until) if until <= self.now => self.legs[leg].doing = Doing::Next,
            Doing::Keys { until, url } if until <= self.now => {
                let ask = self.keys(leg, &url, "");
                asks.push(ask);
            }
            Doing::Rings { leg: rung, until } => match self.legs[rung].state {
                LegState::Answered => {
                    self.legs[leg].doing = Doing::Together { leg: rung };
                    self.meets(leg);
                }
                LegState::Over => {
                    let status = self.legs[rung].ended;
                    let ask = self.not_taken(rung, status);
                    asks.extend(ask);
                }
                LegState::Ringing if until <= self.now => {
                    let ask = self.not_taken(rung, "timeout");
                    asks.extend(ask);
                }
                LegState::Ringing => return false,
            },
            Doing::Together { leg: other }
                if self.legs[other].state == LegState::Over
                    || self.legs[other].conversation != self.legs[leg].conversation =>
            {
                self.end(leg, "completed", "the other one is gone");
            }
            Doing::Called { until } if self.legs[leg].state == LegState::Ringing && until <= self.now => {
                self.end(leg, "timeout", "nobody took it");
            }
            Doing::Called { .. } if self.legs[leg].state == LegState::Answered => self.legs[leg].doing = Doing::Next,
            _ => return false,
        }
        true
    }

    /// A caller and somebody else are together.
    fn meets(&mut self, leg: usize) {
        let there = self.inside(&self.legs[leg].conversation);
        for at in there {
            if let Who::Caller(caller) = self.legs[at].who {
                self.callers[caller].served = true;
                self.talks += 1;
            }
        }
    }

    fn next_action(&mut self, leg: usize) {
        if self.legs[leg].flow.is_empty() {
            return self.end(leg, "completed", "the flow has ended");
        }
        let action = self.legs[leg].flow.remove(0);
        let (now, caller) = (self.now, if let Who::Caller(caller) = self.legs[leg].who { Some(caller) } else { None });
        let doing = match action["action"].as_str().unwrap() {
            "talk" => {
                let text = action["text"].as_str().unwrap();
                if let Some(caller) = caller {
                    self.callers[caller].served |= text.contains("Goodbye") || text.contains("not in use");
                }
                Doing::Until(now + 1_500)
            }
            "stream" => Doing::Until(now + 15_000),
            "input" => {
                let seconds = action["dtmf"]["timeOut"].as_i64().unwrap();
                Doing::Keys { until: now + seconds * 1_000, url: action["eventUrl"][0].as_str().unwrap().to_owned() }
            }
            "record" => {
                if let Some(caller) = caller {
                    self.callers[caller].served = true;
                }
                Doing::Until(now + 4_000)
            }
            "connect" => self.connect(leg, &action),
            "conversation" => {
                self.enters_room(leg, &action);
                Doing::Stays
            }
            "transfer" => {
                let to = action["conversationId"].as_str().unwrap().to_owned();
                if self.inside(&to).is_empty() {
                    return self.end(leg, "completed", "there is no such conversation");
                }
                self.move_leg(leg, &to);
                self.meets(leg);
                Doing::Stays
            }
            other => panic!("{other} is not in the model"),
        };
        if self.legs[leg].state != LegState::Over {
            self.legs[leg].doing = doing;
        }
    }

    fn connect(&mut self, leg: usize, action: &Value) -> Doing {
        let endpoint = &action["endpoint"][0];
        let (to, who) = match endpoint["user"].as_str() {
            Some(agent) => (agent.to_owned(), Who::Agent(agent.to_owned())),
            None => (endpoint["number"].as_str().unwrap().to_owned(), Who::Phone),
        };
        let nth = self.legs.iter().filter(|other| other.of == Some(leg)).count();
        let id = format!("{}-{to}-{nth}", self.legs[leg].id);
        let from = action["from"].as_str().map_or_else(|| self.legs[leg].from.clone(), str::to_owned);
        let conversation = self.legs[leg].conversation.clone();
        let rung = self.new_leg(id, who, &from, &to, &conversation);
        (self.legs[rung].of, self.legs[rung].doing) = (Some(leg), Doing::Stays);
        self.legs[rung].asks = action["eventType"] == "synchronous";
        self.told(rung, "started");
        self.told(rung, "ringing");
        Doing::Rings { leg: rung, until: self.now + action["timeout"].as_i64().unwrap() * 1_000 }
    }

    fn enters_room(&mut self, leg: usize, action: &Value) {
        let name = action["name"].as_str().unwrap();
        let known = self.conversations.iter().find(|(_, home)| home.room.as_deref() == Some(name));
        let room = known.map_or_else(|| format!("CON-room-{name}"), |(id, _)| id.clone());
        let new = Conversation { lead: None, room: Some(name.to_owned()) };
        self.conversations.entry(room.clone()).or_insert(new);
        self.move_leg(leg, &room);
        self.legs[leg].ends_room = action["endOnExit"] == true;
        if !self.with(leg).is_empty() {
            self.meets(leg);
        }
    }

    fn asked(&mut self, leg: usize, received: Received) -> Ask {
        self.legs[leg].doing = Doing::Asked;
        Ask { leg, version: self.legs[leg].version, received, first: false }
    }

    pub(super) fn keys(&mut self, leg: usize, url: &str, digits: &str) -> Ask {
        let found = &self.legs[leg];
        let body = json!({"dtmf": {"digits": digits, "timed_out": digits.is_empty()}, "from": found.from,
                          "to": found.to, "uuid": found.id, "conversation_uuid": found.conversation,
                          "timestamp": self.time()});
        let kind = if url.ends_with("/dtmf") { WebhookKind::Dtmf } else { WebhookKind::Event };
        self.asked(leg, Received { kind, ..event(&body) })
    }

    /// A leg that `connect` rang was not taken. That event may ask how its caller goes on, unless another flow has replaced
    /// that one.
    pub(super) fn not_taken(&mut self, rung: usize, status: &'static str) -> Option<Ask> {
        let leg = self.legs[rung].of?;
        let found = &mut self.legs[rung];
        (found.state, found.ended) = (LegState::Over, status);
        let line = format!("{}: {status}", found.id);
        self.log(line);
        let body = self.status_event(rung, status);
        let waits = matches!(self.legs[leg].doing, Doing::Rings { leg, .. } if leg == rung);
        if !waits || self.legs[leg].state == LegState::Over {
            self.send(body);
            return None;
        }
        if !self.legs[rung].asks {
            self.send(body);
            self.legs[leg].doing = Doing::Next;
            return None;
        }
        Some(self.asked(leg, event(&body)))
    }
}
