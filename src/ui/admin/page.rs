//! The frame of the operator's pages.

use leptos::prelude::*;

use super::flash::{FlashNotice, provide_refused};
use crate::api::admin::Page;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::page_head::PageHead;

/// A page with a title, a lead and the outcome of the last form.
pub fn framed<T>(
    page: Page<T>,
    title: impl Into<String>,
    lead: &'static str,
    show: impl FnOnce(T) -> AnyView,
) -> AnyView {
    let title: String = title.into();
    headed(page, |content| (view! { <PageHead title lead/> }.into_any(), show(content)))
}

/// The same where the head has more: `show` gives it and what stands below it.
pub fn headed<T>(page: Page<T>, show: impl FnOnce(T) -> (AnyView, AnyView)) -> AnyView {
    let Page { viewer, flash, content } = page;
    provide_refused(flash.as_ref());
    let (head, content) = show(content);
    view! {
        <Frame viewer>
            {head}
            <FlashNotice flash/>
            {content}
        </Frame>
    }
    .into_any()
}
