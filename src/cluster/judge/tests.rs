//! What may still come, what runs, and what is for good.

use super::super::state::Word;
use super::*;

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn digest(text: &str) -> Digest {
    text.parse().unwrap()
}

fn expected(reference: &str) -> Expected {
    Expected { reference: reference.parse().unwrap(), digest: digest(A), ready: false }
}

fn at(text: &str) -> Named {
    Named { digest: digest(text), is_index: false }
}

/// Synced at B, of `image`.
fn state(sync: &str, image: &str) -> State {
    State {
        sync: sync.parse().unwrap(),
        source: Source { image: Some(image.into()), reference: image.parse().ok(), ..Source::default() },
        word: Word::Synced,
        message: None,
        digest: Some(digest(B)),
        fetched: Some(digest(B)),
        applied: Some(digest(B)),
        at: Some(digest(B)),
        time: None,
        observed: true,
        idle: None,
        problems: Vec::new(),
        problem_count: 0,
        resources: None,
        unready: None,
        fetcher: None,
    }
}

fn problem(code: &str, retried: bool, about: Option<&str>) -> Problem {
    Problem {
        code: Some(code.into()),
        message: "trouble\nthere".into(),
        objects: Vec::new(),
        meaning: None,
        hint: Some("mend it".into()),
        retried,
        about: about.map(digest),
    }
}

/// `runs`, `waits: why` or `failed: why (hint)`.
fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Runs => "runs".into(),
        Verdict::Waits { why, .. } => format!("waits: {why}"),
        Verdict::Failed { why, hint } => format!("failed: {why} ({})", hint.as_deref().unwrap_or_default()),
    }
}

#[test]
fn the_spec_decides_what_can_come() {
    let pinned = format!("r.io/shop@{B}");
    let right = format!("r.io/shop@{A}");
    for (reference, image, named, verdict) in [
        ("r.io/shop:v1", "r.io/shop:v1", None, "waits: has not fetched it yet, and is SYNCED at sha256:bbbbbbbbbbbb"),
        ("r.io/shop:v1", "r.io/shop:v1", Some(A), "waits: has not fetched it yet"),
        ("r.io/shop:v1", "R.io:443/shop:v1", Some(A), "waits: "),
        ("r.io/shop:v1", "r.io/shop:v1", Some(B), "failed: superseded: the tag `v1` names sha256:bbbb"),
        (
            "r.io/shop:v2",
            "r.io/shop:v1",
            Some(B),
            "failed: it follows the tag `v1`, which names sha256:bbbbbbbbbbbb (`consign tag r.io/shop@sha256:a",
        ),
        ("r.io/shop:v2", "r.io/shop:stable", Some(A), "waits: "),
        (
            "r.io/shop:v1",
            "r.io/other:v1",
            None,
            "failed: it syncs another repository, `r.io/other` (`consign deploy update FILE r.io/shop:v1`",
        ),
        (
            &right,
            "r.io/other:v1",
            None,
            "failed: it syncs another repository, `r.io/other` (`consign deploy update FILE r.io/shop@sha256:a",
        ),
        (
            "r.io/shop:v1",
            &pinned,
            Some(A),
            "failed: its spec is pinned to another digest, sha256:bbbbbbbbbbbb (`consign deploy update FILE r.io/shop@sha256:a",
        ),
        ("r.io/shop:v1", &right, Some(B), "failed: the expected digest is that of an index"),
    ] {
        let verdict_now = judge(&state("rootsync/shop", image), &expected(reference), named.map(at));
        assert!(shown(&verdict_now).starts_with(verdict), "{reference} {image}: {}", shown(&verdict_now));
    }
}

#[test]
fn what_runs_the_digest_runs_whatever_its_tag_names_now() {
    let mut state = state("rootsync/shop", "r.io/shop:v1");
    state.applied = Some(digest(A));
    assert_eq!(judge(&state, &expected("r.io/shop:v1"), Some(at(B))), Verdict::Runs);
    state.unready = Some(Unready::Yet("of 2 resources 1".into()));
    assert_eq!(judge(&state, &expected("r.io/shop:v1"), None), Verdict::Runs);
    let ready = Expected { ready: true, ..expected("r.io/shop:v1") };
    assert_eq!(shown(&judge(&state, &ready, None)), "waits: of 2 resources 1");
    state.unready = Some(Unready::Untold("disabled"));
    assert!(shown(&judge(&state, &ready, None)).starts_with("failed: it runs the digest, and whether"));
    assert_eq!(judge(&state, &expected("r.io/shop:v1"), None), Verdict::Runs);
}

#[test]
fn errors_count_only_when_they_are_about_the_expected_digest() {
    for (problem, at, verdict) in [
        (problem("KNV1060", false, Some(B)), B, "waits: has not fetched it yet, and is ERROR at sha256:bbbbbbbbbbbb"),
        (problem("KNV1060", false, Some(A)), A, "failed: KNV1060: trouble there (mend it)"),
        (problem("KNV2009", true, Some(A)), A, "waits: KNV2009: trouble there"),
        (problem("KNV2004", true, None), B, "waits: KNV2004: trouble there"),
        (problem("KNV1061", false, None), B, "waits: KNV1061: trouble there"),
    ] {
        let failed = State {
            word: Word::Error,
            problem_count: 1,
            problems: vec![problem],
            applied: None,
            at: Some(digest(at)),
            ..state("rootsync/shop", "r.io/shop:v1")
        };
        assert_eq!(shown(&judge(&failed, &expected("r.io/shop:v1"), None)), verdict);
        // What is about an earlier spec is of the past.
        let unseen = State { observed: false, ..failed };
        assert_eq!(
            shown(&judge(&unseen, &expected("r.io/shop:v1"), None)),
            "waits: its controller has not looked at its spec yet"
        );
    }
}

#[test]
fn one_error_for_good_among_those_that_pass_is_enough() {
    let failed = State {
        word: Word::Error,
        problem_count: 2,
        problems: vec![problem("KNV2009", true, Some(A)), problem("KNV1060", false, Some(A))],
        ..state("rootsync/shop", "r.io/shop:v1")
    };
    assert_eq!(shown(&judge(&failed, &expected("r.io/shop:v1"), None)), "failed: KNV1060: trouble there (mend it)");
    // While it is at it, errors are those so far.
    let at_it = State { word: Word::Pending, at: Some(digest(A)), ..failed };
    assert_eq!(
        shown(&judge(&at_it, &expected("r.io/shop:v1"), None)),
        "waits: has fetched it, and is PENDING at sha256:aaaaaaaaaaaa"
    );
}

#[test]
fn what_is_stalled_is_for_good_unless_its_spec_was_changed_since() {
    let stalled = State {
        word: Word::Stalled,
        problems: vec![problem("KNV1061", false, None)],
        applied: None,
        ..state("rootsync/shop", "r.io/shop:v1")
    };
    assert_eq!(shown(&judge(&stalled, &expected("r.io/shop:v1"), None)), "failed: KNV1061: trouble there (mend it)");
    let changed = State { observed: false, ..stalled.clone() };
    assert!(shown(&judge(&changed, &expected("r.io/shop:v1"), None)).starts_with("waits: "));
    let silent = State { problems: Vec::new(), ..stalled };
    assert_eq!(shown(&judge(&silent, &expected("r.io/shop:v1"), None)), "failed: it does not say why ()");
}

#[test]
fn what_does_nothing_by_itself_is_told() {
    let idle = |sync: &str, idle| State { idle: Some(idle), ..state(sync, "r.io/shop:v1") };
    for (state, verdict) in [
        (
            idle("kustomization/flux-system/shop", Idle::Suspended),
            "failed: it is suspended (`spec.suspend`) (`flux resume kustomization shop -n flux-system`)",
        ),
        (
            idle("ocirepository/flux-system/shop", Idle::Suspended),
            "failed: it is suspended (`spec.suspend`) (`flux resume source oci shop -n flux-system`)",
        ),
        (idle("rootsync/shop", Idle::Deleted), "failed: it is being deleted (apply it again once it is gone)"),
    ] {
        assert_eq!(shown(&judge(&state, &expected("r.io/shop:v1"), None)), verdict);
    }
    let by_hand = judge(&idle("application/argocd/shop", Idle::ByHand), &expected("r.io/shop:v1"), None);
    assert!(matches!(by_hand, Verdict::Waits { hint: Some(hint), .. } if hint.contains("argocd app sync shop")));
}

#[test]
fn an_index_never_shows_at_config_sync_however_it_is_named() {
    let index = Some(Named { is_index: true, ..at(A) });
    let pinned = format!("r.io/shop@{A}");
    for reference in ["r.io/shop:v1", &pinned] {
        for spec in ["r.io/shop:v1", &pinned] {
            let verdict = |sync, named| shown(&judge(&state(sync, spec), &expected(reference), named));
            let told = verdict("rootsync/shop", index);
            assert!(told.starts_with("failed: the expected digest is that of an index"), "{reference} {spec}: {told}");
            // Flux shows the index itself, and an image is no index.
            assert!(verdict("ocirepository/flux-system/shop", index).starts_with("waits: "));
        }
    }
    for spec in ["r.io/shop:v1", &pinned] {
        let fetching = State { applied: None, ..state("rootsync/shop", spec) };
        for named in [None, Some(at(A))] {
            assert!(shown(&judge(&fetching, &expected("r.io/shop:v1"), named)).starts_with("waits: "));
        }
    }
}

#[test]
fn why_nothing_is_fetched_is_told_of_what_fetches() {
    let fetcher = state("ocirepository/flux-system/source", "r.io/shop:v1");
    let failing = State {
        word: Word::Error,
        applied: None,
        problems: vec![problem("OCIArtifactPullFailed", true, None)],
        ..fetcher.clone()
    };
    let suspended = State { idle: Some(Idle::Suspended), ..fetcher.clone() };
    for (fetcher, verdict) in [
        (&failing, "waits: its OCIRepository `source`: OCIArtifactPullFailed: trouble there"),
        (
            &suspended,
            "failed: its OCIRepository `source`: it is suspended (`spec.suspend`) (`flux resume source oci source -n flux-system`)",
        ),
        (&fetcher, "waits: its OCIRepository `source`: has not fetched it yet, and is SYNCED at sha256:bbbbbbbbbbbb"),
    ] {
        let applies = State {
            fetcher: Some(Box::new(fetcher.clone())),
            ..state("kustomization/flux-system/shop", "r.io/shop:v1")
        };
        assert_eq!(shown(&judge(&applies, &expected("r.io/shop:v1"), None)), verdict);
        // What it has fetched before that is there to be applied.
        let ready = State { fetched: Some(digest(A)), ..applies };
        assert!(shown(&judge(&ready, &expected("r.io/shop:v1"), None)).starts_with("waits: has fetched it"));
    }
}

#[test]
fn what_is_fetched_and_not_applied_is_told_apart() {
    let fetched = State {
        fetched: Some(digest(A)),
        word: Word::Reconciling,
        message: Some("Deployment: 0/1".into()),
        ..state("rootsync/shop", "r.io/shop:v1")
    };
    assert_eq!(shown(&judge(&fetched, &expected("r.io/shop:v1"), None)), "waits: RECONCILING: Deployment: 0/1");
    let applying = state("kustomization/flux-system/shop", "r.io/shop:v1");
    assert_eq!(
        shown(&judge(&applying, &expected("r.io/shop:v1"), None)),
        "waits: its OCIRepository has not fetched it yet, and it is SYNCED at sha256:bbbbbbbbbbbb"
    );
}
