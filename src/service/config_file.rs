//! The operator's configuration as one file: written out, compared with what is in force, and taken over. Everything in it is
//! checked before the first part is kept; then each part is kept at once. When the database fails in between, the same file
//! can be imported again.

mod hours;
mod menus;
mod numbers;
mod queues;

use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::business::logo::Logo;
use super::call_flows::{LONGEST_NAME, same_name};
use super::core::ServiceError;
use super::fail::Fail;
use super::{CallFlow, FlowRefusal, Services};
use crate::domain::business::Profile;
use crate::domain::call_flows::calls_the_dialled_number;
use crate::domain::config_file::{ConfigFile, ConsolePart, Difference, FORMAT, FlowPart};
use crate::domain::contact_center::caller_id::ShownNumbers;
use crate::domain::contact_center::console_settings::{ConsoleSettings, Draft, MOST_ENTRIES};
use crate::domain::spoken::Spoken;
use crate::domain::trouble::{FieldError, Trouble};

/// Why a file was not taken over: every field that is wrong. Nothing was changed.
pub type Refused = Fail<Vec<FieldError>>;

/// The services, as the parts of a file use them.
struct Parts<'a>(&'a Services);

impl Deref for Parts<'_> {
    type Target = Services;
    fn deref(&self) -> &Services {
        self.0
    }
}

impl Services {
    /// What of a file this system can take over, and what is left out: see [`Parts::left_out_of_config`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn left_out_of_config(&self, file: &ConfigFile) -> Result<(ConfigFile, Vec<FieldError>), ServiceError> {
        Parts(self).left_out_of_config(file).await
    }

    /// What the operator set up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_config(&self) -> Result<ConfigFile, ServiceError> {
        let flows = self.flows.call_flows().await?;
        let console = self.desk.choices.settings().await?;
        let ids: Vec<(String, String)> = flows.iter().map(|flow| (flow.id.clone(), flow.name.clone())).collect();
        let hours = Parts(self).exported_hours(&flows).await?;
        Ok(ConfigFile {
            switchboard: FORMAT,
            business: Some(Profile::clone(&self.business.profile())),
            logo: self.business.logo().map(|logo| STANDARD.encode(&logo.bytes)),
            hours: Some(hours),
            console: Some(ConsolePart {
                dispositions: console.dispositions.clone(),
                away_reasons: console.away_reasons.clone(),
                rules: console.rules,
            }),
            shown_numbers: Some(console.shown.clone()),
            speech: Some(Spoken::clone(&*self.spoken.read().await?)),
            flows: flows
                .into_iter()
                .map(|flow| FlowPart {
                    for_agents_calls: flow.for_agents_calls,
                    name: flow.name,
                    preset: flow.preset,
                    ncco: flow.text,
                })
                .collect(),
            queues: Some(Parts(self).exported_queues().await?),
            menus: Parts(self).exported_menus(&ids).await?,
            numbers: Parts(self).exported_numbers().await?,
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
        let (file, _) = Parts(self).left_out_of_config(file).await?;
        let differences = self.export_config().await?.differences(&file);
        Ok(differences.map_err(|_| ServiceError::Internal("a configuration is not JSON"))?)
    }

    /// Takes a file over. What it changed. The same file again changes nothing.
    ///
    /// # Errors
    /// Every field that is wrong; nothing was changed then. Or the database fails: parts may be kept then, and the same file
    /// can be imported again.
    pub async fn import_config(&self, file: &ConfigFile) -> Result<Vec<Difference>, Refused> {
        let differences = self.compare_config(file).await?;
        let file = &Parts(self).left_out_of_config(file).await?.0;
        if let Some(business) = &file.business {
            let (draft, questions) = business.draft();
            self.business.save(&draft, &questions).await?;
        }
        if let Some(logo) = &file.logo {
            let picture = STANDARD.decode(logo).unwrap_or_default();
            self.business.save_logo(Some(picture)).await.map_err(|fail| fail.map(|why| one("logo", why)))?;
        }
        for flow in &file.flows {
            let id = self.keep_flow(flow).await?;
            if flow.for_agents_calls {
                let used = self.flows.use_for_agents_calls(Some(&id)).await;
                used.map_err(|refusal| refused(&flow.name, refusal))?;
            }
        }
        let flows: Vec<(String, String)> = self.flow_ids().await?.into_iter().map(|(name, id)| (id, name)).collect();
        if let Some(queues) = &file.queues {
            Parts(self).keep_queues(queues).await?;
        }
        Parts(self).keep_menus(&file.menus, &flows).await?;
        // From here on: what leads to what is there by now.
        let (file, _) = Parts(self).left_out_of_config(file).await?;
        if let Some(hours) = &file.hours {
            Parts(self).keep_hours(hours, &flows).await?;
        }
        if let Some(console) = &file.console {
            self.desk.choices.replace(console).await?;
        }
        if let Some(shown) = &file.shown_numbers {
            self.desk.choices.replace_shown(shown).await?;
        }
        if let Some(speech) = &file.speech {
            self.spoken.replace(speech).await?;
        }
        Parts(self).keep_lines(&file.numbers).await?;
        Ok(differences)
    }

    async fn keep_flow(&self, flow: &FlowPart) -> Result<String, Refused> {
        let known = self.flow_ids().await?;
        let id = known.iter().find(|(name, _)| same_name(name, &flow.name)).map(|(_, id)| id.as_str());
        let kept = self.flows.keep_call_flow(id, &flow.name, flow.preset, &flow.ncco).await;
        kept.map_err(|refusal| refused(&flow.name, refusal))
    }

    /// Names and ids.
    async fn flow_ids(&self) -> Result<Vec<(String, String)>, ServiceError> {
        Ok(self.flows.call_flows().await?.into_iter().map(|flow| (flow.name, flow.id)).collect())
    }

    async fn config_problems(&self, file: &ConfigFile) -> Result<Vec<FieldError>, ServiceError> {
        let flows = self.flows.call_flows().await?;
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
        wrong.extend(self.flow_problems(file, &flows));
        let of_the_file = file.flows.iter().map(|flow| &flow.name);
        let there: Vec<&String> = flows.iter().map(|flow| &flow.name).chain(of_the_file).collect();
        wrong.extend(Parts(self).queue_problems(file).await?);
        wrong.extend(Parts(self).menu_problems(file, &there).await?);
        wrong.extend(Parts(self).number_problems(file));
        if let Some(hours) = &file.hours {
            wrong.extend(Parts(self).hours_problems(hours, &there));
        }
        if let Some(console) = &file.console {
            for FieldError { field, reason } in console_problems(console) {
                wrong.extend(one(&format!("console.{field}"), reason));
            }
        }
        for FieldError { field, reason } in file.speech.iter().flat_map(Spoken::problems) {
            wrong.extend(one(&format!("speech.{field}"), reason));
        }
        Ok(wrong)
    }

    /// What is wrong with the flows of a file; `known` are those that are there.
    fn flow_problems(&self, file: &ConfigFile, known: &[CallFlow]) -> Vec<FieldError> {
        let in_use = known.iter().find(|flow| flow.for_agents_calls);
        let used = file.flows.iter().filter(|flow| flow.for_agents_calls).count();
        let mut wrong = Vec::new();
        let mut refuse = |at: &str, reason: Trouble| wrong.extend(one(at, reason));
        for (index, flow) in file.flows.iter().enumerate() {
            let at = format!("flows.{}", flow.name);
            let length = flow.name.trim().chars().count();
            if length == 0 || length > LONGEST_NAME {
                refuse(
                    &format!("flows.{index}.name"),
                    if length == 0 { Trouble::Empty } else { Trouble::Long(LONGEST_NAME) },
                );
            }
            if file.flows[..index].iter().any(|other| same_name(&other.name, &flow.name)) {
                refuse(&at, Trouble::FlowTaken);
            }
            if flow.for_agents_calls && used > 1 {
                refuse(&at, Trouble::TooMany(1));
            }
            // Agents' calls run it afterwards: because the file says so, or because they do now and the file names no other.
            let runs =
                flow.for_agents_calls || used == 0 && in_use.is_some_and(|known| same_name(&known.name, &flow.name));
            if runs && !calls_the_dialled_number(&flow.ncco) {
                refuse(&at, Trouble::FlowCallsNobody);
            }
            let problems = self.flows.judge_call_flow(&flow.ncco).into_iter().filter(|problem| !problem.only_a_warning);
            for problem in problems {
                refuse(&at, Trouble::Flow(problem.to_string()));
            }
        }
        wrong
    }
}

/// What the forms of the console's settings would say.
fn console_problems(console: &ConsolePart) -> Vec<FieldError> {
    let mut settings = ConsoleSettings {
        version: 0,
        dispositions: console.dispositions.clone(),
        away_reasons: console.away_reasons.clone(),
        rules: console.rules,
        shown: ShownNumbers::default(),
    };
    let mut wrong = Vec::new();
    let mut tell = |part: &str, judged: Result<(), Vec<FieldError>>| {
        let found = judged.err().into_iter().flatten();
        wrong.extend(found.map(|FieldError { field, reason }| FieldError { field: format!("{part}.{field}"), reason }));
    };
    let words = console.dispositions.iter().map(|entry| entry.word).collect::<Vec<_>>();
    let reasons = console.away_reasons.iter().map(|entry| entry.word).collect::<Vec<_>>();
    for (part, words) in [("dispositions", words), ("away_reasons", reasons)] {
        if words.len() > MOST_ENTRIES {
            tell(part, Err(one("length", Trouble::TooMany(MOST_ENTRIES))));
        }
        for (index, word) in words.iter().enumerate() {
            if words[..index].contains(word) {
                let word = String::from(*word);
                tell(part, Err(one(&word, Trouble::Taken(word.clone()))));
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

fn refused(flow: &str, refusal: FlowRefusal) -> Refused {
    match refusal {
        FlowRefusal::Unavailable(error) => Fail::Ours(error),
        refusal => Fail::Refused(one(&format!("flows.{flow}"), refusal.into())),
    }
}

fn one(at: &str, reason: Trouble) -> Vec<FieldError> {
    vec![FieldError { field: at.to_owned(), reason }]
}
