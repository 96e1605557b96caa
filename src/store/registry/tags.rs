//! The tags of a repository, page by page.

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::Registry;
use crate::error::{Error, Kind};
use crate::http::{Answer, Request};

/// As many as a page may have; registries give fewer if they like.
const PAGE: &str = "1000";

/// A page of a thousand long tags has some 130 KB.
const LARGEST_PAGE: usize = 8 << 20;

/// A million tags of usual length. More than that is a registry that goes in circles.
const MOST_BYTES: usize = 64 << 20;

/// So many pages of ten tags are a million, too.
const MOST_PAGES: usize = 100_000;

#[derive(Deserialize)]
struct Page {
    /// Null in registries written in Go, for none.
    tags: Option<Vec<String>>,
}

impl Registry {
    /// All tags, in the registry's order.
    pub async fn tags(&self) -> Result<Vec<String>, Error> {
        let mut address = self.address("tags/list")?.with_query("n", PAGE);
        let (mut tags, mut bytes) = (Vec::new(), 0);
        for _ in 0..MOST_PAGES {
            let request = Request::new(Method::GET, address.clone()).answer_limit(LARGEST_PAGE);
            let answer = self.session.send(&request).await?;
            if answer.status != StatusCode::OK {
                return Err(self.refused("cannot list the tags of", &answer).await);
            }
            bytes += answer.body.len();
            let page: Page = serde_json::from_slice(&answer.body)
                .map_err(|cause| self.strange(&answer, "the answer is no list of tags").because(cause))?;
            tags.extend(page.tags.unwrap_or_default());
            let Some(next) = next(&answer) else { return Ok(tags) };
            address = answer
                .address
                .join(next)
                .map_err(|_| self.strange(&answer, "its link to the next page is no address"))?;
            if !self.session.is_own(&address) {
                return Err(self.strange(&answer, "its link to the next page leads elsewhere"));
            }
            if bytes > MOST_BYTES || address.url() == answer.address.url() {
                break;
            }
        }
        Err(Error::new(Kind::Network, format!("the list of tags of {} has no end", self.name())))
    }

    fn strange(&self, answer: &Answer, what: &str) -> Error {
        Error::new(Kind::Network, format!("{} {}: {what}", answer.method, answer.address))
            .hint(format!("does {} speak the distribution specification?", self.session.host()))
    }
}

/// The next page, as [RFC 8288](https://www.rfc-editor.org/rfc/rfc8288) writes it: `<URL>; rel="next"`.
fn next(answer: &Answer) -> Option<&str> {
    let link = answer.header("link")?;
    let (url, parameters) = link.trim_start().strip_prefix('<')?.split_once('>')?;
    parameters.to_ascii_lowercase().replace(['"', ' '], "").contains("rel=next").then_some(url)
}
