//! Several tabs of one browser: which one has the telephone, and how they talk (Web Locks, BroadcastChannel).
//!
//! A browser gives a lock to one tab and, when that one is closed or breaks, to the next in line. It also never freezes a
//! page that holds one, which an agent's page in the background needs.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{field, object, text};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = locks)]
    static LOCKS: JsValue;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request_lock(name: &str, options: &JsValue, held: &JsValue) -> Result<js_sys::Promise, JsValue>;

    type BroadcastChannel;
    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str) -> Result<BroadcastChannel, JsValue>;
    #[wasm_bindgen(method, catch, js_name = postMessage)]
    fn post_message(this: &BroadcastChannel, message: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &BroadcastChannel, listener: &JsValue);
}

/// Waits for the lock of this name and keeps it as long as the page lives, or until another tab takes it away.
/// `gained` and `lost` are told. Without locks in the browser (an insecure page) every tab gets it.
pub fn hold(name: &str, steal: bool, gained: impl FnOnce() + 'static, lost: impl FnOnce() + 'static) {
    if !LOCKS.with(JsValue::is_object) {
        return gained();
    }
    let held = Closure::once_into_js(move || {
        gained();
        // Never settled: the browser gives the lock on when the page is gone.
        js_sys::Promise::new(&mut |_, _| {})
    });
    let Ok(over) = request_lock(name, &object(&[("steal", steal.into())]), &held) else { return };
    wasm_bindgen_futures::spawn_local(async move {
        if JsFuture::from(over).await.is_err() {
            lost();
        }
    });
}

/// Talks to the other tabs; none of them hears itself.
pub struct Channel {
    inner: Option<BroadcastChannel>,
}

impl Channel {
    /// Listens as long as the page lives.
    #[must_use]
    pub fn open(name: &str, mut listener: impl FnMut(String) + 'static) -> Self {
        let inner = BroadcastChannel::new(name).ok();
        if let Some(channel) = &inner {
            let closure = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                if let Some(message) = text(&event, "data") {
                    listener(message);
                }
            });
            channel.set_onmessage(&closure.into_js_value());
        }
        Self { inner }
    }

    pub fn send(&self, message: &str) {
        if let Some(channel) = &self.inner {
            let _ = channel.post_message(message);
        }
    }
}

/// Whether the page is seen.
#[must_use]
pub fn visible() -> bool {
    text(&field(&js_sys::global(), "document"), "visibilityState").is_none_or(|state| state == "visible")
}
