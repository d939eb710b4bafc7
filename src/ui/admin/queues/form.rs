//! The form of a queue.

use leptos::prelude::*;

use super::named::{rank_name, strategy_name};
use crate::api::queues::{QUEUES, QueueForm};
use crate::domain::queue::draft::{Draft, YES, member, priority, skill};
use crate::domain::queue::priority::Rank;
use crate::domain::queue::{LONGEST_GREETING, LONGEST_NAME, PRIORITIES, SKILLS, Strategy};
use crate::ui::admin::form::{Paragraphs, Wrong};
use crate::ui::admin::shown_number::ShownNumber;
use crate::ui::language::words;
use crate::ui::parts::field::{Check, Choice, FieldError, FormPart, TextField, described};

#[component]
pub(super) fn Form(form: QueueForm) -> impl IntoView {
    let words = words();
    let QueueForm { id, draft, wrong, agents, queues, music, numbers, usual_wrap_up_s, .. } = form;
    let wrong = Wrong::new(wrong);
    let help = |text: &str| Some(text.to_owned());
    let save = if id.is_some() { words.queues_save } else { words.queues_make };
    let strategies =
        Strategy::EVERY.into_iter().map(|one| (one.word().to_owned(), strategy_name(words, one).to_owned())).collect();
    let ranks =
        Rank::EVERY.into_iter().map(|rank| (rank.word().to_owned(), rank_name(words, rank).to_owned())).collect();
    let mut overflows = vec![
        ("message".to_owned(), words.queues_to_message.to_owned()),
        ("call-back".to_owned(), words.queues_to_call_back.to_owned()),
        ("number".to_owned(), words.queues_to_number.to_owned()),
    ];
    overflows.extend(queues.into_iter().map(|(id, name)| (format!("queue:{id}"), words.queues_named(&name))));
    let builtin = (String::new(), words.queues_music_builtin.to_owned());
    let pieces = [vec![builtin], music].concat();
    let members = draft.clone();
    view! {
        <form method="post" action="/api/queue-save" class="card" id="form">
            <input type="hidden" name="id" value=id.unwrap_or_default()/>
            <FormPart title=words.queues_about text=Some(words.queues_about_text)>
                <TextField label=words.queues_name name="name" value=draft.name longest=LONGEST_NAME required=true
                    help=None first=wrong.is_first("name") error=wrong.at("name")/>
                <Choice label=words.queues_rank name="rank" value=draft.rank choices=ranks
                    help=help(words.queues_rank_help) error=wrong.at("rank")/>
                <ShownNumber label=words.shown_title name="shown_number" value=draft.shown_number numbers
                    help=help(words.queues_shown_help) error=wrong.at("shown_number")/>
            </FormPart>
            <FormPart title=words.queues_members text=Some(words.queues_members_text)>
                <div class="wide">
                    <Check label=words.queues_everybody name="everybody" value=YES checked={draft.everybody == YES}
                        help=help(words.queues_everybody_help)/>
                    <FieldError name="everybody" error=wrong.at("everybody")/>
                </div>
                <Members draft=members agents wrong/>
                <Choice label=words.queues_strategy name="strategy" value=draft.strategy choices=strategies
                    help=help(words.queues_strategy_help) error=wrong.at("strategy")/>
                <TextField label=words.queues_ring name="ring_s" keys="numeric" value=draft.ring_s longest=3
                    help=help(words.queues_ring_help) first=wrong.is_first("ring_s") error=wrong.at("ring_s")/>
                <TextField label=words.queues_wrap_up name="wrap_up_s" keys="numeric" value=draft.wrap_up_s longest=3
                    help=Some(words.queues_wrap_up_help(&usual_wrap_up_s.to_string()))
                    first=wrong.is_first("wrap_up_s") error=wrong.at("wrap_up_s")/>
            </FormPart>
            <FormPart title=words.queues_heard text=Some(words.queues_heard_text)>
                <Paragraphs rows=2 wide=true longest=LONGEST_GREETING label=words.queues_greeting name="greeting"
                    texts=[draft.greeting_en, draft.greeting_zh] help=words.queues_greeting_help.to_owned() wrong/>
                <Choice label=words.queues_music_choice name="music" value=draft.music choices=pieces
                    help=help(words.queues_music_choice_help) error=wrong.at("music")/>
                <TextField label=words.queues_announce name="announce_s" keys="numeric" value=draft.announce_s longest=3
                    help=help(words.queues_announce_help) first=wrong.is_first("announce_s") error=wrong.at("announce_s")/>
                <Check label=words.queues_says_wait name="says_wait" value=YES checked={draft.says_wait == YES}
                    help=help(words.queues_says_wait_help)/>
            </FormPart>
            <FormPart title=words.queues_limits text=Some(words.queues_limits_text)>
                <TextField label=words.queues_max_wait name="max_wait_s" keys="numeric" value=draft.max_wait_s longest=4
                    help=help(words.queues_max_wait_help) first=wrong.is_first("max_wait_s") error=wrong.at("max_wait_s")/>
                <TextField label=words.queues_max_size name="max_size" keys="numeric" value=draft.max_size longest=3
                    help=help(words.queues_max_size_help) first=wrong.is_first("max_size") error=wrong.at("max_size")/>
                <Check label=words.queues_unattended name="leaves_when_unattended" value=YES
                    checked={draft.leaves_when_unattended == YES} help=help(words.queues_unattended_help)/>
                <Choice label=words.queues_overflow name="overflow" value=draft.overflow choices=overflows
                    help=help(words.queues_overflow_help) error=wrong.at("overflow")/>
                <TextField label=words.queues_overflow_number name="overflow_number" kind="tel" value=draft.overflow_number
                    help=help(words.queues_overflow_number_help)
                    first=wrong.is_first("overflow_number") error=wrong.at("overflow_number")/>
                <TextField label=words.queues_target name="service_level_s" keys="numeric" value=draft.service_level_s longest=3
                    help=help(words.queues_target_help) first=wrong.is_first("service_level_s")
                    error=wrong.at("service_level_s")/>
            </FormPart>
            <div class="form-end">
                <button type="submit" class="button">{save}</button>
                <a class="button quiet" href=QUEUES>{words.admin_cancel}</a>
            </div>
        </form>
    }
}

/// Who takes its calls: a row for each agent.
#[component]
fn Members(draft: Draft, agents: Vec<String>, wrong: Wrong) -> impl IntoView {
    let words = words();
    if agents.is_empty() {
        return view! {
            <p class="wide">{words.queues_no_agents}" "<a href="/admin/users">{words.queues_add_agents}</a></p>
        }
        .into_any();
    }
    let row = |agent: String| {
        let (is_member, ranks, skills) = (member(&agent), priority(&agent), skill(&agent));
        let ticked = draft.field(&is_member) == YES;
        view! {
            <tr>
                <th scope="row">
                    <label class="check">
                        <input type="checkbox" name=is_member value=YES checked=ticked/>
                        <span>{agent.clone()}</span>
                    </label>
                </th>
                <td><Level name=ranks.clone() label=words.queues_priority_of(&agent) levels=PRIORITIES chosen=draft.field(&ranks).to_owned() wrong/></td>
                <td><Level name=skills.clone() label=words.queues_skill_of(&agent) levels=SKILLS chosen=draft.field(&skills).to_owned() wrong/></td>
            </tr>
        }
    };
    view! {
        <table class="form-table wide">
            <caption class="field-help">{words.queues_levels_help}</caption>
            <thead>
                <tr>
                    <th scope="col">{words.queues_agent}</th>
                    <th scope="col">{words.queues_priority}</th>
                    <th scope="col">{words.queues_skill}</th>
                </tr>
            </thead>
            <tbody>{agents.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// A priority or a skill.
#[component]
fn Level(name: String, label: String, levels: (u8, u8), chosen: String, wrong: Wrong) -> impl IntoView {
    let error = wrong.at(&name);
    let described = described(&name, false, error.is_some());
    let invalid = error.is_some().then_some("true");
    let option = |level: u8| {
        let selected = level.to_string() == chosen;
        view! { <option value=level selected=selected>{level}</option> }
    };
    let options = (levels.0..=levels.1).map(option).collect_view();
    view! {
        <select id=name.clone() name=name.clone() aria-label=label aria-invalid=invalid aria-describedby=described>{options}</select>
        <FieldError name error/>
    }
}
