//! The operator's configuration as one file: written out, compared with what is in force, and taken over whole or not at
//! all: everything in it is checked before the first part is kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::business::logo::Logo;
use super::call_flows::LONGEST_NAME;
use super::core::ServiceError;
use super::fail::Fail;
use super::{FlowRefusal, Services};
use crate::domain::business::Profile;
use crate::domain::config_file::{ConfigFile, ConsolePart, Difference, FORMAT, FlowPart, HoursPart};
use crate::domain::contact_center::console_settings::{ConsoleSettings, Draft, MOST_ENTRIES};
use crate::domain::hours::MOST_HOLIDAYS;
use crate::domain::hours::closed::Outcome;
use crate::domain::trouble::{FieldError, Trouble};

/// Why a file was not taken over: every field that is wrong. Nothing was changed.
pub type Refused = Fail<Vec<FieldError>>;

impl Services {
    /// What the operator set up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_config(&self) -> Result<ConfigFile, ServiceError> {
        let flows = self.flows.call_flows().await?;
        let hours = self.hours.current().await;
        let mut when_closed = hours.when_closed.clone();
        if let Outcome::Flow(id) = &when_closed.outcome {
            let name = flows.iter().find(|flow| flow.id == *id).map(|flow| flow.name.clone());
            when_closed.outcome = name.map_or(Outcome::HangUp, Outcome::Flow);
        }
        let console = self.desk.choices.settings().await?;
        let mut holidays: Vec<_> = hours.holidays.iter().map(|row| row.holiday.clone()).collect();
        holidays.sort_by(|one, other| (one.day, &one.name).cmp(&(other.day, &other.name)));
        Ok(ConfigFile {
            switchboard: FORMAT,
            business: Some(Profile::clone(&self.business.profile())),
            logo: self.business.logo().map(|logo| STANDARD.encode(&logo.bytes)),
            hours: Some(HoursPart { week: hours.week.clone(), holidays, when_closed }),
            console: Some(ConsolePart {
                dispositions: console.dispositions.clone(),
                away_reasons: console.away_reasons.clone(),
                rules: console.rules,
            }),
            flows: flows
                .into_iter()
                .map(|flow| FlowPart {
                    for_agents_calls: flow.for_agents_calls,
                    name: flow.name,
                    preset: flow.preset,
                    ncco: flow.text,
                })
                .collect(),
        })
    }

    /// What an import of this file would change. Nothing is changed.
    ///
    /// # Errors
    /// Every field that is wrong; or the database fails.
    pub async fn compare_config(&self, file: &ConfigFile) -> Result<Vec<Difference>, Refused> {
        let wrong = self.config_problems(file).await?;
        if !wrong.is_empty() {
            return Err(Fail::Refused(wrong));
        }
        let differences = self.export_config().await?.differences(file);
        Ok(differences.map_err(|_| ServiceError::Internal("a configuration is not JSON"))?)
    }

    /// Takes a file over. What it changed. The same file again changes nothing.
    ///
    /// # Errors
    /// Every field that is wrong; nothing was changed then. Or the database fails.
    pub async fn import_config(&self, file: &ConfigFile) -> Result<Vec<Difference>, Refused> {
        let differences = self.compare_config(file).await?;
        if let Some(business) = &file.business {
            let (draft, questions) = business.draft();
            self.business.save(&draft, &questions).await?;
        }
        if let Some(logo) = &file.logo {
            let picture = STANDARD.decode(logo).unwrap_or_default();
            self.business.save_logo(Some(picture)).await.map_err(|fail| fail.map(|why| one("logo", why)))?;
        }
        for flow in &file.flows {
            self.keep_flow(flow).await?;
        }
        if let Some(hours) = &file.hours {
            self.hours.replace(hours, &self.flow_ids().await?).await?;
        }
        if let Some(console) = &file.console {
            self.desk.choices.replace(console).await?;
        }
        Ok(differences)
    }

    async fn keep_flow(&self, flow: &FlowPart) -> Result<(), Refused> {
        let known = self.flow_ids().await?;
        let id = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(&flow.name)).map(|(_, id)| id.as_str());
        let refused = |refusal: FlowRefusal| match refusal {
            FlowRefusal::Unavailable(error) => Fail::Ours(error),
            refusal => Fail::Refused(one(&format!("flows.{}", flow.name), refusal.into())),
        };
        let id = self.flows.keep_call_flow(id, &flow.name, flow.preset, &flow.ncco).await.map_err(refused)?;
        if flow.for_agents_calls {
            self.flows.use_for_agents_calls(Some(&id)).await.map_err(refused)?;
        }
        Ok(())
    }

    /// Names and ids.
    async fn flow_ids(&self) -> Result<Vec<(String, String)>, ServiceError> {
        Ok(self.flows.call_flows().await?.into_iter().map(|flow| (flow.name, flow.id)).collect())
    }

    async fn config_problems(&self, file: &ConfigFile) -> Result<Vec<FieldError>, ServiceError> {
        let mut wrong = Vec::new();
        let mut refuse = |at: &str, reason: Trouble| wrong.extend(one(at, reason));
        if file.switchboard != FORMAT {
            refuse("switchboard", Trouble::Other(format!("this version reads the format {FORMAT}")));
        }
        if let Some(business) = &file.business {
            let (draft, questions) = business.draft();
            for FieldError { field, reason } in self.business.problems(&draft, &questions) {
                refuse(&format!("business.{field}"), reason);
            }
        }
        if let Some(logo) = &file.logo {
            match STANDARD.decode(logo) {
                Ok(picture) => {
                    if let Err(why) = Logo::read(picture) {
                        refuse("logo", why);
                    }
                }
                Err(_) => refuse("logo", Trouble::Other("it is not base64".to_owned())),
            }
        }
        for (index, flow) in file.flows.iter().enumerate() {
            let at = format!("flows.{}", flow.name);
            let length = flow.name.trim().chars().count();
            if length == 0 || length > LONGEST_NAME {
                refuse(
                    &format!("flows.{index}.name"),
                    if length == 0 { Trouble::Empty } else { Trouble::Long(LONGEST_NAME) },
                );
            }
            if file.flows[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&flow.name)) {
                refuse(&at, Trouble::FlowTaken);
            }
            let problems = self.flows.judge_call_flow(&flow.ncco).into_iter().filter(|problem| !problem.only_a_warning);
            for problem in problems {
                refuse(&at, Trouble::Flow(problem.to_string()));
            }
        }
        if let Some(hours) = &file.hours {
            let known = self.flow_ids().await?;
            match &hours.when_closed.outcome {
                Outcome::Number(number) => {
                    if let Some(why) = self.hours.refuses(number) {
                        refuse("hours.when_closed.outcome", why);
                    }
                }
                Outcome::Flow(name) => {
                    let there = known.iter().map(|(name, _)| name).chain(file.flows.iter().map(|flow| &flow.name));
                    if there.filter(|there| *there == name).count() == 0 {
                        refuse("hours.when_closed.outcome", Trouble::NoFlow);
                    }
                }
                Outcome::HangUp | Outcome::Message | Outcome::CallBack => {}
            }
            if hours.holidays.len() > MOST_HOLIDAYS {
                refuse("hours.holidays", Trouble::TooMany(MOST_HOLIDAYS));
            }
            for (index, holiday) in hours.holidays.iter().enumerate() {
                if !holiday.is_sound() || hours.holidays[..index].iter().any(|other| other.is_same_date(holiday)) {
                    refuse(&format!("hours.holidays.{index}"), Trouble::Date);
                }
            }
            if let Err(wrong) = hours.when_closed.clone().checked() {
                refuse("hours.when_closed.text", Trouble::Other(wrong.why.to_string()));
            }
        }
        if let Some(console) = &file.console {
            for FieldError { field, reason } in console_problems(console) {
                refuse(&format!("console.{field}"), reason);
            }
        }
        Ok(wrong)
    }
}

/// What the forms of the console's settings would say.
fn console_problems(console: &ConsolePart) -> Vec<FieldError> {
    let mut settings = ConsoleSettings {
        version: 0,
        dispositions: console.dispositions.clone(),
        away_reasons: console.away_reasons.clone(),
        rules: console.rules,
    };
    let mut wrong = Vec::new();
    let mut tell = |part: &str, judged: Result<(), FieldError>| {
        if let Err(FieldError { field, reason }) = judged {
            wrong.push(FieldError { field: format!("{part}.{field}"), reason });
        }
    };
    let words = console.dispositions.iter().map(|entry| entry.word).collect::<Vec<_>>();
    let reasons = console.away_reasons.iter().map(|entry| entry.word).collect::<Vec<_>>();
    for (part, words) in [("dispositions", words), ("away_reasons", reasons)] {
        if words.len() > MOST_ENTRIES {
            tell(part, Err(FieldError { field: "length".to_owned(), reason: Trouble::TooMany(MOST_ENTRIES) }));
        }
        for (index, word) in words.iter().enumerate() {
            if words[..index].contains(word) {
                let word = String::from(*word);
                tell(part, Err(FieldError { field: word.clone(), reason: Trouble::Taken(word) }));
            }
        }
    }
    for entry in &console.dispositions {
        tell(
            &format!("dispositions.{}", String::from(entry.word)),
            Draft::of_disposition(entry).put_disposition(&mut settings),
        );
    }
    for entry in &console.away_reasons {
        tell(
            &format!("away_reasons.{}", String::from(entry.word)),
            Draft::of_away_reason(entry).put_away_reason(&mut settings),
        );
    }
    tell("rules", Draft::of_rules(console.rules).rules().map(drop));
    wrong
}

fn one(at: &str, reason: Trouble) -> Vec<FieldError> {
    vec![FieldError { field: at.to_owned(), reason }]
}
