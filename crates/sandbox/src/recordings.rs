//! Finished recordings, until they are too many: the platform keeps them 30 days, the sandbox the newest.

use std::collections::VecDeque;

use axum::body::Bytes;

/// Bytes of recordings kept in memory.
const MOST_BYTES: usize = 128 << 20;

/// One recording: a WAV file.
pub struct File {
    pub id: String,
    pub application: String,
    pub wav: Bytes,
}

/// The newest recordings.
#[derive(Default)]
pub struct Recordings {
    files: VecDeque<File>,
}

impl Recordings {
    /// Keeps one and forgets the oldest that no longer fit.
    pub fn keep(&mut self, file: File) {
        self.files.push_back(file);
        let mut total: usize = self.files.iter().map(|file| file.wav.len()).sum();
        while total > MOST_BYTES && self.files.len() > 1 {
            total -= self.files.pop_front().map_or(0, |file| file.wav.len());
        }
    }

    /// A recording of an application.
    pub fn get(&self, application: &str, id: &str) -> Option<Bytes> {
        let found = self.files.iter().find(|file| file.id == id && file.application == application);
        found.map(|file| file.wav.clone())
    }

    pub fn delete(&mut self, application: &str, id: &str) -> bool {
        let before = self.files.len();
        self.files.retain(|file| file.id != id || file.application != application);
        self.files.len() < before
    }
}
