"""Tests of how requests of the native API are described."""

import dataclasses

import pytest
from pydantic import TypeAdapter, ValidationError

from menura.errors import InvalidInput
from menura.server.native.bodies import EXAMPLES, TASKS, Wanted
from menura.tasks import KINDS, Part, Work, load


def _schemas() -> dict[str, dict]:
    schema = TypeAdapter(Wanted).json_schema()["properties"]["task"]
    return {each["properties"]["kind"]["const"]: each for each in schema["oneOf"]}


def test_every_task_is_described() -> None:
    assert set(_schemas()) == set(KINDS)


@pytest.mark.parametrize("kind", TASKS, ids=lambda kind: kind.kind)
def test_every_field_is_described_in_the_words_of_its_docstring(kind) -> None:
    properties = _schemas()[kind.kind]["properties"]
    assert set(properties) == {"kind", *(spec.name for spec in dataclasses.fields(kind))}
    for spec in dataclasses.fields(kind):
        assert len(properties[spec.name]["description"]) > 5, spec.name


def test_a_work_and_its_parts_are_described_too() -> None:
    work = _schemas()["work"]["properties"]
    parts = work["parts"]["items"]["properties"]
    assert set(work) == {"kind", *(spec.name for spec in dataclasses.fields(Work))}
    assert set(parts) == {spec.name for spec in dataclasses.fields(Part)}
    for name, field in {**work, **parts}.items():
        assert name == "kind" or len(field["description"]) > 5, name


def test_a_schema_leads_nowhere_else() -> None:
    assert "$ref" not in str(_schemas())


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_examples_are_tasks(example) -> None:
    assert Wanted(task=example).settled() == load(example)


def test_a_body_with_something_unknown_is_refused() -> None:
    with pytest.raises(ValidationError):
        Wanted(task=EXAMPLES["speech"], rate=3)  # type: ignore[call-arg]
    with pytest.raises(InvalidInput, match="unknown field 'rate'"):
        Wanted(task=EXAMPLES["speech"] | {"rate": 3}).settled()
