//! A `gcloud` for tests of `consign setup`: a script that records how it is called.

use super::Folder;

pub const REPOSITORY: &str = "europe-west1-docker.pkg.dev/shop-prod/configs";

/// A run with a writer and a reader.
pub const RUN: &[&str] = &[
    "setup",
    REPOSITORY,
    "--writer",
    "me@example.com",
    "--rootsync",
    "shop",
    "--fleet-project",
    "shop-fleet",
    "--run",
];

/// A `gcloud` that keeps what it is told in files, and writes down how it was called. `failures` are further branches of its `case`.
pub fn with_gcloud(failures: &str) -> Folder {
    let folder = Folder::new();
    folder.file("state/policy", "");
    folder.file("state/account-policy", "");
    folder.file("home/.docker/other", "");
    folder.program("gcloud", &GCLOUD.replace("FAILURES", failures));
    folder
}

/// Only what the shell has by itself: no other program is on PATH.
const GCLOUD: &str = r#"
echo "$*" >>calls
[ "$CLOUDSDK_CORE_DISABLE_PROMPTS" = 1 ] || exit 9
for word in "$@"; do
  case $word in --member=*) member=${word#--member=};; --role=*) role=${word#--role=};; esac
done
policy() {
  printf '{"bindings":['
  while read -r binding; do printf '%s' "$binding"; done <"$1"
  printf '{"role":"roles/viewer","members":["user:other@example.com"]}],"etag":"BwY="}\n'
}
case "$*" in
FAILURES
'services list '*) if [ -e state/api ]; then echo '[{"config":{"name":"artifactregistry.googleapis.com"}}]'; else echo '[]'; fi;;
'services enable '*) : >state/api; echo 'Operation finished successfully.' >&2;;
'artifacts repositories describe '*)
  [ -e state/repository ] || { echo 'ERROR: (gcloud.artifacts.repositories.describe) NOT_FOUND: Requested entity was not found.' >&2; exit 1; }
  echo 'Encryption: Google-managed key' >&2; echo '{"format":"DOCKER","mode":"STANDARD_REPOSITORY"}';;
'artifacts repositories list '*) echo '[{"name":"projects/shop-prod/locations/us/repositories/other"}]';;
'artifacts repositories create '*) : >state/repository; echo 'Created repository.' >&2;;
'artifacts repositories get-iam-policy '*) policy state/policy;;
'artifacts repositories add-iam-policy-binding '*) echo "{\"role\":\"$role\",\"members\":[\"$member\"]}," >>state/policy;;
'iam service-accounts get-iam-policy '*) policy state/account-policy;;
'iam service-accounts add-iam-policy-binding '*) echo "{\"role\":\"$role\",\"members\":[\"$member\"]}," >>state/account-policy;;
'auth configure-docker '*) echo "{\"credHelpers\":{\"$3\":\"gcloud\"}}" >"$HOME/.docker/config.json";;
*) echo "ERROR: (gcloud) Invalid choice: '$1'." >&2; exit 2;;
esac"#;

pub fn calls(folder: &Folder) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join("calls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The calls that change something.
pub fn changes(folder: &Folder) -> Vec<String> {
    let changing = ["enable", "create", "add-iam-policy-binding", "configure-docker"];
    calls(folder).into_iter().filter(|call| call.split(' ').any(|word| changing.contains(&word))).collect()
}
