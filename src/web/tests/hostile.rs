//! No text that anybody can store or send becomes markup: every page is rendered with it and with harmless text of the
//! same length, and a browser's parser makes the same tree of both.
//!
//! The rows are made the usual way with a marked word in every text. Then the word is replaced in the database itself, so
//! that no check of a form stands between the test and the page.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use scraper::{ElementRef, Html, Node, Selector};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _, SqlitePool};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::app::App;
use crate::domain::account::Role;
use crate::domain::call_tracking::campaign::Draft;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::{CallFilter, NewMember};
use crate::web::pages;

/// Stands for every text; letters, so that every form takes it.
const MARK: &str = "Unremarkable";

/// What breaks out of a title, a text field, an attribute of either quote, a comment, a script, a style, an option, a link,
/// and what browsers repair into markup.
const PAYLOADS: [&str; 16] = [
    "</title><meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    "</title><form action=/api/sign-out-everywhere method=post><button>Continue",
    "</textarea><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus=alert(1) autofocus x='",
    "\" onmouseover=alert(1) \"",
    "--><svg onload=alert(1)><!--",
    "]]><!DOCTYPE x [<!ENTITY y \"z\">]>",
    "</script></style></noscript><base href=//evil.example>",
    "</option></select><iframe srcdoc='<p>x'>",
    "javascript:alert(1)//",
    "&lt;b&gt;&#60;b&#62;&quot;><b>",
    "<math><mtext></p><table><mglyph><style><!--</style><img title=\"--&gt;\">",
    "{{7*7}}${7*7}<%= 7 %><!-- x",
    "\\u003cb\\u003e\\x3cb\\x3e</TITLE\t><B>",
    "</td></tr></table></main></body></html><plaintext>",
];

/// Text of the same length in which nothing can be read as markup.
fn harmless(payload: &str) -> String {
    payload.chars().map(|c| if c.is_whitespace() { c } else { 'a' }).collect()
}

/// Every kind of row, with [`MARK`] wherever somebody's text is kept.
async fn world() -> (App, String) {
    let app = App::start().await;
    let users = json!({ "_embedded": { "users": [{ "id": "USR-9", "name": "anybody" }] }, "_links": {} });
    let users = ResponseTemplate::new(200).set_body_json(users);
    Mock::given(method("GET")).and(path("/v1/users")).respond_with(users).mount(&app.platform).await;
    let cookie = app.cookie().await;
    let services = &app.services;

    for (digits, line) in
        [("442079460001", Line::Unassigned), ("442079460011", Line::Private), ("442079460021", Line::Private)]
    {
        let features = ["VOICE".to_owned(), "SMS".to_owned()];
        services.lines.add_number(&E164::parse(digits).unwrap(), "GB", &features, &line).await.unwrap();
    }
    let draft = Draft {
        name: MARK.into(),
        source: MARK.into(),
        medium: MARK.into(),
        whisper: MARK.into(),
        starts: "2026-11-20".into(),
        ends: "2026-11-22".into(),
        destination: "+447700900777".into(),
        ..Draft::default()
    };
    let campaign = services.tracking.save_campaign(None, &draft, false).await.unwrap();
    services.tracking.give_number("442079460001", Some((&campaign.id, false))).await.unwrap();
    let new = NewMember { name: MARK.into(), display_name: MARK.into(), role: Role::Agent };
    services.team.add_member(&new).await.unwrap();

    let flow = format!(r#"[{{"action":"talk","text":"{MARK}"}}]"#);
    let fields = [("id", "new"), ("name", MARK), ("text", flow.as_str()), ("act", "save")];
    let saved = form(&app, "/api/call-flow-edit", &fields, &cookie).await;
    // What is said once is not said to what is compared.
    let request = Request::get(&saved).header("cookie", &cookie).header("accept", "text/html");
    app.send(request.body(Body::empty()).unwrap()).await;

    let (_, key) = services.accounts.create_api_key(MARK).await.unwrap();
    let wanted = json!({ "participants": [{ "number": "447700900001", "name": MARK },
        { "number": "447700900002", "name": MARK }], "notify": false, "reference": MARK });
    let request = Request::post("/api/private-conversations").header("authorization", format!("Bearer {key}"));
    let request = request.header("content-type", "application/json").body(Body::from(wanted.to_string())).unwrap();
    let opened = app.send(request).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    let dials = opened.json()["participants"][0]["dials"].as_str().unwrap().to_owned();

    for (at, to) in ["442079460001", dials.as_str(), "442079460000"].into_iter().enumerate() {
        let id = |what: &str| format!("{MARK}-{what}-{at}");
        let from = if to == dials { "447700900001" } else { MARK };
        let asked = json!({ "to": to, "from": from, "uuid": id("leg"), "conversation_uuid": id("CON"), "more": MARK });
        app.post_signed("/webhooks/answer", asked.to_string()).await;
        let told = json!({ "to": to, "from": from, "uuid": id("leg"), "conversation_uuid": id("CON"),
            "status": "completed", "direction": "inbound", "reason": MARK, "detail": MARK, "disconnected_by": MARK,
            "timestamp": "2026-11-21T04:00:00.000Z", MARK: { MARK: [MARK] } });
        app.post_signed("/webhooks/event", told.to_string()).await;
    }
    app.post_signed("/webhooks/event", json!({ "status": MARK, "uuid": MARK, MARK: MARK }).to_string()).await;
    let text = json!({ "from": "447700900001", "to": dials, "text": MARK, "message_uuid": MARK });
    app.post_signed("/webhooks/inbound-sms", text.to_string()).await;

    let sql = app.database().await;
    let call = services.log.calls(CallFilter { limit: 200, ..CallFilter::default() }).await.unwrap().calls[0].clone();
    for statement in [
        format!("UPDATE accounts SET display_name = '{MARK}' WHERE name = 'operator'"),
        format!("UPDATE campaigns SET colour = '{MARK}', landing = '{MARK}'"),
        format!("UPDATE call_flows SET preset = '{MARK}'"),
        format!(
            "UPDATE private_conversations SET language = '{MARK}', closed_by = '{MARK}', closed_because = '{MARK}'"
        ),
        format!("UPDATE private_participants SET problem = '{MARK}', pin = '{MARK}', invited = '{MARK}'"),
        format!("UPDATE private_attempts SET outcome = '{MARK}', kind = '{MARK}'"),
        format!("UPDATE private_texts SET state = '{MARK}', problem = '{MARK}'"),
        format!(
            "UPDATE tracked_calls SET caller = '{MARK}', source = '{MARK}', medium = '{MARK}', term = '{MARK}', \
             landing = '{MARK}', referrer = '{MARK}', click = '{MARK}', click_id = '{MARK}', reason = '{MARK}', \
             hung_up_by = '{MARK}', outcome = '{MARK}', visitor = '{MARK}', confidence = 50"
        ),
        format!("UPDATE webhooks SET decision = '{MARK}', problem = '{MARK}'"),
        format!("INSERT INTO settings VALUES ('mobile_api_origins', '{MARK}', 1)"),
        format!("INSERT INTO blocked_callers VALUES ('447700900123', '{MARK}', 1)"),
        format!("INSERT INTO audio_engines VALUES ('{MARK}', 'wss://engine.example/{MARK}', 1)"),
        format!("INSERT INTO tracking_hooks VALUES ('hook', 'https://{MARK}.example/{MARK}', 'whsec_', TRUE, 1)"),
        format!(
            "INSERT INTO tracking_deliveries VALUES ('told', 'hook', '{}', 'failed', 1, 1, 1, 1, 500, '{MARK}', 7)",
            call.id
        ),
        format!("INSERT INTO private_erasures VALUES ('erased', 1, '{MARK}', '{MARK}')"),
        format!(
            "INSERT INTO recordings VALUES ('tape', '{}', 8000, 1, 1000, 1000, '{MARK}', '{MARK}')",
            call.conversation
        ),
        format!(
            "INSERT INTO audio_sockets VALUES ('socket', 'hash', '{}', 'leg', '{MARK}', 1, 2, 1, 2, '{MARK}', 1, 1, \
             '{MARK}')",
            call.conversation
        ),
    ] {
        sqlx::query(AssertSqlSafe(statement.clone()))
            .execute(&sql)
            .await
            .unwrap_or_else(|e| panic!("{statement}: {e}"));
    }
    (app, cookie)
}

/// Sends a form. Where it leads.
async fn form(app: &App, path: &str, fields: &[(&str, &str)], cookie: &str) -> String {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header("cookie", cookie).header("accept", "text/html");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = app.send(request.body(Body::from(body)).unwrap()).await;
    assert!(answer.status.is_redirection(), "{path}: {} {}", answer.status, answer.text());
    answer.header("location").to_owned()
}

/// As it stands inside a JSON text.
fn in_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Puts `new` where `old` is, in every text of every table. The columns in which it was.
async fn replace(sql: &SqlitePool, old: &str, new: &str) -> Vec<String> {
    let mut found = Vec::new();
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlx%' AND name NOT LIKE '_sqlx%'";
    for table in sqlx::query_scalar::<_, String>(tables).fetch_all(sql).await.unwrap() {
        let columns =
            sqlx::query(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'")));
        for column in columns.fetch_all(sql).await.unwrap() {
            let column: String = column.get(0);
            let rows =
                format!("SELECT rowid, {column} FROM {table} WHERE instr({column}, $1) > 0 OR instr({column}, $2) > 0");
            let rows = sqlx::query(AssertSqlSafe(rows)).bind(old).bind(in_json(old)).fetch_all(sql).await.unwrap();
            if !rows.is_empty() {
                found.push(format!("{table}.{column}"));
            }
            for row in rows {
                let (id, value): (i64, String) = (row.get(0), row.get(1));
                let json = matches!(serde_json::from_str(&value), Ok(Value::Array(_) | Value::Object(_)));
                let value = match json {
                    true => value.replace(&in_json(old), &in_json(new)),
                    false => value.replace(old, new),
                };
                let update = format!("UPDATE {table} SET {column} = $1 WHERE rowid = $2");
                sqlx::query(AssertSqlSafe(update)).bind(value).bind(id).execute(sql).await.unwrap();
            }
        }
    }
    found
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The addresses of all pages, with rows that there are, and with `typed` in whatever an address may say.
async fn addresses(app: &App, typed: &str) -> Vec<String> {
    let first = async |sql: &str| {
        sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.to_owned())).fetch_one(&app.database().await).await.unwrap()
    };
    let mut paths = Vec::new();
    for path in pages::paths() {
        match path.as_str() {
            "/admin/calls/{id}" => {
                let calls =
                    app.services.log.calls(CallFilter { limit: 200, ..CallFilter::default() }).await.unwrap().calls;
                paths.extend(calls.iter().map(|call| path.replace("{id}", &encoded(&call.id))));
            }
            "/admin/flows/{id}" => {
                paths.push(path.replace("{id}", &first("SELECT id FROM call_flows").await));
                paths.push(path.replace("{id}", "new"));
            }
            "/admin/private-calls/{id}" => {
                paths.push(path.replace("{id}", &first("SELECT id FROM private_conversations").await));
            }
            "/admin/campaigns/{id}" => paths.push(path.replace("{id}", &first("SELECT id FROM campaigns").await)),
            other => paths.push(other.to_owned()),
        }
        if path.contains("{id}") {
            paths.push(path.replace("{id}", &encoded(typed)));
        }
    }
    let names = [
        "text",
        "q",
        "name",
        "source",
        "medium",
        "landing",
        "whisper",
        "url",
        "number",
        "note",
        "country",
        "pattern",
        "kind",
        "campaign",
        "from",
        "to",
        "before",
        "show",
        "state",
        "problem",
        "token",
        "next",
        "keys",
        "wrong",
        "page",
        "features",
        "destination",
        "cost",
        "starts",
        "ends",
        "back",
        "saved",
    ];
    // Filters find nothing, whichever text it is: what is found depends on how a text is stored.
    let query: Vec<String> = names.iter().map(|name| format!("{name}={}~nothing", encoded(typed))).collect();
    let asked: Vec<String> = paths.iter().map(|path| format!("{path}?{}", query.join("&"))).collect();
    paths.extend(asked);
    paths.push(format!("/admin/campaigns/new?wrong=name&name={0}&destination={0}&landing={0}", encoded(typed)));
    paths.push(format!("/login?next=/{}", encoded(typed)));
    paths
}

struct Seen {
    /// Names of elements and attributes, comments and the doctype, each with how deep it lies.
    shape: String,
    text: String,
    title: String,
}

/// Reads a page as a browser does.
fn read(page: &str) -> Seen {
    let document = Html::parse_document(page);
    let (mut shape, mut text) = (String::new(), String::new());
    for node in document.tree.root().descendants() {
        let depth = node.ancestors().count();
        match node.value() {
            Node::Element(element) => {
                let mut names: Vec<&str> = element.attrs().map(|(name, _)| name).collect();
                names.sort_unstable();
                shape.push_str(&format!("\n{depth} <{} {}>", element.name(), names.join(" ")));
                for (name, value) in element.attrs() {
                    let link = matches!(name, "href" | "src" | "action" | "formaction" | "poster" | "srcdoc");
                    let start: String = value.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
                    assert!(!(link && start.to_lowercase().starts_with("javascript:")), "{name}={value}");
                    text.push_str(value);
                }
            }
            Node::Comment(_) => shape.push_str(&format!("\n{depth} <!-- -->")),
            Node::Doctype(_) => shape.push_str(&format!("\n{depth} <!>")),
            Node::Text(data) => text.push_str(&data[..]),
            _ => {}
        }
    }
    let title = Selector::parse("head > title").unwrap();
    let title = document.select(&title).map(|title: ElementRef<'_>| title.text().collect::<String>()).collect();
    Seen { shape, text, title }
}

/// Every page with `text` in the database and in the address: the address with its text taken out, and what is seen.
async fn rendered(app: &App, cookie: &str, text: &str) -> Vec<(String, Seen)> {
    app.services.lines.reload_directory().await.unwrap();
    let bad = format!("[{{\"action\":\"{}\"}}]", in_json(text));
    let draft = [("id", "new"), ("name", text), ("text", bad.as_str()), ("act", "save"), ("keys", text)];
    let _ = form(app, "/api/call-flow-edit", &draft, cookie).await;
    let mut pages = Vec::new();
    for address in addresses(app, text).await {
        let request = Request::get(&address).header("cookie", cookie).header("accept", "text/html");
        let page = app.send(request.body(Body::empty()).unwrap()).await;
        assert!(!page.status.is_server_error(), "{address}: {} {}", page.status, page.text());
        pages.push((address.replace(&encoded(text), "*"), read(&page.text())));
    }
    pages
}

#[tokio::test]
async fn f11_hostile_text_makes_the_same_tree_as_harmless_text_on_every_page() {
    let (app, cookie) = world().await;
    let sql = app.database().await;
    let mut now = MARK.to_owned();
    for payload in PAYLOADS {
        let tame = harmless(payload);
        let columns = replace(&sql, &now, &tame).await;
        assert!(columns.len() > 45, "so few columns hold text: {columns:?}");
        let expected = rendered(&app, &cookie, &tame).await;
        let again = replace(&sql, &tame, payload).await;
        assert_eq!(columns, again);
        now = payload.to_owned();
        let pages = rendered(&app, &cookie, payload).await;
        assert_eq!(pages.len(), expected.len());
        let (mut shown, mut titled) = (0, 0);
        for ((address, page), (same, tame)) in pages.iter().zip(&expected) {
            assert_eq!(address, same);
            // Lists are sorted by what people wrote, so the same rows may stand in another order.
            let elements = |shape: &str| shape.lines().map(str::to_owned).collect::<Vec<_>>();
            let (mut found, mut wanted) = (elements(&page.shape), elements(&tame.shape));
            found.sort_unstable();
            wanted.sort_unstable();
            let same = found.iter().zip(&wanted).take_while(|(one, other)| one == other).count();
            assert!(
                found == wanted,
                "{address} with {payload:?} has {:?} where harmless text has {:?}",
                found.get(same),
                wanted.get(same)
            );
            shown += usize::from(page.text.contains(payload));
            titled += usize::from(page.title.contains(payload));
        }
        assert!(shown >= 20, "only {shown} pages show {payload:?}: is it still stored and shown?");
        assert!(titled >= 3, "only {titled} titles hold {payload:?}");
    }
}

#[test]
fn f11_the_comparison_sees_what_breaks_out() {
    let page = |title: &str| {
        format!("<!DOCTYPE html><html><head><title>{title}</title></head><body><p a=\"x\">y</p></body></html>")
    };
    for payload in &PAYLOADS[..2] {
        assert_ne!(read(&page(payload)).shape, read(&page(&harmless(payload))).shape, "{payload}");
    }
    assert_ne!(read("<p a=\"\" onclick=\"\">").shape, read("<p a=\"\">").shape);
}
