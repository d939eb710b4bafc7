//! The business's logo, and the preview of a profile that is being written.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::arguments::refused;
use super::guard::{Operator, SignedIn};
use super::state::Web;
use super::upload::file_of;
use crate::api::business::{BUSINESS, Brand, leave_outcome};
use crate::app::business_preview;
use crate::domain::business::{Draft, QuestionDraft};
use crate::domain::trouble::Trouble;
use crate::service::Refusable as _;
use crate::service::business::logo::BIGGEST;

/// `GET /brand/logo/{version}`: the picture. It never changes: another one has another address. Opened by itself it can run
/// and load nothing, whatever is in it.
pub(super) async fn logo(State(web): State<Web>, Path(version): Path<String>) -> Response {
    match web.services.business.logo().filter(|logo| logo.version == version) {
        Some(logo) => {
            let head = [
                (header::CONTENT_TYPE, logo.media_type),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ];
            (head, logo.bytes.clone()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "there is no such picture\n").into_response(),
    }
}

/// `POST /api/business-logo`: a picture, as a browser's form sends it. Answers with the page, which says whether it was taken.
pub(super) async fn upload(
    who: SignedIn<Operator>,
    State(web): State<Web>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let picture = match form {
        Ok(form) => file_of(form, "logo", BIGGEST).await,
        Err(rejection) => return refused("logo", &rejection.body_text()),
    };
    let picture = match picture {
        Ok(picture) => picture,
        Err(error) => return refused("logo", &error.body_text()),
    };
    let kept = match web.services.business.save_logo(Some(picture)).await.refusable() {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(%error, "a logo could not be kept");
            Err(Trouble::Ours)
        }
    };
    leave_outcome(&web.services, &who.account, kept);
    Redirect::to(&format!("{BUSINESS}#logo-form")).into_response()
}

/// `POST /api/business-preview`: the support page as what is typed into the form would make it. Nothing is saved.
pub(super) async fn preview(
    State(web): State<Web>,
    _who: SignedIn<Operator>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let fields: HashMap<String, String> = url::form_urlencoded::parse(&sent).into_owned().collect();
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let languages = (text(header::COOKIE), text(header::ACCEPT_LANGUAGE));
    let (draft, questions) = written(&fields);
    let profile = web.services.business.preview(&draft, &questions);
    Html(business_preview(languages, Brand { profile: profile.into(), ..Brand::of(&web.services) })).into_response()
}

/// The fields of the form, as the server function reads them: those of the questions are called
/// `questions[0][answer_en]`.
fn written(fields: &HashMap<String, String>) -> (Draft, Vec<QuestionDraft>) {
    let question = |index: usize| {
        let field = |name: &str| fields.get(&format!("questions[{index}][{name}]")).cloned();
        Some(QuestionDraft {
            question_en: field("question_en")?,
            question_zh: field("question_zh")?,
            answer_en: field("answer_en")?,
            answer_zh: field("answer_zh")?,
        })
    };
    let draft = serde_json::to_value(fields).and_then(serde_json::from_value).unwrap_or_default();
    (draft, (0..).map_while(question).collect())
}
