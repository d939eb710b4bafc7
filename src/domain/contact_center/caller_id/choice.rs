//! The decision; see [`super`].

use std::collections::HashSet;

use super::{OurNumber, ShownNumbers};
use crate::domain::line::{Directory, Line};
use crate::domain::numbering::country_of;
use crate::domain::phone::E164;

/// Whose call it is, and whom it goes to. Nothing of it is a must.
#[derive(Debug, Clone, Copy, Default)]
pub struct Call<'a> {
    /// The agent's name; empty for a call of no agent's.
    pub agent: &'a str,
    pub callee: Option<&'a E164>,
    /// What the agent chose in the dial pad.
    pub by_hand: Option<&'a E164>,
    /// What is set for the queue that the call belongs to.
    pub queue: Option<&'a E164>,
}

/// Whether a number is ours and can be shown.
#[must_use]
pub fn is_ours(directory: &Directory, number: &E164) -> bool {
    let of_the_account = directory.numbers.get(number).is_some_and(|line| *line != Line::Private);
    *number == directory.support || of_the_account && !directory.voiceless.contains(number)
}

/// All numbers that can be shown, the lowest first.
#[must_use]
pub fn choosable(directory: &Directory) -> Vec<OurNumber> {
    let all: HashSet<&E164> = directory.numbers.keys().chain([&directory.support]).collect();
    let mut all: Vec<&E164> = all.into_iter().filter(|number| is_ours(directory, number)).collect();
    all.sort();
    let shown = |number: &E164| OurNumber {
        digits: number.digits().to_owned(),
        shown: number.grouped(),
        country: country_of(number),
    };
    all.into_iter().map(shown).collect()
}

/// The number shown when an agent calls out.
#[must_use]
pub fn of_agent(directory: &Directory, rules: &ShownNumbers, call: Call) -> E164 {
    let ours = |number: &&E164| is_ours(directory, number);
    let queue = call.queue.filter(ours);
    let found = call.by_hand.filter(ours);
    let found = found.or_else(|| rules.agents.get(call.agent).filter(ours));
    let found = found.or_else(|| lowest(directory, |line| *line == Line::Agent(call.agent.to_owned())));
    let found = found.or_else(|| {
        let country = rules.by_country.then(|| country_of(call.callee?)).flatten()?;
        let at_home = |number: &&E164| country_of(number).as_deref() == Some(country.as_str());
        queue.filter(at_home).or_else(|| of_country(directory, &country))
    });
    found.or(queue).unwrap_or(&directory.support).clone()
}

/// The number shown when a caller is handed on, who dialled `dialled`.
#[must_use]
pub fn of_caller(directory: &Directory, rules: &ShownNumbers, call: Call, dialled: Option<&E164>) -> E164 {
    let first = [call.queue, dialled].into_iter().flatten().find(|number| is_ours(directory, number));
    first.cloned().unwrap_or_else(|| of_agent(directory, rules, call))
}

fn lowest(directory: &Directory, is_wanted: impl Fn(&Line) -> bool) -> Option<&E164> {
    let all = directory.numbers.iter().filter(|(_, line)| is_wanted(line)).map(|(number, _)| number);
    all.filter(|number| is_ours(directory, number)).min()
}

/// A number of a country: the support line's, else the lowest of those on which the business answers as a whole. Who calls
/// back the number of another agent or of a campaign would be taken for somebody else's caller.
fn of_country<'a>(directory: &'a Directory, country: &str) -> Option<&'a E164> {
    let at_home = |number: &E164| country_of(number).as_deref() == Some(country);
    if at_home(&directory.support) {
        return Some(&directory.support);
    }
    let whole = |line: &Line| matches!(line, Line::Support | Line::Queue(_) | Line::Ivr(_) | Line::Custom(_));
    let all = directory.numbers.iter().filter(|(number, line)| whole(line) && at_home(number));
    all.map(|(number, _)| number).filter(|number| is_ours(directory, number)).min()
}
