//! Findings as text for a person, in the look of the Rust compiler.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Origin as Arrow, Renderer, Snippet};

use super::escape::{escape, excerpt};
use super::origin::{Origin, Reported};
use crate::finding::{Finding, Place, Severity};

/// The most findings that [`text`] shows. A person mends the first few and runs again.
pub const SHOWN: usize = 50;

/// Of one rule so many are shown before others that have not had their turn.
const EACH: usize = 10;

/// How the text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With ANSI colours.
    pub color: bool,
    /// Source lines are trimmed to so many columns.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 120 }
    }
}

/// Writes `findings`, in the order given, with an empty line after each:
///
/// ```text
/// error[yaml/duplicate-key]: the key `name` stands twice in one map
///  --> shop/cart.yaml:7:3
///   |
/// 7 |   name: cart
///   |   ^^^^
///   |
///   = help: delete one of them
/// ```
///
/// A finding equal to the one before it is left out. Beyond [`SHOWN`] the rest is only counted; no rule then takes more than ten
/// while others have something to tell, and errors go before warnings.
pub fn text(findings: &[Reported<'_>], style: Style) -> String {
    let mut distinct: Vec<&Reported<'_>> = findings.iter().collect();
    distinct.dedup_by(|one, other| one.finding == other.finding && one.origin == other.origin);
    let (shown, hidden) = select(distinct);
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() }.term_width(style.width);
    let mut out = String::new();
    for reported in shown {
        out.push_str(&one(reported, &renderer));
        out.push_str("\n\n");
    }
    if !hidden.is_empty() {
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for reported in &hidden {
            *rules.entry(reported.finding.rule.id).or_default() += 1;
        }
        let rules: Vec<String> = rules.iter().map(|(id, count)| format!("{id} ({count})")).collect();
        let _ = write!(out, "... and {} more: {}\n\n", hidden.len(), rules.join(", "));
    }
    out
}

/// Those to show, in the order given, and those that are left.
fn select<'r, 'a>(all: Vec<&'r Reported<'a>>) -> (Vec<&'r Reported<'a>>, Vec<&'r Reported<'a>>) {
    if all.len() <= SHOWN {
        return (all, Vec::new());
    }
    let mut of_rule: HashMap<(&str, Severity), usize> = HashMap::new();
    let mut ranked: Vec<(bool, bool, usize, &Reported<'_>)> = Vec::with_capacity(all.len());
    for (place, reported) in all.into_iter().enumerate() {
        let Finding { rule, severity, .. } = reported.finding;
        let count = of_rule.entry((rule.id, *severity)).or_default();
        *count += 1;
        ranked.push((*count > EACH, *severity == Severity::Warning, place, reported));
    }
    ranked.sort_by_key(|(is_many, is_warning, place, _)| (*is_many, *is_warning, *place));
    let mut hidden = ranked.split_off(SHOWN);
    for part in [&mut ranked, &mut hidden] {
        part.sort_by_key(|(_, _, place, _)| *place);
    }
    let plain =
        |part: Vec<(bool, bool, usize, &'r Reported<'a>)>| part.into_iter().map(|(.., reported)| reported).collect();
    (plain(ranked), plain(hidden))
}

fn one(reported: &Reported<'_>, renderer: &Renderer) -> String {
    let Reported { finding, origin } = reported;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.clone().primary_title(escape(&finding.message)).id(finding.rule.id);
    let mut arrows = Vec::new();
    let mut group = place(Group::with_title(title), &finding.place, origin, AnnotationKind::Primary, &mut arrows);
    if let Some(hint) = &finding.hint {
        group = group.element(Level::HELP.message(escape(hint)));
    }
    let mut groups = vec![group];
    for (at, why) in &finding.further {
        let title = Level::NOTE.secondary_title(escape(why));
        groups.push(place(Group::with_title(title), at, origin, AnnotationKind::Context, &mut arrows));
    }
    let shown = renderer.render(&groups);
    arrows.iter().fold(shown, |shown, (counted, meant)| shown.replace(counted, meant))
}

/// `group` with the arrow (path, line, column) and the source line where there is one.
///
/// The renderer counts the arrow's column in the text it is given. Where that is not the file's column, because the excerpt is a window
/// of a long line or holds an escaped character, the path has the right line and column at its end, and `arrows` what the renderer makes
/// of that, and what it is to be instead.
fn place<'a>(
    group: Group<'a>,
    place: &Place,
    origin: &Origin,
    kind: AnnotationKind,
    arrows: &mut Vec<(String, String)>,
) -> Group<'a> {
    let path = escape(&origin.path(&place.path)).into_owned();
    let Some(span) = place.span else { return group.element(Arrow::path(path)) };
    let (line, column) = (span.start.line as usize, span.start.column as usize);
    let Some(text) = &place.excerpt else {
        return group.element(Arrow::path(path).line(line).char_column(column));
    };
    let is_cut = characters(text.text.get(..text.marked.start)) + 1 < column;
    let (mut text, mut marked) = excerpt(text);
    if is_cut {
        const CUT: &str = "...";
        text.insert_str(0, CUT);
        marked = marked.start + CUT.len()..marked.end + CUT.len();
    }
    let counted = characters(text.get(..marked.start)) + 1;
    let snippet = Snippet::source(text).line_start(line).annotation(kind.span(marked));
    if counted == column {
        return group.element(snippet.path(path));
    }
    let meant = format!("{path}:{line}:{column}");
    arrows.push((format!("{meant}:{line}:{counted}\n"), format!("{meant}\n")));
    group.element(snippet.path(meant))
}

fn characters(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Excerpt, Position, Refuser, Rule, Span};

    static RULE: Rule = Rule {
        id: "group/what",
        title: "a title",
        refused_by: &[Refuser::ApiServer],
        severity: Severity::Error,
        help: "help",
    };

    fn at(path: &str, line: u32, column: u32, text: &str, marked: &str) -> Place {
        let start = text.find(marked).unwrap();
        let width = u32::try_from(marked.chars().count()).unwrap();
        Place {
            path: path.into(),
            span: Some(Span { start: Position { line, column }, end: Position { line, column: column + width } }),
            excerpt: Some(Excerpt { text: text.into(), marked: start..start + marked.len() }),
        }
    }

    fn said(findings: &[&Finding], style: Style) -> String {
        text(&Reported::all(findings, &Origin::default()), style)
    }

    fn shown(finding: &Finding) -> String {
        said(&[finding], Style::default())
    }

    #[test]
    fn a_finding_looks_as_rustc_shows_it() {
        let finding = Finding::new(&RULE, at("shop/cart.yaml", 107, 3, "  name: cart", "name"), "the name is wrong")
            .hint("write another");
        let expected = "\
error[group/what]: the name is wrong
   --> shop/cart.yaml:107:3
    |
107 |   name: cart
    |   ^^^^
    |
    = help: write another

";
        assert_eq!(shown(&finding), expected);
    }

    #[test]
    fn further_places_are_shown_with_their_reason() {
        let finding = Finding::new(&RULE, at("b.yaml", 4, 9, "  name: cart", "cart"), "defined twice")
            .also(at("a.yaml", 12, 9, "  name: cart", "cart"), "first defined here")
            .hint("delete one");
        let expected = "\
error[group/what]: defined twice
  --> b.yaml:4:9
   |
 4 |   name: cart
   |         ^^^^
   |
   = help: delete one
note: first defined here
  --> a.yaml:12:9
   |
12 |   name: cart
   |         ----

";
        assert_eq!(shown(&finding), expected);
    }

    #[test]
    fn without_an_excerpt_the_place_still_shows() {
        let span = Span { start: Position { line: 2, column: 7 }, end: Position { line: 2, column: 9 } };
        for (span, arrow) in [(None, "--> a.yaml\n"), (Some(span), "--> a.yaml:2:7\n")] {
            let finding = Finding::new(&RULE, Place { span, ..Place::file("a.yaml") }, "wrong").hint("mend it");
            assert_eq!(shown(&finding), format!("error[group/what]: wrong\n{arrow} = help: mend it\n\n"));
        }
    }

    #[test]
    fn the_caret_stands_under_the_text_after_tabs_and_wide_characters() {
        for (line, expected) in [("\tname: x", "    ^"), ("名前: x", "      ^"), ("e\u{301}: x", "   ^")] {
            let marked = if line.starts_with('\t') { "name" } else { "x" };
            let column = u32::try_from(line[..line.find(marked).unwrap()].chars().count() + 1).unwrap();
            let out = shown(&Finding::new(&RULE, at("a.yaml", 1, column, line, marked), "wrong"));
            let caret = out.lines().find(|l| l.contains('^')).unwrap();
            assert!(caret.strip_prefix("  | ").unwrap_or(caret).starts_with(expected), "{out}");
        }
    }

    #[test]
    fn the_column_is_that_of_the_file_when_the_excerpt_is_a_window() {
        let wrong = |line: u32, column, text, marked| {
            shown(&Finding::new(&RULE, at("a.json", line, column, text, marked), "wrong").hint("mend it"))
        };
        let expected = "\
error[group/what]: wrong
 --> a.json:1:90001
  |
1 | ...\"a\": 1, \"b\": 2
  |            ^^^
  |
  = help: mend it

";
        assert_eq!(wrong(1, 90_001, "\"a\": 1, \"b\": 2", "\"b\""), expected);
        // What is escaped is wider here than there, and nothing is cut off.
        let expected = "\
error[group/what]: wrong
 --> a.json:7:2
  |
7 | \\u{7}b
  |      ^
  |
  = help: mend it

";
        assert_eq!(wrong(7, 2, "\u{7}b", "b"), expected);
        let two = Finding::new(&RULE, at("a.json", 1, 40, "b: 2", "2"), "wrong")
            .also(at("a.json", 2, 90, "c: 3", "3"), "and");
        let out = shown(&two);
        assert!(out.contains("--> a.json:1:40\n") && out.contains("--> a.json:2:90\n"), "{out}");
    }

    #[test]
    fn a_hostile_file_cannot_drive_the_terminal() {
        let escape = "\u{1b}]0;x\u{7}\u{9b}2J";
        let finding = Finding::new(&RULE, at(&format!("{escape}.yaml"), 1, 1, &format!("{escape}: 1"), "1"), escape)
            .hint(escape)
            .also(at(escape, 2, 1, escape, "x"), escape);
        let out = shown(&finding);
        assert!(!out.chars().any(|c| c.is_control() && c != '\n'), "{out:?}");
        let coloured = said(&[&finding], Style { color: true, width: 80 });
        assert!(coloured.contains("\u{1b}["), "colour is our own");
        assert!(!coloured.contains("\u{1b}]0;") && !coloured.contains('\u{7}') && !coloured.contains('\u{9b}'));
    }

    #[test]
    fn equal_findings_are_shown_once_and_the_rest_is_counted() {
        let all: Vec<Finding> = (0..60_u32)
            .map(|n| {
                let mut finding = Finding::new(&RULE, Place::file(format!("{n:02}.yaml")), "wrong");
                if n < 40 {
                    finding.severity = Severity::Warning;
                }
                finding
            })
            .collect();
        let twice: Vec<&Finding> = all.iter().flat_map(|f| [f, f]).collect();
        let out = said(&twice, Style::default());
        assert_eq!(out.matches("wrong").count(), SHOWN);
        assert_eq!(out.matches("error[").count(), 20, "errors go first where not all fit");
        assert!(out.find("29.yaml") < out.find("40.yaml") && !out.contains("30.yaml"));
        assert!(out.ends_with("... and 10 more: group/what (10)\n\n"));
    }

    #[test]
    fn a_rule_with_much_to_tell_does_not_hide_the_others() {
        static OTHER: Rule = Rule { id: "group/other", severity: Severity::Warning, ..RULE };
        let many = (0..80).map(|n| Finding::new(&RULE, Place::file(format!("{n:02}.yaml")), "wrong"));
        let few = (0..3).map(|n| Finding::new(&OTHER, Place::file(format!("z{n}.yaml")), "odd"));
        let all: Vec<Finding> = many.chain(few).collect();
        let out = said(&all.iter().collect::<Vec<_>>(), Style::default());
        assert_eq!((out.matches("wrong").count(), out.matches("odd").count()), (47, 3));
        assert!(out.ends_with("... and 33 more: group/what (33)\n\n"), "{out}");
    }

    #[test]
    fn the_path_is_one_that_can_be_opened() {
        let origin = Origin::below(Some(std::path::Path::new("./in")));
        let finding = Finding::new(&RULE, at("a.yaml", 1, 1, "a: 1", "a"), "wrong").also(Place::file("b.yaml"), "here");
        let out = text(&Reported::all(&[&finding], &origin), Style::default());
        assert!(out.contains("--> in/a.yaml:1:1\n") && out.contains("--> in/b.yaml\n"), "{out}");
    }
}
