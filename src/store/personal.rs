//! The index of personal data: every table, and every folder, that can hold somebody's number or words.
//!
//! Forgetting a person and retention read this list and nothing else, so what is not in it is not found. A test compares
//! it with the tables that the migrations make. A new table gets a line here.

/// A table, and whose data it can hold.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub holds: Holds,
}

/// What of people a table holds.
#[derive(Debug)]
pub enum Holds {
    /// Holds no numbers and no words of people: what it holds instead.
    Nothing(&'static str),
    /// What the operator set up, such as the telephone that rings. Forgetting does not break it: these columns stay, and
    /// the report says in how many places the number still stands.
    Settings(&'static [&'static str]),
    People(People),
}

/// Where a person is in a row, and what goes with them.
#[derive(Debug)]
pub struct People {
    /// An expression that names the row.
    pub key: &'static str,
    /// Columns in which a number may stand, in whatever spelling: it is replaced.
    pub columns: &'static [&'static str],
    /// What else of a row that has the number is theirs: assignments, or empty.
    pub also: &'static str,
    /// The row is a fact about this person and nothing else: it is deleted when one of these columns *is* the number.
    pub delete: bool,
    /// Rows have a `version` that writers compare.
    pub versioned: bool,
    /// In which count of the report it is.
    pub counted: Counted,
    /// How it grows old; `None` for what another rule deletes, or what is kept as long as it is used.
    pub ages: Option<Age>,
}

/// The lines of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    Conversations,
    Attempts,
    Texts,
    Calls,
    Webhooks,
    Desk,
    Tracked,
    Other,
}

/// When a row is too old to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The column with the time, ms UTC, of which it is counted.
    pub column: &'static str,
    /// Its keys are in the order of that time: the oldest are found without an index of it.
    pub ordered: bool,
    /// What has to be true beside, so that it may go.
    pub only: &'static str,
}

const fn nothing(name: &'static str, instead: &'static str) -> Table {
    Table { name, holds: Holds::Nothing(instead) }
}

const fn settings(name: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, holds: Holds::Settings(columns) }
}

const PERSON: People =
    People { key: "id", columns: &[], also: "", delete: false, versioned: false, counted: Counted::Other, ages: None };

const fn people(name: &'static str, people: People) -> Table {
    Table { name, holds: Holds::People(people) }
}

/// Every table of the database.
pub const TABLES: &[Table] = &[
    people(
        "webhooks",
        People {
            columns: &["raw", "ncco", "problem"],
            counted: Counted::Webhooks,
            // The newest stay: the writer looks for the last that it acknowledged when it opens the database again.
            ages: Some(Age {
                column: "received_at",
                ordered: true,
                only: "id < COALESCE((SELECT id FROM webhooks ORDER BY id DESC LIMIT 1 OFFSET 999), '')",
            }),
            ..PERSON
        },
    ),
    people(
        "calls",
        People {
            columns: &["record", "caller", "callee"],
            versioned: true,
            counted: Counted::Calls,
            ages: Some(Age { column: "updated_at", ordered: true, only: "1 = 1" }),
            ..PERSON
        },
    ),
    people(
        "desk_calls",
        People {
            columns: &["record", "customer"],
            versioned: true,
            counted: Counted::Desk,
            ages: Some(Age { column: "created_at", ordered: true, only: "ended" }),
            ..PERSON
        },
    ),
    people(
        "voicemails",
        People {
            columns: &["recording_url", "problem"],
            ages: Some(Age { column: "made_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
    ),
    people(
        "recordings",
        People {
            columns: &["problem"],
            ages: Some(Age { column: "created_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
    ),
    people(
        "audio_sockets",
        People { columns: &["keys"], ages: Some(Age { column: "issued_at", ordered: false, only: "1 = 1" }), ..PERSON },
    ),
    people(
        "dial_intents",
        People {
            columns: &["number"],
            counted: Counted::Desk,
            ages: Some(Age { column: "made_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
    ),
    people(
        "tracked_calls",
        // Charts count calls, so these stay; retention takes their people out: see `forget::age`.
        People {
            columns: &["caller", "shown", "source", "medium", "term", "landing", "referrer", "click_id"],
            also: "visitor = NULL, confidence = NULL, candidates = 0, click_id = '', term = ''",
            counted: Counted::Tracked,
            ..PERSON
        },
    ),
    people(
        "tracking_visitors",
        People {
            columns: &["source", "medium", "name", "term", "content", "landing", "referrer", "click_id"],
            counted: Counted::Tracked,
            ..PERSON
        },
    ),
    people("blocked_callers", People { key: "number", columns: &["number", "note"], delete: true, ..PERSON }),
    people("tracking_deliveries", People { columns: &["error"], ..PERSON }),
    people(
        "private_conversations",
        People { columns: &["reference", "request_key", "created_by"], counted: Counted::Conversations, ..PERSON },
    ),
    people(
        "private_participants",
        People {
            key: "conversation || ':' || side",
            columns: &["number", "name", "problem"],
            also: "name = NULL, pin = NULL, problem = NULL",
            counted: Counted::Conversations,
            ..PERSON
        },
    ),
    people("private_attempts", People { columns: &["caller"], counted: Counted::Attempts, ..PERSON }),
    people(
        "private_texts",
        People {
            columns: &["sender", "body", "problem"],
            also: "body = NULL, problem = NULL, words = NULL, state = CASE WHEN state = 'received' THEN 'refused' ELSE state END",
            counted: Counted::Texts,
            ..PERSON
        },
    ),
    // What a form is to show again, once.
    people("sessions", People { key: "id_hash", columns: &["data"], ..PERSON }),
    settings("campaigns", &["destination", "name", "whisper"]),
    settings("campaign_numbers", &["number"]),
    settings("numbers", &["number"]),
    settings("open_numbers", &["number"]),
    settings("call_flows", &["name", "ncco"]),
    settings("hours", &["closed_reason", "target", "text"]),
    settings("holidays", &["name"]),
    settings("menus", &["name", "greeting", "prompt", "keys", "last_way"]),
    settings("settings", &["value"]),
    settings("tracking_hooks", &["url"]),
    settings("audio_engines", &["url"]),
    settings("dispositions", &["english", "chinese", "category"]),
    settings("away_reasons", &["english", "chinese"]),
    settings("accounts", &["name", "display_name"]),
    settings("api_keys", &["name"]),
    nothing("private_erasures", "that somebody was forgotten, by whom, and counts"),
    nothing("menu_version", "how often the menus were changed"),
    nothing("replays", "ids of signatures"),
    nothing("decisions", "which node decides about a webhook"),
    nothing("visits", "ids of visits, hashes of addresses"),
    nothing("dials", "how many calls were placed on a day"),
    nothing("sent_texts", "how many texts were sent on a day"),
    nothing("throttles", "hashes"),
    nothing("call_moves", "ids of conversations"),
    nothing("agents", "what the operator's agents do"),
    nothing("agent_states", "what the operator's agents did"),
    nothing("console_rules", "how long, how often"),
    nothing("offers", "which call was offered to which agent"),
    nothing("desk_legs", "ids of legs"),
    nothing("desk_takers", "which agent had which call"),
    nothing("tracking_leases", "which of our numbers a visitor saw, by the visitor's id"),
    nothing("tracking_visits", "ids of visits and visitors"),
    nothing("tracking_rollup", "sums"),
    nothing("tracking_meta", "how the sums were made"),
    nothing("_sqlx_migrations", "which migrations were run"),
];

/// What of people is in a folder of `DATA_DIR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// WAV files of audio sockets, by the id in `recordings`.
    Recordings,
    /// Voicemails: a folder for each call, in it a file by the id in `voicemails`.
    Voicemails,
    /// Webhooks that wait for the database, and those that it refused: lines of JSON.
    Spool,
}

impl Folder {
    pub const EVERY: [Self; 3] = [Self::Recordings, Self::Voicemails, Self::Spool];

    /// The folder's name in `DATA_DIR`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recordings => "recordings",
            Self::Voicemails => "voicemails",
            Self::Spool => "spool",
        }
    }
}

/// The tables that hold people, with their rules.
pub fn of_people() -> impl Iterator<Item = (&'static str, &'static People)> {
    TABLES.iter().filter_map(|table| match &table.holds {
        Holds::People(people) => Some((table.name, people)),
        _ => None,
    })
}
