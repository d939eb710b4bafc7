//! The picture beside the business's name. Somebody uploads it, and every visitor's browser shows it from our origin: so it
//! is a PNG that can be decoded, or an SVG that draws and does nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::domain::trouble::Trouble;

/// The biggest file, in bytes.
pub const BIGGEST: usize = 64 * 1024;
/// The longest side of a PNG, in pixels.
pub const LONGEST_SIDE: u32 = 1024;
/// The most elements and attributes of an SVG.
const MOST_NODES: u32 = 4_000;

const SVG: &str = "http://www.w3.org/2000/svg";

/// What draws, and nothing that loads, links, runs or moves. Filters are left out: a few of them keep a browser busy.
const ELEMENTS: [&str; 24] = [
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "pattern",
    "style",
    "metadata",
];

/// A logo that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    /// Another picture has another one.
    pub version: String,
    text: String,
}

impl Logo {
    /// Checks a picture.
    ///
    /// # Errors
    /// Why it cannot be a logo.
    pub fn read(bytes: Vec<u8>) -> Result<Self, Trouble> {
        if bytes.is_empty() {
            return Err(Trouble::FileEmpty);
        }
        if bytes.len() > BIGGEST {
            return Err(Trouble::FileBig(BIGGEST));
        }
        let (media_type, bytes) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            check_png(&bytes)?;
            ("image/png", bytes)
        } else {
            ("image/svg+xml", read_svg(bytes)?)
        };
        let version = hex::encode(&Sha256::digest(&bytes)[..8]);
        let text = STANDARD.encode(&bytes);
        Ok(Self { media_type, bytes, version, text })
    }

    /// As base64.
    #[must_use]
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// The whole picture is decoded: what cannot be decoded here would be a broken picture on every page.
fn check_png(bytes: &[u8]) -> Result<(), Trouble> {
    let limits = png::Limits { bytes: 16 * 1024 * 1024 };
    let decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
    let mut reader = decoder.read_info().map_err(|_| Trouble::NoPicture)?;
    let (width, height) = reader.info().size();
    if width.max(height) > LONGEST_SIDE {
        return Err(Trouble::PictureBig(LONGEST_SIDE));
    }
    let size = reader.output_buffer_size().ok_or(Trouble::NoPicture)?;
    let mut picture = vec![0; size];
    reader.next_frame(&mut picture).map_err(|_| Trouble::NoPicture)?;
    Ok(())
}

/// Checks a picture, and leaves out a document type that declares nothing: drawing programs write one, and no browser needs it.
fn read_svg(bytes: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let text = String::from_utf8(bytes).map_err(|_| Trouble::NoPicture)?;
    let judged = check_svg(&text);
    if judged != Err(Trouble::PictureDeclares) {
        return judged.map(|()| text.into_bytes());
    }
    let (before, rest) = text.split_once("<!DOCTYPE").ok_or(Trouble::PictureDeclares)?;
    let (declared, after) = rest.split_once('>').ok_or(Trouble::NoPicture)?;
    if declared.contains('[') {
        return Err(Trouble::PictureDeclares);
    }
    let without = format!("{before}{after}");
    check_svg(&without)?;
    Ok(without.into_bytes())
}

/// Refuses a document type (entities), scripts, event handlers, styles and references that lead out of the picture.
fn check_svg(text: &str) -> Result<(), Trouble> {
    // Without `allow_dtd` a document type is an error.
    let options = roxmltree::ParsingOptions { nodes_limit: MOST_NODES, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => Trouble::PictureDeclares,
        _ => Trouble::NoPicture,
    })?;
    let root = document.root_element();
    if root.tag_name().namespace() != Some(SVG) || root.tag_name().name() != "svg" {
        return Err(Trouble::NoPicture);
    }
    for node in document.descendants() {
        if node.is_pi() {
            return Err(active("<?…?>"));
        }
        if !node.is_element() {
            continue;
        }
        let name = node.tag_name().name();
        // What editors write about themselves, in namespaces of their own, is drawn by no browser.
        let drawn = node.tag_name().namespace() == Some(SVG);
        if drawn && !ELEMENTS.contains(&name) || !drawn && node.tag_name().namespace().is_none_or(is_active) {
            return Err(active(&format!("<{name}>")));
        }
        if name == "style" {
            let style: String = node.descendants().filter_map(|inside| inside.text()).collect();
            check_style(&style)?;
        }
        for attribute in node.attributes() {
            let name = attribute.name();
            if name.to_ascii_lowercase().starts_with("on") {
                return Err(active(name));
            }
            if name == "href" && !attribute.value().trim_start().starts_with('#') {
                return Err(active(&format!("href={}", short(attribute.value()))));
            }
            check_style(attribute.value())?;
        }
    }
    Ok(())
}

/// A namespace whose elements do something in a browser.
fn is_active(namespace: &str) -> bool {
    ["http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/2001/xml-events"]
        .contains(&namespace)
}

/// Only references into the same picture.
fn check_style(style: &str) -> Result<(), Trouble> {
    let low = style.to_ascii_lowercase();
    if low.contains('\\') || low.contains("@import") || low.contains("javascript:") || low.contains("expression(") {
        return Err(active(&short(style)));
    }
    for inside in low.split("url(").skip(1) {
        if !inside.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).starts_with('#') {
            return Err(active(&format!("url({}", short(inside))));
        }
    }
    Ok(())
}

fn active(what: &str) -> Trouble {
    Trouble::PictureActive(what.to_owned())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; (width * height) as usize]).unwrap();
        drop(writer);
        bytes
    }

    fn svg(inside: &str) -> String {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{inside}</svg>"#
        )
    }

    fn judged(text: &str) -> Result<&'static str, Trouble> {
        Logo::read(text.as_bytes().to_vec()).map(|logo| logo.media_type)
    }

    #[test]
    fn pictures_are_taken() {
        let small = Logo::read(png(40, 20)).unwrap();
        assert_eq!(small.media_type, "image/png");
        assert_ne!(small.version, Logo::read(png(20, 40)).unwrap().version);
        for inside in [
            "<path d='M0 0h9v9z' fill='#4f46e5'/>",
            "<defs><linearGradient id='a'><stop offset='1'/></linearGradient></defs><rect style='fill:url(#a)' fill='url( \"#a\")'/>",
            "<style>.a{fill:red}</style><g class='a'><use xlink:href='#b'/></g>",
            "<sodipodi:view xmlns:sodipodi='http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd'/>",
            "<!-- by hand --><title>Bluebird</title>",
        ] {
            assert_eq!(judged(&svg(inside)), Ok("image/svg+xml"), "{inside}");
        }
        let with_head = format!("<?xml version='1.0' encoding='UTF-8'?>\n{}", svg(""));
        assert_eq!(judged(&with_head), Ok("image/svg+xml"));
    }

    #[test]
    fn a_document_type_that_declares_nothing_is_left_out() {
        let head = "<?xml version=\"1.0\"?>\n<!-- drawn -->\n";
        let typed =
            "<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">";
        let read = Logo::read(format!("{head}{typed}{}", svg("<g/>")).into_bytes()).unwrap();
        assert_eq!(String::from_utf8(read.bytes).unwrap(), format!("{head}{}", svg("<g/>")));
        // Of two the second one would stay.
        assert_eq!(judged(&format!("<!-- <!DOCTYPE a> -->{typed}{}", svg(""))), Err(Trouble::PictureDeclares));
        assert!(matches!(judged(&format!("{typed}{}", svg("<script/>"))), Err(Trouble::PictureActive(_))));
    }

    #[test]
    fn hostile_pictures_are_refused_with_the_reason() {
        for inside in [
            "<script>alert(1)</script>",
            "<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
            "<path onload='alert(1)'/>",
            "<path ONCLICK='alert(1)'/>",
            "<a xlink:href='https://example.com'><path/></a>",
            "<image href='https://example.com/a.png'/>",
            "<use href='https://example.com/a.svg#a'/>",
            "<use xlink:href='data:image/svg+xml;base64,AAAA'/>",
            "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
            "<style>@import 'https://example.com/a.css';</style>",
            "<style>.a{fill:url(https://example.com/a)}</style>",
            "<style>.a{fill:u\\72l(https://example.com/a)}</style>",
            "<rect fill='url(https://example.com/a)'/>",
            "<rect style='background:url( \"https://example.com/a\")'/>",
            "<animate attributeName='href' to='javascript:alert(1)'/>",
            "<set attributeName='onload' to='alert(1)'/>",
            "<filter id='a'><feTurbulence numOctaves='99999'/></filter>",
            "<?xml-stylesheet href='https://example.com/a.css'?>",
        ] {
            assert!(
                matches!(judged(&svg(inside)), Err(Trouble::PictureActive(_))),
                "{inside}: {:?}",
                judged(&svg(inside))
            );
        }
        let bomb = format!("<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>{}", svg("<text>&b;</text>"));
        assert_eq!(judged(&bomb), Err(Trouble::PictureDeclares));
        for no_picture in
            ["hello", "<html/>", "<svg/>", "<svg xmlns='http://www.w3.org/2000/svg'>", "\u{feff}", "GIF89a"]
        {
            assert_eq!(judged(no_picture), Err(Trouble::NoPicture), "{no_picture}");
        }
        assert_eq!(judged(&svg(&"<g>".repeat(9_000))), Err(Trouble::NoPicture));
        assert_eq!(judged(&svg(&"<g/>".repeat(MOST_NODES as usize))), Err(Trouble::NoPicture));
        assert_eq!(Logo::read(Vec::new()), Err(Trouble::FileEmpty));
        assert_eq!(Logo::read(vec![b'a'; BIGGEST + 1]), Err(Trouble::FileBig(BIGGEST)));
        assert_eq!(Logo::read(vec![0xff, 0xfe, 0x00]), Err(Trouble::NoPicture));
        assert_eq!(Logo::read(png(LONGEST_SIDE + 1, 1)), Err(Trouble::PictureBig(LONGEST_SIDE)));
        let mut cut = png(64, 64);
        cut.truncate(cut.len() / 2);
        assert_eq!(Logo::read(cut), Err(Trouble::NoPicture));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..400), head in any::<bool>()) {
            let mut file = if head { b"\x89PNG\r\n\x1a\n".to_vec() } else { Vec::new() };
            file.extend(bytes);
            let _ = Logo::read(file);
        }

        #[test]
        fn a_broken_picture_is_no_logo_or_a_whole_one(at in 8_usize..200, byte in any::<u8>()) {
            let mut bytes = png(16, 16);
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Logo::read(bytes);
        }
    }
}
