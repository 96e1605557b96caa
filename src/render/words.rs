//! What kustomize says when it gives up, made fit for a finding.

/// Behind these words kustomize quotes values, which may be those of Secrets; and what is said instead.
const VALUES: [(&str, &str); 5] = [
    ("literal source", "a literal is not `KEY=VALUE`"),
    ("file source", "a file is not named as `PATH` or `KEY=PATH`"),
    ("env source", "a file of variables has a line that is no `KEY=VALUE` in UTF-8"),
    (" for value ", " for a value that is not shown"),
    ("node contents", "of a value that is not shown"),
];

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
    let words = without_values(without_config(&words)).replace(&format!("{copy}/"), "").replace(copy, ".");
    let words = ["Error: ", "error: "].iter().find_map(|start| words.strip_prefix(start)).unwrap_or(&words);
    match words.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

/// Leaves out all behind the first words that values follow.
fn without_values(words: String) -> String {
    let first = VALUES.iter().filter_map(|(start, instead)| Some((words.find(start)?, instead))).min();
    match first.and_then(|(at, instead)| Some((words.get(..at)?, instead))) {
        Some((before, instead)) => format!("{before}{instead}"),
        None => words,
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
            (
                "Error: loading KV pairs: literal sources [hunter2]: invalid literal source hunter2, expected key=value",
                "loading KV pairs: a literal is not `KEY=VALUE`",
            ),
            (
                "Error: loading KV pairs: env source files: [e]: line [97 61] has invalid utf8 bytes : a=hunter2",
                "loading KV pairs: a file of variables has a line that is no `KEY=VALUE` in UTF-8",
            ),
            (
                "Error: loading KV pairs: file sources: [hunter2=x=y]: source \"hunter2=x=y\" key name or file path contains '='",
                "loading KV pairs: a file is not named as `PATH` or `KEY=PATH`",
            ),
            (
                "Error: options.index 5 is out of bounds for value hunter2",
                "options.index 5 is out of bounds for a value that is not shown",
            ),
            (
                "Error: error looking up replacement source: wrong node kind: node contents:\nhunter2\n",
                "error looking up replacement source: wrong node kind: of a value that is not shown",
            ),
            ("", ""),
        ] {
            assert_eq!(of(said, "/tmp/c"), expected);
        }
        assert_eq!(of(&"x".repeat(2000), "/tmp/c").chars().count(), MOST + 1);
    }
}
