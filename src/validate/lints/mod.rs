//! What nobody refuses and is hardly ever meant: values that two readers of the same file take for different things, and lists in which
//! one item silently wins over another.

mod ambiguous;
mod env;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use ambiguous::check as check_trees;
pub(super) use env::check;
pub(super) use rules::RULES;
