//! Good tokens are let in and no others; what an ACL allows.

use super::acl::fits;
use super::testing::{sign, user_token};
use super::*;
use crate::effects::fixed;

const NOW: i64 = 1_795_226_880;

async fn setting() -> (Accounts, String, String) {
    let effects = fixed::effects(NOW * 1000).0;
    let accounts = Accounts::new(Account::generated(&effects), effects);
    let (application, key) = accounts.create(&json!({"name": "One"})).await.unwrap();
    (accounts, application.id, key.unwrap())
}

fn claims(application: &str) -> Value {
    json!({"application_id": application, "iat": NOW, "exp": NOW + 900, "jti": "j", "sub": "Jane", "acl": {"paths": {}}})
}

#[tokio::test]
async fn accepts_a_good_token_and_only_that() {
    let (accounts, id, key) = setting().await;
    let rs256 = json!({"alg": "RS256", "typ": "JWT"});
    let with = |name: &str, value: Value| {
        let mut claims = claims(&id);
        claims[name] = value;
        sign(&rs256, &claims, &key)
    };
    let without = |name: &str| {
        let mut claims = claims(&id);
        claims.as_object_mut().unwrap().remove(name);
        sign(&rs256, &claims, &key)
    };
    use AuthError::{Expired, Invalid, Permission};
    let table: Vec<(&str, String, Result<(), AuthError>)> = vec![
        ("good", sign(&rs256, &claims(&id), &key), Ok(())),
        ("exp as text", with("exp", json!((NOW + 900).to_string())), Ok(())),
        ("no exp lives 15 minutes", without("exp"), Ok(())),
        (
            "no exp, 16 minutes old",
            {
                let mut c = claims(&id);
                c["iat"] = json!(NOW - 960);
                c.as_object_mut().unwrap().remove("exp");
                sign(&rs256, &c, &key)
            },
            Err(Expired),
        ),
        ("expired", with("exp", json!(NOW)), Err(Expired)),
        ("25 hours", with("exp", json!(NOW + 25 * 3600)), Err(Invalid)),
        ("exp is nonsense", with("exp", json!("soon")), Err(Invalid)),
        ("issued tomorrow", with("iat", json!(NOW + 3600)), Err(Invalid)),
        ("not before an hour", with("nbf", json!(NOW + 3600)), Err(Invalid)),
        ("no iat", without("iat"), Err(Invalid)),
        ("no jti", without("jti"), Err(Invalid)),
        ("another application", with("application_id", json!("nobody")), Err(Invalid)),
        ("no sub", without("sub"), Err(Permission)),
        ("no acl", without("acl"), Err(Permission)),
        ("acl of another shape", with("acl", json!({"paths": []})), Err(Invalid)),
        ("alg RS512 claimed", sign(&json!({"alg": "RS512"}), &claims(&id), &key), Err(Invalid)),
        ("empty", String::new(), Err(Invalid)),
        ("two parts", "a.b".into(), Err(Invalid)),
        ("huge", "x".repeat(100_000), Err(Invalid)),
    ];
    for (case, token, expected) in table {
        assert_eq!(verify_user(&accounts, &token, NOW).map(|_| ()), expected, "{case}");
    }
}

#[tokio::test]
async fn forgeries_are_refused() {
    let (accounts, id, key) = setting().await;
    let good = user_token(&id, &key, "Jane", NOW, NOW + 60);
    assert!(verify_user(&accounts, &good, NOW).is_ok());

    // alg none, with and without a signature
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let body = URL_SAFE_NO_PAD.encode(claims(&id).to_string());
    assert_eq!(verify_user(&accounts, &format!("{head}.{body}."), NOW), Err(AuthError::Invalid));

    // HS256 keyed with the public key
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let public = accounts.get(&id).unwrap().public_key_pem;
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&secret, format!("{head}.{body}").as_bytes());
    let forged = format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(tag));
    assert_eq!(verify_user(&accounts, &forged, NOW), Err(AuthError::Invalid));

    // another application's key
    let (_, other) = accounts.create(&json!({"name": "Two"})).await.unwrap();
    let stolen = user_token(&id, &other.unwrap(), "Jane", NOW, NOW + 60);
    assert_eq!(verify_user(&accounts, &stolen, NOW), Err(AuthError::Invalid));

    // somebody else's name under Jane's signature
    let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[1]).unwrap()).unwrap();
    claims["sub"] = json!("Joe");
    parts[1] = URL_SAFE_NO_PAD.encode(claims.to_string());
    assert_eq!(verify_user(&accounts, &parts.join("."), NOW), Err(AuthError::Invalid));
}

#[test]
fn acl_table() {
    let acl = |paths: Value| Acl::read(&json!({ "paths": paths })).unwrap();
    let table = [
        ("/*/legs/**", "POST", "/v0.3/legs", true),
        ("/*/legs/**", "GET", "/v0.3/legs/123", true),
        ("/*/legs/**", "GET", "/v0.3/legs/123/x/y", true),
        ("/*/legs/**", "GET", "/v0.3/conversations/CON-1/legs", false),
        ("/*/legs/**", "GET", "/legs", false),
        ("/*/legs", "GET", "/v0.3/legs/123", false),
        ("/*/legs/*", "GET", "/v0.3/legs/123", true),
        ("/*/legs/*", "GET", "/v0.3/legs", false),
        ("/**", "DELETE", "/v0.2/conversations/CON-1/members/MEM-1", true),
        ("/**/members/*", "DELETE", "/v0.2/conversations/CON-1/members/MEM-1", true),
        ("/v0.3/legs", "POST", "/v0.3/legs", true),
        ("/v0.3/legs", "POST", "/v0.3/legsx", false),
    ];
    for (pattern, method, path, expected) in table {
        assert_eq!(acl(json!({ pattern: {} })).allows(method, path), expected, "{pattern} {method} {path}");
    }
    let reading = acl(json!({"/*/users/**": {"methods": ["get"]}}));
    assert!(reading.allows("GET", "/v0.3/users/me") && !reading.allows("DELETE", "/v0.3/users/me"));
    assert!(!Acl::default().allows("GET", "/v0.3/users/me"));
    assert!(Acl::read(&json!({"paths": {"legs": {}}})).is_err(), "a path begins with a slash");
}

proptest::proptest! {
    #[test]
    fn acl_matching_agrees_with_the_plain_recursion(
        pattern in proptest::collection::vec("(\\*|\\*\\*|a|b)", 0..6),
        path in proptest::collection::vec("(a|b|c)", 0..6),
    ) {
        fn plain(pattern: &[String], path: &[&str]) -> bool {
            match (pattern.split_first(), path.split_first()) {
                (None, None) => true,
                (Some((p, rest)), _) if p == "**" => plain(rest, path) || path.split_first().is_some_and(|(_, tail)| plain(pattern, tail)),
                (Some((p, rest)), Some((s, tail))) => (p == "*" || p == s) && plain(rest, tail),
                _ => false,
            }
        }
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        proptest::prop_assert_eq!(fits(&pattern, &path), plain(&pattern, &path));
    }

    #[test]
    fn no_text_is_a_token(text in "\\PC{0,200}") {
        let effects = fixed::effects(NOW * 1000).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        proptest::prop_assert_eq!(verify_application(&accounts, &text, NOW), Err(AuthError::Invalid));
    }
}

#[test]
fn basic_is_the_accounts_key_and_secret() {
    let account = Account { api_key: "a1b2c3d4".into(), api_secret: "s:ecret".into(), signature_secret: "x".into() };
    let headers = |value: String| {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        headers
    };
    let good = format!("Basic {}", STANDARD.encode("a1b2c3d4:s:ecret"));
    assert_eq!(verify_basic(&account, &headers(good.replace("Basic", "basic"))), Ok(()));
    assert_eq!(verify_basic(&account, &headers(good)), Ok(()));
    for bad in ["Basic", "Basic !", &format!("Basic {}", STANDARD.encode("a1b2c3d4:")), "Bearer x"] {
        assert_eq!(verify_basic(&account, &headers(bad.into())), Err(AuthError::Invalid), "{bad}");
    }
    assert_eq!(verify_basic(&account, &HeaderMap::new()), Err(AuthError::Invalid));
}
