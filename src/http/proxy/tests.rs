use std::io::Write;
use std::sync::Arc;

use super::super::testing::{Ear, Server, answer, fast, header, run};
use super::super::{Answer, Cause, Client, Failure, Method, Request};
use super::*;

fn proxies(variables: &[(&str, &str)]) -> Result<Proxies, Error> {
    let get = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Proxies::read(get)
}

fn of(variables: &[(&str, &str)], address: &str) -> Option<String> {
    proxies(variables).unwrap().of(&Address::parse(address).unwrap()).map(str::to_owned)
}

#[test]
fn the_scheme_chooses_the_variable() {
    let both = [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "p:2")];
    assert_eq!(of(&both, "https://r.example/").as_deref(), Some("s:1"));
    assert_eq!(of(&both, "http://r.example/").as_deref(), Some("p:2"));
    assert_eq!(of(&[("ALL_PROXY", "https://a")], "http://r.example/").as_deref(), Some("a:443"));
    assert_eq!(of(&[("HTTPS_PROXY", "")], "https://r.example/"), None);
    assert_eq!(of(&[("HTTP_PROXY", "evil:1"), ("REQUEST_METHOD", "GET")], "http://r.example/"), None);
}

#[test]
fn no_proxy_exempts_hosts_domains_networks_and_ports() {
    for (exempt, address, direct) in [
        ("", "https://localhost:5000/", true),
        ("", "https://127.0.0.1/", true),
        ("", "https://r.example/", false),
        ("*", "https://r.example/", true),
        ("other, r.example", "https://r.example/", true),
        ("example", "https://r.example./", true),
        (".example", "https://r.example/", true),
        ("*.example", "https://r.example/", true),
        ("xample", "https://r.example/", false),
        ("R.EXAMPLE:443", "https://r.example/", true),
        ("r.example:5000", "https://r.example/", false),
        ("10.0.0.0/8", "https://10.9.9.9/", true),
        ("10.0.0.0/8", "https://11.0.0.1/", false),
        ("10.0.0.1", "https://10.0.0.1:5000/", true),
        ("10.0.0.1:5000", "https://10.0.0.1/", false),
        ("0.0.0.0/0", "https://10.0.0.1/", true),
        ("::/0", "https://[2001:db8::1]/", true),
        ("2001:db8::/32", "https://[2001:db8::1]/", true),
        ("[2001:db8::1]:443", "https://[2001:db8::1]/", true),
        ("2001:db8::/33", "https://[2001:db8:ffff::1]/", false),
        ("10.0.0.0/99", "https://r.example/", false),
    ] {
        let used = of(&[("HTTPS_PROXY", "http://s:1"), ("NO_PROXY", exempt)], address);
        assert_eq!(used.is_none(), direct, "{exempt} {address}");
    }
}

#[test]
fn a_variable_that_makes_no_sense_is_named_and_not_shown() {
    for text in ["http://user:sesame@", "socks5://user:sesame@host:1", "http://user:sesame@host:99999"] {
        let error = proxies(&[("https_proxy", text)]).unwrap_err().to_string();
        assert!(error.starts_with("https_proxy: ") && !error.contains("sesame"), "{error}");
    }
    assert!(!format!("{:?}", proxies(&[("HTTPS_PROXY", "http://user:sesame@host:1")])).contains("sesame"));
}

/// Gets `address` through a proxy that gives `answer` to whatever it is asked.
fn through(answer: &str, address: &str) -> (Result<Answer, Failure>, Server) {
    let server = Server::answering(answer);
    let proxy = format!("http://user:sesame@{}", server.authority());
    let proxies = proxies(&[("ALL_PROXY", &proxy)]).unwrap();
    let client = Client::through(proxies, &fast(), Arc::new(Ear::default())).unwrap();
    let request = Request::new(Method::GET, Address::parse(address).unwrap());
    (run(client.attempt(&request)), server)
}

#[test]
fn plain_http_goes_to_the_proxy_itself() {
    let (found, server) = through(&answer("200 OK", &[], "hello"), "http://r.example/v2/");
    assert_eq!(&found.unwrap().body[..], b"hello");
    let head = &server.heads()[0];
    assert!(head.starts_with("GET http://r.example/v2/ HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(head, "proxy-authorization"), Some("Basic dXNlcjpzZXNhbWU="));
}

#[test]
fn tls_goes_through_a_tunnel() {
    let (_, server) = through(&answer("403 Forbidden", &[], ""), "https://r.example/v2/");
    let head = &server.heads()[0];
    assert!(head.starts_with("CONNECT r.example:443 HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(head, "proxy-authorization"), Some("Basic dXNlcjpzZXNhbWU="));
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let credentials = answer("407 Proxy Authentication Required", &["Proxy-Authenticate: Basic"], "");
    let forbidden = answer("403 Forbidden", &[], "");
    for (answer, address, text) in [
        (&credentials, "https://r.example/v2/", "it wants a user name and a password (407)"),
        (&credentials, "http://r.example/v2/", "it wants a user name and a password (407)"),
        (&forbidden, "https://r.example/v2/", "it refuses to connect to the host"),
        (&String::new(), "https://r.example/v2/", ""),
    ] {
        let (found, server) = through(answer, address);
        let failure = found.unwrap_err();
        let expected = format!("GET {address}: through the proxy {}: {text}", server.authority());
        assert!(failure.message.starts_with(&expected), "{}", failure.message);
        assert!(matches!(failure.cause, Cause::Unreachable | Cause::Interrupted), "{:?}", failure.cause);
        assert!(!format!("{failure:?}").contains("sesame"));
    }
}

#[test]
fn this_machine_is_never_reached_through_a_proxy() {
    let target = Server::http(|_, _, stream| stream.write_all(answer("200 OK", &[], "direct").as_bytes()).unwrap());
    let (found, proxy) = through("", target.address("/").url().as_str());
    assert_eq!(&found.unwrap().body[..], b"direct");
    assert!(proxy.heads().is_empty());
}
