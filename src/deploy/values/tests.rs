//! The forms of values, and what is refused.

use super::*;

#[test]
fn times_are_those_that_all_consumers_read() {
    for text in ["15s", "1m", "1h30m", "500ms", "1.5h", "0h1s", "2562047h"] {
        assert_eq!(text.parse::<Interval>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "0s",
        "15",
        "s",
        "1d",
        "-1s",
        "1.s",
        ".5s",
        "1..5s",
        "1 s",
        "1us",
        "0h0m",
        "1s;",
        "é",
        "2562048h",
        "2562047h3600s",
        "99999999999999999999h",
    ] {
        assert!(text.parse::<Interval>().is_err(), "{text}");
    }
}

#[test]
fn versions_are_compared_by_their_numbers() {
    let version = |text: &str| text.parse::<Version>().unwrap();
    assert!(version("1.9") < version("1.17.2") && version("v1.17.10") > version("1.17.2"));
    assert_eq!(version("1.24").to_string(), "1.24.0");
    for (told, numbers) in [
        ("v1.10.0-rc.1", Some("1.10.0")),
        (" v1.23.1+dirty", Some("1.23.1")),
        ("1.9", Some("1.9.0")),
        ("dev", None),
        ("", None),
    ] {
        assert_eq!(Version::told(told).map(|version| version.to_string()).as_deref(), numbers, "{told}");
    }
    for text in ["", "1", "1.", "2.1", "1.x", "1.2.3.4", "1.2.3-rc.1", "1.-2", "1.+2", "99999999999"] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}

#[test]
fn resources_are_refused_with_what_is_wrong() {
    for (text, why) in [
        ("oci-sync", "write CONTAINER:"),
        ("oci-sync:", "write CONTAINER:"),
        ("oci-sinc:cpu-limit=1", "`oci-sync` it has (KNV1061)"),
        ("istio-proxy:cpu-limit=1", "only: reconciler, git-sync"),
        ("oci-sync:cpu=1", "there is no `cpu`"),
        ("oci-sync:cpuLimit=1", "but `cpu-limit`"),
        ("oci-sync:cpu-limit=-1", "is negative"),
        ("oci-sync:cpu-limit=Gi", "is not a number with its unit"),
        ("oci-sync:cpu-limit= 1", "is not a number with its unit"),
        ("oci-sync:cpu-limit=1GB", "which does not exist; `G` does"),
        ("oci-sync:cpu-limit=", "is empty"),
        ("oci-sync:cpu-limit=1,cpu-limit=2", "there twice"),
        ("oci-sync:cpu-request=2,cpu-limit=1500m", "`cpu-request` is more than `cpu-limit`"),
        ("oci-sync:memory-request=1Gi,memory-limit=1G", "`memory-request` is more"),
    ] {
        let error = text.parse::<Resources>().unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
    assert!("oci-sync:cpu-request=1,cpu-limit=1000m,memory-limit=1Gi".parse::<Resources>().is_ok());
}

#[test]
fn roles_and_log_levels_have_their_forms() {
    let role = |text: &str| text.parse::<RoleRef>().map(|role| (role.kind, role.name, role.namespace));
    let of = |kind, name: &str, namespace: Option<&str>| Ok((kind, name.to_owned(), namespace.map(str::to_owned)));
    assert_eq!(role("ClusterRole/view"), of("ClusterRole", "view", None));
    assert_eq!(role("clusterrole/view:shop"), of("ClusterRole", "view", Some("shop")));
    assert_eq!(role("Role/a:b"), of("Role", "a", Some("b")));
    assert_eq!(role("ClusterRole/system:node"), of("ClusterRole", "system:node", None));
    assert_eq!(role("ClusterRole/system:node:shop"), of("ClusterRole", "system:node", Some("shop")));
    for text in ["", "view", "Group/a", "Role/", "Role/a:B", "Role/a/b", "Role/.."] {
        assert!(role(text).is_err(), "{text}");
    }
    for text in ["oci-sync", "oci-sync=11", "oci-sync=-1", "oci-sync=x", "x=1"] {
        assert!(text.parse::<LogLevel>().is_err(), "{text}");
    }
}

#[test]
fn ranges_are_told_from_tags() {
    for text in ["*", "1.x", ">=1.0.0", ">= 1.2, < 2.0 || ~3.1.0-rc.1", "v1.2 - v2", "^0.1"] {
        assert!(range(text).is_ok(), "{text}");
    }
    for text in ["", " ", "latest", ">=", "1.x; rm", "1.x\n", "stable-1"] {
        assert!(range(text).is_err(), "{text}");
    }
}

#[test]
fn folders_stay_inside() {
    for (text, folder) in [("", "."), (".", "."), ("/", "."), ("./a/", "a"), ("/a//b", "a/b")] {
        assert_eq!(dir(text).unwrap(), folder);
    }
    for text in ["..", "a/../b", "a\nb", "a\\b"] {
        assert!(dir(text).is_err(), "{text}");
    }
}

#[test]
fn accounts_are_those_that_config_sync_takes() {
    for (text, is_account) in [
        ("puller@shop.iam.gserviceaccount.com", true),
        ("short@shop.iam.gserviceaccount.com", false),
        ("puller@shop.google.com.iam.gserviceaccount.com", true),
        ("puller@developer.gserviceaccount.com", false),
        ("puller@.iam.gserviceaccount.com", false),
        ("pul ler@shop.iam.gserviceaccount.com", false),
        ("", false),
    ] {
        assert_eq!(account(text).is_ok(), is_account, "{text}");
    }
    assert!(account(&format!("{}@a.iam.gserviceaccount.com", "n".repeat(31))).is_err());
}
