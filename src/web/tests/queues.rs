//! The operator's queues, over HTTP and without JavaScript.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::App;
use super::forms::{form, get, page};
use crate::api::queues::UPLOAD;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::queue::{Overflow, Strategy, Support};
use crate::ui::language::words;

const QUEUES: &str = "/admin/queues";

#[tokio::test]
async fn a_queue_is_made_refused_changed_and_deleted() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let list = page(&app, QUEUES, &cookie).await;
    assert!(list.contains("Agents") && !list.contains("queue-delete"), "{list}");
    let usual = [("strategy", "most-skilled"), ("ring_s", "30"), ("rank", "high"), ("service_level_s", "15")];
    let sales = |more: &[(&'static str, &'static str)]| [&[("name", "Sales")][..], &usual[..], more].concat();

    // What was refused is there again, each field with what is wrong with it.
    let wrong =
        sales(&[("max_wait_s", "5"), ("overflow", "number"), ("overflow_number", "12"), ("greeting_en", "Hi <b>")]);
    assert_eq!(form(&app, "/api/queue-save", &wrong, &cookie).await, format!("{QUEUES}/new"));
    let again = page(&app, &format!("{QUEUES}/new"), &cookie).await;
    for field in ["max_wait_s", "overflow_number", "everybody"] {
        assert!(again.contains(&format!("id=\"why-{field}\"")), "{field}: {again}");
    }
    assert!(again.contains("Hi &lt;b&gt;") && again.contains(words().admin_form_refused), "{again}");
    assert_eq!(app.services.queues.current().await.queues.len(), 1);

    let right = sales(&[("everybody", "on"), ("overflow", "number"), ("overflow_number", "+44 7700 900456")]);
    assert_eq!(form(&app, "/api/queue-save", &right, &cookie).await, QUEUES);
    let list = page(&app, QUEUES, &cookie).await;
    assert!(list.contains(&words().queues_done_saved("Sales")) && list.contains("queue-delete"), "{list}");
    let in_force = app.services.queues.current().await;
    let kept = in_force.queues().find(|queue| queue.name == "Sales").unwrap().clone();
    assert_eq!((kept.strategy, kept.ring_s), (Strategy::MostSkilled, 30));
    assert_eq!(kept.overflow, Overflow::Number(E164::parse("447700900456").unwrap()));

    // Numbers lead to it by its name, and then it stays.
    let number = E164::parse("442079460155").unwrap();
    let line = Line::Queue(kept.id.clone());
    app.services.lines.add_number(&number, "GB", &["VOICE".into()], &line).await.unwrap();
    assert!(!page(&app, QUEUES, &cookie).await.contains("queue-delete"));
    form(&app, "/api/queue-delete", &[("id", &kept.id)], &cookie).await;
    assert!(page(&app, QUEUES, &cookie).await.contains(&number.grouped()));
    app.services.lines.assign_number(&number, &Line::Support).await.unwrap();
    form(&app, "/api/queue-delete", &[("id", &kept.id)], &cookie).await;
    assert!(page(&app, QUEUES, &cookie).await.contains(words().queues_done_deleted));
    assert_eq!(get(&app, &format!("{QUEUES}/{}", kept.id), &cookie).await.status, StatusCode::NOT_FOUND);
}

/// A form with a file, as browsers send it.
async fn upload(app: &App, cookie: &str, name: &str, file: &[u8]) -> String {
    let part = |field: &str| format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"");
    let head = format!("{}\r\n\r\n{name}\r\n{}; filename=\"a.wav\"\r\n\r\n", part("name"), part("file"));
    let body = [head.as_bytes(), file, b"\r\n--x--\r\n"].concat();
    let request =
        Request::post(UPLOAD).header("content-type", "multipart/form-data; boundary=x").header("cookie", cookie);
    app.send(request.body(Body::from(body)).unwrap()).await.header("location").to_owned()
}

#[tokio::test]
async fn music_is_uploaded_refused_played_and_deleted() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let hostile = upload(&app, &cookie, "<b>Waltz", b"<svg onload=alert(1)>").await;
    assert_eq!(hostile, format!("{QUEUES}#music"));
    let list = page(&app, QUEUES, &cookie).await;
    assert!(list.contains(words().why_no_music) && list.contains("value=\"&lt;b&gt;Waltz\""), "{list}");
    assert!(app.services.music.list().await.unwrap().is_empty());

    // Two seconds of a tone, 16 bits, 8,000 samples a second, in two channels.
    let mut wav = crate::service::recorder::header(2, 8_000, 64_000);
    wav.extend((0_u16..32_000).flat_map(|at| (at % 40 * 500).to_le_bytes()));
    upload(&app, &cookie, "Waltz", &wav).await;
    assert!(page(&app, QUEUES, &cookie).await.contains(&words().queues_music_added("Waltz")));
    let id = app.services.music.list().await.unwrap()[0].id.clone();
    assert!(page(&app, &format!("{QUEUES}/new"), &cookie).await.contains(&format!("<option value=\"{id}\"")));
    let played = async |query: &str| get(&app, &format!("/audio/music/{id}.wav{query}"), "").await;
    let (whole, long) = (played("").await, played("?seconds=15").await);
    assert_eq!((whole.header("content-type"), whole.body.len() / 32_000), ("audio/wav", 2));
    assert_eq!(long.body.len(), 44 + 15 * 32_000);
    form(&app, "/api/queue-music-delete", &[("id", &id)], &cookie).await;
    assert!(page(&app, QUEUES, &cookie).await.contains(words().queues_music_deleted));
    assert_eq!(played("").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_rules_are_kept_and_refused_at_their_fields() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let wrong = [("support", "telephone"), ("first", "+44 7700 900123\r\nJane"), ("gave_up_first", "on")];
    assert_eq!(form(&app, "/api/queue-rules", &wrong, &cookie).await, format!("{QUEUES}#rules"));
    let again = page(&app, QUEUES, &cookie).await;
    assert!(again.contains("id=\"why-first\"") && again.contains(&words().why_no_number("Jane")), "{again}");
    assert!(again.contains("+44 7700 900123"), "{again}");
    let right = [("support", "queue:agents"), ("first", "07700 900123\r\n\r\n"), ("gave_up_first", "on")];
    assert_eq!(form(&app, "/api/queue-rules", &right, &cookie).await, QUEUES);
    let rules = app.services.queues.current().await.rules.clone();
    assert_eq!(rules.support, Support::Queue("agents".into()));
    assert_eq!((rules.first.len(), rules.gave_up_first), (1, true));
    let shown = page(&app, QUEUES, &cookie).await;
    assert!(shown.contains(words().queues_done_rules) && shown.contains("value=\"queue:agents\" selected"), "{shown}");
}
