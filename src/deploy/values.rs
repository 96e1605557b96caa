//! Values that are written into the consumers' objects, each with the rule that it keeps.

use std::fmt;
use std::str::FromStr;

use super::usage;
use super::yaml::Map;
use crate::error::Error;
use crate::validate::{billionths, fault_of_name, is_google_account, quantity_fault, similar};

#[cfg(test)]
mod tests;

/// A span of time that Go reads, longer than none: `15s`, `1h30m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval(String);

/// The longest time of Go in seconds: it counts nanoseconds in 63 bits.
const LONGEST: f64 = 9_223_372_036.0;

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let (mut is_some, mut seconds) = (false, 0.0);
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, behind) = rest.split_at(digits);
            let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
            let unit = units.iter().find_map(|(unit, length)| Some((behind.strip_prefix(unit)?, length)));
            // Flux takes no number that begins or ends with its point.
            let is_number = number.split('.').count() <= 2 && number.split('.').all(|part| !part.is_empty());
            let Some((next, length)) = unit.filter(|_| is_number) else {
                return Err(format!("`{}` is not a time: write it like 15s, 1m30s or 2h", text.escape_debug()));
            };
            seconds += number.parse::<f64>().unwrap_or(f64::INFINITY) * length;
            is_some |= number.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
            rest = next;
        }
        match is_some {
            false => Err("it is no time at all".to_owned()),
            true if seconds > LONGEST => Err("it is longer than 292 years, and Go counts no further".to_owned()),
            true => Ok(Self(text.to_owned())),
        }
    }
}

/// A version of Config Sync: `1.N.P`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub patch: u32,
}

impl Version {
    /// It brought the condition `Syncing`.
    pub const WITH_SYNCING: Self = Self { minor: 10, patch: 0 };
    /// It brought `auth: k8sserviceaccount`.
    pub const WITH_K8S_SERVICE_ACCOUNT: Self = Self { minor: 17, patch: 2 };
    /// It brought `auth: token`.
    pub const WITH_TOKEN: Self = Self { minor: 24, patch: 0 };

    /// As a cluster tells it: what follows the numbers (`-rc.1`, `+dirty`) does not count.
    pub fn told(text: &str) -> Option<Self> {
        text.split(['-', '+']).next()?.trim().parse().ok()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}.{}", self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = String;

    /// `1.N` means the first of that line, which lacks what a later one brought.
    fn from_str(text: &str) -> Result<Self, String> {
        let number =
            |text: &str| -> Option<u32> { text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())? };
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.");
        let (minor, patch) = rest.map(|rest| rest.split_once('.').unwrap_or((rest, "0"))).unwrap_or_default();
        match (number(minor), number(patch)) {
            (Some(minor), Some(patch)) => Ok(Self { minor, patch }),
            _ => Err(format!("`{}` is not a version of Config Sync: write 1.N or 1.N.P", text.escape_debug())),
        }
    }
}

/// The containers of a reconciler, whose resources and log levels can be set.
const CONTAINERS: [&str; 7] = [
    "reconciler",
    "git-sync",
    "hydration-controller",
    "oci-sync",
    "helm-sync",
    "gcenode-askpass-sidecar",
    "otel-agent",
];

fn container(text: &str) -> Result<&'static str, String> {
    CONTAINERS.into_iter().find(|known| *known == text).ok_or_else(|| {
        let all = CONTAINERS.join(", ");
        let shown = text.escape_debug();
        match similar(text, CONTAINERS) {
            Some(meant) => format!("a reconciler has no container `{shown}`; `{meant}` it has (KNV1061)"),
            None => format!("a reconciler has no container `{shown}`, only: {all} (KNV1061)"),
        }
    })
}

/// The resources of a container of the reconciler: `oci-sync:cpu-request=50m,memory-limit=256Mi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    container: &'static str,
    /// By the index of [`QUANTITIES`].
    quantities: [Option<String>; 4],
}

/// As they are typed, and as their fields are named.
const QUANTITIES: [(&str, &str); 4] = [
    ("cpu-request", "cpuRequest"),
    ("cpu-limit", "cpuLimit"),
    ("memory-request", "memoryRequest"),
    ("memory-limit", "memoryLimit"),
];

impl Resources {
    /// Whose they are.
    pub const fn container(&self) -> &'static str {
        self.container
    }

    pub(super) fn map(&self) -> Map {
        let map = Map::default().put("containerName", self.container);
        let fields = QUANTITIES.iter().zip(&self.quantities);
        fields.fold(map, |map, ((_, field), quantity)| map.put_some(field, quantity.clone()))
    }
}

impl FromStr for Resources {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str =
            "write CONTAINER:cpu-request=50m,cpu-limit=1,memory-request=64Mi,memory-limit=256Mi, or some of these";
        let Some((name, rest)) = text.split_once(':') else { return Err(FORM.to_owned()) };
        let mut quantities = [const { None }; 4];
        let container = container(name)?;
        for part in rest.split(',') {
            let Some((key, value)) = part.split_once('=') else { return Err(FORM.to_owned()) };
            let Some(index) = QUANTITIES.iter().position(|(typed, _)| *typed == key) else {
                let shown = key.escape_debug();
                return Err(match similar(key, QUANTITIES.map(|(typed, _)| typed)) {
                    Some(meant) => format!("there is no `{shown}`, but `{meant}`; {FORM}"),
                    None => format!("there is no `{shown}`; {FORM}"),
                });
            };
            let shown = value.escape_debug();
            if let Some(fault) = quantity_fault(value) {
                return Err(format!("the quantity `{shown}` of `{key}` {fault}"));
            }
            if value.starts_with('-') {
                return Err(format!("the quantity `{shown}` of `{key}` is negative (KNV1061)"));
            }
            if !value.starts_with(|c: char| c.is_ascii_digit()) || value.ends_with(' ') {
                return Err(format!("the quantity `{shown}` of `{key}` is not a number with its unit"));
            }
            if quantities.get_mut(index).and_then(|quantity| quantity.replace(value.to_owned())).is_some() {
                return Err(format!("`{key}` is there twice"));
            }
        }
        for (request, limit) in [(0, 1), (2, 3)] {
            let of = |index: usize| quantities[index].as_deref().and_then(billionths);
            if let (Some(asked), Some(most)) = (of(request), of(limit))
                && asked > most
            {
                return Err(format!("`{}` is more than `{}`", QUANTITIES[request].0, QUANTITIES[limit].0));
            }
        }
        Ok(Self { container, quantities })
    }
}

/// How much a container of the reconciler logs: `oci-sync=5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLevel {
    container: &'static str,
    level: u32,
}

impl LogLevel {
    /// Whose it is.
    pub const fn container(&self) -> &'static str {
        self.container
    }

    pub(super) fn map(&self) -> Map {
        Map::default().put("containerName", self.container).put("logLevel", self.level)
    }
}

impl FromStr for LogLevel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, level)) = text.split_once('=') else {
            return Err("write CONTAINER=N, with N from 0 to 10".to_owned());
        };
        let container = container(name)?;
        match level.parse() {
            Ok(level @ 0..=10) => Ok(Self { container, level }),
            _ => Err(format!("the log level `{}` is not a number from 0 to 10 (KNV1061)", level.escape_debug())),
        }
    }
}

/// A role that an account gets: `ClusterRole/NAME`, `Role/NAME` or, where it must be told in which namespace, `Role/NAME:NAMESPACE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRef {
    /// `Role` or `ClusterRole`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The namespace of a Role; of a ClusterRole the only one in which it is bound, or none for all.
    pub namespace: Option<String>,
}

impl RoleRef {
    pub(super) fn map(&self) -> Map {
        Map::default()
            .put("kind", self.kind)
            .put("name", self.name.clone())
            .put_some("namespace", self.namespace.clone())
    }
}

impl FromStr for RoleRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((kind, rest)) = text.split_once('/') else {
            return Err("write ClusterRole/NAME or Role/NAME:NAMESPACE".to_owned());
        };
        let kind = ["ClusterRole", "Role"].into_iter().find(|known| known.eq_ignore_ascii_case(kind));
        let Some(kind) = kind else {
            return Err("a role is a ClusterRole or a Role, as in ClusterRole/view".to_owned());
        };
        // Names of roles of Kubernetes itself have colons: `system:node`. A namespace has none, and stands behind the last one.
        let (name, namespace) = match rest.rsplit_once(':') {
            Some((name, namespace)) if !rest.starts_with("system:") || name.contains(':') => (name, Some(namespace)),
            _ => (rest, None),
        };
        if name.is_empty() || matches!(name, "." | "..") || name.contains(['/', '%']) || name.contains(char::is_control)
        {
            return Err(format!("`{}` is not the name of a role", name.escape_debug()));
        }
        if let Some((fault, _)) = namespace.and_then(|namespace| fault_of_name(namespace, true)) {
            return Err(format!("the namespace of the role {fault}"));
        }
        Ok(Self { kind, name: name.to_owned(), namespace: namespace.map(str::to_owned) })
    }
}

/// A range of versions, as far as it can be told without knowing the tags: `1.x`, `>=1.2.0 <2.0.0`.
pub fn range(text: &str) -> Result<String, String> {
    let form = "write it like `1.x`, `~1.2` or `>=1.2.0 <2.0.0`";
    let shown = text.escape_debug();
    if let Some(wrong) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !".*<>=!~^|,-+ ".contains(*c)) {
        return Err(format!("a range of versions has no `{}`: {form}", wrong.escape_debug()));
    }
    // What stands behind each sign begins with a number, or with what stands for any.
    let parts = text.split([' ', ',', '|']).map(|part| part.trim_start_matches(['<', '>', '=', '!', '~', '^', 'v']));
    let mut parts = parts.filter(|part| !part.is_empty()).peekable();
    let is_range = parts.peek().is_some()
        && parts.all(|part| part.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | 'x' | 'X' | '-')));
    if is_range { Ok(text.to_owned()) } else { Err(format!("`{shown}` is not a range of versions: {form}")) }
}

/// The email address of a Google service account, as Config Sync takes it.
pub fn account(text: &str) -> Result<String, String> {
    // The rule is about lengths and ends; what stands between them is of an address's characters, too.
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let is_address = text.split_once('@').is_some_and(|(name, host)| is_plain(name) && is_plain(host));
    let is_account = is_address && is_google_account(text);
    let form = "NAME@PROJECT.iam.gserviceaccount.com, with a name of 6 to 30 characters (KNV1061)";
    if is_account {
        Ok(text.to_owned())
    } else {
        Err(format!("it is not the email of a Google service account: {form}"))
    }
}

/// The name of a Secret, a service account, a project or the like.
pub fn name(text: &str) -> Result<String, String> {
    match fault_of_name(text, false) {
        None => Ok(text.to_owned()),
        Some((fault, Some(mended))) => Err(format!("the name `{}` {fault}; write `{mended}`", text.escape_debug())),
        Some((fault, None)) => Err(format!("the name `{}` {fault}", text.escape_debug())),
    }
}

/// A folder of the bundle: relative, `.` for all of it. A slash in front is taken as the consumers take it, for the bundle's root.
pub fn dir(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err("`..` would leave the bundle".to_owned());
    }
    if text.contains(|c: char| c.is_control() || c == '\\') {
        return Err("a folder's name has no control characters and no `\\`".to_owned());
    }
    Ok(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// Of several values for one container none could count.
pub(super) fn once_each<'a>(option: &str, containers: impl Iterator<Item = &'a str>) -> Result<(), Error> {
    let mut seen = Vec::new();
    for container in containers {
        if seen.contains(&container) {
            return Err(usage(format!("`{option}` names the container `{container}` twice"))
                .hint("give all that is about one container at once"));
        }
        seen.push(container);
    }
    Ok(())
}
