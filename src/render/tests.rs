//! What a survey finds, and how rendering ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::testing::copy;
use super::*;
use crate::finding::Severity;

/// What is found in a kustomization beside a few files.
fn found(text: &str) -> Vec<(&'static str, String)> {
    let copy = copy(&[
        ("app/kustomization.yaml", text),
        ("app/d.yaml", "kind: Deployment\n"),
        ("app/charts/c/Chart.yaml", "name: c\n"),
        (
            "app/builtin.yaml",
            "apiVersion: builtin\nkind: ConfigMapGenerator\nfiles: [k=d.yaml]\nfieldSpecs: [{path: /x}]\n",
        ),
        ("app/reads.yaml", "apiVersion: builtin\nkind: ConfigMapGenerator\nfiles: [k=/etc/passwd]\n"),
        ("app/exec.yaml", "apiVersion: example.com/v1\nkind: Exec\n"),
        (
            "app/function.yaml",
            "apiVersion: v1\nkind: Fn\nmetadata:\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: x}\n",
        ),
        ("app/chart.yaml", "apiVersion: builtin\nkind: HelmChartInflationGenerator\nname: c\n"),
        ("base/kustomization.yaml", "resources: [e.yaml]"),
        ("base/e.yaml", "kind: Service\n"),
        ("plain/e.yaml", "kind: Service\n"),
        ("patched/kustomization.yaml", "resources: [../app/builtin.yaml]\npatches: [{patch: 'x'}]"),
        ("below/kustomization.yaml", "resources: [../patched]"),
        ("component/kustomization.yaml", "kind: Component\nresources: [../app/builtin.yaml]"),
        ("plain-plugins/kustomization.yaml", "kind: Kustomization\nresources: [../app/builtin.yaml]"),
        ("app/deep/er/kustomization.yaml", "resources: [x.yaml]"),
        ("app/deep/er/x.yaml", "apiVersion: builtin\nkind: ConfigMapGenerator\nfiles: [k=../../x]\n"),
        ("app/imageTags:x", "apiVersion: builtin\nkind: PrefixTransformer\n"),
        ("app/images:x", "apiVersion: x/v1\nkind: Exec\n"),
        ("app/patches:x", "apiVersion: builtin\nkind: PrefixTransformer\n"),
        ("app/patchesStrategicMerge:x", "apiVersion: x/v1\nkind: Exec\n"),
        // Named as what kustomize takes for a configuration.
        ("app/a: {files: [", "apiVersion: builtin\nkind: PrefixTransformer\n"),
        ("app/- [/b]", "apiVersion: builtin\nkind: PrefixTransformer\n"),
        ("app/{apiVersion: builtin, kind: X}", "apiVersion: x/v1\nkind: Exec\n"),
        ("app/list.yaml", "KIND: AList\napiVersion: builtin\nkind: ConfigMapGenerator\nfiles: [k=/etc/passwd]\n"),
        ("app/two.yaml", "KIND: PrefixTransformer\nAPIVERSION: builtin\napiVersion: x/v1\nkind: Exec\n"),
        (
            "app/nested.yaml",
            "apiVersion: v1\nkind: List\nitems: [{kind: AList, items: [{apiVersion: x/v1, kind: Exec}]}]\n",
        ),
        (
            "app/last.yaml",
            "apiVersion: builtin\nkind: X\n---\n&x {files: &f [/etc/x]}: 1\n---\napiVersion: builtin\nkind: Y\n<<: &a {paths: [/etc/x]}\n",
        ),
        ("plugins/kustomization.yaml", "resources: [x.yaml]"),
        ("plugins/x.yaml", "apiVersion: example.com/v1\nkind: Exec\n"),
    ]);
    let survey = Survey::of(&copy, std::iter::once("app"));
    assert_eq!(
        survey.is_sound(),
        survey.findings.iter().all(|finding| finding.severity == Severity::Warning),
        "{text}"
    );
    survey.findings.into_iter().map(|finding| (finding.rule.id, finding.message)).collect()
}

#[test]
fn every_way_out_of_the_bundle_is_found_and_no_way_within() {
    for (text, rule) in [
        ("resources: [d.yaml, ../base]", None),
        ("resources: [https://example.com/x.yaml]", Some("render/remote")),
        ("Resources: [https://example.com/x.yaml]", Some("render/remote")),
        ("bases: ['github.com/a/b//c?ref=v1']", Some("render/remote")),
        ("components: ['git@github.com:a/b']", Some("render/remote")),
        ("crds: [https://example.com/x.json]", Some("render/remote")),
        ("openapi: {path: https://example.com/x.json}", Some("render/remote")),
        ("configMapGenerator: [{files: [k=https://example.com/x]}]", Some("render/remote")),
        ("resources: [../../x.yaml]", Some("render/outside")),
        ("resources: [../base/../../x.yaml]", Some("render/outside")),
        ("resources: [/etc/passwd]", Some("render/outside")),
        ("patches: [{path: /etc/passwd}]", Some("render/outside")),
        ("patches: [/etc/passwd]", Some("render/outside")),
        ("patches: [{patch: '/etc/passwd'}]", None),
        ("patchesStrategicMerge: [../../x]", Some("render/outside")),
        ("patchesStrategicMerge:\n- |\n  etc/passwd: 1\n", None),
        ("patchesStrategicMerge: ['{kind: D}']", None),
        ("patchesStrategicMerge: ['{x/../../../etc/passwd']", Some("render/outside")),
        ("patchesStrategicMerge: [\"x\\n/../../../etc/passwd\"]", Some("render/outside")),
        ("patchesStrategicMerge: [\"/etc/x\\n/../passwd\"]", Some("render/outside")),
        ("patches: [{patch: 'a/../../../b'}]", None),
        ("generators: ['{apiVersion: builtin, kind: X, y: z/../../../etc/passwd}']", Some("render/outside")),
        (
            "generators: ['{apiVersion: builtin, kind: ValueAddTransformer, targetFilePath: /etc/passwd}']",
            Some("render/outside"),
        ),
        ("generators: ['{apiVersion: builtin, kind: ValueAddTransformer, value: /etc/passwd}']", None),
        ("components: [github.com/a]", Some("render/remote")),
        ("patchesJson6902: [{path: ../../x}]", Some("render/outside")),
        ("replacements: [{path: ../../x}]", Some("render/outside")),
        ("configurations: [../../x]", Some("render/outside")),
        ("configMapGenerator: [{files: [/etc/passwd]}]", Some("render/outside")),
        ("configMapGenerator: [{files: [k=/etc/passwd]}]", Some("render/outside")),
        ("configMapGenerator: [{envs: [/etc/passwd]}]", Some("render/outside")),
        ("configMapGenerator: [{env: /etc/passwd}]", Some("render/outside")),
        ("configMapGenerator: [{literals: [k=/etc/passwd]}]", None),
        ("secretGenerator: [{files: [/etc/shadow], envs: [d.yaml]}]", Some("render/outside")),
        ("openapi: {path: /etc/passwd}", Some("render/outside")),
        ("helmCharts: [{name: c, valuesFile: /etc/passwd}]", Some("render/outside")),
        ("resources: [nothing.yaml]", Some("render/missing")),
        ("resources: [../plain]", Some("render/missing")),
        ("patches: [{path: ../base}]", Some("render/missing")),
        ("helmCharts: [{name: nothing}]", Some("render/missing")),
        ("generators: [builtin.yaml]", None),
        ("generators: [reads.yaml]", Some("render/outside")),
        ("generators: [exec.yaml]", Some("render/plugin")),
        ("transformers: [function.yaml]", Some("render/plugin")),
        ("validators: [../plugins]", Some("render/plugin")),
        ("generators: [../patched]", Some("render/plugin")),
        ("transformers: [../below]", Some("render/plugin")),
        ("validators: [../component]", Some("render/plugin")),
        ("generators: [../plain-plugins]", None),
        ("resources: [../patched]", None),
        ("generators: [deep/er]", Some("render/outside")),
        ("resources: [deep/er]", None),
        ("generators: ['--- {apiVersion: builtin, kind: X, paths: [/etc/x]}']", Some("render/plugin")),
        ("generators: ['!!map {apiVersion: builtin, kind: X, paths: [/etc/x]}']", Some("render/outside")),
        ("generators: [\"apiVersion: builtin\\rkind: X\\rpaths: [/etc/x]\"]", Some("render/outside")),
        ("generators: ['a: {files: [']", Some("render/plugin")),
        ("generators: ['- [/b]']", Some("render/plugin")),
        ("generators: ['{apiVersion: builtin, kind: X}']", Some("render/plugin")),
        ("generators: [list.yaml]", Some("render/outside")),
        ("generators: [two.yaml]", Some("render/plugin")),
        ("generators: [nested.yaml]", Some("render/plugin")),
        ("transformers: [last.yaml]", Some("render/outside")),
        ("!!binary cmVzb3VyY2Vz: [!!binary L2V0Yy9wYXNzd2Q=]", Some("render/outside")),
        ("imageTags: []", None),
        ("patches: [{patch: 'x'}]\npatchesStrategicMerge: [d.yaml]", None),
        // What older versions of kustomize read is `images:x`, or `patchesStrategicMerge:x`.
        ("generators: ['imageTags:x']", Some("render/plugin")),
        ("generators: ['patches:x']", None),
        ("generators: ['patches:x']\npatches: [d.yaml]", Some("render/plugin")),
        ("transformers:\n- |\n  apiVersion: example.com/v1\n  kind: Exec\n", Some("render/plugin")),
        ("transformers:\n- |\n  apiVersion: builtin\n  kind: PrefixTransformer\n", None),
        ("transformers: ['{apiVersion: builtin, kind: PatchTransformer, path: /etc/passwd}']", Some("render/outside")),
        ("generators: [https://example.com/x]", Some("render/remote")),
        ("helmCharts: [{name: c}]", Some("render/helm")),
        ("helmCharts: [{name: c, repo: https://example.com}]", Some("render/helm")),
        ("helmCharts: [{name: x, repo: https://example.com}]", Some("render/remote")),
        ("helmGlobals: {chartHome: /charts}\nhelmCharts: [{name: c}]", Some("render/outside")),
        ("helmChartInflationGenerator: [{chartName: c}]", Some("render/helm")),
        ("generators: [chart.yaml]", Some("render/helm")),
        ("namePrefix: https://", None),
    ] {
        let found = found(text);
        assert_eq!(found.first().map(|(id, _)| *id), rule, "{text}: {found:?}");
        if found.first().map(|(id, _)| *id) != rule {}
    }
}

#[test]
fn what_is_rendered_elsewhere_is_rendered_with_the_option_that_it_needs() {
    for (text, command) in [
        ("resources: [https://example.com/x]", "`kustomize build app |"),
        ("helmCharts: [{name: x, repo: https://example.com}]", "`kustomize build --enable-helm app |"),
    ] {
        let copy = copy(&[("app/kustomization.yaml", text)]);
        let survey = Survey::of(&copy, std::iter::once("app"));
        let hint = survey.findings[0].hint.clone().unwrap();
        assert!(hint.contains(command), "{hint}");
    }
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let found = found("resources: ['https://me:hunter2@example.com/x?token=hunter3']");
    assert_eq!(found[0].1, "`https://example.com/x` is not in the bundle: kustomize would fetch it");
}

#[test]
fn broken_yaml_is_nothing_to_run() {
    for text in ["resources: [", "resources: [a]\nresources: [b]"] {
        let copy = copy(&[("kustomization.yaml", text)]);
        assert!(!Survey::of(&copy, std::iter::once("")).is_sound(), "{text}");
    }
}

/// A program of this name that does what the script says.
fn script(folder: &Scratch, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn rendering_ends_well_or_with_a_finding() {
    let copy = copy(&[("app/kustomization.yaml", "resources: []")]);
    let limit = Limit { time: Duration::from_millis(500), output: 1000 };
    let scripts = Scratch::new().unwrap();
    let start = Instant::now();
    for (text, expected) in [
        ("echo kind: X", Ok("kind: X\n")),
        ("echo \"# Warning: old\" >&2; echo kind: X", Ok("kind: X\n")),
        (
            "echo \"Error: no such thing in '$PWD/app/x.yaml'\" >&2; exit 1",
            Err("`app` cannot be rendered: no such thing in 'app/x.yaml'"),
        ),
        ("exit 3", Err("`app` cannot be rendered: it ended with exit status: 3")),
        ("kill -9 $$", Err("`app` cannot be rendered: it ended with signal: 9 (SIGKILL)")),
        ("yes", Err("`app` renders to more than 1000 bytes")),
        ("yes >&2", Err("`app` renders to more than 1000 bytes")),
        ("sleep 30 & sleep 30", Err("rendering `app` took more than 0 s and was stopped")),
    ] {
        let renderer = Renderer::new(script(&scripts, "kustomize", text), false, limit);
        let outcome = renderer.render(&copy, "app").map_err(|finding| {
            assert_eq!((finding.rule.id, &*finding.place.path), ("render/failed", "app/kustomization.yaml"));
            finding.message
        });
        assert_eq!(outcome, expected.map(|text| text.as_bytes().to_vec()).map_err(ToOwned::to_owned), "{text}");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn the_program_sees_the_copy_and_nothing_of_the_user() {
    let copy = copy(&[("app/kustomization.yaml", "resources: []")]);
    let scripts = Scratch::new().unwrap();
    for (name, is_free, arguments) in [
        ("kustomize", false, "build --load-restrictor=LoadRestrictionsRootOnly ./app"),
        ("kustomize", true, "build --load-restrictor=LoadRestrictionsNone ./app"),
        ("kubectl", true, "kustomize --load-restrictor=LoadRestrictionsNone ./app"),
    ] {
        let text = "echo \"$@\"; pwd -P; ls -A $HOME; env | cut -d= -f1 | sort | tr '\\n' ' '";
        let renderer = Renderer::new(script(&scripts, name, text), is_free, Limit::default());
        let said = String::from_utf8(renderer.render(&copy, "app").unwrap()).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[..2], [arguments, copy.root().to_str().unwrap()]);
        assert!(!lines[2].contains("CARGO"), "{said}");
        for set in ["GIT_ALLOW_PROTOCOL", "GIT_CONFIG_NOSYSTEM", "HOME", "PATH", "XDG_CONFIG_HOME", "https_proxy"] {
            assert!(lines[2].split(' ').any(|name| name == set), "{set}: {said}");
        }
    }
}
