//! On which line of a JSON text a field stands. serde forgets it, and people look for it.

use std::collections::HashMap;

/// The line of every field of a text that is JSON.
#[derive(Debug, Default)]
pub struct FieldLines {
    of: HashMap<String, usize>,
}

impl FieldLines {
    /// Reads a text that serde has read before; of any other, what can be understood.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut reader = Reader { rest: text.char_indices().peekable(), text, line: 1, of: HashMap::new() };
        reader.value(String::new(), 0);
        Self { of: reader.of }
    }

    /// The line of a field like `[1].endpoint[0].number`; of one that is not there, the line of what should hold it.
    #[must_use]
    pub fn of_field(&self, field: &str) -> usize {
        let mut at = field;
        loop {
            if let Some(line) = self.of.get(at) {
                return *line;
            }
            match at.rfind(['.', '[']) {
                Some(end) => at = &at[..end],
                None => return self.of.get("").copied().unwrap_or(1),
            }
        }
    }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    text: &'a str,
    line: usize,
    of: HashMap<String, usize>,
}

impl Reader<'_> {
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
        let from = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
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
        let to = self.rest.peek().map_or(self.text.len(), |(at, _)| *at);
        serde_json::from_str(self.text.get(from..to).unwrap_or_default()).unwrap_or_default()
    }

    fn value(&mut self, at: String, depth: usize) {
        self.blank();
        self.of.insert(at.clone(), self.line);
        // As deep as serde goes.
        if depth > 128 {
            return;
        }
        match self.peek() {
            Some('"') => drop(self.string()),
            Some('[') => {
                self.next();
                let mut n = 0;
                loop {
                    self.blank();
                    match self.peek() {
                        None => return,
                        Some(']') => {
                            self.next();
                            return;
                        }
                        Some(',') => {
                            self.next();
                            n += 1;
                        }
                        Some('}' | ':') => return,
                        Some(_) => self.value(format!("{at}[{n}]"), depth + 1),
                    }
                }
            }
            Some('{') => {
                self.next();
                loop {
                    self.blank();
                    match self.peek() {
                        Some('"') => {
                            let line = self.line;
                            let name = self.string();
                            self.blank();
                            if self.peek() == Some(':') {
                                self.next();
                            }
                            let inner = if at.is_empty() { name } else { format!("{at}.{name}") };
                            self.value(inner.clone(), depth + 1);
                            self.of.insert(inner, line);
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
            Some(_) => {
                while self.peek().is_some_and(|c| !matches!(c, ',' | ']' | '}') && !c.is_whitespace()) {
                    self.next();
                }
            }
            None => {}
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
}
