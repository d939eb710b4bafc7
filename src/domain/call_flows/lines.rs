//! On which line of a JSON text a field stands, and where exactly. serde forgets it, and people look for it.

use std::collections::HashMap;
use std::ops::Range;

/// The line of every field of a text that is JSON, and its place.
#[derive(Debug, Default)]
pub struct FieldLines {
    of: HashMap<String, Place>,
}

/// Where a field stands, in bytes.
#[derive(Debug, Clone, Default)]
struct Place {
    line: usize,
    /// Its name with the quotes; an item of a list has none.
    name: Option<Range<usize>>,
    value: Range<usize>,
    /// A list or an object, which is not pointed at as a whole.
    holds_others: bool,
}

impl FieldLines {
    /// Reads a text that serde has read before; of any other, what can be understood.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut reader = Reader { rest: text.char_indices().peekable(), text, line: 1, of: HashMap::new() };
        reader.value(String::new(), 0, None);
        Self { of: reader.of }
    }

    /// The line of a field like `[1].endpoint[0].number`; of one that is not there, the line of what should hold it.
    #[must_use]
    pub fn of_field(&self, field: &str) -> usize {
        self.nearest(field).map_or(1, |(_, place)| place.line)
    }

    /// What to point at, in bytes: the value of a field, its name when the name is what is wrong with it or it holds others,
    /// the bracket of an item that has no name. Of a field that is not there, the same of what should hold it.
    #[must_use]
    pub fn range_of(&self, field: &str, name_is_wrong: bool) -> Range<usize> {
        let Some((exact, place)) = self.nearest(field) else { return 0..0 };
        match &place.name {
            Some(name) if name_is_wrong || place.holds_others || !exact => name.clone(),
            None if place.holds_others => place.value.start..place.value.start + 1,
            _ => place.value.clone(),
        }
    }

    /// The field, or what should hold it, and whether it is the field itself.
    fn nearest(&self, field: &str) -> Option<(bool, &Place)> {
        let mut at = field;
        loop {
            if let Some(place) = self.of.get(at) {
                return Some((at.len() == field.len(), place));
            }
            match at.rfind(['.', '[']) {
                Some(end) => at = &at[..end],
                None => return self.of.get("").map(|place| (field.is_empty(), place)),
            }
        }
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    text: &'a str,
    line: usize,
    of: HashMap<String, Place>,
}

impl Reader<'_> {
    /// How far the text is read, in bytes.
    fn at(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn next(&mut self) -> Option<char> {
        let (_, c) = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|(_, c)| *c)
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    /// A string, with its quotes and escapes.
    fn string(&mut self) -> String {
        let from = self.at();
        self.next();
        while let Some(c) = self.next() {
            match c {
                '\\' => {
                    self.next();
                }
                '"' => break,
                _ => {}
            }
        }
        let to = self.at();
        serde_json::from_str(self.text.get(from..to).unwrap_or_default()).unwrap_or_default()
    }

    /// `named` is where its name begins, and on which line.
    fn value(&mut self, at: String, depth: usize, named: Option<(Range<usize>, usize)>) {
        self.blank();
        let from = self.at();
        let holds_others = matches!(self.peek(), Some('[' | '{'));
        let (name, line) = match named {
            Some((name, line)) => (Some(name), line),
            None => (None, self.line),
        };
        // Known before what is in it, so that what breaks off has a line too.
        let place = Place { line, name, value: from..from, holds_others };
        self.of.insert(at.clone(), place);
        // serde_json refuses what is nested deeper, so the rest of the text needs no places. It must still be consumed: the
        // list around it would see the same bracket for ever.
        if depth <= 128 {
            self.inside(&at, depth);
        } else {
            while self.next().is_some() {}
        }
        let to = self.at();
        if let Some(place) = self.of.get_mut(&at) {
            place.value.end = to;
        }
    }

    fn inside(&mut self, at: &str, depth: usize) {
        match self.peek() {
            Some('"') => drop(self.string()),
            Some('[') => self.list(at, depth),
            Some('{') => self.object(at, depth),
            _ => {
                while self.peek().is_some_and(|c| !matches!(c, ',' | ']' | '}') && !c.is_whitespace()) {
                    self.next();
                }
            }
        }
    }

    fn list(&mut self, at: &str, depth: usize) {
        self.next();
        let mut n = 0;
        loop {
            self.blank();
            match self.peek() {
                Some(']') => {
                    self.next();
                    return;
                }
                Some(',') => {
                    self.next();
                    n += 1;
                }
                None | Some('}' | ':') => return,
                Some(_) => self.value(format!("{at}[{n}]"), depth + 1, None),
            }
        }
    }

    fn object(&mut self, at: &str, depth: usize) {
        self.next();
        loop {
            self.blank();
            match self.peek() {
                Some('"') => {
                    let (line, from) = (self.line, self.at());
                    let name = self.string();
                    let quoted = from..self.at();
                    self.blank();
                    if self.peek() == Some(':') {
                        self.next();
                    }
                    let inner = if at.is_empty() { name } else { format!("{at}.{name}") };
                    self.value(inner, depth + 1, Some((quoted, line)));
                }
                Some('}') => {
                    self.next();
                    return;
                }
                Some(',') => drop(self.next()),
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_of_a_field_or_of_what_should_hold_it() {
        let text = "[\n  {\"a\": \"x\\\"]}\",\n   \"b\": [\n     1, {\"c\":\n 2}]\n  },\n {}\n]";
        let lines = FieldLines::of(text);
        for (field, line) in [("", 1), ("[0]", 2), ("[0].a", 2), ("[0].b", 3), ("[0].b[0]", 4), ("[0].b[1].c", 4)] {
            assert_eq!(lines.of_field(field), line, "{field}");
        }
        assert_eq!(lines.of_field("[1]"), 7);
        assert_eq!(lines.of_field("[1].nothing[0].here"), 7);
        assert_eq!(lines.of_field("[9]"), 1);
    }

    #[test]
    fn what_is_nested_too_deeply_is_read_to_its_end() {
        for text in ["[".repeat(3_000), "{\"a\":".repeat(3_000), format!("{}1{}, 2]", "[".repeat(200), "]".repeat(200))]
        {
            let lines = FieldLines::of(&text);
            assert_eq!(lines.of_field(&"[0]".repeat(128)), 1);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[\\[\\]{}:,\"a1 \n\\\\]{0,400}") {
            let whole = FieldLines::of(&text).range_of("", false);
            proptest::prop_assert!(text.get(whole).is_some());
        }
    }

    #[test]
    fn points_at_what_is_meant() {
        let text = "[\n  {\"action\": \"tälk\", \"dtmf\": {\"x\": 45},\n  \"list\": [1]}, 7\n]";
        let lines = FieldLines::of(text);
        for (field, name_is_wrong, pointed) in [
            ("[0].action", false, "\"tälk\""),
            ("[0].action", true, "\"action\""),
            ("[0].dtmf.x", false, "45"),
            ("[0].dtmf", false, "\"dtmf\""),
            ("[0].dtmf.lacks", false, "\"dtmf\""),
            ("[0].list[0]", false, "1"),
            ("[0].text", false, "{"),
            ("[1]", false, "7"),
            ("", false, "["),
        ] {
            assert_eq!(&text[lines.range_of(field, name_is_wrong)], pointed, "{field}");
        }
        assert_eq!(FieldLines::of("").range_of("[0]", false), 0..0);
    }
}
