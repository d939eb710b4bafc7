//! Audio sockets.

use clap::Args;

/// Audio sockets.
#[derive(Debug, Clone, Args)]
pub struct AudioSockets {
    /// Engines that the relay of an audio socket may connect to, separated by commas: wss://engine.example.com, or by
    /// its address ws://10.1.2.3:9000. None, unless named here.
    #[arg(
        id = "AUDIO_ENGINES_ALLOWED",
        long = "audio-engines-allowed",
        env = "AUDIO_ENGINES_ALLOWED",
        value_delimiter = ',',
        help_heading = "Audio sockets"
    )]
    pub engines_allowed: Vec<String>,
}
