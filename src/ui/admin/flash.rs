//! Flash messages in words: the outcome of the form that led to a page.

use leptos::prelude::*;

use super::call_tracking::parts::wrong;
use super::hours::said::sentence;
use super::private_calls::said::Spoken;
use super::trouble::said;
use crate::api::flash::Flash;
use crate::domain::trouble::Trouble;
use crate::ui::language::{Words, words};
use crate::ui::parts::notice::{Notice, Tone};

/// The words, and what they are about. Announced to screen readers.
#[component]
pub fn FlashNotice(flash: Option<Flash>) -> impl IntoView {
    let words = words();
    flash.map(|flash| {
        let tone = if flash.is_good() { Tone::Good } else { Tone::Bad };
        match flash {
            Flash::PrivateCalls(said) => view! { <Spoken said/> }.into_any(),
            Flash::FieldRefused { .. } => ().into_any(),
            flash => view! { <Notice tone said=true><p>{text(words, flash)}</p></Notice> }.into_any(),
        }
    })
}

/// The field that the form before was refused for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused(String, Trouble);

/// Makes the outcome of a form known to its fields, which ask by [`wrong_at`].
pub fn provide_refused(flash: Option<&Flash>) {
    if let Some(Flash::FieldRefused { field, why }) = flash {
        provide_context(Refused(field.clone(), why.clone()));
    }
}

/// What is wrong with what was typed into this field, if the form was refused for it.
#[must_use]
pub fn wrong_at(field: &str) -> Option<String> {
    use_context::<Refused>().filter(|Refused(refused, _)| refused == field).map(|Refused(_, why)| said(&why))
}

fn text(words: &'static Words, flash: Flash) -> String {
    match flash {
        Flash::Refused(why) => words.admin_refused(&said(&why)),
        Flash::NotConfirmed => words.admin_confirm.to_owned(),
        Flash::NumberRented(number) => words.numbers_done_rented(&number),
        Flash::NumberLed(number) => words.numbers_done_led(&number),
        Flash::NumberSpeaks(number) => words.numbers_done_language(&number),
        Flash::NumberLinked(number) => words.numbers_done_linked(&number),
        Flash::NumberUnlinked(number) => words.numbers_done_unlinked(&number),
        Flash::NumberReleased(number) => words.numbers_done_released(&number),
        Flash::FlowSaved(name) => words.flows_done_saved(&name),
        Flash::FlowForAgents => words.flows_done_for_agents.to_owned(),
        Flash::FlowDeleted => words.flows_done_deleted.to_owned(),
        Flash::FlowRings(number) => words.flows_done_rings(&number),
        Flash::UserAdded(name) => words.users_done_added(&name),
        Flash::UserInvited(name) => words.users_done_invited(&name),
        Flash::UserDisabled(name) => words.users_done_disabled(&name),
        Flash::UserEnabled(name) => words.users_done_enabled(&name),
        Flash::UserRole(name) => words.users_done_role(&name),
        Flash::UserDeleted(name) => words.users_done_deleted(&name),
        Flash::UsersInStep(count) => words.users_done_in_step(&count.to_string()),
        Flash::UserGone => words.users_gone.to_owned(),
        Flash::UserYourself => words.users_yourself.to_owned(),
        Flash::CallEnded => words.call_end_done.to_owned(),
        Flash::CallUnconfirmed => words.call_end_unconfirmed.to_owned(),
        Flash::CallOver => words.call_end_over.to_owned(),
        Flash::SetupCreated(application) => words.setup_done_created(&application),
        Flash::SetupRepaired => words.setup_done_repaired.to_owned(),
        Flash::SetupRings(number) => words.setup_done_rings(&number),
        Flash::SetupForgotten => words.setup_done_forgotten.to_owned(),
        Flash::SetupCredentials => words.setup_bad_credentials.to_owned(),
        Flash::SetupNotTheSandboxes => words.setup_not_the_sandboxes.to_owned(),
        Flash::DemoWiped => words.setup_done_wiped.to_owned(),
        Flash::SetupSkipped => words.setup_done_skipped.to_owned(),
        Flash::SetupTakenBack => words.setup_done_taken_back.to_owned(),
        Flash::SdkKeyMade => words.sdk_done_key.to_owned(),
        Flash::SdkKeyConfigured => words.sdk_key_configured.to_owned(),
        Flash::SdkOriginsSaved => words.sdk_done_origins.to_owned(),
        Flash::SdkOriginWrong(word) => words.sdk_bad_origin(&word),
        Flash::AudioSaved => words.audio_saved.to_owned(),
        Flash::AudioRefused(why) | Flash::EngineRefused { why, .. } => said(&why),
        Flash::BusinessSaved => words.business_saved.to_owned(),
        Flash::FormRefused => words.admin_form_refused.to_owned(),
        Flash::LogoSaved => words.business_logo_saved.to_owned(),
        Flash::LogoRemoved => words.business_logo_removed.to_owned(),
        Flash::QueueSaved(name) => words.queues_done_saved(&name),
        Flash::QueueDeleted => words.queues_done_deleted.to_owned(),
        Flash::MusicAdded(name) => words.queues_music_added(&name),
        Flash::MusicDeleted => words.queues_music_deleted.to_owned(),
        Flash::QueueRulesSaved => words.queues_done_rules.to_owned(),
        Flash::MenuSaved(name) => words.menus_done_saved(&name),
        Flash::SpeechSaved => words.speech_saved.to_owned(),
        Flash::MenuDeleted => words.menus_done_deleted.to_owned(),
        Flash::ConsoleSaved => words.settings_saved.to_owned(),
        Flash::CampaignSaved => words.tracking_saved.to_owned(),
        Flash::WrongField(field) => wrong(words, &field).to_owned(),
        Flash::Hours(said) => sentence(words, &said),
        // Has a notice of its own, or stands at its field.
        Flash::PrivateCalls(_) | Flash::FieldRefused { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_was_refused_for_is_said_at_its_field_and_nowhere_else() {
        Owner::new().with(|| {
            let flash = Flash::at_field("name", Trouble::Taken("jane".into()));
            provide_refused(Some(&flash));
            let name = wrong_at("name");
            assert!(name.is_some_and(|why| why.contains("jane")));
            assert_eq!(wrong_at("display_name"), None);
            let html = view! { <FlashNotice flash=Some(flash)/> }.to_html();
            assert!(!html.contains("jane"), "{html}");
        });
    }
}
