//! What is posted about opening hours and cannot be a server function: a calendar's file, and the number that a visitor
//! leaves, who has no account for which an outcome could be kept.

use axum::extract::{Extension, Multipart, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::provide_context;

use super::arguments::BODY_LIMIT;
use super::guard::{Operator, SignedIn};
use super::pages;
use super::peer::ClientIp;
use super::state::Web;
use super::upload::file_of;
use crate::api::click_to_call::NumberLeft;
use crate::api::hours::{CALL_BACK, HOURS, leave_imported};
use crate::domain::hours::calendar::LARGEST_FILE;
use crate::service::Refusable as _;

/// No number is longer, however it is written.
const LONGEST_NUMBER: usize = 40;

/// `POST /admin/hours/import`: holidays out of an iCalendar file.
pub(super) async fn import(State(web): State<Web>, who: SignedIn<Operator>, form: Multipart) -> Response {
    let file = match file_of(form, "file", LARGEST_FILE).await {
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

/// `POST /call-back`: a visitor who finds us closed leaves a number. Answered with the support page, which says whether it
/// was noted: what was typed stands in no address.
pub(super) async fn call_back(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let Ok(sent) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long, or was cut off\n").into_response();
    };
    let number = url::form_urlencoded::parse(&sent).find(|(name, _)| name == "number");
    let number: String = number.map(|(_, value)| value.chars().take(LONGEST_NUMBER).collect()).unwrap_or_default();
    // After a refusal the form stands on the answer to the one before, which is no page of its own.
    let page = head.headers.get(header::REFERER).and_then(|page| page.to_str().ok());
    let page = page.filter(|page| !page.contains(CALL_BACK)).map(str::to_owned);
    let refused = match web.services.desk.visitors.closed_call_back(&number, page, ip).await.refusable() {
        Ok(done) => done.err(),
        Err(error) => {
            tracing::error!(error = %error, "a visitor's number could not be kept");
            return (StatusCode::SERVICE_UNAVAILABLE, "please try again in a few minutes\n").into_response();
        }
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let left = NumberLeft { number, refused };
    let mut response = pages::answer(&web, head, Uri::from_static("/"), move || provide_context(left.clone())).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    response
}
