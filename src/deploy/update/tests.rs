//! Only the image changes, whatever the file looks like.

use proptest::prelude::*;

use super::*;

const V2: &str = "r.io/a/b:v2";
const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn pinned() -> String {
    format!("r.io/a/b@{DIGEST}")
}

fn run(text: &str, image: &str, syncs: &[&str]) -> Result<String, Error> {
    let syncs: Vec<Sync> = syncs.iter().map(|sync| sync.parse().unwrap()).collect();
    let update = update("syncs.yaml", text.as_bytes(), &image.parse().unwrap(), &syncs)?;
    let after = String::from_utf8(update.after.clone()).unwrap();
    assert_eq!(update.edits.is_empty(), after == text, "{text}");
    assert_eq!(update.diff("f").is_empty(), after == text, "{text}");
    Ok(after)
}

fn becomes(before: &str, image: &str, after: &str) {
    assert_eq!(run(before, image, &[]).unwrap_or_else(|error| panic!("{before}: {error}")), after);
    assert_eq!(run(after, image, &[]).unwrap(), after, "once it is there, nothing changes");
}

/// A RootSync whose image is written like this.
fn root_sync(name: &str, oci: &str) -> String {
    format!(
        "# kept\napiVersion: configsync.gke.io/v1beta1\nkind: RootSync   # kept\nmetadata: {{name: {name}, namespace: config-management-system}}\n\
         spec:\n  sourceType: 'oci'\n\n  oci:{oci}\n    auth:   none\n"
    )
}

fn oci_repository(spec: &str) -> String {
    format!(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata:\n  name: a\n  namespace: flux-system\nspec:{spec}\n"
    )
}

fn application(spec: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default{spec}\n"
    )
}

#[test]
fn an_image_keeps_its_quotes_and_comments() {
    for (before, after) in [
        ("\n    image: r.io/a/b:v1 # by hand", "\n    image: r.io/a/b:v2 # by hand"),
        ("\n    image:   \"r.io/a/b:v1\"", "\n    image:   \"r.io/a/b:v2\""),
        ("\n    image: 'r.io/a/b:v1'\t# x", "\n    image: 'r.io/a/b:v2'\t# x"),
        ("\n    image: &image r.io/a/b:v1", "\n    image: &image r.io/a/b:v2"),
        ("\n    image: !!str r.io/a/b:v1", "\n    image: !!str r.io/a/b:v2"),
        ("\n    image:\n      r.io/a/b:v1", "\n    image:\n      r.io/a/b:v2"),
        ("\n    image: >-\n      r.io/a/b:v1", "\n    image: >-\n      r.io/a/b:v2"),
        ("\n    \"image\": r.io/a/b", "\n    \"image\": r.io/a/b:v2"),
        ("\n    dir: é # ü\n    image: r.io/a/b:v1", "\n    dir: é # ü\n    image: r.io/a/b:v2"),
    ] {
        becomes(&root_sync("a", before), V2, &root_sync("a", after));
    }
    let flow = |image: &str| {
        format!(
            "{{apiVersion: configsync.gke.io/v1beta1, kind: RepoSync, metadata: {{name: a, namespace: b}}, spec: {{oci: {{image: {image}, auth: none}}}}}}\n"
        )
    };
    becomes(&flow("r.io/a/b:v1"), &pinned(), &flow(&pinned()));
    becomes(&flow("r.io/a/b"), V2, &flow("\"r.io/a/b:v2\""));
    let json = |image: &str| {
        format!(
            "{{\"apiVersion\": \"configsync.gke.io/v1beta1\", \"kind\": \"RootSync\", \"metadata\": {{\"name\": \"a\"}},\n \"spec\": {{\"oci\": {{\"image\": \"{image}\"}}}}}}\n"
        )
    };
    becomes(&json("r.io/a/b:v1"), V2, &json(V2));
}

#[test]
fn line_ends_marks_and_the_end_of_the_file_stay() {
    let (before, after) = (root_sync("a", "\n    image: r.io/a/b:v1"), root_sync("a", "\n    image: r.io/a/b:v2"));
    let crlf = |text: &str| text.replace('\n', "\r\n");
    becomes(&crlf(&before), V2, &crlf(&after));
    let marked = |text: &str| format!("\u{feff}{text}");
    becomes(&marked(&before), V2, &marked(&after));
    becomes(before.trim_end(), V2, after.trim_end());
    let flux = |reference: &str| crlf(&oci_repository(&format!("\n  url: oci://r.io/a/b{reference}\n  interval: 1m")));
    becomes(&flux(""), V2, &flux("\n  ref:\n    tag: v2"));
}

#[test]
fn flux_gets_a_tag_or_a_digest_under_its_key() {
    let of = |reference: &str| {
        oci_repository(&format!("\n  url: oci://r.io/a/b # here\n  ref:\n    {reference}\n  interval: 1m"))
    };
    for (before, image, after) in [
        ("tag: v1 # now", V2.to_owned(), "tag: v2 # now".to_owned()),
        ("tag: v1 # now", pinned(), format!("digest: {DIGEST} # now")),
        ("'tag': \"v1\"", pinned(), format!("'digest': \"{DIGEST}\"")),
        ("digest: sha256:1", V2.to_owned(), "tag: v2".to_owned()),
        ("semver: '1.x'", V2.to_owned(), "tag: 'v2'".to_owned()),
        ("tag: v1\n    digest: sha256:1", format!("r.io/a/b:v2@{DIGEST}"), format!("tag: v2\n    digest: {DIGEST}")),
        ("tag: >- # by hand\n      v1", "r.io/a/b:1.11".to_owned(), "tag: >- # by hand\n      1.11".to_owned()),
        ("tag: |2-\n      v1", V2.to_owned(), "tag: |2-\n      v2".to_owned()),
        ("tag: 1.10", "r.io/a/b:1.11".to_owned(), "tag: \"1.11\"".to_owned()),
    ] {
        becomes(&of(before), &image, &of(&after));
    }
    let flow = |spec: &str| oci_repository(&format!(" {{url: oci://r.io/a/b{spec}, interval: 1m}}"));
    becomes(&flow(""), &pinned(), &flow(&format!(", ref: {{digest: \"{DIGEST}\"}}")));
    becomes(&flow(", ref: {tag: v1}"), &pinned(), &flow(&format!(", ref: {{digest: \"{DIGEST}\"}}")));
}

#[test]
fn argo_cd_gets_a_revision() {
    let of = |source: &str| application(&format!("\n  source:\n    {source}\n    path: ."));
    for (before, image, after) in [
        (
            "repoURL: oci://r.io/a/b\n    targetRevision: v1",
            V2.to_owned(),
            "repoURL: oci://r.io/a/b\n    targetRevision: v2".to_owned(),
        ),
        (
            "targetRevision: 'v1'\n    repoURL: oci://r.io/a/b",
            pinned(),
            format!("targetRevision: '{DIGEST}'\n    repoURL: oci://r.io/a/b"),
        ),
        (
            "repoURL: oci://r.io/a/b # x",
            V2.to_owned(),
            "repoURL: oci://r.io/a/b # x\n    targetRevision: v2".to_owned(),
        ),
        (
            "repoURL: oci://r.io/a/b\n    targetRevision:",
            V2.to_owned(),
            "repoURL: oci://r.io/a/b\n    targetRevision: v2".to_owned(),
        ),
    ] {
        becomes(&of(before), &image, &of(&after));
    }
    let several = |revision: &str| {
        application(&format!(
            "\n  sources:\n  - repoURL: https://git.example/x\n    targetRevision: v1\n  - repoURL: oci://r.io/a/b\n{revision}  - repoURL: oci://r.io/other\n    targetRevision: v1"
        ))
    };
    becomes(&several("    targetRevision: v1\n"), V2, &several("    targetRevision: v2\n"));
    becomes(&several(""), V2, &several("    targetRevision: v2\n"));
}

#[test]
fn of_several_documents_those_of_the_repository_change() {
    let file = |one: &str, two: &str, three: &str| {
        let list = format!(
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: configsync.gke.io/v1beta1\n  kind: RepoSync\n  metadata:\n    name: c\n    namespace: team\n  spec:\n    oci:\n      image: {three}\n"
        );
        let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {image: \"r.io/a/b:v1\"}\n";
        [
            &root_sync("a", &format!("\n    image: {one}")),
            "---\n",
            &root_sync("b", &format!("\n    image: {two}")),
            secret,
            "--- # list\n",
            &list,
        ]
        .concat()
    };
    becomes(&file("r.io/a/b:v1", "r.io/x:v1", "r.io/a/b:v1"), V2, &file(V2, "r.io/x:v1", V2));
    let error = run(&file("r.io/a/b:v1", "r.io/x:v1", "r.io/a/b:v0"), V2, &[]).unwrap_err();
    assert_eq!(error.kind(), Kind::Usage);
    assert!(
        error.to_string().contains("rootsync/a with `r.io/a/b:v1` (line 9), reposync/team/c with `r.io/a/b:v0`"),
        "{error}"
    );
    assert!(error.hint_text().unwrap().contains("--sync rootsync/a"));
    let named = run(&file("r.io/a/b:v1", "r.io/x:v1", "r.io/a/b:v0"), V2, &["reposync/team/c", "rootsync/b"]).unwrap();
    assert_eq!(named, file("r.io/a/b:v1", V2, V2));
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let file = root_sync("a", "\n    image: r.io/x:v1");
    for (text, image, syncs, kind, message, hint) in [
        (
            file.as_str(),
            V2,
            &[][..],
            Kind::NotFound,
            "nothing in `syncs.yaml` has an image of `r.io/a/b`",
            "rootsync/a with `r.io/x:v1` (line 9)",
        ),
        (&file, V2, &["rootsync/b"], Kind::NotFound, "there is no `rootsync/b`", "there is rootsync/a"),
        (
            &file,
            V2,
            &["kustomization/flux-system/a"],
            Kind::Usage,
            "has no image",
            "--sync ocirepository/flux-system/a",
        ),
        ("a: 1\n", V2, &[], Kind::NotFound, "there is no RootSync, RepoSync", "`consign deploy` writes one"),
        ("a: [\n", V2, &[], Kind::Input, "cannot read `syncs.yaml`, line", ""),
        ("", V2, &[], Kind::NotFound, "there is no RootSync", ""),
    ] {
        let error = run(text, image, syncs).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert!(error.hint_text().unwrap_or_default().contains(hint), "{text}: {:?}", error.hint_text());
    }
    for bytes in [&b"\xff\xfea\0"[..], b"\xff\xff", b"a: \x80"] {
        let error = update("f", bytes, &V2.parse().unwrap(), &[]).unwrap_err();
        assert_eq!(error.kind(), Kind::Input, "{error}");
    }
}

#[test]
fn what_cannot_be_changed_in_place_is_refused() {
    for oci in [
        "\n    image: \"r.io/a/b\\\n      :v1\"",
        "\n    image: &image r.io/a/b:v1\n    caCertSecretRef: {name: *image}",
        "\n    <<: &default {image: r.io/a/b:v1}\n    other: *default",
    ] {
        let error = run(&root_sync("a", oci), V2, &[]).unwrap_err();
        assert_eq!(error.kind(), Kind::Input, "{oci}: {error}");
        assert!(error.to_string().contains("cannot be changed in place"), "{error}");
        assert_eq!(error.hint_text(), Some("write `r.io/a/b:v2` there by hand"));
    }
    let both = oci_repository("\n  url: oci://r.io/a/b\n  ref:\n    tag: v1\n    digest: sha256:1");
    assert_eq!(run(&both, V2, &[]).unwrap_err().kind(), Kind::Input);
    let empty = oci_repository("\n  url: oci://r.io/a/b\n  ref: {}");
    assert_eq!(run(&empty, V2, &[]).unwrap_err().kind(), Kind::Input);
}

#[test]
fn the_one_that_cannot_be_changed_is_named() {
    let one = root_sync("a", "\n    image: r.io/a/b:v1");
    let two = root_sync("b", "\n    image: &x r.io/a/b:v1\n    dir: *x");
    let error = run(&format!("{one}---\n{two}"), V2, &[]).unwrap_err();
    assert!(error.to_string().starts_with("the image of rootsync/b in `syncs.yaml`, line 20,"), "{error}");
}

#[test]
fn an_alias_of_the_image_becomes_the_image() {
    let before = root_sync("a", "\n    dir: &v r.io/a/b:v1\n    image: *v");
    becomes(&before, V2, &root_sync("a", "\n    dir: &v r.io/a/b:v1\n    image: r.io/a/b:v2"));
}

/// Ways to write a text in YAML, and what stands before and behind it.
fn written() -> impl Strategy<Value = (String, String, String)> {
    let before = prop::sample::select(vec!["", " ", "\n      ", "\n\n        ", " &x ", " !!str ", " # note\n      "]);
    let quote = prop::sample::select(vec!["", "'", "\""]);
    let behind = prop::sample::select(vec!["", " ", " # é: - [}", "\n    # more", "\n\n", "\n    dir: ."]);
    (before, quote, behind)
        .prop_map(|(before, quote, behind)| (format!(" {before}"), quote.to_owned(), behind.to_owned()))
}

proptest! {
    #[test]
    fn all_but_the_image_stays_byte_for_byte(
        (before, quote, behind) in written(),
        old in "[a-z]{1,3}(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,6})?",
        new in "(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,6})(@sha256:[0-9a-f]{64})?",
        lead in "(# [ -~é]{0,9}\n){0,3}",
        crlf: bool,
    ) {
        let name = old.split(':').next().unwrap();
        let file = |image: &str| {
            let text = format!("{lead}{}", root_sync("a", &format!("\n    image:{before}{quote}{image}{quote}{behind}")));
            if crlf { text.replace('\n', "\r\n") } else { text }
        };
        let image = format!("r.io/{name}{new}");
        prop_assert_eq!(run(&file(&format!("r.io/{old}")), &image, &[]).unwrap(), file(&image));
    }

    #[test]
    fn of_flux_and_argo_cd_only_url_and_revision_change(
        is_flux in any::<bool>(),
        (quote, url_quote) in (prop::sample::select(vec!["", "'", "\""]), prop::sample::select(vec!["", "'", "\""])),
        key in prop::sample::select(vec!["tag", "digest", "semver", ""]),
        (comment, indent) in (prop::sample::select(vec!["", " # é {x: y}", "   # tag: v0"]), prop::sample::select(vec![2_usize, 3, 4])),
        (by_digest, crlf, moved) in any::<(bool, bool, bool)>(),
        tag in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,6}",
    ) {
        let revision = |key: &str| match (is_flux, key) {
            (_, "") => String::new(),
            (true, key) => format!("  ref:\n{0:1$}{key}: {quote}old{quote}{comment}\n", "", indent + 2),
            (false, _) => format!("  targetRevision: {quote}old{quote}{comment}\n"),
        };
        let url = format!("{url_quote}oci://r.io/a/b{url_quote}{comment}\n");
        let text = if is_flux {
            format!("# top\n{}", oci_repository(&format!("\n  # above\n  url: {url}{}  interval: 1m # kept", revision(key))))
        } else {
            let source = format!("  repoURL: {url}{}  path: . # kept", revision(key)).replace("\n  ", "\n    ");
            format!("# top\n{}", application(&format!("\n  source:\n    # above\n  {source}")))
        };
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let name = if moved { "r.io/other" } else { "r.io/a/b" };
        let image = if by_digest { format!("{name}@{DIGEST}") } else { format!("{name}:{tag}") };
        let sync = if is_flux { "ocirepository/flux-system/a" } else { "application/argocd/a" };
        let after = run(&text, &image, if moved { std::slice::from_ref(&sync) } else { &[] }).unwrap();
        let path = Arc::from("f");
        let [object] = &values(&path, &after).unwrap()[..] else { panic!("one object") };
        let spec = if is_flux { &object["spec"] } else { &object["spec"]["source"] };
        let value = if by_digest { DIGEST } else { &tag };
        prop_assert_eq!(&spec[if is_flux { "url" } else { "repoURL" }], &format!("oci://{name}"));
        if is_flux {
            prop_assert_eq!(&spec["ref"], &serde_json::json!({ if by_digest { "digest" } else { "tag" }: value }));
        } else {
            prop_assert_eq!(&spec["targetRevision"], value);
        }
        let changes = ["url:", "repoURL:", "ref:", "tag:", "digest:", "semver:", "targetRevision:"];
        let others = |text: &str| -> Vec<String> {
            let is_other = |line: &&str| !changes.iter().any(|key| line.trim_start().starts_with(key));
            text.split_inclusive('\n').filter(is_other).map(str::to_owned).collect()
        };
        prop_assert_eq!(others(&after), others(&text));
        prop_assert!(comment.is_empty() || after.matches(comment).count() == text.matches(comment).count());
    }

    #[test]
    fn any_bytes_are_changed_or_refused(text in "(image|url|repoURL|ref|spec|oci|: |\n|  |- |r\\.io/a/b:v1|'|\"|\\{|\\}|[*&]x|kind: RootSync\n|apiVersion: configsync.gke.io/v1beta1\n|#){0,30}") {
        let _ = update("f", text.as_bytes(), &V2.parse().unwrap(), &[]);
    }
}
