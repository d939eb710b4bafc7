//! Where the parts of a list or an object stand in a text that is JSON, so that one of them can be changed while every other
//! byte stays. Nothing here calls itself: text may be nested as deeply as anybody likes.

use std::ops::Range;

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Read, so without escapes.
    pub name: String,
    /// From its name to the end of its value.
    pub whole: Range<usize>,
    pub value: Range<usize>,
}

/// The one value of a text, without the blanks around it.
pub fn value(text: &str) -> Range<usize> {
    let from = blank(text, 0);
    from..end(text, from)
}

/// The items of the list that stands at `list`; none where it is something else.
pub fn items(text: &str, list: &Range<usize>) -> Option<Vec<Range<usize>>> {
    parts(text, list, b'[', |from| {
        let to = end(text, from);
        (from..to, to)
    })
}

/// The fields of the object that stands at `object`.
pub fn members(text: &str, object: &Range<usize>) -> Option<Vec<Member>> {
    parts(text, object, b'{', |from| {
        let colon = end(text, from);
        let value = blank(text, blank(text, colon) + 1);
        let to = end(text, value);
        let name = text.get(from..colon).and_then(|name| serde_json::from_str(name).ok()).unwrap_or_default();
        (Member { name, whole: from..to, value: value..to }, to)
    })
}

/// What `one` reads at each place between the brackets; it says where that ends, too.
fn parts<T>(text: &str, place: &Range<usize>, bracket: u8, mut one: impl FnMut(usize) -> (T, usize)) -> Option<Vec<T>> {
    let bytes = text.as_bytes();
    if bytes.get(place.start) != Some(&bracket) {
        return None;
    }
    let mut found = Vec::new();
    let mut at = blank(text, place.start + 1);
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b']' | b'}')) {
        let (part, to) = one(at);
        found.push(part);
        at = blank(text, to);
        if bytes.get(at) != Some(&b',') {
            break;
        }
        at = blank(text, at + 1);
    }
    Some(found)
}

fn blank(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// Where the value ends that begins at `from`.
fn end(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut at, mut open) = (from, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string(bytes, at),
            b'[' | b'{' => {
                open += 1;
                at += 1;
            }
            b']' | b'}' if open > 0 => {
                open -= 1;
                at += 1;
            }
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if open > 0 => {
                at += 1;
                continue;
            }
            b',' | b':' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t' => break,
            _ => {
                at += 1;
                continue;
            }
        }
        // A string or a bracket that belongs to nothing around it was the whole value.
        if open == 0 {
            break;
        }
    }
    at
}

fn string(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_items_and_fields_whatever_stands_in_them() {
        let text = " [ {\"a\\\"]\": \"x\\\\\", \"b\" :[1, {\"c\":2}] , \"e\": -1e0}, [], \"s\",7 ] \n";
        let list = value(text);
        assert_eq!((list.start, &text[list.end..]), (1, " \n"));
        let found = items(text, &list).unwrap();
        let read: Vec<&str> = found.iter().map(|item| &text[item.clone()]).collect();
        assert_eq!(read[1..], ["[]", "\"s\"", "7"]);
        let fields = members(text, &found[0]).unwrap();
        let read: Vec<_> = fields.iter().map(|field| (field.name.as_str(), &text[field.value.clone()])).collect();
        assert_eq!(read, [("a\"]", "\"x\\\\\""), ("b", "[1, {\"c\":2}]"), ("e", "-1e0")]);
        assert_eq!(&text[fields[1].whole.clone()], "\"b\" :[1, {\"c\":2}]");
        assert_eq!((items(text, &found[0]), members(text, &found[3])), (None, None));
        assert_eq!((items("[ ]", &(0..3)), members("{}", &(0..2))), (Some(vec![]), Some(vec![])));
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        let text = format!("[{}{}, 2]", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(items(&text, &value(&text)).unwrap().len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_an_end_within_it(text in "[\\[\\]{}:,\"a1 \u{e4}\n\\\\]{0,200}") {
            let whole = value(&text);
            let _ = (items(&text, &whole), members(&text, &whole));
        }
    }
}
