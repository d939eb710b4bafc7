//! The operator's menus, over HTTP and without JavaScript.

use axum::http::StatusCode;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::app::App;
use super::forms::{form, get, page};
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::ui::language::words;

const MENUS: &str = "/admin/menus";

#[tokio::test]
async fn a_menu_is_made_refused_changed_and_deleted() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    assert!(page(&app, MENUS, &cookie).await.contains(words().menus_empty));
    let rules = [("seconds", "5"), ("tries", "2"), ("do_after", "any-agent"), ("barge_in", "on")];
    let sales = |more: &[(&'static str, &'static str)]| [&[("name", "Sales")][..], &rules[..], more].concat();

    // What was refused is there again, each field with what is wrong with it.
    let wrong = sales(&[("do_1", "number"), ("with_1", "12"), ("do_2", "say"), ("greeting_en", "Hello <b>")]);
    assert_eq!(form(&app, "/api/menu-save", &wrong, &cookie).await, format!("{MENUS}/new"));
    let again = page(&app, &format!("{MENUS}/new"), &cookie).await;
    for field in ["with_1", "with_2"] {
        assert!(again.contains(&format!("id=\"why-{field}\"")), "{field}: {again}");
    }
    assert!(again.contains("value=\"12\"") && again.contains("Hello &lt;b&gt;"), "{again}");
    assert!(again.contains(words().admin_form_refused));
    assert!(app.services.menus.current().await.menus.is_empty());

    let right = sales(&[("do_1", "number"), ("with_1", "+44 7700 900456"), ("do_star", "message")]);
    assert_eq!(form(&app, "/api/menu-save", &right, &cookie).await, MENUS);
    let list = page(&app, MENUS, &cookie).await;
    assert!(list.contains(&words().menus_done_saved("Sales")) && list.contains("menu-delete"), "{list}");
    let id = app.services.menus.current().await.menus[0].menu.id.clone();
    let one = page(&app, &format!("{MENUS}/{id}"), &cookie).await;
    assert!(one.contains("+44 7700 900456"), "{one}");
    assert!(one.contains("be put through to another telephone, please press 1"), "{one}");

    // Numbers lead to it by its name, and then it stays.
    let number = E164::parse("442079460155").unwrap();
    let line = Line::Ivr(id.clone());
    app.services.lines.add_number(&number, "GB", &["VOICE".into()], &line).await.unwrap();
    assert!(!page(&app, MENUS, &cookie).await.contains("menu-delete"));
    assert_eq!(form(&app, "/api/menu-delete", &[("id", &id)], &cookie).await, MENUS);
    assert!(page(&app, MENUS, &cookie).await.contains(&number.grouped()));
    app.services.lines.assign_number(&number, &Line::Support).await.unwrap();
    assert_eq!(form(&app, "/api/menu-delete", &[("id", &id)], &cookie).await, MENUS);
    assert!(page(&app, MENUS, &cookie).await.contains(words().menus_done_deleted));
    assert_eq!(get(&app, &format!("{MENUS}/{id}"), &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_number_shows_the_name_of_its_menu() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let numbers = json!({"count": 1, "numbers": [{"country": "GB", "msisdn": "442079460155", "features": ["VOICE"]}]});
    Mock::given(method("GET"))
        .and(path("/account/numbers"))
        .respond_with(ResponseTemplate::new(200).set_body_json(numbers))
        .mount(&app.platform)
        .await;
    let made = [("id", "new"), ("name", "Sales & service"), ("seconds", "5"), ("tries", "2"), ("do_after", "hang-up")];
    form(&app, "/api/menu-save", &made, &cookie).await;
    let id = app.services.menus.current().await.menus[0].menu.id.clone();
    let number = E164::parse("442079460155").unwrap();
    app.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Ivr(id)).await.unwrap();
    let shown = page(&app, "/admin/numbers", &cookie).await;
    assert!(shown.contains("Sales &amp; service"), "{shown}");
}
