//! The data: all kinds of Kubernetes' own and what their fields hold, in all versions at once.
//!
//! `tools/schemas` makes it of what API servers publish. It is text, deflated: a line for each version, kind, definition, field and
//! value of an enumeration; a field or value that not every version has tells by bits which do.
//!
//! ```text
//! V 1.30 1.31 …
//! K apps/v1 Deployment deployments namespaced apps.v1.Deployment
//! D apps.v1.DeploymentSpec
//! replicas i                      a 32-bit integer
//! template =core.v1.PodTemplateSpec
//! D core.v1.Container
//! env Mname:=core.v1.EnvVar       a list whose items differ by `name`
//! restartPolicyRules [=core.v1.ContainerRestartRule @f0
//! imagePullPolicy s               text
//! = Always
//! ```

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;

use super::checks::{self, Check};
use super::index::Index;
use super::version::{Mask, Version};

static DATA: &[u8] = include_bytes!("kubernetes.data");

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Text,
    Bool,
    Int32,
    Int64,
    Double,
    /// Base64.
    Bytes,
    Time,
    MicroTime,
    Quantity,
    IntOrString,
    Any,
    /// Any map.
    Object,
    List(Box<Type>, Keys),
    Map(Box<Type>),
    /// A definition, by its number.
    Struct(u16),
}

/// What tells the items of a list apart where it is merged item by item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Keys {
    /// It is replaced as a whole.
    #[default]
    Atomic,
    /// The items themselves.
    Set,
    /// These fields of the items.
    Fields(Vec<&'static str>),
}

/// One field of a definition.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) has: Mask,
    /// The values that are allowed, and where; empty: any.
    pub(super) values: Vec<(&'static str, Mask)>,
    /// What must hold of it beyond its type.
    pub(super) musts: Vec<checks::Must>,
}

/// A type with named fields, sorted by name; a name may stand twice where its type changed between versions.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Field>,
    /// Where each field is, made when it is first asked for.
    index: OnceLock<Index>,
    /// Fields that must be there.
    pub(super) required: Vec<&'static str>,
    /// What must hold of several fields together.
    pub(super) checks: Vec<Check>,
}

impl Definition {
    /// The fields of this name, usually one.
    pub(super) fn named(&self, name: &str) -> &[Field] {
        let index = self.index.get_or_init(|| Index::new(self.fields.iter().map(|field| field.name)));
        let is = |number: usize| self.fields.get(number).is_some_and(|field| field.name == name);
        let rest = index.find(name, is).and_then(|first| self.fields.get(first..)).unwrap_or_default();
        let count = rest.iter().take_while(|field| field.name == name).count();
        rest.get(..count).unwrap_or_default()
    }
}

/// A kind in one version of its API.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its group and version, as `apiVersion` has them.
    pub(super) version: &'static str,
    pub(super) name: &'static str,
    pub(super) namespaced: bool,
    pub(super) definition: u16,
    pub(super) has: Mask,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The versions of Kubernetes, each by the number of its bit.
    pub(super) versions: Vec<Version>,
    pub(super) kinds: Vec<Kind>,
    /// The numbers of the kinds, by apiVersion and kind.
    by_name: HashMap<(&'static str, &'static str), usize>,
    pub(super) definitions: Vec<Definition>,
}

impl Table {
    /// The kind of this apiVersion and name.
    pub(super) fn kind(&self, version: &str, name: &str) -> Option<&Kind> {
        self.by_name.get(&(version, name)).and_then(|number| self.kinds.get(*number))
    }
}

/// The table, made when it is first asked for.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut text = String::new();
        // A test reads the data; it is a part of the program and cannot be broken in one copy only.
        let _ = DeflateDecoder::new(DATA).read_to_string(&mut text);
        let mut table = read(Box::leak(text.into_boxed_str()));
        checks::attach(&mut table);
        table
    })
}

fn read(text: &'static str) -> Table {
    let mut table = Table::default();
    let mut numbers: HashMap<&'static str, u16> = HashMap::new();
    for (number, name) in (0..).zip(text.lines().filter_map(|line| line.strip_prefix("D "))) {
        numbers.insert(name, number);
    }
    for line in text.lines() {
        let (rest, mask) = line
            .rsplit_once(" @")
            .map_or((line, Mask::MAX), |(rest, mask)| (rest, Mask::from_str_radix(mask, 16).unwrap_or_default()));
        let mut words = rest.split(' ');
        match (words.next(), words.next()) {
            (Some("V"), first) => table.versions = first.into_iter().chain(words).filter_map(Version::parse).collect(),
            (Some("K"), Some(version)) => {
                let [kind, _plural, scope, definition] = [(); 4].map(|()| words.next().unwrap_or_default());
                let definition = numbers.get(definition).copied().unwrap_or_default();
                table.by_name.insert((version, kind), table.kinds.len());
                let namespaced = scope == "namespaced";
                table.kinds.push(Kind { version, name: kind, namespaced, definition, has: mask });
            }
            (Some("D"), Some(name)) => {
                table.definitions.push(Definition {
                    name,
                    fields: Vec::new(),
                    index: OnceLock::new(),
                    required: Vec::new(),
                    checks: Vec::new(),
                });
            }
            (Some("="), _) => {
                let field = table.definitions.last_mut().and_then(|definition| definition.fields.last_mut());
                if let (Some(field), Some(value)) = (field, rest.strip_prefix("= ")) {
                    field.values.push((value, mask));
                }
            }
            (Some(name), Some(kind)) => {
                if let Some(definition) = table.definitions.last_mut() {
                    let kind = read_type(kind, &numbers);
                    definition.fields.push(Field { name, kind, has: mask, values: Vec::new(), musts: Vec::new() });
                }
            }
            _ => {}
        }
    }
    table
}

fn read_type(word: &'static str, numbers: &HashMap<&'static str, u16>) -> Type {
    let Some(first) = word.get(..1) else { return Type::Any };
    let rest = word.get(1..).unwrap_or_default();
    match first {
        "s" => Type::Text,
        "b" => Type::Bool,
        "i" => Type::Int32,
        "l" => Type::Int64,
        "d" => Type::Double,
        "y" => Type::Bytes,
        "t" => Type::Time,
        "m" => Type::MicroTime,
        "q" => Type::Quantity,
        "x" => Type::IntOrString,
        "o" => Type::Object,
        "=" => Type::Struct(numbers.get(rest).copied().unwrap_or_default()),
        "{" => Type::Map(Box::new(read_type(rest, numbers))),
        "[" => Type::List(Box::new(read_type(rest, numbers)), Keys::Atomic),
        "S" => Type::List(Box::new(read_type(rest, numbers)), Keys::Set),
        "M" => {
            let (keys, item) = rest.split_once(':').unwrap_or_default();
            Type::List(Box::new(read_type(item, numbers)), Keys::Fields(keys.split(',').collect()))
        }
        _ => Type::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole() {
        let table = table();
        assert_eq!(table.versions.len(), 8);
        assert!(table.kinds.len() > 100 && table.definitions.len() > 600, "{}", table.kinds.len());
        for definition in &table.definitions {
            assert!(definition.fields.is_sorted_by_key(|field| field.name), "{}", definition.name);
            assert!(!definition.fields.is_empty(), "{}", definition.name);
        }
    }

    #[test]
    fn a_field_tells_what_it_holds_and_since_when() {
        let table = table();
        let container = table.definitions.iter().find(|definition| definition.name == "core.v1.Container").unwrap();
        let [env] = container.named("env") else { panic!() };
        assert!(matches!(&env.kind, Type::List(_, Keys::Fields(keys)) if keys == &["name"]));
        let [rules] = container.named("restartPolicyRules") else { panic!() };
        assert_eq!(rules.has, 0xf0);
        let [policy] = container.named("imagePullPolicy") else { panic!() };
        assert_eq!(
            policy.values.iter().map(|(value, _)| *value).collect::<Vec<_>>(),
            ["Always", "IfNotPresent", "Never"]
        );
        assert!(container.named("nothing").is_empty());
    }
}
