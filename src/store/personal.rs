//! The index of personal data: every table, and every folder, that can hold somebody's number or words; and which of them
//! the sandbox's demo data is in.
//!
//! Forgetting a person, retention and the wipe of the demo read this list and nothing else, so what is not in it is not
//! found. A test compares it with the tables that the migrations make. A new table gets a line here.

/// A table, whose data it can hold, and whether that is demo data.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub holds: Holds,
    pub demo: Demo,
}

/// What becomes of a table when the sandbox's demo data is wiped. Who may sign in, and how the platform and other systems are
/// reached, stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demo {
    /// Every row goes.
    Goes,
    /// The rows go for which this is true.
    Where(&'static str),
    /// Its rows are brought to this: assignments.
    Becomes(&'static str),
    /// It stays: what it holds instead of demo data.
    Stays(&'static str),
    /// Each setting says it for itself: [`SETTINGS`].
    EachSetting,
}

/// What becomes of a setting when the demo data is wiped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    Goes,
    /// It goes where the business is still the example's.
    Example,
    Stays,
}

/// Every name in the table of settings. One that is missing is refused when it is written, in a debug build.
pub const SETTINGS: &[(&str, Setting)] = &[
    ("business", Setting::Example),
    ("business-logo", Setting::Example),
    ("outbound-flow", Setting::Goes),
    ("platform", Setting::Stays),
    ("sandbox-platform", Setting::Stays),
    ("known-platform", Setting::Stays),
    ("setup-skipped", Setting::Stays),
    (DEMO_WIPED, Setting::Stays),
    ("unsigned-text", Setting::Goes),
    ("mobile_api_key_hash", Setting::Stays),
    ("mobile_api_origins", Setting::Stays),
];

/// The setting which says that the demo data was wiped, and does not come back.
pub const DEMO_WIPED: &str = "demo-wiped";

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

const fn nothing(name: &'static str, instead: &'static str, demo: Demo) -> Table {
    Table { name, holds: Holds::Nothing(instead), demo }
}

const fn settings(name: &'static str, columns: &'static [&'static str], demo: Demo) -> Table {
    Table { name, holds: Holds::Settings(columns), demo }
}

const PERSON: People =
    People { key: "id", columns: &[], also: "", delete: false, versioned: false, counted: Counted::Other, ages: None };

const fn people(name: &'static str, people: People, demo: Demo) -> Table {
    Table { name, holds: Holds::People(people), demo }
}

const HOUSE: Demo = Demo::Stays("how the operator works: the demo brings nothing of it");
const OTHERS: Demo = Demo::Stays("the operator's other systems");
const ACCESS: Demo = Demo::Stays("who may sign in, and who works here");

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
        Demo::Goes,
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
        Demo::Goes,
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
        Demo::Goes,
    ),
    people(
        "voicemails",
        People {
            columns: &["recording_url", "problem"],
            ages: Some(Age { column: "made_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
        Demo::Goes,
    ),
    people(
        "recordings",
        People {
            columns: &["problem"],
            ages: Some(Age { column: "created_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
        Demo::Goes,
    ),
    people(
        "call_recordings",
        People {
            columns: &["recording_url"],
            ages: Some(Age { column: "made_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
        Demo::Goes,
    ),
    people(
        "audio_sockets",
        People { columns: &["keys"], ages: Some(Age { column: "issued_at", ordered: false, only: "1 = 1" }), ..PERSON },
        Demo::Goes,
    ),
    people(
        "dial_intents",
        People {
            columns: &["number"],
            counted: Counted::Desk,
            ages: Some(Age { column: "made_at", ordered: false, only: "1 = 1" }),
            ..PERSON
        },
        Demo::Goes,
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
        Demo::Goes,
    ),
    people(
        "tracking_visitors",
        People {
            columns: &["source", "medium", "name", "term", "content", "landing", "referrer", "click_id"],
            counted: Counted::Tracked,
            ..PERSON
        },
        Demo::Goes,
    ),
    people(
        "blocked_callers",
        People { key: "number", columns: &["number", "note"], delete: true, ..PERSON },
        Demo::Goes,
    ),
    people("tracking_deliveries", People { columns: &["error"], ..PERSON }, Demo::Goes),
    people(
        "private_conversations",
        People { columns: &["reference", "request_key", "created_by"], counted: Counted::Conversations, ..PERSON },
        Demo::Goes,
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
        Demo::Goes,
    ),
    people("private_attempts", People { columns: &["caller"], counted: Counted::Attempts, ..PERSON }, Demo::Goes),
    people(
        "private_texts",
        People {
            columns: &["sender", "body", "problem"],
            also: "body = NULL, problem = NULL, words = NULL, state = CASE WHEN state = 'received' THEN 'refused' ELSE state END",
            counted: Counted::Texts,
            ..PERSON
        },
        Demo::Goes,
    ),
    // What a form is to show again, once.
    people("sessions", People { key: "id_hash", columns: &["data"], ..PERSON }, Demo::Stays("who is signed in")),
    settings("campaigns", &["destination", "name", "whisper"], Demo::Goes),
    settings("campaign_numbers", &["number"], Demo::Goes),
    settings("numbers", &["number"], Demo::Goes),
    settings("open_numbers", &["number"], Demo::Goes),
    settings("call_flows", &["name", "ncco"], Demo::Goes),
    // A flow that callers get while it is closed goes with the flows.
    settings(
        "hours",
        &["closed_reason", "target", "text", "text_zh"],
        Demo::Becomes(
            "version = version + 1, target = CASE WHEN outcome = 'flow' THEN NULL ELSE target END, \
             outcome = CASE WHEN outcome = 'flow' THEN 'hang-up' ELSE outcome END",
        ),
    ),
    settings("closed_lines", &["record"], HOUSE),
    settings("holidays", &["name"], HOUSE),
    settings("menus", &["name", "greeting", "prompt", "others", "keys", "last_way"], Demo::Where("id <> 'main'")),
    settings("spoken_texts", &["text"], HOUSE),
    settings("queues", &["name", "record"], Demo::Goes),
    // The numbers of callers who come before others.
    settings("queue_rules", &["record"], Demo::Becomes("record = '{}', version = version + 1")),
    settings("music", &["name"], HOUSE),
    settings("settings", &["value"], Demo::EachSetting),
    settings("tracking_hooks", &["url"], OTHERS),
    settings("audio_engines", &["url"], OTHERS),
    settings("dispositions", &["english", "chinese", "category"], HOUSE),
    settings("away_reasons", &["english", "chinese"], HOUSE),
    // Our numbers, by agent: those of the demo go with it.
    settings("console_rules", &["shown"], Demo::Becomes("shown = '{}', version = version + 1")),
    settings("accounts", &["name", "display_name"], ACCESS),
    settings("api_keys", &["name"], ACCESS),
    nothing("private_erasures", "that somebody was forgotten, by whom, and counts", Demo::Goes),
    nothing("menu_version", "how often the menus were changed", Demo::Becomes("version = version + 1")),
    nothing("spoken_voices", "which voices speak", HOUSE),
    nothing("spoken_version", "how often the spoken texts were changed", HOUSE),
    nothing("replays", "ids of signatures", Demo::Stays("what nobody may send again")),
    nothing("decisions", "which node decides about a webhook", Demo::Goes),
    nothing("visits", "ids of visits, hashes of addresses", Demo::Goes),
    nothing("dials", "how many calls were placed on a day", Demo::Goes),
    nothing("sent_texts", "how many texts were sent on a day", Demo::Goes),
    nothing("throttles", "hashes", ACCESS),
    nothing("call_moves", "ids of conversations", Demo::Goes),
    nothing("agents", "what the operator's agents do", ACCESS),
    nothing("agent_states", "what the operator's agents did", Demo::Goes),
    nothing("offers", "which call was offered to which agent", Demo::Goes),
    nothing("desk_legs", "ids of legs", Demo::Goes),
    nothing("desk_takers", "which agent had which call", Demo::Goes),
    nothing("tracking_leases", "which of our numbers a visitor saw, by the visitor's id", Demo::Goes),
    nothing("tracking_visits", "ids of visits and visitors", Demo::Goes),
    nothing("tracking_rollup", "sums", Demo::Goes),
    nothing("tracking_meta", "how the sums were made", Demo::Stays("how the sums are made")),
    nothing("_sqlx_migrations", "which migrations were run", Demo::Stays("how the tables were made")),
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
