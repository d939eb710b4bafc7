use std::collections::BTreeMap;

use leptos::prelude::*;

use super::*;
use crate::domain::language::Texts as Written;
use crate::domain::trouble::{FieldError, Trouble};

fn html(content: SpeechPage) -> String {
    Owner::new().with(|| {
        provide_context(Language::English);
        view! { <Forms content/> }.to_html()
    })
}

fn field<'a>(html: &'a str, name: &str) -> &'a str {
    let rest = html.split_once(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("{name} is not there")).1;
    // A text field swallows the line break that it begins with.
    rest.split_once("</textarea>").unwrap().0.split_once('>').unwrap().1.trim_start_matches('\n')
}

#[test]
fn every_text_has_a_field_in_each_language_that_says_what_is_in_force() {
    let mut spoken = Spoken::default();
    spoken.put(Text::Goodbye, &Written::new("Bye <b>now</b>.", ""));
    let html = html(SpeechPage { spoken: spoken.clone(), typed: None });
    for text in Text::EVERY.iter().copied().filter(|text| *text != Text::Goodbye) {
        for language in Language::EVERY {
            assert_eq!(field(&html, &text_field(text, language)), text.usual(language), "{text:?}");
        }
    }
    assert!(field(&html, "goodbye_en").contains("&lt;b&gt;now") && !html.contains("<b>now"), "{html}");
    assert_eq!(field(&html, "goodbye_zh"), Text::Goodbye.usual(Language::Chinese));
    // Only what was changed goes back.
    assert_eq!(html.matches("name=\"usual\"").count(), 1);
    assert!(html.contains("name=\"usual\" value=\"goodbye\""), "{html}");
    assert!(html.contains(&words().speech_default("Goodbye.")), "{html}");
    assert!(html.contains(&words().speech_placeholders("{position}")), "{html}");
}

#[test]
fn every_place_is_in_one_group_and_says_how_many_texts_it_has() {
    let every: Vec<Place> = GROUPS.iter().flat_map(|group| group.places.iter().copied()).collect();
    for place in Place::EVERY {
        assert_eq!(every.iter().filter(|one| **one == place).count(), 1, "{place:?}");
    }
    let html = html(SpeechPage::default());
    let menus = html.split_once("id=\"menus\"").unwrap().0.rsplit_once("<summary>").unwrap().1;
    let count = Text::EVERY.iter().filter(|text| text.place() == Place::Menus).count();
    assert!(menus.contains(&words().speech_count(&count.to_string())), "{menus}");
    assert!(menus.contains(words().speech_about_menus), "{menus}");
}

#[test]
fn what_was_refused_stands_in_its_form_with_the_reason() {
    let wrong = FieldError { field: "position_zh".into(), reason: Trouble::LacksPlaceholder("position".into()) };
    let fields: BTreeMap<String, String> = [("position_en", "Place {position}."), ("position_zh", "排队")]
        .map(|(name, text)| (name.into(), text.into()))
        .into();
    let typed = Typed { form: "queue".into(), fields, wrong: vec![wrong] };
    let html = html(SpeechPage { typed: Some(typed), ..SpeechPage::default() });
    assert_eq!((field(&html, "position_en"), field(&html, "position_zh")), ("Place {position}.", "排队"));
    assert!(html.contains("id=\"why-position_zh\"") && html.contains("{position} is missing"), "{html}");
    assert_eq!(html.matches("<details open").count(), 1, "the form with the mistake is open");
    assert_eq!(field(&html, "goodbye_en"), "Goodbye.", "other forms are as they were");
}
