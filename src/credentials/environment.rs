//! What the environment says: a credential for this command, and where the configuration of other tools is.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::{Explicit, ExplicitLogin};
use crate::error::{Error, Kind};
use crate::http::Secret;

const USERNAME: &str = "CONSIGN_USERNAME";
const PASSWORD: &str = "CONSIGN_PASSWORD";
const TOKEN: &str = "CONSIGN_TOKEN";

/// Variables. An empty one counts as not set.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a>(pub(super) &'a HashMap<OsString, OsString>);

impl<'a> Environment<'a> {
    pub(super) fn get(self, name: &str) -> Option<&'a OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    pub(super) fn path(self, name: &str) -> Option<PathBuf> {
        self.get(name).map(PathBuf::from)
    }

    /// A variable that must be text. Its value is not shown: it may be a secret.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Error> {
        self.get(name)
            .map(|value| value.to_str().ok_or_else(|| Error::new(Kind::Usage, format!("{name} is not UTF-8 text"))))
            .transpose()
    }

    /// The credential that the environment gives to consign itself.
    pub(super) fn explicit(self) -> Result<Option<Explicit>, Error> {
        let (username, password, token) = (self.text(USERNAME)?, self.text(PASSWORD)?, self.text(TOKEN)?);
        let incomplete = |set: &str, missing: &str| {
            Err(Error::new(Kind::Usage, format!("{set} is set, but {missing} is not"))
                .hint(format!("set both, or {TOKEN}")))
        };
        match (username, password, token) {
            (None, None, None) => Ok(None),
            (None, None, Some(token)) => {
                let login = ExplicitLogin::Token(Secret::new(line(token)));
                Ok(Some(Explicit { login, origin: TOKEN.to_owned() }))
            }
            (Some(username), Some(password), None) => {
                let login = ExplicitLogin::Password(line(username).to_owned(), Secret::new(line(password)));
                Ok(Some(Explicit { login, origin: format!("{USERNAME} and {PASSWORD}") }))
            }
            (Some(_), None, None) => incomplete(USERNAME, PASSWORD),
            (None, Some(_), None) => incomplete(PASSWORD, USERNAME),
            (username, _, Some(_)) => {
                let other = if username.is_some() { USERNAME } else { PASSWORD };
                Err(Error::new(Kind::Usage, format!("{TOKEN} and {other} are both set"))
                    .hint("unset one of them: only one credential can be used"))
            }
        }
    }
}

/// Without the line end that a secret often has when it was a file before.
fn line(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> HashMap<OsString, OsString> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn the_environment_gives_a_password_or_a_token_or_nothing() {
        for (pairs, expected) in [
            (&[][..], "nothing"),
            (&[(USERNAME, ""), (TOKEN, "")], "nothing"),
            (&[(USERNAME, "me"), (PASSWORD, "a:b\n")], "me a:b from CONSIGN_USERNAME and CONSIGN_PASSWORD"),
            (&[(TOKEN, "t\r\n")], "t from CONSIGN_TOKEN"),
            (&[(USERNAME, "me")], "CONSIGN_USERNAME is set, but CONSIGN_PASSWORD is not"),
            (&[(PASSWORD, "p")], "CONSIGN_PASSWORD is set, but CONSIGN_USERNAME is not"),
            (&[(USERNAME, "me"), (TOKEN, "t")], "CONSIGN_TOKEN and CONSIGN_USERNAME are both set"),
            (&[(USERNAME, "me"), (PASSWORD, "p"), (TOKEN, "t")], "CONSIGN_TOKEN and CONSIGN_USERNAME are both set"),
            (&[(PASSWORD, "p"), (TOKEN, "t")], "CONSIGN_TOKEN and CONSIGN_PASSWORD are both set"),
        ] {
            let variables = variables(pairs);
            let got = match Environment(&variables).explicit() {
                Ok(None) => "nothing".to_owned(),
                Ok(Some(Explicit { login: ExplicitLogin::Password(user, secret), origin })) => {
                    format!("{user} {} from {origin}", secret.expose())
                }
                Ok(Some(Explicit { login: ExplicitLogin::Token(secret), origin })) => {
                    format!("{} from {origin}", secret.expose())
                }
                Err(error) => {
                    assert_eq!(error.kind(), Kind::Usage);
                    error.to_string()
                }
            };
            assert_eq!(got, expected, "{pairs:?}");
        }
    }
}
