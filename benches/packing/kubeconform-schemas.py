#!/usr/bin/env python3
"""Writes what an API server publishes as the schemas that `kubeconform -strict` reads from disk.

    kubeconform-schemas.py DUMP FOLDER

DUMP is a file as `tools/schemas` reads them: a map `schemas` from names to OpenAPI v3 schemas. FOLDER gets a file for each kind, with all that
it refers to written out, as in the repository of schemas that kubeconform fetches from by default. What refers to itself ends where it does.
"""
import json
import pathlib
import sys


def main(dump, folder):
    schemas = json.loads(pathlib.Path(dump).read_text())["schemas"]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas.items():
        kinds = schema.get("x-kubernetes-group-version-kind", [])
        # Those with many are no kinds of their own, such as DeleteOptions.
        if len(kinds) != 1:
            continue
        kind = kinds[0]
        group = kind["group"].split(".")[0]
        suffix = f"{group}-{kind['version']}" if group else kind["version"]
        whole = written_out(schemas, schema, (name,))
        whole["properties"]["apiVersion"] = {"type": "string"}
        (folder / f"{kind['kind'].lower()}-{suffix}.json").write_text(json.dumps(whole))


def written_out(schemas, schema, above):
    if isinstance(schema, list):
        return [written_out(schemas, item, above) for item in schema]
    if not isinstance(schema, dict):
        return schema
    for reference in [schema] + schema.get("allOf", []):
        if isinstance(reference, dict) and "$ref" in reference:
            name = reference["$ref"].rsplit("/", 1)[1]
            if name in above:
                return {}
            return written_out(schemas, schemas[name], above + (name,))
    drop = ("default", "description")
    whole = {}
    for key, value in schema.items():
        if key == "properties":
            whole[key] = {name: written_out(schemas, field, above) for name, field in value.items()}
        elif key not in drop:
            whole[key] = written_out(schemas, value, above)
    if "properties" in whole:
        whole["additionalProperties"] = False
    if whole.get("format") == "int-or-string":
        del whole["format"]
    return whole


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
