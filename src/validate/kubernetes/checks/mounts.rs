//! Mounts: the volumes that containers see, and where.

use super::fields::{Names, at, containers, has, has_open_name, has_placeholder, items};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, text};
use crate::object::Node;
use crate::validate::kubernetes::walk::Step;
use crate::validate::subject::quote;
use crate::validate::texts;

const MOUNT: &[&str] = &["core.v1.VolumeMount"];

pub(super) static ROWS: &[Row] = &[
    needs(MOUNT, &["name", "mountPath"]),
    must(MOUNT, &["subPath", "subPathExpr"], &[Must::Text(texts::relative_path)]),
    must(MOUNT, &["mountPropagation"], &[Must::Whole(texts::not_blank)]),
    must(
        MOUNT,
        &["recursiveReadOnly"],
        &[Must::Whole(texts::not_blank), Must::OneOf(&["Disabled", "IfPossible", "Enabled"])],
    ),
    needs(&["core.v1.VolumeDevice"], &["name", "devicePath"]),
    must(&["core.v1.VolumeDevice"], &["devicePath"], &[Must::Text(texts::no_backsteps)]),
    must(&["core.v1.Container"], &["volumeMounts"], &[Must::UniqueBy("mountPath")]),
    must(&["core.v1.Container"], &["volumeDevices"], &[Must::UniqueBy("name"), Must::UniqueBy("devicePath")]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(MOUNT, mount),
    extra(&["core.v1.Container"], mounts_and_devices_differ),
    extra(&["core.v1.Container"], shared_mounts_need_privileges),
    extra(&["core.v1.PodSpec"], volumes_exist),
];

fn mount(walk: &mut Walk<'_, '_>, mount: Node<'_>) {
    if text(mount, "subPath").is_some() && text(mount, "subPathExpr").is_some() {
        walk.forbidden(mount, "subPathExpr", "stands beside `subPath`", "delete one of the two");
    }
    if matches!(text(mount, "recursiveReadOnly"), Some("IfPossible" | "Enabled")) {
        if !is_true(mount, "readOnly") && !has_placeholder(walk, mount, "readOnly") {
            walk.forbidden(mount, "recursiveReadOnly", "needs `readOnly: true`", "add `readOnly: true`, or delete it");
        }
        if text(mount, "mountPropagation").is_some_and(|propagation| propagation != "None") {
            let why = "does not go with a mountPropagation other than `None`";
            walk.forbidden(mount, "recursiveReadOnly", why, "delete one of the two");
        }
    }
}

fn mounts_and_devices_differ(walk: &mut Walk<'_, '_>, container: Node<'_>) {
    for (index, device) in items(container, "volumeDevices") {
        for (field, other) in [("name", "name"), ("devicePath", "mountPath")] {
            let Some(own) = text(device, field) else { continue };
            if items(container, "volumeMounts").any(|(_, mount)| text(mount, other) == Some(own)) {
                let fault = format!("is {}, which `volumeMounts` has, too", quote(own));
                let at = device.get(field).unwrap_or(device);
                walk.invalid(at, &format!("volumeDevices[{index}].{field}"), &fault, "delete one of the two");
            }
        }
    }
}

fn shared_mounts_need_privileges(walk: &mut Walk<'_, '_>, container: Node<'_>) {
    if get(container, "securityContext")
        .is_some_and(|context| is_true(context, "privileged") || has_placeholder(walk, context, "privileged"))
    {
        return;
    }
    for (index, mount) in items(container, "volumeMounts") {
        if text(mount, "mountPropagation") == Some("Bidirectional") {
            let below = format!("volumeMounts[{index}].mountPropagation");
            let why = "is `Bidirectional`, which only a privileged container can have";
            let at = mount.get("mountPropagation").unwrap_or(mount);
            walk.forbidden(at, &below, why, "write `HostToContainer`, or `privileged: true` in the `securityContext`");
        }
    }
}

fn volumes_exist(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let volumes = get(spec, "volumes");
    if volumes.is_some_and(|volumes| !volumes.is_sequence()) {
        return;
    }
    let names = Names::of(volumes, &["name"]);
    let mut is_open = has_open_name(walk, volumes, &["name"]);
    // A StatefulSet adds a volume for each of its claims.
    let claims = match walk.path[..] {
        [Step::Key("spec"), Step::Key("template"), Step::Key("spec")] => {
            let claims = at(walk.object(), &["spec", "volumeClaimTemplates"]);
            is_open |= has_open_name(walk, claims, &["metadata", "name"]);
            Names::of(claims, &["metadata", "name"])
        }
        _ => None,
    };
    let is_claim = |name: &str| claims.as_ref().is_some_and(|claims| claims.contains(name));
    let is_known = |name: &str| names.as_ref().is_some_and(|names| names.contains(name)) || is_claim(name) || is_open;
    for (field, index, container) in containers(spec) {
        for list in ["volumeMounts", "volumeDevices"] {
            for (number, mount) in items(container, list) {
                let Some(name) = text(mount, "name").filter(|name| !walk.is_placeholder(name)) else { continue };
                let at = mount.get("name").unwrap_or(mount);
                if !is_known(name) {
                    let below = format!("{field}[{index}].{list}[{number}].name");
                    let hint = "write the name of one of the pod's `volumes`, or add a volume of this name";
                    walk.not_found(at, &below, name, "names no volume of the pod", hint);
                } else if list == "volumeDevices" && !is_claim(name) && !is_block(spec, name) {
                    let below = format!("{field}[{index}].{list}[{number}].name");
                    let fault = format!("is {}, which is no block device", quote(name));
                    let hint =
                        "only volumes with `persistentVolumeClaim` or `ephemeral` can be; else use `volumeMounts`";
                    walk.invalid(at, &below, &fault, hint);
                }
            }
        }
    }
    files_of_variables(walk, spec);
}

/// Whether the volume of this name can be a block device.
fn is_block(spec: Node<'_>, name: &str) -> bool {
    let volume = items(spec, "volumes").find(|(_, volume)| text(*volume, "name") == Some(name));
    volume.is_none_or(|(_, volume)| has(volume, "persistentVolumeClaim") || has(volume, "ephemeral"))
}

/// A file that holds a variable is in an empty directory, where another container writes it.
fn files_of_variables(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    for (field, index, container) in containers(spec) {
        for (number, variable) in items(container, "env") {
            let Some(file) = at(variable, &["valueFrom", "fileKeyRef"]) else { continue };
            if !walk.reaches("1.35") {
                return;
            }
            let Some(name) = text(file, "volumeName").filter(|name| !walk.is_placeholder(name)) else { continue };
            let below = || format!("{field}[{index}].env[{number}].valueFrom.fileKeyRef.volumeName");
            let at = file.get("volumeName").unwrap_or(file);
            match items(spec, "volumes").find(|(_, volume)| text(*volume, "name") == Some(name)) {
                None if has_open_name(walk, spec.get("volumes"), &["name"]) => {}
                None => walk.not_found(at, &below(), name, "names no volume of the pod", "add it to `volumes`"),
                Some((_, volume)) if !is_empty_directory(volume) => {
                    let fault = format!("is {}, which is no `emptyDir`", quote(name));
                    walk.invalid(at, &below(), &fault, "name a volume with `emptyDir: {}`");
                }
                Some(_) => {}
            }
        }
    }
}

/// A volume that says nothing is one, too.
fn is_empty_directory(volume: Node<'_>) -> bool {
    has(volume, "emptyDir") || volume.entries().all(|(key, value)| key.as_str() == "name" || value.is_null())
}

#[cfg(test)]
mod tests {
    use crate::validate::kubernetes::tests::each_is_found;

    #[test]
    #[rustfmt::skip]
    fn mounts() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i, volumeMounts: [{name: v, mountPath: /a, subPath: x}, {name: v, mountPath: /b, readOnly: true, recursiveReadOnly: Enabled}], volumeDevices: [{name: d, devicePath: /dev/d}], securityContext: {privileged: true}}], volumes: [{name: v, emptyDir: {}}, {name: d, persistentVolumeClaim: {claimName: c}}, {name: e, persistentVolumeClaim: {claimName: e}}]}}",
            &[
                ("{name: v, mountPath: /a", "{mountPath: /a", "volumeMounts[0].name` of Pod \"p\" is missing"),
                ("mountPath: /a, ", "", "volumeMounts[0].mountPath` of Pod \"p\" is missing"),
                ("name: v, mountPath: /a", "name: w, mountPath: /a", "is `w`, which names no volume of the pod"),
                ("mountPath: /b", "mountPath: /a", "is `/a` once more"),
                ("subPath: x", "subPath: /x", "begins with a `/`"),
                ("subPath: x", "subPathExpr: a/../b", "goes up with `..`"),
                ("subPath: x", "subPath: x, subPathExpr: z", "stands beside `subPath`"),
                ("subPath: x", "mountPropagation: \"\"", "is empty"),
                ("recursiveReadOnly: Enabled", "recursiveReadOnly: Always", "is not supported"),
                ("readOnly: true, ", "", "needs `readOnly: true`"),
                ("recursiveReadOnly: Enabled", "recursiveReadOnly: Enabled, mountPropagation: HostToContainer", "does not go with a mountPropagation"),
                ("{name: d, devicePath", "{devicePath", "volumeDevices[0].name` of Pod \"p\" is missing"),
                ("devicePath: /dev/d", "devicePath: \"\"", "is empty"),
                ("devicePath: /dev/d", "devicePath: /dev/../d", "goes up"),
                ("devicePath: /dev/d", "devicePath: /b", "which `volumeMounts` has, too"),
                ("{name: d, devicePath: /dev/d}", "{name: v, devicePath: /dev/d}", "is `v`, which is no block device"),
                ("devicePath: /dev/d}", "devicePath: /dev/d}, {name: d, devicePath: /dev/e}", "is `d` once more"),
                ("devicePath: /dev/d}", "devicePath: /dev/d}, {name: e, devicePath: /dev/d}", "is `/dev/d` once more"),
            ],
        );
    }

    #[test]
    #[rustfmt::skip]
    fn only_privileged_containers_share_mounts() {
        each_is_found(
            "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: i, volumeMounts: [{name: v, mountPath: /a, mountPropagation: HostToContainer}]}], volumes: [{name: v, emptyDir: {}}]}}",
            &[
                ("HostToContainer", "Bidirectional", "only a privileged container"),
            ],
        );
    }

    #[test]
    #[rustfmt::skip]
    fn claims_of_a_stateful_set_are_volumes() {
        each_is_found(
            "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: i, volumeMounts: [{name: data, mountPath: /a}], volumeDevices: [{name: raw, devicePath: /dev/raw}]}]}}, volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}, {metadata: {name: raw}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}}",
            &[
                ("{name: data, mountPath", "{name: date, mountPath", "names no volume"),
            ],
        );
    }
}
