use leptos::prelude::*;

use super::*;
use crate::api::queues::{MusicEntry, QueueForm};
use crate::domain::queue::draft::{Draft, RulesDraft};
use crate::domain::queue::figures::{Figures, QueueState};
use crate::domain::queue::{Member, Queue as Kept, Strategy};
use crate::domain::trouble::{FieldError, Trouble};

fn html(view: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| {
        provide_context(crate::ui::language::Language::English);
        view().to_html()
    })
}

fn form() -> QueueForm {
    let agents = vec!["Jane".to_owned(), "<b>Joe".to_owned()];
    let queue = Kept { members: vec![Member { agent: "Jane".into(), priority: 2, skill: 5 }], ..Kept::standing() };
    let draft = Draft::of(&queue, &agents);
    let queues = vec![("s".to_owned(), "Sales".to_owned())];
    QueueForm { id: Some("agents".into()), name: "Agents".into(), draft, agents, queues, ..QueueForm::default() }
}

#[test]
fn each_agent_has_a_row_with_what_is_set() {
    let html = html(|| view! { <Form form=form()/> }.into_any());
    let jane = html.split("name=\"member_Jane\"").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(jane.split('>').next().unwrap().contains("checked"), "{jane}");
    assert!(jane.contains("value=\"2\" selected") && jane.contains("value=\"5\" selected"), "{jane}");
    assert!(html.contains("name=\"member_&lt;b&gt;Joe\"") && !html.contains("<b>"), "{html}");
    assert!(html.contains("value=\"queue:s\""), "{html}");
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let wrong = |field: &str| FieldError { field: field.into(), reason: Trouble::Empty };
    let form = QueueForm { wrong: vec![wrong("skill_Jane"), wrong("ring_s"), wrong("everybody")], ..form() };
    let html = html(|| view! { <Form form/> }.into_any());
    for field in ["skill_Jane", "ring_s", "everybody"] {
        assert!(html.contains(&format!("id=\"why-{field}\"")), "{field}");
    }
}

#[test]
fn the_list_says_how_each_queue_does() {
    let figures = Figures { callers: 4, answered: 3, in_time: 2, gave_up: 1, left_word: 0, waited_ms: 30_000 };
    let state = QueueState { waiting: 2, longest_since: Some(0), figures, ..QueueState::default() };
    let queue = QueueEntry {
        id: "agents".into(),
        name: "Agents".into(),
        standing: true,
        strategy: Strategy::RoundRobin,
        members: None,
        service_level_s: 20,
        state,
        support: true,
        uses: Vec::new(),
    };
    let other =
        QueueEntry { id: "s".into(), standing: false, support: false, state: QueueState::default(), ..queue.clone() };
    let list = QueueList {
        queues: vec![queue, other],
        rules: RulesDraft::default(),
        wrong: Vec::new(),
        telephone: "+44 7700 900000".into(),
        music: vec![MusicEntry { id: "m".into(), name: "<b>Waltz".into(), seconds: 5, queues: vec!["Sales".into()] }],
        music_refused: Some(("Polka".into(), vec![FieldError { field: "file".into(), reason: Trouble::NoMusic }])),
        now: 65_000,
    };
    let html = html(move || all(words(), list));
    let words = crate::ui::language::Language::English.words();
    for text in
        ["3 of 4", "50%", words.queues_nobody_ready, words.line_support, words.queues_round_robin, "+44 7700 900000"]
    {
        assert!(html.contains(text), "{text}: {html}");
    }
    let music = html.split("id=\"music\"").nth(1).unwrap();
    assert!(music.contains("&lt;b&gt;Waltz") && music.contains(&words.queues_music_played("Sales")), "{music}");
    assert!(music.contains("value=\"Polka\"") && music.contains(words.why_no_music), "{music}");
    let deletes: Vec<bool> = html.split("<tr>").skip(2).take(2).map(|row| row.contains("/api/queue-delete")).collect();
    assert_eq!(deletes, [false, true], "the one that is always there cannot be deleted");
}
