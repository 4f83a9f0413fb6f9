"""Every frame that any test receives is held against the schema that the server itself publishes."""

import functools
import json
import urllib.request

from jsonschema import Draft202012Validator


@functools.cache
def document(url):
    with urllib.request.urlopen(f"{url}/protocol.json", timeout=5) as answer:
        found = json.load(answer)
    Draft202012Validator.check_schema(found)
    return found


@functools.cache
def validator(url, kind):
    found = document(url)
    assert f"server.{kind}" in found["$defs"], f"the server sent a {kind}, which /protocol.json does not know"
    return Draft202012Validator({"$ref": f"#/$defs/server.{kind}", "$defs": found["$defs"]})


def check(server, message):
    validator(server.url, message["type"]).validate(message)
