//! What kustomize says when it gives up, made fit for a finding.

/// The most characters that are quoted.
const MOST: usize = 600;

/// One line of kustomize's own words: without the path of the copy, without the log's decoration, and without what it quotes of patches,
/// which may be secret.
pub(super) fn of(stderr: &str, copy: &str) -> String {
    let mut words = String::new();
    // A log line opens with `err=<` and goes on in lines of their own up to a `>`.
    for line in stderr.lines().map(str::trim) {
        let line = line.split_once("err=<").map_or(line, |(_, rest)| rest);
        if line.is_empty() || line == ">" || line.starts_with("# Warning") {
            continue;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(line);
    }
    let words = without_config(&words).replace(&format!("{copy}/"), "").replace(copy, ".");
    let words = ["Error: ", "error: "].iter().find_map(|start| words.strip_prefix(start)).unwrap_or(&words);
    match words.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

/// Leaves out what stands between backquotes behind `with config:` and the like.
fn without_config(words: &str) -> String {
    let mut parts = words.split('`');
    let mut out = parts.next().unwrap_or_default().trim_end().to_owned();
    let mut is_inside = true;
    for part in parts {
        out.push_str(if is_inside { "" } else { part });
        is_inside = !is_inside;
    }
    out.replace(" with config:", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_kustomizes_own_and_the_paths_the_bundles() {
        for (said, expected) in [
            ("Error: no matches for Id Deployment.v1.apps/x\n", "no matches for Id Deployment.v1.apps/x"),
            (
                "# Warning: 'bases' is deprecated.\nerror: accumulating resources from '/tmp/c/app/d.yaml': bad\n",
                "accumulating resources from 'app/d.yaml': bad",
            ),
            (
                "E1124 22:52:30 31901 run.go:72] \"command failed\" err=<\n\ttrouble configuring builtin PatchTransformer with config: `\n\
                 \tpatch: |\n\t  password: x\n\t`: failed at '/tmp/c' here\n >\n",
                "trouble configuring builtin PatchTransformer: failed at '.' here",
            ),
            ("", ""),
        ] {
            assert_eq!(of(said, "/tmp/c"), expected);
        }
        assert_eq!(of(&"x".repeat(2000), "/tmp/c").chars().count(), MOST + 1);
    }
}
