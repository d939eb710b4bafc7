//! Where people sign in and begin. The paths of each job's pages are in its own module.

use crate::domain::account::Role;

/// Where an operator goes who asked for nothing in particular.
pub const HOME: &str = "/admin";
/// Where an agent goes.
pub const CONSOLE: &str = "/console";
pub const INVITATION: &str = "/login/invitation";
pub const LOGIN: &str = "/login";
/// Where a form is led that nobody who is signed in has sent.
pub const UNSENT: &str = "/login?unsent";
pub const PASSWORD: &str = "/login/password";
/// Where somebody in a call is asked what becomes of it, before they sign out.
pub const LEAVING: &str = "/login/leaving";

/// Where somebody goes who asked for nothing in particular.
#[must_use]
pub fn home(role: Role) -> &'static str {
    match role {
        Role::Agent => CONSOLE,
        Role::Supervisor | Role::Operator => HOME,
    }
}

/// `next`, if it is a path of ours; a sign-in form must not send people to other sites.
#[must_use]
pub fn local_path(next: &str) -> Option<&str> {
    let path = next.strip_prefix('/')?;
    let odd = path.starts_with(['/', '\\']) || next.chars().any(|c| c.is_control() || c == '\\');
    (!odd && next.len() <= 512).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_come_next() {
        for path in ["/admin/calls", "/admin/calls?show=missed", "/"] {
            assert_eq!(local_path(path), Some(path));
        }
        for bad in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\\b", "/a\nb", "admin"] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(600))), None);
    }
}
