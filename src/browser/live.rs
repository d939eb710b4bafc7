//! Live events from our own server (server-sent events). The browser reconnects by itself, with `Last-Event-ID`.

use wasm_bindgen::prelude::*;

use super::text;

#[wasm_bindgen]
extern "C" {
    type EventSource;
    #[wasm_bindgen(constructor, catch)]
    fn new(url: &str) -> Result<EventSource, JsValue>;
    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add_event_listener(this: &EventSource, event: &str, listener: &JsValue);
    #[wasm_bindgen(method)]
    fn close(this: &EventSource);
}

/// What a stream tells its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    Open,
    /// It broke; the browser is trying again, unless the server refused.
    Broken,
    /// An event's data.
    Event(String),
}

/// An open stream; closed when it is dropped.
pub struct Stream {
    source: EventSource,
    // Freed with the stream, after it is closed.
    _listeners: Vec<Closure<dyn FnMut(JsValue)>>,
}

impl Stream {
    /// Listens to the events of these names at `url`.
    #[must_use]
    pub fn open(url: &str, events: &[&str], listener: impl Fn(Live) + Clone + 'static) -> Option<Self> {
        let source = EventSource::new(url).ok()?;
        let on = |event: &str, read: fn(JsValue) -> Option<Live>| {
            let listener = listener.clone();
            let closure = Closure::<dyn FnMut(JsValue)>::new(move |event| {
                if let Some(live) = read(event) {
                    listener(live);
                }
            });
            source.add_event_listener(event, closure.as_ref());
            closure
        };
        let mut listeners = vec![on("open", |_| Some(Live::Open)), on("error", |_| Some(Live::Broken))];
        listeners.extend(events.iter().map(|event| on(event, |event| text(&event, "data").map(Live::Event))));
        Some(Self { source, _listeners: listeners })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
    }
}
