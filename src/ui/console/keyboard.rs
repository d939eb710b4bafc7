//! Which key means what. Letters mean something with Alt only, so that nothing happens to those who type or who speak to
//! their computer (WCAG 2.1.4); Enter and Escape belong to the call that rings, unless a field or a button has them.

use super::layout::Drawer;
use crate::api::contact_center::{Control, Desk};
use crate::browser::keys::{Focus, Key};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    Accept,
    Decline,
    HangUp,
    Mute,
    Hold,
    Open(Drawer),
    FocusNotes,
    FocusNumber,
    FinishWrapUp,
    /// A key of the open keypad.
    Press(char),
    /// What is open in the panel.
    Close,
}

/// What a key means now; `None`: nothing of ours. `drawer` is what is open in the panel; `ending`: the question what hanging
/// up means is.
#[must_use]
pub fn meaning(key: &Key, desk: &Desk, drawer: Drawer, ending: bool) -> Option<Does> {
    let (offer, call) = (desk.offer.is_some(), desk.call.is_some());
    let may = |control| desk.call.as_ref().is_some_and(|call| call.allows(control));
    if may(Control::Keys) && drawer == Drawer::Keypad && key.focus != Focus::Field {
        let mut letters = key.key.chars();
        let means = |letter: &char| match letter {
            // On some keyboards these two need Alt, which is Ctrl and Alt at once for others.
            '*' | '#' => key.alt || !key.ctrl,
            letter => letter.is_ascii_digit() && !key.alt && !key.ctrl,
        };
        if let (Some(letter), None) = (letters.next().filter(means), letters.next()) {
            return Some(Does::Press(letter));
        }
    }
    if key.alt && !key.ctrl {
        return Some(match key.code.as_str() {
            "KeyA" if offer => Does::Accept,
            "KeyX" if offer => Does::Decline,
            "KeyX" if call => Does::HangUp,
            "KeyM" if may(Control::Mute) => Does::Mute,
            "KeyH" if may(Control::Hold) || may(Control::Resume) => Does::Hold,
            "KeyK" if may(Control::Keys) => Does::Open(Drawer::Keypad),
            "KeyT" if may(Control::Transfer) => Does::Open(Drawer::Transfer),
            "KeyP" if may(Control::Add) => Does::Open(Drawer::Add),
            "KeyN" if desk.notes.is_some() => Does::FocusNotes,
            "KeyL" => Does::FocusNumber,
            _ => return None,
        });
    }
    match (key.key.as_str(), key.ctrl) {
        ("Enter", true) if desk.wrap_up.is_some() => Some(Does::FinishWrapUp),
        ("Enter", false) if offer && key.focus == Focus::Page => Some(Does::Accept),
        ("Escape", false) if offer && key.focus != Focus::Field => Some(Does::Decline),
        ("Escape", false) if call && (ending || drawer != Drawer::None) => Some(Does::Close),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{consulting, idle, in_call, joined, offered, wrapping_up};
    use super::*;

    /// With nothing open in the panel.
    fn meaning(key: &Key, desk: &Desk) -> Option<Does> {
        super::meaning(key, desk, Drawer::None, false)
    }

    fn key(key: &str, code: &str, alt: bool, focus: Focus) -> Key {
        Key { key: key.into(), code: code.into(), alt, ctrl: false, focus }
    }

    fn plain(word: &str, focus: Focus) -> Key {
        key(word, word, false, focus)
    }

    #[test]
    fn enter_and_escape_belong_to_the_call_that_rings() {
        assert_eq!(meaning(&plain("Enter", Focus::Page), &offered()), Some(Does::Accept));
        assert_eq!(meaning(&plain("Escape", Focus::Page), &offered()), Some(Does::Decline));
        assert_eq!(meaning(&plain("Escape", Focus::Button), &offered()), Some(Does::Decline));
        assert_eq!(meaning(&plain("Enter", Focus::Button), &offered()), None, "the button is pressed");
        assert_eq!(meaning(&plain("Enter", Focus::Page), &idle()), None);
    }

    #[test]
    fn who_types_is_left_alone_but_can_always_accept() {
        for word in ["Enter", "Escape", "a", "m", "1"] {
            assert_eq!(meaning(&plain(word, Focus::Field), &offered()), None, "{word}");
        }
        assert_eq!(meaning(&key("å", "KeyA", true, Focus::Field), &offered()), Some(Does::Accept));
        assert_eq!(meaning(&key("x", "KeyX", true, Focus::Field), &offered()), Some(Does::Decline));
    }

    #[test]
    fn a_letter_alone_means_nothing() {
        for code in ["KeyA", "KeyX", "KeyM", "KeyH", "KeyK", "KeyT", "KeyP", "KeyN", "KeyL"] {
            for desk in [idle(), offered(), in_call(), wrapping_up()] {
                assert_eq!(meaning(&key("x", code, false, Focus::Page), &desk), None, "{code}");
            }
        }
    }

    #[test]
    fn a8_keys_do_what_may_be_done_and_nothing_else() {
        let alt = |code: &str, desk: &Desk| meaning(&key("", code, true, Focus::Page), desk);
        for desk in [consulting(false), consulting(true)] {
            for code in ["KeyH", "KeyT", "KeyP", "KeyK"] {
                assert_eq!(alt(code, &desk), None, "{code}");
            }
        }
        assert_eq!((alt("KeyH", &joined(false)), alt("KeyT", &joined(false))), (Some(Does::Hold), None));
        assert_eq!(alt("KeyP", &joined(false)), Some(Does::Open(Drawer::Add)));
        for desk in [joined(true), consulting(true), consulting(false), joined(false)] {
            assert_eq!((alt("KeyM", &desk), alt("KeyX", &desk)), (Some(Does::Mute), Some(Does::HangUp)));
        }
        assert_eq!((alt("KeyH", &joined(true)), alt("KeyP", &joined(true))), (None, None));
    }

    #[test]
    fn the_open_keypad_has_the_digits_and_escape_closes_it_first() {
        let typed = |word: &str, focus, drawer| super::meaning(&plain(word, focus), &in_call(), drawer, false);
        for letter in "0123456789*#".chars() {
            let word = letter.to_string();
            for focus in [Focus::Page, Focus::Button] {
                assert_eq!(typed(&word, focus, Drawer::Keypad), Some(Does::Press(letter)));
                assert_eq!(typed(&word, focus, Drawer::None), None, "nothing is open");
                assert_eq!(typed(&word, focus, Drawer::Transfer), None);
            }
            assert_eq!(typed(&word, Focus::Field, Drawer::Keypad), None, "somebody writes a note");
        }
        for word in ["a", "+", "F1", "10", "½", "Enter"] {
            assert_eq!(typed(word, Focus::Page, Drawer::Keypad), None, "{word}");
        }
        let with = |word: &str, alt, ctrl| Key { alt, ctrl, ..plain(word, Focus::Page) };
        let open = |key: &Key| super::meaning(key, &in_call(), Drawer::Keypad, false);
        assert_eq!(open(&with("#", true, false)), Some(Does::Press('#')), "Alt+3 on a British Mac");
        assert_eq!(open(&with("1", true, false)), None);
        assert_eq!(open(&with("1", false, true)), None, "the browser's own");
        assert_eq!(super::meaning(&plain("5", Focus::Page), &idle(), Drawer::Keypad, false), None);
        for drawer in [Drawer::Keypad, Drawer::Transfer, Drawer::Add] {
            assert_eq!(typed("Escape", Focus::Field, drawer), Some(Does::Close));
        }
        assert_eq!(typed("Escape", Focus::Page, Drawer::None), None, "the browser's own");
    }

    #[test]
    fn a_whole_call_by_keyboard() {
        let alt = |code: &str, desk| meaning(&key("", code, true, Focus::Field), &desk);
        assert_eq!(alt("KeyM", in_call()), Some(Does::Mute));
        assert_eq!(alt("KeyH", in_call()), Some(Does::Hold));
        assert_eq!(alt("KeyK", in_call()), Some(Does::Open(Drawer::Keypad)));
        assert_eq!(alt("KeyT", in_call()), Some(Does::Open(Drawer::Transfer)));
        assert_eq!(alt("KeyP", in_call()), Some(Does::Open(Drawer::Add)));
        assert_eq!(alt("KeyN", in_call()), Some(Does::FocusNotes));
        assert_eq!(alt("KeyX", in_call()), Some(Does::HangUp));
        assert_eq!(alt("KeyL", idle()), Some(Does::FocusNumber));
        assert_eq!(alt("KeyM", idle()), None);
        let done = Key { ctrl: true, ..plain("Enter", Focus::Field) };
        assert_eq!(meaning(&done, &wrapping_up()), Some(Does::FinishWrapUp));
        assert_eq!(meaning(&done, &in_call()), None);
    }
}
