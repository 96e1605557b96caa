//! A server on this machine plays Google's: the metadata server, the token endpoints, impersonation.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use serde_json::json;

use super::*;
use crate::notice::Silent;

/// Plays Google's servers. Every request is answered by the next answer of its script; when that is at its end, the last one again.
struct Google {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Copy)]
enum Play {
    Answer(u16, &'static str),
    /// Promises more than it sends.
    Truncated(&'static str),
    Silence,
}

const SOURCE: &str = "Application Default Credentials (~/.config/gcloud/application_default_credentials.json)";
const NO_FILE: &str =
    "GOOGLE_APPLICATION_CREDENTIALS is not set, ~/.config/gcloud/application_default_credentials.json is not there";
const TOKEN: Play = Play::Answer(200, r#"{"access_token":"hunter2","expires_in":3599,"token_type":"Bearer"}"#);

const IMPERSONATED: Play = Play::Answer(200, r#"{"accessToken":"impersonated","expireTime":"2100-01-01T00:00:00Z"}"#);

impl Google {
    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn google(script: &'static [Play]) -> Google {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    // Ends with the process.
    thread::spawn(move || {
        let mut silent = Vec::new();
        for (number, stream) in listener.incoming().enumerate() {
            let mut reader = BufReader::new(stream.unwrap());
            seen.lock().unwrap().push(request(&mut reader));
            let mut stream = reader.into_inner();
            let (status, body, promised) = match script[number.min(script.len() - 1)] {
                Play::Answer(status, body) => (status, body, body.len()),
                Play::Truncated(body) => (200, body, body.len() + 100),
                Play::Silence => {
                    silent.push(stream);
                    continue;
                }
            };
            write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nMetadata-Flavor: Google\r\nContent-Length: {promised}\r\nConnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
    });
    Google { address, requests }
}

/// A request as its first line, and its body behind it.
fn request(reader: &mut impl BufRead) -> String {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    format!("{} {}", lines[0], String::from_utf8(body).unwrap()).trim().to_owned()
}

/// A machine: its home, and its environment.
struct Machine {
    home: tempfile::TempDir,
    environment: HashMap<OsString, OsString>,
    clock: Clock,
}

impl Machine {
    fn new(variables: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut environment: HashMap<OsString, OsString> =
            variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        environment.insert("HOME".into(), home.path().into());
        Self { home, environment, clock: Clock::default() }
    }

    /// With the file that gcloud writes.
    fn with(self, credential: &Value) -> Self {
        let path = self.path();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, credential.to_string()).unwrap();
        self
    }

    fn path(&self) -> PathBuf {
        self.home.path().join(".config/gcloud/application_default_credentials.json")
    }

    async fn ask(&self) -> Outcome<Found> {
        ask(Environment(&self.environment), self.clock, &Silent).await
    }

    async fn token(&self) -> (String, Found) {
        match self.ask().await {
            Outcome::Found(found) => match &found.login {
                Login::AccessToken(token) => (token.expose().to_owned(), found),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    /// Why there is nothing; the paths of this machine are left out.
    async fn nothing(&self) -> String {
        match self.ask().await {
            Outcome::Nothing(why) => self.shown(&why),
            other => panic!("{other:?}"),
        }
    }

    async fn broken(&self) -> (Kind, String) {
        match self.ask().await {
            Outcome::Broken(Failure { kind, message, .. }) => (kind, self.shown(&message)),
            other => panic!("{other:?}"),
        }
    }

    fn shown(&self, text: &str) -> String {
        text.replace(&self.home.path().display().to_string(), "~")
    }
}

fn user(server: &str) -> Value {
    json!({"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "hunter2-refresh",
        "token_uri": format!("http://{server}/token"), "account": ""})
}

fn federated(server: &str, token: &std::path::Path) -> Value {
    json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": format!("http://{server}/sts"),
        "credential_source": {"file": token},
    })
}

#[tokio::test]
async fn the_metadata_server_gives_a_token() {
    let google = google(&[TOKEN]);
    let (token, found) = Machine::new(&[("GCE_METADATA_HOST", &google.address)]).token().await;
    assert_eq!(token, "hunter2");
    assert_eq!((found.source.as_str(), found.account), ("Application Default Credentials (metadata server)", None));
    let requests = google.requests();
    assert!(
        requests[0].starts_with("GET /computeMetadata/v1/instance/service-accounts/default/token?"),
        "{requests:?}"
    );
}

#[tokio::test]
async fn a_silent_metadata_server_is_not_waited_for() {
    let google = google(&[Play::Silence]);
    let started = Instant::now();
    let why = Machine::new(&[("GCE_METADATA_HOST", &google.address)]).nothing().await;
    assert!((1.0..3.0).contains(&started.elapsed().as_secs_f64()), "{:?}", started.elapsed());
    assert_eq!(why, format!("{NO_FILE}, no metadata server answered within 1 s"));
}

#[tokio::test]
async fn a_metadata_server_without_an_account_gives_nothing() {
    // The second there is to answer may be short on a busy machine.
    let mut why = String::new();
    for _ in 0..5 {
        let google = google(&[Play::Answer(404, "not found")]);
        why = Machine::new(&[("GCE_METADATA_HOST", &google.address)]).nothing().await;
        if !why.ends_with("within 1 s") {
            break;
        }
    }
    let said = r#"the HTTP transport reports a [404] error: failed to fetch access token :b"not found""#;
    assert_eq!(why, format!("{NO_FILE}, the metadata server gave no token: {said}"));
}

#[tokio::test]
async fn where_there_is_no_metadata_server_it_is_said_plainly() {
    let why = Machine::new(&[("GCE_METADATA_HOST", "127.0.0.1:1")]).nothing().await;
    assert_eq!(why, format!("{NO_FILE}, there is no metadata server here"));
}

#[tokio::test]
async fn a_users_login_is_exchanged() {
    let google = google(&[TOKEN]);
    let (token, found) = Machine::new(&[]).with(&user(&google.address)).token().await;
    assert_eq!((token.as_str(), found.account), ("hunter2", None));
    let requests = google.requests();
    assert!(requests[0].starts_with("POST /token ") && requests[0].contains("hunter2-refresh"), "{requests:?}");
}

#[tokio::test]
async fn a_users_login_that_has_expired_is_no_login() {
    let google = google(&[Play::Answer(400, r#"{"error":"invalid_grant"}"#)]);
    let why = Machine::new(&[]).with(&user(&google.address)).nothing().await;
    assert_eq!(
        why,
        format!(
            "~/.config/gcloud/application_default_credentials.json: its login is refused (failed to refresh user access token: \
             HTTP status client error (400 X) for url (http://{}/token): {{\"error\":\"invalid_grant\"}}); \
             `gcloud auth application-default login` makes a new one",
            google.address
        )
    );
    assert_eq!(google.requests().len(), 1, "a refusal is final");
}

#[tokio::test]
async fn an_exchange_that_fails_by_chance_is_repeated() {
    let google = google(&[Play::Answer(503, "busy"), Play::Truncated("{"), TOKEN]);
    let mut machine = Machine::new(&[]).with(&user(&google.address));
    machine.clock = Clock::faster(5);
    assert_eq!(machine.token().await.0, "hunter2");
    assert_eq!(google.requests().len(), 3);
}

#[tokio::test]
async fn an_exchange_that_keeps_failing_ends_the_search() {
    let server = google(&[Play::Answer(503, "busy")]);
    let mut machine = Machine::new(&[]).with(&user(&server.address));
    machine.clock = Clock::faster(5);
    let (kind, message) = machine.broken().await;
    assert_eq!(kind, Kind::Network);
    assert_eq!(
        message,
        format!(
            "cannot get a token with {SOURCE}: failed to refresh user access token: \
             HTTP status server error (503 X) for url (http://{}/token): busy",
            server.address
        )
    );
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_silent_exchange_ends_the_search() {
    let server = google(&[Play::Silence]);
    let mut machine = Machine::new(&[]).with(&user(&server.address));
    machine.clock = Clock::faster(300);
    let (kind, message) = machine.broken().await;
    assert_eq!(kind, Kind::Network);
    assert_eq!(message, format!("cannot get a token with {SOURCE}: there was no answer within 30 s"));
}

#[tokio::test]
async fn a_federated_identity_is_exchanged_and_impersonates() {
    let google = google(&[
        Play::Answer(
            200,
            r#"{"access_token":"sts","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}"#,
        ),
        IMPERSONATED,
    ]);
    let folder = tempfile::tempdir().unwrap();
    let subject = folder.path().join("token");
    fs::write(&subject, "subject").unwrap();
    let mut credential = federated(&google.address, &subject);
    let account = "/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken";
    credential["service_account_impersonation_url"] = format!("http://{}{account}", google.address).into();
    let file = folder.path().join("wif.json");
    fs::write(&file, credential.to_string()).unwrap();
    let (token, found) = Machine::new(&[("GOOGLE_APPLICATION_CREDENTIALS", file.to_str().unwrap())]).token().await;
    assert_eq!(token, "impersonated");
    assert_eq!(found.account.as_deref(), Some("robot@p.iam.gserviceaccount.com"));
    assert_eq!(found.source, format!("Application Default Credentials ({})", file.display()));
    let requests = google.requests();
    assert!(requests[0].starts_with("POST /sts ") && requests[0].contains("subject_token=subject"), "{requests:?}");
    assert!(requests[1].starts_with(&format!("POST {account} ")), "{requests:?}");
}

#[tokio::test]
async fn a_users_login_impersonates() {
    let google = google(&[TOKEN, IMPERSONATED]);
    let account = "/v1/projects/-/serviceAccounts/robot@p.iam.gserviceaccount.com:generateAccessToken";
    let credential = json!({"type": "impersonated_service_account", "source_credentials": user(&google.address),
        "service_account_impersonation_url": format!("http://{}{account}", google.address)});
    let (token, found) = Machine::new(&[]).with(&credential).token().await;
    assert_eq!((token.as_str(), found.account.as_deref()), ("impersonated", Some("robot@p.iam.gserviceaccount.com")));
}

#[tokio::test]
async fn a_federated_identity_that_does_not_work_is_explained_without_its_token() {
    let google = google(&[Play::Answer(403, "no")]);
    let folder = tempfile::tempdir().unwrap();
    let subject = folder.path().join("token");
    let refused = format!(
        "failed to exchange token: HTTP status client error (403 X) for url (http://{}/sts): no",
        google.address
    );
    for (content, format, expected) in [
        ("hunter2", "text", refused.as_str()),
        (r#"{"other":"hunter2"}"#, "json", "failed to read subject token field `value` as string"),
        (r#""hunter2""#, "json", "failed to read subject token field `value` as string"),
        ("hunter2", "json", "its JSON is not what was expected"),
    ] {
        fs::write(&subject, content).unwrap();
        let mut credential = federated(&google.address, &subject);
        credential["credential_source"]["format"] = json!({"type": format, "subject_token_field_name": "value"});
        let (kind, message) = Machine::new(&[]).with(&credential).broken().await;
        assert_eq!((kind, message), (Kind::Denied, format!("cannot get a token with {SOURCE}: {expected}")));
    }
    fs::remove_file(&subject).unwrap();
    let (kind, message) = Machine::new(&[]).with(&federated(&google.address, &subject)).broken().await;
    let expected = format!("{SOURCE} names the token file `{}`, which is not there", subject.display());
    assert_eq!((kind, message), (Kind::Denied, expected));
}

#[tokio::test]
async fn the_key_of_a_service_account_is_handed_over_as_it_is() {
    let key = json!({"type": "service_account", "client_email": "robot@p.iam.gserviceaccount.com", "private_key": "k"});
    let Outcome::Found(found) = Machine::new(&[]).with(&key).ask().await else { panic!("nothing found") };
    assert_eq!(found.account.as_deref(), Some("robot@p.iam.gserviceaccount.com"));
    let Login::Basic(user, secret) = found.login else { panic!("{:?}", found.login) };
    assert_eq!((user.as_str(), secret.expose()), ("_json_key", key.to_string().as_str()));
}

#[tokio::test]
async fn a_file_that_is_no_credential_is_named_and_not_shown() {
    for (content, expected) in [
        ("hunter2", "PATH is not the JSON it should be: expected value at line 1 column 1".to_owned()),
        (r#"{"key":"hunter2"}"#, format!("{SOURCE} has no `type`: it is no credential of Google's")),
        (r#"{"type":"other"}"#, format!("{SOURCE} has the type `other`, which is not supported")),
        (
            r#"{"type":"service_account","private_key":"hunter2"}"#,
            format!("{SOURCE} is a service account's key without `client_email` or `private_key`"),
        ),
        (
            r#"{"type":"authorized_user","client_id":"hunter2"}"#,
            format!("cannot get a token with {SOURCE}: the file has a missing field `client_secret`"),
        ),
        (
            r#"{"type":"authorized_user","client_id":["hunter2"]}"#,
            format!("cannot get a token with {SOURCE}: the file does not have the form that its `type` asks for"),
        ),
    ] {
        let machine = Machine::new(&[]).with(&Value::Null);
        fs::write(machine.path(), content).unwrap();
        let path = "~/.config/gcloud/application_default_credentials.json";
        assert_eq!(machine.broken().await.1, expected.replace("PATH", path));
    }
    let (kind, message) = Machine::new(&[("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file")]).broken().await;
    assert_eq!(kind, Kind::Usage);
    assert_eq!(message, "GOOGLE_APPLICATION_CREDENTIALS names `/no/such/file`, which is not there");
}
