//! Lines in a configuration's file, and the numbers that lead to them. A file may come from a system with other numbers, agents and campaigns:
//! what is not there is left out, and told.

use std::collections::BTreeMap;

use super::Parts;
use super::queues::meant;
use crate::domain::config_file::ConfigFile;
use crate::domain::contact_center::caller_id::is_ours;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::queue::STANDING;
use crate::domain::trouble::{FieldError, Trouble};
use crate::service::call_flows::same_name;
use crate::service::core::ServiceError;

/// The line with another target.
fn led_to(line: &Line, target: String) -> Line {
    match line {
        Line::Queue(_) => Line::Queue(target),
        Line::Ivr(_) => Line::Ivr(target),
        Line::Custom(_) => Line::Custom(target),
        Line::Campaign(_) => Line::Campaign(target),
        line => line.clone(),
    }
}

/// The line that a word is; names stand for ids in it.
pub(super) fn parse(word: &str) -> Result<Line, Trouble> {
    Line::of_word(word).map_err(|error| Trouble::Other(error.to_string()))
}

impl Parts<'_> {
    /// Where our numbers lead, as a file has it.
    pub(super) async fn exported_numbers(&self) -> Result<BTreeMap<String, String>, ServiceError> {
        let rows = self.core.store.numbers().all().await?;
        let exported = rows.into_iter().filter_map(|row| {
            let line = Line::parse(&row.line, row.target.as_deref()).ok()?;
            Some((row.number, self.named(line)?.word()))
        });
        Ok(exported.collect())
    }

    /// What is wrong with the numbers of a file: no number, or no line at all.
    pub(super) fn number_problems(&self, file: &ConfigFile) -> Vec<FieldError> {
        let problem = |number: &str, word: &str| match E164::parse(number) {
            Ok(read) if read.digits() == number => parse(word).err(),
            Ok(_) => Some(Trouble::NoSuchNumber),
            Err(error) => Some(error.into()),
        };
        let wrong = file.numbers.iter().filter_map(|(number, word)| {
            let reason = problem(number, word)?;
            Some(FieldError { field: format!("numbers.{number}"), reason })
        });
        wrong.collect()
    }

    /// What of a file this system can take over, and what is left out: numbers that it does not own (to lead or to show), and lines to agents and
    /// campaigns that it does not have.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn left_out_of_config(
        &self,
        file: &ConfigFile,
    ) -> Result<(ConfigFile, Vec<FieldError>), ServiceError> {
        let owned: Vec<String> = self.core.store.numbers().all().await?.into_iter().map(|row| row.number).collect();
        let mut taken = file.clone();
        let mut left_out = Vec::new();
        taken.numbers.retain(|number, word| {
            let reason = if owned.contains(number) {
                // What is no line at all is told by the check.
                parse(word).ok().and_then(|line| self.lacks(file, &line))
            } else {
                let grouped = E164::parse(number).map(|number| number.grouped());
                Some(Trouble::NotOurs(grouped.unwrap_or_else(|_| number.clone())))
            };
            let stays = reason.is_none();
            left_out.extend(reason.map(|reason| FieldError { field: format!("numbers.{number}"), reason }));
            stays
        });
        if let Some(hours) = &mut taken.hours {
            hours.by_line.retain(|word, _| {
                let reason = parse(word).ok().and_then(|line| self.lacks(file, &line));
                let stays = reason.is_none();
                left_out.extend(reason.map(|reason| FieldError { field: format!("hours.by_line.{word}"), reason }));
                stays
            });
        }
        left_out.extend(self.leave_out_shown(&mut taken).await?);
        Ok((taken, left_out))
    }

    /// Takes out of a file the numbers to be shown that are not ours. What is set here already stays, so that a system's own
    /// file changes nothing in it.
    async fn leave_out_shown(&self, taken: &mut ConfigFile) -> Result<Vec<FieldError>, ServiceError> {
        let (directory, console) = (self.lines.directory(), self.desk.choices.settings().await?);
        let queues = self.queues.read().await?;
        let mut left_out = Vec::new();
        let mut stays = |field: String, number: &E164, kept: Option<&E164>| {
            let stays = kept == Some(number) || is_ours(&directory, number);
            if !stays {
                left_out.push(FieldError { field, reason: Trouble::NotOurs(number.grouped()) });
            }
            stays
        };
        if let Some(shown) = &mut taken.shown_numbers {
            shown.agents.retain(|agent, number| {
                stays(format!("shown_numbers.agents.{agent}"), number, console.shown.agents.get(agent))
            });
        }
        for queue in taken.queues.iter_mut().flat_map(|part| &mut part.queues) {
            let kept = meant(queues.queues(), &queue.id).and_then(|kept| kept.shown_number.as_ref());
            let field = format!("queues.{}.shown_number", queue.name);
            queue.shown_number.take_if(|number| !stays(field, number, kept));
        }
        Ok(left_out)
    }

    /// What a line of a file leads to that will not be there.
    fn lacks(&self, file: &ConfigFile, line: &Line) -> Option<Trouble> {
        let is_there = match line {
            Line::Agent(name) => self.lines.directory().agents.contains(name),
            Line::Ivr(name) => file.menus.iter().any(|menu| same_name(&menu.name, name)) || self.id_of(line).is_some(),
            Line::Custom(name) => {
                file.flows.iter().any(|flow| same_name(&flow.name, name)) || self.id_of(line).is_some()
            }
            Line::Queue(name) => {
                let queues = file.queues.iter().flat_map(|part| &part.queues);
                name == STANDING || meant(queues, name).is_some() || self.id_of(line).is_some()
            }
            Line::Campaign(_) => self.id_of(line).is_some(),
            Line::Support | Line::Outbound(_) | Line::Private | Line::AudioSocket(_) | Line::Unassigned => true,
        };
        (!is_there).then(|| Trouble::Other(format!("there is no {} here", line.word())))
    }

    /// The line by its name. `None` where what it leads to is gone.
    fn named(&self, line: Line) -> Option<Line> {
        match &line {
            Line::Queue(id) if id == STANDING => Some(line),
            Line::Queue(_) | Line::Ivr(_) | Line::Custom(_) | Line::Campaign(_) => {
                let name = self.lines.name_of(line.name(), line.target())?;
                Some(led_to(&line, name))
            }
            _ => Some(line),
        }
    }

    /// A kept line as a file has it. `None` where what it leads to is gone.
    pub(super) fn named_line(&self, word: &str) -> Option<String> {
        Some(self.named(Line::of_word(word).ok()?)?.word())
    }

    /// The line that a file means. `None` where there is no such line here.
    pub(super) fn line_of(&self, word: &str) -> Option<Line> {
        let line = Line::of_word(word).ok()?;
        match &line {
            Line::Queue(id) if id == STANDING => Some(line),
            Line::Queue(_) | Line::Ivr(_) | Line::Custom(_) | Line::Campaign(_) => {
                let id = self.id_of(&line)?;
                Some(led_to(&line, id))
            }
            _ => Some(line),
        }
    }

    /// The id of what a line leads to by name.
    fn id_of(&self, line: &Line) -> Option<String> {
        let name = line.target()?;
        let all = self.lines.targets(line.name());
        all.into_iter().find(|(_, known)| same_name(known, name)).map(|(id, _)| id)
    }

    /// Leads numbers of ours to where a file says, all at once.
    pub(super) async fn keep_lines(&self, numbers: &BTreeMap<String, String>) -> Result<(), ServiceError> {
        let lines = numbers.iter().filter_map(|(number, word)| Some((number.clone(), self.line_of(word)?)));
        self.lines.assign_numbers(&lines.collect::<Vec<_>>()).await
    }
}
