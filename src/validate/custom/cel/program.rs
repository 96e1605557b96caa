//! An expression, read when it is first needed.

use std::fmt;
use std::sync::OnceLock;

use kube_cel::cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr};
use kube_cel::cel::parser::Parser;
use kube_cel::cel::{self, Context};

use super::checker::Asked;

/// The longest expression that is read, in bytes; a chain of fields may be as deep as a quarter of this.
const LONGEST: usize = 8 << 10;
/// The most brackets within each other, and the most conditions in a row.
const DEEPEST: usize = 40;
/// The most rounds that the loops of one expression may take.
const MOST_ROUNDS: u64 = 2_000_000;

/// What the parser says of macros that are not used as they must be.
const MACROS: [&str; 2] = ["invalid argument to has() macro", "argument must be a simple name"];

/// An expression that may have been read.
#[derive(Default)]
pub(in crate::validate::custom) struct Program(OnceLock<Result<Compiled, Fault>>);

/// Why an expression cannot be used.
#[derive(Clone, Debug)]
enum Fault {
    /// It is no CEL: what the parser says.
    Syntax(String),
    /// It may well be, but it is beyond what is read here.
    Unknown,
}

/// An expression that was read.
pub(in crate::validate::custom) struct Compiled {
    pub(super) expression: cel::IdedExpr,
    asks_for_old: bool,
    /// How many loops stand within each other.
    loops: u32,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").field("is_read", &self.0.get().is_some()).finish()
    }
}

impl Program {
    fn read(&self, text: &str) -> &Result<Compiled, Fault> {
        self.0.get_or_init(|| Compiled::new(text))
    }

    /// The expression `text`, which must be the same each time; none if it cannot be used. To be called with much stack.
    pub(super) fn get(&self, text: &str) -> Option<&Compiled> {
        self.read(text).as_ref().ok()
    }

    /// Why the API server would not compile `text`, although it is CEL; to be put behind "the rule …". To be called with much stack.
    pub(in crate::validate::custom) fn misuse(&self, text: &str, asked: &Asked<'_>) -> Option<String> {
        super::checker::fault(&self.get(text)?.expression, asked)
    }

    /// Whether `text` compares with what the object was before; none if that is not known. To be called with much stack.
    pub(in crate::validate::custom) fn asks_for_old(&self, text: &str) -> Option<bool> {
        self.get(text).map(Compiled::asks_for_old)
    }

    /// Why `text` is no CEL, if that is certain. To be called with much stack.
    pub(in crate::validate::custom) fn fault(&self, text: &str) -> Option<String> {
        match self.read(text) {
            Err(Fault::Syntax(fault)) => Some(fault.clone()),
            _ => None,
        }
    }
}

impl Compiled {
    fn new(text: &str) -> Result<Self, Fault> {
        if text.len() > LONGEST || is_deep(text) {
            return Err(Fault::Unknown);
        }
        let parsed = Parser::new().enable_optional_syntax(true).parse(text);
        let expression = parsed.map_err(|errors| {
            let first = errors.errors.first().map(|error| error.msg.as_str()).unwrap_or_default();
            match first.strip_prefix("Syntax error: ") {
                Some(fault) => Fault::Syntax(fault.to_owned()),
                None if MACROS.contains(&first) => Fault::Syntax(first.to_owned()),
                // What else it says may be its own limits.
                None => Fault::Unknown,
            }
        })?;
        let asks_for_old = expression.references().has_variable("oldSelf");
        let loops = loops(&expression);
        Ok(Self { expression, asks_for_old, loops })
    }

    /// Whether it compares with what the object was before.
    pub(super) const fn asks_for_old(&self) -> bool {
        self.asks_for_old
    }

    /// Whether its loops over what `value` holds may take too long.
    pub(super) fn is_too_much_for(&self, value: &cel::Value) -> bool {
        self.loops > 0 && u64::from(largest(value)).saturating_pow(self.loops) > MOST_ROUNDS
    }

    /// The value, unless there is an error.
    pub(super) fn run(&self, context: &Context<'_>) -> Option<cel::Value> {
        cel::Value::resolve(&self.expression, context).ok()
    }
}

/// Whether brackets or conditions are nested deeper than is read. Strings count as if they were none, which does no harm.
fn is_deep(text: &str) -> bool {
    let mut open = 0_usize;
    let mut conditions = 0;
    for b in text.bytes() {
        match b {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b'?' => conditions += 1,
            _ => {}
        }
        if open > DEEPEST || conditions > DEEPEST {
            return true;
        }
    }
    false
}

/// How many loops stand within each other.
fn loops(expression: &IdedExpr) -> u32 {
    let most = |all: &[IdedExpr]| all.iter().map(loops).max().unwrap_or_default();
    match &expression.expr {
        Expr::Call(CallExpr { target, args, .. }) => most(args).max(target.as_deref().map(loops).unwrap_or_default()),
        Expr::Comprehension(inner) => {
            let each = [&inner.loop_cond, &inner.loop_step, &inner.result, &inner.accu_init].map(loops);
            loops(&inner.iter_range).max(1 + each.into_iter().max().unwrap_or_default())
        }
        Expr::List(list) => most(&list.elements),
        Expr::Select(select) => loops(&select.operand),
        Expr::Map(map) => map.entries.iter().map(|entry| entry_loops(&entry.expr)).max().unwrap_or_default(),
        Expr::Struct(map) => map.entries.iter().map(|entry| entry_loops(&entry.expr)).max().unwrap_or_default(),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => 0,
    }
}

fn entry_loops(entry: &EntryExpr) -> u32 {
    match entry {
        EntryExpr::StructField(field) => loops(&field.value),
        EntryExpr::MapEntry(entry) => loops(&entry.key).max(loops(&entry.value)),
    }
}

/// The size of the largest collection in a value.
fn largest(value: &cel::Value) -> u32 {
    let size = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    match value {
        cel::Value::List(items) => items.iter().map(largest).max().unwrap_or_default().max(size(items.len())),
        cel::Value::Map(map) => map.map.values().map(largest).max().unwrap_or_default().max(size(map.map.len())),
        cel::Value::String(text) => size(text.len() / 16),
        _ => 0,
    }
}
