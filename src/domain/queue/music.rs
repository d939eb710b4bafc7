//! Music on hold of the operator's own: what may be uploaded.

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;
/// The most pieces.
pub const MOST: usize = 20;
/// The largest file, bytes: an MP3 of five minutes with 128 kbit/s has 4.8 MB.
pub const LARGEST_FILE: usize = 7 << 20;
/// The longest music, seconds.
pub const LONGEST_S: u32 = 300;
