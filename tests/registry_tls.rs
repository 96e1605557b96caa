//! Certificates, proxies and plain http: whom a push trusts on its way, and what it says where it trusts nobody.

#![allow(clippy::unwrap_used, reason = "a panic here is a test that fails")]

mod common;
mod registry;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Output, Stdio};
use std::thread;

use common::User;
use registry::{Config, Registry, Tls, Tokens};

/// A registry with tokens and TLS, or without.
fn registry(tls: Tls) -> Registry {
    Registry::start(Config { tls, ..Config::tokens(Tokens::default()) })
}

/// Somebody with the test authority's certificate in `ca.pem`, and a client's in `me.pem` and `me.key`.
fn user() -> User {
    let user = User::new();
    user.folder.file("ca.pem", Registry::ca_pem());
    let (certificate, key) = Registry::client_pem();
    user.folder.file("me.pem", certificate);
    user.folder.file("me.key", key);
    user
}

/// Pushes with these variables and options. Nothing is tried again.
fn push(user: &User, reference: &str, variables: &[(&str, &str)], options: &[&str]) -> Output {
    let mut command = user.command(&["push", "in", reference, "--no-cache", "--retry-for", "0"]);
    command.args(options).envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeds(output: &Output) -> String {
    let said = said(output);
    assert!(output.status.success(), "{said}");
    said
}

/// Checks the exit code and that these texts are in what was said.
fn fails(output: &Output, code: i32, texts: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for text in texts {
        assert!(said.contains(text), "{text:?} is not in: {said}");
    }
}

/// Everything that was sent to the registry but the proxy's CONNECTs.
fn requests(registry: &Registry) -> Vec<String> {
    registry.requests().into_iter().filter(|line| !line.starts_with("CONNECT")).collect()
}

#[test]
fn a_certificate_is_trusted_where_its_authority_is_named() {
    let (registry, user) = (registry(Tls::On), user());
    let reference = format!("{}/shop:v1", registry.host());
    let said = succeeds(&push(&user, &reference, &[], &["--ca-file", "ca.pem"]));
    assert!(!said.contains("warning"), "{said}");
    // The variable; and more than one file.
    user.folder.file("other.pem", certificate_of_somebody().0);
    succeeds(&push(&user, &reference, &[("CONSIGN_CA_FILE", "other.pem,ca.pem")], &[]));
    assert_eq!(registry.missing("shop", "v1"), None);
}

#[test]
fn a_certificate_of_an_unknown_authority_is_not_trusted_and_the_option_is_named() {
    let (registry, user) = (registry(Tls::On), user());
    user.folder.file("other.pem", certificate_of_somebody().0);
    let reference = format!("{}/shop:v1", registry.host());
    let output = push(&user, &reference, &[], &["--ca-file", "other.pem"]);
    fails(&output, 5, &["certificate is not trusted", &registry.host(), "hint:", "--ca-file"]);
    let proxy = registry.proxy();
    let output = push(&user, "registry.test/shop:v1", &[("HTTPS_PROXY", proxy.as_str())], &[]);
    fails(&output, 5, &["certificate is not trusted", "registry.test", "--ca-file"]);
    assert!(requests(&registry).is_empty(), "{:#?}", registry.requests());
}

#[test]
fn a_certificate_of_another_host_is_not_trusted() {
    let (registry, user) = (registry(Tls::On), user());
    let proxy = registry.proxy();
    let output = push(&user, "elsewhere.test/shop:v1", &[("HTTPS_PROXY", proxy.as_str())], &["--ca-file", "ca.pem"]);
    fails(&output, 5, &["it is for another host", "elsewhere.test"]);
}

#[test]
fn verification_can_be_turned_off_and_is_warned_about_each_time() {
    let (registry, user) = (registry(Tls::On), user());
    let reference = format!("{}/shop:v1", registry.host());
    for _ in 0..2 {
        let said = succeeds(&push(&user, &reference, &[], &["--insecure-skip-tls-verify"]));
        assert_eq!(said.matches("warning: certificates are not verified").count(), 1, "{said}");
    }
    for args in [&["ls", "shop"][..], &["digest", "shop:v1"], &["tag", "shop:v1", "v2"]] {
        let name = format!("{}/{}", registry.host(), args[1]);
        let args = [&[args[0], name.as_str()], &args[2..], &["--insecure-skip-tls-verify"]].concat();
        assert!(succeeds(&user.run(&args)).contains("certificates are not verified"), "{args:?}");
    }
    let said = succeeds(&push(&user, &reference, &[("CONSIGN_INSECURE_SKIP_TLS_VERIFY", "true")], &[]));
    assert!(said.contains("certificates are not verified"), "{said}");
}

#[test]
fn a_client_certificate_is_shown_to_a_registry_that_asks_for_one() {
    let (registry, user) = (registry(Tls::ClientCertificate), user());
    let reference = format!("{}/shop:v1", registry.host());
    let mine = ["--ca-file", "ca.pem", "--cert-file", "me.pem", "--key-file", "me.key"];
    succeeds(&push(&user, &reference, &[], &mine));
    assert_eq!(registry.missing("shop", "v1"), None);
    registry.clear_journal();

    let output = push(&user, &reference, &[], &["--ca-file", "ca.pem"]);
    fails(&output, 5, &["client certificate", "hint:", "--cert-file", "--key-file"]);
    let (certificate, key) = certificate_of_somebody();
    user.folder.file("other.pem", certificate);
    user.folder.file("other.key", key);
    let other = ["--ca-file", "ca.pem", "--cert-file", "other.pem", "--key-file", "other.key"];
    fails(&push(&user, &reference, &[], &other), 5, &["refuses the client certificate"]);
    assert!(requests(&registry).is_empty());
}

#[test]
fn files_that_are_no_certificates_and_keys_are_named() {
    let user = user();
    user.folder.file("none.pem", "nothing of the kind\n");
    user.folder.file("other.key", certificate_of_somebody().1);
    for (options, texts) in [
        (&["--ca-file", "absent.pem"][..], &["absent.pem"][..]),
        (&["--ca-file", "none.pem"], &["`none.pem` holds no certificate"]),
        (&["--cert-file", "me.pem", "--key-file", "none.pem"], &["`none.pem` holds no unencrypted private key"]),
        (&["--cert-file", "me.pem", "--key-file", "other.key"], &["me.pem", "other.key"]),
    ] {
        let output = push(&user, "127.0.0.1:1/shop:v1", &[], options);
        fails(&output, 8, texts);
        let said = said(&output);
        assert!(!said.contains("nothing of the kind") && !said.contains("BEGIN PRIVATE"), "{said}");
    }
}

#[test]
fn a_registry_that_speaks_the_other_of_http_and_https_is_explained() {
    let user = user();
    let reference = format!("{}/shop:v1", speaks_only_http());
    let output = push(&user, &reference, &[], &["--ca-file", "ca.pem"]);
    fails(&output, 5, &["does not speak TLS", "--plain-http"]);

    let encrypted = registry(Tls::On);
    let reference = format!("{}/shop:v1", encrypted.host());
    let output = push(&user, &reference, &[], &[]);
    fails(&output, 5, &[&format!("http://{}", encrypted.host()), "the answer is no HTTP"]);
    assert!(encrypted.requests().is_empty());
}

#[test]
fn a_proxy_is_used_for_what_its_variable_says() {
    let (registry, user) = (registry(Tls::On), user());
    let proxy = registry.proxy();
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        registry.clear_journal();
        succeeds(&push(&user, "registry.test/shop:v1", &[(variable, proxy.as_str())], &["--ca-file", "ca.pem"]));
        let connects: Vec<_> = registry.journal().into_iter().filter(|entry| entry.method == "CONNECT").collect();
        assert!(!connects.is_empty(), "{variable}");
        for connect in connects {
            assert_eq!((connect.target.as_str(), connect.authorization()), ("registry.test:443", None), "{variable}");
        }
    }
    // The proxy's password is for the proxy.
    registry.clear_journal();
    let with_password = proxy.replace("http://", "http://me:sesame@");
    let said = succeeds(&push(
        &user,
        "registry.test/shop:v1",
        &[("HTTPS_PROXY", with_password.as_str())],
        &["--ca-file", "ca.pem", "-vv"],
    ));
    assert!(!said.contains("sesame") && !said.contains("bWU6c2VzYW1l"), "{said}");
    for entry in registry.journal() {
        let shown = (entry.method == "CONNECT").then_some("Basic bWU6c2VzYW1l");
        assert_eq!(entry.header("proxy-authorization"), shown, "{} {}", entry.method, entry.path);
    }
    // This machine is not reached through a proxy.
    registry.clear_journal();
    let reference = format!("{}/shop:v1", registry.host());
    succeeds(&push(&user, &reference, &[("HTTPS_PROXY", "http://127.0.0.1:1")], &["--ca-file", "ca.pem"]));
}

#[test]
fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let user = user();
    let output = push(&user, "registry.test/shop:v1", &[("HTTPS_PROXY", "http://me:sesame@127.0.0.1:1")], &[]);
    fails(&output, 5, &["through the proxy 127.0.0.1:1", "refused"]);
    assert!(!said(&output).contains("sesame"), "{}", said(&output));
    let output = push(&user, "registry.test/shop:v1", &[("HTTPS_PROXY", "socks5://me:sesame@127.0.0.1:1")], &[]);
    fails(&output, 2, &["HTTPS_PROXY"]);
    assert!(!said(&output).contains("sesame"), "{}", said(&output));
}

#[test]
fn hosts_of_no_proxy_are_reached_without_it() {
    let (registry, user) = (registry(Tls::Off), user());
    // To consign this is a host as any other, and to the system this machine.
    let host = registry.host().replace("127.0.0.1", "0.0.0.0");
    let reference = format!("{host}/shop:v1");
    let proxy = registry.proxy();
    for (exempt, direct) in [("", false), ("example.com,1.0.0.0/8", false), ("0.0.0.0", true), ("*", true)] {
        registry.clear_journal();
        let variables = [("HTTP_PROXY", proxy.as_str()), ("NO_PROXY", exempt)];
        succeeds(&push(&user, &reference, &variables, &["--plain-http"]));
        for entry in registry.journal() {
            assert_eq!(entry.target.starts_with('/'), direct, "{exempt:?}: {}", entry.target);
        }
    }
}

#[test]
fn plain_http_is_only_for_who_asks_for_it() {
    let (registry, user) = (registry(Tls::Off), user());
    let (proxy, tunnel) = (registry.proxy(), format!("http://{}", speaks_only_http()));
    let variables = [("HTTP_PROXY", proxy.as_str()), ("HTTPS_PROXY", tunnel.as_str())];
    let output = push(&user, "registry.test/shop:v1", &variables, &[]);
    fails(&output, 5, &["does not speak TLS", "--plain-http"]);
    assert!(registry.requests().is_empty(), "nothing goes out in clear text: {:#?}", registry.requests());

    succeeds(&push(&user, "registry.test/shop:v1", &variables, &["--plain-http"]));
    assert_eq!(registry.missing("shop", "v1"), None);
    assert!(registry.journal().iter().any(|entry| entry.target.starts_with("http://registry.test/v2/")));
    succeeds(&push(&user, "registry.test/shop:v1", &[variables[0], ("CONSIGN_PLAIN_HTTP", "1")], &[]));
}

/// A certificate that nobody trusts, and its key, as PEM.
fn certificate_of_somebody() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["somebody.test".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

/// The address of a server that greets TLS as Go's and nginx do who expect HTTP. It is a proxy, too, and the same behind it.
fn speaks_only_http() -> SocketAddr {
    fn greet(mut stream: TcpStream) -> std::io::Result<()> {
        let mut hello = [0; 4096];
        let mut length = stream.read(&mut hello)?;
        if hello.starts_with(b"CONNECT") {
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            length = stream.read(&mut hello)?;
        }
        assert!(length == 0 || hello[0] == 0x16, "not TLS: {}", String::from_utf8_lossy(&hello[..length]));
        stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTPS request to an HTTP server.\n")
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().map(greet).for_each(drop));
    address
}
