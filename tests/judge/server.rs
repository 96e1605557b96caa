//! etcd and kube-apiserver, started on loopback for one test, and asked for verdicts.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use reqwest::{Client, Method};
use rustls::crypto::ring;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::common::Folder;
use crate::corpus::Case;

/// The only user's, a member of `system:masters`.
pub(crate) const TOKEN: &str = "judge";

/// Where objects without a namespace go.
const NAMESPACE: &str = "test";

/// How many objects are under way at once.
const AT_ONCE: usize = 8;

/// How long the programs may take to start.
const START: Duration = Duration::from_mins(2);

/// What the server says of an object.
pub(crate) struct Verdict {
    pub(crate) accepted: bool,
    /// HTTP's; 599 if it hung up, 404 if it knows no such kind.
    pub(crate) status: u16,
    /// Why it is refused; empty where it is accepted.
    pub(crate) message: String,
}

/// Ended with the value.
pub(crate) struct Server {
    runtime: Runtime,
    client: Client,
    address: String,
    /// Last started, first ended.
    children: Vec<Child>,
    /// What they write.
    folder: Folder,
}

/// Plural and whether it is namespaced, by version and kind.
type Kinds = BTreeMap<(String, String), (String, bool)>;

impl Server {
    /// Starts both programs, each on a free port, and waits until objects can be sent.
    pub(crate) fn start() -> Self {
        let [etcd_program, server_program] = ["ETCD", "KUBE_APISERVER"].map(|name| {
            std::env::var_os(name).unwrap_or_else(|| panic!("{name} must name the program: .ci/run makes it"))
        });
        let folder = Folder::new();
        let [client_port, peer_port, port] = free_ports();
        let etcd_url = format!("http://127.0.0.1:{client_port}");
        let peer_url = format!("http://127.0.0.1:{peer_port}");
        let data = folder.path().join("etcd").display().to_string();
        let etcd = [
            "--name=judge".to_owned(),
            format!("--data-dir={data}"),
            "--unsafe-no-fsync".to_owned(),
            format!("--listen-client-urls={etcd_url}"),
            format!("--advertise-client-urls={etcd_url}"),
            format!("--listen-peer-urls={peer_url}"),
            format!("--initial-advertise-peer-urls={peer_url}"),
            format!("--initial-cluster=judge={peer_url}"),
        ];
        let arguments = server_arguments(folder.path(), &etcd_url, port);
        let mut server = Self {
            runtime: Runtime::new().expect("a runtime"),
            client: client(),
            address: format!("https://127.0.0.1:{port}"),
            children: Vec::new(),
            folder,
        };
        let logs = server.folder.path().to_owned();
        server.children.push(started(Command::new(etcd_program).args(etcd), &logs.join("etcd.log")));
        server.children.push(started(Command::new(server_program).args(arguments), &logs.join("kube-apiserver.log")));
        server.wait(&logs);
        let namespace = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        let (status, answer) =
            server.runtime.block_on(server.call(Method::POST, "/api/v1/namespaces", Some(&namespace)));
        assert_eq!(status, 201, "{answer}");
        server
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    fn wait(&mut self, logs: &Path) {
        let begun = Instant::now();
        while self.runtime.block_on(self.call(Method::GET, "/readyz", None)).0 != 200 {
            let has_ended = self.children.iter_mut().any(|child| child.try_wait().expect("a child").is_some());
            if has_ended || begun.elapsed() > START {
                let log = |name: &str| fs::read_to_string(logs.join(name)).unwrap_or_default();
                panic!("kube-apiserver does not start\n{}\n{}", log("etcd.log"), log("kube-apiserver.log"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Creates the CRDs and waits until objects of their kinds can be sent.
    pub(crate) fn apply(&self, definitions: &[Value]) {
        let begun = Instant::now();
        let all = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict";
        for definition in definitions {
            let (status, answer) = self.runtime.block_on(self.call(Method::POST, all, Some(definition)));
            assert_eq!(status, 201, "{}: {answer}", definition["metadata"]["name"]);
        }
        for definition in definitions {
            let (group, plural) = (&definition["spec"]["group"], &definition["spec"]["names"]["plural"]);
            for version in definition["spec"]["versions"].as_array().into_iter().flatten() {
                if version["served"] != true {
                    continue;
                }
                let path = [group, &version["name"], plural].map(|part| part.as_str().expect("text")).join("/");
                while self.runtime.block_on(self.call(Method::GET, &format!("/apis/{path}"), None)).0 != 200 {
                    assert!(begun.elapsed() < START, "the server does not serve {path}");
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }

    /// Its verdicts, in the order of the cases. Nothing is kept there.
    pub(crate) fn judge(&self, cases: &[Case]) -> Vec<Verdict> {
        self.runtime.block_on(async {
            let kinds = self.kinds().await;
            let verdicts = cases.iter().map(|case| self.verdict(&case.object, &kinds));
            stream::iter(verdicts).buffered(AT_ONCE).collect().await
        })
    }

    async fn verdict(&self, object: &Value, kinds: &Kinds) -> Verdict {
        let [version, kind] = ["apiVersion", "kind"].map(|key| object[key].as_str().unwrap_or_default().to_owned());
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        let namespace = object["metadata"]["namespace"].as_str().filter(|name| !name.is_empty()).unwrap_or(NAMESPACE);
        let path = match kinds.get(&(version, kind)) {
            Some((plural, true)) => format!("{root}/namespaces/{namespace}/{plural}"),
            Some((plural, false)) => format!("{root}/{plural}"),
            None => return Verdict { accepted: false, status: 404, message: "no such kind".to_owned() },
        };
        let path = format!("{path}?dryRun=All&fieldValidation=Strict");
        let (status, answer) = self.call(Method::POST, &path, Some(object)).await;
        let status_object: Value = serde_json::from_str(&answer).unwrap_or_default();
        // That it is there already is found last, after everything else was found to be in order.
        let accepted = matches!(status, 200 | 201) || status_object["reason"] == "AlreadyExists";
        let message = status_object["message"].as_str().unwrap_or(&answer);
        Verdict { accepted, status, message: if accepted { String::new() } else { message.to_owned() } }
    }

    /// Every kind that it serves.
    async fn kinds(&self) -> Kinds {
        let (_, groups) = self.call(Method::GET, "/apis", None).await;
        let groups: Value = serde_json::from_str(&groups).expect("JSON");
        let versions = groups["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|group| group["versions"].as_array())
            .flatten();
        let mut roots = vec!["/api/v1".to_owned()];
        roots.extend(versions.filter_map(|version| Some(format!("/apis/{}", version["groupVersion"].as_str()?))));
        let mut kinds = Kinds::new();
        for root in roots {
            let (_, list) = self.call(Method::GET, &root, None).await;
            let list: Value = serde_json::from_str(&list).expect("JSON");
            let version = list["groupVersion"].as_str().unwrap_or_default();
            for resource in list["resources"].as_array().into_iter().flatten() {
                let [name, kind] = ["name", "kind"].map(|key| resource[key].as_str().unwrap_or_default());
                if !name.contains('/') {
                    let is_namespaced = resource["namespaced"] == true;
                    kinds.insert((version.to_owned(), kind.to_owned()), (name.to_owned(), is_namespaced));
                }
            }
        }
        kinds
    }

    /// Status and body of an answer; 599 and why if there is none.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, String) {
        let mut request = self.client.request(method, format!("{}{path}", self.address)).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = async {
            let response = request.send().await?;
            Ok::<_, reqwest::Error>((response.status().as_u16(), response.text().await?))
        };
        answer.await.unwrap_or_else(|error| (599, format!("no answer: {error}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// With keep-alive on as many connections as it takes. The server's certificate is its own, and both ends are this test's.
fn client() -> Client {
    let _ = ring::default_provider().install_default();
    let builder = Client::builder().tls_certs_only([]).tls_danger_accept_invalid_certs(true).no_proxy().http1_only();
    builder.timeout(Duration::from_mins(1)).build().expect("a client")
}

/// The arguments of kube-apiserver, with the files they name.
fn server_arguments(folder: &Path, etcd_url: &str, port: u16) -> Vec<String> {
    let at = |name: &str| folder.join(name).display().to_string();
    let [tokens, key, public_key] = ["tokens.csv", "service-account.key", "service-account.pub"].map(at);
    let pair = rcgen::KeyPair::generate().expect("a key");
    fs::write(&tokens, format!("{TOKEN},judge,judge,system:masters\n")).expect("a file");
    fs::write(&key, pair.serialize_pem()).expect("a file");
    fs::write(&public_key, pair.public_key_pem()).expect("a file");
    vec![
        format!("--etcd-servers={etcd_url}"),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", at("certificates")),
        format!("--token-auth-file={tokens}"),
        "--authorization-mode=RBAC".to_owned(),
        "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
        format!("--service-account-key-file={public_key}"),
        format!("--service-account-signing-key-file={key}"),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--runtime-config=api/all=true".to_owned(),
    ]
}

/// Ports that nobody listens on, all different.
fn free_ports<const N: usize>() -> [u16; N] {
    let ears: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    ears.map(|ear| ear.local_addr().expect("an address").port())
}

fn started(command: &mut Command, log: &Path) -> Child {
    let log = fs::File::create(log).expect("a log");
    command.stdin(Stdio::null()).stdout(log.try_clone().expect("a handle")).stderr(log);
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
