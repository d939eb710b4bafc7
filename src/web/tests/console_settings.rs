//! The operator's settings of the console, over HTTP and without JavaScript.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{Answer, App};
use crate::domain::contact_center::desk::Disposition;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::ui::language::{Language, words};

const DISPOSITIONS: &str = "/admin/console-settings";
const AWAY_REASONS: &str = "/admin/console-settings/away-reasons";
const RULES: &str = "/admin/console-settings/rules";

async fn form(app: &App, path: &str, fields: &[(&str, &str)], cookie: &str) -> String {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*")
        .header("cookie", cookie);
    let answer = app.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{path}: {}", answer.text());
    answer.header("location").to_owned()
}

async fn page(app: &App, path: &str, cookie: &str) -> String {
    let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    let answer: Answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.text()
}

/// The words of the rows, from the top.
fn rows(page: &str) -> Vec<&str> {
    page.split("<tr data-key=\"").skip(1).map(|row| row.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn a_disposition_is_added_edited_moved_archived_and_deleted() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let save = async |fields: &[(&str, &str)]| form(&app, "/api/save-disposition", fields, &cookie).await;
    let change = async |word: &str, to: &str| {
        form(&app, "/api/change-disposition", &[("word", word), ("to", to)], &cookie).await
    };
    assert_eq!(save(&[("english", "Refund"), ("chinese", "退款"), ("category", "Money")]).await, DISPOSITIONS);
    let shown = page(&app, DISPOSITIONS, &cookie).await;
    assert!(shown.contains(words().settings_saved) && shown.contains("退款") && shown.contains("Money"), "{shown}");
    assert_eq!(rows(&shown).last(), Some(&"refund"));
    assert!(!page(&app, DISPOSITIONS, &cookie).await.contains(words().settings_saved), "said once");
    let edit = page(&app, "/admin/console-settings?edit=refund", &cookie).await;
    assert!(edit.contains(words().settings_disposition_edit) && edit.contains("value=\"Refund\""), "{edit}");
    save(&[("word", "refund"), ("english", "Money back")]).await;
    change("refund", "up").await;
    let shown = page(&app, DISPOSITIONS, &cookie).await;
    assert!(shown.contains("Money back") && !shown.contains("退款"), "{shown}");
    assert_eq!(rows(&shown)[6..], ["refund", "spam"]);
    change("refund", "delete").await;
    let refused = page(&app, DISPOSITIONS, &cookie).await;
    assert!(refused.contains(words().why_not_archived) && rows(&refused).contains(&"refund"), "{refused}");
    change("refund", "archive").await;
    assert_eq!(rows(&page(&app, DISPOSITIONS, &cookie).await)[6..], ["spam", "refund"]);
    change("refund", "delete").await;
    assert!(!rows(&page(&app, DISPOSITIONS, &cookie).await).contains(&"refund"));
    for (word, to) in [("refund", "up"), ("sale", "sideways"), ("", ""), ("Ä", "up")] {
        change(word, to).await;
        assert!(page(&app, DISPOSITIONS, &cookie).await.contains(words().why_missing), "{word} {to}");
    }
}

#[tokio::test]
async fn what_is_refused_is_said_at_its_field_and_stays_as_it_was_typed() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let long = "x".repeat(41);
    let at = |page: &str, field: &str| page.contains(&format!("id=\"why-{field}\""));
    for (path, to, fields, field) in [
        ("/api/save-disposition", DISPOSITIONS, [("english", "sale"), ("category", "Kept <1>")], "english"),
        ("/api/save-disposition", DISPOSITIONS, [("english", &long), ("category", "Kept <1>")], "english"),
        ("/api/save-disposition", DISPOSITIONS, [("category", &long), ("english", "Kept <1>")], "category"),
        ("/api/save-away-reason", AWAY_REASONS, [("minutes", "ten"), ("english", "Kept <1>")], "minutes"),
        ("/api/save-disposition", DISPOSITIONS, [("english", " "), ("category", "Kept <1>")], "english"),
        ("/api/save-console-rules", RULES, [("wrap_up_s", "1"), ("misses", "Kept <1>")], "misses"),
        ("/api/save-console-rules", RULES, [("wrap_up_s", "1"), ("misses", "Kept <1>")], "wrap_up_s"),
        ("/api/save-console-rules", RULES, [("misses", "0"), ("wrap_up_s", "Kept <1>")], "extension_s"),
    ] {
        assert_eq!(form(&app, path, &fields, &cookie).await, format!("{to}#form"));
        let shown = page(&app, to, &cookie).await;
        assert!(at(&shown, field) && shown.contains("value=\"Kept &lt;1&gt;\""), "{path} {fields:?}: {shown}");
        assert!(!at(&page(&app, to, &cookie).await, field), "said once");
    }
    assert_eq!(app.services.desk.choices.settings().await.unwrap().version, 1, "nothing was changed");
}

#[tokio::test]
async fn away_reasons_and_rules_are_saved_and_shown() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let walk = [("english", "Walk"), ("paid", "yes"), ("minutes", "15")];
    assert_eq!(form(&app, "/api/save-away-reason", &walk, &cookie).await, AWAY_REASONS);
    let shown = page(&app, AWAY_REASONS, &cookie).await;
    assert!(shown.contains(&words().settings_minutes_of("15")), "{shown}");
    assert_eq!(rows(&shown), ["break", "lunch", "meeting", "training", "walk"]);
    let edit = page(&app, "/admin/console-settings/away-reasons?edit=walk", &cookie).await;
    assert!(edit.contains("name=\"paid\" value=\"yes\" checked"), "{edit}");
    let rules =
        [("required", "yes"), ("misses", "3"), ("return_minutes", ""), ("wrap_up_s", "90"), ("extension_s", "15")];
    assert_eq!(form(&app, "/api/save-console-rules", &rules, &cookie).await, RULES);
    let shown = page(&app, RULES, &cookie).await;
    assert!(shown.contains("value=\"90\"") && shown.contains("name=\"required\" value=\"yes\" checked"), "{shown}");
    let rules = app.services.desk.choices.settings().await.unwrap().rules;
    assert_eq!((rules.disposition_required, rules.misses, rules.return_minutes), (true, 3, None));
}

#[tokio::test]
async fn a_console_shows_the_operators_lists_in_its_language() {
    let app = App::start().await;
    let operator = app.cookie().await;
    form(&app, "/api/save-disposition", &[("english", "Refund"), ("chinese", "退款")], &operator).await;
    form(&app, "/api/change-away-reason", &[("word", "lunch"), ("to", "archive")], &operator).await;
    let new = crate::service::NewMember {
        name: "Jane".into(),
        display_name: String::new(),
        role: crate::domain::account::Role::Agent,
    };
    let link = app.services.team.add_member(&new).await.unwrap();
    let token = link.path.split_once("token=").unwrap().1.to_owned();
    let account = app.services.team.accept_invitation(&token, "a password of many letters").await.unwrap();
    let jane = app.cookie_of(&account.id).await;
    let menu = |page: &str| page.split("id=\"states\"").nth(1).unwrap().split("</div>").next().unwrap().to_owned();
    let english = page(&app, "/console", &jane).await;
    assert!(menu(&english).contains("Training") && !menu(&english).contains("Lunch"), "{}", menu(&english));
    let chinese = page(&app, "/console", &format!("{jane}; language=zh-CN")).await;
    assert!(menu(&chinese).contains("培训") && !menu(&chinese).contains("就餐"), "{}", menu(&chinese));
    assert!(menu(&chinese).contains(Language::Chinese.words().console_state_ready));
    // Old calls have it still.
    let settings = app.services.desk.choices.settings().await.unwrap();
    assert_eq!(settings.disposition_label(Disposition::SALE).in_chinese(), "成交");
}

#[tokio::test]
async fn the_caller_id_of_agents_and_queues_is_saved_refused_and_said_to_be_gone() {
    const CALLER_ID: &str = "/admin/console-settings/caller-id";
    let app = App::start().await;
    let cookie = app.cookie().await;
    let (own, gone) = ("442079460155", "442079460156");
    for digits in [own, gone] {
        let number = E164::parse(digits).unwrap();
        app.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Support).await.unwrap();
    }
    assert!(page(&app, CALLER_ID, &cookie).await.contains(words().queues_no_agents));
    let new = crate::service::NewMember {
        name: "Jane".into(),
        display_name: String::new(),
        role: crate::domain::account::Role::Agent,
    };
    app.services.team.add_member(&new).await.unwrap();
    app.services.lines.reload_directory().await.unwrap();
    let chosen = |digits: &str| format!("value=\"{digits}\" selected");
    let save = async |number: &str, country: &str| {
        form(&app, "/api/save-caller-id", &[("number_Jane", number), ("by_country", country)], &cookie).await
    };
    let at_first = page(&app, CALLER_ID, &cookie).await;
    assert!(at_first.contains("+44 20 7946 0155 · GB") && at_first.contains("for=\"number_Jane\""), "{at_first}");
    assert!(!at_first.contains("name=\"by_country\" value=\"yes\" checked"), "{at_first}");
    // One that is not ours is refused at its field, and nothing is kept.
    assert_eq!(save("442079469999", "yes").await, format!("{CALLER_ID}#form"));
    let refused = page(&app, CALLER_ID, &cookie).await;
    assert!(refused.contains("id=\"why-number_Jane\"") && refused.contains(words().why_not_shown), "{refused}");
    assert_eq!(app.services.desk.choices.settings().await.unwrap().version, 1);
    assert_eq!(save(gone, "yes").await, CALLER_ID);
    let saved = page(&app, CALLER_ID, &cookie).await;
    assert!(saved.contains(words().settings_saved) && saved.contains(&chosen(gone)), "{saved}");
    assert!(saved.contains("name=\"by_country\" value=\"yes\" checked"), "{saved}");
    let shown = app.services.desk.choices.settings().await.unwrap().shown.clone();
    assert_eq!((shown.by_country, shown.agents["Jane"].digits()), (true, gone));

    let queue = [
        ("id", "agents"),
        ("name", "Agents"),
        ("everybody", "on"),
        ("strategy", "longest-idle"),
        ("ring_s", "20"),
        ("rank", "normal"),
        ("service_level_s", "20"),
    ];
    let keep = async |number: &'static str| {
        form(&app, "/api/queue-save", &[&queue[..], &[("shown_number", number)]].concat(), &cookie).await
    };
    assert_eq!(keep("442079469999").await, "/admin/queues/agents");
    assert!(page(&app, "/admin/queues/agents", &cookie).await.contains("id=\"why-shown_number\""));
    assert_eq!(keep(gone).await, "/admin/queues");
    // It is none that can be shown any more: both forms say so.
    app.services.lines.assign_number(&E164::parse(gone).unwrap(), &Line::Private).await.unwrap();
    for at in [CALLER_ID, "/admin/queues/agents"] {
        let told = page(&app, at, &cookie).await;
        assert!(
            told.contains(&words().shown_gone_help("+44 20 7946 0156")) && told.contains(&chosen(gone)),
            "{at}: {told}"
        );
    }
    assert_eq!(save("", "").await, CALLER_ID);
    let shown = app.services.desk.choices.settings().await.unwrap().shown.clone();
    assert!(!shown.by_country && shown.agents.is_empty(), "{shown:?}");
}
