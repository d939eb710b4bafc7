//! Private calls over HTTP: the interface of the operator's systems, the platform's webhooks, the operator's forms.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::app::{Answer, App};
use crate::domain::line::Line;
use crate::domain::phone::E164;

const A: &str = "447700900001";
const B: &str = "447700900002";
/// The setting of the account that decides how texts come.
const SETTING: &str = "Default SMS Setting";

async fn app(numbers: usize) -> (App, String) {
    let app = App::start().await;
    for at in 0..numbers {
        let number = E164::parse(&format!("44207946{at:04}1")).unwrap();
        app.services.lines.add_number(&number, "GB", &["VOICE".into(), "SMS".into()], &Line::Private).await.unwrap();
    }
    let (_, key) = app.services.accounts.create_api_key("booking").await.unwrap();
    (app, key)
}

async fn send(app: &App, key: &str, method: Method, path: &str, body: Value, more: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/api/private-conversations{path}"));
    request =
        request.header(header::AUTHORIZATION, format!("Bearer {key}")).header(header::CONTENT_TYPE, "application/json");
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    app.send(request.body(body).unwrap()).await
}

fn wanted(one: &str, other: &str) -> Value {
    json!({ "participants": [{ "number": one, "name": "Ada" }, { "number": other }], "notify": false })
}

#[tokio::test]
async fn a_conversation_is_opened_shown_and_closed() {
    let (app, key) = app(2).await;
    let again = [("idempotency-key", "order-1")];
    let opened = send(&app, &key, Method::POST, "", wanted("+44 7700 900001", B), &again).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let opened = opened.json();
    assert_eq!((&opened["state"], &opened["participants"][0]["number"]), (&json!("open"), &json!(A)));
    assert_eq!(opened["created_by"], "api booking");
    let dials = opened["participants"][0]["dials"].as_str().unwrap().to_owned();
    let known = send(&app, &key, Method::POST, "", wanted(A, B), &again).await;
    assert_eq!((known.status, &known.json()["id"]), (StatusCode::OK, &opened["id"]));
    assert!(!known.text().contains(A), "a repetition brings no number back");

    let body = json!({ "from": A, "to": dials, "uuid": "leg", "conversation_uuid": "CON-1" });
    let flow = app.post_signed("/webhooks/answer", body.to_string()).await.json();
    assert_eq!(flow[1]["endpoint"][0]["number"], B);
    // The URL of the older sample: by GET, and for whatever number it is asked.
    let query = format!("from={A}&to={dials}&uuid=leg2&conversation_uuid=CON-2");
    assert_eq!(app.get_signed("/proxy-call", &query).await.json()[1]["endpoint"][0]["number"], B);
    let strange =
        app.get_signed("/proxy-call", "from=447700900009&to=442079460000&uuid=leg3&conversation_uuid=CON-3").await;
    assert!(!strange.text().contains("connect\""), "{}", strange.text());
    for path in ["/proxy-call", "/webhooks/inbound-sms", "/webhooks/private-pin", "/webhooks/sms-status"] {
        let unsigned = app.post(path, None, body.to_string()).await;
        assert_eq!(unsigned.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(!unsigned.text().contains(B));
        let forged = app.post(path, Some("Bearer x.y.z"), body.to_string()).await;
        assert_eq!(forged.status, StatusCode::UNAUTHORIZED, "{path}");
    }

    let id = opened["id"].as_str().unwrap();
    let shown = send(&app, &key, Method::GET, &format!("/{id}"), Value::Null, &[]).await;
    assert!(!shown.text().contains(A) && !shown.text().contains(B), "{}", shown.text());
    assert_eq!(shown.json()["attempts"].as_array().unwrap().len(), 2);
    let list = send(&app, &key, Method::GET, "?state=open&reference=%2B44%207700%20900002", Value::Null, &[]).await;
    assert_eq!(list.json()["conversations"].as_array().unwrap().len(), 1);
    for _ in 0..2 {
        let closed = send(&app, &key, Method::DELETE, &format!("/{id}"), Value::Null, &[]).await.json();
        assert_eq!((&closed["state"], &closed["closed_by"]), (&json!("closed"), &json!("api booking")));
    }
    let over = json!({ "from": A, "to": dials, "uuid": "leg4", "conversation_uuid": "CON-4" });
    assert!(app.post_signed("/webhooks/answer", over.to_string()).await.text().contains("over"));
    // The call log shows no number but ours.
    let calls = app.services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls;
    assert!(!format!("{calls:?}").contains(A) && format!("{calls:?}").contains(&dials));
    let call = app.services.log.call(&calls[0].id).await.unwrap().unwrap();
    assert!(!format!("{call:?}").contains(A) && !format!("{call:?}").contains(B), "{call:?}");
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let (app, key) = app(1).await;
    let post = async |body: Value| {
        let refused = send(&app, &key, Method::POST, "", body, &[]).await;
        (refused.status.as_u16(), refused.json())
    };
    for (body, field) in [
        (json!({ "participants": [{ "number": A }] }), "participants"),
        (wanted("07700 90001", B), "participants[0].number"),
        (wanted(A, A), "participants[1].number"),
        (json!({ "participants": [{ "number": A }, { "number": B }], "language": "tlh" }), "language"),
        (json!({ "participants": [{ "number": A }, { "number": B }], "expires_in": 5 }), "expires_in"),
    ] {
        let (status, problem) = post(body).await;
        assert_eq!((status, problem["field"].as_str()), (400, Some(field)), "{problem}");
    }
    assert_eq!(post(json!({ "participants": [], "expire_in": 60 })).await.1["code"], "unreadable");
    assert_eq!(post(wanted(A, B)).await.0, 201);
    let (status, problem) = post(wanted("447700900003", A)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("pool_too_small")));
    assert_eq!(
        problem["shortages"],
        json!([{ "participant": 1, "country": "GB", "open": 1, "cooling": 0, "pool": 1, "missing": 1 }])
    );
    assert!(problem["detail"].as_str().unwrap().contains("rent 1 more in GB"), "{problem}");
    let nothing = send(&app, &key, Method::DELETE, "/nothing", Value::Null, &[]).await;
    assert_eq!((nothing.status, &nothing.json()["code"]), (StatusCode::NOT_FOUND, &json!("not_found")));
    let stranger = send(&app, "sb_wrong", Method::GET, "", Value::Null, &[]).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_operators_pages_work_without_javascript_and_show_no_number() {
    let (app, _) = app(2).await;
    let cookie = app.cookie().await;
    let page = async |path: &str| {
        let request = Request::get(path).header(header::COOKIE, &cookie).header(header::ACCEPT, "text/html");
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let form = async |path: &str, fields: &str| {
        let request = Request::post(path)
            .header(header::COOKIE, &cookie)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        app.send(request.body(Body::from(fields.to_owned())).unwrap()).await
    };
    for path in ["", "/numbers", "/proof", "/forget"] {
        let shown = page(&format!("/admin/private-calls{path}")).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        assert!(shown.text().contains("</html>"));
    }
    let opened = form("/api/private-open", &format!("first={A}&second=%2B44+7700+900002&first_name=Ada")).await;
    assert_eq!(opened.status, StatusCode::FOUND);
    let there = opened.header("location").to_owned();
    assert!(there.starts_with("/admin/private-calls/") && !there.contains(A), "{there}");
    let detail = page(&there).await.text();
    assert!(detail.contains("The conversation is open") && detail.contains("Ada") && detail.contains("+44 2079460"));
    assert!(!detail.contains(A) && !detail.contains(B));
    assert!(!page(&there).await.text().contains("The conversation is open"), "said once");
    // What was wrong comes back filled in, and not by the address.
    let wrong = form("/api/private-open", &format!("first={A}&second=12&reference=order")).await;
    assert_eq!(wrong.header("location"), "/admin/private-calls");
    let again = page("/admin/private-calls").await.text();
    assert!(again.contains(r#"role="alert""#) && again.contains(&format!(r#"value="{A}""#)) && again.contains("order"));
    let closed = form("/api/private-close", &format!("id={}", there.rsplit('/').next().unwrap())).await;
    assert_eq!(closed.status, StatusCode::FOUND);
    assert!(page(&there).await.text().contains("The conversation is closed"));
    let erased = form("/api/private-erase", &format!("number={A}")).await;
    assert_eq!(erased.header("location"), "/admin/private-calls/forget");
    assert!(page("/admin/private-calls/forget").await.text().contains("Removed from 1 conversations"));
    // Nobody but the operator.
    let stranger = app.post("/api/private-erase", None, "").await;
    assert_ne!(stranger.status, StatusCode::OK);
    let visitor = Request::get("/admin/private-calls").header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
    assert!(app.send(visitor).await.header("location").starts_with("/login"));
}

#[tokio::test]
async fn case_33_an_unsigned_text_of_the_sms_api_is_refused_and_the_operator_reads_which_setting_sends_it_so() {
    let (app, _) = app(1).await;
    let cookie = app.cookie().await;
    let page = async |path: &str| {
        let request = Request::get(path).header(header::COOKIE, &cookie).header(header::ACCEPT, "text/html");
        let shown = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(shown.status, StatusCode::OK, "{path}");
        shown.text()
    };
    let text = json!({ "message_uuid": "m-1", "from": A, "to": "442079460001", "text": "words", "channel": "sms" });
    assert_eq!(app.post("/webhooks/inbound-sms", None, text.to_string()).await.status, StatusCode::SERVICE_UNAVAILABLE);
    for path in ["/admin/setup", "/admin/events?problems=1"] {
        assert!(!page(path).await.contains(SETTING), "{path} before anything came");
    }

    // By GET, as the platform does by default, and again and again.
    let form = format!("msisdn={A}&to=442079460001&messageId=0A01&text=words+of+theirs&type=text");
    for _ in 0..3 {
        let refused = app.get(&format!("/webhooks/inbound-sms?{form}")).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let refused = app.post("/webhooks/inbound-sms", None, form).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let events = page("/admin/events?problems=1").await;
    assert_eq!(events.matches("class=\"badge danger\"").count(), 1, "noted once, not for every repetition");
    assert!(
        events.contains(SETTING)
            && events.contains("(GET)")
            && !events.contains("words of theirs")
            && !events.contains(A)
    );
    let setup = page("/admin/setup").await;
    assert!(setup.contains(SETTING) && setup.contains("Messages API") && !setup.contains(A));
    let checks = app.services.setup.checklist().await;
    let texts = checks.iter().find(|check| check.what == crate::domain::checklist::CheckKind::Texts).unwrap();
    assert_eq!(texts.state, crate::domain::checklist::CheckState::Bad);
    let taken = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM private_texts");
    assert_eq!(taken.fetch_one(&app.database().await).await.unwrap(), 0, "nothing of it is kept");
}

#[tokio::test]
async fn case_33_a_text_of_the_sms_api_is_taken_in_every_shape_when_it_may_be() {
    let (app, key) = app(2).await;
    let opened = send(&app, &key, Method::POST, "", wanted(A, B), &[]).await.json();
    let dials = opened["participants"][0]["dials"].as_str().unwrap();
    let form = |id: &str| format!("msisdn={A}&to={dials}&messageId={id}&text=See+you+at+8%3F&type=text");
    let json = json!({ "msisdn": A, "to": dials, "messageId": "0A03", "text": "See you at 8?", "type": "text" });
    for answer in [
        app.get_signed("/webhooks/inbound-sms", &form("0A01")).await,
        app.post_signed("/webhooks/inbound-sms", form("0A02")).await,
        app.post_signed("/webhooks/inbound-sms", json.to_string()).await,
    ] {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    let taken = sqlx::query_scalar::<_, String>("SELECT id FROM private_texts ORDER BY id");
    assert_eq!(taken.fetch_all(&app.database().await).await.unwrap(), ["0A01", "0A02", "0A03"]);
}
