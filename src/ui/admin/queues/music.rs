//! The operator's own music on hold: what there is, and uploading more.

use leptos::prelude::*;

use crate::api::queues::{MusicEntry, UPLOAD};
use crate::domain::queue::music::{LARGEST_FILE, LONGEST_NAME, LONGEST_S};
use crate::domain::trouble::FieldError;
use crate::ui::admin::form::Wrong;
use crate::ui::admin::trouble::list;
use crate::ui::language::words;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::{Field, TextField, described};
use crate::ui::parts::player::Player;

#[component]
pub(super) fn MusicOnHold(
    music: Vec<MusicEntry>,
    /// The name of what was refused, and what is wrong with it.
    refused: Option<(String, Vec<FieldError>)>,
) -> impl IntoView {
    let words = words();
    let (name, wrong) = refused.unwrap_or_default();
    let wrong = Wrong::new(wrong);
    let help = words.queues_music_file_help(&(LONGEST_S / 60).to_string(), &(LARGEST_FILE >> 20).to_string());
    let error = wrong.at("file");
    let described = described("file", true, error.is_some());
    let invalid = error.is_some().then_some("true");
    let none = music.is_empty().then(|| view! { <p class="hint">{words.queues_music_none}</p> });
    view! {
        <section class="card" id="music" aria-labelledby="music-title">
            <h2 id="music-title">{words.queues_music}</h2>
            <p class="section-text">{words.queues_music_text}</p>
            {none}
            <ul class="music">{music.into_iter().map(|piece| view! { <Piece piece/> }).collect_view()}</ul>
            <form method="post" action=UPLOAD enctype="multipart/form-data" class="line-form">
                <TextField label=words.queues_music_name name="name" value=name longest=LONGEST_NAME required=true help=None
                    first=wrong.is_first("name") error=wrong.at("name")/>
                <Field label=words.queues_music_file name="file" wide=true help=Some(help) error>
                    <input id="file" name="file" type="file" accept=".wav,.mp3,audio/wav,audio/mpeg" required
                        aria-invalid=invalid aria-describedby=described/>
                </Field>
                <button type="submit" class="button quiet">{words.queues_music_upload}</button>
            </form>
        </section>
    }
}

#[component]
fn Piece(piece: MusicEntry) -> impl IntoView {
    let words = words();
    let MusicEntry { id, name, seconds, queues } = piece;
    let played = match queues.as_slice() {
        [] => words.queues_music_unplayed.to_owned(),
        queues => words.queues_music_played(&list(words, queues)),
    };
    let text = words.queues_music_delete_text(&name);
    view! {
        <li>
            <p><strong>{name.clone()}</strong><small>{played}</small></p>
            <Player source=format!("/audio/music/{id}.wav") label=name seconds/>
            <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/queue-music-delete"
                fields=vec![("id", id)] danger=true/>
        </li>
    }
}
