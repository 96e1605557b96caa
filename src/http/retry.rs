//! How often, and after how long, something is tried again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::StatusCode;
use reqwest::header::{DATE, RETRY_AFTER};
use tokio::time::Instant;

use super::{Answer, Cause, Client, Failure, Patience};
use crate::error::{Error, Kind};
use crate::notice::Event;

/// The longest first wait; each further one may be twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait, unless the server asks for more.
const LONGEST: Duration = Duration::from_secs(15);
/// The patience with a host that never answered: a typo must not cost minutes.
const UNKNOWN_HOST: Duration = Duration::from_secs(10);
/// The tries in all of a name that does not exist.
const UNKNOWN_NAME_TRIES: u32 = 2;
/// The tries in all of [`Patience::Brief`].
const BRIEF_TRIES: u32 = 3;

/// The patience that one operation has left.
///
/// It is spent by waiting, and by attempts in as much as nothing moved in them; bytes that flow cost nothing.
#[derive(Debug)]
pub struct Retry {
    client: Client,
    what: String,
    began: Instant,
    /// Attempts that came to nothing.
    tries: u32,
    spent: Duration,
}

impl Retry {
    pub(super) fn new(client: Client, what: String) -> Self {
        Self { client, what, began: Instant::now(), tries: 0, spent: Duration::ZERO }
    }

    /// After an attempt without an answer: waits, having said so; or gives the error that ends the operation.
    pub async fn after_failure(&mut self, failure: Failure) -> Result<(), Error> {
        self.tries += 1;
        self.spent = self.spent.saturating_add(failure.idle);
        let known = failure.host_answered;
        let patience = self.client.patience();
        let left = if known { patience } else { patience.min(UNKNOWN_HOST) }.saturating_sub(self.spent);
        let no_such_name = failure.cause == Cause::NoSuchName && !known && self.tries >= UNKNOWN_NAME_TRIES;
        if !failure.is_transient() {
            return Err(failure.into());
        }
        if left.is_zero() || no_such_name {
            return Err(self.exhausted(failure));
        }
        let why = failure.message.strip_prefix(&self.what).and_then(|rest| rest.strip_prefix(": "));
        self.wait(why.unwrap_or(&failure.message), self.backoff().min(left)).await;
        Ok(())
    }

    /// After an answer: waits, having said so, and gives nothing if the operation is to be tried again (408, 429 and 5xx, while
    /// there is patience); gives the answer back if it stands, with [`Answer::tries`] filled in.
    pub async fn after_answer(&mut self, mut answer: Answer, patience: Patience) -> Option<Answer> {
        if !is_worth_another_try(answer.status) {
            answer.tries = self.told(self.tries + 1);
            return Some(answer);
        }
        self.tries += 1;
        self.spent = self.spent.saturating_add(answer.idle);
        let left = self.client.patience().saturating_sub(self.spent);
        let asked = asked_to_wait(&answer);
        if let Some(asked) = asked.filter(|asked| *asked > left) {
            let limit = self.client.patience().as_secs_f64();
            let asks = format!("the server asks to wait {} s, longer than --retry-for {limit} s", asked.as_secs());
            answer.tries = Some(self.told(self.tries).map_or_else(|| asks.clone(), |tries| format!("{tries}; {asks}")));
            return Some(answer);
        }
        let brief = patience == Patience::Brief && answer.status.is_server_error() && self.tries >= BRIEF_TRIES;
        if left.is_zero() || brief {
            answer.tries = self.told(self.tries);
            return Some(answer);
        }
        let wait = self.backoff().min(left).max(asked.unwrap_or_default());
        self.wait(&self.answer_told(&answer), wait).await;
        None
    }

    /// Full jitter: anything from nothing to a limit that doubles.
    fn backoff(&self) -> Duration {
        let doublings = self.tries.saturating_sub(1).min(16);
        (FIRST * (1 << doublings)).min(LONGEST).mul_f64(fastrand::f64())
    }

    async fn wait(&mut self, why: &str, wait: Duration) {
        self.client.notice().notice(&Event::Retrying { what: &self.what, why, wait });
        self.client.clock().sleep(wait).await;
        self.spent = self.spent.saturating_add(wait);
    }

    fn answer_told(&self, answer: &Answer) -> String {
        let request = format!("{} {}", answer.method, answer.address);
        if request == self.what { answer.status.to_string() } else { format!("{request}: {}", answer.status) }
    }

    /// `after 5 tries in 1 min 58 s`; nothing after the first.
    fn told(&self, tries: u32) -> Option<String> {
        let passed = human_duration(self.client.clock().since(self.began));
        (tries > 1).then(|| format!("after {tries} tries in {passed}"))
    }

    fn exhausted(&self, failure: Failure) -> Error {
        let message = match self.told(self.tries) {
            Some(tries) => format!("{} ({tries})", failure.message),
            None => failure.message,
        };
        let hint = failure.hint.unwrap_or_else(|| {
            let longer = "or be more patient with --retry-for";
            if failure.host_answered {
                format!("try again later, {longer}")
            } else {
                format!("check that the host can be reached from here, {longer}")
            }
        });
        Error::new(Kind::Network, message).hint(hint)
    }
}

/// 501 and 505 say that it will never work.
fn is_worth_another_try(status: StatusCode) -> bool {
    match status.as_u16() {
        408 | 429 => true,
        501 | 505 => false,
        other => (500..600).contains(&other),
    }
}

/// `Retry-After`, as seconds or as a date, which counts from the server's own clock where it tells it.
///
/// See [RFC 9110, 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3).
fn asked_to_wait(answer: &Answer) -> Option<Duration> {
    let text = answer.header(RETRY_AFTER.as_str())?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Of more digits than fit only that they are many matters.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = date(text)?;
    let now = answer.header(DATE.as_str()).and_then(date).unwrap_or_else(Timestamp::now);
    Some(Duration::from_secs(u64::try_from(until.as_second().saturating_sub(now.as_second())).unwrap_or(0)))
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// `0.4 s`, `12 s`, `2 min 3 s`.
fn human_duration(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests;
