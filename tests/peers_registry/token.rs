//! A token server for registries that leave the login to another: one account, which may do all it asks for, but only pull below `read-only/`.
//!
//! It follows the [token specification](https://distribution.github.io/distribution/spec/auth/jwt/): a signed JWT that carries the
//! certificate of its key, which the registry finds in its `rootcertbundle`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

const LIFETIME: u64 = 300;

/// Listens until it is dropped.
pub(crate) struct TokenServer {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl TokenServer {
    pub(crate) const SERVICE: &str = "bundles.test";
    pub(crate) const ISSUER: &str = "tokens.test";

    /// Starts it; the certificate for the registry is then `tokens.pem` in the folder.
    pub(crate) fn start(folder: &Path, username: &str, password: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        fs::write(folder.join("tokens.pem"), certificate.pem()).unwrap();
        let signer = Arc::new(Signer::new(&key, certificate.der()));
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}")));

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let accept = move || {
            for connection in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    return;
                }
                let (signer, expected) = (Arc::clone(&signer), expected.clone());
                thread::spawn(move || connection.and_then(|stream| answer(&stream, &signer, &expected)));
            }
        };
        Self { address, ends, listener: Some(thread::spawn(accept)) }
    }

    pub(crate) fn realm(&self) -> String {
        format!("http://localhost:{}/token", self.address.port())
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // Wakes it.
        let _ = TcpStream::connect(self.address);
        let _ = self.listener.take().map(JoinHandle::join);
    }
}

/// Answers one request and closes.
fn answer(stream: &TcpStream, signer: &Signer, expected: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let mut knows_the_password = false;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        knows_the_password |= name.eq_ignore_ascii_case("authorization") && value == expected;
    }
    let (status, body) = match request.split(' ').collect::<Vec<_>>()[..] {
        ["GET", target, _] if knows_the_password => {
            let token = signer.token(&access(target));
            ("200 OK", json!({ "token": token, "expires_in": LIFETIME }))
        }
        ["GET", ..] => {
            ("401 Unauthorized", json!({ "errors": [{ "code": "UNAUTHORIZED", "message": "who are you?" }] }))
        }
        // Clients that try OAuth2 first go on with GET.
        _ => ("404 Not Found", json!({ "errors": [{ "code": "UNSUPPORTED", "message": "only GET" }] })),
    };
    let body = body.to_string();
    write!(
        &*stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// What the scopes of a request ask for: `scope=repository:team/shop:pull,push`, repeated or with spaces in between.
fn access(target: &str) -> Value {
    let (_, query) = target.split_once('?').unwrap_or_default();
    let scopes = query.split('&').filter_map(|pair| pair.strip_prefix("scope=")).map(decoded).collect::<Vec<_>>();
    let scopes = scopes.iter().flat_map(|scope| scope.split(' '));
    let entry = |scope: &str| {
        let (kind, rest) = scope.split_once(':')?;
        let (name, actions) = rest.rsplit_once(':')?;
        let granted = actions.split(',').filter(|action| *action == "pull" || !name.starts_with("read-only/"));
        Some(json!({ "type": kind, "name": name, "actions": granted.collect::<Vec<_>>() }))
    };
    scopes.filter_map(entry).collect()
}

/// A query value with its escapes resolved.
fn decoded(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some(at) = rest.find(['%', '+']) {
        text.push_str(&rest[..at]);
        let escaped = rest.get(at + 1..at + 3).filter(|_| rest[at..].starts_with('%'));
        let byte = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        text.push(byte.map_or(' ', char::from));
        rest = &rest[at + if byte.is_some() { 3 } else { 1 }..];
    }
    text + rest
}

/// Signs with ES256.
struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
}

impl Signer {
    fn new(key: &KeyPair, certificate: &[u8]) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.serialize_der(), &random).unwrap();
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [BASE64_STANDARD.encode(certificate)] }).to_string();
        Self { key, random, header }
    }

    fn token(&self, access: &Value) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "iss": TokenServer::ISSUER,
            "sub": "releaser",
            "aud": TokenServer::SERVICE,
            "nbf": now - 10,
            "iat": now - 10,
            "exp": now + LIFETIME,
            "jti": now.to_string(),
            "access": access,
        });
        let encoded = |text: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encoded(self.header.as_bytes()), encoded(claims.to_string().as_bytes()));
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", encoded(signature.as_ref()))
    }
}
