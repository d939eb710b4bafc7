//! Who may see a page: everybody else is led to where they can sign in, by a redirect from the server when there is no
//! JavaScript.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::link;
use crate::api::paths::{CONSOLE, HOME, LOGIN, PASSWORD};
use crate::api::{Access, ApiError};
use crate::ui::language::words;
use crate::ui::parts::door::Door;
use crate::ui::parts::markup::Title;
use crate::ui::parts::trouble::Trouble;

/// `show` for those who may; `here` is where they come back to.
pub fn gate<T>(answer: Result<Access<T>, ApiError>, here: &str, show: impl FnOnce(T) -> AnyView) -> AnyView {
    match answer {
        Ok(Access::Granted(content)) => show(content),
        Ok(Access::SignIn) => {
            let path = link::to(LOGIN, [("next", here)]);
            view! { <Redirect path/> }.into_any()
        }
        Ok(Access::ChangePassword) => view! { <Redirect path=PASSWORD/> }.into_any(),
        Ok(Access::Forbidden) => view! { <Forbidden console={here == CONSOLE}/> }.into_any(),
        Err(_) => view! { <Door><Trouble/></Door> }.into_any(),
    }
}

/// Signed in, but not for this. The server answers it with status 403.
#[component]
fn Forbidden(
    /// What was asked for is the console: it is closed to those who take no calls, and they begin at the call log.
    console: bool,
) -> impl IntoView {
    let words = words();
    let (home, name) = if console { (HOME, words.nav_overview) } else { (CONSOLE, words.nav_console) };
    view! {
        <Title text=words.forbidden_title/>
        <Door>
            <h1>{words.forbidden_title}</h1>
            <p>{words.forbidden_text}</p>
            <a class="button" href=home>{name}</a>
            <form method="post" action="/api/sign-out" class="form">
                <button type="submit" class="button quiet">{words.forbidden_other}</button>
            </form>
        </Door>
    }
}
