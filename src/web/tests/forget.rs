//! A person is forgotten: people enter by every way there is, one of them asks, and every byte that is kept is searched.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use proptest::prelude::*;
use serde_json::json;

use super::app::App;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::private_calls::RealNumber;
use crate::domain::spelling::{is_number, replace_numbers};

const WAYS: usize = 11;
const POOL: [&str; 4] = ["442079460201", "442079460202", "442079460203", "442079460204"];
const CAMPAIGN: &str = "442079460301";

/// In how many places a number stands, however it is written.
fn places(text: &str, number: &str) -> usize {
    let mut places = 0;
    let _ = replace_numbers(text, |spelled| {
        is_number(spelled, number).then(|| {
            places += 1;
            String::new()
        })
    });
    places
}

/// Every file under a folder, as text.
fn files(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            into.push((path.display().to_string(), text));
        }
    }
}

fn spelled(number: &str, way: usize) -> String {
    let (country, rest) = number.split_at(2);
    match way % 5 {
        0 => number.to_owned(),
        1 => format!("+{country} {} {}", &rest[..4], &rest[4..]),
        2 => format!("00{number}"),
        3 => format!("+{country} (0){} {}", &rest[..4], &rest[4..]),
        _ => format!("+{country}-{}-{}", &rest[..4], &rest[4..]),
    }
}

/// A person comes in.
async fn enter(app: &App, key: &str, nth: usize, number: &str, way: usize) {
    let tag = format!("{nth}-{way}");
    let written = spelled(number, nth + way);
    let db = app.database().await;
    let run = async |sql: String| {
        sqlx::query(sqlx::AssertSqlSafe(sql.clone()))
            .execute(&db)
            .await
            .unwrap_or_else(|error| panic!("{error}: {sql}"));
    };
    match way {
        // A private conversation, with calls and texts of both.
        0 => {
            let other = format!("44770090{nth}555");
            let open = json!({ "participants": [{ "number": written, "name": format!("Person {number}") }, { "number": other }],
                               "reference": format!("order of {number}"), "notify": false });
            let request = Request::post("/api/private-conversations")
                .header(header::AUTHORIZATION, format!("Bearer {key}"))
                .header("idempotency-key", format!("order {number}"))
                .header(header::CONTENT_TYPE, "application/json");
            let opened = app.send(request.body(Body::from(open.to_string())).unwrap()).await;
            assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
            let opened = opened.json();
            for (from, at) in [(number, 0), (other.as_str(), 1)] {
                let dials = opened["participants"][at]["dials"].as_str().unwrap();
                let body = json!({ "from": from, "to": dials, "uuid": format!("{tag}{at}"), "conversation_uuid": format!("CON-{tag}-{at}") });
                app.post_signed("/webhooks/answer", body.to_string()).await;
                let event = json!({ "from": dials, "to": written, "uuid": format!("out{tag}{at}"), "conversation_uuid": format!("CON-{tag}-{at}"),
                                    "status": "answered", "direction": "outbound", "timestamp": "2026-11-21T10:00:00.000Z" });
                app.post_signed("/webhooks/event", event.to_string()).await;
                let text = json!({ "message_uuid": format!("{tag}-{at}"), "from": from, "to": dials, "text": format!("I am {written}") });
                app.post_signed("/webhooks/inbound-sms", text.to_string()).await;
            }
        }
        // A call to the support line, by POST and by GET, with what they pressed and said.
        1 => {
            let body = json!({ "from": written, "to": "442079460000", "uuid": tag, "conversation_uuid": format!("CON-{tag}") });
            app.post_signed("/webhooks/answer", body.to_string()).await;
            let said = json!({ "uuid": tag, "conversation_uuid": format!("CON-{tag}"), "from": number,
                               "speech": { "results": [{ "text": format!("my number is {written}") }] }, "dtmf": { "digits": "1" } });
            app.post_signed("/webhooks/event", said.to_string()).await;
        }
        2 => {
            let query = format!("from=%2B{}+{}&to=442079460000&uuid={tag}&conversation_uuid=CON-{tag}", &number[..2], &number[2..]);
            app.get_signed("/webhooks/answer", &query).await;
        }
        // Of the contact centre: a call with a note and a voicemail.
        3 => {
            let record = json!({ "id": tag, "number": number, "note": format!("call {written}"), "conversation": format!("CON-d{tag}") });
            run(format!("INSERT INTO desk_calls (id, conversation, record, ended, customer, unseen, missed, callback, created_at, version) VALUES ('{tag}', 'CON-d{tag}', '{record}', TRUE, '{number}', TRUE, TRUE, TRUE, 1, 1)")).await;
            run(format!("INSERT INTO voicemails (id, call, recording_url, seconds, made_at) VALUES ('vm-{tag}', '{tag}', 'https://x/{tag}', 3, 1)")).await;
            let folder = app.folder().join("voicemails").join(&tag);
            std::fs::create_dir_all(&folder).unwrap();
            for name in [format!("vm-{tag}"), format!("vm-{tag}.part")] {
                std::fs::write(folder.join(name), format!("the voice of {number}")).unwrap();
            }
        }
        // A recording of an audio socket.
        4 => {
            let body = json!({ "from": number, "to": "442079460000", "uuid": tag, "conversation_uuid": format!("CON-{tag}") });
            app.post_signed("/webhooks/answer", body.to_string()).await;
            run(format!("INSERT INTO recordings (id, conversation, rate, created_at) VALUES ('rec-{tag}', 'CON-{tag}', 8000, 1)")).await;
            run(format!("INSERT INTO call_recordings (id, conversation, recording_url, milliseconds, started_at, made_at) VALUES ('flow-{tag}', 'CON-{tag}', 'https://x/{number}', 3000, 1, 1)")).await;
            let folder = app.folder().join("recordings");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("rec-{tag}.wav")), format!("the voice of {number}")).unwrap();
        }
        5 => run(format!("INSERT INTO blocked_callers (number, note, created_at) VALUES ('{number}', 'said {written}', 1)")).await,
        6 => run(format!("INSERT INTO dial_intents (id, agent, number, made_at) VALUES ('{tag}', 'Jane', '{number}', 1)")).await,
        // A tracked call.
        7 => {
            let body = json!({ "from": number, "to": CAMPAIGN, "uuid": tag, "conversation_uuid": format!("CON-{tag}") });
            app.post_signed("/webhooks/answer", body.to_string()).await;
            run(format!("INSERT INTO tracking_visitors (id, source, medium, name, term, content, landing, referrer, click, click_id, leased, turned_away, created_at, seen_at) VALUES ('v{tag}', '', '', '', '{written}', '', '/', '', '', '', FALSE, FALSE, 1, 1)")).await;
        }
        // What cannot be read, and what the database once refused.
        8 => {
            app.post_signed("/webhooks/event", format!("from {written}")).await;
        }
        9 => {
            let folder = app.folder().join("spool");
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join("refused.jsonl");
            let before = std::fs::read_to_string(&path).unwrap_or_default();
            std::fs::write(&path, format!("{before}{}\n", json!({ "raw": format!("from={written}&x={number}") }))).unwrap();
        }
        // A form that is to be shown again.
        _ => run(format!("INSERT INTO sessions (id_hash, data, expires_at) VALUES ('h{tag}', '{{\"first\":\"{written}\"}}', 9999999999999)")).await,
    }
    db.close().await;
}

async fn forgets(ways: [Vec<usize>; 3]) {
    let app = App::start().await;
    for number in POOL {
        let number = E164::parse(number).unwrap();
        app.services.lines.add_number(&number, "GB", &["VOICE".into(), "SMS".into()], &Line::Private).await.unwrap();
    }
    let (_, key) = app.services.accounts.create_api_key("booking").await.unwrap();
    let campaign = json!({ "name": "Spring", "source": "google", "medium": "cpc", "destination": "447700900000" });
    let request = Request::post("/api/campaigns").header(header::AUTHORIZATION, format!("Bearer {key}"));
    let made = app
        .send(request.header(header::CONTENT_TYPE, "application/json").body(Body::from(campaign.to_string())).unwrap())
        .await;
    let id = made.json()["id"].as_str().unwrap_or_default().to_owned();
    app.services
        .lines
        .add_number(&E164::parse(CAMPAIGN).unwrap(), "GB", &["VOICE".into()], &Line::Campaign(id))
        .await
        .unwrap();
    let people: Vec<String> = (0..3).map(|nth| format!("4477009007{nth}{nth}")).collect();
    for (nth, (number, ways)) in people.iter().zip(&ways).enumerate() {
        for way in ways {
            enter(&app, &key, nth, number, *way).await;
        }
    }
    // What is written behind an answer is written.
    let private = i64::try_from(ways.iter().filter(|ways| ways.contains(&0)).count()).unwrap();
    let written = "SELECT (SELECT COUNT(*) FROM private_attempts WHERE kind = 'call') = 2 * $1 AND \
                   (SELECT COUNT(*) FROM private_attempts WHERE kind = 'text') + \
                   (SELECT COUNT(*) FROM private_texts WHERE state = 'received') = 2 * $1";
    let db = app.database().await;
    tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !sqlx::query_scalar::<_, bool>(written).bind(private).fetch_one(&db).await.unwrap() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    db.close().await;
    let kept = async |number: &str| {
        let mut count = Vec::new();
        let db = app.database().await;
        for (table, people) in crate::store::personal::of_people() {
            let columns: Vec<String> = people.columns.iter().map(|column| format!("COALESCE({column}, '')")).collect();
            let sql = format!("SELECT {} FROM {table}", columns.join(" || ' | ' || "));
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&db).await.unwrap();
            count.push((table, rows.iter().map(|row| places(row, number)).sum::<usize>()));
        }
        db.close().await;
        count
    };
    let (first, others) = (kept(&people[0]).await, [kept(&people[1]).await, kept(&people[2]).await]);
    assert!(ways[0].is_empty() || first.iter().any(|(_, count)| *count > 0) || ways[0].iter().all(|way| *way == 9));
    let erased =
        app.services.private.forget_person(&RealNumber::parse(&people[0]).unwrap(), "operator Ann").await.unwrap();
    assert_eq!(erased.removed.stays, 0, "{ways:?}");
    for (table, count) in kept(&people[0]).await {
        assert_eq!(count, 0, "{table} {ways:?}");
    }
    let db = app.database().await;
    let flows: Vec<String> =
        sqlx::query_scalar("SELECT id FROM call_recordings ORDER BY id").fetch_all(&db).await.unwrap();
    db.close().await;
    let left = ways.iter().enumerate().skip(1).filter(|(_, ways)| ways.contains(&4));
    assert_eq!(flows, left.map(|(nth, _)| format!("flow-{nth}-4")).collect::<Vec<_>>(), "{ways:?}");
    assert_eq!([kept(&people[1]).await, kept(&people[2]).await], others, "the others are untouched: {ways:?}");
    let mut all = Vec::new();
    files(app.folder(), &mut all);
    assert!(all.iter().any(|(path, _)| path.ends_with("test.db")));
    for (path, text) in &all {
        assert_eq!(places(text, &people[0]), 0, "{path} {ways:?}");
        assert!(!text.contains(&people[0]), "{path} {ways:?}");
    }
    for (nth, ways) in ways.iter().enumerate().skip(1) {
        for (way, path) in [(3, format!("voicemails/{nth}-3/vm-{nth}-3")), (4, format!("recordings/rec-{nth}-4.wav"))] {
            assert_eq!(app.folder().join(&path).exists(), ways.contains(&way), "{path}");
        }
    }
}

#[tokio::test]
async fn b8_one_who_came_by_every_way_is_forgotten_everywhere() {
    let every: Vec<usize> = (0..WAYS).collect();
    forgets([every.clone(), every.clone(), every]).await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn b8_whoever_enters_by_whatever_way_can_be_forgotten(
        ways in proptest::array::uniform3(proptest::collection::btree_set(0..WAYS, 0..WAYS)),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(forgets(ways.map(|ways| ways.into_iter().collect())));
    }
}
