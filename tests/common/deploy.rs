//! All that `consign deploy` can be told, so that every test of what it prints goes through all of it.

/// At a registry of Google.
pub const IMAGE: &str = "us-docker.pkg.dev/shop/configs/prod:v1";
/// At another one.
pub const ELSEWHERE: &str = "ghcr.io/shop/configs:1.10";
pub const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The consumer that `validate` is told, and the words behind `deploy`.
pub fn table() -> Vec<(&'static str, Vec<String>)> {
    let pinned = format!("{IMAGE}@{DIGEST}");
    let digest = format!("us-docker.pkg.dev/shop/configs/prod@{DIGEST}");
    let mut rows: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut add = |consumer: &'static str, start: &[&str], variants: &[&str]| {
        for variant in variants {
            let words = start.iter().copied().chain(variant.split_whitespace());
            rows.push((consumer, words.map(str::to_owned).collect()));
        }
    };
    let config_sync = [
        "",
        "--dir /clusters/prod/ --period 1m30s",
        "--auth k8sserviceaccount --config-sync-version 1.17.2",
        "--auth gcpserviceaccount --gcp-service-account puller@shop.iam.gserviceaccount.com --config-sync-version 1.15",
        "--auth gcenode",
        "--auth none",
        "--auth token --secret pull --config-sync-version v1.24",
        "--ca-cert-secret authority",
        "--deletion-propagation foreground",
        "--deletion-propagation orphan",
        "--resources oci-sync:cpu-request=50m,cpu-limit=1,memory-request=64Mi,memory-limit=0.5Gi --resources reconciler:memory-limit=1G",
        "--log-level reconciler=0 --log-level oci-sync=10",
        "--status-mode enabled --reconcile-timeout 10m --api-server-timeout 1m",
        "--status-mode disabled --enable-shell-in-rendering",
    ];
    add("config-sync", &["rootsync", "shop", IMAGE], &config_sync);
    add("config-sync", &["rootsync", "root-sync", &pinned], &config_sync[..1]);
    add("config-sync", &["rootsync", "a-name-of-38-characters-is-the-longest", &digest], &config_sync[..1]);
    add("config-sync", &["rootsync", "1.10", ELSEWHERE, "--auth", "none"], &config_sync[..2]);
    add("config-sync", &["rootsync", "shop", "localhost:5000/a:007", "--auth", "none"], &[""]);
    add("config-sync", &["rootsync", "shop", "oci://[::1]:5000/a:v1", "--auth", "none"], &[""]);
    let root = [
        "--source-format hierarchy",
        "--source-format unstructured --namespace-strategy explicit",
        "--namespace-strategy implicit",
        "--role-ref ClusterRole/view --role-ref Role/deployer:team --role-ref ClusterRole/system:node:team",
    ];
    add("config-sync", &["rootsync", "shop", IMAGE], &root);
    add("config-sync", &["reposync", "team/shop", IMAGE], &config_sync);
    let repo = ["--with-namespace", "--with-rbac", "--with-rbac --role Role/deployer --with-namespace"];
    add("config-sync", &["reposync", "team/shop", &pinned], &repo);
    add("config-sync", &["reposync", "team/repo-sync", IMAGE], &repo);
    let flux = [
        "",
        "--namespace team --interval 1m --path clusters/prod",
        "--provider generic",
        "--provider gcp",
        "--provider aws",
        "--provider azure",
        "--secret pull --ca-cert-secret authority --insecure",
        "--no-prune --wait --service-account applier",
        "--target-namespace team --with-namespace",
    ];
    add("flux", &["flux", "shop", IMAGE], &flux);
    add("flux", &["flux", "007", &pinned], &flux[..1]);
    add("flux", &["flux", "shop", ELSEWHERE], &flux[..1]);
    add("flux", &["flux", "shop", "ghcr.io/shop/configs"], &["--semver >=1.0.0 --secret pull", "--semver *"]);
    let argo_cd = [
        "",
        "--namespace team --project shop --path overlays/prod --no-recurse",
        "--dest-server https://10.0.0.1:6443 --dest-namespace team",
        "--dest-name prod --manual",
        "--no-prune --no-self-heal",
        "--dest-namespace team --with-namespace",
    ];
    add("argocd", &["argocd", "shop", IMAGE], &argo_cd);
    add("argocd", &["argocd", "on", &pinned], &argo_cd[..1]);
    add("argocd", &["argocd", "shop", ELSEWHERE], &argo_cd[..1]);
    rows
}
