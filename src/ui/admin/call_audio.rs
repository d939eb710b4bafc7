//! A call's audio in its page: levels and waveform while it runs, its sockets, its recordings, those of its flow too.

use leptos::prelude::*;
use serde::Deserialize;

use super::cells::or_dash;
use super::parts::plan_name;
use crate::api::audio_socket::{CallAudio, FlowRecording, Recording, Socket};
use crate::browser::live::{Live, Stream};
use crate::domain::audio_socket::meter::{Level, Window};
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::player::Player;
use crate::ui::parts::stat::{Fact, Facts};
use crate::ui::parts::time::Time;

/// Windows that the waveform shows: ten seconds.
const SHOWN: usize = 200;
/// Half the height of the waveform.
const HALF: f32 = 50.0;

#[component]
pub fn Audio(audio: CallAudio, call: String) -> impl IntoView {
    let words = words();
    let CallAudio { conversation, running, sockets, recordings, of_flow, may_delete } = audio;
    let live = running.then(|| view! { <LiveAudio conversation/> });
    // A call whose flow recorded it needs no socket.
    let sockets = if sockets.is_empty() && of_flow.is_empty() {
        view! { <p class="hint">{words.audio_not_opened}</p> }.into_any()
    } else {
        sockets.into_iter().map(|socket| view! { <SocketFacts socket/> }).collect_view().into_any()
    };
    let tapes =
        recordings.into_iter().map(|recording| view! { <Tape recording may_delete call=call.clone()/> }).collect_view();
    let leaves = (!of_flow.is_empty()).then(|| view! { <p class="hint">{words.audio_at_platform}</p> });
    let of_flow = of_flow.into_iter().map(|recording| view! { <FlowTape recording/> }).collect_view();
    view! {
        <section class="card" aria-labelledby="audio">
            <h2 id="audio">{words.audio_call_title}</h2>
            {live}
            {sockets}
            {tapes}
            {of_flow}
            {leaves}
        </section>
    }
}

#[component]
fn SocketFacts(socket: Socket) -> impl IntoView {
    let words = words();
    let seconds = socket.closed_at.map(|closed| format::seconds(closed - socket.opened_at));
    let keys = (!socket.keys.is_empty()).then(|| view! { <Fact name=words.audio_keys>{socket.keys.clone()}</Fact> });
    view! {
        <Facts>
            <Fact name=words.audio_handlers>{plan_name(words, &socket.plan)}</Fact>
            <Fact name=words.audio_opened><Time at=socket.opened_at/></Fact>
            <Fact name=words.audio_length>{or_dash(seconds.map(format::length))}</Fact>
            <Fact name=words.audio_frames>{format!("{} / {}", socket.frames_in, socket.frames_out)}</Fact>
            {keys}
            <Fact name=words.audio_ended>{or_dash(socket.ended.map(|why| ended(words, &why).to_owned()))}</Fact>
        </Facts>
    }
}

/// Why a socket closed, in words.
fn ended(words: &'static Words, why: &str) -> &'static str {
    match why {
        "closed" => words.audio_end_closed,
        "lost" => words.audio_end_lost,
        "silent" => words.audio_end_silent,
        "limit" => words.audio_end_limit,
        "slow" => words.audio_end_slow,
        "stopped" => words.audio_end_stopped,
        "stranger" => words.audio_end_stranger,
        "engine-done" => words.audio_end_engine_done,
        "engine-lost" => words.audio_end_engine_lost,
        "engine-slow" => words.audio_end_engine_slow,
        _ => words.audio_end_unknown,
    }
}

#[component]
fn Tape(recording: Recording, may_delete: bool, call: String) -> impl IntoView {
    let words = words();
    let Recording { id, created_at, rate, milliseconds, bytes, sha256, problem } = recording;
    let label = words.audio_recording_of(&format::time(created_at));
    let source = format!("/recordings/{id}");
    let ready = sha256.is_some();
    // How long and how large is known when it is over.
    let seconds = format::seconds(milliseconds.unwrap_or_default());
    let length = milliseconds.map(|_| format::length(seconds));
    let size = bytes.map(megabytes);
    let rate = Some(format!("{} kHz", rate / 1_000));
    let facts = [Some(words.audio_channels.to_owned()), length, rate, size];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let player = ready.then(|| {
        view! {
            <Player source=source.clone() label=label.clone() seconds/>
        }
    });
    let save = ready.then(|| {
        view! {
            <a class="button small quiet" rel="external" download href=format!("{source}?download=1")>
                <Icon mark=Mark::Download/>{words.audio_download}
            </a>
        }
    });
    let delete = (ready && may_delete).then(|| {
        let fields = vec![("id", id.clone()), ("call", call)];
        let (text, submit) = (words.audio_delete_text, words.audio_delete_submit);
        view! { <Confirm label=words.audio_delete text submit action="/api/delete-recording" fields danger=true/> }
    });
    view! {
        <article class="tape" data-key=id.clone() aria-label=label.clone()>
            <h3>{label.clone()}</h3>
            {problem.map(|problem| view! { <p class="problem">{words.audio_problem}{problem}</p> })}
            {(!ready).then(|| view! { <p class="hint">{words.audio_recording_running}</p> })}
            {player}
            <div class="row">{save}{delete}<span class="hint">{facts}</span></div>
            {sha256.map(|hash| view! { <p class="hash"><span>"SHA-256 "</span><code>{hash}</code></p> })}
        </article>
    }
}

/// A recording that the call's flow made.
#[component]
fn FlowTape(recording: FlowRecording) -> impl IntoView {
    let words = words();
    let FlowRecording { id, started_at, milliseconds, bytes } = recording;
    let label = words.audio_recording_of(&format::time(started_at));
    let source = format!("/call-recordings/{id}");
    let seconds = format::seconds(milliseconds);
    let facts = [Some(format::length(seconds)), bytes.map(megabytes)];
    let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    view! {
        <article class="tape" data-key=id aria-label=label.clone()>
            <h3>{label.clone()}</h3>
            <Player source=source.clone() label=label.clone() seconds/>
            <div class="row">
                <a class="button small quiet" rel="external" download href=format!("{source}?download=1")>
                    <Icon mark=Mark::Download/>{words.audio_download_any}
                </a>
                <span class="hint">{facts}</span>
            </div>
        </article>
    }
}

fn megabytes(bytes: i64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// What the panel knows of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    Waiting,
    Live,
    Over,
}

#[derive(Deserialize)]
struct Told {
    caller: Level,
    ours: Level,
    number: u64,
}

/// Levels of both sides and the last ten seconds as a waveform: the caller above, we below.
#[island]
fn LiveAudio(conversation: String) -> impl IntoView {
    let words = words();
    let hearing = RwSignal::new(Hearing::Waiting);
    let windows = RwSignal::new(Vec::<Window>::new());
    Effect::new(move |_| {
        let on = move |told: Live| match told {
            Live::Event(data) => match serde_json::from_str::<Told>(&data) {
                Ok(Told { caller, ours, number }) => {
                    hearing.set(Hearing::Live);
                    windows.update(|windows| {
                        if windows.len() >= SHOWN {
                            windows.remove(0);
                        }
                        windows.push(Window { number, caller, ours });
                    });
                }
                // The event that the socket closed has no levels.
                Err(_) => hearing.set(Hearing::Over),
            },
            Live::Open | Live::Broken => {}
        };
        let url = format!("/live/calls/{conversation}/audio");
        std::mem::forget(Stream::open(&url, &["levels", "over"], on));
    });
    let last = Memo::new(move |_| windows.with(|windows| windows.last().copied().unwrap_or_default()));
    let state = move || match hearing.get() {
        Hearing::Waiting => words.audio_waiting,
        Hearing::Live => words.audio_live,
        Hearing::Over => words.audio_over,
    };
    let name = move || match hearing.get() {
        Hearing::Waiting => "waiting",
        Hearing::Live => "live",
        Hearing::Over => "over",
    };
    view! {
        <div class="monitor" data-hearing=name>
            <p class="live" data-open=move || (hearing.get() == Hearing::Live).to_string() role="status">{state}</p>
            <svg viewBox="0 0 400 100" preserveAspectRatio="none" role="img" aria-label=words.audio_waveform>
                <line x1="0" y1="50" x2="400" y2="50" class="axis"></line>
                <path class="caller" d=move || windows.with(|windows| outline(windows, |window| window.caller.peak, -1.0))></path>
                <path class="ours" d=move || windows.with(|windows| outline(windows, |window| window.ours.peak, 1.0))></path>
            </svg>
            <dl class="sides">
                <Side name=words.audio_caller level=Signal::derive(move || last.get().caller.rms)/>
                <Side name=words.audio_ours level=Signal::derive(move || last.get().ours.rms)/>
            </dl>
        </div>
    }
}

#[component]
fn Side(name: &'static str, level: Signal<f32>) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd data-level=move || format!("{:.3}", level.get())>{move || decibels(level.get())}</dd>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect width="100" height="8" class="track"></rect>
                <rect width=move || share(level.get()).to_string() height="8" class="bar"></rect>
            </svg>
        </div>
    }
}

/// Decibels below full scale, as people who work with sound say it.
fn decibels(level: f32) -> String {
    if level < 0.000_1 {
        words().audio_silence.to_owned()
    } else {
        format!("{:.0} dB", 20.0 * level.log10()).replace('-', "−")
    }
}

/// A level as a share of the bar: 60 decibels from left to right.
fn share(level: f32) -> u32 {
    let decibels = 20.0 * level.max(0.001).log10();
    ((decibels + 60.0) / 60.0 * 100.0).clamp(0.0, 100.0) as u32
}

/// One side's outline, from the middle line up (-1) or down (1); the newest is on the right.
fn outline(windows: &[Window], side: impl Fn(&Window) -> f32, way: f32) -> String {
    if windows.is_empty() {
        return String::new();
    }
    let step = 400.0 / SHOWN as f32;
    let first = (SHOWN - windows.len().min(SHOWN)) as f32 * step;
    let mut path = format!("M{first:.0} {HALF:.0}");
    for (at, window) in windows.iter().enumerate() {
        let (x, y) = (first + at as f32 * step, HALF + way * side(window).clamp(0.0, 1.0) * HALF);
        path.push_str(&format!("L{x:.0} {y:.1}"));
    }
    path.push_str("L400 50Z");
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_said_as_people_say_them() {
        assert_eq!([1.0, 0.5, 0.01, 0.0].map(decibels), ["0 dB", "−6 dB", "−40 dB", words().audio_silence]);
        assert_eq!([1.0, 0.031_622_776, 0.001, 0.0].map(share), [100, 50, 0, 0]);
    }

    #[test]
    fn the_outline_ends_on_the_right_and_stays_in_its_half() {
        let window = |peak| Window { caller: Level { rms: 0.0, peak }, ..Window::default() };
        let path = outline(&[window(0.0), window(1.0), window(7.0)], |window| window.caller.peak, -1.0);
        assert_eq!(path, "M394 50L394 50.0L396 0.0L398 0.0L400 50Z");
        assert_eq!(outline(&[], |window| window.caller.peak, 1.0), "");
    }

    fn audio(running: bool) -> CallAudio {
        CallAudio {
            conversation: "CON-1".into(),
            running,
            sockets: vec![Socket {
                plan: "echo+record".into(),
                opened_at: 1_000,
                closed_at: Some(66_000),
                ended: Some("closed".into()),
                frames_in: 3_250,
                frames_out: 3_250,
                keys: "12#".into(),
            }],
            recordings: vec![Recording {
                id: "r-1".into(),
                created_at: 1_000,
                rate: 16_000,
                milliseconds: Some(65_000),
                bytes: Some(4_160_044),
                sha256: Some("ab12".into()),
                problem: None,
            }],
            of_flow: vec![],
            may_delete: true,
        }
    }

    #[test]
    fn what_a_flow_recorded_is_played_and_saved_without_any_socket() {
        let recorded =
            FlowRecording { id: "rec-7".into(), started_at: 1_000, milliseconds: 65_000, bytes: Some(260_000) };
        let audio = CallAudio { sockets: vec![], recordings: vec![], of_flow: vec![recorded], ..audio(false) };
        let html = Owner::new().with(|| view! { <Audio audio call="c-1".to_owned()/> }.to_html());
        for part in ["<audio", r#"src="/call-recordings/rec-7""#, "/call-recordings/rec-7?download=1", "1:05", "0.3 MB"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        let words = words();
        assert!(html.contains(words.audio_at_platform) && !html.contains(words.audio_not_opened), "{html}");
        assert!(!html.contains("/api/delete-recording"), "it is not ours to delete: {html}");
    }

    #[test]
    fn a_recording_can_be_played_saved_checked_and_deleted() {
        let html = Owner::new().with(|| view! { <Audio audio=audio(false) call="c-1".to_owned()/> }.to_html());
        for part in ["<audio", "/recordings/r-1", "download", "ab12", "1:05", "4.2 MB", "/api/delete-recording", "12#"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(!html.contains("style=\""), "{html}");
        let viewer = CallAudio { may_delete: false, ..audio(false) };
        let html = Owner::new().with(|| view! { <Audio audio=viewer call="c-1".to_owned()/> }.to_html());
        assert!(!html.contains("/api/delete-recording"));
    }

    #[test]
    fn every_end_has_words() {
        let words = words();
        for why in [
            "closed",
            "lost",
            "silent",
            "limit",
            "slow",
            "stopped",
            "stranger",
            "engine-done",
            "engine-lost",
            "engine-slow",
        ] {
            assert_ne!(ended(words, why), words.audio_end_unknown, "{why}");
        }
    }
}
