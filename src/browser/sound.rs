//! Ringing, the choice of devices, and the microphone test: the console's part of the browser, over `public/console.js`.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::levels::fullness;
use super::{field, page};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = audible)]
    fn js_audible() -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = unlock)]
    fn js_unlock() -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = onSocketClosed)]
    fn js_on_socket_closed(changed: &js_sys::Function) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = onAudible)]
    fn js_on_audible(changed: &js_sys::Function) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = ring)]
    fn js_ring(on: bool) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = devices)]
    fn js_devices() -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = onDevices)]
    fn js_on_devices(changed: &js_sys::Function) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = onMicrophone)]
    fn js_on_microphone(changed: &js_sys::Function) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = look)]
    fn js_look() -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = apply)]
    fn js_apply(peer: &JsValue, element: &JsValue) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = test)]
    fn js_test(milliseconds: u32) -> Result<js_sys::Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["window", "switchboard"], js_name = level)]
    fn js_level() -> Result<f64, JsValue>;
}

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Microphone,
    Speaker,
    /// Rings; the speakers of the desk while the headset hangs beside it.
    Ringer,
}

impl Use {
    pub const EVERY: [Self; 3] = [Self::Microphone, Self::Speaker, Self::Ringer];

    /// Under which `public/console.js` finds the choice.
    fn key(self) -> &'static str {
        match self {
            Self::Microphone => "switchboard.audioinput",
            Self::Speaker => "switchboard.audiooutput",
            Self::Ringer => "switchboard.ringer",
        }
    }

    /// The browser's word for such devices.
    fn kind(self) -> &'static str {
        if self == Self::Microphone { "audioinput" } else { "audiooutput" }
    }

    /// The chosen device; empty: the browser's own choice.
    #[must_use]
    pub fn chosen(self) -> String {
        page::kept(self.key()).unwrap_or_default()
    }

    pub fn choose(self, id: &str) {
        page::keep(self.key(), id);
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    kind: String,
    pub id: String,
    /// Empty until the microphone was allowed once.
    pub label: String,
}

impl Device {
    #[must_use]
    pub fn is_for(&self, purpose: Use) -> bool {
        self.kind == purpose.kind()
    }
}

/// Whether the browser lets this page sound.
#[must_use]
pub fn audible() -> bool {
    js_audible().unwrap_or(false)
}

/// Asks the browser to let this page sound; from a click only.
pub async fn unlock() -> bool {
    let Ok(promise) = js_unlock() else { return false };
    JsFuture::from(promise).await.is_ok_and(|answer| answer.is_truthy())
}

/// Tells when the voice SDK's newest socket closes, which the SDK itself tells seconds later. The last one who asks is told.
pub fn on_socket_closed(changed: impl FnMut() + 'static) {
    let _ = js_on_socket_closed(Closure::<dyn FnMut()>::new(changed).into_js_value().unchecked_ref());
}

/// Tells when [`audible`] changes, as long as the page lives.
pub fn on_audible(changed: impl FnMut() + 'static) {
    let _ = js_on_audible(Closure::<dyn FnMut()>::new(changed).into_js_value().unchecked_ref());
}

/// Rings, or stops it.
pub fn ring(on: bool) {
    let _ = js_ring(on);
}

/// What is plugged in.
pub async fn devices() -> Vec<Device> {
    let Ok(promise) = js_devices() else { return Vec::new() };
    let Ok(list) = JsFuture::from(promise).await else { return Vec::new() };
    let part = |entry: &JsValue, at: u32| js_sys::Reflect::get_u32(entry, at).ok().and_then(|part| part.as_string());
    let device = |entry: JsValue| {
        Some(Device { kind: part(&entry, 0)?, id: part(&entry, 1)?, label: part(&entry, 2).unwrap_or_default() })
    };
    list.unchecked_ref::<js_sys::Array>().iter().filter_map(device).filter(|device| !device.id.is_empty()).collect()
}

/// Tells when something is plugged in or out, as long as the page lives.
pub fn on_devices(changed: impl FnMut() + 'static) {
    let _ = js_on_devices(Closure::<dyn FnMut()>::new(changed).into_js_value().unchecked_ref());
}

/// Tells what the browser says of the microphone: its permission as it calls it, whether one is plugged in, and the name of
/// what went wrong when it was last asked for (empty: nothing). Now and on every change, as long as the page lives.
pub fn on_microphone(mut changed: impl FnMut(&str, bool, &str) + 'static) {
    let word = |value: &JsValue| value.as_string().unwrap_or_default();
    let closure = Closure::<dyn FnMut(JsValue, JsValue, JsValue)>::new(
        move |permission: JsValue, there: JsValue, failure: JsValue| {
            changed(&word(&permission), there.is_truthy(), &word(&failure));
        },
    );
    let _ = js_on_microphone(closure.into_js_value().unchecked_ref());
}

/// Has the microphone looked at once more.
pub fn look_at_microphone() {
    let _ = js_look();
}

/// Gives a running call the chosen devices.
pub async fn apply(peer: &JsValue, element: &JsValue) {
    if let Ok(promise) = js_apply(peer, element) {
        let _ = JsFuture::from(promise).await;
    }
}

/// Records for the given time, ms, then plays it. Whether it worked; the browser's name for the problem when it did not.
///
/// # Errors
/// The name of what `getUserMedia` said.
pub async fn test(milliseconds: u32) -> Result<(), String> {
    let named = |error: JsValue| field(&error, "name").as_string().unwrap_or_default();
    JsFuture::from(js_test(milliseconds).map_err(named)?).await.map_err(named)?;
    Ok(())
}

/// How full the running test's bar is, from 0 to 100.
#[must_use]
pub fn test_level() -> u8 {
    fullness(js_level().unwrap_or_default() as f32)
}
