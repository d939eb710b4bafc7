//! The `acl` claim of a user's token: which paths it opens, and for which methods.

use serde_json::Value;

use super::AuthError;

/// The `acl` claim: path patterns and the methods allowed on each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl {
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    segments: Vec<String>,
    /// None: all of them.
    methods: Option<Vec<String>>,
}

impl Acl {
    /// Reads `{"paths":{"/*/legs/**":{"methods":["GET"]}}}`. A claim of another shape is an invalid token.
    pub fn read(claim: &Value) -> Result<Acl, AuthError> {
        let paths = claim.get("paths").and_then(Value::as_object).ok_or(AuthError::Invalid)?;
        let rules = paths.iter().map(|(path, rule)| {
            let inside = path.strip_prefix('/').filter(|rest| !rest.chars().any(char::is_whitespace));
            let segments = inside.ok_or(AuthError::Invalid)?.split('/').map(str::to_owned).collect();
            let methods = match rule.as_object().ok_or(AuthError::Invalid)?.get("methods") {
                None | Some(Value::Null) => None,
                Some(Value::Array(methods)) => {
                    Some(methods.iter().filter_map(Value::as_str).map(str::to_uppercase).collect())
                }
                Some(_) => return Err(AuthError::Invalid),
            };
            Ok(Rule { segments, methods })
        });
        Ok(Acl { rules: rules.collect::<Result<_, AuthError>>()? })
    }

    /// `*` is exactly one segment, `**` any number of them, none included; everything else is itself.
    pub fn allows(&self, method: &str, path: &str) -> bool {
        let path: Vec<&str> = path.trim_start_matches('/').trim_end_matches('/').split('/').collect();
        self.rules.iter().any(|rule| {
            rule.methods.as_ref().is_none_or(|methods| methods.iter().any(|m| m.eq_ignore_ascii_case(method)))
                && fits(&rule.segments, &path)
        })
    }
}

/// Does a path fit a pattern, segment by segment?
pub(super) fn fits(pattern: &[String], path: &[&str]) -> bool {
    // Position by position, keeping the set of pattern positions that are reachable: linear in both, so that a token
    // full of `**` costs nothing.
    let mut reachable = vec![false; pattern.len() + 1];
    reachable[0] = true;
    skip_empty(pattern, &mut reachable);
    for segment in path {
        let mut next = vec![false; pattern.len() + 1];
        for (at, _) in reachable.iter().enumerate().filter(|(_, on)| **on) {
            match pattern.get(at).map(String::as_str) {
                Some("**") => next[at] = true,
                Some("*") if !segment.is_empty() => next[at + 1] = true,
                Some(exact) if exact == *segment => next[at + 1] = true,
                _ => {}
            }
        }
        skip_empty(pattern, &mut next);
        reachable = next;
    }
    reachable[pattern.len()]
}

/// A `**` may stand for nothing.
fn skip_empty(pattern: &[String], reachable: &mut [bool]) {
    for at in 0..pattern.len() {
        if reachable[at] && pattern[at] == "**" {
            reachable[at + 1] = true;
        }
    }
}
