//! Users API: the Client SDK users of the application.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Client;
use super::send::{Auth, Request};
use crate::vonage::error::VonageError;

/// A Client SDK user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct User {
    /// `USR-…`
    pub id: String,
    /// Unique per application and region.
    #[serde(default)]
    pub name: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default, rename = "_embedded")]
    embedded: Embedded,
    #[serde(default, rename = "_links")]
    links: Links,
}

#[derive(Default, Deserialize)]
struct Embedded {
    #[serde(default)]
    users: Vec<User>,
}

#[derive(Default, Deserialize)]
struct Links {
    #[serde(default)]
    next: Option<Link>,
}

#[derive(Deserialize)]
struct Link {
    href: String,
}

impl Client {
    /// Makes sure that a user of this name exists. `Some` with the user when it was made now, `None` when there was one
    /// already: a name is a user's identity, so creating it twice is a success.
    pub async fn create_user(&self, name: &str, display_name: &str) -> Result<Option<User>, VonageError> {
        let url = format!("{}/v1/users", self.voice());
        let body = json!({ "name": name, "display_name": display_name });
        match self.json(Request::new(Method::POST, url, Auth::Bearer).json(body).repeatable()).await {
            // The status of this refusal is not documented; the code is.
            Err(VonageError::Refused { code, .. }) if code.ends_with("user:error:duplicate-name") => Ok(None),
            other => other.map(Some),
        }
    }

    /// A user by id or name; `None` when there is none in this application and region.
    ///
    /// # Errors
    /// Any other [`VonageError`].
    pub async fn get_user(&self, id_or_name: &str) -> Result<Option<User>, VonageError> {
        let url = format!("{}/v1/users/{}", self.voice(), super::segment(id_or_name));
        match self.json(Request::new(Method::GET, url, Auth::Bearer)).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Deletes a user by id or name. One that is not there is deleted.
    pub async fn delete_user(&self, id_or_name: &str) -> Result<(), VonageError> {
        let url = format!("{}/v1/users/{}", self.voice(), super::segment(id_or_name));
        match self.send(Request::new(Method::DELETE, url, Auth::Bearer)).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    /// All users of the application.
    pub async fn list_users(&self) -> Result<Vec<User>, VonageError> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        // A bound, should the platform's cursors go in a circle.
        for _ in 0..10_000 {
            let mut query = vec![("page_size", "100".to_owned()), ("order", "asc".to_owned())];
            query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
            let url = format!("{}/v1/users", self.voice());
            let page: Page = self.json(Request::new(Method::GET, url, Auth::Bearer).query(query)).await?;
            all.extend(page.embedded.users);
            // Only the cursor is taken from the link: its host would be the platform's choice.
            cursor = page.links.next.and_then(|link| cursor_of(&link.href));
            if cursor.is_none() {
                break;
            }
        }
        Ok(all)
    }
}

fn cursor_of(href: &str) -> Option<String> {
    let (_, query) = href.split_once('?')?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "cursor")
        .map(|(_, value)| value.into_owned())
}
