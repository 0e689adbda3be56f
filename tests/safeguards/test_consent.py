"""Who needs consent: voices of persons; not those of rules, nor those that come with a model."""

from dataclasses import replace

import pytest

from menura.engines.speech.neural.blending import Blendable
from menura.errors import EngineFailed, Refused
from menura.safeguards import consent
from menura.voice import Voice

RULES = Voice(name="rules", engine="e", language="en")
MODEL = replace(RULES, name="model", origin="trained")
PERSON = replace(RULES, name="person", origin="human", consent="c1")
UNASKED = replace(PERSON, name="unasked", consent=None)
ODD = replace(RULES, name="odd", origin="somebody")  # type: ignore[arg-type]
VOICES = {voice.name: voice for voice in (RULES, MODEL, PERSON, UNASKED, ODD)}


@pytest.mark.parametrize(
    ("name", "recorded", "passes"),
    [
        ("rules", False, True),
        ("model", False, True),
        ("person", False, False),
        ("person", True, True),
        ("unasked", True, False),
        ("odd", True, False),
    ],
)
def test_only_voices_of_persons_need_consent(name: str, recorded: bool, passes: bool) -> None:
    if passes:
        consent.check(name, VOICES, lambda record: recorded and record == "c1")
        return
    with pytest.raises(Refused, match="stands for a person"):
        consent.check(name, VOICES, lambda record: recorded and record == "c1")


def test_an_engine_that_leaves_its_voice_open_may_have_no_person_among_them() -> None:
    consent.check(None, {"model": MODEL, "rules": RULES}, lambda _: False)
    for voice in (PERSON, ODD):
        with pytest.raises(EngineFailed):
            consent.check(None, {"model": MODEL, voice.name: voice}, lambda _: True)


@pytest.mark.parametrize(
    ("name", "origin", "record"),
    [
        ("rules+model:0.1", "trained", None),
        ("rules:9+model+person:0.1", "human", "c1"),
        ("person:9+unasked:0.1", "human", None),
        ("unasked:9+person:0.1", "human", None),
        ("rules", "synthetic", None),
    ],
)
def test_a_blend_asks_for_as_much_as_its_strictest_part(
    name: str, origin: str, record: str | None
) -> None:
    blend = Blendable(VOICES)[name]
    assert (blend.origin, blend.consent) == (origin, record)
