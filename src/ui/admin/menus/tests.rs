use leptos::prelude::*;

use super::*;
use crate::api::menus::{MenuForm, Targets};
use crate::domain::menu::Menu as Kept;
use crate::domain::trouble::{FieldError, Trouble};

fn html(form: MenuForm) -> String {
    Owner::new().with(|| {
        provide_context(crate::ui::language::Language::English);
        view! { <Form form/> }.to_html()
    })
}

fn form() -> MenuForm {
    let agents = ["Jane".to_owned(), "Gone".to_owned()];
    let draft = Kept::of_agents("main", &agents).draft();
    let targets = Targets {
        agents: vec!["Anna".into(), "Jane".into()],
        queues: Vec::new(),
        menus: vec![("m1".into(), "<b>Sales".into())],
        flows: Vec::new(),
    };
    MenuForm { id: Some("main".into()), name: "main".into(), draft, targets, ..MenuForm::default() }
}

#[test]
fn every_key_has_a_choice_and_a_field() {
    let html = html(form());
    for of in ["1", "9", "0", "star", "hash", "after"] {
        assert!(html.contains(&format!("name=\"do_{of}\"")) && html.contains(&format!("name=\"with_{of}\"")), "{of}");
    }
    assert!(html.contains("value=\"agent:Jane\" selected"), "{html}");
    assert!(html.contains("&lt;b&gt;Sales") && !html.contains("<b>"), "{html}");
}

#[test]
fn who_is_gone_stays_chosen_and_is_named_as_gone() {
    let html = html(form());
    assert!(html.contains("value=\"agent:Gone\" selected"), "{html}");
    assert!(html.contains(&words().menus_gone("Gone")), "{html}");
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let wrong = |field: &str| FieldError { field: field.into(), reason: Trouble::Empty };
    let html = html(MenuForm { wrong: vec![wrong("with_3"), wrong("do_star")], ..form() });
    for field in ["with_3", "do_star"] {
        assert!(html.contains(&format!("id=\"why-{field}\"")), "{field}");
        assert!(html.contains(&format!("aria-describedby=\"why-{field}\"")), "{field}");
    }
    assert_eq!(html.matches("autofocus").count(), 1, "the cursor stands in the first");
}

#[test]
fn only_keys_and_languages_in_use_are_in_sight() {
    let words = words();
    let parts = |form: MenuForm| {
        let html = html(form);
        let (languages, rest) = html.split_once(words.menus_more_languages).unwrap();
        let (keys, more) = rest.split_once(words.menus_more_keys).unwrap();
        [languages.to_owned(), keys.to_owned(), more.to_owned()]
    };
    let [languages, keys, more] = parts(form());
    assert!(!languages.contains("other_text_0"), "{languages}");
    assert!(keys.contains("name=\"do_2\"") && !keys.contains("name=\"do_3\""), "{keys}");
    assert!(more.contains("name=\"do_3\"") && more.contains("name=\"do_hash\""), "{more}");
    let wrong = ["other_language_0", "with_3"].map(|field| FieldError { field: field.into(), reason: Trouble::Empty });
    let [languages, keys, _] = parts(MenuForm { wrong: wrong.into(), ..form() });
    assert!(languages.contains("other_text_0") && keys.contains("name=\"do_3\""), "what is wrong is seen");
    let [_, keys, _] = parts(MenuForm::default());
    assert!(keys.contains("name=\"do_1\"") && keys.contains("name=\"do_3\""), "a new menu has room: {keys}");
}

#[test]
fn extensions_in_use_are_in_sight_and_what_is_wrong_stands_at_them() {
    let words = words();
    let parts = |wrong: Vec<FieldError>| {
        let mut form = form();
        let fields = [("extension_0", "204"), ("do_extension_0", "agent:Jane")];
        form.draft.actions.extend(fields.map(|(field, value)| (field.to_owned(), value.to_owned())));
        let html = html(MenuForm { wrong, ..form });
        let (_, extensions) = html.split_once(words.menus_extensions_text).unwrap();
        let (shown, more) = extensions.split_once(words.menus_more_extensions).unwrap();
        [shown.to_owned(), more.to_owned()]
    };
    let [shown, more] = parts(Vec::new());
    assert!(shown.contains("name=\"extension_0\" value=\"204\""), "{shown}");
    assert!(shown.contains("value=\"agent:Jane\" selected") && !shown.contains("extension_1"), "{shown}");
    assert!(more.contains("name=\"extension_1\"") && more.contains("name=\"with_extension_5\""), "{more}");
    let [shown, _] = parts(vec![FieldError { field: "extension_3".into(), reason: Trouble::Extension(2, 6) }]);
    assert!(shown.contains("id=\"why-extension_3\"") && shown.contains(&words.why_extension("2", "6")), "{shown}");
}
