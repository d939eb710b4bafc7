//! The page's keyboard: keys that mean something wherever the focus is.

use wasm_bindgen::prelude::*;

use super::{field, text};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = document, js_name = addEventListener)]
    fn add_event_listener(event: &str, listener: &js_sys::Function);

    type KeyEvent;
    #[wasm_bindgen(method, js_name = preventDefault)]
    fn prevent_default(this: &KeyEvent);
}

/// Where the keyboard's focus is, as far as a key's meaning depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// On nothing that takes keys itself.
    Page,
    /// On a button or a link, which Enter and Space press.
    Button,
    /// In a field, where keys are text.
    Field,
}

/// A pressed key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// `KeyboardEvent.key`: `a`, `Enter`, `Escape`.
    pub key: String,
    /// `KeyboardEvent.code`: `KeyA`, whatever Alt makes of it.
    pub code: String,
    pub alt: bool,
    pub ctrl: bool,
    pub focus: Focus,
}

impl Focus {
    fn of_tag(tag: &str) -> Self {
        match tag {
            "INPUT" | "TEXTAREA" | "SELECT" => Self::Field,
            "BUTTON" | "A" | "SUMMARY" => Self::Button,
            _ => Self::Page,
        }
    }
}

/// Listens as long as the page lives. The listener says whether the key was its own: then the browser leaves it alone.
pub fn listen(mut listener: impl FnMut(Key) -> bool + 'static) {
    let closure = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let is = |name: &str| field(&event, name).is_truthy();
        if is("repeat") || is("isComposing") || is("defaultPrevented") {
            return;
        }
        let key = Key {
            key: text(&event, "key").unwrap_or_default(),
            code: text(&event, "code").unwrap_or_default(),
            alt: is("altKey"),
            ctrl: is("ctrlKey") || is("metaKey"),
            focus: Focus::of_tag(&text(&field(&event, "target"), "tagName").unwrap_or_default()),
        };
        if listener(key) {
            event.unchecked_ref::<KeyEvent>().prevent_default();
        }
    });
    add_event_listener("keydown", closure.into_js_value().unchecked_ref());
}
