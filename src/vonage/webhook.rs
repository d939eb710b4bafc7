//! Webhooks, from raw text to what the domain decides by (Vonage Voice API: "Webhook reference").
//!
//! Tolerant on purpose: the raw text is kept elsewhere, so an unknown field, status or shape is not an error. What
//! cannot be read is a value too ([`Unreadable`]): the caller stores it and answers the platform all the same.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::call::{Change, Direction, Event, Fact, Price, Status};

/// Ids longer than this are no ids: the platform's have 36 to 40 characters.
const MAX_ID: usize = 128;
/// The longest address of a file.
const MAX_URL: usize = 1_000;
/// Names, numbers, URIs and reasons are cut here.
const MAX_TEXT: usize = 512;
/// The longest text message that is read, in characters: ten parts of the longest kind.
const MAX_SMS: usize = 4_000;

/// What came, as it came.
#[derive(Debug, Clone, Copy)]
pub enum Raw<'a> {
    /// The body of a POST: a JSON object.
    Body(&'a [u8]),
    /// The query string of a GET, still encoded, without `?`. Structured values are JSON text in one parameter.
    Query(&'a str),
}

/// A webhook that was understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Webhook {
    /// The platform asks what to do with a call.
    Answer(Answer),
    /// The platform tells what happened.
    Event(Event),
}

/// The parameters of an answer webhook. Everything is optional, for a call must be answered whatever is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The number that was dialled, or whatever the Client SDK passed as `to`.
    pub to: Option<String>,
    /// The caller's number as the supplier passed it on: digits, or a word such as `anonymous`.
    pub from: Option<String>,
    /// The Client SDK user that calls. Never stands together with `from`.
    pub from_user: Option<String>,
    /// The caller's leg.
    pub uuid: Option<String>,
    pub conversation_uuid: Option<String>,
    /// What the Client SDK passed to `serverCall`: the whole context, `to` included. Empty for telephones.
    pub custom_data: Map<String, Value>,
    /// Which host controls this call. Not to be trusted: check it against the configured hosts before use.
    pub region_url: Option<String>,
    /// `phone`, `app`, `sip`, `websocket` or `vbc`.
    pub endpoint_type: Option<String>,
    /// Why the platform asks the fallback URL: what was wrong with our first answer.
    pub reason: Option<String>,
    /// The request that failed: `answer` or `event`.
    pub failed: Option<String>,
}

/// A text that came in.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundText {
    /// The platform's id of it: the same for a repetition.
    pub id: String,
    /// Digits, or a word where the sender has no number.
    pub from: String,
    pub to: String,
    pub text: String,
}

/// The delivery state of a text that we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextStatus {
    pub id: String,
    /// `submitted`, `delivered`, `rejected`, `undeliverable`, …
    pub status: String,
    pub problem: Option<String>,
}

/// Keys that a caller pressed for a flow of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    pub digits: String,
    pub from: Option<String>,
    pub to: Option<String>,
    pub leg: Option<String>,
    pub conversation: Option<String>,
}

/// Why a webhook could not be understood. It is stored nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    pub reason: String,
}

impl Unreadable {
    fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// Reads an answer or fallback webhook.
///
/// # Errors
/// [`Unreadable`] when there is no object at all. A missing or odd field never is an error.
pub fn answer(raw: Raw<'_>) -> Result<Answer, Unreadable> {
    let fields = fields(raw)?;
    let original = object(&fields, "original_request");
    Ok(Answer {
        to: text(&fields, "to"),
        from: text(&fields, "from"),
        from_user: text(&fields, "from_user"),
        uuid: id(&fields, "uuid").or_else(|| id(&fields, "call_uuid")),
        conversation_uuid: id(&fields, "conversation_uuid"),
        custom_data: object(&fields, "custom_data").unwrap_or_default(),
        region_url: text(&fields, "region_url"),
        endpoint_type: text(&fields, "endpoint_type"),
        reason: text(&fields, "reason"),
        failed: original.and_then(|request| text(&request, "type")),
    })
}

/// Reads an event webhook.
///
/// # Errors
/// [`Unreadable`] when there is no object, or nothing that says which conversation it belongs to.
pub fn event(raw: Raw<'_>) -> Result<Event, Unreadable> {
    let fields = fields(raw)?;
    let conversation = id(&fields, "conversation_uuid").or_else(|| id(&fields, "conversation_uuid_from"));
    let conversation = conversation.ok_or_else(|| Unreadable::because("the event names no conversation"))?;
    Ok(Event {
        conversation,
        leg: id(&fields, "uuid").or_else(|| id(&fields, "call_uuid")),
        from: text(&fields, "from"),
        to: text(&fields, "to").map(without_query),
        direction: match text(&fields, "direction").as_deref() {
            Some("inbound") => Some(Direction::Inbound),
            Some("outbound") => Some(Direction::Outbound),
            _ => None,
        },
        at: moment(&fields, "timestamp"),
        fact: fact(&fields),
    })
}

/// Reads an inbound message of the Messages API (v1 and v0.1), or of the older SMS API (`msisdn`, `messageId`), as the text
/// that is passed on: words, captions, and links to what is no text. A place is its name, address and coordinates. The
/// SMS API sends JSON, a form or a query. A long text of it comes in parts, in any order: each says which it is, and is
/// passed on by itself with its place before it, so that no part waits for one that is lost.
///
/// # Errors
/// [`Unreadable`] when it lacks an id, a sender or a receiver, or is bytes. A message without any words or links is one
/// with an empty text.
pub fn inbound_text(raw: Raw<'_>) -> Result<InboundText, Unreadable> {
    let fields = fields_or_form(raw)?;
    let missing = |what: &str| Unreadable::because(format!("the text has no {what}"));
    // v0.1 has `{"type": "sms", "number": "447…"}` where v1 has the number.
    let party = |name: &str| text(&fields, name).or_else(|| text(&object(&fields, name)?, "number"));
    let words = words(&fields);
    if words.is_empty() && text(&fields, "type").as_deref() == Some("binary") {
        return Err(Unreadable::because("the text is binary"));
    }
    let part = number(&fields, "concat-part").zip(number(&fields, "concat-total"));
    let place = match part {
        Some((part, total)) if total > 1 => format!("({part}/{total}) "),
        _ => String::new(),
    };
    Ok(InboundText {
        id: id(&fields, "message_uuid").or_else(|| id(&fields, "messageId")).ok_or_else(|| missing("id"))?,
        from: party("from").or_else(|| text(&fields, "msisdn")).ok_or_else(|| missing("sender"))?,
        to: party("to").ok_or_else(|| missing("receiver"))?,
        // Lines are lines: only what no database takes goes.
        text: place + &words.chars().filter(|c| *c != '\0').take(MAX_SMS).collect::<String>(),
    })
}

/// What a message says, a line for each thing.
fn words(fields: &Map<String, Value>) -> String {
    const MEDIA: [&str; 6] = ["image", "audio", "video", "file", "vcard", "sticker"];
    let message = object(fields, "message").and_then(|message| object(&message, "content"));
    let content = message.as_ref().unwrap_or(fields);
    let line = |of: &Map<String, Value>, name: &str| -> Option<String> {
        of.get(name).and_then(Value::as_str).map(str::to_owned).filter(|line| !line.trim().is_empty())
    };
    let mut lines: Vec<String> = line(content, "text").into_iter().collect();
    for media in MEDIA.iter().filter_map(|kind| object(content, kind)) {
        lines.extend(line(&media, "caption"));
        let link = line(&media, "url").filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        lines.extend(link);
    }
    if let Some(place) = object(content, "location") {
        lines.extend(["name", "address"].iter().filter_map(|name| line(&place, name)));
        let degrees = |names: [&str; 2]| names.iter().find_map(|name| place.get(*name)).and_then(Value::as_f64);
        if let (Some(north), Some(east)) = (degrees(["lat", "latitude"]), degrees(["long", "longitude"])) {
            lines.push(format!("{north}, {east}"));
        }
    }
    lines.join("\n")
}

/// Whether it is a text of the SMS API, which the platform does not sign as it signs the others.
#[must_use]
pub fn is_sms_api(raw: Raw<'_>) -> bool {
    fields_or_form(raw).is_ok_and(|fields| fields.contains_key("msisdn") && fields.contains_key("messageId"))
}

/// The Client SDK user whose own client a conversation event shows at work: who joined, sent media or muted. An invitation
/// is the platform's doing, and who left may have closed the page.
#[must_use]
pub fn active_user(raw: Raw<'_>) -> Option<String> {
    let fields = fields(raw).ok()?;
    let kind = text(&fields, "type")?;
    let passive = ["member:invited", "member:left", "rtc:hangup", "leg:"].iter().any(|other| kind.starts_with(other));
    if passive || !kind.contains(':') {
        return None;
    }
    let user = |of: &Map<String, Value>, name: &str| text(&object(of, name)?, "name");
    let body = object(&fields, "body");
    let embedded = object(&fields, "_embedded");
    embedded.and_then(|embedded| user(&embedded, "from_user")).or_else(|| body.and_then(|body| user(&body, "user")))
}

/// Reads the delivery receipt of a text that we sent.
///
/// # Errors
/// [`Unreadable`] when it does not say which.
pub fn text_status(raw: Raw<'_>) -> Result<TextStatus, Unreadable> {
    let fields = fields_or_form(raw)?;
    let error = object(&fields, "error");
    Ok(TextStatus {
        id: id(&fields, "message_uuid")
            .or_else(|| id(&fields, "messageId"))
            .ok_or_else(|| Unreadable::because("the status names no text"))?,
        status: text(&fields, "status").unwrap_or_default(),
        problem: error.and_then(|error| text(&error, "detail").or_else(|| text(&error, "title"))),
    })
}

/// Reads the keys of an input event.
///
/// # Errors
/// [`Unreadable`] when there is no object.
pub fn keys(raw: Raw<'_>) -> Result<Keys, Unreadable> {
    let fields = fields(raw)?;
    // An object since 2020, bare text before.
    let digits = object(&fields, "dtmf").map_or_else(|| text(&fields, "dtmf"), |dtmf| text(&dtmf, "digits"));
    Ok(Keys {
        digits: digits.unwrap_or_default(),
        from: text(&fields, "from"),
        to: text(&fields, "to"),
        leg: id(&fields, "uuid").or_else(|| id(&fields, "call_uuid")),
        conversation: id(&fields, "conversation_uuid"),
    })
}

/// What a record event tells of its recording.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recording {
    /// The platform's `recording_uuid`.
    pub id: Option<String>,
    /// Where it lies. Not to be trusted: our token goes to the platform's own hosts only. Empty when nothing was recorded.
    pub url: String,
    /// How large the file is.
    pub bytes: Option<u64>,
    /// ms UTC, by the platform's clock.
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
}

impl Recording {
    /// How long it is, ms; never negative.
    #[must_use]
    pub fn milliseconds(&self) -> Option<i64> {
        self.started_at.zip(self.ended_at).map(|(start, end)| end.saturating_sub(start).max(0))
    }
}

/// Reads what a record event tells of its recording.
///
/// # Errors
/// [`Unreadable`] when there is no object.
pub fn recording(raw: Raw<'_>) -> Result<Recording, Unreadable> {
    let fields = fields(raw)?;
    // A shortened address would be another address.
    let url = fields.get("recording_url").and_then(Value::as_str).filter(|url| url.len() <= MAX_URL);
    Ok(Recording {
        id: id(&fields, "recording_uuid"),
        url: url.map(str::trim).unwrap_or_default().to_owned(),
        bytes: text(&fields, "size").and_then(|size| size.parse().ok()),
        started_at: moment(&fields, "start_time"),
        ended_at: moment(&fields, "end_time"),
    })
}

/// Events are told apart by their fields, for most have no type. The order matters: a transcription has a status, a
/// fallback request has a reason, and both are something else.
fn fact(fields: &Map<String, Value>) -> Fact {
    let has = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
    let noted = |kind: &str| Fact::Noted { kind: kind.to_owned() };
    if has("original_request") {
        let reason = text(fields, "reason").unwrap_or_default();
        return Fact::Problem { reason: format!("our webhook failed: {reason}") };
    }
    if let Some(to) = id(fields, "conversation_uuid_to") {
        return Fact::Moved { to };
    }
    let transcription = has("transcription_url") || text(fields, "status").as_deref() == Some("transcribed");
    // A recording that failed has an empty address, or none.
    if has("recording_url") || (has("recording_uuid") && !transcription) {
        return noted("record");
    }
    if transcription {
        return noted("transcription");
    }
    if has("status") {
        return Fact::Status(change(fields));
    }
    // `dtmf` is an object since 2020 and was bare text before; `speech` stands beside it or alone.
    if has("dtmf") || has("speech") {
        return noted("input");
    }
    if let Some(reason) = text(fields, "reason") {
        return Fact::Problem { reason };
    }
    if has("payload") {
        return noted("notify");
    }
    noted(text(fields, "type").as_deref().unwrap_or("unknown"))
}

fn change(fields: &Map<String, Value>) -> Change {
    let word = text(fields, "status").unwrap_or_default();
    let status = Status::parse(&word.to_ascii_lowercase());
    let new = (status == Status::Unknown && !word.is_empty()).then(|| word.clone());
    Change {
        status,
        // A status that this version does not know is kept as the detail, so that it is shown.
        detail: text(fields, "detail").or_else(|| text(fields, "sub_state")).or(new),
        start_time: moment(fields, "start_time"),
        end_time: moment(fields, "end_time"),
        duration_seconds: number(fields, "duration"),
        price: text(fields, "price").and_then(|price| Price::parse(&price)),
        network: text(fields, "network"),
        disconnected_by: text(fields, "disconnected_by"),
        sip_code: number(fields, "sip_code").and_then(|code| u16::try_from(code).ok()),
    }
}

fn fields(raw: Raw<'_>) -> Result<Map<String, Value>, Unreadable> {
    match raw {
        Raw::Body(bytes) => match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(fields),
            Ok(_) => Err(Unreadable::because("the body is JSON, but no object")),
            Err(error) => Err(Unreadable::because(format!("the body is no JSON: {error}"))),
        },
        Raw::Query(query) => {
            let mut fields = Map::new();
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                // The first of equal names wins, as in the platform's own reading.
                fields.entry(name.into_owned()).or_insert_with(|| Value::String(value.into_owned()));
            }
            if fields.is_empty() { Err(Unreadable::because("there are no parameters")) } else { Ok(fields) }
        }
    }
}

/// A body that may be a form as well, as those of the SMS API are by default.
fn fields_or_form(raw: Raw<'_>) -> Result<Map<String, Value>, Unreadable> {
    let refused = match (fields(raw), raw) {
        (Err(refused), Raw::Body(bytes)) => (refused, bytes),
        (read, _) => return read,
    };
    match refused {
        (refused, bytes) if bytes.trim_ascii_start().starts_with(b"{") => Err(refused),
        (refused, bytes) => match std::str::from_utf8(bytes) {
            Ok(form) if form.contains('=') => fields(Raw::Query(form.trim())),
            _ => Err(refused),
        },
    }
}

/// A text for people: without control characters (PostgreSQL takes no NUL), cut to a sane length, `None` when empty.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let value = match fields.get(name)? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        // `"to": {"type": "phone", "number": "…"}`, as the REST API writes endpoints.
        Value::Object(endpoint) => ["number", "user", "uri", "name"].iter().find_map(|key| text(endpoint, key))?,
        Value::Null | Value::Array(_) => return None,
    };
    let clean: String = value.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// A WebSocket's address without what follows `?`: that is a token, which is kept nowhere.
fn without_query(text: String) -> String {
    match text.split_once('?') {
        Some((address, _)) if address.starts_with("ws://") || address.starts_with("wss://") => address.to_owned(),
        _ => text,
    }
}

/// An id: opaque, but one short line. A shortened id would be another id, so an odd one is none.
fn id(fields: &Map<String, Value>, name: &str) -> Option<String> {
    let id = fields.get(name)?.as_str()?;
    let good = !id.is_empty() && id.len() <= MAX_ID && id.chars().all(|c| c.is_ascii_graphic());
    good.then(|| id.to_owned())
}

/// An object, or the JSON text of one, which is how structured values come in a query.
fn object(fields: &Map<String, Value>, name: &str) -> Option<Map<String, Value>> {
    match fields.get(name)? {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Some(object),
            _ => None,
        },
        _ => None,
    }
}

/// A whole number, written as one or as text: the platform does both.
fn number(fields: &Map<String, Value>, name: &str) -> Option<u32> {
    text(fields, name)?.parse().ok()
}

/// A time in ms UTC. The platform writes ISO 8601, with or without fractions.
fn moment(fields: &Map<String, Value>, name: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(&text(fields, name)?, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}
