//! Desks for tests.

use crate::api::calls::Party;
use crate::api::contact_center::{
    ActiveCall, Badges, Consult, ConsultStage, Customer, Desk, LastContact, Me, Notes, Offer, OfferKind, PartyLine,
    Role, Stage, Target, WrapUp,
};
use crate::domain::contact_center::console_settings::ConsoleSettings;
use crate::domain::contact_center::hearing::{Consulted, Ear, Situation};
use crate::domain::contact_center::presence::State;

pub fn customer() -> Customer {
    Customer {
        party: Party::Number("+447700900123".into()),
        number: Some("+44 20 7946 0001".into()),
        line: "campaign".into(),
        line_name: Some("Spring ads".into()),
        queue: None,
        is_first: false,
        campaign: None,
        whisper: None,
        page: Some("/pricing".into()),
        last_contact: Some(LastContact { at: 0, agent: Some("Joe".into()), disposition: None, note: None }),
        earlier_calls: 2,
    }
}

pub fn idle() -> Desk {
    let me = Me { name: "Jane".into(), state: State::Ready, since: 1_000, pending: None, misses: 0, caller_id: None };
    Desk {
        version: 1,
        now: 10_000,
        me,
        offer: None,
        call: None,
        notes: None,
        wrap_up: None,
        waiting: vec![],
        team: vec![],
        badges: Badges::default(),
        choices: ConsoleSettings::default().choices(),
        in_sandbox: false,
    }
}

pub fn offered() -> Desk {
    let offer = Offer {
        id: "o1".into(),
        call: "c1".into(),
        kind: OfferKind::Call,
        who: customer(),
        since: 9_000,
        until: 29_000,
        called_at: 5_000,
    };
    Desk { offer: Some(offer), ..idle() }
}

pub fn in_call() -> Desk {
    let party = |leg: &str, role, party| PartyLine {
        leg: leg.into(),
        role,
        party,
        stage: Stage::Talking,
        since: 9_000,
        ear: Ear::Others,
        muted: false,
    };
    let call = ActiveCall {
        id: "c1".into(),
        outbound: false,
        who: customer(),
        stage: Stage::Talking,
        started_at: 5_000,
        answered_at: Some(9_000),
        held_since: None,
        muted: false,
        parties: vec![party("l1", Role::Me, Party::Name("Jane".into())), party("l2", Role::Customer, customer().party)],
        situation: Situation { guest: false, customer: Ear::Others, consulted: None, others: false, rings: false },
        heir: None,
        consult: None,
        under_way: None,
        problem: None,
    };
    let notes =
        Notes { call: "c1".into(), who: customer().party, text: "Asked.".into(), disposition: None, saved_at: None };
    Desk { call: Some(call), notes: Some(notes), ..idle() }
}

/// Joe was asked and has answered; the caller hears music. This agent is the one who asked, or is asked by Joe.
pub fn consulting(guest: bool) -> Desk {
    let mut desk = in_call();
    let Some(call) = &mut desk.call else { return desk };
    let consult =
        Consult { target: Target::Agent("Joe".into()), stage: ConsultStage::Talking, since: 9_500, asked: guest };
    call.held_since = Some(9_200);
    call.parties[1].ear = Ear::Music;
    call.parties.push(PartyLine {
        leg: "l3".into(),
        role: Role::Colleague,
        party: Party::Name("Joe".into()),
        stage: Stage::Talking,
        since: 9_500,
        ear: Ear::Others,
        muted: false,
    });
    call.situation =
        Situation { guest, customer: Ear::Music, consulted: Some(Consulted::Colleague), others: true, rings: false };
    call.heir = (!guest).then(|| Party::Name("Joe".into()));
    call.consult = Some(consult);
    desk
}

/// All three hear each other.
pub fn joined(guest: bool) -> Desk {
    let mut desk = consulting(guest);
    let Some(call) = &mut desk.call else { return desk };
    call.held_since = None;
    call.parties[1].ear = Ear::Others;
    call.situation.customer = Ear::Others;
    call.consult = call.consult.take().map(|consult| Consult { stage: ConsultStage::Joined, ..consult });
    desk
}

pub fn wrapping_up() -> Desk {
    let wrap_up =
        WrapUp { call: "c1".into(), not_reached: false, lost: false, unconfirmed: false, since: 9_000, until: 39_000 };
    Desk { wrap_up: Some(wrap_up), notes: in_call().notes, ..idle() }
}
