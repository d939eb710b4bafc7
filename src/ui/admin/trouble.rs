//! Why something was not done, and what is wrong with a call flow, in the words of the page's language. What nobody
//! translates, such as a parser's or the platform's own words, stands behind a sentence of ours.

use crate::domain::account::{LONGEST_NAME, NameProblem};
use crate::domain::dial_policy::Rule;
use crate::domain::lost::Lost;
use crate::domain::ncco::Reason;
use crate::domain::phone::PhoneError;
use crate::domain::trouble::Trouble;
use crate::ui::admin::country::country as name_of;
use crate::ui::language::{Words, words};

/// A refusal as a sentence.
pub fn said(trouble: &Trouble) -> String {
    let words = words();
    match trouble {
        Trouble::Phone(error) => phone(words, error),
        Trouble::Dial(rule) => dial(words, rule),
        Trouble::Name(NameProblem::Empty) | Trouble::Empty => words.why_empty.to_owned(),
        Trouble::Name(NameProblem::Long) => words.why_long(&LONGEST_NAME.to_string()),
        Trouble::Name(NameProblem::Character(odd)) => words.why_name_character(&odd.to_string()),
        Trouble::Name(NameProblem::Visitor) => words.why_name_visitor.to_owned(),
        Trouble::Taken(name) => words.why_taken(name),
        Trouble::SupportUser(name) => words.why_support_user(name),
        Trouble::Yourself => words.users_yourself.to_owned(),
        Trouble::Long(most) => words.why_long(&most.to_string()),
        Trouble::ShortSecret(least) => words.why_short_secret(&least.to_string()),
        Trouble::Seconds(from, to) => words.why_seconds(&from.to_string(), &to.to_string()),
        Trouble::Minutes(from, to) => words.why_minutes(&from.to_string(), &to.to_string()),
        Trouble::Between(from, to) => words.why_range(&from.to_string(), &to.to_string()),
        Trouble::Full(most) => words.why_full(&most.to_string()),
        Trouble::Missing => words.why_missing.to_owned(),
        Trouble::NotArchived => words.why_not_archived.to_owned(),
        Trouble::Unprintable => words.why_unprintable.to_owned(),
        Trouble::Date => words.why_date.to_owned(),
        Trouble::BeforeStart => words.why_before_start.to_owned(),
        Trouble::Amount => words.why_amount.to_owned(),
        Trouble::Path => words.why_path.to_owned(),
        Trouble::NoDestination(error) => phone(words, error),
        Trouble::Colour => words.why_colour.to_owned(),
        Trouble::NoTimeZone(name) => words.why_no_time_zone(name),
        Trouble::NoLanguage => words.why_no_language.to_owned(),
        Trouble::LanguageNotOffered => words.why_language_not_offered.to_owned(),
        Trouble::Unspeakable => words.why_unspeakable.to_owned(),
        Trouble::NoPlaceholder { word, known } if known.is_empty() => words.why_no_placeholder_at_all(word),
        Trouble::NoPlaceholder { word, known } => words.why_no_placeholder(&list(words, known), word),
        Trouble::LacksPlaceholder(name) => words.why_lacks_placeholder(&format!("{{{name}}}")),
        Trouble::NoVoice(code) => words.why_no_voice(code),
        Trouble::Extension(least, most) => words.why_extension(&least.to_string(), &most.to_string()),
        Trouble::TooMany(most) => words.why_too_many(&most.to_string()),
        Trouble::FileEmpty => words.why_file_empty.to_owned(),
        Trouble::FileBig(most) => words.why_file_big(&(most / 1024).to_string()),
        Trouble::NoMusic => words.why_no_music.to_owned(),
        Trouble::MusicLong(seconds) => words.why_music_long(&(seconds / 60).to_string()),
        Trouble::NoPicture => words.why_no_picture.to_owned(),
        Trouble::PictureBig(most) => words.why_picture_big(&most.to_string()),
        Trouble::PictureActive(what) => words.why_picture_active(what),
        Trouble::PictureDeclares => words.why_picture_declares.to_owned(),
        Trouble::NoCampaign => words.tracking_gone.to_owned(),
        Trouble::SameNumber => words.why_same_number.to_owned(),
        Trouble::NoSuchNumber => words.why_no_such_number.to_owned(),
        Trouble::OwnNumber => words.why_own_number.to_owned(),
        Trouble::NotShown => words.why_not_shown.to_owned(),
        Trouble::NotOurs(number) => words.why_not_ours(number),
        Trouble::Elsewhere => words.why_elsewhere.to_owned(),
        Trouble::OtherApplication(id) => words.why_other_application(id),
        Trouble::OtherLine => words.why_other_line.to_owned(),
        Trouble::NotInPool => words.why_not_in_pool.to_owned(),
        Trouble::Country => words.why_country.to_owned(),
        Trouble::TooFew { wanted, found, country } => {
            words.why_too_few(&name_of(words, country), &found.to_string(), &wanted.to_string())
        }
        Trouble::NoApplication => words.why_no_application.to_owned(),
        Trouble::PlatformBusy { retry_after: Some(seconds) } => words.why_busy(&seconds.to_string()),
        Trouble::PlatformBusy { retry_after: None } => words.why_busy_a_while.to_owned(),
        Trouble::PlatformAway(reason) => words.why_away(&lost(reason)),
        Trouble::PlatformRefused { status: 401 | 403, .. } => words.setup_bad_credentials.to_owned(),
        Trouble::PlatformRefused { status, detail } => words.why_refused(detail, &status.to_string()),
        Trouble::PlatformUnclear(reason) => words.why_unclear(&lost(reason)),
        Trouble::PlatformUnreadable(what) => words.why_unreadable(what),
        Trouble::Key(text) => words.why_key(text),
        Trouble::Vault(text) => words.why_vault(text),
        Trouble::Plan(text) => words.why_plan(text),
        Trouble::FlowTaken => words.why_flow_taken.to_owned(),
        Trouble::FlowCallsNobody => words.why_flow_calls_nobody.to_owned(),
        Trouble::FlowWhileClosed => words.why_flow_while_closed.to_owned(),
        Trouble::MainMenu => words.why_main_menu.to_owned(),
        Trouble::FlowForAgentsCalls => words.why_flow_for_agents.to_owned(),
        Trouble::NoFlow => words.why_no_flow.to_owned(),
        Trouble::StandingQueue => words.why_standing_queue.to_owned(),
        Trouble::QueueOfSupport => words.why_queue_of_support.to_owned(),
        Trouble::QueueUsed(names) => words.why_queue_used(&list(words, names)),
        Trouble::NoMembers => words.why_no_members.to_owned(),
        Trouble::NoNumber(text) => words.why_no_number(text),
        Trouble::FlowUsed(numbers) => words.why_flow_used(&list(words, numbers)),
        Trouble::InMenus(names) => words.why_in_menus(&list(words, names)),
        Trouble::Flow(text) => words.why_flow(text),
        Trouble::SandboxOnly => words.why_sandbox_only.to_owned(),
        Trouble::BeingCreated => words.why_being_created.to_owned(),
        Trouble::CallsUnderWay(count) => words.why_calls_under_way(&count.to_string()),
        Trouble::EngineAddress(text) => words.why_engine_address(text),
        Trouble::EngineNotAllowed(origin) => words.why_engine_not_allowed(origin),
        Trouble::EngineUnresolved(host) => words.why_engine_unresolved(host),
        Trouble::EngineNotPublic(host) => words.why_engine_not_public(host),
        Trouble::EngineName => words.why_engine_name.to_owned(),
        Trouble::NoEngine(name) => words.why_no_engine(name),
        Trouble::Ours => words.internal_error.to_owned(),
        Trouble::Other(text) => text.clone(),
    }
}

fn phone(words: &'static Words, error: &PhoneError) -> String {
    match error {
        PhoneError::Empty => words.why_phone_empty.to_owned(),
        PhoneError::Character(odd) => words.why_phone_character(&odd.to_string()),
        PhoneError::NoCountryCode => words.why_phone_country.to_owned(),
        PhoneError::Length(is) => words.why_phone_length(&is.to_string()),
        PhoneError::Extension(digits) => words.why_phone_extension(digits),
        PhoneError::TrunkZero => words.why_phone_trunk_zero.to_owned(),
        PhoneError::Incomplete(country) => words.why_phone_incomplete(&name_of(words, country)),
        PhoneError::NoCountry => words.why_phone_no_country.to_owned(),
        PhoneError::Doubt(meant) => words.why_phone_doubt(&meant.join(words.why_or)),
    }
}

/// Why a number is not dialled, and the setting that says so.
fn dial(words: &'static Words, rule: &Rule) -> String {
    match rule {
        Rule::NoSuchNumber => words.why_no_such_number.to_owned(),
        Rule::Country(country) => words.why_dial_country(&name_of(words, country)),
        Rule::Kind(kind) => words.why_dial_kind(kind.name()),
        Rule::Line(most) => words.why_dial_line(&most.to_string()),
        Rule::Calls(most) => words.why_dial_calls(&most.to_string()),
        Rule::Texts(most) => words.why_dial_texts(&most.to_string()),
        Rule::Spend(most) => words.why_dial_spend(&most.to_string()),
    }
}

/// Why no answer came, or none that helps.
pub fn lost(reason: &Lost) -> String {
    let words = words();
    match reason {
        Lost::NoConnection => words.why_no_connection.to_owned(),
        Lost::NoAnswer => words.why_no_answer.to_owned(),
        Lost::Broken => words.why_broken.to_owned(),
        Lost::NoHost => words.why_no_host.to_owned(),
        Lost::NotPublic => words.why_not_public.to_owned(),
        Lost::Status(status) => words.why_answered(&status.to_string()),
        Lost::Other(text) => text.clone(),
    }
}

/// What is wrong with a call flow, behind the name of the field.
pub fn reason(reason: &Reason) -> String {
    let words = words();
    match reason {
        Reason::Missing => words.why_flow_missing.to_owned(),
        Reason::Empty => words.why_flow_empty.to_owned(),
        Reason::Long { is, most } => words.why_flow_long(&is.to_string(), &most.to_string()),
        Reason::Large { is, most } => words.why_flow_large(&is.to_string(), &most.to_string()),
        Reason::Outside { is, from, to } => words.why_flow_outside(from, is, to),
        Reason::NotOneOf { is, allowed } => words.why_flow_not_one_of(&list(words, allowed), is),
        Reason::NotUrl(kind) => words.why_flow_not_url(kind),
        Reason::Several(is) => words.why_flow_several(&is.to_string()),
        Reason::Beside(other) => words.why_flow_beside(other),
        Reason::Needs(other) => words.why_flow_needs(other),
        Reason::NoInput => words.why_flow_no_input.to_owned(),
        Reason::Asynchronous => words.why_flow_asynchronous.to_owned(),
        Reason::NotKeys => words.why_flow_not_keys.to_owned(),
        Reason::NotConversation => words.why_flow_not_conversation.to_owned(),
        Reason::NotInput(kind) => words.why_flow_not_input(kind),
        Reason::NotList => words.why_flow_not_list.to_owned(),
        Reason::NoAction => words.why_flow_no_action.to_owned(),
        Reason::NotObject => words.why_flow_not_object.to_owned(),
        Reason::NotJson { reason, column } => words.why_flow_not_json(&column.to_string(), reason),
        Reason::NoPlaceholder { word, known } => words.why_flow_no_placeholder(known, word),
        Reason::Ignored => words.why_flow_ignored.to_owned(),
        Reason::Unknown => words.why_flow_unknown.to_owned(),
        Reason::Quoted(is) => words.why_flow_quoted(is),
        Reason::Unquoted => words.why_flow_unquoted.to_owned(),
        Reason::NotInList => words.why_flow_not_in_list.to_owned(),
        Reason::NotXml { reason, at } => words.why_flow_not_xml(&at.to_string(), reason),
        Reason::NotSpeak => words.why_flow_not_speak.to_owned(),
        Reason::NotOurs => words.why_flow_not_ours.to_owned(),
        Reason::NoUser(name) => words.why_flow_no_user(name),
        Reason::NoQueue(name) => words.why_flow_no_queue(name),
        Reason::Phone(error) => phone(words, error),
        Reason::Dial(rule) => dial(words, rule),
        Reason::Unreadable(text) => words.why_flow_unreadable(text),
    }
}

/// Things one after the other: `a, b`, `a、b`.
pub fn list(words: &'static Words, things: &[String]) -> String {
    things.join(words.why_between)
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::*;
    use crate::ui::language::Language;

    fn chinese(text: impl Fn() -> String) -> String {
        Owner::new().with(|| {
            provide_context(Language::Chinese);
            text()
        })
    }

    #[test]
    fn what_was_refused_is_said_in_the_pages_language() {
        assert_eq!(chinese(|| said(&Trouble::Taken("小明".into()))), "名称“小明”已被占用，请换一个。");
        assert_eq!(
            chinese(|| said(&PhoneError::Length(2).into())),
            "带国家代码的号码应有 7 至 15 位数字，此号码有 2 位。"
        );
        let away = Trouble::PlatformAway(Lost::NoConnection);
        assert_eq!(chinese(|| said(&away)), "平台暂时不可用：无法连接。");
        assert_eq!(chinese(|| lost(&Lost::Status(503))), "返回 503");
    }

    #[test]
    fn what_is_wrong_with_a_flow_is_said_in_the_pages_language() {
        let found = crate::domain::call_flows::problems(r#"[{"action": "jump"}]"#, |_| true);
        let text = chinese(|| reason(&found[0].reason));
        assert!(text.starts_with("不支持 jump，可选值：talk、stream、"), "{text}");
        assert_eq!(chinese(|| reason(&Reason::Missing)), "缺少此字段");
    }
}
