//! The business profile: what makes the pages, and what callers hear, those of one company. Data of the operator's; nothing
//! of it is compiled in but what an empty profile begins with.

pub mod colour;

use serde::{Deserialize, Serialize};

use self::colour::Colour;
use super::language::{Language, Texts, Written};
use super::ncco::{Action, Ncco};
use super::phone::{E164, PhoneError};
use super::trouble::{FieldError, Trouble};

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;
/// The longest short name, in characters: it stands beside the logo on a telephone's screen.
pub const LONGEST_SHORT_NAME: usize = 24;
/// The longest line of text: headline, question.
pub const LONGEST_LINE: usize = 160;
/// The longest paragraph: lead, notice, answer.
pub const LONGEST_TEXT: usize = 1_000;
/// The longest spoken greeting; the platform speaks at most 1,500 characters at once.
pub const LONGEST_GREETING: usize = 500;
/// The most questions on the support page.
pub const MOST_QUESTIONS: usize = 12;
/// The most telephone numbers on the support page.
pub const MOST_NUMBERS: usize = 4;
/// The colour of a profile in which none was chosen.
pub const COLOUR: Colour = Colour([0x4f, 0x46, 0xe5]);

/// The business profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Empty until the operator has written one.
    pub name: String,
    /// Beside the logo; the name where it is empty.
    pub short_name: String,
    pub colour: Colour,
    /// IANA name, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Those of the support page: one at least.
    pub languages: Vec<Language>,
    /// Of visitors who ask for no language that is offered.
    pub default_language: Language,
    /// Title of the support page.
    pub headline: Texts,
    /// Below the title.
    pub lead: Texts,
    /// On privacy and recordings, below the questions.
    pub notice: Texts,
    /// What callers of the support line hear first.
    pub greeting: Texts,
    /// The telephone numbers that the support page shows; the support number where it is empty.
    pub numbers: Vec<E164>,
    pub questions: Vec<Question>,
}

/// A question that visitors ask, and its answer. Plain text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub question: Texts,
    pub answer: Texts,
}

/// A profile as somebody wrote it down: every field is text, and boxes are `on` or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub name: String,
    pub short_name: String,
    pub colour: String,
    pub time_zone: String,
    pub english: String,
    pub chinese: String,
    pub default_language: String,
    pub headline_en: String,
    pub headline_zh: String,
    pub lead_en: String,
    pub lead_zh: String,
    pub notice_en: String,
    pub notice_zh: String,
    pub greeting_en: String,
    pub greeting_zh: String,
    /// Separated by commas.
    pub numbers: String,
}

/// A question as somebody wrote it down. One with all fields empty is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionDraft {
    pub question_en: String,
    pub question_zh: String,
    pub answer_en: String,
    pub answer_zh: String,
}

/// What the operator's own data and libraries say of what is written in a profile.
pub trait Known {
    /// The time zone's name as its database spells it.
    fn time_zone(&self, name: &str) -> Option<String>;

    /// A number as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn number(&self, text: &str) -> Result<E164, PhoneError>;
}

impl Profile {
    /// What a business begins with that has written nothing yet.
    #[must_use]
    pub fn new(time_zone: &str, greeting: &str) -> Self {
        Self {
            name: String::new(),
            short_name: String::new(),
            colour: COLOUR,
            time_zone: time_zone.to_owned(),
            languages: Language::EVERY.to_vec(),
            default_language: Language::English,
            headline: Texts::default(),
            lead: Texts::new(
                "Talk to a person. Call us from this page, free of charge, or from any phone.",
                "人工客服为您服务。可在本页免费通话，也可用任意电话拨打。",
            ),
            notice: Texts::default(),
            greeting: Texts::new(greeting, ""),
            numbers: Vec::new(),
            questions: vec![
                Question {
                    question: Texts::new("What do I need?", "需要准备什么？"),
                    answer: Texts::new(
                        "A microphone and a current browser. Your browser asks once whether this page may use the \
                         microphone.",
                        "一个麦克风和一款较新的浏览器。首次使用时，浏览器会询问是否允许本页使用麦克风。",
                    ),
                },
                Question {
                    question: Texts::new("What does it cost?", "通话收费吗？"),
                    answer: Texts::new(
                        "Calling from this page is free for you. From a phone, your provider’s usual rate applies.",
                        "在本页通话免费；用电话拨打，按运营商的标准资费收取。",
                    ),
                },
            ],
        }
    }

    /// What stands beside the logo.
    #[must_use]
    pub fn short(&self) -> &str {
        if self.short_name.is_empty() { &self.name } else { &self.short_name }
    }

    /// The language in which a visitor reads the support page: the one they ask for, if it is offered.
    #[must_use]
    pub fn language(&self, asked: Option<Language>) -> Language {
        asked.filter(|asked| self.languages.contains(asked)).unwrap_or(self.default_language)
    }

    /// What a caller of this language hears first on the support line, in another one where nothing is written in it; empty
    /// for nothing.
    #[must_use]
    pub fn greeting_in(&self, language: Language) -> Written<'_> {
        self.greeting.written(language)
    }

    /// Reads what somebody wrote down.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn read(draft: &Draft, questions: &[QuestionDraft], known: &impl Known) -> Result<Self, Vec<FieldError>> {
        let mut form = Form::default();
        let profile = Self::sketch(&mut form, draft, questions, known);
        if form.wrong.is_empty() { Ok(profile) } else { Err(form.wrong) }
    }

    /// What can be read of something that is being written: for a preview.
    #[must_use]
    pub fn preview(draft: &Draft, questions: &[QuestionDraft], known: &impl Known) -> Self {
        Self::sketch(&mut Form::default(), draft, questions, known)
    }

    fn sketch(form: &mut Form, draft: &Draft, questions: &[QuestionDraft], known: &impl Known) -> Self {
        let name = form.line("name", &draft.name, LONGEST_NAME);
        form.refuse_if(name.is_empty(), "name", Trouble::Empty);
        let colour = draft.colour.parse().unwrap_or_else(|_| {
            form.refuse("colour", Trouble::Colour);
            COLOUR
        });
        let zone = known.time_zone(&draft.time_zone);
        form.refuse_if(zone.is_none(), "time_zone", Trouble::NoTimeZone(draft.time_zone.clone()));
        let ticked = [(&draft.english, Language::English), (&draft.chinese, Language::Chinese)];
        let languages: Vec<_> =
            ticked.into_iter().filter(|(tick, _)| !tick.is_empty()).map(|(_, language)| language).collect();
        form.refuse_if(languages.is_empty(), "languages", Trouble::NoLanguage);
        let default_language = Language::of_tag(&draft.default_language).unwrap_or_default();
        form.refuse_if(
            !languages.is_empty() && !languages.contains(&default_language),
            "default_language",
            Trouble::LanguageNotOffered,
        );
        Self {
            name,
            short_name: form.line("short_name", &draft.short_name, LONGEST_SHORT_NAME),
            colour,
            time_zone: zone.unwrap_or_default(),
            languages,
            default_language,
            headline: form.lines("headline", [&draft.headline_en, &draft.headline_zh], LONGEST_LINE),
            lead: form.texts("lead", [&draft.lead_en, &draft.lead_zh], LONGEST_TEXT),
            notice: form.texts("notice", [&draft.notice_en, &draft.notice_zh], LONGEST_TEXT),
            greeting: form.spoken("greeting", [&draft.greeting_en, &draft.greeting_zh], LONGEST_GREETING),
            numbers: form.numbers("numbers", &draft.numbers, known),
            questions: form.questions(questions),
        }
    }

    /// As it would be written down.
    #[must_use]
    pub fn draft(&self) -> (Draft, Vec<QuestionDraft>) {
        let tick = |language| if self.languages.contains(&language) { "on" } else { "" }.to_owned();
        let draft = Draft {
            name: self.name.clone(),
            short_name: self.short_name.clone(),
            colour: self.colour.to_string(),
            time_zone: self.time_zone.clone(),
            english: tick(Language::English),
            chinese: tick(Language::Chinese),
            default_language: self.default_language.tag().to_owned(),
            headline_en: self.headline.en.clone(),
            headline_zh: self.headline.zh_cn.clone(),
            lead_en: self.lead.en.clone(),
            lead_zh: self.lead.zh_cn.clone(),
            notice_en: self.notice.en.clone(),
            notice_zh: self.notice.zh_cn.clone(),
            greeting_en: self.greeting.en.clone(),
            greeting_zh: self.greeting.zh_cn.clone(),
            numbers: self.numbers.iter().map(E164::grouped).collect::<Vec<_>>().join(", "),
        };
        let written = |Question { question, answer }: &Question| QuestionDraft {
            question_en: question.en.clone(),
            question_zh: question.zh_cn.clone(),
            answer_en: answer.en.clone(),
            answer_zh: answer.zh_cn.clone(),
        };
        (draft, self.questions.iter().map(written).collect())
    }
}

/// The fields as far as they were read, and what is wrong with them.
#[derive(Default)]
struct Form {
    wrong: Vec<FieldError>,
}

impl Form {
    fn refuse(&mut self, field: &str, reason: Trouble) {
        self.wrong.push(FieldError { field: field.to_owned(), reason });
    }

    fn refuse_if(&mut self, refused: bool, field: &str, reason: Trouble) {
        if refused {
            self.refuse(field, reason);
        }
    }

    fn line(&mut self, field: &str, text: &str, most: usize) -> String {
        let text = text.trim();
        self.refuse_if(text.chars().count() > most, field, Trouble::Long(most));
        self.refuse_if(text.chars().any(|c| c.is_control() || is_unseen(c)), field, Trouble::Unprintable);
        text.to_owned()
    }

    /// Of several lines.
    fn text(&mut self, field: &str, text: &str, most: usize) -> String {
        // As browsers send line breaks.
        let text = text.trim().replace("\r\n", "\n");
        self.refuse_if(text.chars().count() > most, field, Trouble::Long(most));
        self.refuse_if(text.chars().any(|c| c.is_control() && c != '\n'), field, Trouble::Unprintable);
        text
    }

    fn lines(&mut self, field: &str, [en, zh]: [&String; 2], most: usize) -> Texts {
        let (en, zh) = (self.line(&format!("{field}_en"), en, most), self.line(&format!("{field}_zh"), zh, most));
        Texts::new(&en, &zh)
    }

    fn texts(&mut self, field: &str, [en, zh]: [&String; 2], most: usize) -> Texts {
        let (en, zh) = (self.text(&format!("{field}_en"), en, most), self.text(&format!("{field}_zh"), zh, most));
        Texts::new(&en, &zh)
    }

    /// What the platform can speak.
    fn spoken(&mut self, field: &str, texts: [&String; 2], most: usize) -> Texts {
        let spoken = self.texts(field, texts, most);
        for (text, tag) in [(&spoken.en, "en"), (&spoken.zh_cn, "zh")] {
            // An empty one is not spoken.
            let broken = !text.is_empty() && !Ncco(vec![Action::talk(text.as_str())]).check().is_empty();
            self.refuse_if(broken, &format!("{field}_{tag}"), Trouble::Unspeakable);
        }
        spoken
    }

    fn numbers(&mut self, field: &str, text: &str, known: &impl Known) -> Vec<E164> {
        let mut numbers = Vec::new();
        for text in text.split([',', ';', '\n']).map(str::trim).filter(|text| !text.is_empty()) {
            match known.number(text) {
                Ok(number) if !numbers.contains(&number) => numbers.push(number),
                Ok(_) => {}
                Err(error) => self.refuse(field, Trouble::Phone(error)),
            }
        }
        self.refuse_if(numbers.len() > MOST_NUMBERS, field, Trouble::TooMany(MOST_NUMBERS));
        numbers
    }

    fn questions(&mut self, drafts: &[QuestionDraft]) -> Vec<Question> {
        let mut questions = Vec::new();
        for (index, draft) in drafts.iter().enumerate() {
            let field = |name: &str| question_field(index, name);
            let question = self.lines(&field("question"), [&draft.question_en, &draft.question_zh], LONGEST_LINE);
            let answer = self.texts(&field("answer"), [&draft.answer_en, &draft.answer_zh], LONGEST_TEXT);
            // A question without an answer, or the other way round, in either language.
            for language in Language::EVERY {
                let (asked, answered) = (question.only(language), answer.only(language));
                let missing = if asked.is_empty() { "question" } else { "answer" };
                let half = asked.is_empty() != answered.is_empty();
                self.refuse_if(half, &format!("{}_{}", field(missing), language.suffix()), Trouble::Empty);
            }
            if !question.is_empty() {
                questions.push(Question { question, answer });
            }
        }
        self.refuse_if(questions.len() > MOST_QUESTIONS, "questions", Trouble::TooMany(MOST_QUESTIONS));
        questions
    }
}

/// Whether a character is invisible, or reverses the text around it. U+200D is allowed: emoji are joined with it.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The name, without its language, of a field of the question at `index`: what [`Profile::read`] calls it when it is wrong.
#[must_use]
pub fn question_field(index: usize, name: &str) -> String {
    format!("{name}_{index}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Nowhere;

    impl Known for Nowhere {
        fn time_zone(&self, name: &str) -> Option<String> {
            ["UTC", "Europe/Berlin"].into_iter().find(|known| known.eq_ignore_ascii_case(name)).map(str::to_owned)
        }

        fn number(&self, text: &str) -> Result<E164, PhoneError> {
            E164::parse(text)
        }
    }

    fn written() -> (Draft, Vec<QuestionDraft>) {
        let profile = Profile { name: "Bluebird Bikes".into(), ..Profile::new("UTC", "Welcome.") };
        profile.draft()
    }

    fn refused(change: impl FnOnce(&mut Draft, &mut Vec<QuestionDraft>)) -> Vec<(String, Trouble)> {
        let (mut draft, mut questions) = written();
        change(&mut draft, &mut questions);
        let wrong = Profile::read(&draft, &questions, &Nowhere).unwrap_err();
        wrong.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect()
    }

    #[test]
    fn what_was_written_down_reads_the_same() {
        let (draft, questions) = written();
        let profile = Profile::read(&draft, &questions, &Nowhere).unwrap();
        assert_eq!(profile.draft(), (draft, questions));
        assert_eq!(profile.short(), "Bluebird Bikes");
        assert_eq!(profile.greeting_in(Language::English), Written::english("Welcome."));
        let json = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = refused(|draft, questions| {
            draft.name = " ".into();
            draft.short_name = "x".repeat(LONGEST_SHORT_NAME + 1);
            draft.colour = "blue".into();
            draft.time_zone = "Berlin".into();
            draft.english = String::new();
            draft.headline_zh = "a\u{7}b".into();
            draft.headline_en = "\u{200b}".into();
            draft.numbers = "12, hello".into();
            draft.greeting_en = "<speak>Hello".into();
            questions[1].answer_zh = String::new();
        });
        let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        let expected = [
            "name",
            "colour",
            "time_zone",
            "default_language",
            "short_name",
            "headline_en",
            "headline_zh",
            "greeting_en",
            "numbers",
            "numbers",
            "answer_1_zh",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn languages() {
        let none = refused(|draft, _| (draft.english, draft.chinese) = (String::new(), String::new()));
        assert_eq!(none, [("languages".to_owned(), Trouble::NoLanguage)]);
        let profile = Profile {
            languages: vec![Language::Chinese],
            default_language: Language::Chinese,
            ..Profile::new("UTC", "")
        };
        assert_eq!(profile.language(Some(Language::English)), Language::Chinese);
        let both = Profile { default_language: Language::Chinese, ..Profile::new("UTC", "") };
        assert_eq!(both.language(Some(Language::English)), Language::English);
        assert_eq!(both.language(None), Language::Chinese);
    }

    #[test]
    fn empty_questions_are_none_and_there_is_a_most() {
        let (draft, mut questions) = written();
        questions.push(QuestionDraft::default());
        assert_eq!(Profile::read(&draft, &questions, &Nowhere).unwrap().questions.len(), 2);
        let many = refused(|_, questions| *questions = vec![questions[0].clone(); MOST_QUESTIONS + 1]);
        assert_eq!(many, [("questions".to_owned(), Trouble::TooMany(MOST_QUESTIONS))]);
    }

    proptest! {
        /// What is accepted is written down and read as itself; nothing panics.
        #[test]
        fn any_text_is_kept_or_refused(text in "\\PC{0,80}", line in "[\\x00-\\x7f]{0,40}") {
            let (mut draft, mut questions) = written();
            draft.name.clone_from(&text);
            draft.lead_en.clone_from(&line);
            draft.numbers.clone_from(&text);
            questions[0].question_zh = text;
            if let Ok(profile) = Profile::read(&draft, &questions, &Nowhere) {
                let (draft, questions) = profile.draft();
                prop_assert_eq!(Profile::read(&draft, &questions, &Nowhere), Ok(profile));
            }
        }
    }
}
