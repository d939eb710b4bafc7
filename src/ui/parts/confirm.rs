//! Things that are done: at once by [`Post`], after a question by [`Confirm`], and several of them behind one button in a
//! [`RowMenu`]. All are forms and popovers of the browser's own, which work without JavaScript, close with Escape and
//! lie above everything, so that no table cuts them off.

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use crate::ui::language::words;

/// Hidden fields of a form: names and values.
pub type Fields = Vec<(&'static str, String)>;

#[component]
pub fn Hidden(fields: Fields) -> impl IntoView {
    fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
}

/// A form of one button.
#[component]
pub fn Post(
    action: &'static str,
    label: &'static str,
    fields: Fields,
    /// Its accessible name, where the label alone is not clear.
    #[prop(optional, into)]
    name: Option<String>,
    /// It stands in a menu.
    #[prop(optional)]
    item: bool,
) -> impl IntoView {
    let class = if item { "menu-item" } else { "button small quiet" };
    view! {
        <form method="post" action=action>
            <Hidden fields/>
            <button type="submit" class=class aria-label=name>{label}</button>
        </form>
    }
}

/// What cannot be undone, or costs money, asks first; *Cancel* has the focus.
#[component]
pub fn Confirm(
    /// On the button that asks.
    label: &'static str,
    /// On the question, where it is not the same.
    #[prop(optional)]
    title: Option<&'static str>,
    /// What will happen.
    #[prop(into)]
    text: String,
    /// On the button that does it.
    submit: &'static str,
    action: &'static str,
    fields: Fields,
    #[prop(optional)] danger: bool,
    /// The button that asks stands in a menu.
    #[prop(optional)]
    item: bool,
    /// More that is to be filled in.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let words = words();
    let id = id_of(action, label, &fields);
    let asks = title.unwrap_or(label);
    let (title, what) = (format!("{id}-title"), format!("{id}-what"));
    let (title_id, what_id, target) = (title.clone(), what.clone(), id.clone());
    let opens = match (item, danger) {
        (true, true) => "menu-item danger",
        (true, false) => "menu-item",
        (false, true) => "button small quiet danger",
        (false, false) => "button small quiet",
    };
    let does = if danger { "button danger" } else { "button" };
    view! {
        <button type="button" class=opens popovertarget=id.clone() aria-haspopup="dialog">{label}</button>
        <div popover id=id.clone() class="ask" role="alertdialog" aria-labelledby=title.clone() aria-describedby=what.clone()>
            <h2 id=title_id>{asks}</h2>
            <p id=what_id>{text}</p>
            <form method="post" action=action>
                <Hidden fields/>
                <input type="hidden" name="sure" value="yes"/>
                {children.map(|children| children())}
                <div class="ask-buttons">
                    <button type="button" class="button quiet" popovertarget=target popovertargetaction="hide" autofocus>
                        {words.admin_cancel}
                    </button>
                    <button type="submit" class=does>{submit}</button>
                </div>
            </form>
        </div>
    }
}

/// What can be done about a row, behind one button.
#[component]
pub fn RowMenu(
    /// Unique among the page's menus.
    #[prop(into)]
    id: String,
    /// What the row is about.
    #[prop(into)]
    of: String,
    children: Children,
) -> impl IntoView {
    let label = words().admin_actions_for(&of);
    view! {
        <button type="button" class="icon-button" popovertarget=id.clone() aria-label=label.clone() title=label.clone()>
            <Icon mark=Mark::Dots/>
        </button>
        <div popover id=id class="row-menu" role="group" aria-label=label>{children()}</div>
    }
}

/// An id of the question that a form asks: the same whenever the page is made, and no other form's.
fn id_of(action: &str, label: &str, fields: &Fields) -> String {
    let values = fields.iter().map(|(_, value)| value.as_str());
    let text = [action, label].into_iter().chain(values).collect::<Vec<_>>().join("-");
    let plain = |letter: char| if letter.is_whitespace() || letter == '"' { '-' } else { letter };
    format!("ask{}", text.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_can_be_cancelled_and_has_an_id_of_its_own() {
        let ask = |number: &str| {
            let fields = vec![("number", number.to_owned())];
            Owner::new().with(|| {
                view! { <Confirm label="Release" text="Really" submit="Release" action="/api/x" fields danger=true/> }.to_html()
            })
        };
        let html = ask("44 1");
        assert_eq!(html.matches("ask/api/x-Release-44-1\"").count(), 3, "{html}");
        assert!(html.contains(words().admin_cancel) && html.contains("popovertargetaction=\"hide\""), "{html}");
        assert_ne!(ask("1"), ask("2"));
    }
}
