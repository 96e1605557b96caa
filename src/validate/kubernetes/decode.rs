//! Decoding: whether a value can be read into the type that its field has.

use super::data::Type;
use super::scalar;
use super::walk::{Step, Walk};
use crate::object::{Node, Value};
use crate::validate::schema_rules as rules;
use crate::validate::subject::what;

impl<'a> Walk<'_, 'a> {
    /// Decodes a value.
    pub(super) fn value(&mut self, node: Node<'a>, kind: &'static Type) {
        let value = node.value();
        if value.as_str().is_some_and(|text| self.is_placeholder(text)) {
            return;
        }
        match (kind, value) {
            (_, Value::Null)
            | (Type::Any, _)
            | (Type::Object, Value::Mapping)
            | (Type::Text | Type::IntOrString, Value::String(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Int64, Value::Integer(_))
            | (Type::Double | Type::Quantity, Value::Integer(_) | Value::Float(_)) => {}
            (Type::Int32 | Type::IntOrString, Value::Integer(number)) => {
                if i32::try_from(number).is_err() {
                    self.wrong(
                        node,
                        &format!("is {number}, which does not fit into 32 bits"),
                        "write a smaller number",
                    );
                }
            }
            (Type::Quantity, Value::String(text)) => self.text(
                node,
                kind,
                // The server does not mind blanks at the ends.
                scalar::quantity_fault(text.trim()),
                "write a number and a unit, such as `500m`, `2`, `128Mi` or `1.5Gi`",
            ),
            (Type::Time | Type::MicroTime, Value::String(text)) => self.text(
                node,
                kind,
                scalar::time_fault(text),
                "write it in RFC 3339, in quotes: `\"2026-01-31T12:00:00Z\"`",
            ),
            (Type::Bytes, Value::String(text)) => self.text(
                node,
                kind,
                scalar::base64_fault(text),
                "encode the value: `printf %s VALUE | base64 -w0`; a Secret takes plain text below `stringData:`",
            ),
            (Type::List(item, keys), Value::Sequence) => {
                for (index, node) in node.items().enumerate() {
                    self.path.push(Step::Index(index));
                    self.item(node, item);
                    self.path.pop();
                }
                self.keys(node, keys);
            }
            (Type::Map(item), Value::Mapping) => {
                for (key, node) in node.entries() {
                    self.path.push(Step::Key(key.as_str()));
                    self.value(node, item);
                    self.path.pop();
                }
            }
            (Type::Struct(number), Value::Mapping) => {
                let table = self.table;
                if let Some(definition) = table.definitions.get(usize::from(*number)) {
                    self.structure(node, definition);
                }
            }
            _ => self.wrong_type(node, kind),
        }
    }

    /// Decodes an item of a list, where a null is an item of which nothing is known.
    fn item(&mut self, node: Node<'a>, kind: &'static Type) {
        match kind {
            Type::Struct(number) if node.is_null() => {
                let table = self.table;
                if let Some(definition) = table.definitions.get(usize::from(*number)) {
                    self.structure(node, definition);
                }
            }
            _ => self.value(node, kind),
        }
    }

    fn text(&mut self, node: Node<'a>, kind: &Type, fault: Option<String>, hint: &str) {
        if let Some(fault) = fault {
            let rule = match kind {
                Type::Quantity => &rules::QUANTITY,
                Type::Bytes => &rules::BASE64,
                _ => &rules::TYPE,
            };
            let message = format!("{} {fault}", self.subject_of_sentence(""));
            self.subject.find(rule, node, message, hint);
        }
    }

    fn wrong_type(&mut self, node: Node<'a>, kind: &Type) {
        if self.is_told_elsewhere() {
            return;
        }
        let (wanted, hint) = match (kind, node.value()) {
            (Type::Text, Value::Mapping) if self.path("").ends_with("selector.matchLabels") => {
                ("a string", "leave out `matchLabels:`: this selector is a map of labels itself")
            }
            (Type::Text, Value::Mapping | Value::Sequence) => ("a string", "write one text, not a map or a list"),
            (Type::Text, _) => ("a string", "put it in quotes"),
            (Type::Bool, Value::String("true" | "false" | "yes" | "no" | "on" | "off")) => {
                ("a boolean", "write true or false without quotes")
            }
            (Type::Bool, _) => ("a boolean", "write true or false"),
            (Type::Int32 | Type::Int64, Value::Float(_)) => ("a whole number", "write a number without a fraction"),
            (Type::Int32 | Type::Int64, Value::String(text)) if text.parse::<i64>().is_ok() => {
                ("a whole number", "leave out the quotes")
            }
            (Type::Int32 | Type::Int64, _) => ("a whole number", "write a number without quotes"),
            (Type::Double, _) => ("a number", "write a number without quotes"),
            (Type::Bytes, _) => (
                "a string of base64",
                "encode the value and put it in quotes; a Secret takes plain text below `stringData:`",
            ),
            (Type::Time | Type::MicroTime, _) => {
                ("a time", "write it in RFC 3339, in quotes: `\"2026-01-31T12:00:00Z\"`")
            }
            (Type::Quantity, _) => ("a quantity", "write a number and a unit, such as `500m`, `2`, `128Mi` or `1.5Gi`"),
            (Type::IntOrString, _) => {
                ("a whole number or a string", "write a number, or a name or percentage in quotes")
            }
            (Type::List(..), Value::Mapping) => ("a list", "begin each item with `- `"),
            (Type::List(..), _) => ("a list", "write each item on a line of its own that begins with `- `"),
            (Type::Map(_) | Type::Struct(_) | Type::Object, Value::Sequence) => {
                ("a map", "write `KEY: VALUE` lines without `-` before them")
            }
            (Type::Map(_) | Type::Struct(_) | Type::Object, _) => {
                ("a map", "write `KEY: VALUE` lines, indented below it")
            }
            (Type::Any, _) => return,
        };
        self.wrong(node, &format!("is {}, not {wanted}", what(node)), hint);
    }

    fn wrong(&mut self, node: Node<'a>, fault: &str, hint: &str) {
        let message = format!("{} {fault}", self.subject_of_sentence(""));
        self.subject.find(&rules::TYPE, node, message, hint);
    }
}
