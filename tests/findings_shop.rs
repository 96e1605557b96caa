//! The example `shop`, broken as people break such files. Each message has to lead to the mend by itself.

// A panic in a helper is a test that fails.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{Folder, Transcript};

/// What somebody does, in which file, the text that is there, and the text that takes its place.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("Misspells a field", "shop/orders/deployment.yaml", "  replicas: 2\n", "  replcas: 2\n"),
    (
        "Puts a field one level too high",
        "shop/orders/deployment.yaml",
        "    spec:\n      serviceAccountName: orders\n",
        "    serviceAccountName: orders\n    spec:\n",
    ),
    ("Puts a number in quotes", "shop/orders/service.yaml", "      port: 8080\n", "      port: \"8080\"\n"),
    ("Leaves the quotes out", "shop/orders/deployment.yaml", "scrape: \"true\"", "scrape: true"),
    (
        "Gives an environment variable a number",
        "shop/orders/deployment.yaml",
        "          env:\n",
        "          env:\n            - name: RETRIES\n              value: 3\n",
    ),
    (
        "Changes the labels of the pods and forgets the selector",
        "shop/orders/deployment.yaml",
        "  selector:\n    matchLabels:\n      app.kubernetes.io/name: orders\n",
        "  selector:\n    matchLabels:\n      app.kubernetes.io/name: order\n",
    ),
    ("Writes a size as people say it", "shop/orders/deployment.yaml", "memory: 512Mi", "memory: 512MB"),
    ("Asks for more than the limit", "shop/orders/deployment.yaml", "memory: 256Mi", "memory: 1Gi"),
    (
        "Names a port that is too long",
        "shop/orders/deployment.yaml",
        "name: metrics\n              containerPort",
        "name: prometheus-metrics\n              containerPort",
    ),
    ("Misspells a value", "shop/orders/deployment.yaml", "ScheduleAnyway", "ScheduleAnyways"),
    (
        "Mounts a volume that is not there",
        "shop/storefront/deployment.yaml",
        "- name: tmp\n              mountPath",
        "- name: cache\n              mountPath",
    ),
    ("Indents with a tab", "shop/storefront/service.yaml", "  ports:\n    - name", "  ports:\n\t- name"),
    ("Loses the indentation", "shop/storefront/service.yaml", "      targetPort: http", "    targetPort: http"),
    (
        "Copies from an old tutorial",
        "shop/storefront/ingress.yaml",
        "networking.k8s.io/v1\nkind: Ingress",
        "extensions/v1beta1\nkind: Ingress",
    ),
    (
        "Copies the old form of a backend",
        "shop/storefront/ingress.yaml",
        "              service:\n                name: storefront\n                port:\n                  name: http\n",
        "              serviceName: storefront\n              servicePort: http\n",
    ),
    ("Misses the path's type", "shop/storefront/ingress.yaml", "            pathType: Prefix\n", ""),
    ("Writes a schedule with six fields", "shop/reports/cronjob.yaml", "15 3 * * *", "0 15 3 * * *"),
    ("Lets a job restart always", "shop/reports/cronjob.yaml", "restartPolicy: Never", "restartPolicy: Always"),
    ("Turns minimum and maximum round", "shop/storefront/scaling.yaml", "minReplicas: 2", "minReplicas: 20"),
    (
        "Gives an account no namespace",
        "cluster/reader-role.yaml",
        "    name: reports\n    namespace: shop\n",
        "    name: reports\n",
    ),
    (
        "Forgets the group of a role",
        "cluster/reader-role.yaml",
        "  - apiGroups: [\"\"]\n    resources",
        "  - resources",
    ),
    (
        "Writes a name in capital letters",
        "shop/reports/service-account.yaml",
        "name: reports\n  namespace",
        "name: Reports\n  namespace",
    ),
    (
        "Copies a file and forgets the name",
        "shop/reports/service-account.yaml",
        "name: reports\n  namespace",
        "name: orders\n  namespace",
    ),
    ("Means a kind that is called otherwise", "shop/reports/cronjob.yaml", "kind: CronJob", "kind: Cronjob"),
    ("Shortens the name of a field", "shop/storefront/deployment.yaml", "livenessProbe:", "liveness:"),
    ("Calls a port what a Service calls it", "shop/orders/deployment.yaml", "containerPort: 8080", "port: 8080"),
    (
        "Puts an amount beside the requests",
        "shop/orders/deployment.yaml",
        "          resources:\n",
        "          resources:\n            cpu: 100m\n",
    ),
    (
        "Leaves a list item without its dash",
        "shop/orders/deployment.yaml",
        "        - name: orders\n          image",
        "          name: orders\n          image",
    ),
    (
        "Commits a token",
        "shop/storefront/config.yaml",
        "data:\n  nginx.conf",
        "data:\n  token: ghp_0123456789abcdefghijABCDEFGHIJ012345\n  nginx.conf",
    ),
    (
        "Commits a token, and at the wrong place",
        "shop/orders/deployment.yaml",
        "            - name: POD_NAME\n",
        "            - TOKEN: ghp_0123456789abcdefghijABCDEFGHIJ012345\n            - name: POD_NAME\n",
    ),
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn each_message_leads_to_the_mend() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let folder = Folder::new();
    copy(&shop, &folder.path().join("shop"));
    let mut t = Transcript::new("findings-shop");
    t.say("As it is");
    t.run(&folder, &["validate", "shop"]);
    for (what, file, is, becomes) in MISTAKES {
        let path = folder.path().join("shop").join(file);
        let good = fs::read_to_string(&path).unwrap();
        assert!(good.contains(is), "{what}: {file}");
        fs::write(&path, good.replacen(is, becomes, 1)).unwrap();
        t.say(&format!("{what} ({file})"));
        t.run(&folder, &["validate", "shop", "-q"]);
        fs::write(&path, good).unwrap();
    }
    t.check();
}
