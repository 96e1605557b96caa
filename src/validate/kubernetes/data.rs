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

use std::sync::OnceLock;

use flate2::{Decompress, FlushDecompress};
use memchr::{memchr, memmem};

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
    /// Servers before this version drop it unread.
    pub(super) dropped_before: Option<&'static str>,
}

/// A type with named fields.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: &'static str,
    /// The lines of its fields.
    text: &'static str,
    body: OnceLock<Box<Body>>,
}

/// What a definition holds.
#[derive(Debug)]
pub(super) struct Body {
    /// Sorted by name; a name may stand twice where its type changed between versions.
    pub(super) fields: Vec<Field>,
    /// Where each field is.
    index: Index,
    /// Fields that must be there.
    pub(super) required: Vec<&'static str>,
    /// What must hold of several fields together.
    pub(super) checks: Vec<Check>,
}

impl Definition {
    /// What it holds, read when it is first asked for: a bundle has objects of few kinds.
    pub(super) fn body(&self) -> &Body {
        self.body.get_or_init(|| {
            let fields = read_fields(self.text, table());
            let index = Index::new(fields.iter().map(|field| field.name));
            let mut body = Box::new(Body { fields, index, required: Vec::new(), checks: Vec::new() });
            checks::attach(self.name, &mut body);
            body
        })
    }

    /// The fields of this name, usually one.
    pub(super) fn named(&self, name: &str) -> &[Field] {
        self.body().named(name)
    }
}

impl Body {
    /// The fields of this name, usually one.
    pub(super) fn named(&self, name: &str) -> &[Field] {
        let is = |number: usize| self.fields.get(number).is_some_and(|field| field.name == name);
        let rest = self.index.find(name, is).and_then(|first| self.fields.get(first..)).unwrap_or_default();
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
#[derive(Debug)]
pub(super) struct Table {
    /// The versions of Kubernetes, each by the number of its bit.
    pub(super) versions: Vec<Version>,
    pub(super) kinds: Vec<Kind>,
    /// Where each kind is, by its name; several are of one name.
    kinds_by_name: Index,
    pub(super) definitions: Vec<Definition>,
    definitions_by_name: Index,
}

impl Table {
    /// The kind of this apiVersion and name.
    pub(super) fn kind(&self, version: &str, name: &str) -> Option<&Kind> {
        let is = |kind: &Kind| kind.name == name && kind.version == version;
        let number = self.kinds_by_name.find(name, |number| self.kinds.get(number).is_some_and(is));
        number.and_then(|number| self.kinds.get(number))
    }

    /// The number of the definition of this name.
    fn number(&self, name: &str) -> Option<u16> {
        let is = |number: usize| self.definitions.get(number).is_some_and(|definition| definition.name == name);
        self.definitions_by_name.find(name, is).and_then(|number| number.try_into().ok())
    }

    /// The definition of this name.
    pub(super) fn definition(&self, name: &str) -> Option<&Definition> {
        self.number(name).and_then(|number| self.definitions.get(usize::from(number)))
    }
}

/// The table, made when it is first asked for.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| read(text().leak()))
}

/// How many times as long the text is as the data, at most: so it is inflated in one piece, which takes half the time.
const INFLATES_TO: usize = 12;

fn text() -> String {
    let mut bytes = Vec::with_capacity(INFLATES_TO * DATA.len());
    // A test reads the data; it is a part of the program and cannot be broken in one copy only.
    let _ = Decompress::new(false).decompress_vec(DATA, &mut bytes, FlushDecompress::Finish);
    String::from_utf8(bytes).unwrap_or_default()
}

/// Reads the versions and the kinds, and finds the definitions.
fn read(text: &'static str) -> Table {
    const DEFINITION: &str = "\nD ";
    let starts: Vec<usize> = memmem::find_iter(text.as_bytes(), DEFINITION).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let definitions: Vec<Definition> = starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| {
            let text = text.get(start + DEFINITION.len()..end)?;
            let (name, text) = text.split_at_checked(memchr(b'\n', text.as_bytes())?)?;
            Some(Definition { name, text, body: OnceLock::new() })
        })
        .collect();
    let definitions_by_name = Index::new(definitions.iter().map(|definition| definition.name));
    let (versions, kinds, none) = (Vec::new(), Vec::new(), std::iter::empty());
    let mut table = Table { versions, kinds, kinds_by_name: Index::new(none), definitions, definitions_by_name };
    let head = starts.first().and_then(|end| text.get(..*end)).unwrap_or_default();
    for line in head.lines() {
        let (rest, mask) = split_mask(line);
        let mut words = rest.split(' ');
        match (words.next(), words.next()) {
            (Some("V"), first) => table.versions = first.into_iter().chain(words).filter_map(Version::parse).collect(),
            (Some("K"), Some(version)) => {
                let [name, _plural, scope, definition] = [(); 4].map(|()| words.next().unwrap_or_default());
                let (namespaced, definition) = (scope == "namespaced", table.number(definition).unwrap_or_default());
                table.kinds.push(Kind { version, name, namespaced, definition, has: mask });
            }
            _ => {}
        }
    }
    table.kinds_by_name = Index::new(table.kinds.iter().map(|kind| kind.name));
    table
}

/// A line, and the versions that have what it tells of.
fn split_mask(line: &str) -> (&str, Mask) {
    let split = line.rsplit_once(' ').and_then(|(rest, last)| Some((rest, last.strip_prefix('@')?)));
    split.map_or((line, Mask::MAX), |(rest, mask)| (rest, Mask::from_str_radix(mask, 16).unwrap_or_default()))
}

/// Reads the lines of a definition.
fn read_fields(text: &'static str, table: &Table) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for line in text.lines() {
        let (rest, has) = split_mask(line);
        match rest.split_once(' ') {
            Some(("=", value)) => {
                if let Some(field) = fields.last_mut() {
                    field.values.push((value, has));
                }
            }
            Some((name, kind)) => {
                let kind = read_type(kind, table);
                fields.push(Field { name, kind, has, values: Vec::new(), musts: Vec::new(), dropped_before: None });
            }
            None => {}
        }
    }
    fields
}

fn read_type(word: &'static str, table: &Table) -> Type {
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
        "=" => Type::Struct(table.number(rest).unwrap_or_default()),
        "{" => Type::Map(Box::new(read_type(rest, table))),
        "[" => Type::List(Box::new(read_type(rest, table)), Keys::Atomic),
        "S" => Type::List(Box::new(read_type(rest, table)), Keys::Set),
        "M" => {
            let (keys, item) = rest.split_once(':').unwrap_or_default();
            Type::List(Box::new(read_type(item, table)), Keys::Fields(keys.split(',').collect()))
        }
        _ => Type::Any,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::bufread::DeflateDecoder;

    use super::*;

    #[test]
    fn the_data_is_whole() {
        let mut all = String::new();
        DeflateDecoder::new(DATA).read_to_string(&mut all).unwrap();
        assert!(text() == all, "INFLATES_TO is too small");
        let table = table();
        assert_eq!(table.versions.len(), 8);
        assert!(table.kinds.len() > 100 && table.definitions.len() > 600, "{}", table.kinds.len());
        for definition in &table.definitions {
            let fields = &definition.body().fields;
            assert!(fields.is_sorted_by_key(|field| field.name), "{}", definition.name);
            assert!(!fields.is_empty(), "{}", definition.name);
            assert!(table.definition(definition.name).is_some_and(|found| std::ptr::eq(found, definition)));
        }
    }

    #[test]
    fn a_field_tells_what_it_holds_and_since_when() {
        let table = table();
        let container = table.definition("core.v1.Container").unwrap();
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
