//! The rules in definitions (`x-kubernetes-validations`), which are expressions in CEL.
//!
//! An expression that is evaluated to false is a finding, and so is one that asks for a field that is not there. Whatever else happens, another
//! error or a function that is not there, means that the rule was not checked: the evaluator is not the API server's own, and only what it
//! says for certain counts.
//!
//! Evaluating and even reading an expression takes much stack. So both happen on a thread that has it, and only for expressions that are
//! not nested deeper than it allows. How long an expression takes is bounded by what its loops may go through.
//!
//! Whether an expression can be used at all is another matter, which a definition answers alone: `checker` holds it against the types of
//! its schema, as the API server's compiler does, with `types`, `functions` and `macros`.

mod checker;
mod convert;
mod corrected;
mod functions;
mod macros;
mod missing;
mod names;
mod place;
mod program;
mod shape;
mod types;
mod words;

pub(super) use checker::Asked;
pub(in crate::validate) use names::{Expression, Gives, faults};
pub(super) use program::Program;

use std::sync::LazyLock;

use kube_cel::KubeCelExt as _;
use kube_cel::cel::{self, Context};

use super::effective::{Is, Step, Value};
use super::problem::Problems;
use super::schema::{Rule, Schema};
use crate::validate::schema_rules as rules;
use crate::validate::subject::quote;
use shape::Scope;

/// The stack of a thread that evaluates. Only what is used of it takes memory.
const STACK: usize = 256 << 20;

/// All functions that there are, and the types, which stand for their names here.
static FUNCTIONS: LazyLock<Context<'static>> = LazyLock::new(|| {
    let mut context = Context::default().with_all();
    corrected::register(&mut context);
    context.add_function("type", |value: cel::Value| type_of(&value).to_owned());
    for name in TYPES {
        context.add_variable_from_value(name, name);
    }
    context
});

const TYPES: [&str; 9] = ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "uint"];

fn type_of(value: &cel::Value) -> &'static str {
    match value {
        cel::Value::Bool(_) => "bool",
        cel::Value::Bytes(_) => "bytes",
        cel::Value::Float(_) => "double",
        cel::Value::Int(_) => "int",
        cel::Value::List(_) => "list",
        cel::Value::Map(_) => "map",
        cel::Value::Null => "null_type",
        cel::Value::String(_) => "string",
        cel::Value::UInt(_) => "uint",
        _ => "",
    }
}

/// Does something on a thread with much stack; none if that cannot be had, or it fails.
pub(super) fn with_stack<T: Send>(act: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("cel".to_owned()).stack_size(STACK).spawn_scoped(scope, act);
        thread.ok()?.join().ok()
    })
}

/// Evaluates all rules about an object. False if some could not be.
pub(super) fn check<'t>(value: &Value<'t>, schema: &'t Schema, problems: &mut Problems<'t>) -> bool {
    if !schema.has_rules {
        return true;
    }
    with_stack(|| {
        let mut all = true;
        walk(value, schema, problems, &mut all);
        all
    })
    .unwrap_or(false)
}

fn walk<'t>(value: &Value<'t>, schema: &'t Schema, problems: &mut Problems<'t>, all: &mut bool) {
    if matches!(value.is, Is::Null) || !problems.step() {
        return;
    }
    if !schema.rules.is_empty() {
        match convert::convert(value, Some(schema), problems) {
            Some(own) => {
                for rule in &schema.rules {
                    *all &= evaluate(rule, value, schema, own.clone(), problems);
                }
            }
            None => *all = false,
        }
    }
    match &value.is {
        Is::Map(fields) => {
            for field in fields {
                if let Some(below) = schema.field(field.name).filter(|below| below.has_rules) {
                    let step = Step::Field(field.name);
                    problems.below(step, &field.value, |problems| walk(&field.value, below, problems, all));
                }
            }
        }
        Is::List(items) => {
            if let Some(below) = schema.items.as_deref().filter(|below| below.has_rules) {
                for (index, item) in items.iter().enumerate() {
                    problems.below(Step::Index(index), item, |problems| walk(item, below, problems, all));
                }
            }
        }
        _ => {}
    }
}

/// Whether the rule could be evaluated, and what it says is told.
fn evaluate<'t>(
    rule: &'t Rule,
    value: &Value<'t>,
    schema: &'t Schema,
    own: cel::Value,
    problems: &mut Problems<'t>,
) -> bool {
    let Some(program) = rule.program.get(&rule.expression) else { return false };
    // A rule about changes does not hold for an object that is new.
    if program.asks_for_old() && !rule.optional_old_self {
        return true;
    }
    let is_unsure = rule.is_unsure.get_or_init(|| Scope::new(schema).is_unsure(&program.expression));
    if *is_unsure || program.is_too_much_for(&own) {
        return false;
    }
    let mut context = FUNCTIONS.new_inner_scope();
    context.add_variable_from_value("self", own);
    if rule.optional_old_self {
        let none = cel::objects::OptionalValue::none();
        context.add_variable_from_value("oldSelf", cel::Value::Opaque(std::sync::Arc::new(none)));
    }
    match program.run(&context) {
        Some(cel::Value::Bool(true)) => true,
        Some(cel::Value::Bool(false)) => {
            tell(rule, value, &context, problems);
            true
        }
        Some(_) => false,
        None => match missing::find(&program.expression, &context, &Scope::new(schema)) {
            Some(field) => {
                problems.find(&rules::RULE, || words_of_missing(rule, &field));
                true
            }
            None => false,
        },
    }
}

fn tell<'t>(rule: &'t Rule, value: &Value<'t>, context: &Context<'_>, problems: &mut Problems<'t>) {
    let message = rule.message_expression.as_deref().and_then(|expression| {
        let text = match rule.message_program.get(expression)?.run(context)? {
            cel::Value::String(text) => text.trim().to_owned(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty() && !text.contains(['\n', '\r']) && text.len() <= 5 << 10)
    });
    let message = message.or_else(|| rule.message.as_deref().map(|text| text.trim().to_owned()));
    let words = || {
        let fault = match message {
            Some(message) => format!("breaks a rule of its definition: {}", short(&message)),
            None => "breaks a rule of its definition".to_owned(),
        };
        (fault, format!("the rule is {}", quote(rule.expression.trim())))
    };
    match rule.field_path.as_deref().and_then(|path| place::find(value, path)) {
        Some(place) => problems.at_path(&place.steps, |problems| {
            problems.find_at(&rules::RULE, place.node.map(super::problem::At::Node), words);
        }),
        None => problems.find(&rules::RULE, words),
    }
}

fn words_of_missing(rule: &Rule, field: &str) -> (String, String) {
    let field = quote(field);
    let fault = format!("breaks a rule of its definition, which needs {field}, and that is not there");
    (fault, format!("add {field}; the rule is {}", quote(rule.expression.trim())))
}

fn short(text: &str) -> String {
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
