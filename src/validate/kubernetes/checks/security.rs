//! Security contexts of pods and containers: users, profiles, kernel settings, Windows.

use super::fields::{any_text, at, containers, has, items};
use super::{Extra, Must, Row, Walk, extra, get, is_true, must, needs, text};
use crate::object::{Node, Value};
use crate::validate::kubernetes::walk::Step;
use crate::validate::texts;

const CONTEXTS: &[&str] = &["core.v1.SecurityContext", "core.v1.PodSecurityContext"];
const POD: &[&str] = &["core.v1.PodSecurityContext"];
const PROFILES: &[&str] = &["core.v1.SeccompProfile", "core.v1.AppArmorProfile"];
const WINDOWS: &[&str] = &["core.v1.WindowsSecurityContextOptions"];
const ID: &[Must] = &[Must::Between(0, i32::MAX as i64)];

pub(super) static ROWS: &[Row] = &[
    must(CONTEXTS, &["runAsUser", "runAsGroup"], ID),
    must(POD, &["fsGroup"], ID),
    must(POD, &["supplementalGroups"], &[Must::Each(&Must::Between(0, i32::MAX as i64))]),
    must(POD, &["fsGroupChangePolicy"], &[Must::Whole(texts::not_blank)]),
    must(POD, &["sysctls"], &[Must::UniqueBy("name")]),
    needs(&["core.v1.Sysctl"], &["name"]),
    must(&["core.v1.Sysctl"], &["name"], &[Must::Text(sysctl)]),
    must(&["core.v1.SecurityContext"], &["procMount"], &[Must::Whole(texts::not_blank)]),
    needs(PROFILES, &["type"]),
    must(&["core.v1.SeccompProfile"], &["localhostProfile"], &[Must::Text(texts::relative_path)]),
    must(WINDOWS, &["gmsaCredentialSpecName"], &[Must::Whole(texts::subdomain)]),
    must(WINDOWS, &["gmsaCredentialSpec"], &[Must::Whole(credential_spec)]),
    must(WINDOWS, &["runAsUserName"], &[Must::Whole(windows_user)]),
];

pub(super) static EXTRAS: &[Extra] = &[
    extra(PROFILES, profile),
    extra(&["core.v1.SecurityContext"], escalation),
    extra(POD, policies),
    extra(&["core.v1.PodSpec"], settings_of_host),
    extra(&["core.v1.PodSpec"], unmasked),
    extra(&["core.v1.PodSpec"], host_processes),
    extra(&["core.v1.PodSpec"], system),
];

fn profile(walk: &mut Walk<'_, '_>, profile: Node<'_>) {
    let file = profile.get("localhostProfile").filter(|file| !file.is_null());
    match (text(profile, "type"), file) {
        (Some("Localhost"), None) => {
            walk.missing(
                profile,
                "localhostProfile",
                "with `type: Localhost` add `localhostProfile:`, the profile's file",
            );
        }
        (Some("RuntimeDefault" | "Unconfined"), Some(_)) => {
            let why = "goes only with `type: Localhost`";
            walk.forbidden(profile, "localhostProfile", why, "delete it, or write `type: Localhost`");
        }
        (Some("Localhost"), Some(file)) => {
            let of_app_armor = matches!(walk.path.last(), Some(Step::Key("appArmorProfile")));
            let text = file.as_str().filter(|text| of_app_armor && !walk.is_placeholder(text));
            if text.is_some_and(|text| text.is_empty() || text != text.trim() || text.len() > 4095) {
                let fault = "is empty, has a space at its start or end, or more than 4095 characters";
                walk.invalid(file, "localhostProfile", fault, "write the profile's name");
            }
        }
        _ => {}
    }
}

/// A name of a kernel setting.
fn sysctl(text: &str) -> Option<String> {
    let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_segment = |segment: &str| {
        let bytes = segment.as_bytes();
        bytes.first().is_some_and(|b| is_inner(*b))
            && bytes.last().is_some_and(|b| is_inner(*b))
            && bytes.iter().all(|b| is_inner(*b) || matches!(b, b'-' | b'_'))
    };
    let is_fine = text.len() <= 253 && text.split(['.', '/']).all(is_segment);
    (!is_fine).then(|| "is no name of a kernel setting, such as `net.core.somaxconn`".to_owned())
}

fn credential_spec(text: &str) -> Option<String> {
    (text.is_empty() || text.len() > 64 * 1024).then(|| "is empty, or longer than 64 KiB".to_owned())
}

/// `USER`, or `DOMAIN\USER`.
fn windows_user(text: &str) -> Option<String> {
    let (domain, user) = match text.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, text),
    };
    let fault = if text.chars().any(|c| c.is_ascii_control()) {
        "has a control character"
    } else if user.is_empty() {
        "names no user"
    } else if user.contains(|c| "\"/\\:;|=,+*?<>@[]".contains(c)) {
        "has a character that no user has: one of \"/\\:;|=,+*?<>@[]"
    } else if user.trim_matches([' ', '.']).is_empty() {
        "is nothing but dots and spaces"
    } else if user.len() > 104 {
        "has a user of more than 104 characters"
    } else if domain.is_some_and(|domain| domain.len() > 255 || !is_windows_domain(domain)) {
        "has a domain that is neither NetBIOS nor DNS"
    } else {
        return None;
    };
    Some(fault.to_owned())
}

fn is_windows_domain(domain: &str) -> bool {
    let is_net_bios = !domain.is_empty()
        && !domain.starts_with('.')
        && domain.chars().count() <= 15
        && !domain.contains(|c| "\\/:*?\"<>|".contains(c));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    is_net_bios || domain.split('.').all(is_label)
}

fn escalation(walk: &mut Walk<'_, '_>, context: Node<'_>) {
    if !get(context, "allowPrivilegeEscalation").is_some_and(|value| value.value() == Value::Bool(false)) {
        return;
    }
    let is_admin = get(context, "capabilities")
        .is_some_and(|own| items(own, "add").any(|(_, capability)| capability.as_str() == Some("CAP_SYS_ADMIN")));
    for (found, what) in [(is_true(context, "privileged"), "privileged: true"), (is_admin, "CAP_SYS_ADMIN")] {
        if found {
            let fault = format!("is false, which does not go with `{what}`");
            let at = context.get("allowPrivilegeEscalation").unwrap_or(context);
            walk.invalid(at, "allowPrivilegeEscalation", &fault, "delete one of the two");
        }
    }
}

/// Policies that are pointers to the server, in the versions that look at them.
fn policies(walk: &mut Walk<'_, '_>, context: Node<'_>) {
    for (field, since, allowed) in [
        ("supplementalGroupsPolicy", "1.33", &["Merge", "Strict"][..]),
        ("seLinuxChangePolicy", "1.33", &["Recursive", "MountOption"]),
    ] {
        let Some(policy) = any_text(walk, context, field).filter(|policy| !allowed.contains(policy)) else { continue };
        // What is published as an enumeration is checked as such, but for an empty text.
        if walk.reaches(since) && (policy.is_empty() || field == "seLinuxChangePolicy") {
            walk.unsupported(context.get(field).unwrap_or(context), field, policy, allowed);
        }
    }
}

/// Settings below `kernel.` that a pod has for itself unless `hostIPC` is true.
const IPC_SETTINGS: &[&str] =
    &["sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced", "shm", "msgmax", "msgmnb", "msgmni", "msg"];

/// Kernel settings that the pod shares with its node are the node's.
fn settings_of_host(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let Some(context) = get(spec, "securityContext") else { return };
    for (index, setting) in items(context, "sysctls") {
        let Some(name) = text(setting, "name") else { continue };
        let is = |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['.', '/']));
        let kernel = name.strip_prefix("kernel").and_then(|rest| rest.strip_prefix(['.', '/']));
        let of_ipc = kernel.is_some_and(|rest| IPC_SETTINGS.contains(&rest)) || is("fs.mqueue") || is("fs/mqueue");
        let shared = [("hostNetwork", is("net")), ("hostIPC", of_ipc)];
        for (field, _) in shared.into_iter().filter(|(field, found)| *found && is_true(spec, field)) {
            let fault = format!("is a setting of the node, which the pod shares: `{field}` is true");
            let below = format!("securityContext.sysctls[{index}].name");
            walk.invalid(setting.get("name").unwrap_or(setting), &below, &fault, "delete one of the two");
        }
    }
}

fn unmasked(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let own_users = get(spec, "hostUsers").is_some_and(|users| users.value() == Value::Bool(false));
    for (field, index, container) in containers(spec).filter(|_| !own_users) {
        let Some(context) = get(container, "securityContext") else { continue };
        if text(context, "procMount") == Some("Unmasked") && walk.reaches("1.33") {
            let below = format!("{field}[{index}].securityContext.procMount");
            let at = context.get("procMount").unwrap_or(context);
            walk.invalid(
                at,
                &below,
                "is `Unmasked`, which needs `hostUsers: false`",
                "add `hostUsers: false` to the pod",
            );
        }
    }
}

/// Whether containers of a Windows pod run as processes of the host: all or none.
fn host_processes(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let process = |node| match at(node, &["securityContext", "windowsOptions", "hostProcess"])?.value() {
        Value::Bool(yes) => Some(yes),
        _ => None,
    };
    let of_pod = process(spec);
    let (mut count, mut found) = (0, 0);
    for (field, index, container) in containers(spec) {
        let own = process(container);
        count += 1;
        found += usize::from(own.or(of_pod) == Some(true));
        if own.is_some() && of_pod.is_some() && own != of_pod {
            let below = format!("{field}[{index}].securityContext.windowsOptions.hostProcess");
            let node = at(container, &["securityContext", "windowsOptions", "hostProcess"]).unwrap_or(container);
            walk.invalid(node, &below, "is not what the pod's own securityContext says", "write the same in both");
        }
    }
    if found > 0 && found != count {
        let fault = "has containers that are processes of the host beside others that are not";
        walk.invalid(spec, "", fault, "write `hostProcess: true` for the pod, and nothing for its containers");
    }
    if found > 0 && !is_true(spec, "hostNetwork") {
        let hint = "processes of the host use its network: add `hostNetwork: true`";
        walk.missing(spec, "hostNetwork", hint);
    }
}

const NOT_IN_WINDOWS: &[&str] = &["hostUsers", "shareProcessNamespace"];
const NOT_IN_WINDOWS_POD: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
const NOT_IN_WINDOWS_CONTAINER: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

/// What the operating system of the pod does not have.
fn system(walk: &mut Walk<'_, '_>, spec: Node<'_>) {
    let windows = match get(spec, "os").and_then(|os| text(os, "name")) {
        Some("windows") => true,
        Some("linux") => false,
        _ => return,
    };
    let (of_pod, of_container): (&[&str], &[&str]) = if windows {
        (NOT_IN_WINDOWS_POD, NOT_IN_WINDOWS_CONTAINER)
    } else {
        (&["windowsOptions"], &["windowsOptions"])
    };
    let why = if windows { "must not be there in a Windows pod" } else { "must not be there in a Linux pod" };
    if windows {
        for field in NOT_IN_WINDOWS.iter().filter(|field| has(spec, field)) {
            walk.forbidden(spec, field, why, "delete it");
        }
        for field in ["hostPID", "hostIPC"].into_iter().filter(|field| is_true(spec, field)) {
            walk.forbidden(spec, field, why, "delete it");
        }
        if has(spec, "resources") && walk.reaches("1.34") {
            walk.forbidden(spec, "resources", why, "delete it");
        }
    }
    if let Some(context) = get(spec, "securityContext") {
        for field in of_pod.iter().filter(|field| has(context, field)) {
            walk.forbidden(context, &format!("securityContext.{field}"), why, "delete it");
        }
        if windows && context.get("sysctls").is_some_and(|list| !list.is_empty()) {
            walk.forbidden(context, "securityContext.sysctls", why, "delete it");
        }
    }
    for (list, index, container) in containers(spec) {
        let Some(context) = get(container, "securityContext") else { continue };
        for field in of_container.iter().filter(|field| has(context, field)) {
            walk.forbidden(context, &format!("{list}[{index}].securityContext.{field}"), why, "delete it");
        }
    }
}

#[cfg(test)]
mod tests;
