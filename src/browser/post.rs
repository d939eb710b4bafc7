//! Posts JSON and forms to our own server, and nothing more.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::object;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = window, js_name = fetch)]
    async fn fetch(url: &str, options: &JsValue) -> Result<JsValue, JsValue>;

    type Response;
    #[wasm_bindgen(method, catch)]
    fn text(this: &Response) -> Result<js_sys::Promise, JsValue>;
}

/// The answer's text, whatever its status; `None` when there is none.
pub async fn post(path: &str, body: &str) -> Option<String> {
    send(path, "application/json", body).await
}

/// The same, of what a form would send.
pub async fn post_form(path: &str, fields: &[(&str, &str)]) -> Option<String> {
    let encoded = |text: &str| String::from(js_sys::encode_uri_component(text));
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    send(path, "application/x-www-form-urlencoded", &pairs.join("&")).await
}

async fn send(path: &str, kind: &str, body: &str) -> Option<String> {
    let headers = object(&[("content-type", kind.into()), ("accept", "application/json".into())]);
    let options = object(&[("method", "POST".into()), ("headers", headers), ("body", body.into())]);
    let response = fetch(path, &options).await.ok()?;
    JsFuture::from(response.unchecked_ref::<Response>().text().ok()?).await.ok()?.as_string()
}
