//! The built-in stand-in for the platform.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;

/// The sandbox.
#[derive(Debug, Clone, Args)]
pub struct Sandbox {
    /// Serve the built-in stand-in for the platform; an account's key and secrets become its account's. Without
    /// credentials it is served anyway, unless an address, a variable or the database points to production.
    #[arg(id = "SANDBOX", long = "sandbox", env = "SANDBOX", help_heading = "Sandbox")]
    pub wanted: bool,
    /// With --sandbox: although the id or the private key of a real application is set too.
    #[arg(
        id = "SANDBOX_WITH_CREDENTIALS",
        long = "sandbox-with-credentials",
        env = "SANDBOX_WITH_CREDENTIALS",
        help_heading = "Sandbox"
    )]
    pub with_credentials: bool,
    /// Where the sandbox listens; port 0 takes a free one.
    #[arg(id = "SANDBOX_ADDR", long = "sandbox-addr", env = "SANDBOX_ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 3001)), help_heading = "Sandbox")]
    pub addr: SocketAddr,
    /// The address under which browsers reach the sandbox. Without it: http:// and SANDBOX_ADDR.
    #[arg(id = "SANDBOX_URL", long = "sandbox-url", env = "SANDBOX_URL", help_heading = "Sandbox")]
    pub url: Option<String>,
    /// The addresses at which browsers reach the sandbox's audio, separated by commas. Without it: SANDBOX_ADDR's.
    #[arg(
        id = "SANDBOX_MEDIA_ADDRS",
        long = "sandbox-media-addrs",
        env = "SANDBOX_MEDIA_ADDRS",
        value_delimiter = ',',
        help_heading = "Sandbox"
    )]
    pub media_addrs: Vec<IpAddr>,
    /// Let the sandbox take requests that the platform's references do not document, and more of them than the platform
    /// takes in a second. Without it the sandbox is strict.
    #[arg(id = "SANDBOX_LENIENT", long = "sandbox-lenient", env = "SANDBOX_LENIENT", help_heading = "Sandbox")]
    pub lenient: bool,
    /// A file to which the sandbox writes each request of its REST APIs, a line of JSON, to check them elsewhere. They
    /// have telephone numbers and texts in them, and no keys.
    #[arg(id = "SANDBOX_REQUESTS", long = "sandbox-requests", env = "SANDBOX_REQUESTS", help_heading = "Sandbox")]
    pub requests: Option<PathBuf>,
}
