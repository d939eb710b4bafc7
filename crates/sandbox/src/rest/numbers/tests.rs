//! Numbers are rented, linked, diverted, found and given back.

use super::*;
use crate::account::Account;
use crate::effects::fixed;
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use http_body_util::BodyExt;
use tower::ServiceExt;

async fn ask(accounts: &Accounts, uri: &str, form: Option<&str>) -> (u16, Value) {
    let account = accounts.account();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", account.api_key, account.api_secret));
    let request = Request::builder().uri(uri).header("authorization", format!("Basic {basic}"));
    let request = match form {
        Some(form) => request
            .method("POST")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned())),
        None => request.body(Body::empty()),
    };
    let response = router(accounts.clone()).oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn rent_link_find_and_give_back() {
    let effects = fixed::effects(1_700_000_000_000).0;
    let accounts = Accounts::new(Account::generated(&effects), effects);
    let (application, _) = accounts.create(&json!({"name": "One"})).await.unwrap();
    assert_eq!(ask(&accounts, "/account/numbers", None).await, (200, json!({})));
    let number = "country=GB&msisdn=447700900000";
    assert_eq!(
        ask(&accounts, "/number/buy", Some(number)).await,
        (200, json!({"error-code": "200", "error-code-label": "success"}))
    );
    assert_eq!(ask(&accounts, "/number/buy", Some(number)).await.0, 420, "already ours");
    let link = format!("{number}&app_id={}", application.id);
    assert_eq!(ask(&accounts, "/number/update", Some(&link)).await.0, 200);
    assert_eq!(ask(&accounts, "/number/update", Some(&format!("{number}&app_id=nobody"))).await.0, 420);
    let (_, found) = ask(&accounts, &format!("/account/numbers?application_id={}", application.id), None).await;
    assert_eq!((&found["count"], &found["numbers"][0]["msisdn"]), (&json!(1), &json!("447700900000")));
    assert_eq!(ask(&accounts, "/account/numbers?has_application=false", None).await.1, json!({}));
    assert_eq!(ask(&accounts, "/number/update", Some("country=GB&msisdn=1")).await.0, 420);
    assert_eq!(ask(&accounts, "/number/cancel", Some(number)).await.0, 200);
    assert!(accounts.numbers().is_empty());
}

#[tokio::test]
async fn what_is_for_sale_is_found_by_country_feature_and_digits() {
    let effects = fixed::effects(0).0;
    let accounts = Accounts::new(Account::generated(&effects), effects);
    let (_, found) = ask(&accounts, "/number/search?country=GB&features=VOICE,SMS&size=2", None).await;
    assert_eq!((&found["count"], found["numbers"].as_array().unwrap().len()), (&json!(9_900), 2));
    assert_eq!(
        found["numbers"][0],
        json!({"country": "GB", "msisdn": "442079460100", "type": "landline",
        "features": ["VOICE", "SMS"], "cost": "1.25", "initialPrice": "1.25"})
    );
    ask(&accounts, "/number/buy", Some("country=GB&msisdn=442079460100")).await;
    let (_, found) = ask(&accounts, "/number/search?country=gb&features=SMS&size=1", None).await;
    assert_eq!(found["numbers"][0]["msisdn"], "442079460101", "what is owned is not for sale");
    let (_, found) = ask(&accounts, "/number/search?country=US&pattern=0142&search_pattern=2", None).await;
    assert_eq!(found["numbers"][0]["msisdn"], "12025550142");
    assert_eq!(ask(&accounts, "/number/search?country=GB&features=MMS", None).await, (200, json!({})));
    assert_eq!(ask(&accounts, "/number/search?country=ZZ", None).await, (200, json!({})));
    assert_eq!(ask(&accounts, "/number/search", None).await, (200, json!({})), "the document has no other status");
}

#[tokio::test]
async fn without_credentials_it_is_the_numbers_own_401() {
    let effects = fixed::effects(0).0;
    let accounts = Accounts::new(Account::generated(&effects), effects);
    let request = Request::get("/account/numbers").body(Body::empty()).unwrap();
    let response = router(accounts).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 401);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["error-code-label"], "authentication failed");
}

async fn plain(accounts: &Accounts, method: &str, uri: &str, kind: &str, body: &str) -> (u16, Value) {
    let request = Request::builder().method(method).uri(uri).header("content-type", kind);
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response = router(accounts.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn s2_s7_a_number_is_rented_by_query_by_form_and_by_a_form_that_is_called_json() {
    let effects = fixed::effects(0).0;
    let accounts = Accounts::new(Account::generated(&effects), effects);
    let account = accounts.account();
    let keys = format!("api_key={}&api_secret={}", account.api_key, account.api_secret);
    let form = "application/x-www-form-urlencoded";
    let query = format!("/number/buy?country=SE&msisdn=46850000001&{keys}");
    assert_eq!(plain(&accounts, "POST", &query, form, "").await.0, 200);
    let body = format!("country=SE&msisdn=46850000002&{keys}");
    assert_eq!(plain(&accounts, "POST", "/number/buy", form, &body).await.0, 200);
    let body = body.replace("0002", "0003");
    assert_eq!(plain(&accounts, "POST", "/number/buy", "application/json", &body).await.0, 200);
    assert_eq!(accounts.numbers().len(), 3);
    let (_, list) = plain(&accounts, "GET", &format!("/account/numbers?size=2&{keys}"), form, "").await;
    assert_eq!((&list["count"], list["numbers"].as_array().unwrap().len()), (&json!(3), 2));
    assert_eq!(plain(&accounts, "GET", "/account/numbers?api_key=a&api_secret=b", form, "").await.0, 401);
    assert_eq!(plain(&accounts, "POST", &query.replace("buy", "cancel"), form, "").await.0, 200);
    assert_eq!(plain(&accounts, "POST", &format!("/number/buy?{keys}"), form, "").await.0, 420, "which number?");
}

#[tokio::test]
async fn s3_the_older_pair_links_and_sip_and_tel_outrank_the_application() {
    let effects = fixed::effects(0).0;
    let accounts = Accounts::new(Account::generated(&effects), effects);
    let one = accounts.create(&json!({"name": "One"})).await.unwrap().0.id;
    let number = "46850000009";
    accounts.own(number, "SE");
    let set = |more: String| {
        let accounts = accounts.clone();
        async move { ask(&accounts, "/number/update", Some(&format!("country=SE&msisdn={number}&{more}"))).await.0 }
    };
    let answers = || accounts.application_of(number).map(|application| application.id);
    assert_eq!(set(format!("voiceCallbackType=app&voiceCallbackValue={one}")).await, 200);
    assert_eq!(answers(), Some(one.clone()));
    let (_, list) = ask(&accounts, "/account/numbers", None).await;
    for (field, value) in [("app_id", &one), ("voiceCallbackValue", &one), ("voiceCallbackType", &"app".to_owned())] {
        assert_eq!(list["numbers"][0][field], **value, "{field}");
    }
    assert_eq!(set("voiceCallbackType=app&voiceCallbackValue=nobody".to_owned()).await, 420);
    assert_eq!(set("voiceCallbackType=pigeon&voiceCallbackValue=1".to_owned()).await, 420);
    assert_eq!(set("moHttpUrl=https://example.com".to_owned()).await, 200);
    assert_eq!(answers(), Some(one.clone()), "what is not said stays");

    assert_eq!(set("voiceCallbackType=sip&voiceCallbackValue=sip:desk@example.com".to_owned()).await, 200);
    let diverted = accounts.number(number).unwrap();
    assert_eq!(diverted.diverted, Some(("sip".into(), "sip:desk@example.com".into())));
    assert_eq!((answers(), diverted.app_id.clone()), (None, Some(one.clone())), "linked, but outranked");
    assert_eq!(set(format!("app_id={one}")).await, 200);
    assert_eq!(answers(), None, "still outranked");
    assert_eq!(set("voiceCallbackType=tel&voiceCallbackValue=46850000010".to_owned()).await, 200);
    assert_eq!(ask(&accounts, "/account/numbers", None).await.1["numbers"][0]["voiceCallbackType"], "tel");
    assert_eq!(set("voiceCallbackType=&voiceCallbackValue=".to_owned()).await, 200);
    assert_eq!(answers(), Some(one.clone()));
    assert_eq!(set("voiceCallbackType=app&voiceCallbackValue=".to_owned()).await, 200);
    assert_eq!(answers(), None);
}
