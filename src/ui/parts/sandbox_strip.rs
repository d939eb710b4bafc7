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
                // The only way to them on a page.
                <a href=handsets.clone() target="_blank" rel="noopener" title=handsets>{words.nav_sandbox_open}</a>
            </aside>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leads_to_the_handsets() {
        let html = Owner::new().with(|| {
            provide_context(Sandboxed { handsets: "http://127.0.0.1:3001/".to_owned() });
            view! { <SandboxStrip/> }.to_html()
        });
        assert!(html.contains("href=\"http://127.0.0.1:3001/\""), "{html}");
    }
}
