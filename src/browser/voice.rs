//! The Vonage Client SDK (`@vonage/client-sdk` 2.3.1), as far as the calls of visitors and agents need it.
//!
//! The SDK is a script of its own, `/vendor/vonage-client-sdk.js`, and puts `vonageClientSDK` into the page. Names and
//! values of events follow the Client SDK reference for JavaScript, `VonageClient`.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::{field, object, text};

#[wasm_bindgen]
extern "C" {
    type VonageClient;
    #[wasm_bindgen(constructor, catch, js_namespace = vonageClientSDK)]
    fn new(options: &JsValue) -> Result<VonageClient, JsValue>;
    #[wasm_bindgen(method, js_name = setConfig)]
    fn set_config(this: &VonageClient, config: &JsValue);
    #[wasm_bindgen(method, catch, js_name = createSession)]
    async fn create_session(this: &VonageClient, token: &str, session: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = refreshSession)]
    async fn refresh_session(this: &VonageClient, token: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = deleteSession)]
    async fn delete_session(this: &VonageClient) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = serverCall)]
    async fn server_call(this: &VonageClient, context: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn answer(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn reject(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = reconnectCall)]
    async fn reconnect_call(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn hangup(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn mute(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn unmute(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = sendDTMF)]
    async fn send_dtmf(this: &VonageClient, call: &str, digits: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getPeerConnection)]
    fn get_peer_connection(this: &VonageClient, call: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getAudioOutputElement)]
    fn get_audio_output_element(this: &VonageClient) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn on(this: &VonageClient, event: &str, listener: &JsValue) -> JsValue;
}

/// What the SDK is told about where the platform is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub api_url: String,
    /// An origin: the SDK takes a path for a socket.io namespace.
    pub websocket_url: String,
    /// Empty: the SDK's own.
    pub websocket_path: String,
}

/// What the SDK reports of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody calls: a telephone's number, or a user's name.
    Invite {
        call: String,
        from: String,
    },
    /// They stopped: `RemoteCancel`, `RemoteTimeout`, `AnsweredElsewhere`, `RejectedElsewhere`.
    InviteCancelled {
        call: String,
        reason: String,
    },
    /// The other party's leg: `RINGING`, `ANSWERED`, `COMPLETED`.
    Leg {
        call: String,
        status: String,
    },
    /// The call is over: `REMOTE_HANGUP`, `REMOTE_REJECT`, `REMOTE_NO_ANSWER_TIMEOUT`, `LOCAL_HANGUP`, `MEDIA_TIMEOUT`.
    HangUp {
        call: String,
        reason: String,
    },
    Muted {
        call: String,
        muted: bool,
    },
    /// Audio stopped and is being brought back.
    MediaReconnecting {
        call: String,
    },
    MediaBack {
        call: String,
    },
    /// Audio could not be brought back.
    MediaGone {
        call: String,
    },
    SessionReconnecting,
    SessionBack,
    /// `EXPIRED_TOKEN`, `TRANSPORT_CLOSED`, `PING_TIMEOUT`: there is no session any more.
    SessionGone {
        reason: String,
    },
}

/// Why the SDK refused: its `type` and `code`, as they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub kind: String,
    pub code: String,
}

impl From<JsValue> for Refused {
    fn from(error: JsValue) -> Self {
        Self { kind: text(&error, "type").unwrap_or_default(), code: text(&error, "code").unwrap_or_default() }
    }
}

/// A voice client. Its listeners live as long as the page: there is one client for each call, and few calls on a page.
#[derive(Clone)]
pub struct Client {
    inner: Rc<VonageClient>,
}

impl Client {
    /// A client for this platform, whose events go to `listener`.
    ///
    /// # Errors
    /// When the SDK is not in the page.
    pub fn new(config: &Config, listener: impl FnMut(Event) + 'static) -> Result<Self, Refused> {
        let inner = VonageClient::new(&object(&[("loggingLevel", "Error".into())]))?;
        let mut fields = vec![
            ("apiUrl", JsValue::from(&config.api_url)),
            ("websocketUrl", JsValue::from(&config.websocket_url)),
            // Otherwise every second of a call is reported to a host of the SDK's own choice.
            ("rtcStatsTelemetry", false.into()),
            ("autoReconnectMedia", true.into()),
        ];
        if !config.websocket_path.is_empty() {
            fields.push(("websocketPath", JsValue::from(&config.websocket_path)));
        }
        inner.set_config(&object(&fields));
        let client = Self { inner: Rc::new(inner) };
        client.listen(listener);
        Ok(client)
    }

    fn listen(&self, listener: impl FnMut(Event) + 'static) {
        let listener = Rc::new(RefCell::new(listener));
        let on = |name: &str, read: fn(Arguments) -> Event| {
            let listener = Rc::clone(&listener);
            let closure = Closure::<dyn FnMut(JsValue, JsValue, JsValue)>::new(move |a, b, c| {
                // Never while another event is being handled: the handlers only send messages.
                if let Ok(mut listener) = listener.try_borrow_mut() {
                    listener(read(Arguments(a, b, c)));
                }
            });
            self.inner.on(name, &closure.into_js_value());
        };
        on("callInvite", |a| Event::Invite { call: a.text(0), from: a.text(1) });
        on("callInviteCancel", |a| Event::InviteCancelled { call: a.text(0), reason: a.text(1) });
        on("legStatusUpdate", |a| Event::Leg { call: a.text(0), status: a.text(2) });
        on("callHangup", |a| Event::HangUp { call: a.text(0), reason: a.text(2) });
        on("mute", |a| Event::Muted { call: a.text(0), muted: a.2.is_truthy() });
        on("callMediaReconnecting", |a| Event::MediaReconnecting { call: a.text(0) });
        on("callMediaReconnection", |a| Event::MediaBack { call: a.text(0) });
        on("callMediaDisconnect", |a| Event::MediaGone { call: a.text(0) });
        on("callMediaError", |a| Event::MediaGone { call: a.text(0) });
        on("reconnecting", |_| Event::SessionReconnecting);
        on("reconnection", |_| Event::SessionBack);
        on("sessionError", |a| Event::SessionGone { reason: a.text(0) });
    }

    /// Opens a session, or goes on with an `old` one. Its id.
    ///
    /// # Errors
    /// What the platform says: an expired token, too many sessions, nothing within five seconds.
    pub async fn create_session(&self, token: &str, old: Option<&str>) -> Result<String, Refused> {
        let session = self.inner.create_session(token, &old.map_or(JsValue::UNDEFINED, JsValue::from)).await?;
        Ok(session.as_string().unwrap_or_default())
    }

    /// # Errors
    /// What the platform says.
    pub async fn refresh_session(&self, token: &str) -> Result<(), Refused> {
        self.inner.refresh_session(token).await?;
        Ok(())
    }

    /// Ends the session. A failure is none: the token's end ends it too.
    pub async fn delete_session(&self) {
        let _ = self.inner.delete_session().await;
    }

    /// Places a call. The fields reach the answer webhook in `custom_data`; `to` is where it goes. The call's id.
    ///
    /// # Errors
    /// What the platform or the browser says.
    pub async fn server_call(&self, fields: &[(&str, &str)]) -> Result<String, Refused> {
        let fields: Vec<(&str, JsValue)> = fields.iter().map(|(name, value)| (*name, (*value).into())).collect();
        let call = self.inner.server_call(&object(&fields)).await?;
        Ok(call.as_string().unwrap_or_default())
    }

    /// Takes a call that this client was invited to.
    ///
    /// # Errors
    /// When it is over already, or the browser has no microphone.
    pub async fn answer(&self, call: &str) -> Result<(), Refused> {
        self.inner.answer(call).await?;
        Ok(())
    }

    /// # Errors
    /// When it is over already.
    pub async fn reject(&self, call: &str) -> Result<(), Refused> {
        self.inner.reject(call).await?;
        Ok(())
    }

    /// Brings back the audio of a call that this page, or the page before a reload, was in.
    ///
    /// # Errors
    /// When the call is over, among others.
    pub async fn reconnect_call(&self, call: &str) -> Result<(), Refused> {
        self.inner.reconnect_call(call).await?;
        Ok(())
    }

    /// # Errors
    /// When the call is over already.
    pub async fn hang_up(&self, call: &str) -> Result<(), Refused> {
        self.inner.hangup(call).await?;
        Ok(())
    }

    /// # Errors
    /// When the call is over already.
    pub async fn set_muted(&self, call: &str, muted: bool) -> Result<(), Refused> {
        if muted {
            self.inner.mute(call).await?
        } else {
            self.inner.unmute(call).await?
        };
        Ok(())
    }

    /// # Errors
    /// When the call is over already.
    pub async fn send_digits(&self, call: &str, digits: &str) -> Result<(), Refused> {
        self.inner.send_dtmf(call, digits).await?;
        Ok(())
    }

    /// The call's `RTCPeerConnection`, for levels and statistics.
    #[must_use]
    pub fn peer_connection(&self, call: &str) -> Option<JsValue> {
        self.inner.get_peer_connection(call).ok().filter(JsValue::is_object)
    }
}

impl Client {
    /// The `<audio>` that plays the other side.
    #[must_use]
    pub fn audio_element(&self) -> JsValue {
        self.inner.get_audio_output_element().unwrap_or(JsValue::UNDEFINED)
    }
}

/// What the SDK gave a listener.
struct Arguments(JsValue, JsValue, JsValue);

impl Arguments {
    /// A word: the SDK gives its enumerations as text, or as objects with a `name`.
    fn text(&self, index: usize) -> String {
        let value = [&self.0, &self.1, &self.2][index.min(2)];
        value.as_string().or_else(|| field(value, "name").as_string()).unwrap_or_default()
    }
}
