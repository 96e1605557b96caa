//! Which clusters are meant, which syncs in them, and what is expected of them.

use super::super::args;
use super::usage;
use crate::cluster::{self, Scope};
use crate::error::{Error, Kind};
use crate::kubectl::Cluster;
use crate::sync::{Sync, SyncKind};
use crate::validate::fault_of_name;

/// The clusters, each once. The current context is named as well: somebody may choose another one meanwhile.
pub(in crate::cli) fn clusters(contexts: &args::Contexts, all: bool) -> Result<Vec<Cluster>, Error> {
    let mut names: Vec<Option<String>> = if all {
        cluster::contexts()?.into_iter().map(Some).collect()
    } else if contexts.names.is_empty() {
        vec![cluster::current_context()?]
    } else {
        contexts.names.iter().cloned().map(Some).collect()
    };
    names.iter().flatten().try_for_each(|name| named_context(name))?;
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    Ok(names.into_iter().map(|context| Cluster { context }).collect())
}

/// Refuses a context without a name: `kubectl` would take the current one.
pub(in crate::cli) fn named_context(context: &str) -> Result<(), Error> {
    if context.is_empty() {
        return Err(usage("the name of `--context` is empty").hint("`kubectl config get-contexts` lists them"));
    }
    Ok(())
}

/// Refuses contexts that `kubectl` does not have: for work that comes before the first question to a cluster.
pub(in crate::cli) fn refuse_unknown(contexts: &args::Contexts) -> Result<(), Error> {
    if contexts.names.is_empty() {
        return Ok(());
    }
    let known = cluster::contexts()?;
    match contexts.names.iter().find(|name| !known.contains(name)) {
        Some(name) => Err(Error::new(Kind::NotFound, format!("kubectl has no context `{name}`"))
            .hint("`kubectl config get-contexts` lists what there is")),
        None => Ok(()),
    }
}

/// The syncs that are named, each once.
pub(in crate::cli) fn syncs(typed: &[String]) -> Result<Vec<Sync>, Error> {
    let mut syncs: Vec<Sync> = Vec::new();
    for text in typed {
        let sync = text.parse()?;
        if !syncs.contains(&sync) {
            syncs.push(sync);
        }
    }
    Ok(syncs)
}

/// Refuses names that nothing has. An empty one, as of a variable that is not set, would be another question to `kubectl`.
pub(in crate::cli) fn refuse_odd_name(option: &str, name: Option<&str>, is_label: bool) -> Result<(), Error> {
    match name.and_then(|name| Some((name, fault_of_name(name, is_label)?))) {
        Some((name, (fault, _))) => Err(usage(format!("`{}` of `{option}` {fault}", name.escape_debug()))
            .hint("names have lower-case letters, digits and `-`")),
        None => Ok(()),
    }
}

/// Where to look: in the one namespace that is named, or in which all `syncs` are, and for their kinds only, so that rights there are enough.
pub(in crate::cli) fn scope(namespace: Option<&str>, syncs: &[Sync]) -> Scope {
    let only = syncs.first().map(Sync::namespace).filter(|only| syncs.iter().all(|sync| sync.namespace() == *only));
    let mut kinds: Vec<SyncKind> = syncs.iter().map(Sync::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    Scope { namespace: namespace.or(only).map(ToOwned::to_owned), kinds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_namespace_is_looked_at_where_one_is_enough() {
        let of = |typed: &[&str]| {
            let typed: Vec<String> = typed.iter().map(ToString::to_string).collect();
            scope(None, &syncs(&typed).unwrap()).namespace
        };
        assert_eq!(of(&["rootsync/a", "rootsync/b"]).as_deref(), Some("config-management-system"));
        assert_eq!(of(&["reposync/shop/a", "kustomization/shop/b"]).as_deref(), Some("shop"));
        assert_eq!(of(&["rootsync/a", "reposync/shop/a"]), None);
        assert_eq!(of(&[]), None);
        assert_eq!(scope(Some("ns"), &[]).namespace.as_deref(), Some("ns"));
    }

    #[test]
    fn what_is_named_twice_is_meant_once() {
        assert_eq!(syncs(&["rootsync/a".into(), "RootSync/a".into()]).unwrap().len(), 1);
        let contexts = args::Contexts { names: vec!["b".into(), "a".into(), "b".into()] };
        let names: Vec<_> =
            clusters(&contexts, false).unwrap().into_iter().map(|cluster| cluster.context.unwrap()).collect();
        assert_eq!(names, ["b", "a"]);
    }
}
