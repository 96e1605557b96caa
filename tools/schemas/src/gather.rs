//! What several versions publish, joined into one table: each definition with the fields of all versions, each field with the versions
//! that have it.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

type Failed = Box<dyn Error>;

/// What one API server publishes.
pub(crate) struct Dump {
    pub(crate) version: String,
    kinds: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Dump {
    pub(crate) fn read(path: &Path) -> Result<Self, Failed> {
        let shown = path.display();
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
        let all: Value = serde_json::from_str(&text).map_err(|error| format!("{shown} is not JSON: {error}"))?;
        let by_name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let version = all.get("version").and_then(Value::as_str).unwrap_or(by_name).to_owned();
        let part = |key: &str| {
            all.get(key).and_then(Value::as_object).cloned().ok_or_else(|| format!("{shown} has no object `{key}`"))
        };
        if version.split_once('.').is_none_or(|(major, minor)| major != "1" || minor.parse::<u32>().is_err()) {
            return Err(format!("{shown} does not tell its version: `{version}` is not like 1.35").into());
        }
        Ok(Self { version, kinds: part("kinds")?, schemas: part("schemas")? })
    }
}

/// In which of the versions something is, a bit each.
type Mask = u16;

/// All versions together.
#[derive(Default)]
pub(crate) struct Table {
    versions: Vec<String>,
    /// `GROUP/VERSION KIND PLURAL SCOPE DEFINITION` and where it is.
    kinds: BTreeMap<String, Mask>,
    definitions: BTreeMap<String, BTreeMap<(String, String), Mask>>,
    /// The values of enumerations by definition and field.
    enums: BTreeMap<(String, String), BTreeMap<String, Mask>>,
}

impl Table {
    pub(crate) fn new(dumps: &[Dump]) -> Result<Self, Failed> {
        let mut table = Self::default();
        for (number, dump) in dumps.iter().enumerate() {
            let bit = 1_u16.checked_shl(u32::try_from(number)?).filter(|bit| *bit != 0).ok_or("too many versions")?;
            table.versions.push(dump.version.clone());
            table.add(dump, bit).map_err(|error| format!("Kubernetes {}: {error}", dump.version))?;
        }
        Ok(table)
    }

    fn add(&mut self, dump: &Dump, bit: Mask) -> Result<(), Failed> {
        let mut wanted = BTreeSet::new();
        for (name, schema) in &dump.schemas {
            for gvk in schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array).into_iter().flatten() {
                let part = |key| gvk.get(key).and_then(Value::as_str).unwrap_or_default();
                let version = match part("group") {
                    "" => part("version").to_owned(),
                    group => format!("{group}/{}", part("version")),
                };
                let Some(kind) = dump.kinds.get(&format!("{version} {}", part("kind"))) else { continue };
                let says = |key| kind.get(key).and_then(Value::as_bool).unwrap_or_default();
                if !says("create") {
                    continue;
                }
                let plural = kind.get("plural").and_then(Value::as_str).ok_or("a kind without a plural")?;
                let scope = if says("namespaced") { "namespaced" } else { "cluster" };
                let line = format!("{version} {} {plural} {scope} {}", part("kind"), short(name));
                *self.kinds.entry(line).or_default() |= bit;
                wanted.insert(name.clone());
            }
        }
        let mut done = BTreeSet::new();
        while let Some(name) = wanted.pop_first() {
            if done.insert(name.clone()) {
                let schema = dump.schemas.get(&name).ok_or_else(|| format!("{name} is not defined"))?;
                self.define(&name, schema, &dump.schemas, bit, &mut wanted)?;
            }
        }
        Ok(())
    }

    fn define(
        &mut self,
        name: &str,
        schema: &Value,
        all: &Map<String, Value>,
        bit: Mask,
        wanted: &mut BTreeSet<String>,
    ) -> Result<(), Failed> {
        let short = short(name);
        let mut fields = self.definitions.remove(&short).unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (field, schema) in properties.ok_or_else(|| format!("{name} has no properties"))? {
            let (kind, values) = type_of(schema, all, wanted).map_err(|error| format!("{name}.{field}: {error}"))?;
            *fields.entry((field.clone(), kind)).or_default() |= bit;
            for value in values {
                let values = self.enums.entry((short.clone(), field.clone())).or_default();
                *values.entry(value).or_default() |= bit;
            }
        }
        self.definitions.insert(short, fields);
        Ok(())
    }

    /// The table as text: see consign's `validate::kubernetes::data`.
    pub(crate) fn text(&self) -> String {
        let all: Mask = self.versions.iter().fold(0, |mask, _| (mask << 1) | 1);
        let mask = |mask: Mask, of: Mask| if mask & of == of { String::new() } else { format!(" @{mask:x}") };
        let mut text = format!("V {}\n", self.versions.join(" "));
        for (line, versions) in &self.kinds {
            text += &format!("K {line}{}\n", mask(*versions, all));
        }
        for (name, fields) in &self.definitions {
            // A definition that only some versions have is reached in these only.
            let of = fields.values().fold(0, |all, mask| all | mask);
            text += &format!("D {name}\n");
            for ((field, kind), versions) in fields {
                text += &format!("{field} {kind}{}\n", mask(*versions, of));
                if matches!(kind.as_str(), "s" | "[s" | "Ss") {
                    for (value, has) in self.enums.get(&(name.clone(), field.clone())).into_iter().flatten() {
                        text += &format!("= {value}{}\n", mask(*has, *versions));
                    }
                }
            }
        }
        text
    }
}

/// What a field holds, in one word, and the values of its enumeration.
fn type_of(
    schema: &Value,
    all: &Map<String, Value>,
    wanted: &mut BTreeSet<String>,
) -> Result<(String, Vec<String>), Failed> {
    if let Some(reference) = reference(schema) {
        let target = all.get(reference).ok_or_else(|| format!("{reference} is not defined"))?;
        if target.get("properties").is_some() {
            wanted.insert(reference.to_owned());
            return Ok((format!("={}", short(reference)), Vec::new()));
        }
        return Ok((
            by_name(reference).map_or_else(|| type_of(target, all, wanted), |t| Ok((t.to_owned(), Vec::new())))?.0,
            Vec::new(),
        ));
    }
    let text = |key| schema.get(key).and_then(Value::as_str);
    let plain = |word: &str| Ok((word.to_owned(), Vec::new()));
    match (text("type"), text("format")) {
        (Some("string"), Some("byte")) => plain("y"),
        (Some("string"), Some("date-time")) => plain("t"),
        (Some("string"), _) => {
            let values = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
            Ok(("s".to_owned(), values.filter_map(Value::as_str).map(str::to_owned).collect()))
        }
        (Some("boolean"), _) => plain("b"),
        (Some("integer"), Some("int32")) => plain("i"),
        (Some("integer"), _) => plain("l"),
        (Some("number"), _) => plain("d"),
        (Some("array"), _) => {
            let items = schema.get("items").ok_or("an array without items")?;
            let (kind, values) = type_of(items, all, wanted)?;
            let list = match text("x-kubernetes-list-type") {
                Some("set") => "S",
                Some("map") => {
                    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                    let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
                    return Ok((format!("M{}:{kind}", keys.join(",")), values));
                }
                _ => "[",
            };
            Ok((format!("{list}{kind}"), values))
        }
        (Some("object"), _) => match schema.get("additionalProperties") {
            Some(values) => Ok((format!("{{{}", type_of(values, all, wanted)?.0), Vec::new())),
            None => plain("o"),
        },
        (None, _) => plain("a"),
        (Some(other), _) => Err(format!("the type `{other}` is new here").into()),
    }
}

/// The definition that a schema refers to, by itself or as the only part of an `allOf`.
fn reference(schema: &Value) -> Option<&str> {
    let direct = schema.get("$ref");
    let wrapped = || schema.get("allOf")?.as_array()?.first()?.get("$ref");
    direct.or_else(wrapped)?.as_str()?.strip_prefix("#/components/schemas/")
}

/// Types that read their text in a way of their own.
fn by_name(definition: &str) -> Option<&'static str> {
    Some(match definition.rsplit('.').next()? {
        "Quantity" => "q",
        "IntOrString" => "x",
        "Time" => "t",
        "MicroTime" => "m",
        "RawExtension" | "FieldsV1" => "o",
        "JSON" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray" => "a",
        _ => return None,
    })
}

/// `io.k8s.api.core.v1.Pod` is `core.v1.Pod` here.
fn short(name: &str) -> String {
    let mut parts = name.rsplitn(4, '.');
    let (kind, version, group) = (parts.next(), parts.next(), parts.next());
    [group, version, kind].into_iter().flatten().collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data;

    fn dump(version: &str, properties: &Value) -> Dump {
        let object = |value: Value| value.as_object().cloned().unwrap();
        Dump {
            version: version.to_owned(),
            kinds: object(json!({"x.io/v1 Thing": {"plural": "things", "namespaced": true, "create": true}})),
            schemas: object(json!({
                "io.x.v1.Thing": {
                    "properties": properties,
                    "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Thing"}],
                },
                "io.x.v1.Part": {"properties": {"name": {"type": "string"}}},
                "io.x.v1.Unused": {"properties": {"name": {"type": "string"}}},
                "io.k8s.apimachinery.pkg.api.resource.Quantity": {"oneOf": []},
            })),
        }
    }

    #[test]
    fn versions_are_joined_and_each_field_tells_which_have_it() {
        let parts = json!({"items": {"$ref": "#/components/schemas/io.x.v1.Part"}, "type": "array",
            "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]});
        let old = dump("1.30", &json!({"mode": {"type": "string", "enum": ["a", "b"]}, "old": {"type": "boolean"}}));
        let new = dump(
            "1.31",
            &json!({
                "mode": {"type": "string", "enum": ["a", "c"]},
                "parts": parts,
                "size": {"allOf": [{"$ref": "#/components/schemas/io.k8s.apimachinery.pkg.api.resource.Quantity"}]},
            }),
        );
        let text = Table::new(&[old, new]).unwrap().text();
        let expected = "V 1.30 1.31\nK x.io/v1 Thing things namespaced x.v1.Thing\nD x.v1.Part\nname s\nD x.v1.Thing\nmode s\n= a\n\
            = b @1\n= c @2\nold b @1\nparts Mname:=x.v1.Part @2\nsize q @2\n";
        assert_eq!(text, expected);
        assert_eq!(data::read(&data::write(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn a_difference_to_a_server_is_named() {
        let text = |properties: Value| Table::new(&[dump("1.30", &properties)]).unwrap().text();
        let data = data::only(&text(json!({"a": {"type": "string"}, "b": {"type": "string"}})), "1.30").unwrap();
        let server = text(json!({"a": {"type": "string"}, "b": {"type": "boolean"}, "c": {"type": "string"}}));
        assert_eq!(data::differences(&data, &server), ["- x.v1.Thing b s", "+ x.v1.Thing b b", "+ x.v1.Thing c s"]);
        assert!(data::only(&server, "1.31").is_err());
    }

    #[test]
    fn a_type_that_is_new_stops_the_work() {
        assert!(Table::new(&[dump("1.30", &json!({"a": {"type": "tuple"}}))]).is_err());
    }
}
