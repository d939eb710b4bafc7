//! The bridge to the browser: the Vonage Client SDK, the microphone, levels, live events, and what a page remembers.
//!
//! Depends on `domain`. Compiles on the host too, where nothing calls it: everything here is called from effects and
//! event listeners only, and those run in a browser. The interfaces are declared here, narrowly, instead of taken from
//! `web-sys`: a dozen functions are needed, and the browser half pays for each feature by the byte.

pub mod keys;
pub mod levels;
pub mod live;
pub mod microphone;
pub mod notice;
pub mod page;
pub mod post;
pub mod sound;
pub mod tabs;
pub mod voice;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;

/// A field of an object; `undefined` when there is none, or no object.
fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn text(of: &JsValue, name: &str) -> Option<String> {
    field(of, name).as_string()
}

/// An object of these fields.
fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // Setting a field of a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}
