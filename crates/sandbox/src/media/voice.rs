//! Text to speech: `espeak-ng` when the machine has it, a tone pattern when not.

use std::collections::HashSet;
use std::ffi::OsString;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::{OnceCell, Semaphore};

use super::tone::{chord, ms, silence};
use super::wav;

/// Characters that are spoken; the platform refuses longer texts.
pub const LONGEST_TEXT: usize = 1_500;
/// How long the speech engine may take for one text.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of its output that are read: six minutes.
const MOST_OUTPUT: u64 = 16 << 20;
/// Texts that are turned into speech at the same time.
const AT_ONCE: usize = 2;

/// A text to be spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utterance<'a> {
    /// Plain text, or SSML when it starts with `<speak`.
    pub text: &'a str,
    /// BCP 47, for example `en-US`; a language that is not there is spoken in English.
    pub language: &'a str,
    /// The platform's number for one of a language's voices; each has its own sound.
    pub style: u8,
}

impl<'a> Utterance<'a> {
    /// American English, as the platform's default is.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, language: "en-US", style: 0 }
    }
}

/// Speaks. Cheap to clone; looks for the engine once, at the first text.
#[derive(Debug, Clone)]
pub struct Speaker {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    program: OsString,
    /// The languages the engine has, `None` without an engine.
    languages: OnceCell<Option<HashSet<String>>>,
    at_once: Semaphore,
}

impl Default for Speaker {
    fn default() -> Self {
        Self::with_program("espeak-ng")
    }
}

impl Speaker {
    /// With an engine that takes espeak-ng's options, by name or path.
    pub fn with_program(program: impl Into<OsString>) -> Self {
        let shared = Shared { program: program.into(), languages: OnceCell::new(), at_once: Semaphore::new(AT_ONCE) };
        Self { shared: Arc::new(shared) }
    }

    /// Whether real speech will be heard. False means tone patterns.
    pub async fn has_engine(&self) -> bool {
        self.shared.languages().await.is_some()
    }

    /// 8 kHz mono samples. Never fails and never takes much longer than ten seconds: where the engine fails, the tone
    /// pattern is heard.
    pub async fn say(&self, utterance: Utterance<'_>) -> Arc<[i16]> {
        let text = cut(utterance.text);
        let Some(languages) = self.shared.languages().await else { return tone_pattern(text) };
        let voice = engine_voice(languages, utterance.language, utterance.style);
        match tokio::time::timeout(PATIENCE, self.shared.speak(text, &voice)).await {
            Ok(Ok(audio)) if !audio.is_empty() => audio.into(),
            Ok(Ok(_)) => tone_pattern(text),
            Ok(Err(error)) => {
                tracing::warn!(sandbox.voice.error = %error, "the speech engine failed; tones instead");
                tone_pattern(text)
            }
            Err(_) => {
                tracing::warn!(sandbox.voice.error = "timeout", "the speech engine failed; tones instead");
                tone_pattern(text)
            }
        }
    }
}

impl Shared {
    async fn languages(&self) -> Option<&HashSet<String>> {
        let detect = async {
            let ask = Command::new(&self.program).arg("--voices").stdin(Stdio::null()).kill_on_drop(true).output();
            let output = tokio::time::timeout(PATIENCE, ask).await.ok()?.ok()?;
            let languages = voices(&String::from_utf8_lossy(&output.stdout));
            (output.status.success() && !languages.is_empty()).then_some(languages)
        };
        self.languages.get_or_init(|| detect).await.as_ref()
    }

    async fn speak(&self, text: &str, voice: &str) -> std::io::Result<Vec<i16>> {
        let _permit = self.at_once.acquire().await.map_err(std::io::Error::other)?;
        let mut command = Command::new(&self.program);
        // The text goes through a pipe: on the command line it would be an option if it started with a dash.
        command.args(["--stdin", "--stdout", "-b", "1", "-v", voice]);
        if is_ssml(text) {
            command.arg("-m");
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // At most 6 kB: it fits into the pipe, so that nothing waits for the reading below.
            stdin.write_all(text.as_bytes()).await?;
        }
        let mut bytes = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MOST_OUTPUT).read_to_end(&mut bytes).await?;
        }
        let audio = tokio::task::spawn_blocking(move || wav::read(&bytes)).await.map_err(std::io::Error::other)?;
        audio.map_err(std::io::Error::other)
    }
}

/// The second column of `espeak-ng --voices`.
fn voices(table: &str) -> HashSet<String> {
    table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).map(str::to_lowercase).collect()
}

/// The engine's voice for a language and one of the platform's styles.
fn engine_voice(languages: &HashSet<String>, language: &str, style: u8) -> String {
    let full = language.to_lowercase();
    let primary = match full.split('-').next().unwrap_or_default() {
        "en" => "en-gb",
        "fr" => "fr-fr",
        "zh" => "cmn",
        "arb" => "ar",
        "no" => "nb",
        other => other,
    };
    let found = [full.as_str(), primary].into_iter().find(|l| languages.contains(*l)).unwrap_or("en-us");
    let timbre = ["", "+f2", "+m3", "+f3", "+m7", "+f4", "+m1"][usize::from(style) % 7];
    format!("{found}{timbre}")
}

fn is_ssml(text: &str) -> bool {
    text.trim_start().starts_with("<speak")
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(at, _)| &text[..at])
}

/// The words of a text, without SSML's tags and with its entities resolved: what a screen shows while it is spoken.
#[must_use]
pub fn plain_text(text: &str) -> String {
    if !is_ssml(text) {
        return text.to_owned();
    }
    let mut words = String::new();
    let mut in_tag = false;
    for c in text.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                words.push(' ');
            }
            c if !in_tag => words.push(c),
            _ => {}
        }
    }
    let resolved = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    resolved.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as tones: every word is a note, as long as the word takes to say and as high as its letters have it. The same
/// text always sounds the same, and different texts differ.
#[must_use]
pub fn tone_pattern(text: &str) -> Arc<[i16]> {
    const SCALE: [f64; 8] = [392.0, 440.0, 494.0, 523.3, 587.3, 659.3, 698.5, 784.0];
    let mut audio = Vec::new();
    for word in plain_text(cut(text)).split_whitespace() {
        let sum: u32 = word.chars().map(u32::from).fold(0, u32::wrapping_add);
        let hz = SCALE[sum as usize % SCALE.len()];
        audio.extend(chord(&[hz], 0.3, ms(60) * word.chars().count().clamp(2, 20)));
        audio.extend(silence(if word.ends_with(['.', ',', '!', '?', ':', ';']) { ms(300) } else { ms(80) }));
    }
    audio.into()
}

#[cfg(test)]
mod tests {
    use super::super::measure::rms;
    use super::*;
    use proptest::prelude::*;

    #[tokio::test]
    async fn without_an_engine_tones_are_heard() {
        let speaker = Speaker::with_program("/nowhere/espeak-ng");
        assert!(!speaker.has_engine().await);
        let audio = speaker.say(Utterance::new("Thank you for calling.")).await;
        assert_eq!(audio, tone_pattern("Thank you for calling."));
        assert!(rms(&audio) > 0.1);
    }

    #[tokio::test]
    async fn an_engine_that_fails_is_replaced_by_tones() {
        // cat knows none of the options: it says nothing, and fails.
        let languages = OnceCell::new_with(Some(Some(HashSet::from(["en-us".to_owned()]))));
        let shared = Shared { program: "cat".into(), languages, at_once: Semaphore::new(1) };
        let speaker = Speaker { shared: Arc::new(shared) };
        assert!(speaker.has_engine().await);
        assert_eq!(speaker.say(Utterance::new("hello there")).await, tone_pattern("hello there"));
    }

    #[tokio::test]
    async fn the_machines_engine_speaks_if_there_is_one() {
        let speaker = Speaker::default();
        let short = speaker.say(Utterance::new("Hello.")).await;
        let long = speaker.say(Utterance::new("-v Hello, and welcome to the support line of Acme & sons.")).await;
        assert!(rms(&short) > 0.01 && rms(&long) > 0.01);
        assert!(long.len() > short.len());
        let ssml = Utterance { text: "<speak>Eins <break time='1s'/> zwei</speak>", language: "de-DE", style: 3 };
        assert!(rms(&speaker.say(ssml).await) > 0.01);
    }

    #[test]
    fn ssml_becomes_words_and_plain_text_stays() {
        let ssml = "<speak>One &amp; <break time=\"1s\"/>two<prosody rate='fast'> three</prosody></speak>";
        assert_eq!(plain_text(ssml), "One & two three");
        assert_eq!(plain_text("2 < 3 & so on"), "2 < 3 & so on");
    }

    #[test]
    fn a_voice_is_found_for_every_language() {
        let has = voices("Pty Language Age/Gender\n 5  en-gb  --/M\n 5  en-us  --/M\n 5  cmn  --/M\n 5  de  --/M\n");
        for (language, style, voice) in [
            ("en-US", 0, "en-us"),
            ("en-AU", 1, "en-gb+f2"),
            ("de-DE", 0, "de"),
            ("zh-CN", 0, "cmn"),
            ("cmn-CN", 2, "cmn+m3"),
            ("xx", 0, "en-us"),
            ("", 7, "en-us"),
        ] {
            assert_eq!(engine_voice(&has, language, style), voice, "{language}");
        }
    }

    #[test]
    fn different_texts_sound_different() {
        assert_ne!(tone_pattern("yes"), tone_pattern("now"));
        assert!(tone_pattern("").is_empty());
    }

    proptest! {
        #[test]
        fn the_pattern_grows_with_the_text(words in proptest::collection::vec("[a-z]{1,12}", 1..40)) {
            let all = tone_pattern(&words.join(" "));
            let fewer = tone_pattern(&words[1..].join(" "));
            prop_assert!(all.len() > fewer.len());
            prop_assert!(rms(&all) > 0.05);
        }

        #[test]
        fn any_text_is_survived(text in ".*") {
            let _ = (tone_pattern(&text), plain_text(&text), cut(&text));
        }
    }
}
