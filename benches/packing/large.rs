//! The text of made-up objects that are large by themselves: schemas, dashboards, tables.

use crate::random::Random;

/// About 80 KB of schema with prose, as generators write it.
pub(crate) fn custom_resource_definition(number: usize, random: &mut Random) -> String {
    let singular = format!("{}{number:02}", random.word());
    let kind = format!("{}{}", singular[..1].to_uppercase(), &singular[1..]);
    let mut text = format!(
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {singular}s.platform.example.com
spec:
  group: platform.example.com
  scope: Namespaced
  names:
    kind: {kind}
    listKind: {kind}List
    plural: {singular}s
    singular: {singular}
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {{}}
      schema:
        openAPIV3Schema:
          type: object
          description: {}
          properties:
            spec:
              type: object
              properties:
",
        random.sentence(14)
    );
    while text.len() < 80_000 {
        field(&mut text, 16, 3, random);
    }
    text
}

/// A field and, down to `depth` more levels, its fields.
fn field(text: &mut String, indent: usize, depth: u64, random: &mut Random) {
    let pad = " ".repeat(indent);
    // The number makes the name unique among its siblings.
    let name = format!("{}{}", random.word(), text.len());
    *text += &format!("{pad}{name}:\n{pad}  description: {}\n", random.sentence(18));
    if depth == 0 || random.between(0, 3) == 0 {
        *text += &match random.between(0, 4) {
            0 => format!("{pad}  type: integer\n{pad}  format: int32\n{pad}  minimum: 0\n"),
            1 => format!("{pad}  type: boolean\n"),
            2 => format!("{pad}  type: array\n{pad}  items:\n{pad}    type: string\n"),
            _ => format!("{pad}  type: string\n{pad}  maxLength: {}\n", random.between(10, 1000)),
        };
        return;
    }
    *text += &format!("{pad}  type: object\n{pad}  properties:\n");
    for _ in 0..random.between(2, 6) {
        field(text, indent + 4, depth - 1, random);
    }
}

/// About 48 KB of a dashboard's JSON as one value of a `ConfigMap`.
pub(crate) fn dashboard(number: usize, random: &mut Random) -> String {
    let title = random.word();
    let mut text = format!(
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: dashboard-{title}-{number:02}
  namespace: monitoring
  labels:
    example.com/dashboard: \"1\"
data:
  {title}.json: |
    {{
      \"uid\": \"{}\",
      \"title\": \"{title} {number}\",
      \"panels\": [
",
        random.hex(16)
    );
    let mut panel = 0;
    while text.len() < 47_500 {
        let (subject, object) = (random.word(), random.word());
        let comma = if panel == 0 { "" } else { ",\n" };
        text += &format!(
            "{comma}        {{
          \"id\": {panel},
          \"type\": \"{kind}\",
          \"title\": \"{subject} {object}\",
          \"description\": \"{description}\",
          \"gridPos\": {{\"h\": 8, \"w\": 12, \"x\": {x}, \"y\": {y}}},
          \"datasource\": {{\"type\": \"prometheus\", \"uid\": \"${{datasource}}\"}},
          \"targets\": [
            {{
              \"expr\": \"sum by (namespace) (rate({subject}_{object}_total{{job=\\\"{subject}\\\"}}[5m]))\",
              \"legendFormat\": \"{{{{namespace}}}}\",
              \"refId\": \"A\"
            }}
          ]
        }}",
            kind = random.pick(&["timeseries", "stat", "table", "heatmap"]),
            description = random.sentence(12),
            x = panel % 2 * 12,
            y = panel / 2 * 8,
        );
        panel += 1;
    }
    text += "\n      ]\n    }\n";
    text
}

/// A `ConfigMap` of exactly `size` bytes: lines of a table.
pub(crate) fn table(number: usize, size: usize, random: &mut Random) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: table-{number:04}\n  namespace: tables\ndata:\n  table.csv: |\n"
    );
    while text.len() + 80 < size {
        text += &format!("    {},{},{}\n", random.word(), random.word(), random.hex(16));
    }
    // The last line fills what is left.
    text += &format!("    {}\n", "x".repeat(size - text.len() - 5));
    text
}
