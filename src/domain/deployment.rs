//! Which platform a start gets: the real one, or the sandbox that stands in for it.
//!
//! In the sandbox people sign in with one click and no call is real, so a production system that lost its credentials
//! must not come up as one. The sandbox starts when it is asked for, or on a machine where nothing points to
//! production. Depends on nothing.

use std::fmt;
use std::net::IpAddr;

/// What stands behind the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    Real,
    Sandbox,
}

impl Platform {
    /// As the database remembers it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Sandbox => "sandbox",
        }
    }

    /// Reads what [`Platform::name`] wrote.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Real, Self::Sandbox].into_iter().find(|platform| platform.name() == name)
    }
}

/// One thing that points to production although no account is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trace {
    /// This option's address is reached from other machines, or is https.
    Address { option: &'static str, value: String },
    /// This option belongs to an account that is not configured.
    Alone(&'static str),
    /// This variable is not read; its name here is the second.
    Renamed { found: &'static str, name: &'static str },
    /// The database has worked with a real account.
    Database,
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { option, value } => write!(f, "{option} is {value}"),
            Self::Alone(option) => write!(f, "{option} is set without an account"),
            Self::Renamed { found, name } => write!(f, "{found} is set, which is not read: its name here is {name}"),
            Self::Database => f.write_str("the database (DATABASE_URL) has worked with a real account"),
        }
    }
}

/// What a start finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// The sandbox was asked for explicitly, by `--sandbox`.
    pub sandbox: bool,
    /// It may run beside the credentials of a real application.
    pub beside_credentials: bool,
    /// Options of the account that are set: its key, its secret. With the sandbox they become the sandbox account's.
    pub account: Vec<&'static str>,
    /// Options of an application that are set: its id, its private key. The sandbox makes its own.
    pub application: Vec<&'static str>,
    /// What points to production, apart from these and the database.
    pub traces: Vec<Trace>,
    /// The platform that the database has worked with.
    pub known: Option<Platform>,
}

/// Why nothing is started. Each says what is missing and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "There are no Vonage credentials, and this does not look like a trial: {}. Set VONAGE_API_KEY, \
         VONAGE_API_SECRET, VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY_FILE (with the first two alone the \
         application is created at /admin/setup). {}", listed(.0), sandbox_instead(.0)
    )]
    NotATrial(Vec<Trace>),
    #[error(
        "--sandbox (SANDBOX): the database (DATABASE_URL) has worked with a real account, and simulated calls must not be \
         mixed with real ones. Start the sandbox with a database and a folder of its own: --database-url and --data-dir"
    )]
    KnewRealAccount,
    #[error(
        "--sandbox (SANDBOX): {} set too, of a real application. Leave {} out, or leave out --sandbox to serve the real \
         platform. If the sandbox is meant all the same: --sandbox-with-credentials (SANDBOX_WITH_CREDENTIALS)",
        named(.0), if .0.len() == 1 { "it" } else { "them" }
    )]
    Credentials(Vec<&'static str>),
}

fn listed(traces: &[Trace]) -> String {
    traces.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn sandbox_instead(traces: &[Trace]) -> &'static str {
    if traces.contains(&Trace::Database) {
        "For the sandbox, in which no call is real, use --sandbox (SANDBOX) with another database and folder: \
         --database-url and --data-dir"
    } else {
        "For the sandbox, in which no call is real: --sandbox (SANDBOX)"
    }
}

fn named(options: &[&'static str]) -> String {
    format!("{} {}", options.join(" and "), if options.len() == 1 { "is" } else { "are" })
}

/// Decides which platform is served.
///
/// # Errors
/// [`Refusal`] when the sandbox would start by accident, or among real calls.
pub fn choose(signs: &Signs) -> Result<Platform, Refusal> {
    if signs.sandbox {
        return match signs.known {
            Some(Platform::Real) => Err(Refusal::KnewRealAccount),
            _ if signs.application.is_empty() || signs.beside_credentials => Ok(Platform::Sandbox),
            _ => Err(Refusal::Credentials(signs.application.clone())),
        };
    }
    if !signs.account.is_empty() || !signs.application.is_empty() {
        // Whether it is everything that is needed, the configuration checks.
        return Ok(Platform::Real);
    }
    let mut traces = signs.traces.clone();
    if signs.known == Some(Platform::Real) {
        traces.push(Trace::Database);
    }
    if traces.is_empty() { Ok(Platform::Sandbox) } else { Err(Refusal::NotATrial(traces)) }
}

/// Whether a host of an address, without its port, means this machine when a browser opens it.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    match bare.parse::<IpAddr>() {
        Ok(ip) => ip.to_canonical().is_loopback(),
        // RFC 6761: names under localhost are the loopback's.
        Err(_) => {
            let name = name.to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address() -> Trace {
        Trace::Address { option: "PUBLIC_URL", value: "https://telephone.example.org".into() }
    }

    #[test]
    fn f0_which_platform_a_start_gets() {
        use Platform::{Real, Sandbox};
        let key = vec!["VONAGE_API_KEY"];
        let id = vec!["VONAGE_APPLICATION_ID"];
        let nothing = Signs::default();
        let asked = Signs { sandbox: true, ..Signs::default() };
        for (signs, expected) in [
            (nothing.clone(), Some(Sandbox)),
            (Signs { known: Some(Sandbox), ..nothing.clone() }, Some(Sandbox)),
            (Signs { known: Some(Real), ..nothing.clone() }, None),
            (Signs { traces: vec![address()], ..nothing.clone() }, None),
            (Signs { account: key.clone(), ..nothing.clone() }, Some(Real)),
            (Signs { application: id.clone(), known: Some(Sandbox), ..nothing.clone() }, Some(Real)),
            (Signs { account: key.clone(), known: Some(Real), traces: vec![address()], ..nothing }, Some(Real)),
            (asked.clone(), Some(Sandbox)),
            (Signs { traces: vec![address()], ..asked.clone() }, Some(Sandbox)),
            (Signs { account: key, ..asked.clone() }, Some(Sandbox)),
            (Signs { application: id.clone(), ..asked.clone() }, None),
            (Signs { application: id.clone(), beside_credentials: true, ..asked.clone() }, Some(Sandbox)),
            (Signs { application: id, beside_credentials: true, known: Some(Real), ..asked.clone() }, None),
            (Signs { known: Some(Real), ..asked }, None),
        ] {
            assert_eq!(choose(&signs).ok(), expected, "{signs:?}");
        }
    }

    #[test]
    fn f0_a_refusal_names_what_was_found_and_what_to_do() {
        let traces = vec![
            address(),
            Trace::Renamed { found: "NEXMO_API_KEY", name: "VONAGE_API_KEY" },
            Trace::Alone("VONAGE_SIGNATURE_SECRET"),
        ];
        let said = Refusal::NotATrial(traces.clone()).to_string();
        for part in [
            "PUBLIC_URL is https://telephone.example.org",
            "its name here is VONAGE_API_KEY",
            "VONAGE_SIGNATURE_SECRET is set",
            "VONAGE_PRIVATE_KEY_FILE",
            "--sandbox (SANDBOX)",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(!said.contains("--database-url"), "{said}");
        let said = Refusal::NotATrial(vec![Trace::Database]).to_string();
        assert!(said.contains("DATABASE_URL") && said.contains("--database-url"), "{said}");
        let said = Refusal::Credentials(vec!["VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY"]).to_string();
        assert!(said.contains("VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY are set"), "{said}");
    }

    #[test]
    fn f0_which_hosts_are_this_machine() {
        for host in
            ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", "::ffff:127.0.0.1"]
        {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "0.0.0.0",
            "::",
            "[::]",
            "192.168.1.7",
            "localhost.example.com",
            "notlocalhost",
            "calls.example.com",
            "128.0.0.1",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }

    fn platform() -> impl Strategy<Value = Option<Platform>> {
        prop_oneof![Just(None), Just(Some(Platform::Real)), Just(Some(Platform::Sandbox))]
    }

    proptest! {
        #[test]
        fn f0_the_sandbox_is_asked_for_or_nothing_points_to_production(
            sandbox: bool, beside: bool, account: bool, application: bool, trace: bool, known in platform(),
        ) {
            let signs = Signs {
                sandbox,
                beside_credentials: beside,
                account: if account { vec!["VONAGE_API_SECRET"] } else { Vec::new() },
                application: if application { vec!["VONAGE_PRIVATE_KEY_FILE"] } else { Vec::new() },
                traces: if trace { vec![address()] } else { Vec::new() },
                known,
            };
            match choose(&signs) {
                Ok(Platform::Sandbox) => {
                    prop_assert!(known != Some(Platform::Real));
                    prop_assert!(sandbox || !(account || application || trace));
                    prop_assert!(!application || beside);
                }
                Ok(Platform::Real) => prop_assert!(!sandbox && (account || application)),
                Err(_) => prop_assert!(sandbox || !(account || application)),
            }
        }
    }
}
