//! The frame of the operator's pages.

use leptos::prelude::*;

use super::flash::FlashNotice;
use crate::api::admin::Page;
use crate::ui::parts::frame::Frame;

/// The frame with a heading, a lead and the outcome of the last form.
pub fn framed<T>(
    page: Page<T>,
    title: impl Into<String>,
    lead: &'static str,
    show: impl FnOnce(T) -> AnyView,
) -> AnyView {
    let title: String = title.into();
    let Page { viewer, flash, content } = page;
    let content = show(content);
    view! {
        <Frame viewer>
            <div class="lead">
                <h1>{title}</h1>
                <p class="hint">{lead}</p>
            </div>
            <FlashNotice flash/>
            {content}
        </Frame>
    }
    .into_any()
}
