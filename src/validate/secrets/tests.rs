//! What is told as a secret, and what is not. No token stands here as a whole: those who look for tokens in repositories shall find none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::super::*;
use super::{Scanner, scan};
use crate::finding::{Finding, Findings};
use crate::object::documents;

/// So many bytes that look random, the same each time.
fn random(alphabet: &str, length: usize) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = 12345u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        alphabet[state as usize / 65536 % alphabet.len()]
    };
    (0..length).map(next).collect()
}

const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn github() -> String {
    format!("ghp_{}", random(ALPHANUMERIC, 36))
}

fn pem(label: &str, line_end: &str) -> String {
    let lines: Vec<String> = (0..3).map(|line| random(BASE64, 64 - line)).collect();
    format!("-----BEGIN {label}-----{line_end}{}{line_end}-----END {label}-----", lines.join(line_end))
}

fn jwt(header: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(header), part(r#"{"sub":"system:serviceaccount:a:b"}"#), random(ALPHANUMERIC, 43))
}

/// What a file that is not YAML gives: rules with line and column.
fn found(text: &str) -> Vec<(&'static str, u32, u32)> {
    let findings = scan(&"notes.txt".into(), text.as_bytes());
    let place = |finding: &Finding| finding.place.span.unwrap().start;
    findings.iter().map(|finding| (finding.rule.id, place(finding).line, place(finding).column)).collect()
}

/// What is found about secrets in a YAML file.
fn yaml(text: &str) -> Vec<Finding> {
    let mut findings = all(text);
    findings.retain(|finding| finding.rule.id.starts_with("secret/"));
    findings
}

/// All that is found in a YAML file.
fn all(text: &str) -> Vec<Finding> {
    let options = Options::default();
    let plan = Plan::new(std::iter::once("a.yaml"), &options).unwrap();
    let path = "a.yaml".into();
    let mut findings = Findings::default();
    let (documents, found) = documents(&path, text.as_bytes());
    findings.extend(found);
    for document in &documents {
        findings.extend(check(&plan, &path, document).findings);
    }
    findings.sorted().into_iter().cloned().collect()
}

fn secret(fields: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n{fields}")
}

#[test]
fn tokens_of_well_known_shapes_are_told() {
    let key = random(BASE64, 40);
    for token in [
        github(),
        format!("github_pat_{}_{}", random(ALPHANUMERIC, 22), random(ALPHANUMERIC, 59)),
        format!("glpat-{}", random(ALPHANUMERIC, 20)),
        format!("AKIA{}", random(CAPITALS, 16)),
        format!("xoxb-{}-{}-{}", random("0123456789", 12), random("0123456789", 12), random(ALPHANUMERIC, 24)),
        format!("https://hooks.slack.com/services/T{0}/B{0}/{1}", random(CAPITALS, 8), random(ALPHANUMERIC, 24)),
        format!("AIza{}", random(ALPHANUMERIC, 35)),
        format!("sk_live_{}", random(ALPHANUMERIC, 24)),
        format!("npm_{}", random(ALPHANUMERIC, 36)),
        format!("SG.{}.{}", random(ALPHANUMERIC, 22), random(ALPHANUMERIC, 43)),
        format!("sk-{}T3BlbkFJ{}", random(ALPHANUMERIC, 20), random(ALPHANUMERIC, 20)),
        format!("dop_v1_{}", random("0123456789abcdef", 64)),
        format!("hvs.{}", random(ALPHANUMERIC, 95)),
        jwt(r#"{"alg":"RS256","kid":"x"}"#),
        format!("DefaultEndpointsProtocol=https;AccountName=a;AccountKey={}==", random(BASE64, 86)),
        format!("aws_secret_access_key = {key}"),
        format!("AWS_SECRET_ACCESS_KEY=\"{key}\""),
        format!("- name: AWS_SECRET_ACCESS_KEY\n  value: {key}"),
    ] {
        for text in [token.clone(), format!("A=\"{token}\"\n"), format!("{{\"a\": \"b\\n{token}\\n\"}}")] {
            assert_eq!(found(&text).iter().map(|hit| hit.0).collect::<Vec<_>>(), ["secret/token"], "{text}");
        }
    }
}

#[test]
fn what_only_looks_like_a_token_is_not_told() {
    for text in [
        format!("ghp_{}", random(ALPHANUMERIC, 35)),
        format!("myghp_{}", random(ALPHANUMERIC, 36)),
        format!("ghp_{}", "x".repeat(36)),
        format!("ghp_{}", "0".repeat(36)),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        format!("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY{}", "EXAMPLEKEY"),
        format!("xAKIA{}", random(CAPITALS, 16)),
        format!("AKIA{}", random(CAPITALS, 17)),
        format!("AIza{}", random(ALPHANUMERIC, 36)),
        random(BASE64, 4000),
        random(ALPHANUMERIC, 4000),
        format!("sha256:{}", random("0123456789abcdef", 64)),
        "sk-learn-is-a-library-of-python-for-people".to_owned(),
        "npm_config_registry_is_a_variable_of_npm".to_owned(),
        "hvs.your-vault-server-with-a-long-name.example.com".to_owned(),
        "glpat-${GITLAB_TOKEN}".to_owned(),
        jwt(r#"{"typ":"JWT"}"#),
        format!("eyJ{}", random(ALPHANUMERIC, 200)),
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX".to_owned(),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}

#[test]
fn private_keys_are_told_unless_they_are_protected() {
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
        for line_end in ["\n", "\r\n", "\n    ", "\\n"] {
            assert_eq!(found(&format!("a\n  {}", pem(label, line_end))), [("secret/private-key", 2, 3)], "{label}");
        }
    }
    let in_base64 = STANDARD.encode(pem("EC PRIVATE KEY", "\n"));
    assert_eq!(found(&format!("client-key-data: {in_base64}")), [("secret/private-key", 1, 18)]);
    assert_eq!(found(&format!("AGE-SECRET-KEY-1{}", random(CAPITALS, 58)))[0].0, "secret/private-key");
    let openssh = |cipher: &str| {
        let key = format!("openssh-key-v1\0\0\0\0{cipher}\0{}", random(ALPHANUMERIC, 80));
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----", STANDARD.encode(key))
    };
    assert_eq!(found(&openssh("\u{4}none")).len(), 1);
    assert_eq!(found(&openssh("\u{a}aes256-ctr")), []);
    for harmless in [
        pem("CERTIFICATE", "\n"),
        pem("PUBLIC KEY", "\n"),
        pem("ENCRYPTED PRIVATE KEY", "\n"),
        pem("RSA PRIVATE KEY", "\n").replacen("-\n", "-\nProc-Type: 4,ENCRYPTED\n\n", 1),
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg...\n-----END PRIVATE KEY-----".to_owned(),
        "-----BEGIN PRIVATE KEY-----".to_owned(),
        STANDARD.encode(pem("CERTIFICATE", "\n")),
    ] {
        assert_eq!(found(&harmless), [], "{harmless}");
    }
}

#[test]
fn a_private_key_is_told_however_it_is_written_and_prose_about_one_is_not() {
    let key = |line_end: &str| pem("RSA PRIVATE KEY", line_end);
    let pgp = pem("PGP PRIVATE KEY BLOCK", "\n").replacen("-\n", "-\nVersion: GnuPG v2\nComment: a b\n\n", 1);
    for text in [
        format!("a: \"{}\"", key("\n\n  ")),
        format!("a: '{}'", key(" ")),
        format!("{{\"a\": \"{{\\\"b\\\": \\\"{}\\\"}}\"}}", key("\\\\n")),
        format!("A={}", key("\\n")),
        format!("let a = \"{}\";", key("\\n\" +\n    \"")),
        format!("printf '%s\\n' '{}'", key("' \\\n  '")),
        format!("# {}", key("\n# ")),
        format!("<a>{}</a>", key("&#xA;")),
        format!("- {}", key("\n- ")),
        format!("The key is {}", key("\r\n")),
        pgp.replace('\n', "\\n"),
        pgp,
    ] {
        assert_eq!(found(&text).iter().map(|hit| hit.0).collect::<Vec<_>>(), ["secret/private-key"], "{text}");
    }
    let begin = "-----BEGIN RSA PRIVATE KEY-----";
    let digest = format!("sha256:{}", random("0123456789abcdef", 64));
    let word = random(BASE64, 64);
    for prose in [
        format!("doc: put your {begin} here\nimage: a@{digest}\n"),
        format!("doc: a key starts with {begin}\nimage: a@{digest}\n"),
        format!("doc: \"{begin}\"\nimage: a@{digest}\n"),
        format!("grep -q '{begin}' a || curl https://example.com/{word}\n"),
        format!("# {begin}\n# and so on\n{word}\n"),
        format!("{{\"begin\": \"{begin}\\n\", \"a\": \"{word}\"}}"),
        format!("Version: {begin}\nVersion: {word}"),
    ] {
        assert_eq!(found(&prose), [], "{prose}");
    }
}

#[test]
fn a_secret_in_plain_text_is_told_once() {
    let value = STANDARD.encode("hunter2");
    let encrypted = "ENC[AES256_GCM,data:abc=,iv:def=,tag:ghi=,type:str]";
    let certificate = STANDARD.encode(pem("CERTIFICATE", "\n"));
    for (fields, is_told) in [
        (format!("data:\n  a: {value}\n  b: {value}\nstringData:\n  c: d\n"), true),
        ("stringData:\n  password: hunter2\n".to_owned(), true),
        (format!("data:\n  tls.crt: {certificate}\n  tls.key: {value}\n"), true),
        ("data: {a: not base64}\n".to_owned(), true),
        (format!("stringData:\n  key: |\n    {}\n", pem("PRIVATE KEY", "\n    ")), true),
        (format!("stringData:\n  token: {}\n", github()), true),
        (format!("data:\n  a: {encrypted}\nsops:\n  mac: {encrypted}\n"), false),
        (format!("data:\n  tls.crt: {certificate}\n"), false),
        (
            "stringData:\n  a: ''\n  b: ${PASSWORD}\n  c: <password>\n  d: change-me\n  e: 'ref+vault://a/b'\n"
                .to_owned(),
            false,
        ),
        (format!("data:\n  a: {}\n  b:\n  c: {}\n", STANDARD.encode("changeme"), STANDARD.encode("${A}")), false),
        ("data: {}\n".to_owned(), false),
        ("data:\n".to_owned(), false),
        ("type: Opaque\n".to_owned(), false),
    ] {
        let findings = yaml(&secret(&fields));
        let ids: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
        assert_eq!(ids, ["secret/plaintext"].iter().copied().filter(|_| is_told).collect::<Vec<_>>(), "{fields}");
    }
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: a\nspec:\n  encryptedData:\n    a: AgBy3i4OJSWK\n";
    assert_eq!(yaml(sealed), []);
    let list = format!("apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {{name: a}}\n  data: {{a: {value}}}\n");
    assert_eq!(yaml(&list).len(), 1);
}

#[test]
fn no_finding_shows_what_it_found() {
    let token = github();
    let text = format!(
        "{}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {{token: {token}}}\ndata: {{a: {token}}}\n",
        secret(&format!("stringData:\n  a: {token}\n"))
    );
    let findings = yaml(&text);
    let ids: Vec<&str> = findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(ids, ["secret/plaintext", "secret/token", "secret/token"]);
    assert!(findings.iter().all(|finding| finding.place.excerpt.is_none()));
    assert!(!format!("{findings:?}").contains(&token));
    let place = findings[1].place.span.unwrap();
    assert_eq!((place.start.line, place.start.column, place.end.column), (12, 24, 64));
}

#[test]
fn no_finding_about_something_else_shows_any_line_of_a_private_key() {
    let key = |line_end: &str| pem("RSA PRIVATE KEY", line_end);
    let object =
        |fields: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: a, namespace: b}}\n{fields}\n");
    let lines: Vec<String> = key("\n").lines().map(str::to_owned).collect();
    let body = &lines[1..4];
    for text in [
        object(&format!("spec: {{type: \"{}\"}}", key("\\n"))),
        object(&format!("spec:\n  type: |\n    {}", key("\n    "))),
        object(&format!("spec:\n  type: {}", key("\n\n    "))),
        object(&format!("spec:\n  type: {}", key(" "))),
        object(&format!("spec:\n  type: |\n    {}", key("\n  "))),
        object(&format!("spec:\n  type: |\n    {}", key("\n"))),
        object(&format!("spec:\n  type: |\r\n    {}", key("\r\n\t"))),
        object(&format!("spec:\n  \"{}\": b", key("\\n"))),
        object(&format!("spec:\n  ports:\n  - {}", key("\n  - "))),
        object(&format!("spec:\n  ports: [\"{}\"]", key("\", \""))),
        object(&format!("spec: &{}\n", key("\n"))),
        object(&format!("spec: {{type: \"a\\q{}\"}}", key("\\n"))),
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"spec\": {{\"type\": \"{}\"}}}}", key("\\n")),
        format!("{{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"spec\": {{\"type\": \"{}\"}}}}", key("\n")),
        key("\n"),
        key(": "),
    ] {
        let said = format!("{:?}", all(&text));
        for line in body {
            let shown = line.as_bytes().windows(12).find(|part| said.contains(std::str::from_utf8(part).unwrap()));
            assert!(shown.is_none(), "{text}\n{said}");
        }
    }
}

#[test]
fn however_a_file_arrives_the_same_is_found() {
    let filler = |count: usize| "some ordinary text, äöü\n".repeat(count);
    let (near, far) = (filler(2730), filler(9000));
    let text = format!("{near}  {} {far}{}\n{}", github(), pem("RSA PRIVATE KEY", "\n"), jwt(r#"{"alg":"HS256"}"#));
    let path = "big.txt".into();
    let whole = scan(&path, text.as_bytes());
    assert_eq!(whole.len(), 3);
    for chunk in [100, 1000, 65_535, 65_536, 131_072, 1 << 20] {
        let mut scanner = Scanner::new("big.txt".into());
        for part in text.as_bytes().chunks(chunk) {
            scanner.push(part);
        }
        assert_eq!(scanner.finish(), whole, "{chunk}");
    }
}

#[test]
fn a_file_full_of_tokens_gives_a_bounded_number_of_findings() {
    let text = format!("{}\n", github()).repeat(10_000);
    assert_eq!(found(&text).len(), super::MOST);
    let mut scanner = Scanner::new("big.txt".into());
    text.as_bytes().chunks(999).for_each(|part| scanner.push(part));
    assert_eq!(scanner.finish().len(), super::MOST);
}
