//! Files that people send with a form.

use std::collections::HashMap;

use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;

/// What is longer is not even read to its end. It is more than any file may have, so that people are told why theirs is
/// refused, and not by their browser that the connection broke.
pub(super) const LIMIT: usize = 8 << 20;

/// The longest text beside a file, bytes: of one that is longer so much is read.
const LONGEST_TEXT: usize = 4_096;

/// The file in a field of a form, empty where there is none; of one that is too large, a byte more than `most`.
pub(super) async fn file_of(form: Multipart, name: &str, most: usize) -> Result<Vec<u8>, MultipartError> {
    Ok(form_of(form, name, most).await?.0)
}

/// The same, and the texts of its other fields.
pub(super) async fn form_of(
    mut form: Multipart,
    name: &str,
    most: usize,
) -> Result<(Vec<u8>, HashMap<String, String>), MultipartError> {
    let (mut file, mut texts) = (Vec::new(), HashMap::new());
    while let Some(mut field) = form.next_field().await? {
        let own = field.name().unwrap_or_default().to_owned();
        let (mut sent, most) = (Vec::new(), if own == name { most } else { LONGEST_TEXT });
        while let Some(piece) = field.chunk().await? {
            let room = (most + 1).saturating_sub(sent.len());
            sent.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        if own != name {
            texts.insert(own, String::from_utf8_lossy(&sent).into_owned());
        } else if file.is_empty() {
            file = sent;
        }
    }
    Ok((file, texts))
}
