//! What belongs to the page itself: its clock, its memory, the question before it is left, and what `intent.js` prepared.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::field;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Date)]
    fn now() -> f64;
    #[wasm_bindgen(catch, js_namespace = ["window", "sessionStorage"], js_name = getItem)]
    fn get_item(key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "sessionStorage"], js_name = setItem)]
    fn set_item(key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "sessionStorage"], js_name = removeItem)]
    fn remove_item(key: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = window, js_name = addEventListener)]
    fn add_event_listener(event: &str, listener: &JsValue);
    #[wasm_bindgen(js_namespace = window, js_name = removeEventListener)]
    fn remove_event_listener(event: &str, listener: &JsValue);
    #[wasm_bindgen(js_namespace = window, js_name = setTimeout)]
    fn set_timeout(callback: &js_sys::Function, milliseconds: f64);

    type Event;
    #[wasm_bindgen(method, js_name = preventDefault)]
    fn prevent_default(this: &Event);

    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = takeOver)]
    fn intent_take_over() -> Result<bool, JsValue>;
    /// What `public/intent.js` leaves for us; see there.
    #[wasm_bindgen(thread_local_v2, js_namespace = window, js_name = switchboard)]
    static INTENT: JsValue;
}

/// The visitor's clock, ms since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    now() as i64
}

/// Waits.
pub async fn sleep(milliseconds: u32) {
    let promise = js_sys::Promise::new(&mut |resolve, _| set_timeout(&resolve, f64::from(milliseconds)));
    let _ = JsFuture::from(promise).await;
}

/// What this tab remembers over a reload. A browser that forbids it costs only that.
#[must_use]
pub fn remembered(key: &str) -> Option<String> {
    get_item(key).ok().flatten()
}

pub fn remember(key: &str, value: &str) {
    let _ = set_item(key, value);
}

pub fn forget(key: &str) {
    let _ = remove_item(key);
}

/// Asks before the page is left, until it is dropped.
pub struct LeaveWarning(Closure<dyn FnMut(JsValue)>);

impl LeaveWarning {
    #[must_use]
    pub fn new() -> Self {
        let closure =
            Closure::<dyn FnMut(JsValue)>::new(|event: JsValue| event.unchecked_ref::<Event>().prevent_default());
        add_event_listener("beforeunload", closure.as_ref());
        Self(closure)
    }
}

impl Default for LeaveWarning {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LeaveWarning {
    fn drop(&mut self) {
        remove_event_listener("beforeunload", self.0.as_ref());
    }
}

/// Tells `intent.js` that the button is alive now. Whether it was pressed before.
#[must_use]
pub fn take_over() -> bool {
    intent_take_over().is_ok_and(|pressed| pressed)
}

/// The visit that `intent.js` asked for: the JSON of `api::click_to_call::VisitOutcome`. Given once; `None` when it
/// asked for none, or that failed.
pub async fn prepared_visit() -> Option<String> {
    let promise = INTENT.with(|intent| {
        let promise = field(intent, "visit");
        let _ = js_sys::Reflect::set(intent, &"visit".into(), &JsValue::UNDEFINED);
        promise
    });
    if promise.is_undefined() {
        return None;
    }
    JsFuture::from(js_sys::Promise::resolve(&promise)).await.ok()?.as_string()
}

/// Waits for the SDK's script. Whether it is there.
pub async fn sdk_is_there() -> bool {
    let promise = INTENT.with(|intent| field(intent, "sdk"));
    if promise.is_undefined() {
        return false;
    }
    JsFuture::from(js_sys::Promise::resolve(&promise)).await.is_ok()
}
