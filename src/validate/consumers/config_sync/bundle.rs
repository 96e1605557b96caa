//! What only all objects of a source together tell Config Sync.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::rules;
use super::facts::{Facts, Sort};
use super::tree::Tree;
use crate::finding::{Finding, Place};
use crate::notice::human_count;
use crate::validate::identity::{Identity, Key};
use crate::validate::options::{Options, SourceFormat};
use crate::validate::similar::similar;

/// Keeps what is needed of the objects of one folder to sync.
#[derive(Debug)]
pub(in crate::validate) struct Bundle {
    cluster_selectors: Selectors,
    namespace_selectors: Selectors,
    unmanaged: BTreeSet<String>,
    /// The first managed object of each namespace, and how many there are.
    managed: BTreeMap<String, Several>,
    /// The objects for clusters that are named, by what they would be without.
    for_clusters: HashMap<Key, Vec<(Vec<String>, Spot)>>,
    tree: Option<Tree>,
    root: String,
    objects: usize,
    max_objects: Option<usize>,
}

/// The selectors of one kind: those that are defined, and those that are asked for.
#[derive(Debug, Default)]
struct Selectors {
    defined: BTreeSet<String>,
    asked_for: BTreeMap<String, Several>,
}

/// An object that a finding may be about.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) label: String,
    pub(super) place: Place,
}

impl Spot {
    pub(super) fn of(identity: &Identity) -> Self {
        Self { label: identity.label.clone(), place: identity.place.clone() }
    }
}

/// The first of several objects.
#[derive(Debug)]
struct Several {
    first: Spot,
    further: usize,
}

impl Several {
    fn note(map: &mut BTreeMap<String, Self>, key: &str, identity: &Identity) {
        if let Some(known) = map.get_mut(key) {
            known.further += 1;
        } else {
            map.insert(key.to_owned(), Self { first: Spot::of(identity), further: 0 });
        }
    }

    /// `; so is 1 more object`, or nothing.
    fn and_further(&self, verb: &str) -> String {
        match self.further {
            0 => String::new(),
            further => format!("; so {verb} {} more", human_count(further, "object")),
        }
    }
}

impl Bundle {
    /// For the source at `root`, a folder of the bundle or `""`.
    pub(in crate::validate) fn new(options: &Options, root: &str) -> Option<Self> {
        super::is_asked_for(options).then(|| Self {
            cluster_selectors: Selectors::default(),
            namespace_selectors: Selectors::default(),
            unmanaged: BTreeSet::new(),
            managed: BTreeMap::new(),
            for_clusters: HashMap::new(),
            tree: (options.source_format == SourceFormat::Hierarchy).then(|| Tree::new(root)),
            root: root.to_owned(),
            objects: 0,
            max_objects: options.max_objects,
        })
    }

    pub(in crate::validate) fn add(&mut self, identity: &Identity, findings: &mut Vec<Finding>) {
        let Some(facts) = identity.facts.as_deref() else { return };
        if let Some(tree) = &mut self.tree
            && !tree.add(identity, facts, findings)
        {
            return;
        }
        self.objects += 1;
        match &facts.sort {
            Sort::ClusterSelector(name) => _ = self.cluster_selectors.defined.insert(name.clone()),
            Sort::NamespaceSelector(name) => _ = self.namespace_selectors.defined.insert(name.clone()),
            Sort::Namespace(name) if facts.is_unmanaged => _ = self.unmanaged.insert(name.clone()),
            _ => {}
        }
        if let Some(name) = &facts.cluster_selector {
            Several::note(&mut self.cluster_selectors.asked_for, name, identity);
        }
        if let Some(name) = &facts.namespace_selector {
            Several::note(&mut self.namespace_selectors.asked_for, name, identity);
        }
        if let Some(namespace) = facts.namespace.as_ref().filter(|_| !facts.is_unmanaged) {
            Several::note(&mut self.managed, namespace, identity);
        }
        self.for_clusters(identity, facts, findings);
    }

    /// Two objects that are one and the same on a cluster that both name.
    fn for_clusters(&mut self, identity: &Identity, facts: &Facts, findings: &mut Vec<Finding>) {
        let Some((key, clusters)) = &facts.clusters else { return };
        let before = self.for_clusters.entry(*key).or_default();
        let shared = before.iter().find_map(|(others, spot)| {
            let shared = clusters.iter().find(|cluster| others.contains(cluster))?;
            // The very same names are the very same object, which is told as such.
            (others != clusters).then_some((shared, spot))
        });
        if let Some((cluster, first)) = shared {
            findings.push(on_one_cluster(&Spot::of(identity), cluster, &first.place));
        }
        // Nobody needs to know of more to mend it.
        if before.len() < 100 {
            before.push((clusters.clone(), Spot::of(identity)));
        }
    }

    /// What is missing, and what contradicts. `everywhere` tells where an object is that is for all clusters; `whole` whether
    /// all objects of the source were seen.
    pub(in crate::validate) fn finish(self, everywhere: impl Fn(Key) -> Option<Place>, whole: bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(most) = self.max_objects.filter(|most| self.objects > *most) {
            let place = Place::file(if self.root.is_empty() { "." } else { &*self.root });
            let objects = human_count(self.objects, "object");
            let message = format!("there are {objects}, more than the {most} of `--max-objects` (KNV1070)");
            findings.push(Finding::new(&rules::TOO_MANY, place, message).hint("make several sources of it"));
        }
        if whole {
            self.cluster_selectors.missing("ClusterSelector", &mut findings);
            self.namespace_selectors.missing("NamespaceSelector", &mut findings);
        }
        for (key, objects) in &self.for_clusters {
            for (clusters, spot) in objects {
                if let (Some(first), Some(cluster)) = (everywhere(*key), clusters.first()) {
                    findings.push(on_one_cluster(spot, cluster, &first));
                }
            }
        }
        for (namespace, objects) in self.managed.iter().filter(|(namespace, _)| self.unmanaged.contains(*namespace)) {
            let message = format!(
                "{} is managed, but its Namespace is not (KNV1056){}",
                objects.first.label,
                objects.and_further("are")
            );
            let hint = format!(
                "give it the annotation `configmanagement.gke.io/managed: disabled` as well, or take that from the Namespace `{namespace}`"
            );
            let finding = Finding::new(&rules::UNMANAGED_NAMESPACE, objects.first.place.clone(), message);
            findings.push(finding.hint(hint));
        }
        if let Some(tree) = self.tree {
            tree.finish(whole, &mut findings);
        }
        findings
    }
}

impl Selectors {
    fn missing(&self, kind: &str, findings: &mut Vec<Finding>) {
        for (name, objects) in self.asked_for.iter().filter(|(name, _)| !self.defined.contains(*name)) {
            let shown: String = name.chars().take(80).collect();
            let message = format!(
                "{} asks for the {kind} `{shown}`, which is not in the source (KNV1013){}",
                objects.first.label,
                objects.and_further("do")
            );
            let hint = match similar(name, self.defined.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add the {kind} to the source, or correct the name"),
            };
            findings.push(Finding::new(&rules::UNKNOWN_SELECTOR, objects.first.place.clone(), message).hint(hint));
        }
    }
}

fn on_one_cluster(spot: &Spot, cluster: &str, first: &Place) -> Finding {
    let message = format!("{} is defined twice for the cluster `{cluster}` (KNV1029)", spot.label);
    Finding::new(&rules::TWICE_ON_A_CLUSTER, spot.place.clone(), message)
        .hint("delete one of them, or choose their clusters so that none has both")
        .also(first.clone(), "first defined here")
}
