//! What callers hear, over HTTP and without JavaScript.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::app::App;
use super::forms::{form, page};
use crate::domain::language::Language;
use crate::domain::phone::E164;
use crate::domain::spoken::{Spoken, Text};
use crate::ui::language::words;

const SPEECH: &str = "/admin/speech";

/// The first that somebody hears who dials a number that leads nowhere.
async fn heard(app: &App, n: usize) -> Value {
    let told = json!({"from": "447700900001", "to": "442079460099", "uuid": format!("leg-{n}"),
                      "conversation_uuid": format!("CON-{n}")});
    app.post_signed("/webhooks/answer", told.to_string()).await.json()[0].take()
}

#[tokio::test]
async fn texts_and_voices_are_saved_said_refused_at_their_field_and_taken_back() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let first = page(&app, SPEECH, &cookie).await;
    assert!(first.contains("This number is not in use.") && !first.contains("name=\"usual\""), "{first}");

    let text = [("place", "trouble"), ("not-in-use_en", "Nobody <here>."), ("apology_en", "We are sorry.")];
    assert_eq!(form(&app, "/api/speech-texts", &text, &cookie).await, format!("{SPEECH}#trouble"));
    let saved = page(&app, SPEECH, &cookie).await;
    assert!(saved.contains(words().speech_saved) && saved.contains("Nobody &lt;here&gt;."), "{saved}");
    assert!(saved.contains(&words().speech_changed("2")), "{saved}");
    assert_eq!(heard(&app, 1).await["text"], "Nobody <here>.");

    let voices =
        [("language_en", "en-AU"), ("style_en", "1"), ("premium_en", "on"), ("language_zh", ""), ("style_zh", "")];
    assert_eq!(form(&app, "/api/speech-voices", &voices, &cookie).await, format!("{SPEECH}#voices"));
    let said = json!({"action": "talk", "text": "Nobody <here>.", "language": "en-AU", "style": 1, "premium": true});
    assert_eq!(heard(&app, 2).await, said);

    // What was refused stands in its form with the reason, and nothing of it is kept.
    let wrong =
        [("place", "queue"), ("position_en", "You wait."), ("all-busy_en", "Hold {on}."), ("offer_en", "1 or 2?")];
    assert_eq!(form(&app, "/api/speech-texts", &wrong, &cookie).await, format!("{SPEECH}#queue"));
    let again = page(&app, SPEECH, &cookie).await;
    for field in ["position_en", "all-busy_en"] {
        assert!(again.contains(&format!("id=\"why-{field}\"")), "{field}: {again}");
    }
    assert!(again.contains("You wait.") && again.contains("1 or 2?"), "{again}");
    assert!(again.contains(words().admin_form_refused) && !page(&app, SPEECH, &cookie).await.contains("1 or 2?"));
    form(&app, "/api/speech-voices", &[("style_zh", "loud")], &cookie).await;
    let again = page(&app, SPEECH, &cookie).await;
    assert!(again.contains("id=\"why-style_zh\"") && again.contains("value=\"loud\""), "{again}");
    form(&app, "/api/speech-texts", &[("place", "nowhere"), ("goodbye_en", "x")], &cookie).await;

    let back =
        [("place", "trouble"), ("not-in-use_en", "{wrong"), ("apology_en", "We are sorry."), ("usual", "not-in-use")];
    form(&app, "/api/speech-texts", &back, &cookie).await;
    assert!(heard(&app, 3).await["text"].as_str().unwrap().starts_with("This number is not in use."));
    let kept: Spoken = Spoken::clone(&*app.services.spoken.read().await.unwrap());
    assert_eq!(kept.texts.into_keys().collect::<Vec<_>>(), [Text::Apology]);
    assert_eq!(kept.voices.en.language, "en-AU");
}

#[tokio::test]
async fn a_number_and_a_page_have_a_language() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let numbers = json!({"count": 1, "numbers": [{"country": "GB", "msisdn": "442079460099", "features": ["VOICE"]}]});
    let found = ResponseTemplate::new(200).set_body_json(numbers);
    Mock::given(method("GET")).and(path("/account/numbers")).respond_with(found).mount(&app.platform).await;
    let number = E164::parse("442079460099").unwrap();
    assert_eq!(heard(&app, 1).await["language"], Value::Null);
    let chosen = [("number", "+442079460099"), ("language", "zh-CN")];
    assert_eq!(form(&app, "/api/number-language", &chosen, &cookie).await, "/admin/numbers");
    let list = page(&app, "/admin/numbers", &cookie).await;
    assert!(list.contains(&words().numbers_done_language(&number.grouped())), "{list}");
    assert!(list.contains("value=\"zh-CN\" selected"), "{list}");
    assert_eq!(heard(&app, 2).await["language"], "cmn-CN");
    form(&app, "/api/number-language", &[("number", "+442079460099"), ("language", "tlh")], &cookie).await;
    assert_eq!(app.services.lines.directory().languages.get(&number), Some(&Language::Chinese), "it is no language");
    form(&app, "/api/number-language", &[("number", "+442079460099")], &cookie).await;
    assert_eq!(heard(&app, 3).await["language"], Value::Null);

    let users = ResponseTemplate::new(201).set_body_json(json!({"id": "USR-1"}));
    Mock::given(method("POST")).and(path("/v1/users")).respond_with(users).mount(&app.platform).await;
    let (draft, questions) = app.services.business.profile().draft();
    let both = crate::domain::business::Draft {
        name: "Acme".into(),
        greeting_en: "Hello.".into(),
        greeting_zh: "您好。".into(),
        ..draft
    };
    app.services.business.save(&both, &questions).await.unwrap();
    let started = app.post("/api/visits", None, r#"{"referrer":"","language":"zh-CN"}"#).await.json();
    let visit = started["Started"]["id"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned();
    let told = json!({"to": "442079460000", "from_user": format!("visitor-{visit}"), "uuid": "leg-9",
                      "conversation_uuid": "CON-9"});
    let flow = app.post_signed("/webhooks/answer", told.to_string()).await.json();
    assert_eq!(flow[0], json!({"action": "talk", "text": "您好。", "language": "cmn-CN"}));
}
