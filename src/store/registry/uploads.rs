//! Blobs of a repository: whether one is there, taking it from another repository, sending it.
//!
//! One POST and one PUT with a `Content-Length`, never chunks, which Artifact Registry
//! [does not take](https://cloud.google.com/artifact-registry/docs/docker/pushing-and-pulling). Whatever breaks, the blob is sent again
//! from its start in a fresh session.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::manifests::stated_digest;
use super::session::Stop;
use super::{Registry, explain};
use crate::error::{Error, Kind};
use crate::http::{Address, Answer, Body, Cause, Failure, Patience, Progress, Request};
use crate::notice::{Event, Notice};
use crate::oci::{Blob, Descriptor, Digest};
use crate::store::Placed;

/// From this size on it pays to ask whether a blob is there: sending it takes longer than a round trip.
pub(super) const WORTH_ASKING: u64 = 1 << 20;

/// A session that is gone again and again is no accident.
const SESSIONS: u32 = 4;

/// How one attempt at an upload ended.
enum Step {
    Done(Placed),
    /// The session is gone.
    Expired(Answer),
    /// No answer to the body; it may be all that was lost.
    Lost(Failure),
    /// An answer that is no success.
    Refused(Answer),
}

impl Registry {
    /// Whether a blob is there, as far as the registry says so with its digest.
    pub(super) async fn has_blob(&self, descriptor: &Descriptor) -> Result<bool, Error> {
        let request = self.head_of_blob(descriptor)?.patience(Patience::Brief);
        Ok(shows(&self.session.send(&request).await?, descriptor))
    }

    /// Asks once whether a blob is there; what gives no answer gives no comfort either.
    async fn has_arrived(&self, descriptor: &Descriptor) -> bool {
        let Ok(request) = self.head_of_blob(descriptor) else { return false };
        self.session.attempt(&request).await.is_ok_and(|answer| shows(&answer, descriptor))
    }

    fn head_of_blob(&self, descriptor: &Descriptor) -> Result<Request, Error> {
        Ok(Request::new(Method::HEAD, self.address(&format!("blobs/{}", descriptor.digest))?))
    }

    /// Brings a blob into the repository, unless it `is_there`: from `source`, another repository of this registry, where that is
    /// known to have it.
    pub(super) async fn upload(&self, blob: &Blob, is_there: bool, source: Option<&str>) -> Result<Placed, Error> {
        let _turn = self.turns.acquire().await;
        let name = self.name_of_upload(blob);
        let notice = self.session.client.notice();
        notice.notice(&Event::UploadStarted { name: &name, size: blob.descriptor.size });
        let placed = if is_there { Ok(Placed::AlreadyThere) } else { self.try_upload(blob, source, &name).await };
        let how = match &placed {
            Ok(Placed::Written) => "uploaded".to_owned(),
            Ok(Placed::AlreadyThere) => "already there".to_owned(),
            Ok(Placed::Mounted(from)) => format!("mounted from {from}"),
            Err(_) => {
                notice.notice(&Event::UploadFailed { name: &name });
                return placed;
            }
        };
        notice.notice(&Event::UploadEnded { name: &name, how: &how });
        placed
    }

    fn name_of_upload(&self, blob: &Blob) -> String {
        let kind = if blob.descriptor.media_type.contains("tar") { "layer" } else { "config" };
        let hex = blob.descriptor.digest.hex();
        format!("{kind} {} to {}", &hex[..12], self.name())
    }

    async fn try_upload(&self, blob: &Blob, source: Option<&str>, name: &str) -> Result<Placed, Error> {
        let mut retry = self.session.client.retry(format!("upload of {name}"));
        let mut sessions = 0;
        loop {
            match self.upload_once(blob, source, name).await {
                Ok(Step::Done(placed)) => return Ok(placed),
                Ok(Step::Expired(answer)) => {
                    sessions += 1;
                    if sessions == SESSIONS {
                        return Err(self.refused("cannot push to", &answer).await);
                    }
                    let message = format!("{} {}: the upload session has expired", answer.method, answer.address);
                    let (cause, idle) = (Cause::Interrupted, Duration::ZERO);
                    retry.after_failure(Failure { cause, message, hint: None, idle, host_answered: true }).await?;
                }
                Ok(Step::Refused(answer)) => {
                    if let Some(answer) = retry.after_answer(answer, Patience::Full).await {
                        return Err(self.refused("cannot push to", &answer).await);
                    }
                }
                Ok(Step::Lost(failure)) => {
                    retry.after_failure(failure).await?;
                    if self.has_arrived(&blob.descriptor).await {
                        return Ok(Placed::Written);
                    }
                }
                Err(Stop::Failure(failure)) => retry.after_failure(failure).await?,
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    async fn upload_once(&self, blob: &Blob, source: Option<&str>, name: &str) -> Result<Step, Stop> {
        let opened = match source {
            Some(source) => self.mount(blob.descriptor.digest, source).await?,
            None => None,
        };
        let opened = match opened {
            Some(answer) if answer.status == StatusCode::CREATED => {
                return Ok(Step::Done(Placed::Mounted(source.unwrap_or_default().to_owned())));
            }
            Some(answer) => answer,
            None => {
                let request = Request::new(Method::POST, self.address("blobs/uploads/")?);
                self.session.attempt(&request).await?
            }
        };
        if opened.status != StatusCode::ACCEPTED {
            return Ok(Step::Refused(opened));
        }
        let location = upload_location(&opened)?.with_query("digest", &blob.descriptor.digest.to_string());
        let request = Request::new(Method::PUT, location)
            .header(reqwest::header::CONTENT_TYPE, "application/octet-stream")
            .body(Body::Blob(blob.clone()))
            .progress(progress(self.session.client.notice(), name));
        let answer = match self.session.attempt(&request).await {
            Err(Stop::Failure(failure)) => return Ok(Step::Lost(failure)),
            answer => answer?,
        };
        match answer.status {
            status if status.is_success() => {
                let ours = blob.descriptor.digest;
                match stated_digest(&answer).filter(|theirs| *theirs != ours) {
                    None => Ok(Step::Done(Placed::Written)),
                    Some(theirs) => {
                        let message = format!(
                            "PUT {}: the registry says the digest of the blob is {theirs}, but it is {ours}",
                            answer.address
                        );
                        Err(Stop::Error(Error::new(Kind::Integrity, message).hint("try again; nothing was tagged")))
                    }
                }
            }
            StatusCode::NOT_FOUND => Ok(Step::Expired(answer)),
            _ if explain::has_code(&answer, &["BLOB_UPLOAD_UNKNOWN"]) => Ok(Step::Expired(answer)),
            _ => Ok(Step::Refused(answer)),
        }
    }

    /// Asks the registry to take a blob from a repository of its own. A 202 is an upload like any other; whatever else is not a
    /// success gives nothing, since the same POST without a source may work.
    async fn mount(&self, digest: Digest, source: &str) -> Result<Option<Answer>, Stop> {
        let address =
            self.address("blobs/uploads/")?.with_query("mount", &digest.to_string()).with_query("from", source);
        let answer = self.session.attempt(&Request::new(Method::POST, address)).await?;
        Ok(matches!(answer.status, StatusCode::CREATED | StatusCode::ACCEPTED).then_some(answer))
    }
}

/// Where to send the blob to. It may be anywhere at the registry, and elsewhere only where that can do no harm.
fn upload_location(opened: &Answer) -> Result<Address, Error> {
    let broken = |why: &str| {
        Error::new(Kind::Network, format!("POST {}: 202 Accepted, but {why}", opened.address))
            .hint("this registry does not keep to the distribution specification")
    };
    let location = opened.header("location").ok_or_else(|| broken("the answer has no Location to upload to"))?;
    let location = opened.address.join(location).map_err(|_| broken("its Location is no address"))?;
    match opened.address.refuses(&location) {
        Some(why) => Err(broken(&format!("its Location must not be followed: {why}"))),
        None => Ok(location.upload()),
    }
}

/// Whether the answer to a HEAD says that this blob is there.
fn shows(answer: &Answer, descriptor: &Descriptor) -> bool {
    answer.status == StatusCode::OK && stated_digest(answer) == Some(descriptor.digest)
}

fn progress(notice: &Arc<dyn Notice>, name: &str) -> Progress {
    let (notice, name) = (Arc::clone(notice), name.to_owned());
    Progress(Arc::new(move |sent| notice.notice(&Event::UploadSent { name: &name, sent })))
}
