use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::super::testing::{Ear, Server, answer, client, read_head, run};
use super::super::{Address, Answer, Cause, Client, Clock, Failure, Method, Request};
use super::*;

/// An authority of our own, and what it signed, in files.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Two authorities of one name would be taken for one.
        params.distinguished_name.push(DnType::CommonName, format!("authority {}", fastrand::u64(..)));
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Self { folder: tempfile::tempdir().unwrap(), issuer };
        authority.file("ca.pem", &authority.issuer.pem());
        authority
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// Signs a certificate for `name`.
    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn client_certificate(&self) -> ClientCertificate {
        let (certificate, key) = self.sign("a client");
        ClientCertificate {
            certificate: self.file("client.pem", &certificate.pem()),
            key: self.file("client.key", &key.serialize_pem()),
        }
    }

    /// A server with a certificate for `name`, which asks its clients for one if it is `strict`.
    fn server(&self, name: &str, strict: bool) -> Server {
        let config = Arc::new(self.config(name, strict));
        Server::raw(move |_, stream| {
            let mut tls = accept(&config, stream);
            if !read_head(&mut tls).is_empty() {
                tls.write_all(answer("200 OK", &[], "hello").as_bytes()).unwrap();
            }
            // Until the client has hung up: a reset would overtake what was said.
            let _ = std::io::copy(&mut tls.sock, &mut std::io::sink());
        })
    }

    fn config(&self, name: &str, strict: bool) -> ServerConfig {
        let (certificate, key) = self.sign(name);
        let provider = Arc::new(ring::default_provider());
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
        let builder = if strict {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()
    }
}

fn accept(config: &Arc<ServerConfig>, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
}

/// TLS takes its time in a debug build: this clock is only ten times as fast.
fn options() -> Options {
    Options { clock: Clock::faster(10), ..Options::default() }
}

fn trusting(authority: &Authority) -> Options {
    Options { ca_files: vec![authority.path("ca.pem")], ..options() }
}

fn get(server: &Server, options: &Options) -> (Result<Answer, Failure>, Arc<Ear>) {
    let (client, ear) = client(options);
    let request = Request::new(Method::GET, Address::new("https", &server.authority(), "/v2/").unwrap());
    (run(client.attempt(&request)), ear)
}

fn refused(options: &Options) -> Error {
    Client::new(options, Arc::new(crate::notice::Silent)).unwrap_err()
}

#[test]
fn a_certificate_is_trusted_where_its_authority_is_named() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", false);
    assert_eq!(&get(&server, &trusting(&authority)).0.unwrap().body[..], b"hello");

    let failure = get(&server, &options()).0.unwrap_err();
    assert_eq!(failure.cause, Cause::Untrusted);
    assert_eq!(
        failure.message,
        format!(
            "GET https://{}/v2/: the server's certificate is not trusted: it is signed by nobody whom this machine trusts",
            server.authority()
        )
    );
    assert!(failure.hint.unwrap().contains("--ca-file"));
}

#[test]
fn all_certificates_of_a_file_are_trusted() {
    let (one, two) = (Authority::new(), Authority::new());
    let both = format!("{}\nsome prose\n{}", one.issuer.pem(), two.issuer.pem());
    let options = Options { ca_files: vec![one.file("both.pem", &both)], ..options() };
    for authority in [&one, &two] {
        assert_eq!(get(&authority.server("127.0.0.1", false), &options).0.unwrap().status, 200);
    }
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let authority = Authority::new();
    let server = authority.server("r.example", false);
    let failure = get(&server, &trusting(&authority)).0.unwrap_err();
    assert_eq!(failure.cause, Cause::Untrusted);
    assert!(failure.message.ends_with("it is for another host"), "{}", failure.message);
}

#[test]
fn any_certificate_will_do_where_none_is_verified_and_a_warning_says_so() {
    let authority = Authority::new();
    let server = authority.server("r.example", false);
    let (found, ear) = get(&server, &Options { skip_tls_verify: true, ..options() });
    assert_eq!(found.unwrap().status, 200);
    let lines = ear.lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with("warning certificates are not verified")).count(), 1);
}

#[test]
fn a_server_that_asks_who_we_are_is_told() {
    let authority = Authority::new();
    let server = authority.server("127.0.0.1", true);
    let failure = get(&server, &trusting(&authority)).0.unwrap_err();
    assert!(failure.message.ends_with("the server wants a client certificate"), "{}", failure.message);
    assert_eq!(failure.cause, Cause::Untrusted);

    let known = Options { client_certificate: Some(authority.client_certificate()), ..trusting(&authority) };
    assert_eq!(get(&server, &known).0.unwrap().status, 200);

    let other = Authority::new();
    let stranger = Options { client_certificate: Some(other.client_certificate()), ..trusting(&authority) };
    let failure = get(&server, &stranger).0.unwrap_err();
    assert!(failure.message.contains("the server refuses the client certificate"), "{}", failure.message);
}

#[test]
fn http2_is_spoken_where_it_is_offered() {
    let authority = Authority::new();
    let mut config = authority.config("127.0.0.1", false);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let (told, heard) = std::sync::mpsc::channel();
    let server = Server::raw(move |_, stream| {
        let mut preface = [0; 16];
        accept(&config, stream).read_exact(&mut preface).unwrap();
        told.send(preface).unwrap();
    });
    let failure = get(&server, &trusting(&authority)).0.unwrap_err();
    assert_eq!(&heard.recv().unwrap(), b"PRI * HTTP/2.0\r\n");
    assert_eq!(failure.cause, Cause::Interrupted, "{}", failure.message);
}

#[test]
fn plain_http_where_tls_was_meant_is_recognised() {
    let server = Server::raw(|_, mut stream| {
        stream.write_all(answer("400 Bad Request", &[], "").as_bytes()).unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let failure = get(&server, &options()).0.unwrap_err();
    assert_eq!(failure.cause, Cause::Untrusted, "{}", failure.message);
    assert!(failure.message.ends_with("the server does not speak TLS"), "{}", failure.message);
    assert!(failure.hint.unwrap().contains("--plain-http"));
}

#[test]
fn a_connection_that_closes_during_the_handshake_is_a_hiccup() {
    let server = Server::raw(|_, stream| drop(stream));
    let failure = get(&server, &options()).0.unwrap_err();
    assert_eq!(failure.cause, Cause::Interrupted, "{}", failure.message);
}

#[test]
fn a_file_that_cannot_be_used_is_named() {
    let authority = Authority::new();
    let good = authority.client_certificate();
    let key = authority.file("other.key", &KeyPair::generate().unwrap().serialize_pem());
    let empty = authority.file("empty.pem", "no certificate here");
    let broken = authority.file("broken.pem", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n");
    let no_certificate = authority.file("der.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = authority.file("encrypted.key", encrypted);
    let with_ca = |file: PathBuf| Options { ca_files: vec![authority.path("ca.pem"), file], ..options() };
    let with_key = |key: PathBuf| {
        let certificate = good.certificate.clone();
        Options { client_certificate: Some(ClientCertificate { certificate, key }), ..options() }
    };
    for (options, text) in [
        (with_ca(authority.path("missing.pem")), "missing.pem`: No such file"),
        (with_ca(empty), "empty.pem` holds no certificate"),
        (with_ca(broken), "cannot use the certificate in `"),
        (with_ca(no_certificate), "der.pem`: "),
        (with_key(authority.path("missing.key")), "missing.key`: No such file"),
        (with_key(encrypted), "encrypted.key` holds no unencrypted private key"),
        (with_key(key), "cannot be used with the key `"),
    ] {
        let error = refused(&options);
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(error.kind(), Kind::Local);
    }
}
