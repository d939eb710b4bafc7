//! The strip above every page while the sandbox runs: nobody must take it for a system on which calls are real.

use leptos::prelude::*;

use crate::api::Sandboxed;
use crate::ui::language::words;

/// Nothing on the real platform.
#[component]
pub fn SandboxStrip() -> impl IntoView {
    let words = words();
    use_context::<Sandboxed>().map(|Sandboxed { handsets }| {
        view! {
            <aside class="sandbox-strip" aria-label=words.sandbox_title>
                <strong>{words.sandbox_title}</strong>
                <span>{words.sandbox_not_real}</span>
                // No link: the first one of a page is the one that skips to its content.
                <span class="strip-address">{words.nav_sandbox}": "{handsets}</span>
            </aside>
        }
    })
}
