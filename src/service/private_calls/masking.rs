//! What is shown of a private call shows no number but ours.
//!
//! The rule is about calls, not about people: whatever was told of a private call is masked, in every spelling. Somebody
//! who calls the call centre or a campaign's number is shown there as every caller is, because that call was made to the
//! operator; that they also have a private conversation changes nothing. Of what belongs to no call that is known (an event
//! that could not be read, one that came before its call), every number of a private conversation is masked.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::call::Leg;
use crate::domain::line::{Directory, Line};
use crate::domain::phone::E164;
use crate::domain::private_calls::{mask_document, mask_where};
use crate::domain::spelling::{Spelled, is_number, numbers_in};
use crate::service::core::Core;
use crate::service::lines::Lines;
use crate::service::timeline::CallDetail;
use crate::store::{CallRow, StoreError, WebhookRow};

/// What must not be read in a text.
struct Hidden<'a> {
    directory: &'a Directory,
    /// Digits of people in private conversations.
    people: HashSet<String>,
}

impl Hidden<'_> {
    fn is_ours(&self, digits: &str) -> bool {
        E164::parse(digits)
            .is_ok_and(|number| number == self.directory.support || self.directory.numbers.contains_key(&number))
    }

    /// Whether a place of a text is masked; `all` masks whatever is plainly a number.
    fn hides(&self, spelled: Spelled<'_>, all: bool) -> bool {
        let known = self.people.iter().any(|number| is_number(spelled, number));
        (known || (all && spelled.plain && !spelled.national)) && (!self.is_ours(spelled.digits) || spelled.national)
    }

    fn document(&self, text: &mut String, all: bool) {
        *text = mask_document(text, |spelled| self.hides(spelled, all));
    }

    fn text(&self, text: &mut String, all: bool) {
        *text = mask_where(text, |spelled| self.hides(spelled, all));
    }
}

/// Whether a text names a number of ours that is for private calls.
fn names_a_mask(directory: &Directory, text: &str) -> bool {
    let private = |digits: &String| {
        E164::parse(digits).is_ok_and(|number| directory.numbers.get(&number) == Some(&Line::Private))
    };
    numbers_in(text).iter().any(private)
}

/// Hides people's numbers in what is shown of private calls.
#[derive(Clone)]
pub struct Masking {
    core: Arc<Core>,
    lines: Lines,
}

impl Masking {
    pub(in crate::service) fn new(core: Arc<Core>, lines: Lines) -> Self {
        Self { core, lines }
    }

    /// Webhooks as they may be shown.
    pub(in crate::service) async fn mask_webhooks(&self, rows: &mut [WebhookRow]) -> Result<(), StoreError> {
        let directory = self.lines.directory();
        let mut conversations: Vec<String> = rows.iter().filter_map(|row| row.conversation.clone()).collect();
        conversations.sort_unstable();
        conversations.dedup();
        let lines: HashMap<String, String> =
            self.core.store.calls().lines_of(&conversations).await?.into_iter().collect();
        let mut named = HashSet::new();
        for row in rows.iter() {
            note(&mut named, [Some(row.raw.as_str()), row.ncco.as_deref(), row.problem.as_deref()]);
        }
        let hidden = self.hidden(&directory, named).await?;
        for row in rows {
            let line = row.conversation.as_ref().and_then(|conversation| lines.get(conversation));
            let line = line.or(row.decision.as_ref()).map(String::as_str);
            let private = line == Some(Line::Private.name()) || (line.is_none() && names_a_mask(&directory, &row.raw));
            if line.is_some() && !private {
                continue;
            }
            hidden.document(&mut row.raw, private);
            for text in [&mut row.ncco, &mut row.problem].into_iter().flatten() {
                hidden.document(text, private);
            }
        }
        Ok(())
    }

    /// Rows of the call log as they may be shown.
    pub(in crate::service) async fn mask_rows(&self, rows: &mut [CallRow]) -> Result<(), StoreError> {
        let directory = self.lines.directory();
        let mut named = HashSet::new();
        for row in rows.iter() {
            note(&mut named, [row.caller.as_deref(), row.callee.as_deref()]);
        }
        let hidden = self.hidden(&directory, named).await?;
        for row in rows {
            let Some(all) = masked(row, &directory) else { continue };
            for party in [&mut row.caller, &mut row.callee].into_iter().flatten() {
                hidden.text(party, all);
            }
        }
        Ok(())
    }

    /// The same for all that is known of one.
    pub(in crate::service) async fn mask_call(&self, detail: &mut CallDetail) -> Result<(), StoreError> {
        let directory = self.lines.directory();
        let Some(all) = masked(&detail.row, &directory) else { return Ok(()) };
        let mut named = HashSet::new();
        note(&mut named, [detail.row.caller.as_deref(), detail.row.callee.as_deref()]);
        for leg in detail.record.legs.values() {
            note(&mut named, [leg.from.as_deref(), leg.to.as_deref()]);
        }
        for problem in &detail.record.problems {
            note(&mut named, [Some(problem.as_str())]);
        }
        for entry in &detail.timeline {
            note(&mut named, [Some(entry.raw.as_str()), entry.problem.as_deref(), entry.ncco.as_deref()]);
        }
        let hidden = self.hidden(&directory, named).await?;
        let row = &mut detail.row;
        for party in [&mut row.caller, &mut row.callee].into_iter().flatten() {
            hidden.text(party, all);
        }
        for Leg { from, to, .. } in detail.record.legs.values_mut() {
            for party in [from, to].into_iter().flatten() {
                hidden.text(party, all);
            }
        }
        let problems = std::mem::take(&mut detail.record.problems).into_iter();
        detail.record.problems = problems
            .map(|mut problem| {
                hidden.text(&mut problem, all);
                problem
            })
            .collect();
        for entry in &mut detail.timeline {
            hidden.text(&mut entry.summary, all);
            hidden.document(&mut entry.raw, all);
            for text in [&mut entry.problem, &mut entry.ncco].into_iter().flatten() {
                hidden.document(text, all);
            }
        }
        Ok(())
    }

    /// Who of those named in these texts is in a private conversation.
    async fn hidden<'a>(&self, directory: &'a Directory, named: HashSet<String>) -> Result<Hidden<'a>, StoreError> {
        // They may be in a conversation by the other form of their number.
        let forms = |digits: String| match E164::parse(&digits) {
            Ok(number) => number.spellings().iter().map(|number| number.digits().to_owned()).collect(),
            Err(_) => vec![digits],
        };
        let named: Vec<String> = named.into_iter().flat_map(forms).collect();
        Ok(Hidden { directory, people: self.core.store.private().people_among(&named).await? })
    }
}

/// Notes the numbers that these texts name.
fn note<const N: usize>(named: &mut HashSet<String>, texts: [Option<&str>; N]) {
    named.extend(texts.into_iter().flatten().flat_map(numbers_in));
}

/// `None` for a call that is shown as it is; whether every number of it is masked, or only those of people in private
/// conversations.
fn masked(row: &CallRow, directory: &Directory) -> Option<bool> {
    match row.line.as_deref() {
        Some(line) => (line == Line::Private.name()).then_some(true),
        // Told of before its answer webhook was decided, or placed by nobody we know.
        None => Some([&row.caller, &row.callee].into_iter().flatten().any(|party| names_a_mask(directory, party))),
    }
}
