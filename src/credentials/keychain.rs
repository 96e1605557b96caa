//! The search: every source in its order, each asked once, each step recorded.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::config::Lead;
use super::environment::Environment;
use super::helper::{Answer, Helper};
use super::outcome::{Failure, Once, Outcome};
use super::places::{self, Place};
use super::{Credential, Explicit, ExplicitLogin, Login, Only, Options, Step, adc, explain, google};
use crate::error::{Error, Kind};
use crate::http::Secret;
use crate::http::header::{HeaderName, HeaderValue};
use crate::notice::{Event, Notice};

type Answers = HashMap<(String, String), Arc<Once<Outcome<Answer>>>>;

/// Finds credentials. What is found is kept, and a helper runs once for a host.
pub struct Keychain {
    options: Options,
    notice: Arc<dyn Notice>,
    places: OnceLock<Vec<Place>>,
    answers: Mutex<Answers>,
    adc: Once<Outcome<adc::Found>>,
    /// The warnings that were given; none is given twice.
    warned: Mutex<HashSet<String>>,
}

/// What is looked for, and what has been tried.
struct Search<'a> {
    host: &'a str,
    repository: &'a str,
    /// From the source itself, not as it was kept.
    again: bool,
    tried: Vec<Step>,
    /// Helpers that gave nothing although one expects it of them: they are configured for this very host. With the reason.
    passed_over: Vec<String>,
}

impl Search<'_> {
    fn step(&mut self, source: impl Into<String>, outcome: impl Into<String>) {
        self.tried.push(Step { source: source.into(), outcome: outcome.into() });
    }

    fn found(&mut self, login: Login, source: String) -> Credential {
        Credential {
            account: google::account(&login),
            google: google::is_googles(self.host, &login),
            login,
            source,
            expires: None,
            tried: std::mem::take(&mut self.tried),
        }
    }
}

impl Keychain {
    /// A keychain; nothing is read or run yet.
    pub fn new(options: Options, notice: Arc<dyn Notice>) -> Self {
        Self {
            options,
            notice,
            places: OnceLock::new(),
            answers: Mutex::default(),
            adc: Once::default(),
            warned: Mutex::default(),
        }
    }

    /// The credential for a repository (its host and its path there, as [`Reference`](crate::oci::Reference) has them; `docker.io` for Docker Hub).
    ///
    /// Gives an anonymous credential where nothing was found. Fails where a source is broken in a way that must not be passed over: a configuration
    /// that cannot be read, a helper that crashes or hangs.
    pub async fn credential(&self, host: &str, repository: &str) -> Result<Credential, Error> {
        self.search(host, repository, false).await
    }

    /// The same, from its source once more: what was given before has expired. Gives what [`Self::credential`] gave where the source is not one that renews.
    pub async fn renewed(&self, host: &str, repository: &str) -> Result<Credential, Error> {
        self.search(host, repository, true).await
    }

    /// The headers that docker's configuration adds to every request to a registry (`HttpHeaders`).
    #[allow(clippy::unused_async, reason = "it reads files, which need not stay as quick as it is")]
    pub async fn headers(&self) -> Result<Vec<(String, Secret)>, Error> {
        let mut headers = Vec::new();
        for place in self.places()?.iter().filter(|place| place.is_dockers) {
            let Ok(config) = &place.config else { continue };
            for (name, value) in config.http_headers.iter().flatten() {
                let value = value.as_deref().unwrap_or_default();
                if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
                    let message =
                        format!("`{name}` in `HttpHeaders` of {} is not a header that can be sent", place.source);
                    return Err(Error::new(Kind::Usage, message));
                }
                headers.push((name.clone(), Secret::new(value)));
            }
        }
        Ok(headers)
    }

    async fn search(&self, host: &str, repository: &str, again: bool) -> Result<Credential, Error> {
        let mut search = Search { host, repository, again, tried: Vec::new(), passed_over: Vec::new() };
        match self.options.only {
            Some(Only::Adc) => return self.adc_alone(&mut search).await,
            None => {}
        }
        let explicit = match &self.options.explicit {
            Some(explicit) => Some(explicit.clone()),
            None => self.environment().explicit()?,
        };
        if let Some(explicit) = explicit {
            return given(&mut search, explicit);
        }
        search.step("CONSIGN_USERNAME and CONSIGN_TOKEN", "not set");
        for place in self.places()? {
            if let Some(credential) = self.look(place, &mut search).await? {
                return Ok(credential);
            }
        }
        if google::is_google(host)
            && let Some(credential) = self.adc(&mut search).await?
        {
            return Ok(credential);
        }
        Ok(search.found(Login::Anonymous, "anonymous".to_owned()))
    }

    /// What one configuration has, by itself or through the helpers that it names.
    async fn look(&self, place: &Place, search: &mut Search<'_>) -> Result<Option<Credential>, Error> {
        let config = match &place.config {
            Ok(config) => config,
            Err(why) => {
                search.step(&place.source, *why);
                return Ok(None);
            }
        };
        let leads = config.leads(&place.source, search.host, search.repository)?;
        if leads.is_empty() {
            search.step(&place.source, format!("nothing for {}", search.host));
        }
        for lead in leads {
            match lead {
                Lead::Login { key, login } => {
                    let of_host = key == search.host;
                    let source = if of_host { place.source.clone() } else { format!("{} ({key})", place.source) };
                    self.warn(search, &source);
                    return Ok(Some(search.found(login, source)));
                }
                Lead::Helper { name, server, chosen } => {
                    let helper = Helper::new(&name, server, &place.source)?;
                    if let Some(credential) = self.helper(&helper, chosen, search).await? {
                        return Ok(Some(credential));
                    }
                }
            }
        }
        Ok(None)
    }

    async fn helper(
        &self,
        helper: &Helper,
        chosen: bool,
        search: &mut Search<'_>,
    ) -> Result<Option<Credential>, Error> {
        let once = Arc::clone(locked(&self.answers).entry(helper.key()).or_default());
        let ask = helper.ask(self.environment(), self.options.clock, &*self.notice);
        match once.get(search.again, ask).await {
            Outcome::Found(Answer { user, secret }) => {
                let source = helper.source();
                self.warn(search, &source);
                let mut credential = search.found(google::login(search.host, user, secret), source);
                credential.google |= helper.is_googles();
                Ok(Some(credential))
            }
            Outcome::Nothing(why) => {
                // One that is asked for every host is expected to have nothing for most; not so where Google's credentials would answer.
                if chosen || google::is_google(search.host) {
                    search.passed_over.push(format!("the {}: {why}", helper.source()));
                }
                search.step(helper.source(), why);
                Ok(None)
            }
            Outcome::Broken(failure) => Err(failure.into()),
        }
    }

    async fn adc(&self, search: &mut Search<'_>) -> Result<Option<Credential>, Error> {
        let ask = adc::ask(self.environment(), self.options.clock, &*self.notice);
        match self.adc.get(search.again, ask).await {
            Outcome::Found(adc::Found { login, account, source }) => {
                self.warn(search, &source);
                let credential = search.found(login, source);
                Ok(Some(Credential { account, google: true, ..credential }))
            }
            Outcome::Nothing(why) => {
                search.step(adc::NAME, why);
                Ok(None)
            }
            Outcome::Broken(failure) => Err(failure.into()),
        }
    }

    async fn adc_alone(&self, search: &mut Search<'_>) -> Result<Credential, Error> {
        if !google::is_google(search.host) {
            let message = format!("{} are for Google's registries, and {} is none", adc::NAME, search.host);
            return Err(Error::new(Kind::Usage, message)
                .hint("leave out the option that asks for `adc` alone, or the variable CONSIGN_AUTH"));
        }
        match self.adc(search).await? {
            Some(credential) => Ok(credential),
            None => Err(explain::nothing_found(search.host, &search.tried)),
        }
    }

    /// Tells that another source answers than the one that was meant to: as whom we speak may be a surprise.
    fn warn(&self, search: &Search<'_>, source: &str) {
        if search.passed_over.is_empty() {
            return;
        }
        let text = format!(
            "{source} answers for {}, which may be another account: nothing came from {}",
            search.host,
            search.passed_over.join("; ")
        );
        if locked(&self.warned).insert(text.clone()) {
            self.notice.notice(&Event::Warning(&text));
        }
    }

    /// The configurations; what could not be read is read again by the next who asks.
    pub(super) fn places(&self) -> Result<&[Place], Failure> {
        if let Some(places) = self.places.get() {
            return Ok(places);
        }
        let places = places::read(&self.options)?;
        Ok(self.places.get_or_init(|| places))
    }

    const fn environment(&self) -> Environment<'_> {
        Environment(&self.options.environment)
    }
}

/// The credential that the user gave for this command.
fn given(search: &mut Search<'_>, explicit: Explicit) -> Result<Credential, Error> {
    let Explicit { login, origin } = explicit;
    let login = match login {
        ExplicitLogin::Password(user, _) if user.contains(':') => {
            let message = format!("the user name of {origin} has a `:` in it, which ends a user name");
            return Err(Error::new(Kind::Usage, message));
        }
        ExplicitLogin::Password(user, secret) => google::login(search.host, user, secret),
        ExplicitLogin::Token(secret) => google::token(search.host, secret),
    };
    Ok(search.found(login, origin))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
