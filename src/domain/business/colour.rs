//! The business's colour, and what becomes readable of it on light and on dark pages.
//!
//! Contrast is that of WCAG 2.2, success criterion 1.4.3: <https://www.w3.org/TR/WCAG22/#contrast-minimum>.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A colour of the screen: red, green, blue. Written `#4f46e5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(pub [u8; 3]);

/// Not six hexadecimal digits after `#`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is written like #4f46e5")]
pub struct ColourError;

/// The least contrast of text.
pub const LEAST_CONTRAST: f64 = 4.5;

/// The least light surface of light pages, and the least dark one of dark pages, on which the colour stands as text or
/// carries text: `--bg` and `--raised` of `style/tokens.css`.
const LIGHT: Colour = Colour([0xf6, 0xf7, 0xf9]);
const DARK: Colour = Colour([0x1f, 0x26, 0x30]);
const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0; 3]);

/// How many steps lie between a colour and black or white.
const STEPS: u32 = 64;

impl Colour {
    /// The relative luminance, 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast with another colour, 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, other) = (self.luminance(), other.luminance());
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// This colour, moved towards `end` until it is readable on `surface`.
    fn readable(self, surface: Self, end: Self) -> Self {
        let mixed = |step: u32| {
            let part = |index: usize| {
                let (from, to) = (u32::from(self.0[index]), u32::from(end.0[index]));
                u8::try_from((from * (STEPS - step) + to * step) / STEPS).unwrap_or(end.0[index])
            };
            Self([part(0), part(1), part(2)])
        };
        (0..=STEPS).map(mixed).find(|colour| colour.contrast(surface) >= LEAST_CONTRAST).unwrap_or(end)
    }

    /// What stands for it on light pages: the colour itself, or a darker one. White text is readable on it.
    #[must_use]
    pub fn on_light(self) -> Self {
        self.readable(LIGHT, BLACK)
    }

    /// What stands for it on dark pages: the colour itself, or a lighter one. Dark text is readable on it.
    #[must_use]
    pub fn on_dark(self) -> Self {
        self.readable(DARK, WHITE)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(text: &str) -> Result<Self, ColourError> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii());
        let part = |at: usize| {
            let pair = digits.and_then(|digits| digits.get(at..at + 2)).ok_or(ColourError)?;
            // `from_str_radix` takes a sign too.
            let hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            u8::from_str_radix(pair, 16).ok().filter(|_| hex).ok_or(ColourError)
        };
        Ok(Self([part(0)?, part(2)?, part(4)?]))
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, ColourError> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contrast_is_that_of_the_guideline() {
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 1e-9);
        // The grey that is known as the lightest readable one on white.
        assert!((Colour([0x76; 3]).contrast(WHITE) - 4.54).abs() < 0.01);
        assert!((WHITE.contrast(WHITE) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_readable_colour_stays_and_a_pale_one_gets_darker() {
        let indigo: Colour = "#4F46E5".parse().unwrap();
        assert_eq!(indigo.on_light(), indigo);
        assert_eq!(indigo.to_string(), "#4f46e5");
        let yellow: Colour = "#ffe000".parse().unwrap();
        assert_ne!(yellow.on_light(), yellow);
        assert_eq!(yellow.on_dark(), yellow);
        for wrong in ["", "4f46e5", "#4f46e", "#4f46e55", "#+f46e5", "#4f46eg", "red", "#ä46e5"] {
            assert_eq!(wrong.parse::<Colour>(), Err(ColourError), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_colour_is_readable_on_both_pages_and_carries_text(parts in any::<[u8; 3]>()) {
            let colour = Colour(parts);
            let (light, dark) = (colour.on_light(), colour.on_dark());
            for surface in [LIGHT, WHITE] {
                prop_assert!(light.contrast(surface) >= LEAST_CONTRAST, "{light} on {surface}");
            }
            for surface in [DARK, Colour([0x0e, 0x11, 0x16])] {
                prop_assert!(dark.contrast(surface) >= LEAST_CONTRAST, "{dark} on {surface}");
            }
            prop_assert_eq!(colour.to_string().parse(), Ok(colour));
        }
    }
}
