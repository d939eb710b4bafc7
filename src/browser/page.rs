//! What belongs to the page itself: its clock, its memory, the question before it is left, and what `intent.js` prepared.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::field;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Date)]
    fn now() -> f64;
    #[wasm_bindgen(js_namespace = Math)]
    fn random() -> f64;
    #[wasm_bindgen(catch, js_namespace = ["window", "sessionStorage"], js_name = getItem)]
    fn get_item(key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "sessionStorage"], js_name = setItem)]
    fn set_item(key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "sessionStorage"], js_name = removeItem)]
    fn remove_item(key: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "localStorage"], js_name = getItem)]
    fn get_kept(key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "localStorage"], js_name = setItem)]
    fn set_kept(key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "localStorage"], js_name = removeItem)]
    fn remove_kept(key: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = window, js_name = addEventListener)]
    fn add_event_listener(event: &str, listener: &JsValue);
    #[wasm_bindgen(js_namespace = window, js_name = removeEventListener)]
    fn remove_event_listener(event: &str, listener: &JsValue);
    #[wasm_bindgen(js_namespace = window, js_name = setTimeout)]
    fn set_timeout(callback: &js_sys::Function, milliseconds: f64);

    #[wasm_bindgen(catch, js_namespace = document, js_name = getElementById)]
    fn element(id: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "location"], js_name = assign)]
    fn assign(url: &str) -> Result<(), JsValue>;
    type Element;
    #[wasm_bindgen(method)]
    fn focus(this: &Element);
    #[wasm_bindgen(method, catch, js_name = showModal)]
    fn show_modal(this: &Element) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &Element) -> Result<(), JsValue>;

    type Worker;
    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str) -> Result<Worker, JsValue>;
    #[wasm_bindgen(method, setter)]
    fn set_onmessage(this: &Worker, listener: &JsValue);

    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = label)]
    fn js_label(title: &str, icon: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = window, js_name = matchMedia)]
    fn match_media(query: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = leaving)]
    fn js_leaving(message: &JsValue) -> Result<(), JsValue>;

    type Event;
    #[wasm_bindgen(method, js_name = preventDefault)]
    fn prevent_default(this: &Event);

    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = takeOver)]
    fn intent_take_over() -> Result<bool, JsValue>;
    /// What `public/intent.js` leaves for us; see there.
    #[wasm_bindgen(thread_local_v2, js_namespace = window, js_name = switchboard)]
    static INTENT: JsValue;
}

/// Characters of an address that are passed on.
const LONGEST_ADDRESS: usize = 300;

/// The visitor's clock, ms since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    now() as i64
}

/// A name that no other browser has. Not a secret.
#[must_use]
pub fn random_id() -> String {
    format!("{:013x}{:013x}", (random() * 2_f64.powi(52)) as u64, (random() * 2_f64.powi(52)) as u64)
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

/// What all tabs of this browser remember, also when it was closed in between.
#[must_use]
pub fn kept(key: &str) -> Option<String> {
    get_kept(key).ok().flatten()
}

pub fn keep(key: &str, value: &str) {
    let _ = set_kept(key, value);
}

pub fn unkeep(key: &str) {
    let _ = remove_kept(key);
}

/// The page's title.
#[must_use]
pub fn title() -> String {
    field(&field(&js_sys::global(), "document"), "title").as_string().unwrap_or_default()
}

/// The words and the picture of the browser's tab (`public/console.js`).
pub fn label(title: &str, icon: &str) {
    let _ = js_label(title, icon);
}

/// As narrow as a telephone, where the style sheets show one pane at a time.
const NARROW: &str = "(max-width: 767px)";

/// Whether the page is narrow.
#[must_use]
pub fn is_narrow() -> bool {
    match_media(NARROW).is_ok_and(|query| field(&query, "matches").is_truthy())
}

/// Calls `changed` when the page becomes narrow or wide, as when a telephone is turned, for as long as the page lives.
pub fn on_narrow(changed: impl Fn() + 'static) {
    let Ok(query) = match_media(NARROW) else { return };
    let listener = Closure::<dyn Fn()>::new(changed).into_js_value();
    let _ = js_sys::Reflect::set(&query, &"onchange".into(), &listener);
    // The browser may forget a query that nothing refers to.
    std::mem::forget(query);
}

/// Tells when the browser loses its network or gets it back, as long as the page lives.
pub fn on_network(changed: impl Fn() + Clone + 'static) {
    for event in ["offline", "online"] {
        let listener = Closure::<dyn Fn()>::new(changed.clone()).into_js_value();
        add_event_listener(event, &listener);
    }
}

/// The result of `work`, or `None` when it takes longer than `milliseconds`; the result is then dropped.
pub async fn within<T: 'static>(milliseconds: u32, work: impl Future<Output = T> + 'static) -> Option<T> {
    let result = Rc::new(RefCell::new(None));
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, f64::from(milliseconds));
    });
    let done = wasm_bindgen_futures::future_to_promise({
        let result = Rc::clone(&result);
        async move {
            let value = work.await;
            *result.borrow_mut() = Some(value);
            Ok(JsValue::UNDEFINED)
        }
    });
    let _ = JsFuture::from(js_sys::Promise::race(&js_sys::Array::of2(&promise, &done))).await;
    result.borrow_mut().take()
}

/// The page's own address, as far as others may read it: without what stands behind `#`.
#[must_use]
pub fn address() -> String {
    let address = field(&field(&js_sys::global(), "location"), "href").as_string().unwrap_or_default();
    let address = address.split('#').next().unwrap_or_default();
    address.chars().take(LONGEST_ADDRESS).collect()
}

/// Goes to another page.
pub fn go(url: &str) {
    let _ = assign(url);
}

/// Puts the keyboard's focus on an element, when nobody is typing. In a moment: what is there is being drawn just now.
pub fn focus_unless_typing(id: &'static str) {
    wasm_bindgen_futures::spawn_local(async move {
        sleep(0).await;
        let active = field(&field(&js_sys::global(), "document"), "activeElement");
        let typing = ["INPUT", "TEXTAREA", "SELECT"];
        if field(&active, "tagName").as_string().is_some_and(|tag| typing.contains(&tag.as_str())) {
            return;
        }
        focus(id);
    });
}

/// Puts the keyboard's focus on an element, if it is there.
pub fn focus(id: &str) {
    if let Ok(found) = element(id)
        && found.is_object()
    {
        found.unchecked_ref::<Element>().focus();
    }
}

/// Opens a `<dialog>` over the page, which cannot be used meanwhile, and puts the focus on an element in it. In a moment:
/// what is in it is being drawn just now.
pub fn open_dialog(id: &'static str, first: &'static str) {
    wasm_bindgen_futures::spawn_local(async move {
        sleep(0).await;
        if let Ok(dialog) = element(id)
            && dialog.is_object()
        {
            // Fails when it is open already, as it should be.
            let _ = dialog.unchecked_ref::<Element>().show_modal();
            focus(first);
        }
    });
}

/// Closes a `<dialog>`. The browser puts the focus back to where it was.
pub fn close_dialog(id: &str) {
    if let Ok(dialog) = element(id)
        && dialog.is_object()
    {
        let _ = dialog.unchecked_ref::<Element>().close();
    }
}

/// Where the form of a `submit` event is sent to.
#[must_use]
pub fn form_action(event: &JsValue) -> Option<String> {
    field(&field(event, "target"), "action").as_string()
}

/// Whether nothing has the focus: what had it is gone.
#[must_use]
pub fn focus_is_lost() -> bool {
    let active = field(&field(&js_sys::global(), "document"), "activeElement");
    field(&active, "tagName").as_string().is_none_or(|tag| tag == "BODY")
}

/// Beats every five seconds, also when the page is hidden and the browser slows its timers: a worker keeps the time
/// (`public/beat.js`). As long as the page lives.
pub fn on_beat(beat: impl FnMut() + 'static) {
    let Ok(worker) = Worker::new("/beat.js") else { return };
    worker.set_onmessage(&Closure::<dyn FnMut()>::new(beat).into_js_value());
    // The browser would end a worker that nothing refers to.
    std::mem::forget(worker);
}

/// What is posted when the page goes (`public/console.js`); `None`: nothing.
pub fn on_leaving(message: Option<(&str, &str)>) {
    let message =
        message.map_or(JsValue::UNDEFINED, |(url, body)| js_sys::Array::of2(&url.into(), &body.into()).into());
    let _ = js_leaving(&message);
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
