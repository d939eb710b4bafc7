//! The console's session ends: after twelve hours, or because somebody signed out everywhere. The page stays, for a call goes
//! on without it: the softphone's session is with the platform. What can be done without the server can still be done, and
//! signing in goes on where it was.
//!
//! While nobody is signed in the server hears no beat and shows the agent as *reconnecting*; that ends no call.

use leptos::ev::Event;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::phone::{Input, Link, Phone};
use super::signed_in::SignedIn;
use super::station::{Act, LOGIN, Station, leave_for};
use crate::api::Access;
use crate::api::account::{AccountOutcome, Myself, SandboxAccount};
use crate::browser::page;
use crate::browser::post::post_form;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::softphone::driver::SoftphoneDriver as _;

const WHO: &str = "/api/who";
const SIGN_IN: &str = "/api/sign-in";
const SANDBOX_ACCOUNTS: &str = "/api/sandbox-accounts";
const SANDBOX_SIGN_IN: &str = "/api/sandbox-sign-in";

/// **Stable**: browser tests rely on these ids.
const DIALOG: &str = "session";
const PASSWORD: &str = "session-password";
const OTHER: &str = "session-other";
/// How often it is looked whether somebody signed in in another tab, ms.
const LOOK_MS: u32 = 5_000;

impl Station {
    /// The server refused something because of who asks.
    pub(super) fn refused<T>(self, answer: &Access<T>) {
        let in_call = self.phone.with_untracked(Phone::is_busy);
        let Some(now) = SignedIn::of(answer, in_call) else { return page::go(LOGIN) };
        if self.signed_in.get_untracked() == now {
            return;
        }
        self.signed_in.set(now);
        // Nothing can be accepted now.
        self.after();
        if now == SignedIn::Over {
            spawn_local(async move {
                while self.signed_in.get_untracked() == SignedIn::Over {
                    page::sleep(LOOK_MS).await;
                    self.look_who().await;
                }
            });
        }
    }

    /// Goes on when somebody is signed in again, here or in another tab.
    async fn look_who(self) {
        let answer = post_form(WHO, &[]).await;
        let who = answer.and_then(|text| serde_json::from_str::<Option<Myself>>(&text).ok()).flatten();
        let Some(Myself { name, .. }) = who else { return };
        if self.signed_in.get_untracked() != SignedIn::Over {
            return;
        }
        if self.desk.with_untracked(|desk| desk.me.name != name) {
            // Everything on this page is somebody else's.
            return leave_for("/console");
        }
        self.signed_in.set(SignedIn::Yes);
        self.said.set(words().console_said_signed_in.to_owned());
        self.resume();
    }

    /// Signs in; `Err` is what to say.
    async fn sign_in(self, path: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let words = words();
        let answer = post_form(path, fields).await;
        match answer.and_then(|text| serde_json::from_str::<AccountOutcome>(&text).ok()) {
            Some(AccountOutcome::Done) => {
                self.look_who().await;
                Ok(())
            }
            Some(AccountOutcome::Throttled { retry_after_s }) => Err(words.login_throttled(&retry_after_s.to_string())),
            Some(AccountOutcome::Wrong) => Err(words.console_session_wrong.to_owned()),
            _ => Err(words.internal_error.to_owned()),
        }
    }

    /// This end of the call, without the server.
    fn hang_up_here(self) {
        if !self.leads.get_untracked() {
            return self.act(Act::HangUp);
        }
        let up = self.phone.with_untracked(|phone| phone.link == Link::Up);
        self.input(Input::HangUp);
        if !up {
            // The platform cannot be told. It ends the leg when the audio stops, which it does with the page.
            leave_for(LOGIN);
        }
    }
}

#[component]
pub fn SessionPanel(station: Station) -> impl IntoView {
    let state = Memo::new(move |_| station.signed_in.get());
    Effect::new(move |before: Option<SignedIn>| {
        let now = state.get();
        let was = before.unwrap_or_default();
        if was == now {
            return now;
        }
        if now == SignedIn::Yes {
            page::close_dialog(DIALOG);
        } else {
            page::open_dialog(DIALOG, if now == SignedIn::Over { PASSWORD } else { OTHER });
        }
        now
    });
    let content = move || match state.get() {
        SignedIn::Yes => ().into_any(),
        state => view! { <Content station over={state == SignedIn::Over}/> }.into_any(),
    };
    // A browser closes a dialog on Escape, the second time whatever we say.
    let closed = move |_: Event| {
        if state.get_untracked() != SignedIn::Yes {
            page::open_dialog(DIALOG, PASSWORD);
        }
    };
    view! {
        <dialog
            id=DIALOG
            class="over-console"
            role="alertdialog"
            aria-labelledby="session-title"
            aria-describedby="session-text"
            on:cancel=|event: Event| event.prevent_default()
            on:close=closed
        >
            {content}
        </dialog>
    }
}

#[component]
fn Content(station: Station, over: bool) -> impl IntoView {
    let words = words();
    let in_call = Memo::new(move |_| station.phone.with(Phone::is_busy));
    let had_call = in_call.get_untracked();
    let text = move || match (in_call.get(), over) {
        (true, true) => words.console_session_call,
        (true, false) => words.console_session_closed_call,
        (false, true) if had_call => words.console_session_ended,
        (false, true) => words.console_session_idle,
        (false, false) => words.console_said_ended,
    };
    let title = if over { words.console_session_title } else { words.console_session_closed };
    let other = move || if in_call.get() { words.console_session_other_call } else { words.console_session_other };
    view! {
        <h2 id="session-title">{title}</h2>
        <p id="session-text" role="status">{text}</p>
        <Show when=move || in_call.get()><CallHere station/></Show>
        {over.then(|| view! { <SignInForm station/> })}
        // The browser asks once more while a call goes on.
        <p><a id=OTHER href=LOGIN>{other}</a></p>
    }
}

/// The call, as far as it can be worked with here.
#[component]
fn CallHere(station: Station) -> impl IntoView {
    let words = words();
    let is_muted = Memo::new(move |_| station.call().is_some_and(|call| call.muted));
    let mute = move |_| {
        let wanted = !is_muted.get_untracked();
        spawn_local(async move {
            if station.mute_here(wanted).await {
                station.muted_here.set(Some(wanted));
            }
        });
    };
    view! {
        <div class="row">
            // Another tab has the softphone.
            <Show when=move || station.leads.get()>
                <button type="button" aria-pressed=move || is_muted.get().to_string() on:click=mute>
                    {move || if is_muted.get() { words.call_unmute } else { words.call_mute }}
                </button>
            </Show>
            <button type="button" class="hang-up" on:click=move |_| station.hang_up_here()>
                <Icon mark=Mark::Phone/>
                {words.call_hang_up}
            </button>
        </div>
    }
}

#[component]
fn SignInForm(station: Station) -> impl IntoView {
    let words = words();
    let name = station.desk.with_untracked(|desk| desk.me.name.clone());
    let password = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let asking = RwSignal::new(false);
    let one_click = RwSignal::new(false);
    let me = StoredValue::new(name.clone());
    let attempt = move |path: &'static str| {
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        problem.set(None);
        spawn_local(async move {
            let (name, secret) = (me.get_value(), password.get_untracked());
            let fields = [("name", name.as_str()), ("password", secret.as_str())];
            // One click needs no password.
            let fields = if path == SIGN_IN { &fields[..] } else { &fields[..1] };
            let outcome = station.sign_in(path, fields).await;
            if station.signed_in.get_untracked() == SignedIn::Yes {
                // This form is gone.
                return;
            }
            asking.set(false);
            if let Err(text) = outcome {
                password.set(String::new());
                problem.set(Some(text));
                page::focus(PASSWORD);
            }
        });
    };
    // In the sandbox its own accounts have no password.
    Effect::new(move |_: Option<()>| {
        if !station.desk.with_untracked(|desk| desk.in_sandbox) {
            return;
        }
        spawn_local(async move {
            let answer = post_form(SANDBOX_ACCOUNTS, &[]).await;
            let all = answer.and_then(|text| serde_json::from_str::<Vec<SandboxAccount>>(&text).ok());
            let mine = all.unwrap_or_default().iter().any(|account| account.name == me.get_value());
            one_click.set(mine);
        });
    });
    let label = words.login_sandbox_as(&name);
    view! {
        <form class="form" on:submit=move |event| {
            event.prevent_default();
            attempt(SIGN_IN);
        }>
            <label for="session-name">{words.login_name}</label>
            <input id="session-name" type="text" name="name" value=name readonly autocomplete="username"/>
            <label for=PASSWORD>{words.login_password}</label>
            <input
                id=PASSWORD
                type="password"
                name="password"
                required
                autocomplete="current-password"
                aria-invalid=move || problem.with(Option::is_some).then_some("true")
                aria-describedby="session-problem"
                prop:value=move || password.get()
                on:input:target=move |event| password.set(event.target().value())
            />
            <p id="session-problem" class="problem" role="alert">{move || problem.get()}</p>
            // Not disabled while it works: a disabled button would lose the focus.
            <button type="submit" class="button" aria-busy=move || asking.get().to_string()>
                {move || if asking.get() { words.console_session_signing_in } else { words.login_submit }}
            </button>
        </form>
        <Show when=move || one_click.get()>
            <button type="button" class="button quiet" on:click=move |_| attempt(SANDBOX_SIGN_IN)>{label.clone()}</button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    use super::super::sample::in_call;
    use super::*;
    use crate::api::account as api;

    #[test]
    fn a5_the_panel_asks_the_functions_that_the_login_page_asks() {
        let paths = [api::Who::PATH, api::SignIn::PATH, api::SandboxAccounts::PATH, api::SandboxSignIn::PATH];
        assert_eq!([WHO, SIGN_IN, SANDBOX_ACCOUNTS, SANDBOX_SIGN_IN], paths);
    }

    #[test]
    fn a5_the_panel_is_a_dialog_that_says_what_happened_and_who_signs_in() {
        let html = |state: SignedIn| {
            Owner::new().with(|| {
                let station = Station::new(in_call());
                station.signed_in.set(state);
                view! { <SessionPanel station/> }.to_html()
            })
        };
        let words = words();
        assert!(!html(SignedIn::Yes).contains("<form"), "nothing is there while all is well");
        let over = html(SignedIn::Over);
        for part in [
            "role=\"alertdialog\"",
            words.console_session_title,
            "type=\"password\"",
            "role=\"alert\"",
            "value=\"Jane\"",
        ] {
            assert!(over.contains(part), "{part}: {over}");
        }
        let closed = html(SignedIn::Closed);
        assert!(closed.contains(words.console_session_closed) && !closed.contains("<form"), "{closed}");
        assert!(!over.contains("style=") && !closed.contains("style="));
    }

    #[test]
    fn a5_what_goes_on_is_said_in_both_languages() {
        use crate::ui::language::{Language, Words};
        let say = |words: &'static Words| [words.console_session_call, words.console_session_idle];
        let (english, chinese) = (say(Language::English.words()), say(Language::Chinese.words()));
        assert!(english.iter().zip(chinese).all(|(one, other)| *one != other && !other.is_empty()));
    }
}
