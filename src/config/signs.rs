//! What of the configuration says which platform is meant ([`crate::domain::deployment`]).

use crate::domain::deployment::{Platform, Signs, Trace, is_this_machine};

use super::{Config, given};

/// Names that other programs for this platform use for what is called otherwise here.
const RENAMED: [(&str, &str); 12] = [
    ("NEXMO_API_KEY", "VONAGE_API_KEY"),
    ("NEXMO_API_SECRET", "VONAGE_API_SECRET"),
    ("NEXMO_APPLICATION_ID", "VONAGE_APPLICATION_ID"),
    ("NEXMO_APP_ID", "VONAGE_APPLICATION_ID"),
    ("NEXMO_PRIVATE_KEY", "VONAGE_PRIVATE_KEY"),
    ("NEXMO_PRIVATE_KEY_PATH", "VONAGE_PRIVATE_KEY_FILE"),
    ("NEXMO_APPLICATION_PRIVATE_KEY_PATH", "VONAGE_PRIVATE_KEY_FILE"),
    ("NEXMO_SIGNATURE_SECRET", "VONAGE_SIGNATURE_SECRET"),
    ("VONAGE_APP_ID", "VONAGE_APPLICATION_ID"),
    ("VONAGE_PRIVATE_KEY_PATH", "VONAGE_PRIVATE_KEY_FILE"),
    ("VONAGE_APPLICATION_PRIVATE_KEY_PATH", "VONAGE_PRIVATE_KEY_FILE"),
    ("VONAGE_API_SIGNATURE_SECRET", "VONAGE_SIGNATURE_SECRET"),
];

impl Config {
    /// Notes which variables are set under a name that is not read here. `is_set` says whether a variable of the
    /// environment has a value.
    #[must_use]
    pub fn noting_other_names(mut self, is_set: impl Fn(&str) -> bool) -> Self {
        self.renamed = RENAMED.into_iter().filter(|(found, _)| is_set(found)).collect();
        self
    }

    /// What this configuration, with a database that has worked with `known`, says of the platform that is meant.
    #[must_use]
    pub fn signs(&self, known: Option<Platform>) -> Signs {
        let named = |options: &[(&'static str, bool)]| -> Vec<&'static str> {
            options.iter().filter(|(_, set)| *set).map(|(option, _)| *option).collect()
        };
        let mut traces: Vec<Trace> = Vec::new();
        if let Some(url) = self.server.public_url.as_deref().and_then(given).filter(|_| !self.is_local()) {
            traces.push(Trace::Address { option: "PUBLIC_URL", value: url.to_owned() });
        }
        if !self.listen.host.to_canonical().is_loopback() {
            traces.push(Trace::Address { option: "HOST", value: self.listen.host.to_string() });
        }
        if self.signature_secrets().next().is_some() {
            traces.push(Trace::Alone("VONAGE_SIGNATURE_SECRET"));
        }
        traces.extend(self.renamed.iter().map(|(found, name)| Trace::Renamed { found, name }));
        Signs {
            sandbox: self.sandbox.wanted,
            beside_credentials: self.sandbox.with_credentials,
            account: named(&[
                ("VONAGE_API_KEY", self.api_key().is_some()),
                ("VONAGE_API_SECRET", self.api_secret().is_some()),
            ]),
            application: named(&[
                ("VONAGE_APPLICATION_ID", self.application_id().is_some()),
                ("VONAGE_PRIVATE_KEY", self.private_key().is_some()),
                ("VONAGE_PRIVATE_KEY_FILE", self.private_key_file().is_some()),
            ]),
            traces,
            known,
        }
    }

    /// Whether people reach us at an address of this machine only: plain http, and a name or address of the loopback.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let Some(url) = self.server.public_url.as_deref().and_then(given) else { return true };
        url::Url::parse(url).is_ok_and(|url| url.scheme() == "http" && url.host_str().is_some_and(is_this_machine))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REAL, config};
    use super::*;
    use crate::domain::deployment::{Refusal, choose};

    fn platform(arguments: &[&str]) -> Result<Platform, Refusal> {
        choose(&config(arguments).signs(None))
    }

    #[test]
    fn f0_bare_arguments_and_local_addresses_are_a_trial() {
        for arguments in [
            &[][..],
            &["--public-url="],
            &["--public-url=http://localhost:8080"],
            &["--host=127.0.0.3", "--public-url=http://127.0.0.3:3000/"],
            &["--host=::1", "--public-url=http://[::1]:3000"],
            &["--support-phone-number=442079460000", "--destination-phone-number=447700900000"],
            &["--vonage-api-key= ", "--vonage-signature-secret="],
        ] {
            assert_eq!(platform(arguments), Ok(Platform::Sandbox), "{arguments:?}");
        }
    }

    #[test]
    fn f0_one_sign_of_production_is_enough_and_is_named() {
        for (argument, named) in [
            ("--public-url=https://telephone.example.org", "PUBLIC_URL is https://telephone.example.org"),
            ("--public-url=https://localhost", "PUBLIC_URL is https://localhost"),
            ("--public-url=http://192.168.1.20:3000", "PUBLIC_URL is http://192.168.1.20:3000"),
            ("--host=::", "HOST is ::"),
            ("--host=10.1.2.3", "HOST is 10.1.2.3"),
            ("--vonage-signature-secret=abc", "VONAGE_SIGNATURE_SECRET is set"),
        ] {
            let said = platform(&[argument]).unwrap_err().to_string();
            assert!(said.contains(named), "{argument}: {said}");
            assert_eq!(platform(&[argument, "--sandbox"]), Ok(Platform::Sandbox), "{argument}");
        }
        let renamed = config(&[]).noting_other_names(|name| name == "NEXMO_API_SECRET");
        let said = choose(&renamed.signs(None)).unwrap_err().to_string();
        assert!(
            said.contains("NEXMO_API_SECRET is set, which is not read: its name here is VONAGE_API_SECRET"),
            "{said}"
        );
    }

    #[test]
    fn f0_a_real_application_beside_the_sandbox_needs_a_flag_of_its_own() {
        let asked = [&REAL[..], &["--sandbox"]].concat();
        let said = platform(&asked).unwrap_err().to_string();
        assert!(said.contains("VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY are set too"), "{said}");
        assert_eq!(platform(&[&asked[..], &["--sandbox-with-credentials"]].concat()), Ok(Platform::Sandbox));
        // An account's key and secrets become the sandbox account's.
        let account = ["--sandbox", "--vonage-api-key=k", "--vonage-api-secret=s", "--vonage-signature-secret=t"];
        assert_eq!(platform(&account), Ok(Platform::Sandbox));
    }
}
