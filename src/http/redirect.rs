//! Which redirects are followed.
//!
//! reqwest could do it, but it does not know where a registry must not send us, and it would take its own idea of a secret along.

use reqwest::Method;
use reqwest::header::LOCATION;

use super::causes::Why;
use super::{Address, Answer, Cause, Request};

/// Where an answer sends us, if we go there.
///
/// [RFC 9110, 15.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4): only 307 and 308 keep method and body.
pub(super) fn redirect(request: &Request, answer: &Answer) -> Result<Option<Address>, Why> {
    let follows = match answer.status.as_u16() {
        307 | 308 => true,
        301..=303 => matches!(request.method, Method::GET | Method::HEAD),
        _ => false,
    };
    let Some(location) = answer.headers.get(LOCATION).filter(|_| follows) else {
        return Ok(None);
    };
    let next = location.to_str().ok().and_then(|location| answer.address.join(location).ok());
    let Some(next) = next else {
        return Err(Why::new(Cause::Redirect, "a redirect to what is no URL"));
    };
    if request.body_is_secret && !next.same_origin(&request.address) {
        let what = format!("a redirect of a secret to another host, {}, is not followed", next.authority());
        return Err(Why::new(Cause::Redirect, what));
    }
    match answer.address.refuses(&next) {
        Some(what) => {
            Err(Why::new(Cause::Redirect, format!("a redirect {what}, {}, is not followed", next.authority())))
        }
        None => Ok(Some(next)),
    }
}

#[cfg(test)]
mod tests;
