//! Volumes of pods: one source each, and what the source needs.

use super::fields::{any_text, at_most_one, has, items};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::scalar::quantity;
use crate::validate::subject::quote;
use crate::validate::texts;

const VOLUME: &[&str] = &["core.v1.Volume"];
const ISCSI: &[&str] = &["core.v1.ISCSIVolumeSource", "core.v1.ISCSIPersistentVolumeSource"];
const MODES: &[&str] = &[
    "core.v1.SecretVolumeSource",
    "core.v1.ConfigMapVolumeSource",
    "core.v1.DownwardAPIVolumeSource",
    "core.v1.ProjectedVolumeSource",
];
const MODE: &[Must] = &[Must::Between(0, 0o777)];

pub(super) static ROWS: &[Row] = &[
    needs(VOLUME, &["name"]),
    must(VOLUME, &["name"], &[Must::Text(texts::dns_label)]),
    must(MODES, &["defaultMode"], MODE),
    must(&["core.v1.KeyToPath", "core.v1.DownwardAPIVolumeFile"], &["mode"], MODE),
    must(&["core.v1.KeyToPath", "core.v1.DownwardAPIVolumeFile"], &["path"], &[Must::Text(texts::file_path)]),
    needs(&["core.v1.KeyToPath"], &["key", "path"]),
    needs(&["core.v1.DownwardAPIVolumeFile"], &["path"]),
    needs(&["core.v1.SecretVolumeSource"], &["secretName"]),
    needs(&["core.v1.ConfigMapVolumeSource", "core.v1.ConfigMapProjection", "core.v1.SecretProjection"], &["name"]),
    needs(&["core.v1.PersistentVolumeClaimVolumeSource"], &["claimName"]),
    needs(&["core.v1.ServiceAccountTokenProjection"], &["path"]),
    must(&["core.v1.ServiceAccountTokenProjection"], &["path"], &[Must::Text(texts::file_path)]),
    must(&["core.v1.ServiceAccountTokenProjection"], &["expirationSeconds"], &[Must::Between(600, 1 << 32)]),
    needs(&["core.v1.HostPathVolumeSource", "core.v1.LocalVolumeSource"], &["path"]),
    must(&["core.v1.HostPathVolumeSource", "core.v1.LocalVolumeSource"], &["path"], &[Must::Text(texts::no_backsteps)]),
    needs(&["core.v1.GitRepoVolumeSource"], &["repository"]),
    must(&["core.v1.GitRepoVolumeSource"], &["directory"], &[Must::Text(texts::relative_path)]),
    needs(&["core.v1.NFSVolumeSource"], &["server", "path"]),
    must(&["core.v1.NFSVolumeSource"], &["path"], &[Must::Text(absolute)]),
    needs(ISCSI, &["targetPortal", "iqn"]),
    must(ISCSI, &["iqn"], &[Must::Text(iscsi_name)]),
    must(ISCSI, &["initiatorName"], &[Must::Whole(iscsi_name)]),
    must(ISCSI, &["lun"], &[Must::Between(0, 255)]),
    needs(&["core.v1.GCEPersistentDiskVolumeSource"], &["pdName"]),
    needs(&["core.v1.AWSElasticBlockStoreVolumeSource"], &["volumeID"]),
    must(
        &["core.v1.GCEPersistentDiskVolumeSource", "core.v1.AWSElasticBlockStoreVolumeSource"],
        &["partition"],
        &[Must::Between(0, 255)],
    ),
    needs(&["core.v1.QuobyteVolumeSource"], &["registry", "volume"]),
    must(&["core.v1.QuobyteVolumeSource"], &["registry"], &[Must::Text(hosts_with_ports)]),
    needs(&["core.v1.GlusterfsVolumeSource", "core.v1.GlusterfsPersistentVolumeSource"], &["endpoints", "path"]),
    must(&["core.v1.FlockerVolumeSource"], &["datasetName"], &[Must::Text(no_slash)]),
    needs(&["core.v1.RBDVolumeSource", "core.v1.RBDPersistentVolumeSource"], &["monitors", "image"]),
    needs(&["core.v1.CinderVolumeSource", "core.v1.CinderPersistentVolumeSource"], &["volumeID"]),
    needs(&["core.v1.CephFSVolumeSource", "core.v1.CephFSPersistentVolumeSource"], &["monitors"]),
    needs(&["core.v1.FlexVolumeSource", "core.v1.FlexPersistentVolumeSource"], &["driver"]),
    must(&["core.v1.FlexVolumeSource", "core.v1.FlexPersistentVolumeSource"], &["options"], &[Must::Keys(own_option)]),
    needs(&["core.v1.AzureFileVolumeSource", "core.v1.AzureFilePersistentVolumeSource"], &["secretName", "shareName"]),
    must(&["core.v1.AzureFilePersistentVolumeSource"], &["secretNamespace"], &[Must::Whole(texts::not_blank)]),
    needs(&["core.v1.AzureDiskVolumeSource"], &["diskName", "diskURI"]),
    must(&["core.v1.AzureDiskVolumeSource"], &["cachingMode", "kind"], &[Must::Whole(texts::not_blank)]),
    needs(&["core.v1.VsphereVirtualDiskVolumeSource"], &["volumePath"]),
    needs(&["core.v1.PhotonPersistentDiskVolumeSource"], &["pdID"]),
    needs(&["core.v1.PortworxVolumeSource"], &["volumeID"]),
    needs(
        &["core.v1.ScaleIOVolumeSource", "core.v1.ScaleIOPersistentVolumeSource"],
        &["gateway", "system", "volumeName"],
    ),
    needs(&["core.v1.StorageOSVolumeSource", "core.v1.StorageOSPersistentVolumeSource"], &["volumeName"]),
    must(
        &["core.v1.StorageOSVolumeSource", "core.v1.StorageOSPersistentVolumeSource"],
        &["volumeName", "volumeNamespace"],
        &[Must::Text(texts::dns_label)],
    ),
    needs(&["core.v1.CSIVolumeSource", "core.v1.CSIPersistentVolumeSource"], &["driver"]),
    must(
        &["core.v1.CSIVolumeSource", "core.v1.CSIPersistentVolumeSource"],
        &["driver"],
        &[Must::Text(texts::csi_driver)],
    ),
    needs(&["core.v1.EphemeralVolumeSource"], &["volumeClaimTemplate"]),
    needs(&["core.v1.PersistentVolumeClaimTemplate"], &["spec"]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(VOLUME, one_source),
    extra(&["core.v1.EmptyDirVolumeSource"], size_of_directory),
    extra(ISCSI, secret_of_iscsi),
    extra(&["core.v1.FCVolumeSource"], fibre_channel),
    extra(&["core.v1.FlockerVolumeSource"], dataset),
    extra(&["core.v1.CinderVolumeSource", "core.v1.StorageOSVolumeSource", "core.v1.CSIVolumeSource"], secret_has_name),
    extra(&["core.v1.AzureDiskVolumeSource"], disk_uri),
    extra(&["core.v1.DownwardAPIVolumeFile"], one_field),
    extra(&["core.v1.ProjectedVolumeSource"], projections),
    extra(&["core.v1.PersistentVolumeClaimTemplate"], metadata_of_template),
    extra(&["core.v1.Pod"], volumes_of_pod),
];

fn absolute(text: &str) -> Option<String> {
    (!text.starts_with('/')).then(|| "does not begin with a `/`".to_owned())
}

fn no_slash(text: &str) -> Option<String> {
    text.contains('/').then(|| "has a `/`".to_owned())
}

/// Options for a driver do not look like Kubernetes' own.
fn own_option(key: &str) -> Option<String> {
    let domain = key.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_reserved = ["kubernetes.io", "k8s.io"]
        .iter()
        .any(|own| domain.strip_suffix(own).is_some_and(|before| before.is_empty() || before.ends_with('.')));
    is_reserved.then(|| "has a domain that is reserved".to_owned())
}

fn hosts_with_ports(text: &str) -> Option<String> {
    let is_fine = |pair: &str| match pair.rsplit_once(':') {
        Some((host, _)) => !host.contains(':') || (host.starts_with('[') && host.ends_with(']')),
        None => false,
    };
    (!text.split(',').all(is_fine)).then(|| "is not a list of HOST:PORT with commas between them".to_owned())
}

/// A name in iSCSI: `iqn.YEAR-MONTH.DOMAIN:NAME`, `eui.` or `naa.` and letters and digits.
fn iscsi_name(text: &str) -> Option<String> {
    let is_number = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_fine = is_iqn(text)
        || text.strip_prefix("eui.").is_some_and(|rest| is_number(rest, 16))
        || text.strip_prefix("naa.").is_some_and(|rest| is_number(rest, 32));
    (!is_fine).then(|| "is no name of iSCSI, such as `iqn.2026-01.com.example:storage`".to_owned())
}

fn is_iqn(text: &str) -> bool {
    let is_date = |date: &str| {
        date.len() == 7
            && date.bytes().enumerate().all(|(index, b)| if index == 4 { b == b'-' } else { b.is_ascii_digit() })
    };
    let parts = text.strip_prefix("iqn.").and_then(|rest| {
        let (date, rest) = rest.split_once('.')?;
        let (domain, name) = rest.split_once(':')?;
        Some((date, domain, name))
    });
    parts.is_some_and(|(date, domain, name)| {
        is_date(date)
            && !domain.is_empty()
            && domain.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
            && !name.is_empty()
            && !name.contains(|c: char| ",;*&$|".contains(c) || c.is_ascii_whitespace())
    })
}

/// A volume without a source is an empty directory.
fn one_source(walk: &mut Walk<'_, '_>, volume: Node<'_>) {
    let sources = volume.entries().filter(|(key, value)| key.as_str() != "name" && !value.is_null());
    if sources.clone().count() > 1 {
        let names: Vec<&str> = sources.map(|(key, _)| key.as_str()).collect();
        at_most_one(walk, volume, &names);
    }
}

fn size_of_directory(walk: &mut Walk<'_, '_>, directory: Node<'_>) {
    if let Some(size) = directory.get("sizeLimit")
        && quantity(size).is_some_and(|size| size < 0)
    {
        walk.invalid(size, "sizeLimit", "is less than 0", "write 0 or more");
    }
}

fn secret_of_iscsi(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    for field in ["chapAuthDiscovery", "chapAuthSession"] {
        if is_true(source, field) && !has(source, "secretRef") {
            return walk.missing(source, "secretRef", format!("with `{field}: true` add `secretRef:` with a `name:`"));
        }
    }
}

fn fibre_channel(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    let count = |field| source.get(field).map_or(0, Node::len);
    match (count("targetWWNs"), count("wwids")) {
        (0, 0) => walk.missing(source, "targetWWNs", "add `targetWWNs:` and `lun:`, or `wwids:`"),
        (0, _) => {}
        (_, others) => {
            if others > 0 {
                walk.forbidden(source, "wwids", "stands beside `targetWWNs`", "delete one of the two");
            }
            match super::number(source, "lun") {
                None if !has(source, "lun") => walk.missing(source, "lun", "with `targetWWNs` add `lun:`"),
                Some(lun) if !(0..=255).contains(&lun) => {
                    let at = source.get("lun").unwrap_or(source);
                    walk.invalid(at, "lun", &format!("is {lun}, not a number from 0 to 255"), "");
                }
                _ => {}
            }
        }
    }
}

fn dataset(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    match (text(source, "datasetName"), text(source, "datasetUUID")) {
        (None, None) => walk.missing(source, "datasetName", "add `datasetName:` or `datasetUUID:`"),
        (Some(_), Some(_)) => {
            walk.forbidden(source, "datasetUUID", "stands beside `datasetName`", "delete one of the two");
        }
        _ => {}
    }
}

fn secret_has_name(walk: &mut Walk<'_, '_>, source: Node<'_>) {
    for field in ["secretRef", "nodePublishSecretRef"] {
        let Some(secret) = get(source, field) else { continue };
        match any_text(walk, secret, "name") {
            None if has(secret, "name") => {}
            None | Some("") => walk.missing(secret, &format!("{field}.name"), "add `name:`, that of the Secret"),
            Some(name) => {
                // Only that of a CSI driver is looked at more closely.
                if let Some(fault) = texts::subdomain(name).filter(|_| field == "nodePublishSecretRef") {
                    let at = secret.get("name").unwrap_or(secret);
                    walk.invalid(at, &format!("{field}.name"), &format!("is {}, which {fault}", quote(name)), "");
                }
            }
        }
    }
}

fn disk_uri(walk: &mut Walk<'_, '_>, disk: Node<'_>) {
    let Some(uri) = any_text(walk, disk, "diskURI").filter(|uri| !uri.is_empty()) else { return };
    let managed = match text(disk, "kind") {
        Some("Managed") => true,
        Some("Dedicated" | "Shared") => false,
        _ if has(disk, "kind") => return,
        _ => false,
    };
    let (prefix, kind) = if managed { ("/subscriptions/", "Managed") } else { ("https://", "Shared") };
    if !uri.starts_with(prefix) {
        let fault = format!("is {}, which does not begin with `{prefix}`", quote(uri));
        let hint = if managed {
            "a managed disk is `/subscriptions/…/disks/NAME`".to_owned()
        } else {
            format!("write an address that begins with `https://`, or `kind: Managed`: without it the disk is `{kind}`")
        };
        walk.invalid(disk.get("diskURI").unwrap_or(disk), "diskURI", &fault, hint);
    }
}

fn one_field(walk: &mut Walk<'_, '_>, file: Node<'_>) {
    if at_most_one(walk, file, &["fieldRef", "resourceFieldRef"]) == 0 {
        walk.missing(file, "fieldRef", "add `fieldRef:` or `resourceFieldRef:`");
    }
}

/// Every source of a projected volume is one thing, and no two of them write the same file.
fn projections(walk: &mut Walk<'_, '_>, volume: Node<'_>) {
    const SOURCES: &[&str] = &["secret", "configMap", "downwardAPI", "serviceAccountToken"];
    let mut paths = std::collections::HashSet::new();
    for (index, source) in items(volume, "sources") {
        let mut count = 0;
        for field in SOURCES {
            let Some(projection) = get(source, field) else { continue };
            count += 1;
            if count == 2 {
                let why = "stands beside another source in the same item";
                walk.forbidden(source, &format!("sources[{index}].{field}"), why, "begin a new item with `- `");
            }
            if *field == "serviceAccountToken" {
                continue;
            }
            for (number, item) in items(projection, "items") {
                let Some(path) = text(item, "path") else { continue };
                if !paths.insert(path) {
                    let below = format!("sources[{index}].{field}.items[{number}].path");
                    walk.duplicate(item.get("path").unwrap_or(item), &below, path);
                }
            }
        }
    }
}

fn metadata_of_template(walk: &mut Walk<'_, '_>, template: Node<'_>) {
    let Some(metadata) = get(template, "metadata") else { return };
    for (key, value) in metadata.entries() {
        let name = key.as_str();
        if !matches!(name, "labels" | "annotations" | "creationTimestamp") && !super::is_empty(value) {
            let why = "must not be there: only `labels` and `annotations` are taken over";
            walk.forbidden(metadata, &format!("metadata.{name}"), why, "delete it");
        }
    }
}

/// What only pods themselves need, not templates: images have a reference.
///
/// A claim that is made for a pod has a name, and no other volume of the pod uses it.
fn volumes_of_pod(walk: &mut Walk<'_, '_>, pod: Node<'_>) {
    let Some(spec) = get(pod, "spec") else { return };
    let name = get(pod, "metadata").and_then(|meta| text(meta, "name"));
    for (index, volume) in items(spec, "volumes") {
        if let Some(image) = get(volume, "image").filter(|image| image.get("reference").is_none_or(super::is_empty))
            && walk.reaches("1.35")
        {
            let hint = "add `reference:`, the image";
            walk.missing(image, &format!("spec.volumes[{index}].image.reference"), hint);
        }
        let Some(own) = text(volume, "name").filter(|_| has(volume, "ephemeral")) else { continue };
        let Some(name) = name else { continue };
        let claim = format!("{name}-{own}");
        if let Some(fault) = texts::subdomain(&claim).filter(|_| !walk.is_placeholder(&claim)) {
            let at = volume.get("name").unwrap_or(volume);
            let fault = format!("makes a claim of the name {}, which {fault}", quote(&claim));
            walk.invalid(at, &format!("spec.volumes[{index}].name"), &fault, "write a shorter name");
        }
        for (other, volume) in items(spec, "volumes") {
            let Some(used) = get(volume, "persistentVolumeClaim") else { continue };
            if text(used, "claimName") == Some(claim.as_str()) {
                let below = format!("spec.volumes[{other}].persistentVolumeClaim.claimName");
                let at = used.get("claimName").unwrap_or(used);
                walk.invalid(at, &below, "is the claim that another volume of the pod makes", "write another name");
            }
        }
    }
}

#[cfg(test)]
mod tests;
