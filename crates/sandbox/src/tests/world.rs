//! A sandbox on a free port, and the application that is its customer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::account::Account;
use crate::auth::testing::{sign, user_token};
use crate::effects::{Effects, lock};
use crate::pages::Page;
use crate::{Config, Sandbox, start};

/// The account's number.
pub const SUPPORT: &str = "442079460000";

/// What the application saw: the path and the parameters.
pub type Log = Vec<(String, Value)>;

#[derive(Clone, Default)]
struct App {
    log: Arc<Mutex<Log>>,
    /// By path: what is answered, the last one again and again.
    answers: Arc<Mutex<HashMap<String, VecDeque<Value>>>>,
}

impl App {
    fn take(&self, method: &Method, uri: &Uri, body: &Bytes) -> Response {
        let seen = if method == Method::GET {
            let pairs = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned();
            Value::Object(pairs.map(|(name, value)| (name, value.into())).collect::<Map<_, _>>())
        } else {
            serde_json::from_slice(body).unwrap()
        };
        lock(&self.log).push((uri.path().to_owned(), seen));
        let mut answers = lock(&self.answers);
        let Some(queue) = answers.get_mut(uri.path()) else { return ().into_response() };
        let next = if queue.len() > 1 { queue.pop_front() } else { queue.front().cloned() };
        axum::Json(next).into_response()
    }
}

pub struct World {
    pub url: String,
    pub app_url: String,
    pub application: String,
    pub account: Account,
    pub http: reqwest::Client,
    key: String,
    app: App,
    _stop: DropGuard,
}

impl World {
    pub async fn start() -> World {
        let app = App::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app_url = format!("http://{}", listener.local_addr().unwrap());
        let taking = app.clone();
        let handler = move |method: Method, uri: Uri, body: Bytes| async move { taking.take(&method, &uri, &body) };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });

        let stop = CancellationToken::new();
        let account = Account::generated(&Effects::system());
        let config = Config {
            addr: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            account: account.clone(),
            numbers: vec![(SUPPORT.to_owned(), "GB".to_owned())],
            media_addrs: Vec::new(),
            allowed_origins: Vec::new(),
            strict: true,
            requests: None,
            page: Page { app_url: app_url.clone(), support_number: None, numbers: Vec::new(), shows_secret: false },
        };
        let Sandbox { url, .. } = start(config, stop.clone(), TaskTracker::new()).await.unwrap();
        let http = reqwest::Client::builder().build().unwrap();
        let hook = |path: &str, method: &str| json!({"address": format!("{app_url}{path}"), "http_method": method});
        let wanted = json!({"name": "Customer", "capabilities": {"rtc": {}, "voice": {"webhooks": {
            "answer_url": hook("/answer", "GET"), "fallback_answer_url": hook("/fallback", "GET"),
            "event_url": hook("/event", "POST")}}}});
        let made = http.post(format!("{url}/v2/applications"));
        let made = made.basic_auth(&account.api_key, Some(&account.api_secret)).json(&wanted).send().await.unwrap();
        assert_eq!(made.status(), 201);
        let made: Value = made.json().await.unwrap();
        let application = made["id"].as_str().unwrap().to_owned();
        let linked = http.post(format!("{url}/number/update"));
        let linked = linked.basic_auth(&account.api_key, Some(&account.api_secret));
        let link = [("country", "GB"), ("msisdn", SUPPORT), ("app_id", application.as_str())];
        assert_eq!(linked.form(&link).send().await.unwrap().status(), 200);
        let key = made["keys"]["private_key"].as_str().unwrap().to_owned();
        World { url, app_url, application, account, http, key, app, _stop: stop.drop_guard() }
    }

    /// What the application answers at a path: one after the other, the last for ever.
    pub fn answers(&self, path: &str, answers: impl IntoIterator<Item = Value>) {
        lock(&self.app.answers).insert(path.to_owned(), answers.into_iter().collect());
    }

    pub fn log(&self) -> Log {
        lock(&self.app.log).clone()
    }

    /// Events the application got at `/event` about a leg.
    pub fn statuses(&self, leg: &str) -> Vec<String> {
        let log = self.log();
        let of_leg = log.iter().filter(|(path, body)| path == "/event" && body["uuid"] == leg);
        of_leg.filter_map(|(_, body)| body["status"].as_str().map(str::to_owned)).collect()
    }

    /// The first thing the application was told at a path that fits.
    pub async fn told(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1_500 {
            if let Some((_, body)) = self.log().into_iter().find(|(at, body)| at == path && fits(body)) {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never told at {path}; the log is {:#?}", self.log());
    }

    pub fn token(&self) -> String {
        let now = Effects::system().now_s();
        let claims = json!({"application_id": self.application, "iat": now, "exp": now + 600, "jti": "j"});
        sign(&json!({"alg": "RS256", "typ": "JWT"}), &claims, &self.key)
    }

    pub fn user_token(&self, name: &str) -> String {
        let now = Effects::system().now_s();
        let claims = json!({"application_id": self.application, "iat": now, "exp": now + 600, "jti": "j", "sub": name,
            "acl": {"paths": {"/*/**": {}}}});
        assert!(!user_token(&self.application, &self.key, name, now, now + 60).is_empty());
        sign(&json!({"alg": "RS256", "typ": "JWT"}), &claims, &self.key)
    }

    /// A request with a token; the status and the body, null when there is none.
    pub async fn ask(&self, method: &str, path: &str, token: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)).bearer_auth(token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// With the account's key and secret.
    pub fn as_account(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        request.basic_auth(&self.account.api_key, Some(&self.account.api_secret))
    }

    pub async fn account(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = self.as_account(self.http.request(method.parse().unwrap(), format!("{}{path}", self.url)));
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    pub async fn rest(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask(method, path, &self.token(), body).await
    }

    /// Does something with a phone; it must work.
    pub async fn phone(&self, number: &str, what: &str, body: Value) -> Value {
        let (status, answer) = self.try_phone(number, what, body).await;
        assert_eq!(status, 200, "{what}: {answer}");
        answer
    }

    pub async fn try_phone(&self, number: &str, what: &str, body: Value) -> (u16, Value) {
        self.ask("POST", &format!("/phones/{number}/{what}"), "", body).await
    }

    /// The phone, with the levels at some tones.
    pub async fn look(&self, number: &str) -> Value {
        self.ask("GET", &format!("/phones/{number}?tones=400,440,1000"), "", Value::Null).await.1
    }

    /// The phone, as soon as it is as wanted.
    pub async fn phone_when(&self, number: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..800 {
            last = self.look(number).await;
            if is(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (_, trace) = self.ask("GET", "/trace.json", "", Value::Null).await;
        panic!("phone {number} never: {what}. It is {last:#} after {trace:#}");
    }

    pub async fn phone_in(&self, number: &str, state: &str) -> Value {
        self.phone_when(number, state, |phone| phone["state"] == state).await
    }
}

pub fn tone(phone: &Value, hz: &str) -> f64 {
    phone["heard"]["tones"][hz].as_f64().unwrap()
}

pub fn was_told(phone: &Value, text: &str) -> bool {
    phone["said"].as_array().unwrap().iter().any(|said| said["text"].as_str().unwrap().contains(text))
}
