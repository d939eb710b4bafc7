//! Deleting a flow, which asks once more and can be cancelled. A popover: it opens and closes without a script, and Escape
//! closes it.

use leptos::prelude::*;

use crate::ui::language::words;

#[component]
pub fn Remove(id: String, name: String) -> impl IntoView {
    let words = words();
    let panel = format!("delete-{id}");
    let (opens, closes) = (panel.clone(), panel.clone());
    let head = format!("{panel}-head");
    let labelled = head.clone();
    let label = format!("{}{}{name}", words.admin_delete, words.why_gap);
    view! {
        <div class="remove">
            <button type="button" class="button small quiet" popovertarget=opens aria-label=label>{words.admin_delete}</button>
            <div popover="auto" id=panel class="question" role="dialog" aria-labelledby=labelled>
                <form method="post" action="/api/call-flow-delete">
                    <p id=head>{words.flows_delete_text(&name)}</p>
                    <input type="hidden" name="id" value=id/>
                    <div class="buttons">
                        <button type="submit" class="button small danger">{words.admin_delete_sure}</button>
                        <button type="button" class="button small quiet" popovertarget=closes popovertargetaction="hide">{words.flows_cancel}</button>
                    </div>
                </form>
            </div>
        </div>
    }
}
