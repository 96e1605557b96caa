//! A kube-apiserver, asked for verdicts.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;

use crate::apiserver::ApiServer;
use crate::corpus::Case;

/// Where objects without a namespace go.
const NAMESPACE: &str = "test";

/// How many objects are under way at once.
const AT_ONCE: usize = 8;

/// What the server says of an object.
pub(crate) struct Verdict {
    pub(crate) accepted: bool,
    /// HTTP's; 599 if it hung up, 404 if it knows no such kind.
    pub(crate) status: u16,
    /// Why it is refused; empty where it is accepted.
    pub(crate) message: String,
}

/// Plural and whether it is namespaced, by version and kind.
type Kinds = BTreeMap<(String, String), (String, bool)>;

/// A server with a namespace to put objects into.
pub(crate) struct Server {
    server: ApiServer,
}

impl std::ops::Deref for Server {
    type Target = ApiServer;

    fn deref(&self) -> &ApiServer {
        &self.server
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let server = ApiServer::start();
        server.create(
            "/api/v1/namespaces",
            &serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}),
        );
        Self { server }
    }

    /// Its verdicts, in the order of the cases. Nothing is kept there.
    pub(crate) fn judge(&self, cases: &[Case]) -> Vec<Verdict> {
        self.runtime().block_on(async {
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
}
