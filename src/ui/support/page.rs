//! The support page around the call widget.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::hours::{OpenLine, WhileClosed, is_closed, takes_calls};
use super::widget::Widget;
use crate::api::click_to_call::{Support, support_page};
use crate::domain::business::Profile;
use crate::domain::click_to_call::Recorded;
use crate::ui::language::{Language, Words, language, words};
use crate::ui::parts::brand::{BrandMark, brand};
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::language_switch::LanguageSwitch;
use crate::ui::parts::markup::Title;
use crate::ui::parts::theme_switch::ThemeSwitch;
use crate::ui::parts::trouble::Trouble;

#[component]
pub fn SupportPage() -> impl IntoView {
    let words = words();
    let profile = brand().profile;
    let title = headline(&profile, language());
    let several = profile.languages.len() > 1;
    let query = use_query_map().get_untracked();
    let wants_echo = query.get("line").as_deref() == Some("echo");
    // Pages written against the sample say it; to visitors it means nothing.
    let wants_user = query.get("user").is_some();
    let support = Resource::new(|| (), |()| support_page());
    let content = move || {
        Suspend::new(async move {
            match support.await {
                Ok(support) => view! { <Content support wants_echo wants_user/> }.into_any(),
                Err(_) => view! { <Trouble/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=title/>
        <a class="skip" href="#main">{words.skip_to_content}</a>
        <header class="top">
            <a class="brand" href="/"><BrandMark/></a>
            {several.then(|| view! { <LanguageSwitch/> })}
            <ThemeSwitch/>
        </header>
        <main id="main" tabindex="-1">
            <Suspense fallback=|| ()>{content}</Suspense>
        </main>
        <footer><a href="/admin/calls">{words.footer_operator}</a></footer>
    }
}

/// The title of the page: what the operator wrote, or the business's name.
#[must_use]
pub fn headline(profile: &Profile, language: Language) -> String {
    let words = language.words();
    match (profile.headline.get(language), profile.name.as_str()) {
        ("", "") => words.support_unnamed.to_owned(),
        ("", name) => words.support_title(name),
        (headline, _) => headline.to_owned(),
    }
}

#[component]
fn Content(support: Support, wants_echo: bool, wants_user: bool) -> impl IntoView {
    let words = words();
    let Support { number, shown, user, recorded, echo, echo_recorded, handsets, hours } = support;
    let (profile, language) = (brand().profile, language());
    let to = echo.clone().filter(|_| wants_echo);
    // The sound test rings nobody.
    let hours = hours.filter(|_| to.is_none());
    let closed = is_closed(hours.as_ref());
    // Nobody is asked to call where nobody answers.
    let callable = hours.as_ref().is_none_or(|hours| !closed || takes_calls(hours));
    // The sound is not tested with a telephone.
    let dialled = callable && to.is_none();
    let recorded = recording(words, if to.is_some() { echo_recorded } else { recorded });
    let (title, lead) = match to {
        Some(_) => (words.audio_test_title.to_owned(), words.audio_test_lead.to_owned()),
        None => (headline(&profile, language), profile.lead.get(language).to_owned()),
    };
    let numbers = match profile.numbers.as_slice() {
        [] => vec![(number.clone(), shown.clone())],
        numbers => numbers.iter().map(|number| (number.digits().to_owned(), number.grouped())).collect(),
    };
    let numbers = numbers.into_iter().enumerate().map(|(index, (digits, shown))| {
        let between = (index > 0).then_some(" · ");
        view! { {between}<a href=format!("tel:+{digits}")>{shown}</a> }
    });
    let numbers = numbers.collect_view();
    let questions = profile.questions.iter().map(|question| {
        let (question, answer) = (question.question.get(language), question.answer.get(language));
        view! { <Question question=question.to_owned() answer=answer.to_owned()/> }
    });
    let questions = questions.collect_view();
    let notice = profile.notice.get(language).to_owned();
    let other = match &to {
        Some(_) => Some(view! { <a href="/">{words.audio_test_back}</a> }.into_any()),
        None => echo.map(|_| view! { <a href="/?line=echo">{words.audio_test}</a> }.into_any()),
    };
    view! {
        {handsets
            .map(|url| {
                view! {
                    <aside class="sandbox">
                        <strong>{words.sandbox_title}</strong>
                        " "
                        {words.sandbox_text}
                        " "
                        <a href=url target="_blank" rel="noopener">{words.sandbox_link}</a>
                    </aside>
                }
            })}
        <div class="hero">
            <div>
                <h1>{title}</h1>
                {(!lead.is_empty() && !closed).then(|| view! { <p class="lead">{lead}</p> })}
                <OpenLine hours=hours.clone()/>
                {dialled.then(|| view! {
                    <p class="line dial">
                        <Icon mark=Mark::Phone/>
                        <span>{words.support_phone}" "{numbers}</span>
                    </p>
                })}
                {(wants_user && !user.is_empty()).then(|| view! { <p class="line user"><Icon mark=Mark::Person/>{words.support_logged_in(&user)}</p> })}
            </div>
            <div class="caller" class:closed=closed>
                <WhileClosed hours/>
                <Widget number shown to/>
                {other.filter(|_| !closed).map(|link| view! { <p class="other">{link}</p> })}
                <noscript><p class="note">{words.no_javascript}</p></noscript>
            </div>
            <section class="faq" aria-labelledby="faq">
                <h2 id="faq">{if closed { words.faq_title_closed } else { words.faq_title }}</h2>
                {questions}
                <Question question=words.faq_record_q answer=recorded/>
                {(!notice.is_empty()).then(|| view! { <p class="said">{notice}</p> })}
            </section>
        </div>
    }
}

/// Whether calls are recorded, in words.
fn recording(words: &'static Words, recorded: Recorded) -> &'static str {
    match recorded {
        Recorded::No => words.faq_record_no,
        Recorded::Messages => words.faq_record_messages,
        Recorded::Maybe => words.faq_record_maybe,
        Recorded::Yes => words.faq_record_yes,
    }
}

#[component]
fn Question(#[prop(into)] question: String, #[prop(into)] answer: String) -> impl IntoView {
    view! { <details><summary>{question}</summary><p class="said">{answer}</p></details> }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(recorded: Recorded, echo_recorded: Recorded, wants_echo: bool) -> String {
        let support = Support {
            number: "442079460000".into(),
            shown: "+44 20 7946 0000".into(),
            user: String::new(),
            recorded,
            echo: Some("442079460050".into()),
            echo_recorded,
            handsets: None,
            hours: None,
        };
        Owner::new().with(|| view! { <Content support wants_echo wants_user=false/> }.to_html())
    }

    #[test]
    fn a12_the_page_says_what_is_configured_of_the_call_that_it_places() {
        let words = words();
        let every = [
            (Recorded::No, words.faq_record_no),
            (Recorded::Messages, words.faq_record_messages),
            (Recorded::Maybe, words.faq_record_maybe),
            (Recorded::Yes, words.faq_record_yes),
        ];
        for (recorded, said) in every {
            for (_, other) in every.iter().filter(|(kind, _)| *kind != recorded) {
                let (support, echo) = (page(recorded, Recorded::No, false), page(Recorded::No, recorded, true));
                assert!(support.contains(said) && echo.contains(said), "{recorded:?}: {support}");
                assert!(!support.contains(&format!("<p>{other}</p>")), "{recorded:?}: {support}");
            }
        }
    }
}
