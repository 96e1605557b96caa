//! The `index.json` of an image layout: which manifests it has, and which tags name them.
//!
//! It may be another tool's, so it is edited as JSON rather than as our own types: fields, descriptors and annotations that we
//! know nothing of stay, in their order.

use serde_json::{Map, Value, json};

use super::Placed;
use crate::oci::{Descriptor, Digest, Tag, annotation, media_type};

/// An [image index](https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Index {
    /// All fields; `manifests` is null and keeps the place.
    fields: Map<String, Value>,
    manifests: Vec<Value>,
}

impl Default for Index {
    /// An index without manifests.
    fn default() -> Self {
        let mut fields = Map::new();
        fields.insert("schemaVersion".to_owned(), json!(2));
        fields.insert("mediaType".to_owned(), json!(media_type::OCI_INDEX));
        fields.insert("manifests".to_owned(), Value::Null);
        Self { fields, manifests: Vec::new() }
    }
}

impl Index {
    /// Reads an index; the error is a sentence about what it is instead.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut fields = match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) => return Err("it is not a JSON object".to_owned()),
            Err(cause) => return Err(format!("it is not JSON: {cause}")),
        };
        let manifests = match fields.insert("manifests".to_owned(), Value::Null) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(manifests)) => manifests,
            Some(_) => return Err("its `manifests` is not a list".to_owned()),
        };
        Ok(Self { fields, manifests })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut fields = self.fields.clone();
        fields.insert("manifests".to_owned(), Value::Array(self.manifests.clone()));
        Value::Object(fields).to_string().into_bytes()
    }

    /// What `tag` names.
    pub(super) fn digest_of(&self, tag: &Tag) -> Option<Digest> {
        let entry = self.manifests.iter().find(|entry| tag_of(entry) == Some(tag.as_str()))?;
        entry.get("digest")?.as_str()?.parse().ok()
    }

    /// Makes each of `tags` name `manifest` and nothing else; without tags, makes sure that the manifest is listed.
    ///
    /// An entry that loses its tag goes when it was there for this tag only. (skopeo leaves it without a name; then every push
    /// of a moving tag would add one, and tools that want a layout with one image could no longer read it.)
    pub(super) fn name(&mut self, manifest: &Descriptor, tags: &[Tag]) -> Vec<(Tag, Placed)> {
        if tags.is_empty() && !self.manifests.iter().any(|entry| is(entry, manifest)) {
            self.manifests.push(entry(manifest, None));
        }
        tags.iter().map(|tag| (tag.clone(), name_one(&mut self.manifests, manifest, tag))).collect()
    }
}

fn name_one(entries: &mut Vec<Value>, manifest: &Descriptor, tag: &Tag) -> Placed {
    entries.retain_mut(|entry| is(entry, manifest) || tag_of(entry) != Some(tag.as_str()) || remove_tag(entry));
    if entries.iter().any(|entry| is(entry, manifest) && tag_of(entry) == Some(tag.as_str())) {
        return Placed::AlreadyThere;
    }
    let named = entry(manifest, Some(tag));
    // An entry that says nothing of its own takes the name, as skopeo has it.
    match entries.iter_mut().find(|entry| is(entry, manifest) && annotations(entry).is_none_or(Map::is_empty)) {
        Some(bare) => {
            if let (Some(bare), Some(annotations)) = (bare.as_object_mut(), named.get("annotations")) {
                bare.insert("annotations".to_owned(), annotations.clone());
            }
        }
        None => entries.push(named),
    }
    Placed::Written
}

/// A descriptor of `manifest` that bears `tag`.
fn entry(manifest: &Descriptor, tag: Option<&Tag>) -> Value {
    let mut fields = Map::new();
    fields.insert("mediaType".to_owned(), json!(manifest.media_type));
    fields.insert("digest".to_owned(), json!(manifest.digest.to_string()));
    fields.insert("size".to_owned(), json!(manifest.size));
    if let Some(tag) = tag {
        fields.insert("annotations".to_owned(), json!({ annotation::REF_NAME: tag.as_str() }));
    }
    Value::Object(fields)
}

/// Whether an entry describes `manifest`, and rightly.
fn is(entry: &Value, manifest: &Descriptor) -> bool {
    let text = |key| entry.get(key).and_then(Value::as_str);
    text("digest") == Some(manifest.digest.to_string().as_str())
        && text("mediaType") == Some(manifest.media_type.as_str())
        && entry.get("size").and_then(Value::as_u64) == Some(manifest.size)
}

fn annotations(entry: &Value) -> Option<&Map<String, Value>> {
    entry.get("annotations")?.as_object()
}

fn tag_of(entry: &Value) -> Option<&str> {
    annotations(entry)?.get(annotation::REF_NAME)?.as_str()
}

/// Takes its tag from an entry, and says whether there is still a reason to list it.
fn remove_tag(entry: &mut Value) -> bool {
    let Some(annotations) = entry.get_mut("annotations").and_then(Value::as_object_mut) else {
        return true;
    };
    annotations.shift_remove(annotation::REF_NAME);
    !annotations.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Blob;

    fn manifest(text: &str) -> Descriptor {
        Blob::from_bytes(media_type::OCI_MANIFEST, text.as_bytes()).descriptor
    }

    fn tags(texts: &[&str]) -> Vec<Tag> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// `(digest, tag)` of every entry.
    fn listed(index: &Index) -> Vec<(String, Option<String>)> {
        index
            .manifests
            .iter()
            .map(|entry| (entry["digest"].as_str().unwrap().to_owned(), tag_of(entry).map(str::to_owned)))
            .collect()
    }

    fn pair(manifest: &Descriptor, tag: &str) -> (String, Option<String>) {
        (manifest.digest.to_string(), (!tag.is_empty()).then(|| tag.to_owned()))
    }

    #[test]
    fn a_new_index_is_written_as_the_specification_has_it() {
        let mut index = Index::default();
        index.name(&manifest("a"), &tags(&["v1"]));
        let expected = format!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":1,"annotations":{{"org.opencontainers.image.ref.name":"v1"}}}}]}}"#,
            manifest("a").digest
        );
        assert_eq!(String::from_utf8(index.to_bytes()).unwrap(), expected);
    }

    #[test]
    fn a_tag_moves_and_the_entry_that_was_there_for_it_goes() {
        let (a, b) = (manifest("a"), manifest("b"));
        let mut index = Index::default();
        index.name(&a, &tags(&["v1", "dev"]));
        let placed = index.name(&b, &tags(&["dev", "v2"]));
        assert_eq!(
            placed.iter().map(|(_, placed)| placed.clone()).collect::<Vec<_>>(),
            [Placed::Written, Placed::Written]
        );
        assert_eq!(listed(&index), [pair(&a, "v1"), pair(&b, "dev"), pair(&b, "v2")]);
        assert_eq!(index.name(&b, &tags(&["v2"]))[0].1, Placed::AlreadyThere);
    }

    #[test]
    fn what_another_tool_wrote_stays_as_it_was() {
        let a = manifest("a");
        let foreign = r#"{"x":1.50,"schemaVersion":2,"manifests":[
            {"digest":"sha512:zz","platform":{"os":"z","architecture":"a"},"annotations":{"org.opencontainers.image.ref.name":"dev","z":"1","b":"2"}},
            "not a descriptor",
            {"digest":"sha256:old","annotations":{"org.opencontainers.image.ref.name":"dev"}},
            {"digest":"sha256:other","annotations":{"org.opencontainers.image.ref.name":"v1"}}],"annotations":{"k":[]}}"#;
        let mut index = Index::parse(foreign.as_bytes()).unwrap();
        index.name(&a, &tags(&["dev"]));
        let expected = foreign
            .replace(r#""org.opencontainers.image.ref.name":"dev","z""#, r#""z""#)
            .replace(r#"{"digest":"sha256:old","annotations":{"org.opencontainers.image.ref.name":"dev"}},"#, "")
            .replace("v1\"}}]", &format!("v1\"}}}},{}]", entry(&a, tags(&["dev"]).first())));
        let compact = serde_json::from_str::<Value>(&expected).unwrap().to_string();
        assert_eq!(String::from_utf8(index.to_bytes()).unwrap(), compact);
    }

    #[test]
    fn an_entry_without_a_name_takes_it_and_one_with_other_notes_stays() {
        let a = manifest("a");
        let mut index = Index::default();
        index.name(&a, &[]);
        index.name(&a, &[]);
        assert_eq!(listed(&index), [pair(&a, "")], "listed once");
        index.name(&a, &tags(&["v1"]));
        assert_eq!(listed(&index), [pair(&a, "v1")]);
        let mut index = Index::parse(
            json!({"manifests": [{"digest": a.digest, "mediaType": a.media_type, "size": a.size, "annotations": {"k": "v"}}]})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        index.name(&a, &tags(&["v1"]));
        assert_eq!(listed(&index), [pair(&a, ""), pair(&a, "v1")]);
    }

    #[test]
    fn an_entry_with_a_wrong_size_is_not_the_manifest() {
        let a = manifest("a");
        let mut index = Index::default();
        index.name(&Descriptor { size: 7, ..a.clone() }, &tags(&["v1"]));
        assert_eq!(index.name(&a, &tags(&["v1"]))[0].1, Placed::Written);
        assert_eq!(index.manifests, [entry(&a, tags(&["v1"]).first())]);
    }

    #[test]
    fn what_is_not_an_index_is_refused() {
        for (text, why) in [
            ("", "it is not JSON: EOF"),
            ("[]", "it is not a JSON object"),
            (r#"{"manifests":{}}"#, "its `manifests` is not a list"),
            (&"[".repeat(100_000), "it is not JSON: recursion"),
        ] {
            let error = Index::parse(text.as_bytes()).unwrap_err();
            assert!(error.starts_with(why), "{error}");
        }
        assert!(Index::parse(b"{}").is_ok());
    }
}
