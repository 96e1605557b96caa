use std::io;

use super::*;

fn of(error: &(dyn StdError + 'static)) -> Why {
    why(error, Circumstances::default())
}

/// As tokio-rustls hands them up.
fn tls(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[test]
fn names_that_do_not_exist_differ_from_a_resolver_that_does_not_answer() {
    for (text, cause) in [
        ("Name or service not known", Cause::NoSuchName),
        ("No address associated with hostname", Cause::NoSuchName),
        ("Name does not resolve", Cause::NoSuchName),
        ("nodename nor servname provided, or not known", Cause::NoSuchName),
        ("Temporary failure in name resolution", Cause::Unreachable),
        ("Try again", Cause::Unreachable),
    ] {
        let error = io::Error::other(format!("failed to lookup address information: {text}"));
        assert_eq!(of(&error).cause, cause, "{text}");
    }
}

#[test]
fn errors_of_the_system_say_whether_to_try_again() {
    use io::ErrorKind as E;
    for (kind, cause) in [
        (E::ConnectionRefused, Cause::Unreachable),
        (E::HostUnreachable, Cause::Unreachable),
        (E::NetworkUnreachable, Cause::Unreachable),
        (E::PermissionDenied, Cause::Unreachable),
        (E::ConnectionReset, Cause::Interrupted),
        (E::BrokenPipe, Cause::Interrupted),
        (E::TimedOut, Cause::Interrupted),
        (E::UnexpectedEof, Cause::Interrupted),
        (E::InvalidData, Cause::Malformed),
        (E::Other, Cause::Interrupted),
    ] {
        assert_eq!(of(&io::Error::from(kind)).cause, cause, "{kind:?}");
        assert_eq!(of(&io::Error::other(io::Error::from(kind))).cause, cause, "{kind:?}, wrapped");
    }
}

#[test]
fn a_certificate_that_is_not_trusted_says_why_and_what_to_do() {
    use CertificateError as E;
    for (error, text, hint) in [
        (E::UnknownIssuer, "nobody whom this machine trusts", "--ca-file"),
        (E::Expired, "it has expired", "clock"),
        (E::NotValidYet, "not valid yet", "clock"),
        (E::NotValidForName, "for another host", "check the host"),
        (E::Revoked, "revoked", "check the host"),
    ] {
        let why = of(&tls(rustls::Error::InvalidCertificate(error)));
        assert_eq!(why.cause, Cause::Untrusted);
        assert!(why.text.contains(text) && why.hint.as_ref().unwrap().contains(hint), "{why:?}");
    }
    let bare = Circumstances { no_roots: true, ..Circumstances::default() };
    let why = why(&tls(rustls::Error::InvalidCertificate(E::UnknownIssuer)), bare);
    assert!(why.hint.unwrap().contains("install the package ca-certificates"));
}

#[test]
fn tls_that_fails_for_good_differs_from_a_hiccup() {
    use AlertDescription as A;
    for (error, cause) in [
        (rustls::Error::AlertReceived(A::CertificateRequired), Cause::Untrusted),
        (rustls::Error::AlertReceived(A::UnknownCA), Cause::Untrusted),
        (rustls::Error::AlertReceived(A::HandshakeFailure), Cause::Untrusted),
        (rustls::Error::AlertReceived(A::ProtocolVersion), Cause::Untrusted),
        (rustls::Error::AlertReceived(A::InternalError), Cause::Interrupted),
        (rustls::Error::NoApplicationProtocol, Cause::Untrusted),
        (rustls::Error::DecryptError, Cause::Interrupted),
        (rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType), Cause::Interrupted),
    ] {
        assert_eq!(of(&tls(error.clone())).cause, cause, "{error:?}");
    }
}

#[test]
fn what_breaks_the_rules_of_http2_differs_from_a_stream_that_was_ended() {
    for (text, cause) in [
        ("stream error detected: unspecific protocol error detected", Cause::Malformed),
        ("connection error detected: frame with invalid size", Cause::Malformed),
        ("stream error received: refused stream before processing any application logic", Cause::Interrupted),
    ] {
        assert_eq!(of(&io::Error::other(text)).cause, cause, "{text}");
    }
}
