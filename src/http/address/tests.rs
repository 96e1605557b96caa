use super::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

#[test]
fn what_is_shown_has_no_secrets() {
    for (given, shown) in [
        ("https://r.example/v2/", "https://r.example/v2/"),
        ("https://r.example:443/v2/a?digest=sha256:ab&n=1", "https://r.example/v2/a?digest=…&n=…"),
        ("http://localhost:5000/x?secret", "http://localhost:5000/x?…"),
        ("https://[::1]:8443/x#fragment", "https://[::1]:8443/x"),
    ] {
        assert_eq!(address(given).to_string(), shown);
    }
    let upload = address("https://r.example/artifacts-uploads/very/secret?state=1").upload();
    assert_eq!(format!("{upload} {upload:?}"), "https://r.example/…/uploads/… https://r.example/…/uploads/…");
    let next = upload.join("more?x=y").unwrap();
    assert_eq!(next.to_string(), "https://r.example/…/uploads/…", "what an upload location leads to is one as well");
}

#[test]
fn a_location_is_absolute_or_relative_to_the_host_or_to_the_path() {
    let here = address("https://r.example/v2/a/blobs/uploads/?mount=x");
    for (location, there) in [
        ("https://s.example/u?_state=a%3D", "https://s.example/u?_state=a%3D"),
        ("/artifacts-uploads/u?_state=a&b", "https://r.example/artifacts-uploads/u?_state=a&b"),
        ("//s.example/u", "https://s.example/u"),
        ("uuid?x=1", "https://r.example/v2/a/blobs/uploads/uuid?x=1"),
    ] {
        assert_eq!(here.join(location).unwrap().url().as_str(), there);
    }
    for location in ["ftp://s.example/", "https://user:sesame@s.example/", "http://", "javascript:alert(1)"] {
        let error = here.join(location).unwrap_err().to_string();
        assert!(!error.contains("sesame"), "{error}");
    }
}

#[test]
fn hosts_and_paths_are_not_mixed_up() {
    assert_eq!(Address::new("http", "[::1]:5000", "/v2/?n=1").unwrap().url().as_str(), "http://[::1]:5000/v2/?n=1");
    for (host, path) in [("", "/"), ("a/b", "/"), ("user@a", "/"), ("a", "v2/"), ("a?", "/"), ("a b", "/")] {
        assert!(Address::new("https", host, path).is_err(), "{host} {path}");
    }
}

#[test]
fn query_values_are_encoded_and_the_query_is_kept() {
    let there = address("https://r.example/u?_state=a%3D").with_query("digest", "sha256:ab&c");
    assert_eq!(there.url().as_str(), "https://r.example/u?_state=a%3D&digest=sha256%3Aab%26c");
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let here = address("https://r.example/v2/");
    for (there, same) in [
        ("https://R.example:443/other", true),
        ("http://r.example/v2/", false),
        ("https://r.example:8443/v2/", false),
        ("https://s.r.example/v2/", false),
    ] {
        assert_eq!(here.same_origin(&address(there)), same, "{there}");
    }
}

#[test]
fn loopback_is_known_in_all_its_forms() {
    for (host, loopback) in [
        ("localhost", true),
        ("LOCALHOST.", true),
        ("r.localhost:5000", true),
        ("127.9.9.9", true),
        ("0x7f.1", true),
        ("[::1]", true),
        ("[::ffff:127.0.0.1]", true),
        ("notlocalhost", false),
        ("localhost.example", false),
        ("10.0.0.1", false),
        ("[::2]", false),
    ] {
        assert_eq!(address(&format!("http://{host}/")).is_loopback(), loopback, "{host}");
    }
}

#[test]
fn private_literals_are_known() {
    for host in [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fd00::1]",
        "[fe80::1]",
        "[ff02::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "[fec0::1]",
        "2130706433",
    ] {
        assert!(address(&format!("http://{host}/")).is_private_literal(), "{host}");
    }
    for host in
        ["8.8.8.8", "172.32.0.1", "100.128.0.1", "[2001:4860::8888]", "[::ffff:8.8.8.8]", "localhost", "r.example"]
    {
        assert!(!address(&format!("http://{host}/")).is_private_literal(), "{host}");
    }
}

#[test]
fn redirects_do_not_lead_out_of_tls_or_into_a_private_network() {
    for (here, there, refused) in [
        ("https://r.example/", "http://r.example/", true),
        ("https://r.example/", "https://s.example/", false),
        ("http://r.example/", "https://r.example/", false),
        ("https://r.example/", "https://169.254.169.254/", true),
        ("https://r.example/", "https://localhost/", true),
        ("https://8.8.8.8/", "https://10.0.0.1/", true),
        ("https://10.0.0.1/", "https://10.0.0.2/", false),
        ("http://localhost:5000/", "http://127.0.0.1:5000/", false),
        ("http://r.localhost/", "http://10.0.0.1/", false),
    ] {
        assert_eq!(address(here).refuses(&address(there)).is_some(), refused, "{here} {there}");
    }
}
