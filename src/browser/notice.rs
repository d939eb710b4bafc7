//! Browser notifications: what is seen when the page is not.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{field, object};

#[wasm_bindgen]
extern "C" {
    type Notification;
    #[wasm_bindgen(constructor, catch)]
    fn new(title: &str, options: &JsValue) -> Result<Notification, JsValue>;
    #[wasm_bindgen(method)]
    fn close(this: &Notification);
    #[wasm_bindgen(method, setter)]
    fn set_onclick(this: &Notification, listener: &JsValue);
    #[wasm_bindgen(catch, static_method_of = Notification, js_name = requestPermission)]
    fn request_permission() -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(js_namespace = window, js_name = focus)]
    fn focus_window();
}

/// Whether the browser shows our notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Permission {
    Granted,
    Denied,
    /// Nobody asked the agent yet.
    NotAsked,
    /// There are none in this browser, or not on an insecure page.
    #[default]
    None,
}

impl Permission {
    fn of(word: Option<String>) -> Self {
        match word.as_deref() {
            Some("granted") => Self::Granted,
            Some("denied") => Self::Denied,
            Some("default") => Self::NotAsked,
            _ => Self::None,
        }
    }
}

#[must_use]
pub fn permission() -> Permission {
    let class = field(&js_sys::global(), "Notification");
    if class.is_undefined() { Permission::None } else { Permission::of(field(&class, "permission").as_string()) }
}

/// Asks the agent; from a click only.
pub async fn ask() -> Permission {
    let Ok(promise) = Notification::request_permission() else { return permission() };
    JsFuture::from(promise).await.map_or_else(|_| permission(), |word| Permission::of(word.as_string()))
}

/// A notification; gone when it is dropped.
pub struct Notice {
    notification: Notification,
    _clicked: Closure<dyn FnMut()>,
}

impl Notice {
    /// Shows it, if the browser lets us. A click on it brings the page to the front. One `tag` is on the screen once.
    #[must_use]
    pub fn show(title: &str, body: &str, tag: &str) -> Option<Self> {
        if permission() != Permission::Granted {
            return None;
        }
        let options = [("body", body.into()), ("tag", tag.into()), ("requireInteraction", true.into())];
        let notification = Notification::new(title, &object(&options)).ok()?;
        let clicked = Closure::<dyn FnMut()>::new(focus_window);
        notification.set_onclick(clicked.as_ref());
        Some(Self { notification, _clicked: clicked })
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        self.notification.close();
    }
}
