//! The headers of every answer, and who may post.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{App, Choices};

const PATHS: [&str; 11] = [
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/auth/supportuser",
    "/auth/nobody",
    "/live/calls",
    "/live/webhooks",
    "/live/pages",
    "/webhooks/answer",
    "/no/such/page",
];

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = App::start().await;
    let mut ids = std::collections::BTreeSet::new();
    for path in PATHS {
        let answer = app.get(path).await;
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("permissions-policy", "microphone=(self), camera=(), geolocation=(), payment=()"),
        ] {
            assert_eq!(answer.header(name), expected, "{path}: {name}");
        }
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "'wasm-unsafe-eval'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(policy.contains("connect-src 'self' http://127.0.0.1:3001 ws://127.0.0.1:3001;"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        assert!(ids.insert(answer.header("x-request-id").to_owned()), "{path}: a request id came twice");
    }
}

#[tokio::test]
async fn the_page_and_its_policy_agree_on_a_nonce_that_is_new_each_time() {
    let app = App::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let page = app.get("/").await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonce.len() >= 22);
        let text = page.text();
        assert!(text.contains(&format!("nonce=\"{nonce}\"")), "{text}");
        for tag in text.split("<script").skip(1) {
            let tag = tag.split('>').next().unwrap();
            assert!(tag.contains(nonce) || tag.contains("src="), "a script without the nonce: {tag}");
        }
        assert!(seen.insert(nonce.to_owned()));
    }
}

#[tokio::test]
async fn https_means_hsts() {
    let app = App::with(Choices { public_url: "https://calls.example.com", ..Choices::default() }).await;
    assert_eq!(app.get("/").await.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn another_sites_page_cannot_post_and_the_platform_can() {
    let app = App::start().await;
    let post = |path: &'static str, headers: &'static [(&str, &str)]| {
        let mut request = Request::post(path).header("host", "127.0.0.1:3000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        app.send(request.body(Body::empty()).unwrap())
    };
    for path in ["/", "/api/anything", "/api/console", "/no/such/page", "/auth/supportuser"] {
        for headers in [
            &[("origin", "https://evil.example.com")][..],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example.com")],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "http://127.0.0.1:3001")],
        ] {
            assert_eq!(post(path, headers).await.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
        for headers in [&[("origin", "http://127.0.0.1:3000")][..], &[("sec-fetch-site", "same-origin")], &[]] {
            assert_ne!(post(path, headers).await.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    let platform = post("/webhooks/event", &[("origin", "https://evil.example.com")]).await;
    assert_eq!(platform.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_visitor_gets_no_cookie() {
    let app = App::start().await;
    for path in PATHS {
        assert_eq!(app.get(path).await.header("set-cookie"), "", "{path}");
    }
}
