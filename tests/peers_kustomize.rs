//! The layouts that people keep kustomizations in, rendered by kustomize and kubectl themselves. `KUSTOMIZE` and `KUBECTL` name them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;

use common::{Folder, config_map};
use serde_json::Value;

/// The program under this name in the environment, or in `PATH`.
fn program(name: &str) -> PathBuf {
    let given = std::env::var_os(name.to_uppercase()).map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        given.or_else(|| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()));
    found.unwrap_or_else(|| panic!("{name} is needed: .ci/run installs it"))
}

/// A folder in which commands find this program only.
fn folder(name: &str) -> Folder {
    let folder = Folder::new();
    folder.without_programs();
    folder.link(&format!("bin/{name}"), program(name).to_str().unwrap());
    folder
}

/// Validates `in/`; gives how many objects there are, and what was found.
fn validate(folder: &Folder, args: &[&str]) -> (u64, Vec<(String, String)>) {
    let output = folder.run(&[&["validate", "in", "--format", "json"], args].concat());
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = said["findings"].as_array().unwrap();
    let findings = findings.iter().map(|finding| (text(&finding["rule"]), text(&finding["message"]))).collect();
    (said["summary"]["objects"].as_u64().unwrap(), findings)
}

/// With both programs.
fn each(test: impl Fn(&Folder)) {
    for name in ["kustomize", "kubectl"] {
        test(&folder(name));
    }
}

fn deployment(name: &str, label: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    version: {label}\nspec:\n  selector:\n    \
         matchLabels: {{app: {name}}}\n  template:\n    metadata:\n      labels: {{app: {name}}}\n    spec:\n      containers:\n      \
         - name: {name}\n        image: example.com/{name}:1\n"
    )
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn a_base_with_overlays_and_a_component() {
    each(|folder| {
        folder.file(
            "in/base/kustomization.yaml",
            "namespace: shop\nresources: [web.yaml]\nconfigMapGenerator:\n- name: settings\n  files: [app.conf]\n",
        );
        folder.file("in/base/web.yaml", deployment("web", "'1'"));
        folder.file("in/base/app.conf", "a=b\n");
        folder.file(
            "in/debug/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: p.yaml\n",
        );
        folder.file(
            "in/debug/p.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n",
        );
        folder.file("in/overlays/dev/kustomization.yaml", "resources: [../../base]\ncomponents: [../../debug]\n");
        folder.file(
            "in/overlays/prod/kustomization.yaml",
            "resources: [../../base]\nnamePrefix: prod-\nreplicas:\n- {name: web, count: 3}\n",
        );
        assert_eq!(validate(folder, &[]), (4, vec![]));
        assert_eq!(validate(folder, &["--sync-dir", "overlays/prod", "--consumer", "config-sync"]).0, 2);
        folder.file("in/base/web.yaml", deployment("web", "1"));
        let (_, found) = validate(folder, &["--sync-dir", "overlays/prod"]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].1.contains("Deployment \"shop/prod-web\"") && found[0].1.contains("`overlays/prod`"),
            "{found:?}"
        );
    });
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn a_definition_is_what_its_kustomization_makes_of_it() {
    each(|folder| {
        folder.file(
            "in/crds/thing.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  \
             group: example.com\n  scope: Namespaced\n  names: {kind: Thing, plural: things}\n  versions:\n  - name: v1\n    \
             served: true\n    storage: true\n    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, \
             properties: {size: {type: string}}}}}}\n",
        );
        folder.file(
            "in/crds/kustomization.yaml",
            "resources: [thing.yaml]\npatches:\n- target: {kind: CustomResourceDefinition}\n  patch: |-\n    - op: replace\n      \
             path: /spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/type\n      value: integer\n",
        );
        for (name, size) in [("few", "1"), ("many", "'1'")] {
            let thing = format!(
                "apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: {name}, namespace: x}}\nspec: {{size: {size}}}\n"
            );
            folder.file(&format!("in/app/{name}.yaml"), thing);
        }
        let (objects, findings) = validate(folder, &[]);
        assert_eq!(objects, 3);
        let [(rule, message)] = &findings[..] else { panic!("{findings:?}") };
        assert!(rule == "schema/type" && message.contains("Thing \"x/many\""), "{message}");
    });
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn one_kustomization_at_the_root() {
    each(|folder| {
        folder.file("in/kustomization.yaml", "resources: [map.yaml]\nnamespace: shop\n");
        folder.file("in/map.yaml", config_map("settings"));
        assert_eq!(validate(folder, &[]), (1, vec![]));
    });
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn files_beside_the_kustomization_are_for_config_sync_and_flux_alone() {
    each(|folder| {
        folder.file("in/app/kustomization.yaml", "resources: [../common/map.yaml]\n");
        folder.file("in/common/map.yaml", config_map("settings"));
        let args = ["--sync-dir", "app"];
        for consumer in ["config-sync", "flux"] {
            let (_, found) = validate(folder, &[&args[..], &["--consumer", consumer]].concat());
            assert!(found.iter().all(|(rule, _)| rule != "render/failed"), "{consumer}: {found:?}");
        }
        for more in [&[][..], &["--consumer", "argocd"], &["--consumer", "config-sync", "--consumer", "argocd"]] {
            let (_, found) = validate(folder, &[&args[..], more].concat());
            assert_eq!(found[0].0, "render/failed", "{found:?}");
            assert!(found[0].1.contains("common/map.yaml") && !found[0].1.contains("consign-"), "{found:?}");
        }
    });
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn what_kustomize_refuses_is_told_in_its_own_words() {
    each(|folder| {
        for (text, said) in [
            ("resources: [map.yaml]\npatches: [{patch: 'a: b'}]\n", "patch"),
            ("resources: [map.yaml, map.yaml]\n", "may not add resource with an already registered id"),
            ("resources: [map.yaml]\nresource: []\n", "unknown field"),
            ("{}\n", "empty"),
        ] {
            folder.file("in/kustomization.yaml", text);
            folder.file("in/map.yaml", config_map("settings"));
            let (_, found) = validate(folder, &[]);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].0, "render/failed");
            assert!(found[0].1.contains(said), "{text}: {found:?}");
        }
    });
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn no_value_of_a_secret_is_in_what_kustomize_says() {
    each(|folder| {
        folder.file(
            "in/s.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: d}\nstringData: {a: hunter2}\n",
        );
        folder.file("in/bytes.env", b"a=hunter2\xff\n");
        folder.file("in/words.env", "hunter2 in words\n");
        let from = |path: &str, more: &str| {
            format!(
                "resources: [s.yaml]\nreplacements: [{{source: {{kind: Secret, fieldPath: {path}{more}}}, targets: [{{select: {{kind: Secret}}, \
                 fieldPaths: [stringData.q]}}]}}]\n"
            )
        };
        for (text, rule) in [
            ("secretGenerator: [{name: a, namespace: d, literals: [hunter2]}]\n", "render/failed"),
            ("secretGenerator: [{name: a, namespace: d, literals: ['=hunter2']}]\n", "render/failed"),
            ("secretGenerator: [{name: a, namespace: d, files: ['s.yaml=hunter2=']}]\n", "render/missing"),
            ("secretGenerator: [{name: a, namespace: d, envs: [bytes.env]}]\n", "render/failed"),
            ("secretGenerator: [{name: a, namespace: d, envs: [words.env]}]\n", "schema/invalid"),
            (&from("stringData.a", ", options: {delimiter: x, index: 5}"), "render/failed"),
            (&from("stringData.a.b", ""), "render/failed"),
        ] {
            folder.file("in/kustomization.yaml", text);
            let (_, found) = validate(folder, &[]);
            assert!(found.iter().any(|(id, _)| id == rule), "{text}: {found:?}");
            assert!(!found.iter().any(|(_, message)| message.contains("hunter2")), "{text}: {found:?}");
        }
    });
}

#[test]
#[ignore = "runs kustomize and kubectl"]
fn what_is_pushed_rendered_is_plain_and_the_same_with_both_programs() {
    let digests: Vec<String> = ["kustomize", "kubectl"]
        .into_iter()
        .map(|name| {
            let folder = folder(name);
            folder.file("in/app/kustomization.yaml", "resources: [map.yaml]\nnamePrefix: a-\n");
            folder.file("in/app/map.yaml", config_map("settings"));
            let digest = folder.ok(&["digest", "in", "--render", "--sync-dir", "app", "--consumer", "config-sync"]);
            assert_eq!(folder.ok(&["digest", "in", "--render"]), digest);
            digest
        })
        .collect();
    assert_eq!(digests[0], digests[1]);
}

/// Ways to name `secret.yaml`, which lies beside the source, to a kustomize that is allowed to read every file; `UP` leads there from the
/// unpacked copy as well as can be guessed, `ABS` is its absolute path.
const WAYS_OUT: &[&str] = &[
    "resources: [UPsecret.yaml]",
    "resources: [ABS]",
    "RESOURCES: [ABS]",
    "re\u{17f}ources: [ABS]",
    "resources: [./x/../UPsecret.yaml]",
    "x: &x {resources: [ABS]}\n<<: *x",
    "resources:\n- &a ABS\nbases: [*a]",
    "{\"resources\": [\"ABS\"]}",
    "{\"resources\": [\"\\u002f..ABS\"]}",
    "resources: [map.yaml]\n---\nresources: [ABS]",
    "resources: [map.yaml]\nconfigMapGenerator:\n- name: x\n  files: [ABS]",
    "resources: [map.yaml]\nconfigMapGenerator:\n- name: x\n  files: [k=ABS]",
    "resources: [map.yaml]\nConfigMapGenerator:\n- name: x\n  Files: [k=UPsecret.yaml]",
    "resources: [map.yaml]\nconfigMapGenerator:\n- name: x\n  envs: [ABS]",
    "resources: [map.yaml]\nsecretGenerator:\n- name: x\n  env: ABS",
    "resources: [map.yaml]\npatchesStrategicMerge: ['{x}/../UPsecret.yaml']",
    "resources: [map.yaml]\npatchesStrategicMerge: [ABS]",
    "resources: [map.yaml]\npatches: [ABS]",
    "resources: [map.yaml]\npatches: [{path: ABS}]",
    "resources: [map.yaml]\npatchesJson6902: [{path: ABS, target: {kind: ConfigMap, name: settings}}]",
    "resources: [map.yaml]\nreplacements: [{path: ABS}]",
    "resources: [map.yaml]\nconfigurations: [ABS]",
    "resources: [map.yaml]\ncrds: [ABS]",
    "resources: [map.yaml]\nopenapi: {path: ABS}",
    "resources: [map.yaml]\ngenerators: [ABS]",
    "resources: [map.yaml]\ngenerators: ['{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [k=ABS]}']",
    "resources: [map.yaml]\ngenerators: ['{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, FILES: [k=UPsecret.yaml]}']",
    "resources: [map.yaml]\ngenerators: [plugins]",
    "resources: [map.yaml]\ntransformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: ABS}']",
    "resources: [map.yaml]\ntransformers: ['{apiVersion: builtin, kind: ValueAddTransformer, metadata: {name: x}, targetFilePath: ABS}']",
    "resources: [map.yaml]\ncomponents: [component]",
];

#[test]
#[ignore = "runs kustomize and kubectl"]
fn no_file_of_the_machine_gets_into_what_is_rendered() {
    each(|folder| {
        let secret = folder
            .file("secret.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hunter2}\ndata: {a: hunter2}\n");
        folder.file("in/map.yaml", config_map("settings"));
        let up = "../".repeat(12) + folder.path().to_str().unwrap().trim_start_matches('/') + "/";
        let fill = |text: &str| text.replace("UP", &up).replace("ABS", secret.to_str().unwrap());
        folder.file("in/plugins/kustomization.yaml", "resources: [x.yaml]\n");
        folder.file(
            "in/plugins/x.yaml",
            fill("apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [k=ABS]\n"),
        );
        folder.file(
            "in/component/kustomization.yaml",
            fill("kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\nresources: [ABS]\n"),
        );
        for way in WAYS_OUT {
            folder.file("in/kustomization.yaml", fill(way));
            let args = ["build", "in", "-o", "out.tar", "--render", "--consumer", "config-sync", "--sync-dir", "."];
            let output = folder.run(&args);
            assert_eq!(output.status.code(), Some(1), "{way}: {}", String::from_utf8_lossy(&output.stderr));
            assert!(!folder.path().join("out.tar").exists());
            assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"), "{way}");
        }
        // Without all that it renders.
        folder.file("in/kustomization.yaml", "resources: [map.yaml]\n");
        folder.file("in/plugins/kustomization.yaml", "resources: []\n");
        folder.file("in/component/kustomization.yaml", "kind: Component\n");
        folder.ok(&["build", "in", "-o", "out.tar", "--render", "--consumer", "config-sync"]);
    });
}

/// Ways in which a kustomization has a say in the configuration of another's plugins, or hides one; `FILE` is the path of a file of the
/// machine, or the address of one on it. Each is a file and its text, `in/kustomization.yaml` last.
const WAYS_ROUND: &[&[(&str, &str)]] = &[
    &[
        ("imageTags:x", "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\n"),
        ("images:x", "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [k=FILE]\n"),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: ['imageTags:x']"),
    ],
    &[
        ("a/gen/kustomization.yaml", "resources: [g.yaml]"),
        (
            "a/gen/g.yaml",
            "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nfiles: [k=../secret.yaml]\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [a/gen]"),
    ],
    &[
        (
            "gen/kustomization.yaml",
            "resources: [g.yaml]\npatches: [{target: {kind: ConfigMapGenerator}, patch: '- {op: add, path: /files, value: [k=FILE]}'}]",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [gen]"),
    ],
    &[
        ("gen/kustomization.yaml", "resources: [g.yaml]\npatchesStrategicMerge: [p.yaml]"),
        (
            "gen/p.yaml",
            "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x, namespace: d}\nenvs: [FILE]\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [gen]"),
    ],
    &[
        ("gen/kustomization.yaml", "resources: [below]"),
        ("gen/below/kustomization.yaml", "resources: [../g.yaml]\nreplacements: [{path: r.yaml}]"),
        (
            "gen/below/r.yaml",
            "source: {kind: ConfigMapGenerator, fieldPath: metadata.annotations.a}\ntargets: [{select: {kind: ConfigMapGenerator}, fieldPaths: [files.0]}]\n",
        ),
        (
            "gen/g.yaml",
            "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x, namespace: d, annotations: {a: k=FILE}}\nfiles: [k]\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [gen]"),
    ],
    &[
        ("gen/kustomization.yaml", "resources: [g.yaml]\ncomponents: [../component]"),
        (
            "component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{target: {kind: ConfigMapGenerator}, patch: '- {op: add, path: /files, value: [k=FILE]}'}]",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [gen]"),
    ],
    &[
        (
            "gen/kustomization.yaml",
            "resources: [g.yaml]\ntransformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: y}, target: {kind: ConfigMapGenerator}, patch: \"- {op: add, path: /files, value: [k=FILE]}\"}']",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [gen]"),
    ],
    &[
        (
            "gen/kustomization.yaml",
            "resources: [g.yaml]\nvars: [{name: V, objref: {apiVersion: builtin, kind: ConfigMapGenerator, name: x}, fieldref: {fieldpath: metadata.annotations.a}}]\nconfigurations: [c.yaml]",
        ),
        ("gen/c.yaml", "varReference: [{path: files, kind: ConfigMapGenerator}]\n"),
        (
            "gen/g.yaml",
            "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x, namespace: d, annotations: {a: FILE}}\nfiles: [k=$(V)]\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [gen]"),
    ],
    &[
        (
            "gen/kustomization.yaml",
            "resources: [t.yaml]\nPatches: [{target: {kind: PatchTransformer}, patch: '- {op: replace, path: /path, value: FILE}'}]",
        ),
        (
            "gen/t.yaml",
            "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\ntarget: {kind: ConfigMap}\npath: p.yaml\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ntransformers: [gen]"),
    ],
    &[
        (
            "gen/kustomization.yaml",
            "{\"resources\": [\"g.yaml\"], \"PATCHES\": [{\"target\": {\"kind\": \"ConfigMapGenerator\"}, \"patch\": \"- {op: add, path: /envs, value: [FILE]}\"}]}",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ncomponents: [component]"),
        (
            "component/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ngenerators: [../gen]",
        ),
    ],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators: ['{KIND: AList, apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [k=FILE]}']",
    )],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators: ['!!map {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [k=FILE]}']",
    )],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators: ['--- {apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [k=FILE]}']",
    )],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators: [\"apiVersion: builtin\\rkind: ConfigMapGenerator\\rmetadata: {name: x}\\rfiles: [k=FILE]\"]",
    )],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators: ['{apiVersion: v1, kind: List, items: [{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: [k=FILE]}]}']",
    )],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators: ['{x: &x [k=FILE], apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: *x}']",
    )],
    &[(
        "kustomization.yaml",
        "resources: [map.yaml]\ngenerators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: a}\n  ---\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: x}\n  !!binary ZmlsZXM=: [k=FILE]\n",
    )],
    &[
        (
            "g.json",
            "{\"apiVersion\": \"builtin\", \"kind\": \"ConfigMapGenerator\", \"metadata\": {\"name\": \"x\"}, \"\\u0046iles\": [\"k=FILE\"]}",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [g.json]"),
    ],
    &[
        (
            "r.yaml",
            "apiVersion: builtin\nkind: ReplacementTransformer\nmetadata: {name: x}\nreplacements: [{path: FILE}]\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ntransformers: [r.yaml]"),
    ],
    &[
        ("r.yaml", "apiVersion: builtin\nkind: PatchStrategicMergeTransformer\nmetadata: {name: x}\npaths: [FILE]\n"),
        ("kustomization.yaml", "resources: [map.yaml]\ntransformers: [r.yaml]"),
    ],
    &[
        (
            "r.yaml",
            "apiVersion: builtin\nkind: PatchJson6902Transformer\nmetadata: {name: x}\ntarget: {kind: ConfigMap, name: settings, version: v1}\npath: FILE\n",
        ),
        ("kustomization.yaml", "resources: [map.yaml]\ntransformers: [r.yaml]"),
    ],
    &[
        ("r.yaml", "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: x}\nenv: FILE\n"),
        ("kustomization.yaml", "resources: [map.yaml]\ngenerators: [r.yaml]"),
    ],
    &[("kustomization.yaml", "{!!binary cmVzb3VyY2Vz: [map.yaml], !!binary Y3Jkcw==: [FILE]}")],
    &[("kustomization.yaml", "resources: [map.yaml]\nopenAPI: {path: FILE}")],
];

#[test]
#[ignore = "runs kustomize and kubectl"]
fn no_kustomization_has_a_say_in_what_is_looked_at_before_it_is_run() {
    each(|folder| {
        let plain = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x, namespace: d}\n";
        let secret = folder.file("secret.yaml", "a=hunter2\n");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}/x", listener.local_addr().unwrap());
        let mut read = 0;
        for way in WAYS_ROUND {
            for file in [secret.to_str().unwrap(), &address] {
                std::fs::remove_dir_all(folder.path().join("in")).ok();
                folder.file("in/map.yaml", config_map("settings"));
                folder.file("in/gen/g.yaml", plain);
                for (name, text) in *way {
                    folder.file(&format!("in/{name}"), text.replace("FILE", file));
                }
                for consumer in [&["--consumer", "config-sync"][..], &[]] {
                    let args = ["build", "in", "-o", "out.tar", "--render", "--sync-dir", "."];
                    let output = folder.run(&[&args[..], consumer].concat());
                    let said = String::from_utf8_lossy(&output.stderr);
                    assert_eq!(output.status.code(), Some(1), "{way:?}: {said}");
                    assert!(!said.contains("hunter2") && !said.contains("render/failed"), "{way:?}: {said}");
                    assert!(listener.accept().is_err(), "{way:?} went to the network");
                }
            }
            read += u32::from(reaches(folder, &secret));
        }
        // These are no idle fears: kustomize itself gives the file, or quotes it.
        assert!(read >= 14, "only {read} ways lead anywhere");
    });
}

/// Whether kustomize, left to itself, reads the file once the address in `in/` is its path again.
fn reaches(folder: &Folder, secret: &std::path::Path) -> bool {
    let mut waiting = vec![folder.path().join("in")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let parts: Vec<&str> = text.split("http://127.0.0.1:").collect();
        let rest = parts[1..].iter().map(|part| part.split_once("/x").unwrap().1);
        let text: Vec<String> = std::iter::once(parts[0].to_owned())
            .chain(rest.map(|rest| format!("{}{rest}", secret.display())))
            .collect();
        std::fs::write(&path, text.concat()).unwrap();
    }
    let name = if folder.path().join("bin/kustomize").exists() { "kustomize" } else { "kubectl" };
    let mut command = std::process::Command::new(program(name));
    command.arg(if name == "kustomize" { "build" } else { "kustomize" });
    let output = command.args(["--load-restrictor=LoadRestrictionsNone", "in"]).current_dir(folder.path()).output();
    let output = output.unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    // As it is, or in base64.
    ["hunter2", "aHVudGVyMg"].iter().any(|secret| said.contains(secret))
}
