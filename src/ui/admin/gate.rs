//! Who may see a page: everybody else is led to where they can sign in, by a redirect from the server when there is no
//! JavaScript.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::api::Access;
use crate::api::account::{CONSOLE, HOME, LOGIN, PASSWORD};
use crate::ui::language::words;
use crate::ui::parts::trouble::Trouble;

/// `show` for those who may; `here` is where they come back to.
pub fn gate<T>(answer: Result<Access<T>, ServerFnError>, here: &str, show: impl FnOnce(T) -> AnyView) -> AnyView {
    match answer {
        Ok(Access::Granted(content)) => show(content),
        Ok(Access::SignIn) => {
            let path = format!("{LOGIN}?next={}", encoded(here));
            view! { <Redirect path/> }.into_any()
        }
        Ok(Access::ChangePassword) => view! { <Redirect path=PASSWORD/> }.into_any(),
        Ok(Access::Forbidden) => view! { <Forbidden console={here == CONSOLE}/> }.into_any(),
        Err(_) => view! { <main class="alone" id="main"><Trouble/></main> }.into_any(),
    }
}

/// Signed in, but not for this. The server answers it with status 403.
#[component]
fn Forbidden(
    /// What was asked for is the console: it is closed to those who take no calls, and they begin at the call log.
    console: bool,
) -> impl IntoView {
    let words = words();
    let (home, name) = if console { (HOME, words.nav_calls) } else { (CONSOLE, words.nav_console) };
    view! {
        <main class="alone" id="main">
            <h1>{words.forbidden_title}</h1>
            <p>{words.forbidden_text}</p>
            <a class="button" href=home>{name}</a>
            <form method="post" action="/api/sign-out" class="form">
                <button type="submit" class="button quiet">{words.forbidden_other}</button>
            </form>
        </main>
    }
}

/// As a value in a query: everything but the plainest characters as `%XX`.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn encodes_what_a_query_cannot_hold() {
        assert_eq!(super::encoded("/admin/calls?text=+44 &é"), "/admin/calls%3Ftext%3D%2B44%20%26%C3%A9");
    }
}
