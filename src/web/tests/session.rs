//! A session ends, or somebody ends it: what was typed, and the call that goes on.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use scraper::{Html, Selector};
use serde_json::json;

use super::app::{Answer, App};
use crate::domain::account::Role;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::NewMember;

/// What [`App::cookie`] chooses for the operator.
const OPERATORS: &str = "a better password, chosen by a person";
const PASSWORD: &str = "a password of many letters";
const NUMBER: &str = "442079460101";

/// A form as a browser posts it from one of our pages.
async fn form(app: &App, path: &str, fields: &[(&str, &str)], cookie: &str, page: &str) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*")
        .header("host", "127.0.0.1:3000")
        .header("origin", "http://127.0.0.1:3000")
        .header("referer", format!("http://127.0.0.1:3000{page}"))
        .header("cookie", cookie);
    app.send(request.body(Body::from(body)).unwrap()).await
}

async fn page(app: &App, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await
}

fn session_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// What the login page sends along.
fn hidden(login: &str) -> Vec<(String, String)> {
    let inputs = Selector::parse("form[action='/api/sign-in'] input[type=hidden]").unwrap();
    let value = |input: scraper::ElementRef<'_>, name: &str| input.attr(name).unwrap_or_default().to_owned();
    Html::parse_document(login).select(&inputs).map(|input| (value(input, "name"), value(input, "value"))).collect()
}

/// Posts the login page's form.
async fn sign_in(app: &App, carried: &[(String, String)], name: &str, password: &str) -> Answer {
    let mut fields: Vec<(&str, &str)> = carried.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.extend([("name", name), ("password", password)]);
    form(app, "/api/sign-in", &fields, "", "/login").await
}

/// The operator, whose session has ended: its cookie.
async fn ended(app: &App) -> String {
    let cookie = app.cookie().await;
    let id = app.services.team.members().await.unwrap()[0].account.id.clone();
    app.services.accounts.sign_out_everywhere(&id).await.unwrap();
    cookie
}

#[tokio::test]
async fn a5_a_form_whose_session_ended_comes_back_filled_in_and_is_sent_by_nobody() {
    let app = App::start().await;
    let cookie = ended(&app).await;
    let here = "/admin/flows/new?preset=custom";
    let text = "[\n{\"action\":\"talk\",\"text\":\"</textarea><b>Night</b>\"}]";
    let typed = [
        ("id", "new"),
        ("preset", "custom"),
        ("name", "Night \"menu\""),
        ("text", text),
        ("act", "save"),
        ("keys", "12"),
        ("outcome", "busy"),
    ];
    let refused = form(&app, "/api/call-flow-edit", &typed, &cookie, here).await;
    assert_eq!((refused.status, refused.header("location")), (StatusCode::OK, ""), "the login page, and no address");
    let carried = hidden(&refused.text());
    assert!(carried.contains(&("unsent.field.name".into(), "Night \"menu\"".into())), "{carried:?}");

    let wrong = sign_in(&app, &carried, "operator", "not the password").await;
    assert_eq!((wrong.status, wrong.header("location"), wrong.header("set-cookie")), (StatusCode::OK, "", ""));
    let again = wrong.text();
    assert!(again.contains("role=\"alert\"") && again.contains("value=\"operator\""), "{again}");
    assert!(!again.contains("not the password"));
    assert_eq!(hidden(&again), carried, "a wrong password loses nothing");

    let right = sign_in(&app, &carried, "operator", OPERATORS).await;
    assert_eq!((right.status, right.header("location")), (StatusCode::FOUND, format!("{here}#unsent").as_str()));
    assert!(app.services.flows.call_flows().await.unwrap().is_empty(), "nobody pressed Save");
    let cookie = session_of(&right);
    let shown = page(&app, here, &cookie).await.text();
    let shown = Html::parse_document(&shown);
    let first = |selector: &str| shown.select(&Selector::parse(selector).unwrap()).next().unwrap();
    assert_eq!(first("#name").attr("value"), Some("Night \"menu\""));
    assert_eq!(first("#text").text().collect::<String>(), text);
    assert_eq!(first("#keys").attr("value"), Some("12"));
    assert_eq!(first("#outcome [selected]").attr("value"), Some("busy"));
    assert!(first("form.editor #unsent").text().collect::<String>().contains("nothing was saved"));
    assert!(!page(&app, here, &cookie).await.text().contains("Night"), "shown once");
    // It is the person who sends it.
    let sent = form(&app, "/api/call-flow-edit", &typed, &cookie, here).await;
    assert!(sent.header("location").starts_with("/admin/flows/"), "{}", sent.header("location"));
}

#[tokio::test]
async fn a5_what_was_typed_goes_on_with_the_one_click_of_the_sandbox_and_in_chinese() {
    let app = App::sandboxed().await;
    app.services.team.first_sandbox_start().await.unwrap();
    let typed = [("name", "kim"), ("display_name", "Kim <i>"), ("role", "supervisor")];
    let refused = form(&app, "/api/user-add", &typed, "", "/admin/users").await.text();
    let carried = Selector::parse("form[action='/api/sandbox-sign-in']").unwrap();
    let inputs = Selector::parse("input").unwrap();
    let fields: Vec<(String, String)> = Html::parse_document(&refused)
        .select(&carried)
        .map(|form| form.select(&inputs).map(|one| (one.attr("name"), one.attr("value"))).collect::<Vec<_>>())
        .find(|fields| fields.contains(&(Some("name"), Some("Olivia"))))
        .unwrap()
        .into_iter()
        .map(|(name, value)| (name.unwrap().to_owned(), value.unwrap().to_owned()))
        .collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let inside = form(&app, "/api/sandbox-sign-in", &fields, "", "/login").await;
    assert_eq!(inside.header("location"), "/admin/users#unsent");
    let cookie = format!("{}; language=zh-CN", session_of(&inside));
    let shown = page(&app, "/admin/users", &cookie).await.text();
    assert!(shown.contains("value=\"kim\"") && shown.contains("value=\"Kim &lt;i&gt;\""), "{shown}");
    assert!(shown.contains("未保存任何内容"), "{shown}");
    assert!(app.services.team.members().await.unwrap().iter().all(|member| member.account.name != "kim"));
}

#[tokio::test]
async fn a5_secrets_are_not_carried_and_a_form_of_nowhere_only_leads_to_the_sign_in() {
    let app = App::start().await;
    let cookie = ended(&app).await;
    let typed =
        [("api_key", "a1b2c3d"), ("api_secret", "hush-hush"), ("signature_secret", "hush-too"), ("name", "Ours")];
    let refused = form(&app, "/api/setup-create", &typed, &cookie, "/admin/setup").await.text();
    assert!(refused.contains("a1b2c3d") && !refused.contains("hush"), "{refused}");
    let request = Request::post("/api/setup-create")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("cookie", &cookie);
    let nowhere = app.send(request.body(Body::from("name=Ours")).unwrap()).await;
    assert_eq!((nowhere.status, nowhere.header("location")), (StatusCode::SEE_OTHER, "/login"));
}

#[tokio::test]
async fn b24_a_wrong_password_keeps_the_name_and_no_address_has_it() {
    let app = App::start().await;
    app.cookie().await;
    let next = [("next".to_owned(), "/admin/users".to_owned())];
    let wrong = sign_in(&app, &next, "operator \"x\"", "wrong").await;
    assert_eq!((wrong.status, wrong.header("location")), (StatusCode::OK, ""));
    let text = wrong.text();
    assert!(text.contains("value=\"operator &quot;x&quot;\"") && text.contains("Name or password is wrong"), "{text}");
    assert_eq!(hidden(&text), next, "where it leads is kept too");
}

#[tokio::test]
async fn b20_the_password_page_says_why_it_is_there() {
    let app = App::start().await;
    let first = app.services.accounts.first_start().await.unwrap().unwrap();
    let ip = [192, 0, 2, 1].into();
    let account = app.services.accounts.sign_in(&first.name, &first.password, ip).await.unwrap();
    let once = page(&app, "/login/password", &app.cookie_of(&account.id).await).await.text();
    assert!(once.contains("works only once") && !once.contains("Go back without"), "{once}");
    app.services.accounts.change_password(&account.id, &first.password, OPERATORS, ip).await.unwrap();
    let wanted = page(&app, "/login/password", &app.cookie_of(&account.id).await).await.text();
    assert!(wanted.contains("Go back without") && !wanted.contains("works only once"), "{wanted}");
    assert!(wanted.contains("<a href=\"/admin\">Go back without changing it"), "{wanted}");
}

#[tokio::test]
async fn a_number_that_cannot_be_forgotten_stays_in_its_field() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let here = "/admin/private-calls/forget";
    let refused = form(&app, "/api/private-erase", &[("number", "0770 09")], &cookie, here).await;
    assert_eq!(refused.header("location"), here);
    let shown = page(&app, here, &cookie).await.text();
    let shown = Html::parse_document(&shown);
    let field = shown.select(&Selector::parse("#number").unwrap()).next().unwrap();
    assert_eq!((field.attr("value"), field.attr("aria-invalid")), (Some("0770 09"), Some("true")));
    assert!(shown.select(&Selector::parse(".notice[role=alert]").unwrap()).next().is_some());
}

#[tokio::test]
async fn a_form_that_is_refused_keeps_what_was_typed_and_says_why_once() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let fields = [("name", "Jane"), ("display_name", "Jane Doe"), ("role", "supervisor")];
    let add = async || form(&app, "/api/user-add", &fields, &cookie, "/admin/users").await;
    assert_eq!(add().await.header("location"), "/admin/users");
    assert!(!page(&app, "/admin/users", &cookie).await.text().contains("value=\"Jane Doe\""), "it was done");
    let refused = add().await;
    assert_eq!((refused.header("location"), refused.header("x-form-refused")), ("/admin/users", ""));
    let shown = page(&app, "/admin/users", &cookie).await.text();
    assert!(shown.contains("value=\"Jane Doe\""), "{shown}");
    assert!(!shown.contains("id=\"unsent\""), "the page says why: {shown}");
    assert!(!page(&app, "/admin/users", &cookie).await.text().contains("value=\"Jane Doe\""), "shown once");
}

#[tokio::test]
async fn json_for_a_form_is_refused_by_name_and_does_nothing() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    for path in ["/api/sign-out-everywhere", "/api/user-add", "/api/sign-in", "/api/private-erase"] {
        for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
            let request = Request::post(path).header("content-type", kind).header("cookie", &cookie);
            let answer = app.send(request.body(Body::from("{\"name\":\"kim\"}")).unwrap()).await;
            let said = answer.text();
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {kind}: {said}");
            let kind = kind.split(';').next().unwrap();
            assert!(said.contains(kind) && said.contains("application/x-www-form-urlencoded"), "{path}: {said}");
        }
    }
    assert_eq!(page(&app, "/admin/users", &cookie).await.status, StatusCode::OK, "still signed in");
    assert_eq!(app.services.team.members().await.unwrap().len(), 1);
}

/// Jane, who talks to a caller: her account's id.
async fn talking(app: &App) -> String {
    let new = NewMember { name: "Jane".into(), display_name: String::new(), role: Role::Agent };
    let link = app.services.team.add_member(&new).await.unwrap();
    let token = link.path.split_once("token=").unwrap().1.to_owned();
    let jane = app.services.team.accept_invitation(&token, PASSWORD).await.unwrap();
    let number = E164::parse(NUMBER).unwrap();
    app.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Agent("Jane".into())).await.unwrap();
    assert!(app.services.desk.consoles.tabs.heartbeat(&jane.id, "Jane", "tab").await.unwrap().softphone);
    let asked = json!({"to": NUMBER, "from": "447700900555", "uuid": "caller", "conversation_uuid": "CON-1",
                       "endpoint_type": "phone"});
    assert_eq!(app.post_signed("/webhooks/answer", asked.to_string()).await.status, StatusCode::OK);
    for (uuid, to, direction) in [("caller", NUMBER, "inbound"), ("leg-jane", "Jane", "outbound")] {
        let told = json!({"from": "447700900555", "to": to, "uuid": uuid, "conversation_uuid": "CON-1",
                          "status": "answered", "direction": direction, "timestamp": "2026-11-21T04:00:00.000Z"});
        assert_eq!(app.post_signed("/webhooks/event", told.to_string()).await.status, StatusCode::OK);
    }
    assert!(talks(app).await);
    jane.id
}

async fn talks(app: &App) -> bool {
    app.services.desk.presence.call_under_way("Jane").await.unwrap().is_some()
}

#[tokio::test]
async fn b11_signing_out_in_a_call_asks_first_and_does_what_was_chosen() {
    let app = App::start().await;
    let jane = talking(&app).await;
    let cookie = app.cookie_of(&jane).await;
    let signed_in = async |cookie: &str| page(&app, "/console", cookie).await.status == StatusCode::OK;
    let out = form(&app, "/api/sign-out", &[], &cookie, "/console").await;
    assert_eq!(out.header("location"), "/login/leaving");
    let asked = page(&app, "/login/leaving", &cookie).await.text();
    assert!(asked.contains("You are in a call") && asked.contains("action=\"/api/sign-out\""), "{asked}");
    assert!(asked.contains("value=\"keep\"") && asked.contains("value=\"end\""), "{asked}");
    assert!(signed_in(&cookie).await && talks(&app).await, "nothing has happened");
    let out = form(&app, "/api/sign-out", &[("call", "keep")], &cookie, "/login/leaving").await;
    assert_eq!(out.header("location"), "/login?signed-out");
    assert!(!signed_in(&cookie).await && talks(&app).await, "the call goes on");
    let cookie = app.cookie_of(&jane).await;
    form(&app, "/api/sign-out", &[("call", "end")], &cookie, "/login/leaving").await;
    assert!(!signed_in(&cookie).await && !talks(&app).await);
}

#[tokio::test]
async fn b11_signing_out_everywhere_in_a_call_can_leave_this_browser_and_the_call_alone() {
    let app = App::start().await;
    let jane = talking(&app).await;
    let (this, other) = (app.cookie_of(&jane).await, app.cookie_of(&jane).await);
    let signed_in = async |cookie: &str| page(&app, "/console", cookie).await.status == StatusCode::OK;
    let console = page(&app, "/console", &this).await.text();
    assert!(console.contains("action=\"/api/sign-out-everywhere\""), "agents have it too");
    let out = form(&app, "/api/sign-out-everywhere", &[], &this, "/console").await;
    assert_eq!(out.header("location"), "/login/leaving?everywhere");
    let asked = page(&app, "/login/leaving?everywhere", &this).await.text();
    assert!(asked.contains("action=\"/api/sign-out-everywhere\"") && asked.contains("the other browsers only"));
    assert!(signed_in(&this).await && signed_in(&other).await && talks(&app).await, "nothing has happened");
    let out = form(&app, "/api/sign-out-everywhere", &[("call", "keep")], &this, "/login/leaving").await;
    assert_eq!(out.header("location"), "/login/leaving?others");
    assert!(page(&app, "/login/leaving?others", &this).await.text().contains("Your call goes on"));
    assert!(signed_in(&this).await && !signed_in(&other).await && talks(&app).await);
    form(&app, "/api/sign-out-everywhere", &[("call", "end")], &this, "/login/leaving").await;
    assert!(!signed_in(&this).await && !talks(&app).await);
    // Nobody else is asked anything.
    let free = app.cookie_of(&jane).await;
    let out = form(&app, "/api/sign-out-everywhere", &[], &free, "/console").await;
    assert_eq!(out.header("location"), "/login?signed-out");
}

#[tokio::test]
async fn b11_an_operator_is_told_that_somebody_talks_before_they_lose_their_account() {
    let app = App::start().await;
    let operator = app.cookie().await;
    let jane = talking(&app).await;
    let change = async |act: &str, call: &str| {
        let fields = [("id", jane.as_str()), ("act", act), ("call", call)];
        form(&app, "/api/user-change", &fields, &operator, "/admin/users").await
    };
    let disabled = async || {
        let members = app.services.team.members().await.unwrap();
        members.iter().find(|member| member.account.id == jane).map(|member| member.disabled)
    };
    assert_eq!(change("disable", "").await.header("location"), "/admin/users");
    assert_eq!((disabled().await, talks(&app).await), (Some(false), true), "nothing has happened");
    let asked = page(&app, "/admin/users", &operator).await.text();
    assert!(asked.contains("Jane is in a call") && asked.contains("value=\"keep\""), "{asked}");
    assert!(!page(&app, "/admin/users", &operator).await.text().contains("is in a call"), "asked once");
    change("disable", "keep").await;
    assert_eq!((disabled().await, talks(&app).await), (Some(true), true), "signed out, and the caller is not cut off");
    // Her user at the platform goes with the account, and her leg with that.
    for call in ["", "keep"] {
        change("delete", call).await;
        assert_eq!((disabled().await, talks(&app).await), (Some(true), true), "{call}");
        let asked = page(&app, "/admin/users", &operator).await.text();
        assert!(asked.contains("is in a call") && !asked.contains("value=\"keep\""), "{asked}");
    }
    change("delete", "end").await;
    assert_eq!(disabled().await, None);
    assert!(!talks(&app).await);
}

#[tokio::test]
async fn a_theme_is_remembered_and_drawn_by_the_server() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let chosen = form(&app, "/api/theme", &[("theme", "dark")], &cookie, "/admin/calls?show=missed").await;
    assert_eq!(chosen.header("location"), "/admin/calls?show=missed");
    let theme = session_of(&chosen);
    assert_eq!(theme, "theme=dark");
    let drawn = page(&app, "/admin/calls", &format!("{cookie}; {theme}")).await.text();
    assert!(drawn.contains("data-theme=\"dark\"") && drawn.contains("content=\"dark\""));
    assert!(page(&app, "/", "theme=neon").await.text().contains("data-theme=\"system\""));
    let odd = form(&app, "/api/theme", &[("theme", "\"; Path=/admin")], &cookie, "/").await;
    assert_eq!(session_of(&odd), "theme=system");
}
