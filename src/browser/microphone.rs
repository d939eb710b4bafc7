//! May we use the microphone? Asked before the call, so that a refusal can be explained: the SDK, which asks again,
//! only says that making an offer failed.

use wasm_bindgen::prelude::*;

use super::{field, object, text};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = mediaDevices)]
    static MEDIA_DEVICES: JsValue;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "mediaDevices"], js_name = getUserMedia)]
    async fn get_user_media(constraints: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["navigator", "permissions"], js_name = query)]
    async fn query_permission(descriptor: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(thread_local_v2, js_namespace = navigator, js_name = userAgent)]
    static USER_AGENT: String;

    type MediaStream;
    #[wasm_bindgen(method, js_name = getTracks)]
    fn get_tracks(this: &MediaStream) -> js_sys::Array;
    type Track;
    #[wasm_bindgen(method)]
    fn stop(this: &Track);
}

/// Why there is no microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The visitor, the browser's settings or the operating system said no.
    Blocked,
    Missing,
    /// Another program has it.
    InUse,
    /// The page is not secure, so the browser has no microphone to give.
    Insecure,
    Other,
}

impl Problem {
    /// By the names of the Media Capture and Streams specification, `getUserMedia()`.
    #[must_use]
    pub fn of_error_name(name: &str) -> Self {
        match name {
            "NotAllowedError" | "SecurityError" | "PermissionDeniedError" => Self::Blocked,
            "NotFoundError" | "OverconstrainedError" | "DevicesNotFoundError" => Self::Missing,
            "NotReadableError" | "AbortError" | "TrackStartError" => Self::InUse,
            // Our own word (`public/console.js`): there is no such interface.
            "Insecure" => Self::Insecure,
            _ => Self::Other,
        }
    }
}

/// Whose settings the visitor has to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chrome and its relatives: Edge, Opera, Brave.
    Chrome,
    Firefox,
    Safari,
    Other,
}

impl Browser {
    #[must_use]
    pub fn of_user_agent(agent: &str) -> Self {
        let has = |word| agent.contains(word);
        if has("Firefox/") {
            Self::Firefox
        } else if has("Chrome/") || has("Chromium/") {
            Self::Chrome
        } else if has("Safari/") && has("Macintosh") {
            Self::Safari
        } else {
            Self::Other
        }
    }

    #[must_use]
    pub fn this() -> Self {
        USER_AGENT.with(|agent| Self::of_user_agent(agent))
    }
}

/// Whether the browser is going to ask the visitor. `false` too when it will not say, as some browsers do.
pub async fn will_ask() -> bool {
    let status = query_permission(&object(&[("name", "microphone".into())])).await;
    status.is_ok_and(|status| text(&status, "state").as_deref() == Some("prompt"))
}

/// The microphone, taken.
pub struct Microphone(JsValue);

impl Microphone {
    /// Asks for it and takes it.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn open() -> Result<Self, Problem> {
        if !MEDIA_DEVICES.with(JsValue::is_object) {
            return Err(Problem::Insecure);
        }
        match get_user_media(&object(&[("audio", true.into()), ("video", false.into())])).await {
            Ok(stream) => Ok(Self(stream)),
            Err(error) => Err(Problem::of_error_name(&text(&error, "name").unwrap_or_default())),
        }
    }
}

impl Drop for Microphone {
    /// Gives it back; the SDK has its own.
    fn drop(&mut self) {
        if field(&self.0, "getTracks").is_function() {
            for track in self.0.unchecked_ref::<MediaStream>().get_tracks() {
                track.unchecked_ref::<Track>().stop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_browsers_apart() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1";
        assert_eq!(
            [chrome, safari, firefox, phone].map(Browser::of_user_agent),
            [Browser::Chrome, Browser::Safari, Browser::Firefox, Browser::Other]
        );
    }

    #[test]
    fn tells_the_problems_apart() {
        assert_eq!(Problem::of_error_name("NotAllowedError"), Problem::Blocked);
        assert_eq!(Problem::of_error_name("NotFoundError"), Problem::Missing);
        assert_eq!(Problem::of_error_name("NotReadableError"), Problem::InUse);
        assert_eq!(Problem::of_error_name("TypeError"), Problem::Other);
    }
}
