//! The functions and operators that rules may use, with the types that they take and give.
//!
//! All that any of the versions has which consign knows: <https://kubernetes.io/docs/reference/using-api/cel/>.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::types::{Type, split};

/// One way to call a function.
pub(super) struct Overload {
    /// The type of what stands before the dot; none where nothing does.
    pub(super) target: Option<Type<'static>>,
    pub(super) arguments: Vec<Type<'static>>,
    pub(super) result: Type<'static>,
}

/// What begins the names of functions that rules do not have, or have in versions to come: nothing is said of these.
pub(super) const ELSEWHERE: [&str; 5] = ["base64", "cel", "jsonpatch", "math", "regex"];

/// By name.
pub(super) static ALL: LazyLock<HashMap<&'static str, Vec<Overload>>> = LazyLock::new(|| {
    let mut all: HashMap<&'static str, Vec<Overload>> = HashMap::new();
    let mut add = |name, target: &'static str, arguments: &'static str, result: &'static str| {
        let target = (!target.is_empty()).then(|| Type::parse(target));
        let arguments = split(arguments).map(Type::parse).collect();
        all.entry(name).or_default().push(Overload { target, arguments, result: Type::parse(result) });
    };
    for (name, target, arguments, result) in TABLE {
        add(name, target, arguments, result);
    }
    for name in ["_<_", "_<=_", "_>_", "_>=_"] {
        for arguments in COMPARED {
            add(name, "", arguments, "bool");
        }
    }
    for name in FORMATS {
        add(name, "", "", "kubernetes.NamedFormat");
    }
    for name in TIME_PARTS {
        add(name, "timestamp", "", "int");
        add(name, "timestamp", "string", "int");
    }
    for name in ["getHours", "getMinutes", "getSeconds", "getMilliseconds"] {
        add(name, "duration", "", "int");
    }
    all
});

/// What `<` and its like compare.
const COMPARED: [&str; 14] = [
    "int,int",
    "int,uint",
    "int,double",
    "uint,uint",
    "uint,int",
    "uint,double",
    "double,double",
    "double,int",
    "double,uint",
    "bool,bool",
    "string,string",
    "bytes,bytes",
    "timestamp,timestamp",
    "duration,duration",
];

const TIME_PARTS: [&str; 10] = [
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
];

const FORMATS: [&str; 13] = [
    "format.byte",
    "format.date",
    "format.datetime",
    "format.dns1035Label",
    "format.dns1035LabelPrefix",
    "format.dns1123Label",
    "format.dns1123LabelPrefix",
    "format.dns1123Subdomain",
    "format.dns1123SubdomainPrefix",
    "format.labelValue",
    "format.qualifiedName",
    "format.uri",
    "format.uuid",
];

/// Name, what stands before the dot, arguments, result.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str)] = &[
    // Operators.
    ("!_", "", "bool", "bool"),
    ("@not_strictly_false", "", "bool", "bool"),
    ("-_", "", "int", "int"),
    ("-_", "", "double", "double"),
    ("_==_", "", "A,A", "bool"),
    ("_!=_", "", "A,A", "bool"),
    ("_?_:_", "", "bool,A,A", "A"),
    ("@in", "", "A,list(A)", "bool"),
    ("@in", "", "A,map(A,B)", "bool"),
    ("_[_]", "", "list(A),int", "A"),
    ("_[_]", "", "map(A,B),A", "B"),
    ("_[_]", "", "optional(list(A)),int", "optional(A)"),
    ("_[_]", "", "optional(map(A,B)),A", "optional(B)"),
    ("_[?_]", "", "list(A),int", "optional(A)"),
    ("_[?_]", "", "map(A,B),A", "optional(B)"),
    ("_[?_]", "", "optional(list(A)),int", "optional(A)"),
    ("_[?_]", "", "optional(map(A,B)),A", "optional(B)"),
    ("_+_", "", "int,int", "int"),
    ("_+_", "", "uint,uint", "uint"),
    ("_+_", "", "double,double", "double"),
    ("_+_", "", "string,string", "string"),
    ("_+_", "", "bytes,bytes", "bytes"),
    ("_+_", "", "list(A),list(A)", "list(A)"),
    ("_+_", "", "timestamp,duration", "timestamp"),
    ("_+_", "", "duration,timestamp", "timestamp"),
    ("_+_", "", "duration,duration", "duration"),
    ("_-_", "", "int,int", "int"),
    ("_-_", "", "uint,uint", "uint"),
    ("_-_", "", "double,double", "double"),
    ("_-_", "", "timestamp,timestamp", "duration"),
    ("_-_", "", "timestamp,duration", "timestamp"),
    ("_-_", "", "duration,duration", "duration"),
    ("_*_", "", "int,int", "int"),
    ("_*_", "", "uint,uint", "uint"),
    ("_*_", "", "double,double", "double"),
    ("_/_", "", "int,int", "int"),
    ("_/_", "", "uint,uint", "uint"),
    ("_/_", "", "double,double", "double"),
    ("_%_", "", "int,int", "int"),
    ("_%_", "", "uint,uint", "uint"),
    // Types.
    ("bool", "", "bool", "bool"),
    ("bool", "", "string", "bool"),
    ("bytes", "", "bytes", "bytes"),
    ("bytes", "", "string", "bytes"),
    ("double", "", "double", "double"),
    ("double", "", "int", "double"),
    ("double", "", "uint", "double"),
    ("double", "", "string", "double"),
    ("dyn", "", "A", "dyn"),
    ("duration", "", "duration", "duration"),
    ("duration", "", "int", "duration"),
    ("duration", "", "string", "duration"),
    ("int", "", "int", "int"),
    ("int", "", "uint", "int"),
    ("int", "", "double", "int"),
    ("int", "", "string", "int"),
    ("int", "", "timestamp", "int"),
    ("int", "", "duration", "int"),
    ("string", "", "string", "string"),
    ("string", "", "bool", "string"),
    ("string", "", "int", "string"),
    ("string", "", "uint", "string"),
    ("string", "", "double", "string"),
    ("string", "", "bytes", "string"),
    ("string", "", "timestamp", "string"),
    ("string", "", "duration", "string"),
    ("string", "", "net.IP", "string"),
    ("string", "", "net.CIDR", "string"),
    ("timestamp", "", "timestamp", "timestamp"),
    ("timestamp", "", "int", "timestamp"),
    ("timestamp", "", "string", "timestamp"),
    ("type", "", "A", "type(A)"),
    ("uint", "", "uint", "uint"),
    ("uint", "", "int", "uint"),
    ("uint", "", "double", "uint"),
    ("uint", "", "string", "uint"),
    // Sizes.
    ("size", "", "string", "int"),
    ("size", "", "bytes", "int"),
    ("size", "", "list(A)", "int"),
    ("size", "", "map(A,B)", "int"),
    ("size", "string", "", "int"),
    ("size", "bytes", "", "int"),
    ("size", "list(A)", "", "int"),
    ("size", "map(A,B)", "", "int"),
    // Strings.
    ("contains", "string", "string", "bool"),
    ("endsWith", "string", "string", "bool"),
    ("startsWith", "string", "string", "bool"),
    ("matches", "string", "string", "bool"),
    ("matches", "", "string,string", "bool"),
    ("charAt", "string", "int", "string"),
    ("find", "string", "string", "string"),
    ("findAll", "string", "string", "list(string)"),
    ("findAll", "string", "string,int", "list(string)"),
    ("format", "string", "list(dyn)", "string"),
    ("indexOf", "string", "string", "int"),
    ("indexOf", "string", "string,int", "int"),
    ("lastIndexOf", "string", "string", "int"),
    ("lastIndexOf", "string", "string,int", "int"),
    ("join", "list(string)", "", "string"),
    ("join", "list(string)", "string", "string"),
    ("lowerAscii", "string", "", "string"),
    ("upperAscii", "string", "", "string"),
    ("replace", "string", "string,string", "string"),
    ("replace", "string", "string,string,int", "string"),
    ("reverse", "string", "", "string"),
    ("split", "string", "string", "list(string)"),
    ("split", "string", "string,int", "list(string)"),
    ("strings.quote", "", "string", "string"),
    ("substring", "string", "int", "string"),
    ("substring", "string", "int,int", "string"),
    ("trim", "string", "", "string"),
    // Lists.
    ("distinct", "list(A)", "", "list(A)"),
    ("first", "list(A)", "", "optional(A)"),
    ("last", "list(A)", "", "optional(A)"),
    ("flatten", "list(list(A))", "", "list(A)"),
    ("flatten", "list(dyn)", "int", "list(dyn)"),
    ("indexOf", "list(A)", "A", "int"),
    ("lastIndexOf", "list(A)", "A", "int"),
    ("lists.range", "", "int", "list(int)"),
    ("reverse", "list(A)", "", "list(A)"),
    ("slice", "list(A)", "int,int", "list(A)"),
    ("sets.contains", "", "list(A),list(A)", "bool"),
    ("sets.equivalent", "", "list(A),list(A)", "bool"),
    ("sets.intersects", "", "list(A),list(A)", "bool"),
    ("isSorted", "list(int)", "", "bool"),
    ("isSorted", "list(uint)", "", "bool"),
    ("isSorted", "list(double)", "", "bool"),
    ("isSorted", "list(bool)", "", "bool"),
    ("isSorted", "list(string)", "", "bool"),
    ("isSorted", "list(bytes)", "", "bool"),
    ("isSorted", "list(duration)", "", "bool"),
    ("isSorted", "list(timestamp)", "", "bool"),
    ("max", "list(int)", "", "int"),
    ("max", "list(uint)", "", "uint"),
    ("max", "list(double)", "", "double"),
    ("max", "list(bool)", "", "bool"),
    ("max", "list(string)", "", "string"),
    ("max", "list(bytes)", "", "bytes"),
    ("max", "list(duration)", "", "duration"),
    ("max", "list(timestamp)", "", "timestamp"),
    ("min", "list(int)", "", "int"),
    ("min", "list(uint)", "", "uint"),
    ("min", "list(double)", "", "double"),
    ("min", "list(bool)", "", "bool"),
    ("min", "list(string)", "", "string"),
    ("min", "list(bytes)", "", "bytes"),
    ("min", "list(duration)", "", "duration"),
    ("min", "list(timestamp)", "", "timestamp"),
    ("sort", "list(int)", "", "list(int)"),
    ("sort", "list(uint)", "", "list(uint)"),
    ("sort", "list(double)", "", "list(double)"),
    ("sort", "list(bool)", "", "list(bool)"),
    ("sort", "list(string)", "", "list(string)"),
    ("sort", "list(bytes)", "", "list(bytes)"),
    ("sort", "list(duration)", "", "list(duration)"),
    ("sort", "list(timestamp)", "", "list(timestamp)"),
    ("sum", "list(int)", "", "int"),
    ("sum", "list(uint)", "", "uint"),
    ("sum", "list(double)", "", "double"),
    ("sum", "list(duration)", "", "duration"),
    // Values that may not be there.
    ("hasValue", "optional(A)", "", "bool"),
    ("optional.none", "", "", "optional(A)"),
    ("optional.of", "", "A", "optional(A)"),
    ("optional.ofNonZeroValue", "", "A", "optional(A)"),
    ("optional.unwrap", "", "list(optional(A))", "list(A)"),
    ("unwrapOpt", "list(optional(A))", "", "list(A)"),
    ("or", "optional(A)", "optional(A)", "optional(A)"),
    ("orValue", "optional(A)", "A", "A"),
    ("value", "optional(A)", "", "A"),
    // Quantities.
    ("quantity", "", "string", "kubernetes.Quantity"),
    ("isQuantity", "", "string", "bool"),
    ("add", "kubernetes.Quantity", "kubernetes.Quantity", "kubernetes.Quantity"),
    ("add", "kubernetes.Quantity", "int", "kubernetes.Quantity"),
    ("sub", "kubernetes.Quantity", "kubernetes.Quantity", "kubernetes.Quantity"),
    ("sub", "kubernetes.Quantity", "int", "kubernetes.Quantity"),
    ("asApproximateFloat", "kubernetes.Quantity", "", "double"),
    ("asInteger", "kubernetes.Quantity", "", "int"),
    ("isInteger", "kubernetes.Quantity", "", "bool"),
    ("sign", "", "kubernetes.Quantity", "int"),
    ("sign", "kubernetes.Quantity", "", "int"),
    ("compareTo", "kubernetes.Quantity", "kubernetes.Quantity", "int"),
    ("isGreaterThan", "kubernetes.Quantity", "kubernetes.Quantity", "bool"),
    ("isLessThan", "kubernetes.Quantity", "kubernetes.Quantity", "bool"),
    // Addresses.
    ("url", "", "string", "kubernetes.URL"),
    ("isURL", "", "string", "bool"),
    ("getEscapedPath", "kubernetes.URL", "", "string"),
    ("getHost", "kubernetes.URL", "", "string"),
    ("getHostname", "kubernetes.URL", "", "string"),
    ("getPort", "kubernetes.URL", "", "string"),
    ("getQuery", "kubernetes.URL", "", "map(string,list(string))"),
    ("getScheme", "kubernetes.URL", "", "string"),
    ("ip", "", "string", "net.IP"),
    ("ip", "net.CIDR", "", "net.IP"),
    ("ip.isCanonical", "", "string", "bool"),
    ("isIP", "", "string", "bool"),
    ("family", "net.IP", "", "int"),
    ("isGlobalUnicast", "net.IP", "", "bool"),
    ("isLinkLocalMulticast", "net.IP", "", "bool"),
    ("isLinkLocalUnicast", "net.IP", "", "bool"),
    ("isLoopback", "net.IP", "", "bool"),
    ("isUnspecified", "net.IP", "", "bool"),
    ("cidr", "", "string", "net.CIDR"),
    ("isCIDR", "", "string", "bool"),
    ("containsCIDR", "net.CIDR", "net.CIDR", "bool"),
    ("containsCIDR", "net.CIDR", "string", "bool"),
    ("containsIP", "net.CIDR", "net.IP", "bool"),
    ("containsIP", "net.CIDR", "string", "bool"),
    ("masked", "net.CIDR", "", "net.CIDR"),
    ("prefixLength", "net.CIDR", "", "int"),
    // Who may do what.
    ("serviceAccount", "kubernetes.authorization.Authorizer", "string,string", "kubernetes.authorization.Authorizer"),
    ("path", "kubernetes.authorization.Authorizer", "string", "kubernetes.authorization.PathCheck"),
    ("group", "kubernetes.authorization.Authorizer", "string", "kubernetes.authorization.GroupCheck"),
    ("resource", "kubernetes.authorization.GroupCheck", "string", "kubernetes.authorization.ResourceCheck"),
    ("subresource", "kubernetes.authorization.ResourceCheck", "string", "kubernetes.authorization.ResourceCheck"),
    ("namespace", "kubernetes.authorization.ResourceCheck", "string", "kubernetes.authorization.ResourceCheck"),
    ("name", "kubernetes.authorization.ResourceCheck", "string", "kubernetes.authorization.ResourceCheck"),
    ("fieldSelector", "kubernetes.authorization.ResourceCheck", "string", "kubernetes.authorization.ResourceCheck"),
    ("labelSelector", "kubernetes.authorization.ResourceCheck", "string", "kubernetes.authorization.ResourceCheck"),
    ("check", "kubernetes.authorization.PathCheck", "string", "kubernetes.authorization.Decision"),
    ("check", "kubernetes.authorization.ResourceCheck", "string", "kubernetes.authorization.Decision"),
    ("allowed", "kubernetes.authorization.Decision", "", "bool"),
    ("errored", "kubernetes.authorization.Decision", "", "bool"),
    ("error", "kubernetes.authorization.Decision", "", "string"),
    ("reason", "kubernetes.authorization.Decision", "", "string"),
    // Versions and formats.
    ("semver", "", "string", "kubernetes.Semver"),
    ("semver", "", "string,bool", "kubernetes.Semver"),
    ("isSemver", "", "string", "bool"),
    ("isSemver", "", "string,bool", "bool"),
    ("major", "kubernetes.Semver", "", "int"),
    ("minor", "kubernetes.Semver", "", "int"),
    ("patch", "kubernetes.Semver", "", "int"),
    ("compareTo", "kubernetes.Semver", "kubernetes.Semver", "int"),
    ("isGreaterThan", "kubernetes.Semver", "kubernetes.Semver", "bool"),
    ("isLessThan", "kubernetes.Semver", "kubernetes.Semver", "bool"),
    ("format.named", "", "string", "optional(kubernetes.NamedFormat)"),
    ("validate", "kubernetes.NamedFormat", "string", "optional(list(string))"),
];
