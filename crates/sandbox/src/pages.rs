//! The handset page: two simulated phones, the running call flow, the event log and the faults, in a browser.
//!
//! Plain HTML, one style sheet and ES modules, compiled into the binary. It knows the sandbox only through its JSON:
//! `/phones`, `/trace`, `/faults`. Of ours it knows the account whose key it shows.
//!
//! | module | job |
//! |---|---|
//! | `handset.js` | puts the page together |
//! | `phones.js`, `headset.js` | the phones; sound in the browser, with the worklet `audio.js` |
//! | `trace.js`, `faults.js` | what happened, and what is to go wrong |
//! | `account.js` | the account's key and secret |
//! | `dom.js`, `page.js`, `texts.js` | elements; what is told and remembered; words (`words.js`), numbers and times |

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::account::Account;

/// No inline script or style, nothing from elsewhere; the page talks to its own origin only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page is told at `/page.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// The application's public address: where the support page is.
    pub app_url: String,
    /// The number that visitors of the support page reach, E.164 digits.
    pub support_number: Option<String>,
    /// The phones shown at first: the business's own, and one more.
    pub numbers: Vec<String>,
    /// Whether the page shows the account's API secret. Not one that the operator configured: it may be a real account's.
    pub shows_secret: bool,
}

/// `/page.json`: what the page is told, with the account that it plays.
#[derive(Clone, Serialize)]
struct Told {
    #[serde(flatten)]
    page: Page,
    api_key: String,
    /// None when it is not to be shown.
    api_secret: Option<String>,
}

/// The page's modules by path.
const SCRIPTS: &[(&str, &str)] = &[
    ("/handset.js", include_str!("pages/handset.js")),
    ("/phones.js", include_str!("pages/phones.js")),
    ("/headset.js", include_str!("pages/headset.js")),
    ("/audio.js", include_str!("pages/audio.js")),
    ("/trace.js", include_str!("pages/trace.js")),
    ("/faults.js", include_str!("pages/faults.js")),
    ("/account.js", include_str!("pages/account.js")),
    ("/dom.js", include_str!("pages/dom.js")),
    ("/page.js", include_str!("pages/page.js")),
    ("/texts.js", include_str!("pages/texts.js")),
    ("/words.js", include_str!("pages/words.js")),
];

/// The application's letters: Inter, cut to the characters of Western and Central Europe by `tools/site.mjs`. Its licence
/// lies beside it.
const FONT: &[u8] = include_bytes!("pages/inter.woff2");

/// `/`, its style sheet, font, scripts and icon, and `/page.json`.
pub fn router(page: Page, account: &Account) -> Router {
    let api_secret = page.shows_secret.then(|| account.api_secret.clone());
    let told = Told { page, api_key: account.api_key.clone(), api_secret };
    let router = Router::new()
        .route("/", get(|| async { file("text/html; charset=utf-8", include_str!("pages/handset.html")) }))
        .route("/handset.css", get(|| async { file("text/css; charset=utf-8", include_str!("pages/handset.css")) }))
        .route("/favicon.svg", get(|| async { file("image/svg+xml", include_str!("pages/favicon.svg")) }))
        .route("/inter.woff2", get(|| async { file("font/woff2", FONT) }))
        .route(
            "/page.json",
            get(|State(told): State<Told>| async move { ([(header::CACHE_CONTROL, "no-store")], Json(told)) }),
        );
    let scripts = SCRIPTS.iter().fold(router, |router, &(path, text)| {
        router.route(path, get(move || async move { file("text/javascript; charset=utf-8", text) }))
    });
    scripts.with_state(told)
}

fn file(kind: &'static str, body: impl IntoResponse) -> Response {
    let headers: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, kind),
        // The binary changes under a reload; the page is small and local.
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("permissions-policy"), "microphone=(self), camera=(), geolocation=()"),
    ];
    (headers, body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn fetch(path: &str) -> (u16, String, String) {
        fetch_from(path, true).await
    }

    async fn fetch_from(path: &str, shows_secret: bool) -> (u16, String, String) {
        let app_url = "http://127.0.0.1:3000".into();
        let page = Page { app_url, support_number: None, numbers: vec!["1".into()], shows_secret };
        let account = Account {
            api_key: "abcd1234".into(),
            api_secret: "the-api-secret".into(),
            signature_secret: "the-signature-secret".into(),
        };
        let response = router(page, &account).oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let policy = response.headers().get("content-security-policy").map_or("", |v| v.to_str().unwrap()).to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, policy, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn everything_the_page_names_is_served_under_its_policy() {
        let (status, policy, html) = fetch("/").await;
        assert_eq!(status, 200);
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let mut named = 0;
        for attribute in ["src=\"/", "href=\"/"] {
            for (at, _) in html.match_indices(attribute) {
                let path = html[at + attribute.len() - 1..].split('"').next().unwrap();
                assert_eq!(fetch(path).await.0, 200, "{path}");
                named += 1;
            }
        }
        assert!(named >= 3, "{named}");
        for (path, script) in SCRIPTS {
            assert_eq!(fetch(path).await.2, *script, "{path}");
            for (at, _) in script.match_indices(" from '/") {
                let named = script[at + " from '".len()..].split('\'').next().unwrap();
                assert_eq!(fetch(named).await.0, 200, "{named}, which {path} imports");
            }
        }
        for inline in ["<style", "style=\"", "onclick", "<script>"] {
            assert!(!html.contains(inline), "{inline} is against the policy");
        }
        assert!(policy.contains("font-src 'self'") && fetch("/handset.css").await.2.contains("url(\"/inter.woff2\")"));
        let answer = file("font/woff2", FONT);
        assert_eq!(answer.headers()["content-type"], "font/woff2");
    }

    #[tokio::test]
    async fn the_page_is_told_the_accounts_key_and_its_secret_unless_that_was_configured() {
        for (shows_secret, secret) in [(true, serde_json::json!("the-api-secret")), (false, serde_json::Value::Null)] {
            let (_, _, text) = fetch_from("/page.json", shows_secret).await;
            let told: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&told["api_key"], &told["api_secret"]), (&serde_json::json!("abcd1234"), &secret));
            assert_eq!(told["numbers"][0], "1");
            assert!(!text.contains("the-signature-secret"), "{text}");
        }
    }

    #[test]
    fn every_word_is_in_both_languages() {
        let words = include_str!("pages/words.js");
        let keys = |from: &str, to: &str| -> std::collections::BTreeSet<String> {
            let part = words.split(from).nth(1).unwrap().split(to).next().unwrap();
            let keys = part.lines().filter_map(|line| Some(line.trim().split_once(": ")?.0.to_owned()));
            keys.filter(|key| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).collect()
        };
        let (english, chinese) = (keys("en: {", "\n  },"), keys("zh: {", "\n  },"));
        assert!(english.len() > 60, "{}", english.len());
        assert_eq!(english, chinese);
        let html = include_str!("pages/handset.html");
        for (at, attribute) in html.match_indices("data-t=\"") {
            let key = html[at + attribute.len()..].split('"').next().unwrap();
            assert!(english.contains(key), "{key} has no words");
        }
    }
}
