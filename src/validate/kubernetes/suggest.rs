//! Where a field belongs that stands in the wrong place.

use super::data::{Definition, Table, Type};
use super::version::Targets;

/// How far below the object's root a field is looked for.
const DEEPEST: usize = 8;
/// How many definitions are looked at.
const MOST_STEPS: usize = 4000;

/// What a field of an older version is now, if `own` has that: what tutorials still say of an Ingress.
pub(super) fn renamed(name: &str, mut own: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let (field, now) = match name {
        "serviceName" | "servicePort" => ("service", "service: {name: …, port: {number: …}}"),
        "backend" => ("defaultBackend", "defaultBackend"),
        _ => return None,
    };
    own.any(|own| own == field).then_some(now)
}

/// The field of which a name is the beginning or the end: `liveness` of `livenessProbe`, `port` of `containerPort`. Of several, one that
/// must be there.
pub(super) fn longer(name: &str, own: impl Iterator<Item = &'static str>, required: &[&str]) -> Option<&'static str> {
    const SHORTEST: usize = 4;
    let begins = |field: &str| field.strip_prefix(name).is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let ends = |field: &str| {
        let (length, word) = (field.len().saturating_sub(name.len()), name.as_bytes());
        let end = field.as_bytes().get(length..).unwrap_or_default();
        length > 0 && end.first().is_some_and(u8::is_ascii_uppercase) && end.eq_ignore_ascii_case(word)
    };
    let all: Vec<_> = own.filter(|field| name.len() >= SHORTEST && (begins(field) || ends(field))).collect();
    let needed = || all.iter().find(|field| required.contains(field));
    if let [one] = all[..] { Some(one) } else { needed().copied() }
}

/// Where an amount of something belongs that stands beside `limits` and `requests`.
pub(super) fn amount(name: &str, mut own: impl Iterator<Item = &'static str>) -> Option<String> {
    let is_amount = matches!(name, "cpu" | "memory" | "storage" | "ephemeral-storage") || name.contains('/');
    let takes = is_amount && own.any(|field| field == "requests");
    let others = if name == "storage" { "" } else { " or `limits`" };
    takes.then(|| format!("`{name}` belongs below `requests`{others}"))
}

/// The path nearest to `from` at which an object of this definition has a field `name`: `spec.template.spec`. Lists are written `[]`.
pub(super) fn home(table: &Table, root: &Definition, targets: Targets, name: &str, from: &[&str]) -> Option<String> {
    let mut best: Option<(usize, Vec<&'static str>)> = None;
    let mut queue = std::collections::VecDeque::from([(root, Vec::<&'static str>::new())]);
    let mut steps = 0;
    while let Some((definition, path)) = queue.pop_front() {
        steps += 1;
        if steps > MOST_STEPS {
            break;
        }
        let has = definition.named(name).iter().any(|field| targets.all_have(field.has));
        if has && path != from && path.first() != Some(&"status") {
            let shared = path.iter().zip(from).take_while(|(a, b)| a == b).count();
            let far = path.len() + from.len() - 2 * shared;
            if best.as_ref().is_none_or(|(least, _)| far < *least) {
                best = Some((far, path.clone()));
            }
        }
        if path.len() >= DEEPEST {
            continue;
        }
        for field in &definition.body().fields {
            let (mut kind, mut suffix) = (&field.kind, false);
            while let Type::List(item, _) = kind {
                (kind, suffix) = (item, true);
            }
            if let Type::Struct(number) = kind
                && let Some(next) = table.definitions.get(usize::from(*number))
                && !matches!(field.name, "status" | "managedFields")
            {
                let mut path = path.clone();
                path.push(field.name);
                if suffix {
                    path.push("[]");
                }
                queue.push_back((next, path));
            }
        }
    }
    // Somewhere far off in another branch it is another thing of the same name.
    let (_, path) = best.filter(|(far, _)| *far <= 3)?;
    Some(path.join(".").replace(".[]", "[]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::kubernetes::data::table;
    use crate::validate::kubernetes::kind::find;

    #[test]
    fn a_field_of_an_older_version_leads_to_the_new_one() {
        assert_eq!(renamed("backend", ["defaultBackend"].into_iter()), Some("defaultBackend"));
        assert_eq!(renamed("backend", ["paths"].into_iter()), None);
        assert!(renamed("servicePort", ["resource", "service"].into_iter()).is_some_and(|now| now.contains("port:")));
    }

    #[test]
    fn a_part_of_a_name_leads_to_the_whole() {
        let own = ["name", "livenessProbe", "containerPort", "hostPort", "imagePullPolicy", "imageName"];
        for (name, expected) in [
            ("liveness", Some("livenessProbe")),
            ("port", Some("containerPort")),
            ("pullPolicy", Some("imagePullPolicy")),
            ("image", None),
            ("live", None),
            ("ort", None),
            ("ää", None),
        ] {
            assert_eq!(longer(name, own.into_iter(), &["containerPort"]), expected, "{name}");
        }
    }

    #[test]
    fn a_field_in_the_wrong_place_leads_to_the_right_one() {
        let table = table();
        let kind = find("apps/v1", "Deployment").unwrap();
        let root = &table.definitions[usize::from(kind.definition)];
        for (name, from, expected) in [
            ("replicas", &["spec", "template", "spec"][..], Some("spec")),
            ("containers", &["spec"], Some("spec.template.spec")),
            ("labels", &[], Some("metadata")),
            ("image", &["spec", "template", "spec"], Some("spec.template.spec.containers[]")),
            ("nonsense", &["spec"], None),
        ] {
            assert_eq!(home(table, root, Targets::new(&[]), name, from).as_deref(), expected, "{name}");
        }
    }
}
