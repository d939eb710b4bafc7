//! The support line.

use clap::Args;

use super::{Config, ConfigError, given, invalid};
use crate::domain::click_to_call::GREETING;
use crate::domain::numbering;
use crate::domain::phone::E164;

/// The support number in the sandbox when none is configured: of the range that Ofcom keeps for fiction.
pub const SANDBOX_SUPPORT_NUMBER: &str = "442079460000";
/// The telephone that rings in the sandbox when none is configured: of the same kind.
pub const SANDBOX_DESTINATION_NUMBER: &str = "447700900000";

/// The support line.
#[derive(Debug, Clone, Args)]
pub struct SupportLine {
    /// The number of the support line: the caller that the destination sees. With country code, unless COUNTRY is set.
    #[arg(
        id = "SUPPORT_PHONE_NUMBER",
        long = "support-phone-number",
        env = "SUPPORT_PHONE_NUMBER",
        help_heading = "Support line"
    )]
    pub phone_number: Option<String>,
    /// The telephone that rings when a visitor calls the support line.
    #[arg(
        id = "DESTINATION_PHONE_NUMBER",
        long = "destination-phone-number",
        env = "DESTINATION_PHONE_NUMBER",
        help_heading = "Support line"
    )]
    pub destination: Option<String>,
    /// What a caller hears before the destination rings, until a business profile is saved at /admin/business; empty for
    /// nothing.
    #[arg(id = "SUPPORT_GREETING", long = "support-greeting", env = "SUPPORT_GREETING", default_value = GREETING, help_heading = "Support line")]
    pub greeting: String,
    /// The name by which pages written against the click-to-call sample ask for a visitor's token, at GET /auth/USER.
    /// Everybody who asks gets a user of their own. Empty switches the address off.
    #[arg(
        id = "SUPPORT_USER",
        long = "support-user",
        env = "SUPPORT_USER",
        default_value = "supportuser",
        help_heading = "Support line"
    )]
    pub user: String,
    /// The agents take the calls to the support line, and not the telephone above; until the page of the queues says
    /// otherwise.
    #[arg(id = "SUPPORT_AGENTS", long = "support-agents", env = "SUPPORT_AGENTS", help_heading = "Support line")]
    pub agents: bool,
}

impl Config {
    /// The number of the support line.
    ///
    /// # Errors
    /// When none is configured and the platform is real.
    pub fn support_number(&self) -> Result<E164, ConfigError> {
        let hint = "It is a number of your Vonage account, such as 442079460000";
        let home = self.server.country.as_deref().and_then(given).map(str::to_uppercase);
        self.number(&self.support.phone_number, home.as_deref(), "SUPPORT_PHONE_NUMBER", SANDBOX_SUPPORT_NUMBER, hint)
    }

    /// The telephone behind the support line.
    ///
    /// # Errors
    /// When none is configured and the platform is real.
    pub fn destination_number(&self) -> Result<E164, ConfigError> {
        let hint = "It is the telephone that rings when a visitor calls, such as 447700900000";
        let home = self.home_country();
        let (given, option) = (&self.support.destination, "DESTINATION_PHONE_NUMBER");
        self.number(given, Some(&home), option, SANDBOX_DESTINATION_NUMBER, hint)
    }

    fn number(
        &self,
        configured: &Option<String>,
        home: Option<&str>,
        option: &'static str,
        fictional: &str,
        hint: &'static str,
    ) -> Result<E164, ConfigError> {
        match configured.as_deref().and_then(given) {
            Some(text) => numbering::read(text, home).map_err(|error| invalid(option, error.to_string())),
            // While it is being set up there may be none yet.
            None if self.uses_sandbox() || self.kept || self.is_being_set_up() => {
                E164::parse(fictional).map_err(|error| invalid(option, error.to_string()))
            }
            None => Err(ConfigError::Missing { option, hint }),
        }
    }
}
