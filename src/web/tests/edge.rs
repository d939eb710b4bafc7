//! What strangers meet: metrics, methods, the sandbox's sign-ins and its strip.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use tower::ServiceExt as _;

use super::app::{App, Choices};
use crate::web::{pages, watchers};

#[test]
fn f9_methods_that_http_does_not_know_share_one_label() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let app = App::start().await;
            for n in 0..300 {
                for path in ["/healthz", "/webhooks/event", &format!("/no/such/{n}"), &format!("/auth/{n}")] {
                    let request = Request::builder().method(format!("BREW{n}").as_str()).uri(path);
                    app.send(request.body(Body::empty()).unwrap()).await;
                }
            }
            app.get("/healthz").await;
        });
    });
    let told = handle.render();
    let series = told.lines().filter(|line| line.starts_with("http_requests_total{")).count();
    assert!((2..=12).contains(&series), "{series} series:\n{told}");
    assert!(told.contains("method=\"other\"") && told.contains("method=\"GET\"") && !told.contains("BREW"), "{told}");
}

#[tokio::test]
async fn f18_metrics_need_a_key_at_the_public_address() {
    let app = App::start().await;
    let stranger = app.get("/metrics").await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    assert!(!stranger.text().contains("# TYPE"), "{}", stranger.text());
    let (_, key) = app.services.accounts.create_api_key("Prometheus").await.unwrap();
    let asked = |key: &str| {
        let request = Request::get("/metrics").header("authorization", format!("Bearer {key}"));
        app.send(request.body(Body::empty()).unwrap())
    };
    let told = asked(&key).await;
    assert_eq!(
        (told.status, told.header("content-type")),
        (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8")
    );
    assert_eq!(asked("sb_wrong").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn f18_who_watches_is_told_reasons_and_strangers_only_that_it_is_so() {
    let app = App::start().await;
    let watch = |path: &'static str| {
        let watchers = watchers(app.web.clone());
        async move {
            let response = watchers.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
            let status = response.status();
            let body = axum::body::to_bytes(response.into_body(), 8 << 20).await.unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        }
    };
    assert_eq!(watch("/metrics").await.0, StatusCode::OK);
    assert_eq!(watch("/readyz").await, (StatusCode::OK, "ready\n".to_owned()));
    assert_eq!(watch("/").await.0, StatusCode::NOT_FOUND);
    app.store.close().await;
    let (status, why) = watch("/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(why.starts_with("not ready: ") && why.len() > "not ready: \n".len(), "{why}");
    assert_eq!(app.get("/readyz").await.text(), "not ready\n");
    assert_eq!(watch("/healthz").await.1, "ok\n");
}

fn sign_in(name: &str, from: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let from: SocketAddr = format!("{from}:40000").parse().unwrap();
    let mut request = Request::post("/api/sandbox-sign-in")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .extension(ConnectInfo(from));
    for (header, value) in headers {
        request = request.header(*header, *value);
    }
    request.body(Body::from(format!("name={name}"))).unwrap()
}

#[tokio::test]
async fn f0_one_click_signs_in_at_this_machine_only() {
    let app = App::sandboxed().await;
    app.services.team.first_sandbox_start().await.unwrap();
    for (from, headers) in [
        ("192.0.2.55", &[][..]),
        ("172.17.0.1", &[("host", "127.0.0.1:3000")]),
        ("127.0.0.1", &[("x-forwarded-for", "192.0.2.55")]),
        ("127.0.0.1", &[("forwarded", "for=127.0.0.1")]),
        ("127.0.0.1", &[("host", "rebound.example.com:3000")]),
    ] {
        let answer = app.send(sign_in("Olivia", from, headers)).await;
        assert_eq!(answer.header("location"), "/login?problem=wrong", "{from} {headers:?}");
        assert_eq!(answer.header("set-cookie"), "", "{from} {headers:?}");
        let mut login =
            Request::get("/login").extension(ConnectInfo(format!("{from}:1").parse::<SocketAddr>().unwrap()));
        for (header, value) in headers {
            login = login.header(*header, *value);
        }
        let page = app.send(login.body(Body::empty()).unwrap()).await.text();
        assert!(!page.contains("sandbox-sign-in") && !page.contains("Olivia"), "{from} {headers:?}");
    }
    let answer = app.send(sign_in("Olivia", "127.0.0.1", &[("host", "127.0.0.1:3000")])).await;
    assert_eq!(answer.header("location"), "/admin");
}

#[tokio::test]
async fn f0_one_click_is_not_for_a_sandbox_that_others_reach() {
    let app = App::with(Choices { sandbox: true, public_url: "https://demo.example.org", ..Choices::default() }).await;
    app.services.team.first_sandbox_start().await.unwrap();
    let answer = app.send(sign_in("Olivia", "127.0.0.1", &[])).await;
    assert_eq!(answer.header("location"), "/login?problem=wrong");
}

#[tokio::test]
async fn f0_every_page_says_that_this_is_the_sandbox_and_no_page_of_the_real_platform_does() {
    for sandbox in [true, false] {
        let app = App::with(Choices { sandbox, ..Choices::default() }).await;
        app.services.team.first_sandbox_start().await.unwrap();
        let operator = app.cookie().await;
        let mut seen = 0;
        let paths = pages::paths()
            .into_iter()
            .map(|path| path.replace("{id}", "1"))
            .chain(["/no-such-page".into(), "/api".into()]);
        for path in paths {
            let request = Request::get(&path).header("accept", "text/html").header("cookie", &operator);
            let page = app.send(request.body(Body::empty()).unwrap()).await;
            if page.status.is_redirection() {
                continue;
            }
            let (told, text) = (format!("{path}: {}", page.status), page.text());
            assert_eq!(text.contains("This is a sandbox."), sandbox, "{told}");
            seen += 1;
        }
        assert!(seen > 15, "{seen} pages");
    }
}

#[tokio::test]
async fn case_21_events_by_get_change_the_record_as_by_post() {
    let app = App::start().await;
    let answer = app
        .get_signed("/webhooks/answer", "to=442079460000&from=447700900123&uuid=leg-a&conversation_uuid=CON-g")
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    for (path, status, phase) in [
        ("/webhooks/event", "ringing", "ringing"),
        ("/event", "answered", "talking"),
        ("/webhooks/events", "completed", "answered"),
    ] {
        let query = format!(
            "conversation_uuid=CON-g&uuid=leg-b&status={status}&direction=outbound&to=447700900000&duration=7&\
             timestamp=2026-11-21T10:00:0{}.000Z",
            status.len() % 10
        );
        assert_eq!(app.get_signed(path, &query).await.status, StatusCode::OK, "{path}");
        if status != "completed" {
            assert_eq!(app.calls().await.get("CON-g").map(String::as_str), Some(phase), "{path}");
        }
    }
    let keys = format!("dtmf={}&uuid=leg-a&conversation_uuid=CON-g", "%7B%22digits%22%3A%224711%22%7D");
    assert_eq!(app.get_signed("/webhooks/dtmf", &keys).await.status, StatusCode::OK);
    assert_eq!(app.stored("dtmf").await, 1);
    let recording =
        "conversation_uuid=CON-g&recording_uuid=r-1&recording_url=https%3A%2F%2Fapi.nexmo.com%2Fr-1&size=9000";
    assert_eq!(app.get_signed("/webhooks/recording", recording).await.status, StatusCode::OK);
    assert_eq!(app.stored("recording").await, 1);
    let pin = app.get_signed("/webhooks/private-pin", &keys.replace("leg-a", "leg-p")).await;
    assert!(pin.status == StatusCode::OK && pin.json().is_array(), "{}", pin.text());
    assert!(app.get_signed("/webhooks/rtc", "type=rtc:hangup&conversation_uuid=CON-g").await.status.is_success());
    // Unsigned they are as little welcome as by POST.
    for path in ["event", "events", "dtmf", "recording", "rtc", "private-pin"] {
        let answer = app.get(&format!("/webhooks/{path}?conversation_uuid=CON-g&status=answered")).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
    }
    assert_eq!(app.stored("event").await, 3);
    let body = json!({ "conversation_uuid": "CON-g", "uuid": "leg-a", "status": "completed" }).to_string();
    assert_eq!(app.post_signed("/webhooks/event", body).await.status, StatusCode::OK, "both ways side by side");
}
