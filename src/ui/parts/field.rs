//! The fields of forms: label above, help below, and what is wrong with what was typed in its place, tied to the field for
//! those who hear the page.

use leptos::prelude::*;

use super::markup::in_text_field;

/// Label, help and error around a field that the caller makes. The field has `name` as its id and [`described`] as its
/// `aria-describedby`.
#[component]
pub fn Field(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional_no_strip)] help: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    /// It takes the whole line.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field" class:wide=wide>
            <label for=name.clone()>{label}</label>
            {children()}
            <FieldError name=name.clone() error/>
            {help.map(|help| view! { <p class="field-help" id=format!("help-{name}")>{help}</p> })}
        </div>
    }
}

/// What is wrong with a field, for one that has no [`Field`] around it.
#[component]
pub fn FieldError(#[prop(into)] name: String, error: Option<String>) -> impl IntoView {
    error.map(|error| view! { <p class="field-error" id=format!("why-{name}") role="alert">{error}</p> })
}

/// The ids of what is said about a field.
#[must_use]
pub fn described(name: &str, help: bool, error: bool) -> Option<String> {
    let ids = [error.then(|| format!("why-{name}")), help.then(|| format!("help-{name}"))];
    let ids: Vec<String> = ids.into_iter().flatten().collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// One line of text.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(optional, into)] value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional_no_strip)] help: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional, into)] placeholder: Option<String>,
    #[prop(default = 120)] longest: usize,
    /// `numeric`, `decimal`, `tel`: the keys that a telephone shows.
    #[prop(optional)]
    keys: Option<&'static str>,
    /// The id of a list of suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    #[prop(optional)] required: bool,
    /// The cursor stands in it when the page opens.
    #[prop(optional)]
    first: bool,
    #[prop(optional)] wide: bool,
) -> impl IntoView {
    let described = described(&name, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let id = name.clone();
    let keys = keys.or((kind == "tel").then_some("tel"));
    view! {
        <Field label name=name.clone() help error wide>
            <input
                id=id
                name=name
                list=list
                type=kind
                value=value
                placeholder=placeholder
                maxlength=longest
                inputmode=keys
                required=required
                autofocus=first
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=described
            />
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into)] value: String,
    #[prop(default = 3)] rows: u8,
    #[prop(optional_no_strip)] help: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    longest: usize,
    #[prop(optional)] wide: bool,
) -> impl IntoView {
    let described = described(&name, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let id = name.clone();
    view! {
        <Field label name=name.clone() help error wide>
            <textarea
                id=id
                name=name
                rows=rows
                maxlength=longest
                aria-invalid=invalid
                aria-describedby=described
                inner_html=in_text_field(&value)
            ></textarea>
        </Field>
    }
}

/// One of several: a value and what it is called.
pub type Choices = Vec<(String, String)>;

/// A choice of what is known.
#[component]
pub fn Choice(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// The one that is chosen.
    #[prop(optional, into)]
    value: String,
    choices: Choices,
    #[prop(optional_no_strip)] help: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let described = described(&name, help.is_some(), error.is_some());
    let invalid = error.is_some().then_some("true");
    let id = name.clone();
    let option = |(key, text): (String, String)| {
        let chosen = key == value;
        view! { <option value=key selected=chosen>{text}</option> }
    };
    let options = choices.into_iter().map(option).collect_view();
    view! {
        <Field label name=name.clone() help error>
            <select id=id name=name required=required aria-invalid=invalid aria-describedby=described>{options}</select>
        </Field>
    }
}

/// Yes or no.
#[component]
pub fn Check(
    label: &'static str,
    name: &'static str,
    #[prop(default = "1")] value: &'static str,
    checked: bool,
    #[prop(optional_no_strip)] help: Option<String>,
    /// It takes the whole line.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    view! {
        <label class="check" class:wide=wide>
            <input type="checkbox" name=name value=value checked=checked/>
            <span>{label}{help.map(|help| view! { <small class="field-help">{help}</small> })}</span>
        </label>
    }
}

/// A part of a longer form, with what it is about at its side.
#[component]
pub fn FormPart(
    title: &'static str,
    #[prop(optional_no_strip)] text: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="form-part">
            <legend>{title}</legend>
            {text.map(|text| view! { <p class="form-part-text">{text}</p> })}
            <div class="form-grid">{children()}</div>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_at_the_field() {
        let html = Owner::new().with(|| {
            let (help, error) = (Some("With its country code.".to_owned()), Some("Too <short>".to_owned()));
            view! { <TextField label="Number" name="number" value="12\"3" kind="tel" help error/> }.to_html()
        });
        assert!(html.contains("aria-describedby=\"why-number help-number\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\"") && html.contains("inputmode=\"tel\""), "{html}");
        assert!(html.contains("Too &lt;short&gt;") && html.contains("12&quot;3"), "{html}");
        assert_eq!(described("x", false, false), None);
    }
}
