//! Ways to break an object in one place, the place and the damage chosen by dice that fall the same for the same seed.

use serde_json::{Value, json};

/// Breaks an object somewhere and says where; nothing if it has no place for that.
type Way = fn(&mut Value, &mut Dice) -> Option<String>;

pub(crate) const WAYS: &[(&str, Way)] = &[
    ("drop", drop_field),
    ("retype", change_type),
    ("misspell", misspell_key),
    ("swap", swap_word),
    ("empty-text", empty_text),
    ("null", null),
    ("double", double_item),
    ("odd-name", odd_name),
    ("far", far_number),
    ("negative", negative_number),
    ("unknown", unknown_field),
    ("hollow", hollow),
];

/// Names that one kind or another does not take.
const ODD_NAMES: &[&str] = &[
    "UPPER",
    "a_b",
    "-a",
    "a-",
    "a.b",
    "a/b",
    "a b",
    "ä",
    ".",
    "..",
    "a..b",
    "1",
    "a:b",
    "a%b",
    "*",
    "kube-system",
    "sixteen-letters-",
    "a-name-that-is-longer-than-a-label-may-be-which-ends-at-sixty-three",
    "0x10",
    "a@b",
    "a,b",
    "A.b-C_d",
    "example.com/a",
    "a/b/c",
];

/// Numbers beyond one limit or another.
const FAR_NUMBERS: &[i64] =
    &[0, 7, 101, 512, 1_024, 65_536, 70_000, 1_000_001, 2_147_483_647, 2_147_483_648, 4_294_967_296, 604_801, i64::MAX];

/// Fields that are known elsewhere, or nowhere.
const FIELDS: &[&str] = &[
    "unknownField",
    "foo",
    "a-b",
    "Name",
    "namespace",
    "labels",
    "spec",
    "image",
    "x.y/z",
    "replicas",
    "type",
    "status",
];

/// Random numbers that are the same on every machine: splitmix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let wide = u128::from(mixed ^ (mixed >> 31)) * bound as u128;
        usize::try_from(wide >> 64).expect("below the bound")
    }

    pub(crate) fn pick<T: Clone>(&mut self, among: &[T]) -> Option<T> {
        (!among.is_empty()).then(|| among[self.below(among.len())].clone())
    }
}

/// Where every value of an object is, but for those that choose the address it is sent to.
fn places(object: &Value, wanted: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    fn walk(value: &Value, pointer: &str, all: &mut Vec<String>, wanted: &dyn Fn(&str, &Value) -> bool) {
        if !pointer.is_empty() && wanted(pointer, value) {
            all.push(pointer.to_owned());
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                walk(value, &format!("{pointer}/{key}"), all, wanted);
            }),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(at, value)| walk(value, &format!("{pointer}/{at}"), all, wanted));
            }
            _ => {}
        }
    }
    let mut all = Vec::new();
    let addressed = ["/apiVersion", "/kind", "/metadata/namespace"];
    walk(object, "", &mut all, &|pointer, value| !addressed.contains(&pointer) && wanted(pointer, value));
    all
}

/// Where an object has metadata, its own or that of a template. What is called so in the schema of a definition is none.
pub(crate) fn metadata_in(object: &Value) -> Vec<String> {
    let is_definition = object["kind"] == "CustomResourceDefinition";
    let mut all = places(object, |pointer, value| value.is_object() && key_of(pointer) == "metadata");
    all.retain(|pointer| !is_definition || pointer == "/metadata");
    all
}

/// Gives the metadata there annotations of so many bytes in all.
pub(crate) fn annotate(object: &mut Value, metadata: &str, bytes: usize) {
    let Some(metadata) = object.pointer_mut(metadata) else { return };
    let own = metadata["annotations"].as_object().cloned().unwrap_or_default();
    let taken: usize = own.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    let mut all = own;
    all.insert("fill".to_owned(), "x".repeat(bytes - taken - "fill".len()).into());
    metadata["annotations"] = Value::Object(all);
}

/// The last part of a pointer, as a key is written.
fn key_of(pointer: &str) -> String {
    let (_, key) = pointer.rsplit_once('/').unwrap_or_default();
    key.replace("~1", "/").replace("~0", "~")
}

/// The map that a key's pointer is in.
fn map_around<'v>(object: &'v mut Value, pointer: &str) -> Option<&'v mut serde_json::Map<String, Value>> {
    let (above, _) = pointer.rsplit_once('/')?;
    object.pointer_mut(above)?.as_object_mut()
}

fn is_key(pointer: &str, object: &Value) -> bool {
    pointer.rsplit_once('/').is_some_and(|(above, _)| object.pointer(above).is_some_and(Value::is_object))
}

/// Puts a value where one was.
fn set(object: &mut Value, pointer: String, value: Value) -> Option<String> {
    *object.pointer_mut(&pointer)? = value;
    Some(pointer)
}

fn drop_field(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let keys = places(object, |pointer, _| is_key(pointer, object));
    let pointer = dice.pick(&keys)?;
    map_around(object, &pointer)?.shift_remove(&key_of(&pointer));
    Some(pointer)
}

fn change_type(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let pointer = dice.pick(&places(object, |_, value| !value.is_null()))?;
    let value = object.pointer(&pointer)?.clone();
    let others = match &value {
        Value::Bool(it) => vec![it.to_string().into(), json!(1)],
        Value::Number(it) => vec![it.to_string().into(), json!(true), json!([it])],
        Value::String(it) => vec![json!(5), json!(true), json!([it]), json!({ "a": it })],
        Value::Array(_) => vec![json!("text"), json!({"a": "b"}), json!(3)],
        _ => vec![json!("text"), json!([value]), json!(7), json!(false)],
    };
    let other = dice.pick(&others)?;
    set(object, pointer, other)
}

fn misspell_key(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let keys = places(object, |pointer, _| is_key(pointer, object) && key_of(pointer).len() > 1);
    let pointer = dice.pick(&keys)?;
    let key: Vec<char> = key_of(&pointer).chars().collect();
    let at = dice.below(key.len() - 1);
    let mut typo = key.clone();
    match dice.below(5) {
        0 => typo.swap(at, at + 1),
        1 => drop(typo.remove(at)),
        2 => typo.push('s'),
        3 => typo.insert(at, key[at]),
        _ => typo[0] = if key[0].is_lowercase() { key[0].to_ascii_uppercase() } else { key[0].to_ascii_lowercase() },
    }
    let (key, mut typo): (String, String) = (key.into_iter().collect(), typo.into_iter().collect());
    let map = map_around(object, &pointer)?;
    if map.contains_key(&typo) {
        typo = format!("{key}x");
    }
    let renamed =
        std::mem::take(map).into_iter().map(|(name, value)| (if name == key { typo.clone() } else { name }, value));
    *map = renamed.collect();
    Some(format!("{pointer} as {typo}"))
}

/// Whether it looks like one of a fixed set of words.
fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_uppercase())
        && text.len() > 1
        && text.chars().all(|it| it.is_ascii_alphabetic())
}

fn swap_word(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let words = places(object, |_, value| value.as_str().is_some_and(is_word));
    let pointer = dice.pick(&words).or_else(|| dice.pick(&places(object, |_, value| value.is_string())))?;
    let text = object.pointer(&pointer)?.as_str()?.to_owned();
    let lower = text.to_lowercase();
    let mut others =
        vec!["Nonsense".to_owned(), format!("{text} "), if lower == text { text.to_uppercase() } else { lower }];
    let elsewhere = dice.pick(&words).and_then(|other| object.pointer(&other)?.as_str().map(str::to_owned));
    others.extend(elsewhere.filter(|other| *other != text));
    let other = dice.pick(&others)?;
    set(object, pointer, other.into())
}

fn empty_text(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let pointer = dice.pick(&places(object, |_, value| value.is_string()))?;
    set(object, pointer, "".into())
}

fn null(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let pointer = dice.pick(&places(object, |_, value| !value.is_null()))?;
    set(object, pointer, Value::Null)
}

fn double_item(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let lists = places(object, |_, value| value.as_array().is_some_and(|list| !list.is_empty()));
    let pointer = dice.pick(&lists)?;
    let list = object.pointer_mut(&pointer)?.as_array_mut()?;
    let item = dice.pick(list)?;
    list.push(item);
    Some(pointer)
}

fn odd_name(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let is_named = |key: &str| {
        ["name", "host", "class", "key", "label", "path", "domain", "group"].iter().any(|it| key.contains(it))
    };
    let names = places(object, |pointer, value| value.is_string() && is_named(&key_of(pointer).to_lowercase()));
    let own = "/metadata/name";
    let pointer = if object.pointer(own).is_some() && dice.below(3) == 0 { own.to_owned() } else { dice.pick(&names)? };
    let name = dice.pick(ODD_NAMES)?;
    set(object, pointer, name.into())
}

/// A number of the object, or a text that begins as one, and whether it is the latter.
fn some_number(object: &Value, dice: &mut Dice) -> Option<(String, Option<String>)> {
    let numbers = places(object, |_, value| value.is_number());
    if let Some(pointer) = dice.pick(&numbers) {
        return Some((pointer, None));
    }
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let pointer = dice.pick(&places(object, |_, value| value.as_str().is_some_and(begins)))?;
    let text = object.pointer(&pointer)?.as_str()?.to_owned();
    Some((pointer, Some(text)))
}

fn far_number(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let (pointer, text) = some_number(object, dice)?;
    let number = match dice.below(FAR_NUMBERS.len() + 3) {
        0 => json!(1.5),
        1 => json!(1e20),
        2 => json!(u64::MAX),
        _ => json!(dice.pick(FAR_NUMBERS)?),
    };
    let number = if text.is_some() { number.to_string().into() } else { number };
    set(object, pointer, number)
}

fn negative_number(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let (pointer, text) = some_number(object, dice)?;
    let number = match text {
        Some(text) => format!("-{text}").into(),
        None => json!(dice.pick(&[-1, -7, -2_147_483_648_i64, -2_147_483_649])?),
    };
    set(object, pointer, number)
}

fn unknown_field(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let mut maps = places(object, |_, value| value.is_object());
    maps.push(String::new());
    let pointer = dice.pick(&maps)?;
    let field = dice.pick(FIELDS)?;
    let value = dice.pick(&[json!("x"), json!(1), json!({"a": "b"}), Value::Null])?;
    let map = object.pointer_mut(&pointer)?.as_object_mut()?;
    if map.contains_key(field) || (pointer == "/metadata" && field == "namespace") {
        return None;
    }
    map.insert(field.to_owned(), value);
    Some(format!("{pointer}/{field}"))
}

/// A list or map without what was in it.
fn hollow(object: &mut Value, dice: &mut Dice) -> Option<String> {
    let is_full = |value: &Value| match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => false,
    };
    let pointer = dice.pick(&places(object, |_, value| is_full(value)))?;
    let empty = if object.pointer(&pointer)?.is_array() { json!([]) } else { json!({}) };
    set(object, pointer, empty)
}
