//! Asks a running API server, through kubectl (or what the variable KUBECTL names), for all that it publishes about its kinds.

use std::error::Error;
use std::process::Command;

use serde_json::{Map, Value, json};

type Failed = Box<dyn Error>;

/// Prints the dump; `options` go to kubectl, such as `--context NAME`.
pub(crate) fn print(options: &[&str]) -> Result<(), Failed> {
    let get = |path: &str| get(options, path);
    let about = get("/version")?;
    let part = |key| about.get(key).and_then(Value::as_str).unwrap_or_default().trim_end_matches('+').to_owned();
    let mut kinds = Map::new();
    let mut schemas = Map::new();
    let paths = get("/openapi/v3")?;
    let paths = paths.get("paths").and_then(Value::as_object).ok_or("the server lists no paths")?;
    for (path, at) in paths {
        let Some(version) = path.strip_prefix("apis/").filter(|path| path.contains('/')).or(path.strip_prefix("api/"))
        else {
            continue;
        };
        let at = at.get("serverRelativeURL").and_then(Value::as_str).ok_or("a path without its URL")?;
        let document = get(at)?;
        let found = document.pointer("/components/schemas").and_then(Value::as_object);
        schemas.extend(found.into_iter().flatten().map(|(name, schema)| (name.clone(), schema.clone())));
        let list = get(&format!("/{path}"))?;
        for resource in list.get("resources").and_then(Value::as_array).into_iter().flatten() {
            add(&mut kinds, version, resource);
        }
    }
    let dump = json!({
        "version": format!("{}.{}", part("major"), part("minor")),
        "kinds": kinds,
        "schemas": schemas,
    });
    println!("{dump}");
    Ok(())
}

fn add(kinds: &mut Map<String, Value>, version: &str, resource: &Value) {
    let text = |key| resource.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("name");
    if name.contains('/') {
        return;
    }
    let verbs = resource.get("verbs").and_then(Value::as_array);
    let create = verbs.into_iter().flatten().any(|verb| verb == "create");
    let namespaced = resource.get("namespaced").and_then(Value::as_bool).unwrap_or_default();
    let about = json!({ "plural": name, "namespaced": namespaced, "create": create });
    kinds.insert(format!("{version} {}", text("kind")), about);
}

fn get(options: &[&str], path: &str) -> Result<Value, Failed> {
    let kubectl = std::env::var_os("KUBECTL").unwrap_or_else(|| "kubectl".into());
    let output = Command::new(kubectl).args(options).args(["get", "--raw", path]).output();
    let output = output.map_err(|error| format!("kubectl cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("kubectl get --raw {path}: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
