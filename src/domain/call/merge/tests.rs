use super::*;
use crate::domain::call::{Change, Direction, Outcome, Phase, Status};

/// A webhook, kept.
#[derive(Debug, Clone)]
struct Webhook {
    id: String,
    at: i64,
    event: Event,
    track: Option<Track>,
}

impl Webhook {
    fn told(&self) -> Told<'_> {
        Told { id: &self.id, received_at: self.at, event: &self.event, track: self.track.as_ref() }
    }
}

const CALLER: &str = "leg-caller";

fn webhook(number: usize, conversation: &str, leg: &str, fact: Fact) -> Webhook {
    let at = i64::try_from(number).unwrap();
    let event = Event {
        conversation: conversation.into(),
        leg: Some(leg.into()),
        from: None,
        to: None,
        direction: Some(if leg == CALLER { Direction::Inbound } else { Direction::Outbound }),
        at: Some(at),
        fact,
    };
    Webhook { id: format!("id-{number:03}"), at, event, track: None }
}

fn asked() -> Fact {
    Fact::Asked { line: "agent".into(), user: None, region: None }
}

fn is(status: Status) -> Fact {
    Fact::Status(Change { status, ..Change::default() })
}

fn to(conversation: &str) -> Fact {
    Fact::Moved { to: conversation.into() }
}

/// What a database keeps between batches.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    homes: BTreeMap<String, String>,
    records: BTreeMap<String, Call>,
    full: HashMap<String, Record>,
}

impl Kept {
    fn take(&mut self, batch: &[&Webhook]) {
        let batch: &[Told<'_>] = &batch.iter().map(|webhook| webhook.told()).collect::<Vec<_>>();
        let names = named(batch);
        let homes: HashMap<String, String> =
            names.iter().filter_map(|name| Some(((*name).to_owned(), self.homes.get(*name)?.clone()))).collect();
        let found = touched(batch, &homes)
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), self.full.get(name)?.clone())))
            .collect();
        let merged = merge(batch, homes, found);
        for gone in &merged.gone {
            self.full.remove(gone);
            self.records.remove(gone);
        }
        for back in &merged.back {
            self.homes.remove(back);
        }
        for (moved, home) in merged.moved {
            for earlier in self.homes.values_mut().filter(|earlier| **earlier == moved) {
                earlier.clone_from(&home);
            }
            assert_ne!(moved, home);
            self.homes.insert(moved, home);
        }
        for (conversation, record) in merged.changed {
            assert!(!self.homes.contains_key(&conversation), "a home has moved: {conversation}");
            self.records.insert(conversation.clone(), record.call.clone());
            self.full.insert(conversation, record);
        }
    }
}

impl Kept {
    /// Where conversations and legs are at home; records that went into others lead on too, by ids that depend on
    /// what came first.
    fn moves(&self) -> BTreeMap<&str, &str> {
        let moves = self.homes.iter().filter(|(moved, _)| !moved.starts_with("id-"));
        moves.map(|(moved, home)| (moved.as_str(), home.as_str())).collect()
    }
}

/// Orders of `count` things, `tries` of them, drawn without a clock or a seed from outside.
fn orders(count: usize, tries: usize) -> impl Iterator<Item = Vec<usize>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..tries).map(move |_| {
        let mut order: Vec<usize> = (0..count).collect();
        for at in (1..count).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (state >> 33) as usize % (at + 1));
        }
        order
    })
}

/// A caller waits, is brought to Jane; Jane asks Joe, who comes in; both go to a room and Jane leaves.
fn warm_transfer() -> Vec<Webhook> {
    let told: [(&str, &str, Fact); 20] = [
        ("CON-1", CALLER, asked()),
        ("CON-1", CALLER, is(Status::Started)),
        ("CON-1", CALLER, is(Status::Answered)),
        ("CON-1", CALLER, to("CON-2")),
        ("CON-2", "leg-jane", is(Status::Started)),
        ("CON-2", "leg-jane", is(Status::Ringing)),
        ("CON-2", "leg-jane", is(Status::Answered)),
        ("CON-3", "leg-joe", is(Status::Started)),
        ("CON-3", "leg-joe", is(Status::Ringing)),
        ("CON-3", "leg-joe", is(Status::Answered)),
        ("CON-3", "leg-joe", to("CON-2")),
        ("CON-2", "leg-joe", to("CON-4")),
        ("CON-4", "leg-joe", to("CON-5")),
        ("CON-2", CALLER, to("CON-5")),
        ("CON-2", "leg-jane", is(Status::Completed)),
        ("CON-5", "leg-joe", is(Status::Completed)),
        ("CON-5", CALLER, is(Status::Completed)),
        ("CON-5", CALLER, Fact::Problem { reason: "late".into() }),
        ("CON-2", CALLER, Fact::Noted { kind: "record".into() }),
        ("CON-1", CALLER, Fact::Noted { kind: "input".into() }),
    ];
    let numbered = told.into_iter().enumerate();
    numbered.map(|(number, (conversation, leg, fact))| webhook(number, conversation, leg, fact)).collect()
}

#[test]
fn a_call_that_moves_is_one_record_in_any_order_and_any_batches() {
    let told = warm_transfer();
    let mut expected = Kept::default();
    told.iter().for_each(|webhook| expected.take(&[webhook]));
    let call = &expected.records["CON-1"];
    assert_eq!(expected.records.len(), 1, "{:#?}", expected.records);
    assert_eq!(call.phase(), Phase::Ended(Outcome::Answered));
    assert_eq!(call.legs.len(), 3);
    assert!(expected.homes.values().all(|home| home == "CON-1"), "{:?}", expected.homes);

    // The question comes first: until it is answered there is no call.
    for (tried, order) in orders(told.len() - 1, 5_000).enumerate() {
        let mut order: Vec<&Webhook> = order.into_iter().map(|at| &told[at + 1]).collect();
        order.insert(0, &told[0]);
        let mut kept = Kept::default();
        for batch in order.chunks(1 + tried % 7) {
            kept.take(batch);
        }
        assert_eq!(kept.records, expected.records);
        assert_eq!(kept.moves(), expected.moves());
        assert_eq!(kept.full["CON-1"].id, "id-000");
    }
}

/// The question may be stored last (it was spooled), or never come: a call of ours has none. And legs may go round.
#[test]
fn f20_where_a_call_is_filed_does_not_depend_on_the_order() {
    let mut late = warm_transfer();
    // Asked about in a conversation that is neither the first by name nor one that nobody came to.
    late[0] = webhook(0, "CON-2", CALLER, asked());
    let unasked = warm_transfer().split_off(1);
    let mut circle = unasked.clone();
    circle.push(webhook(20, "CON-5", "leg-joe", to("CON-3")));
    circle.push(webhook(21, "CON-5", CALLER, to("CON-1")));
    for (told, home) in [(warm_transfer(), "CON-1"), (late, "CON-2"), (unasked, "CON-1"), (circle, "CON-1")] {
        let mut expected = Kept::default();
        told.iter().for_each(|webhook| expected.take(&[webhook]));
        assert_eq!(expected.records.keys().collect::<Vec<_>>(), [home]);
        for (tried, order) in orders(told.len(), 3_000).enumerate() {
            let order: Vec<&Webhook> = order.into_iter().map(|at| &told[at]).collect();
            let mut kept = Kept::default();
            for batch in order.chunks(1 + tried % 7) {
                kept.take(batch);
            }
            assert_eq!(kept.records, expected.records);
            assert_eq!(kept.moves(), expected.moves());
            // Every record that there ever was leads here.
            assert!(kept.homes.values().all(|there| there == home), "{:?}", kept.homes);
        }
    }
}

#[test]
fn callers_in_one_room_keep_their_own_calls() {
    let told = [
        webhook(0, "CON-1", CALLER, asked()),
        webhook(1, "CON-2", "leg-other", asked()),
        webhook(2, "CON-1", CALLER, to("ROOM")),
        webhook(3, "ROOM", "leg-other", is(Status::Answered)),
        webhook(4, "CON-2", "leg-other", to("ROOM")),
        webhook(5, "ROOM", "leg-other", is(Status::Completed)),
        webhook(6, "ROOM", CALLER, is(Status::Completed)),
    ];
    for size in 1..=told.len() {
        let mut kept = Kept::default();
        let all: Vec<&Webhook> = told.iter().collect();
        all.chunks(size).for_each(|batch| kept.take(batch));
        assert_eq!(kept.records.len(), 2, "{:#?}", kept.records);
        for (conversation, leg) in [("CON-1", CALLER), ("CON-2", "leg-other")] {
            let call = &kept.records[conversation];
            assert_eq!(call.legs.keys().collect::<Vec<_>>(), [leg], "in batches of {size}");
            assert!(call.legs[leg].completed);
            assert!(matches!(call.phase(), Phase::Ended(_)));
        }
    }
}

#[test]
fn what_a_call_counts_for_stays_with_it() {
    let track = Track::Visit { visit: "v1".into() };
    let told = [
        webhook(0, "CON-2", "leg-jane", is(Status::Started)),
        Webhook { track: Some(track.clone()), ..webhook(1, "CON-1", CALLER, asked()) },
        webhook(2, "CON-1", CALLER, to("CON-2")),
    ];
    let merged = merge(&told.iter().map(Webhook::told).collect::<Vec<_>>(), HashMap::new(), HashMap::new());
    let [(conversation, record)] = merged.changed.as_slice() else { panic!("{:?}", merged.changed) };
    assert_eq!((conversation.as_str(), &record.track), ("CON-1", &Some((track, 1))));
    let moved = ["CON-2", "id-000"].map(|moved| (moved.to_owned(), "CON-1".to_owned()));
    assert_eq!(merged.moved, moved);
}
