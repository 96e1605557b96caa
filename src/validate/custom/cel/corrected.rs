//! Functions of CEL whose results here would differ from the API server's: these take their places.
//!
//! A text is a row of characters, not of bytes; patterns and URLs are Go's. Where the server's result is not known for certain, there is an
//! error, and the rule counts as not checked.

#![allow(clippy::needless_pass_by_value, reason = "the evaluator gives arguments as values")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use kube_cel::KubeCelExt as _;
use kube_cel::cel::extractors::{Arguments, This};
use kube_cel::cel::objects::{Key, Map, Opaque, OptionalValue};
use kube_cel::cel::{Context, ExecutionError, ResolveResult, Value};

use super::super::go_url::{NoUrl, Url};
use super::super::pattern::Pattern;
use super::program::Program;

/// Takes the places of functions in `context`.
pub(super) fn register(context: &mut Context<'static>) {
    context.add_function("size", size);
    context.add_function("split", split);
    context.add_function("matches", matches);
    context.add_function("find", find);
    context.add_function("findAll", find_all);
    context.add_function("isURL", is_url);
    context.add_function("url", url);
    context.add_function("getScheme", |This(this): This<Value>| of_url(&this, |url| url.scheme.clone()));
    context.add_function("getHost", |This(this): This<Value>| of_url(&this, |url| url.host.clone()));
    context.add_function("getHostname", |This(this): This<Value>| of_url(&this, |url| url.hostname().to_owned()));
    context.add_function("getPort", |This(this): This<Value>| of_url(&this, |url| url.port().to_owned()));
    context.add_function("getEscapedPath", |This(this): This<Value>| of_url(&this, Url::escaped_path));
    context.add_function("getQuery", query);
    context.add_function("isQuantity", is_quantity);
    context.add_function("format", format);
    context.add_function("format.uri", || -> ResolveResult { Ok(Value::Opaque(Arc::new(UriFormat))) });
    context.add_function("format.named", named);
    context.add_function("validate", validate);
}

/// A URL.
#[derive(Debug, PartialEq, Eq)]
struct OwnUrl(Url);

impl Opaque for OwnUrl {
    fn runtime_type_name(&self) -> &'static str {
        "kubernetes.URL"
    }
}

/// The format `uri`.
#[derive(Debug, PartialEq, Eq)]
struct UriFormat;

impl Opaque for UriFormat {
    fn runtime_type_name(&self) -> &'static str {
        "kubernetes.NamedFormat"
    }
}

fn unknown<T>(function: &str) -> Result<T, ExecutionError> {
    Err(ExecutionError::function_error(function, "what the API server would say is not known"))
}

fn text(text: impl Into<String>) -> Value {
    Value::String(Arc::new(text.into()))
}

fn texts<'t>(all: impl Iterator<Item = &'t str>) -> Value {
    Value::List(Arc::new(all.map(text).collect()))
}

fn size(This(this): This<Value>) -> ResolveResult {
    let size = match &this {
        Value::String(text) => text.chars().count(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.map.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => return unknown("size"),
    };
    Ok(Value::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

/// Without a separator there is a part for each character.
fn split(This(this): This<Arc<String>>, Arguments(args): Arguments) -> ResolveResult {
    let (Some(Value::String(separator)), most) = (args.first(), args.get(1)) else { return unknown("split") };
    let most = match most {
        None => usize::MAX,
        Some(Value::Int(most)) => usize::try_from(*most).unwrap_or(usize::MAX),
        Some(_) => return unknown("split"),
    };
    if most == 0 {
        return Ok(texts(std::iter::empty()));
    }
    if !separator.is_empty() {
        return Ok(texts(this.splitn(most, separator.as_str())));
    }
    let mut rest = this.as_str();
    let mut parts = Vec::new();
    while let Some(c) = rest.chars().next() {
        let length = if parts.len() + 1 == most { rest.len() } else { c.len_utf8() };
        let (part, behind) = rest.split_at(length);
        parts.push(part);
        rest = behind;
    }
    Ok(texts(parts.into_iter()))
}

/// The most patterns that are kept.
const MOST_PATTERNS: usize = 50;

/// Does something with a pattern, which is read once for all rounds of a loop.
fn with_pattern<T>(function: &str, pattern: &str, act: impl FnOnce(&regex::Regex) -> T) -> Result<T, ExecutionError> {
    thread_local! {
        static READ: RefCell<HashMap<String, Rc<Pattern>>> = RefCell::new(HashMap::new());
    }
    let pattern = READ.with_borrow_mut(|read| {
        if let Some(known) = read.get(pattern) {
            return Rc::clone(known);
        }
        if read.len() >= MOST_PATTERNS {
            read.clear();
        }
        Rc::clone(read.entry(pattern.to_owned()).or_insert_with(|| Rc::new(Pattern::new(pattern))))
    });
    pattern.regex().map_or_else(|| unknown(function), |regex| Ok(act(regex)))
}

fn matches(This(this): This<Arc<String>>, pattern: Arc<String>) -> ResolveResult {
    with_pattern("matches", &pattern, |regex| Value::Bool(regex.is_match(&this)))
}

fn find(This(this): This<Arc<String>>, pattern: Arc<String>) -> ResolveResult {
    with_pattern("find", &pattern, |regex| text(regex.find(&this).map_or("", |found| found.as_str())))
}

fn find_all(This(this): This<Arc<String>>, Arguments(args): Arguments) -> ResolveResult {
    let (Some(Value::String(pattern)), most) = (args.first(), args.get(1)) else { return unknown("findAll") };
    let most = match most {
        None => usize::MAX,
        Some(Value::Int(most)) => usize::try_from(*most).unwrap_or(usize::MAX),
        Some(_) => return unknown("findAll"),
    };
    with_pattern("findAll", pattern, |regex| texts(regex.find_iter(&this).take(most).map(|found| found.as_str())))
}

fn is_url(given: Arc<String>) -> ResolveResult {
    match Url::parse(&given) {
        Ok(_) => Ok(Value::Bool(true)),
        Err(NoUrl::Refused) => Ok(Value::Bool(false)),
        Err(NoUrl::Unsure) => unknown("isURL"),
    }
}

fn url(given: Arc<String>) -> ResolveResult {
    Url::parse(&given).map_or_else(|_| unknown("url"), |url| Ok(Value::Opaque(Arc::new(OwnUrl(url)))))
}

fn own(value: &Value) -> Result<&Url, ExecutionError> {
    match value {
        Value::Opaque(value) => value.downcast_ref::<OwnUrl>().map_or_else(|| unknown("url"), |url| Ok(&url.0)),
        _ => unknown("url"),
    }
}

fn of_url(value: &Value, part: impl FnOnce(&Url) -> String) -> ResolveResult {
    own(value).map(|url| text(part(url)))
}

fn query(This(this): This<Value>) -> ResolveResult {
    let Some(pairs) = own(&this)?.pairs() else { return unknown("getQuery") };
    let mut all: HashMap<Key, Vec<Value>> = HashMap::new();
    for (key, value) in pairs {
        all.entry(Key::String(Arc::new(key))).or_default().push(text(value));
    }
    let map = all.into_iter().map(|(key, values)| (key, Value::List(Arc::new(values)))).collect();
    Ok(Value::Map(Map { map: Arc::new(map) }))
}

/// What the function itself says, which another takes the place of.
fn original(program: &LazyLock<Program>, expression: &str, values: &[(&str, Value)]) -> ResolveResult {
    static ORIGINAL: LazyLock<Context<'static>> = LazyLock::new(|| Context::default().with_all());
    let mut context = ORIGINAL.new_inner_scope();
    for (name, value) in values {
        context.add_variable_from_value(*name, value.clone());
    }
    let result = program.get(expression).and_then(|program| program.run(&context));
    result.map_or_else(|| unknown(expression), Ok)
}

/// The server takes signs, points and units without a number for one, in some orders.
fn is_quantity(given: Arc<String>) -> ResolveResult {
    static PROGRAM: LazyLock<Program> = LazyLock::new(Program::default);
    if !given.is_empty() && given.chars().all(|c| "+-.eEinumkKMGTP".contains(c)) {
        return unknown("isQuantity");
    }
    original(&PROGRAM, "isQuantity(x)", &[("x", Value::String(given))])
}

/// Numbers in scientific notation are written otherwise by the server's versions.
fn format(This(this): This<Arc<String>>, values: Value) -> ResolveResult {
    static PROGRAM: LazyLock<Program> = LazyLock::new(Program::default);
    if this
        .split('%')
        .skip(1)
        .any(|verb| verb.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()).starts_with('e'))
    {
        return unknown("format");
    }
    original(&PROGRAM, "x.format(values)", &[("x", Value::String(this)), ("values", values)])
}

fn named(name: Arc<String>) -> ResolveResult {
    static PROGRAM: LazyLock<Program> = LazyLock::new(Program::default);
    if name.as_str() == "uri" {
        return unknown("format.named");
    }
    original(&PROGRAM, "format.named(x)", &[("x", Value::String(name))])
}

fn validate(This(this): This<Value>, given: Arc<String>) -> ResolveResult {
    static PROGRAM: LazyLock<Program> = LazyLock::new(Program::default);
    let is_uri = matches!(&this, Value::Opaque(format) if format.downcast_ref::<UriFormat>().is_some());
    if !is_uri {
        return original(&PROGRAM, "x.validate(y)", &[("x", this), ("y", Value::String(given))]);
    }
    let faults = match Url::parse(&given) {
        Ok(_) => OptionalValue::none(),
        Err(NoUrl::Refused) => OptionalValue::of(texts(std::iter::once("must be a valid URI"))),
        Err(NoUrl::Unsure) => return unknown("validate"),
    };
    Ok(Value::Opaque(Arc::new(faults)))
}
