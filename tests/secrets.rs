//! Secrets in plain text, doubtful values, and what generated streams tell of where they come from.

mod common;

use common::{Folder, NAMESPACE, Transcript, config_map};

/// Made when it is needed: who looks for tokens in repositories shall find none here.
fn token() -> String {
    let body = "Zq8LmXw2Rv6Tn4Yc0Kd7Hs3Jf9Gb5Pa1Ue";
    format!("{}{body}x0", "ghp_")
}

fn secret(fields: &str) -> String {
    format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: test\n{fields}")
}

#[test]
fn what_must_not_be_readable_is_told_and_not_shown() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/db.yaml", secret("stringData:\n  password: hunter2\n  user: app\n"));
    folder.file("in/settings.yaml", config_map("settings") + &format!("  token: {}\n", token()));
    folder.file("in/.env", format!("MODE=prod\nGITHUB_TOKEN={}\n", token()));
    let mut t = Transcript::new("secrets");
    t.run(&folder, &["validate", "in"]);
    t.say("They can be denied");
    t.run(&folder, &["push", "in", "oci:out:v1", "--deny-secrets"]);
    t.say("What is encrypted, a placeholder or public is no secret");
    folder.file("in/db.yaml", secret("stringData:\n  password: ${PASSWORD}\n  user: ''\n"));
    folder.file("in/settings.yaml", config_map("settings"));
    folder.file("in/.env", "GITHUB_TOKEN=ghp_changeme\n");
    t.run(&folder, &["validate", "in", "--deny-secrets"]);
    assert!(!t.text().contains(&token()) && !t.text().contains("hunter2"));
    t.check();
}

#[test]
fn a_value_in_the_place_of_a_name_is_not_shown() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    folder.file("in/db.yaml", secret("stringData:\n  hunter2 in words: ''\n"));
    folder.file("in/map.yaml", config_map("map") + "  not a secret: ''\n");
    let output = folder.run(&["validate", "in"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("a key in") && text.contains("`not a secret`") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_token_is_found_in_a_file_of_any_size() {
    let folder = Folder::new();
    folder.file("in/namespace.yaml", NAMESPACE);
    let filler = "nothing to see here\n".repeat(100_000);
    folder.file("in/notes.txt", format!("{filler}{}\n{filler}", token()));
    folder.file("in/map.yaml", config_map("map") + &format!("  text: |\n    {}\n", filler.replace('\n', "\n    ")));
    let output = folder.run(&["validate", "in"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("in/notes.txt:100001:1") || text.contains("notes.txt:100001:1"), "{text}");
    assert_eq!(text.matches("secret/token").count(), 1, "{text}");
}

#[test]
fn what_is_hardly_ever_meant_is_told() {
    let folder = Folder::new();
    let deployment = "apiVersion: apps/v1
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
      hostNetwork: yes
      containers:
        - name: web
          image: web:1
          env:
            - name: MODE
              value: fast
            - name: MODE
              value: slow
";
    folder.file("in/namespace.yaml", format!("\u{feff}{NAMESPACE}"));
    folder.file("in/web.yaml", deployment);
    let mut t = Transcript::new("lints");
    t.run(&folder, &["validate", "in"]);
    t.say("What `helm template` made");
    let stream = format!(
        "---\n# Source: shop/templates/namespace.yaml\n{NAMESPACE}---\n# Source: shop/templates/cart.yaml\n{}",
        config_map("My_Cart")
    );
    t.run_with_input(&folder, &["validate", "-"], stream.as_bytes());
    t.check();
}

#[test]
fn a_large_stream_tells_where_its_parts_come_from() {
    let folder = Folder::new();
    let mut stream = String::new();
    for number in 0..20_000 {
        let name = if number == 15_000 { "Wrong".to_owned() } else { format!("map-{number}") };
        stream += &format!("---\n# Source: shop/templates/map-{number}.yaml\n{}", config_map(&name));
    }
    assert!(stream.len() > 2 << 20);
    let output = folder.run_with_input(&["validate", "-", "--format", "json"], stream.as_bytes());
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].to_string().contains("shop/templates/map-15000.yaml"), "{}", findings[0]);
}
