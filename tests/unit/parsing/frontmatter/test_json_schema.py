"""The schema for editors: made from the models that check articles, and true to them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.authors.message_samples import SAMPLES
from worker.parsing.frontmatter.fields import FrontMatter, keys_by_field, keys_of
from worker.parsing.frontmatter.json_schema import ABOUT, front_matter_schema
from worker.parsing.frontmatter.keys import KNOWN
from worker.parsing.frontmatter.splitter import split_front_matter
from worker.parsing.frontmatter.values import as_json

SCHEMA = front_matter_schema()
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether JSON Schema (draft 2020-12) accepts the value, as far as ours goes.

    A validator of our own, so that nothing has to be installed for one test; it refuses any
    keyword that it does not know.
    """
    assert schema.keys() <= RULES.keys() | {"$schema", "$defs", "title", "description"}
    return all(RULES[word](value, rule) for word, rule in schema.items() if word in RULES)


def is_of(value: Any, kind: str) -> bool:
    """A bool is an int to Python, and no number to JSON."""
    return isinstance(value, TYPES[kind]) and (kind == "boolean") >= isinstance(value, bool)


RULES: dict[str, Callable[[Any, Any], bool]] = {
    "type": is_of,
    "$ref": lambda value, rule: fits(value, SCHEMA["$defs"][rule.removeprefix("#/$defs/")]),
    "anyOf": lambda value, rule: any(fits(value, part) for part in rule),
    "allOf": lambda value, rule: all(fits(value, part) for part in rule),
    "items": lambda value, rule: (
        not isinstance(value, list) or all(fits(item, rule) for item in value)
    ),
    "required": lambda value, rule: not isinstance(value, dict) or value.keys() >= set(rule),
    "properties": lambda value, rule: (
        not isinstance(value, dict)
        or all(fits(value[name], rule[name]) for name in value.keys() & rule.keys())
    ),
}


def front_matter(data: bytes) -> dict[str, Any]:
    """A file's front matter, as an editor's YAML or JSON gives it."""
    values: dict[str, Any] = as_json(split_front_matter(data.decode()).values)
    return values


def test_it_is_json_and_says_which_dialect_it_is_in() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["type"] == "object"


def test_it_knows_every_key_and_alias_and_no_other() -> None:
    assert SCHEMA["properties"].keys() == keys_of(FrontMatter) == KNOWN
    for model in ABOUT.keys() - {FrontMatter}:
        assert SCHEMA["$defs"][model.__name__]["properties"].keys() == keys_of(model)
    assert SCHEMA["$defs"].keys() == {m.__name__ for m in ABOUT.keys() - {FrontMatter}}


def test_it_says_of_every_key_what_it_is_for() -> None:
    for model, about in ABOUT.items():
        assert about.keys() == keys_by_field(model).keys()
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        for name, rule in part["properties"].items():
            assert rule["description"].endswith("."), name


def test_it_accepts_the_front_matter_of_our_samples() -> None:
    seeds = [*Path(__file__).parents[4].joinpath("seeds").rglob("*.*")]
    found = [front_matter(path.read_bytes()) for path in seeds if path.suffix in {".md", ".txt"}]
    assert sum(map(bool, found)) >= 4
    for values in found:
        assert fits(values, SCHEMA)


def test_it_accepts_the_real_sample_documents(shared_seeds: Path) -> None:
    found = [front_matter(path.read_bytes()) for path in sorted(shared_seeds.iterdir())]
    assert sum(map(bool, found)) >= 2
    for values in found:
        assert fits(values, SCHEMA)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"title": None, "topics": None, "provider": None},
        {"title": "A", "date": "2026-05-01", "tags": "a, b"},
        {"title": 2026, "topics": ["a", 7, True]},
        {"author": "Ada"},
        {"authors": ["Ada", {"name": "Grace", "email": "g@example.org"}]},
        {"image": "/a.png"},
        {"images": {"src": "/a.png", "width": "640px", "isCached": True}},
        {"cover": [{"href": "/a.png"}, "/b.png"]},
        {"provider": "The Post"},
        {"related": [{"url": "https://example.org/"}, "https://example.org/2"]},
        {"published": False},
        {"published": "2026-05-01T10:00:00Z"},
        {"draft": "yes"},
        {"quality": "24"},
        {"anything": {"else": [1, None]}},
    ],
)
def test_it_accepts_what_the_worker_accepts(values: dict[str, Any]) -> None:
    assert fits(values, SCHEMA)


@pytest.mark.parametrize(
    "values",
    [
        [],
        {"title": ["A"]},
        {"summary": {"a": 1}},
        {"date": ["2026-05-01"]},
        {"topics": {"a": 1}},
        {"topics": [["a"]]},
        {"link": 7},
        {"images": [{"width": 100}]},
        {"images": [{"url": "/a.png", "width": [1]}]},
        {"related": [{"title": "A"}]},
        {"provider": ["The Post"]},
        {"author": {"email": 7}},
        {"draft": ["no"]},
    ],
)
def test_it_refuses_what_is_of_the_wrong_kind(values: Any) -> None:
    assert not fits(values, SCHEMA)


@pytest.mark.parametrize("code", ["bad-type", "missing-key"])
def test_it_refuses_the_samples_of_wrong_kinds(code: str) -> None:
    text = SAMPLES[code][1]
    assert isinstance(text, str)
    assert not fits(front_matter(text.encode()), SCHEMA)
