//! Kustomizations: what is checked of them, what is never run, and what `--render` packs. The kustomize of these tests is a script that
//! prints a file; `peers_kustomize` asks the real one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Folder, NAMESPACE, Transcript, config_map};

/// Prints `out.txt` of the folder that it is given, which is its last argument.
const PRINTS: &str = "for folder; do :; done\n/bin/cat \"$folder/out.txt\"";

/// A base with two overlays, which render to these texts.
fn overlays(dev: &str, prod: &str) -> Folder {
    let folder = Folder::new();
    folder.program("kustomize", PRINTS);
    folder.file("in/base/kustomization.yaml", "resources:\n- map.yaml\n");
    folder.file("in/base/map.yaml", config_map("settings"));
    for (name, out) in [("dev", dev), ("prod", prod)] {
        folder.file(
            &format!("in/overlays/{name}/kustomization.yaml"),
            "resources:\n- ../../base\npatches:\n- path: patch.yaml\n",
        );
        folder.file(&format!("in/overlays/{name}/patch.yaml"), "kind: ConfigMap\nmetadata:\n  name: settings\n");
        folder.file(&format!("in/overlays/{name}/out.txt"), out);
    }
    folder
}

#[test]
fn what_is_told_of_kustomizations() {
    let mut t = Transcript::new("render");
    let good = config_map("settings");
    let bad = good.replace("name: settings", "name: settings\n  labels:\n    version: 1.20");
    t.say("What a folder renders to is checked, and told of the file that it comes from");
    let folder = overlays(&good, &bad);
    t.run(&folder, &["validate", "in"]);
    t.say("Only what is synced is rendered");
    t.run(&folder, &["validate", "in", "--sync-dir", "overlays/dev"]);
    t.say("Config Sync renders no folder below the one it syncs");
    let folder = overlays(&good, &good);
    t.run(&folder, &["validate", "in", "--consumer", "config-sync"]);
    t.run(&folder, &["validate", "in", "--consumer", "config-sync", "--sync-dir", "overlays"]);
    t.say("Where kustomize gives up");
    folder.program("kustomize", "echo \"Error: no such field in '$PWD/base/map.yaml'\" >&2\nexit 1");
    t.run(&folder, &["validate", "in", "--sync-dir", "overlays/dev"]);
    t.say("Where there is neither kustomize nor kubectl");
    fs::remove_file(folder.path().join("bin/kustomize")).unwrap();
    t.run(&folder, &["validate", "in"]);
    t.run(&folder, &["digest", "in", "--render"]);
    t.say("Where a kustomization leads out of the bundle, nothing is run");
    folder.program("kustomize", "echo run >&2; exit 1");
    folder.file(
        "in/overlays/dev/kustomization.yaml",
        "resources:\n- ../../base\n- https://example.com/base.yaml\n- ../../../outside.yaml\n- missing.yaml\ngenerators:\n- run.yaml\n",
    );
    folder.file("in/overlays/dev/run.yaml", "apiVersion: example.com/v1\nkind: Generator\nmetadata:\n  name: x\n");
    t.run(&folder, &["validate", "in"]);
    t.say("... also where that is no error");
    let allowed = ["remote", "outside", "missing", "plugin"].map(|rule| format!("--rule=render/{rule}=off"));
    let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
    t.run(&folder, &[&["validate", "in"], &allowed[..]].concat());
    t.run(&folder, &[&["digest", "in", "--render"], &allowed[..]].concat());
    t.say("A chart that a kustomization inflates is not checked");
    let folder = overlays(&good, &good);
    folder.file(
        "in/overlays/dev/kustomization.yaml",
        "helmGlobals:\n  chartHome: ../../charts\nhelmCharts:\n- name: web\n",
    );
    folder.file("in/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    t.run(&folder, &["validate", "in"]);
    t.run(&folder, &["digest", "in", "--render"]);
    t.check();
}

#[test]
fn nothing_is_run_where_anything_leads_out() {
    let folder = overlays("", "");
    folder.program("kustomize", "echo > \"$PWD/../../was-run\"; exit 1");
    folder.program("kubectl", "echo > \"$PWD/../../was-run\"; exit 1");
    for out in ["resources: [/etc/passwd]", "Resources: ['https://example.com/x']", "patches: [{path: ../../../x}]"] {
        folder.file("in/overlays/dev/kustomization.yaml", out);
        let output = folder.run(&["digest", "in"]);
        assert_eq!(output.status.code(), Some(1), "{out}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("error[render/") && !said.contains("render/failed"), "{out}: {said}");
    }
}

#[test]
fn rendering_changes_no_digest_unless_it_is_asked_for() {
    let folder = overlays(&config_map("dev"), &config_map("prod"));
    let plain = folder.ok(&["digest", "in", "--no-validate"]);
    assert_eq!(folder.ok(&["digest", "in"]), plain);
    let render = folder.ok(&["digest", "in", "--render"]);
    assert_ne!(render, plain);
    for threads in ["1", "2", "16"] {
        assert_eq!(folder.ok(&["digest", "in", "--render", "--threads", threads]), render);
    }
    let found = |threads: &str| folder.run(&["validate", "in", "--format", "json", "--threads", threads]).stdout;
    folder.file("in/overlays/dev/out.txt", "kind: [\n");
    assert_eq!(found("1"), found("16"));
}

#[test]
fn what_is_rendered_takes_the_place_of_what_it_was_rendered_from() {
    let folder = overlays(&config_map("dev"), &config_map("prod"));
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/base/README.md", "# A base");
    folder.ok(&["build", "in", "-o", "out.tar", "--render", "-q"]);
    let mut names = Vec::new();
    let bytes = folder.read("out.tar");
    let mut reader = consign::tar::Reader::new(&bytes[..]);
    while let Some(member) = reader.next_member().unwrap() {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut reader, &mut text).unwrap();
        names.push((String::from_utf8(member.name).unwrap(), text));
    }
    let files: Vec<(&str, &str)> =
        names.iter().map(|(name, text)| (&**name, &**text)).filter(|(name, _)| !name.ends_with('/')).collect();
    let (dev, prod) = (config_map("dev"), config_map("prod"));
    assert_eq!(
        files,
        [
            ("base/README.md", "# A base"),
            ("namespace.yaml", NAMESPACE),
            ("overlays/dev/out.txt", &*dev),
            ("overlays/dev/rendered.yaml", &*dev),
            ("overlays/prod/out.txt", &*prod),
            ("overlays/prod/rendered.yaml", &*prod),
        ]
    );
}

#[test]
fn what_is_rendered_is_a_copy_of_what_was_packed() {
    let folder = overlays(&config_map("dev"), &config_map("prod"));
    let source = folder.path().join("in/overlays/dev/out.txt");
    folder.program("kustomize", &format!("echo 'a: [' > {}\n{PRINTS}", source.display()));
    folder.ok(&["validate", "in"]);
    assert_eq!(fs::read_to_string(source).unwrap(), "a: [\n");
}

/// The scratch folders that are there now.
fn scratch(folder: &Folder) -> Vec<PathBuf> {
    let all = fs::read_dir(folder.path().join("tmp")).unwrap();
    all.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn no_copy_is_left_behind_however_the_command_ends() {
    let folder = overlays(&config_map("dev"), &config_map("prod"));
    fs::create_dir(folder.path().join("tmp")).unwrap();
    let consign = || {
        let mut command = folder.consign();
        command.args(["validate", "in"]).env("TMPDIR", folder.path().join("tmp")).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(consign().status().unwrap().success());
    assert!(scratch(&folder).is_empty());
    folder.program("kustomize", "exit 1");
    assert_eq!(consign().status().unwrap().code(), Some(1));
    assert!(scratch(&folder).is_empty());
    folder.program("kustomize", "/bin/sleep 60");
    let mut child = consign().spawn().unwrap();
    let start = Instant::now();
    while scratch(&folder).is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(scratch(&folder).is_empty());
}

/// The definition of Thing, whose size is a number, or of this type.
fn definition(size: &str) -> String {
    format!(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  \
        group: example.com\n  scope: Namespaced\n  names: {{kind: Thing, plural: things}}\n  versions:\n  - name: v1\n    served: true\n    \
        storage: true\n    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {{size: {{type: {size}}}}}}}}}}}}}\n"
    )
}

fn thing(size: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: a\n  namespace: b\nspec:\n  size: {size}\n")
}

#[test]
fn definitions_in_plain_files_hold_for_what_is_rendered() {
    let folder = overlays(&thing("1"), &thing("large"));
    folder.file("in/crd.yaml", definition("integer"));
    let output = folder.run(&["validate", "in"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(said.matches("error[").count(), 1, "{said}");
    assert!(said.contains("size") && said.contains("overlays/prod"), "{said}");
}

#[test]
fn definitions_that_are_rendered_hold_for_plain_files() {
    let mut t = Transcript::new("render_definitions");
    // The file says another type than what is rendered: a patch may have changed it.
    let folder = overlays(&definition("integer"), &thing("large").replace("name: a", "name: rendered"));
    folder.file("in/base/crd.yaml", definition("string"));
    folder.file("in/a.yaml", thing("large"));
    folder.file("in/z.yaml", thing("1").replace("name: a", "name: z"));
    t.say("What a folder renders to defines a kind of plain files and of other folders; --render says the same");
    t.run(&folder, &["validate", "in"]);
    t.run(&folder, &["build", "in", "-o", "out.tar", "--render"]);
    t.say("Where all is well, nothing is unknown");
    folder.file("in/overlays/prod/out.txt", thing("3").replace("name: a", "name: rendered"));
    folder.file("in/a.yaml", thing("2"));
    t.run(&folder, &["validate", "in", "--unknown-kinds", "error"]);
    t.run(&folder, &["build", "in", "-o", "out.tar.gz", "--render", "--unknown-kinds", "error"]);
    t.say("A comment that silences what is not so has no effect");
    let comment = "# consign-ignore: schema/unknown-kind its definition is elsewhere\nkind:";
    folder.file("in/a.yaml", thing("2").replace("kind:", comment));
    t.run(&folder, &["validate", "in"]);
    t.say("What was not rendered may define the kind");
    fs::remove_file(folder.path().join("bin/kustomize")).unwrap();
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn what_a_kustomization_names_is_no_object_by_itself_wherever_it_lies() {
    let folder = Folder::new();
    folder.program("kustomize", PRINTS);
    let kustomization = "resources: [map.yaml]\npatches: [{path: ../parts/patch.yaml}]\nreplacements: [{path: ../parts/r.yaml}]\n\
         configMapGenerator: [{name: x, files: [k=../parts/values.yaml]}]\nconfigurations: [../parts/conf.yaml]\n\
         transformers: [../parts/plugin.yaml]\ncrds: [../parts/crd.json]\nopenapi: {path: ../parts/schema.json}\n";
    folder.file("in/k/kustomization.yaml", kustomization);
    folder.file("in/k/map.yaml", config_map("settings"));
    folder.file("in/k/out.txt", config_map("settings"));
    folder.file("in/map.yaml", config_map("plain"));
    let files = [
        ("patch.yaml", config_map("plain") + "$patch: merge\n"),
        ("r.yaml", "- source: {kind: ConfigMap}\n".to_owned()),
        ("values.yaml", "a: b\n".to_owned()),
        ("conf.yaml", "namePrefix: []\n".to_owned()),
        (
            "plugin.yaml",
            "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: y}\npath: ../parts/second.yaml\n".to_owned(),
        ),
        ("second.yaml", config_map("plain")),
        ("crd.json", "{\"a\": 1}\n".to_owned()),
        ("schema.json", "{\"a\": 1}\n".to_owned()),
    ];
    for (name, text) in &files {
        folder.file(&format!("in/parts/{name}"), text);
    }
    for consumer in ["flux", "argocd", "kubectl"] {
        let output = folder.run(&["validate", "in", "--consumer", consumer]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("parts/"), "{consumer}: {said}");
        assert!(said.contains("2 objects") && !said.contains("not checked"), "{consumer}: {said}");
    }
    // Only what is named so: the same file without its name is an object again.
    folder.file("in/k/kustomization.yaml", kustomization.replace("patch.yaml", "r.yaml"));
    let output = folder.run(&["validate", "in", "--consumer", "flux"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("$patch") && said.contains("object/duplicate"), "{said}");
}

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: test
spec:
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: example.com/web:1
";

/// `prod` over `base`, whose Deployment is this, and what it renders to.
fn patched(base: &str, out: &str) -> Folder {
    let folder = Folder::new();
    folder.program("kustomize", PRINTS);
    folder.file("in/base/kustomization.yaml", "resources:\n- web.yaml\n- db.yaml\n");
    folder.file("in/base/web.yaml", base);
    folder.file(
        "in/base/db.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: secret\n  namespace: test\nstringData:\n  password: ${PASSWORD}\n",
    );
    let inline = "patches:\n- path: patch.yaml\n- target:\n    kind: Deployment\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      value: many\n";
    let generator = "secretGenerator:\n- name: sec\n  namespace: test\n  literals:\n  - password=Tr0ub4dor\n";
    folder.file("in/prod/kustomization.yaml", format!("resources:\n- ../base\nnamePrefix: prod-\n{generator}{inline}"));
    folder.file(
        "in/prod/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      imagee: a\n",
    );
    folder.file("in/prod/out.txt", out);
    folder
}

#[test]
fn what_is_rendered_is_told_of_who_brought_it_and_comments_there_silence_it() {
    let mut t = Transcript::new("render_origins");
    let secret = "---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: prod-sec-hfm47b46fc\n  namespace: test\ndata:\n  \
                  password: VHIwdWI0ZG9y\n";
    let rendered = |more: &str| {
        DEPLOYMENT
            .replace("name: web\n  namespace", "name: prod-web\n  namespace")
            .replace("    spec:\n", "    spec:\n      imagee: a\n")
            .replace("spec:\n  selector", &format!("spec:\n{more}  replicas: many\n  selector"))
            + secret
    };
    t.say("A line is told of the file that has it: the base, a patch, or a patch within the kustomization, which has what it generates, too");
    let base = DEPLOYMENT.replace("spec:\n  selector", "spec:\n  paussed: true\n  selector");
    let folder = patched(&base, &rendered("  paussed: true\n"));
    t.run(&folder, &["validate", "in"]);
    t.say("A comment silences its rule for what comes from its document, and one without effect is told");
    let comment = "# consign-ignore: schema/unknown-field known\n";
    folder.file("in/base/web.yaml", format!("{comment}{base}# consign-ignore: schema/enum not so\n"));
    t.run(&folder, &["validate", "in"]);
    let patch = String::from_utf8(folder.read("in/prod/patch.yaml")).unwrap();
    folder.file("in/prod/patch.yaml", format!("{comment}{patch}"));
    let kustomization = String::from_utf8(folder.read("in/prod/kustomization.yaml")).unwrap();
    folder.file("in/prod/kustomization.yaml", format!("# consign-ignore: schema/type known\n{kustomization}"));
    folder.file("in/base/web.yaml", format!("{comment}{base}"));
    t.run(&folder, &["validate", "in"]);
    t.say("What is packed rendered is told of the same files");
    t.run(&folder, &["build", "in", "-o", "out.tar.gz", "--render"]);
    t.say("Unless --rule says what becomes of the rule");
    t.run(&folder, &["validate", "in", "--rule", "schema/type=error"]);
    t.say("What was not rendered may need the comments");
    fs::remove_file(folder.path().join("bin/kustomize")).unwrap();
    t.run(&folder, &["validate", "in"]);
    t.check();
}

#[test]
fn what_a_kustomization_takes_in_from_outside_of_the_folder_to_sync_is_checked_in_what_it_renders_to() {
    let folder = overlays(&config_map("settings"), &config_map("settings"));
    folder.file("in/base/unused.yaml", "a: [\n");
    let output = folder.run(&["validate", "in", "--sync-dir", "overlays/dev", "--format", "json"]);
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["findings"].as_array().unwrap().len(), 0, "{result}");
    // What the other overlay has, and what the base does not name.
    assert_eq!(result["summary"]["filesNotChecked"], 3, "{result}");
}

#[test]
fn a_secret_that_a_kustomization_takes_in_from_outside_is_told_once() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\n  namespace: test\nstringData:\n  password: hunter22\n";
    let folder = overlays(secret, secret);
    folder.file("in/base/map.yaml", secret);
    let output = folder.run(&["validate", "in", "--sync-dir", "overlays/dev", "--format", "json"]);
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = result["findings"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{result}");
    assert_eq!((&found[0]["path"], &found[0]["line"]), (&"base/map.yaml".into(), &7.into()), "{result}");
}
