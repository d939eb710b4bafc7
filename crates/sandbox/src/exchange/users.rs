//! Users of the Client SDK.

use serde_json::{Map, Value, json};

use super::{Exchange, State};
use crate::leg::Ending;

/// A user of an application.
#[derive(Debug, Clone)]
pub struct User {
    pub id: String,
    pub application: String,
    /// 1, 2, 3 …: the order of creation.
    pub number: u64,
    pub name: String,
    /// `display_name`, `image_url`, `properties`, `channels` as they came.
    pub fields: Map<String, Value>,
}

impl User {
    pub fn display_name(&self) -> &str {
        self.fields.get("display_name").and_then(Value::as_str).unwrap_or(&self.name)
    }

    /// As the Users API shows it.
    pub fn to_json(&self, base: &str) -> Value {
        let mut user = json!({ "id": self.id, "name": self.name, "properties": {}, "channels": {} });
        if let Some(map) = user.as_object_mut() {
            map.extend(self.fields.clone());
            map.insert("_links".into(), json!({ "self": { "href": format!("{base}/v1/users/{}", self.id) } }));
        }
        user
    }
}

impl State {
    /// A user of an application, by id or name.
    pub fn user(&self, application: &str, id_or_name: &str) -> Option<&User> {
        let of_this = |user: &&User| user.application == application;
        match self.users.get(id_or_name) {
            Some(user) => Some(user).filter(of_this),
            None => self.users.values().filter(of_this).find(|user| user.name == id_or_name),
        }
    }
}

/// The name is taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken;

impl Exchange {
    /// Makes a user. `name` is generated when there is none.
    ///
    /// # Errors
    /// [`Taken`].
    pub fn create_user(
        &self,
        application: &str,
        name: Option<String>,
        fields: Map<String, Value>,
    ) -> Result<User, Taken> {
        let name = name.unwrap_or_else(|| self.id("NAM"));
        let id = self.id("USR");
        let mut state = self.state();
        if state.user(application, &name).is_some() {
            return Err(Taken);
        }
        let number = state.users.values().map(|user| user.number).max().unwrap_or(0) + 1;
        let user = User { id: id.clone(), application: application.to_owned(), number, name, fields };
        state.users.insert(id, user.clone());
        Ok(user)
    }

    /// Removes a user: its sessions end and so do its legs. Was it there?
    pub fn delete_user(&self, application: &str, id_or_name: &str) -> bool {
        let (id, legs) = {
            let mut state = self.state();
            let Some(id) = state.user(application, id_or_name).map(|user| user.id.clone()) else { return false };
            let of_user = |leg: &&crate::leg::Leg| leg.user_id() == Some(&id) && !leg.status.is_over();
            let legs: Vec<String> = state.legs.values().filter(of_user).map(|leg| leg.id.clone()).collect();
            state.users.remove(&id);
            (id, legs)
        };
        for leg in legs {
            self.end(&leg, Ending::remote_hangup());
        }
        self.hub.end_user(&id);
        true
    }
}
