//! Each action's fields, read and checked. Defaults are the reference's.

use serde_json::Value;

use super::endpoint::endpoint;
use super::fields::{Fields, Wrong};
use super::{Action, Conference, Connect, Input, Play, Record, Rights, Stream, Talk};
use crate::account::{Hook, Method};
use crate::media::voice::LONGEST_TEXT;

/// How long a call, or a recording of it, may last.
const LONGEST_CALL_S: u64 = 7_200;

/// How long a `connect` may ring, in seconds.
const LONGEST_RINGING_S: u64 = 120;

/// One action of a flow.
pub(super) fn one(fields: &Fields<'_>) -> Result<Action, Wrong> {
    match fields.required_text("action")?.as_str() {
        "talk" => talk(fields).map(Action::Talk),
        "stream" => Ok(Action::Stream(Stream { url: fields.one_url("streamUrl")?, play: play(fields)? })),
        "input" => input(fields).map(Action::Input),
        "connect" => connect(fields).map(|connect| Action::Connect(Box::new(connect))),
        "conversation" => conference(fields).map(Action::Conversation),
        "record" => record(fields).map(Action::Record),
        "notify" => {
            let payload = fields.object("payload")?.ok_or_else(|| Wrong("payload is required".into()))?;
            let hook = hook(fields)?.ok_or_else(|| Wrong("eventUrl is required".into()))?;
            Ok(Action::Notify { payload: Value::Object(payload.clone()), hook })
        }
        "wait" => {
            let seconds = fields.number("timeout")?.unwrap_or(10.0).clamp(0.1, 7_200.0);
            Ok(Action::Wait { ms: (seconds * 1000.0) as u64 })
        }
        "transfer" => {
            Ok(Action::Transfer { conversation: fields.required_text("conversationId")?, rights: rights(fields)? })
        }
        other => Err(Wrong(format!("\"{other}\" is no action"))),
    }
}

fn play(fields: &Fields<'_>) -> Result<Play, Wrong> {
    let times = match fields.whole("loop", 0, 10_000)?.unwrap_or(1) {
        0 => None,
        times => u32::try_from(times).ok(),
    };
    let level = fields.number("level")?.unwrap_or(0.0);
    if !(-1.0..=1.0).contains(&level) {
        return Err(Wrong("level must be from -1 to 1".into()));
    }
    Ok(Play { barge_in: fields.flag("bargeIn")?.unwrap_or(false), times, level })
}

fn talk(fields: &Fields<'_>) -> Result<Talk, Wrong> {
    let text = fields.required_text("text")?;
    let ssml = text.trim_start().starts_with("<speak");
    if ssml && !text.trim_end().ends_with("</speak>") {
        return Err(Wrong("text: SSML must end with </speak>".into()));
    }
    if spoken_length(&text) > LONGEST_TEXT {
        return Err(Wrong("text may have at most 1500 characters".into()));
    }
    let style = fields.whole("style", 0, 255)?.unwrap_or(0);
    fields.flag("premium")?;
    Ok(Talk {
        text,
        language: fields.text("language")?.unwrap_or_else(|| "en-US".into()),
        style: u8::try_from(style).unwrap_or(0),
        play: play(fields)?,
    })
}

/// Characters without tags.
fn spoken_length(text: &str) -> usize {
    let mut inside = false;
    let spoken = text.chars().filter(|c| {
        inside = *c == '<' || (inside && *c != '>');
        !inside && *c != '>'
    });
    spoken.count()
}

/// The reference requires `type`, and has an example without it. Until speech came there was no `type`; the settings
/// stood beside the action's name, and call flows of that time are still in use.
fn old_input(fields: &Fields<'_>) -> Result<Input, Wrong> {
    let text = |name: &str| match fields.raw().get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => Some(value.to_string()),
        _ => None,
    };
    // What was out of range took the nearest value, and what was no number the usual one.
    let number = |name: &str, least: u64, most: u64, usual: u64| {
        text(name).and_then(|text| text.parse::<u64>().ok()).map_or(usual, |n| n.clamp(least, most))
    };
    Ok(Input {
        dtmf: true,
        speech: false,
        time_out_s: number("timeOut", 0, 10, 3),
        max_digits: usize::try_from(number("maxDigits", 1, 20, 4)).unwrap_or(4),
        submit_on_hash: text("submitOnHash").as_deref() == Some("true"),
        asynchronous: false,
        assumed: true,
        old_form: true,
        hook: hook(fields)?,
    })
}

fn input(fields: &Fields<'_>) -> Result<Input, Wrong> {
    let mut assumed = false;
    let types = match fields.texts("type")? {
        Some(types) => types,
        None => {
            // Settings of today's form say what was meant; without any of them it is the old form.
            let said = |name: &&&str| fields.raw().get(**name).is_some_and(|value| !value.is_null());
            let types: Vec<String> = ["dtmf", "speech"].iter().filter(said).map(|kind| (*kind).to_owned()).collect();
            if types.is_empty() && fields.text("mode")?.is_none() {
                return old_input(fields);
            }
            assumed = true;
            if types.is_empty() { vec!["dtmf".to_owned()] } else { types }
        }
    };
    if types.is_empty() || types.iter().any(|kind| kind != "dtmf" && kind != "speech") {
        return Err(Wrong("type must be an array of dtmf and speech".into()));
    }
    let has = |kind: &str| types.iter().any(|t| t == kind);
    let asynchronous = match fields.text("mode")?.as_deref() {
        None | Some("synchronous") => false,
        Some("asynchronous") => true,
        Some(_) => return Err(Wrong("mode must be synchronous or asynchronous".into())),
    };
    let dtmf = fields.object("dtmf")?;
    if asynchronous && (dtmf.is_some_and(|settings| !settings.is_empty()) || has("speech")) {
        return Err(Wrong("mode asynchronous takes no dtmf settings and no speech".into()));
    }
    fields.object("speech")?;
    let none = serde_json::Map::new();
    let keys = Fields::new(dtmf.unwrap_or(&none));
    let within = |Wrong(why)| Wrong(format!("dtmf.{why}"));
    Ok(Input {
        dtmf: has("dtmf"),
        speech: has("speech"),
        time_out_s: keys.whole("timeOut", 0, 10).map_err(within)?.unwrap_or(3),
        max_digits: usize::try_from(keys.whole("maxDigits", 1, 20).map_err(within)?.unwrap_or(4)).unwrap_or(4),
        submit_on_hash: keys.flag("submitOnHash").map_err(within)?.unwrap_or(false),
        asynchronous,
        assumed,
        old_form: false,
        hook: hook(fields)?,
    })
}

fn connect(fields: &Fields<'_>) -> Result<Connect, Wrong> {
    let endpoints = fields.array("endpoint")?.ok_or_else(|| Wrong("endpoint is required".into()))?;
    let [Value::Object(callee)] = endpoints else {
        return Err(Wrong("endpoint must be an array of exactly one object".into()));
    };
    let callee = Fields::new(callee);
    let within = |Wrong(why)| Wrong(format!("endpoint.{why}"));
    let on_answer = match callee.object("onAnswer").map_err(within)? {
        Some(on_answer) => {
            let on_answer = Fields::new(on_answer);
            Some((on_answer.required_url("url").map_err(within)?, on_answer.text("ringbackTone").map_err(within)?))
        }
        None => None,
    };
    let random_from = fields.flag("randomFromNumber")?.unwrap_or(false);
    let from = fields.text("from")?;
    if random_from && from.is_some() {
        return Err(Wrong("from and randomFromNumber exclude each other".into()));
    }
    let synchronous = match fields.text("eventType")?.as_deref() {
        None | Some("default" | "") => false,
        Some("synchronous") => true,
        Some(_) => return Err(Wrong("eventType must be synchronous".into())),
    };
    if let Some(detection) = fields.text("machineDetection")?
        && !["continue", "hangup"].contains(&detection.as_str())
    {
        return Err(Wrong("machineDetection must be continue or hangup".into()));
    }
    if let Some(detection) = fields.object("advancedMachineDetection")? {
        machine_detection(&Fields::new(detection))
            .map_err(|Wrong(why)| Wrong(format!("advancedMachineDetection.{why}")))?;
    }
    let (on_answer, whisper_tone) = on_answer.map_or((None, None), |(url, tone)| (Some(url), tone));
    Ok(Connect {
        endpoint: endpoint(&callee).map_err(within)?,
        dtmf_answer: callee.text("dtmfAnswer").map_err(within)?,
        on_answer,
        from,
        random_from,
        synchronous,
        timeout_s: fields.whole("timeout", 1, LONGEST_RINGING_S)?.unwrap_or(60),
        limit_s: fields.whole("limit", 1, LONGEST_CALL_S)?.unwrap_or(LONGEST_CALL_S),
        ringback: fields.url("ringbackTone")?.or(whisper_tone),
        hook: hook(fields)?,
    })
}

fn machine_detection(fields: &Fields<'_>) -> Result<(), Wrong> {
    for (name, allowed) in
        [("behavior", &["continue", "hangup"][..]), ("mode", &["default", "detect", "detect_beep"][..])]
    {
        if fields.text(name)?.is_some_and(|value| !allowed.contains(&value.as_str())) {
            return Err(Wrong(format!("{name} must be one of {}", allowed.join(", "))));
        }
    }
    fields.whole("beep_timeout", 30, 120).map(drop)
}

fn conference(fields: &Fields<'_>) -> Result<Conference, Wrong> {
    let music = match fields.raw().get("musicOnHoldUrl") {
        // The reference's table says array, its text says URL.
        Some(Value::String(_)) => fields.url("musicOnHoldUrl")?,
        None | Some(Value::Null) => None,
        Some(_) => Some(fields.one_url("musicOnHoldUrl")?),
    };
    Ok(Conference {
        name: fields.required_text("name")?,
        start_on_enter: fields.flag("startOnEnter")?.unwrap_or(true),
        end_on_exit: fields.flag("endOnExit")?.unwrap_or(false),
        music,
        record: fields.flag("record")?.unwrap_or(false),
        rights: rights(fields)?,
        hook: hook(fields)?,
    })
}

fn rights(fields: &Fields<'_>) -> Result<Rights, Wrong> {
    let mute = fields.flag("mute")?;
    let can_speak = fields.texts("canSpeak")?;
    if mute == Some(true) && can_speak.is_some() {
        return Err(Wrong("mute and canSpeak exclude each other".into()));
    }
    Ok(Rights { can_speak, can_hear: fields.texts("canHear")?, mute: mute.unwrap_or(false) })
}

fn record(fields: &Fields<'_>) -> Result<Record, Wrong> {
    if let Some(format) = fields.text("format")?
        && !["mp3", "wav", "ogg"].contains(&format.as_str())
    {
        return Err(Wrong("format must be mp3, wav or ogg".into()));
    }
    let split = match fields.text("split")?.as_deref() {
        None => false,
        Some("conversation") => true,
        Some(_) => return Err(Wrong("split must be conversation".into())),
    };
    if fields.whole("channels", 1, 32)?.is_some_and(|channels| channels > 1) && !split {
        return Err(Wrong("channels needs split".into()));
    }
    let end_on_key = match fields.text("endOnKey")? {
        None => None,
        Some(key) => {
            let mut keys = key.chars();
            match (keys.next(), keys.next()) {
                (Some(key @ ('0'..='9' | '*' | '#')), None) => Some(key),
                _ => return Err(Wrong("endOnKey must be one of 0-9, * and #".into())),
            }
        }
    };
    fields.object("transcription")?;
    Ok(Record {
        split,
        end_on_silence_s: fields.whole("endOnSilence", 3, 10)?,
        end_on_key,
        time_out_s: fields.whole("timeOut", 3, LONGEST_CALL_S)?,
        beep_start: fields.flag("beepStart")?.unwrap_or(false),
        hook: hook(fields)?,
    })
}

/// `eventUrl` (an array of one) and `eventMethod`.
fn hook(fields: &Fields<'_>) -> Result<Option<Hook>, Wrong> {
    let method = match fields.text("eventMethod")? {
        Some(method) => Some(Method::parse(&method).ok_or_else(|| Wrong("eventMethod must be GET or POST".into()))?),
        None => None,
    };
    match fields.array("eventUrl")? {
        None => Ok(None),
        Some(_) => Ok(Some(Hook::event(fields.one_url("eventUrl")?, method))),
    }
}
