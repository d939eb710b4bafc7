//! What a request of the older APIs (Numbers, Number Insight, SMS, Account, Application v1) asks for.
//!
//! These APIs take their parameters from the query as well as from the body, of a POST too, and the account's key and
//! secret as two of them; that is how the platform's own libraries of the time send everything. A body is read as what
//! it is, not as what its label says: one of today's libraries labels form bodies `application/json` once it has sent
//! JSON. Depends on `account` and `auth`.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::account::Account;
use crate::auth::{AuthError, verify_basic};

/// The parameters, wherever they came from. The body's win over the query's.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    fields: Map<String, Value>,
    headers: HeaderMap,
}

impl Asked {
    pub fn read(query: &str, body: &[u8], headers: HeaderMap) -> Asked {
        let pairs = |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        let mut fields: Map<String, Value> =
            pairs(query.as_bytes()).into_iter().map(|(name, value)| (name, value.into())).collect();
        match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(body)) => {
                fields.extend(body.into_iter().map(|(name, value)| match value {
                    // A number that somebody did not put into quotes: `"to": 447700900000`.
                    Value::Number(number) => (name, number.to_string().into()),
                    other => (name, other),
                }));
            }
            _ => fields.extend(pairs(body).into_iter().map(|(name, value)| (name, value.into()))),
        }
        Asked { fields, headers }
    }

    /// A parameter's text; None when it is not there or no text. It may be empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Value::as_str)
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Does the request carry the account's credentials: in the header, or else as `api_key` and `api_secret`?
    ///
    /// # Errors
    /// [`AuthError::Invalid`]. A wrong header is not made good by right parameters.
    pub fn verify(&self, account: &Account) -> Result<(), AuthError> {
        if self.headers.contains_key(AUTHORIZATION) {
            return verify_basic(account, &self.headers);
        }
        let is = |name: &str, value: &str| bool::from(self.text(name).unwrap_or("").as_bytes().ct_eq(value.as_bytes()));
        // Both are compared, so that the time does not tell which one was wrong.
        match is("api_key", &account.api_key) & is("api_secret", &account.api_secret) {
            true => Ok(()),
            false => Err(AuthError::Invalid),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Asked, Response> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        Ok(Asked::read(&query, &body, headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::fixed;
    use proptest::prelude::*;

    #[test]
    fn s1_key_and_secret_are_taken_from_header_query_and_body() {
        let account = Account::generated(&fixed::effects(0).0);
        let (key, secret) = (&account.api_key, &account.api_secret);
        let right = format!("api_key={key}&api_secret={secret}");
        let may = |query: &str, body: &str| Asked::read(query, body.as_bytes(), HeaderMap::new()).verify(&account);
        assert_eq!(may(&right, ""), Ok(()));
        assert_eq!(may("country=SE", &right), Ok(()));
        assert_eq!(may("", &format!(r#"{{"api_key":"{key}","api_secret":"{secret}"}}"#)), Ok(()));
        for wrong in ["", "api_key=&api_secret=", &format!("api_key={key}"), &format!("api_key={key}&api_secret=x")] {
            assert_eq!(may(wrong, ""), Err(AuthError::Invalid), "{wrong}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "Basic bm86bm8=".parse().unwrap());
        assert!(Asked::read(&right, b"", headers).verify(&account).is_err(), "the header is what counts");
    }

    #[test]
    fn s7_a_body_is_read_as_what_it_is() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", "application/json".parse().unwrap());
        let asked = Asked::read("country=FR", b"country=SE&msisdn=46850000000", headers);
        assert_eq!((asked.text("country"), asked.text("msisdn")), (Some("SE"), Some("46850000000")));
        let asked = Asked::read("", br#"{"to": 46850000001, "text": "1"}"#, HeaderMap::new());
        assert_eq!((asked.text("to"), asked.text("text")), (Some("46850000001"), Some("1")));
    }

    proptest! {
        #[test]
        fn s2_it_is_the_same_in_query_form_and_json(
            fields in proptest::collection::btree_map("[a-z_]{1,12}", "\\PC{0,20}", 1..6)
        ) {
            let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
            let json = serde_json::to_vec(&fields).unwrap();
            for asked in [
                Asked::read(&form, b"", HeaderMap::new()),
                Asked::read("", form.as_bytes(), HeaderMap::new()),
                Asked::read("", &json, HeaderMap::new()),
            ] {
                for (name, value) in &fields {
                    prop_assert_eq!(asked.text(name), Some(value.as_str()));
                }
            }
        }
    }
}
