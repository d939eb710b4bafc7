//! What is posted about opening hours and cannot be a server function: a calendar's file, and the number that a visitor
//! leaves, who has no account for which an outcome could be kept.

use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{Extension, Multipart, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::provide_context;

use super::arguments::BODY_LIMIT;
use super::guard::{Operator, SignedIn};
use super::pages;
use super::peer::ClientIp;
use super::state::Web;
use crate::api::click_to_call::NumberLeft;
use crate::api::hours::{HOURS, leave_imported};
use crate::app::shell;
use crate::domain::hours::calendar::LARGEST_FILE;
use crate::service::Refusable as _;

/// What is longer is not even read to its end. It is more than a calendar may have, so that people are told why it is
/// refused, and not by their browser that the connection broke.
pub(super) const UPLOAD_LIMIT: usize = 8 << 20;
/// No number is longer, however it is written.
const LONGEST_NUMBER: usize = 40;

/// `POST /admin/hours/import`: holidays out of an iCalendar file.
pub(super) async fn import(State(web): State<Web>, who: SignedIn<Operator>, form: Multipart) -> Response {
    let file = match file_of(form).await {
        Ok(file) => file,
        Err(error) => return error.into_response(),
    };
    match web.services.hours.import(&file).await.refusable() {
        Ok(imported) => leave_imported(&web.services, &who.account, imported),
        Err(error) => {
            tracing::error!(error = %error, "a calendar could not be kept");
            return (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response();
        }
    }
    Redirect::to(&format!("{HOURS}#holidays")).into_response()
}

/// The first file of a form, and a byte too many of one that is too large.
async fn file_of(mut form: Multipart) -> Result<Vec<u8>, MultipartError> {
    let mut file = Vec::new();
    while let Some(mut field) = form.next_field().await? {
        let wanted = field.name() == Some("file") && file.is_empty();
        while let Some(piece) = field.chunk().await? {
            let room = (LARGEST_FILE + 1).saturating_sub(file.len());
            if wanted {
                file.extend_from_slice(&piece[..piece.len().min(room)]);
            }
        }
    }
    Ok(file)
}

/// `POST /call-back`: a visitor who finds us closed leaves a number. Answered with the support page, which says what came of
/// it: what was typed stands in no address.
pub(super) async fn call_back(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    request: Request,
) -> Response {
    let (mut head, body) = request.into_parts();
    let Ok(sent) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long, or was cut off\n").into_response();
    };
    let number = url::form_urlencoded::parse(&sent).find(|(name, _)| name == "number");
    let number: String = number.map(|(_, value)| value.chars().take(LONGEST_NUMBER).collect()).unwrap_or_default();
    let page = head.headers.get(header::REFERER).and_then(|page| page.to_str().ok()).map(str::to_owned);
    let refused = match web.services.desk.visitors.closed_call_back(&number, page, ip).await.refusable() {
        Ok(done) => done.err(),
        Err(error) => {
            tracing::error!(error = %error, "a visitor's number could not be kept");
            return (StatusCode::SERVICE_UNAVAILABLE, "please try again in a few minutes\n").into_response();
        }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (around, left) = (pages::context(&web), NumberLeft { number, refused });
    let context = move || {
        around();
        provide_context(left.clone());
    };
    (head.method, head.uri) = (Method::GET, Uri::from_static("/"));
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        head.headers.remove(name);
    }
    let render = leptos_axum::render_app_async_with_context(context, shell);
    let mut response = render(Request::from_parts(head, Body::empty())).await.into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}
