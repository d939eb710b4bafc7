//! Speech in SSML: well-formed XML inside `<speak>`, of which only what stands outside tags is spoken.
//!
//! The platform ends a call at once when it cannot read the SSML of a `talk`, so it is read here first. Which elements a
//! voice knows is the platform's matter.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::super::Reason;

/// Is it SSML? Then its text begins with the element `speak`.
fn is_ssml(text: &str) -> bool {
    text.trim_start()
        .strip_prefix("<speak")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'))
}

/// What is wrong with the text of a `talk`, as XML. Text that is not SSML is spoken as it is.
pub(super) fn check(text: &str) -> Result<(), Reason> {
    if !is_ssml(text) {
        return Ok(());
    }
    let trimmed = text.trim();
    let mut reader = Reader::from_str(trimmed);
    let mut open = 0_usize;
    let mut ended = false;
    loop {
        // Characters, not bytes: that is what an editor counts.
        let so_far = |position: u64| {
            let bytes = usize::try_from(position).unwrap_or(trimmed.len()).min(trimmed.len());
            1 + trimmed.char_indices().take_while(|(at, _)| *at < bytes).count()
        };
        let event = reader
            .read_event()
            .map_err(|error| Reason::NotXml { reason: error.to_string(), at: so_far(reader.error_position()) })?;
        let broken = |reason: String| Err(Reason::NotXml { reason, at: so_far(reader.buffer_position()) });
        match event {
            Event::Eof => break,
            _ if ended => return Err(Reason::NotSpeak),
            Event::Start(element) | Event::Empty(element)
                if element.attributes().any(|attribute| match &attribute {
                    Ok(attribute) => attribute.value.contains(&b'<') || !entities_are_known(&attribute.value),
                    Err(_) => true,
                }) =>
            {
                let name = String::from_utf8_lossy(element.name().as_ref()).into_owned();
                return broken(format!("the attributes of <{name}> cannot be read"));
            }
            Event::Start(_) => open += 1,
            Event::End(_) => {
                open = open.saturating_sub(1);
                ended = open == 0;
            }
            Event::Empty(_) => ended = open == 0,
            Event::Text(found) if found.contains(&b'&') => {
                return broken("& is written &amp;".to_owned());
            }
            Event::GeneralRef(entity) if !is_known(&entity) => {
                let name = String::from_utf8_lossy(&entity).into_owned();
                return broken(format!("there is no entity &{name};"));
            }
            Event::DocType(_) => return broken("a document type is not allowed".to_owned()),
            _ => {}
        }
    }
    if ended { Ok(()) } else { Err(Reason::NotSpeak) }
}

/// An entity of XML itself, or a character by its number.
fn is_known(entity: &[u8]) -> bool {
    match entity {
        b"amp" | b"lt" | b"gt" | b"quot" | b"apos" => true,
        [b'#', b'x', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Every `&` of an attribute begins an entity.
fn entities_are_known(value: &[u8]) -> bool {
    value.split(|byte| *byte == b'&').skip(1).all(|rest| {
        let end = rest.iter().position(|byte| *byte == b';');
        end.is_some_and(|end| is_known(&rest[..end]))
    })
}

/// Characters that are spoken: what stands outside SSML tags when the text is SSML, else all of them.
pub(super) fn spoken_length(text: &str) -> usize {
    if !is_ssml(text) {
        return text.chars().count();
    }
    let mut inside = false;
    let spoken = text.chars().filter(|c| {
        inside = *c == '<' || (inside && *c != '>');
        !inside && *c != '>'
    });
    spoken.count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_43_ssml_that_is_xml_is_fine() {
        for text in [
            "Tom & Jerry <3",
            "<speak>Hello</speak>",
            "  <speak version=\"1.0\" xml:lang='en-GB'>Hello<break time=\"1s\"/> <prosody rate='slow'>you</prosody></speak>\n",
            "<speak>Tom &amp; Jerry, &#169; &#xA9; &lt;3</speak>",
            "<speak><!-- not spoken -->a<sub alias=\"Tom &amp; Jerry\">TJ</sub></speak>",
            "<speaker> is what I bought",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn case_43_ssml_that_is_no_xml_is_found_and_placed() {
        for text in [
            "<speak>Salt & Pepper</speak>",
            "<speak>a &nbsp; b</speak>",
            "<speak><prosody rate='slow'>Hello</speak>",
            "<speak><prosody rate=slow>Hello</prosody></speak>",
            "<speak><sub alias=\"A & B\">c</sub></speak>",
            "<speak>a < b</speak>",
            "<!DOCTYPE x><speak>a</speak>",
            "<speak version=\"1.0\">Hello",
            "<speak>Hello</speak> and more",
            "<speak>one</speak><speak>two</speak>",
        ] {
            let judged = check(text);
            assert_eq!(judged.is_err(), is_ssml(text), "{text}: {judged:?}");
        }
        let Err(Reason::NotXml { at, .. }) = check("<speak>ä & b</speak>") else { panic!("it is refused") };
        assert!((9..=13).contains(&at), "{at}");
    }

    #[test]
    fn tags_are_not_spoken_whatever_their_attributes() {
        assert_eq!(spoken_length("<speak version=\"1.0\">abc<break time='2s'/></speak>"), 3);
        assert_eq!(spoken_length("a <b> c"), 7);
    }

    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in "\\PC{0,60}") {
            let _ = check(&text);
            let _ = check(&format!("<speak>{text}</speak>"));
        }

        /// What is escaped is always fine.
        #[test]
        fn escaped_text_is_fine(text in "[a-zA-Z0-9<>&'\" \u{e4}\u{5b57}]{1,60}") {
            let escaped = quick_xml::escape::escape(text.as_str());
            prop_assert_eq!(check(&format!("<speak>{escaped}</speak>")), Ok(()));
        }
    }
}
