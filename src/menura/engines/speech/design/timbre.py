"""From a wish to the numbers of a timbre: gender and age set them, words move them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.speech.design.limits import keep_within
from menura.engines.speech.design.vocabulary import anatomy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.engines.speech.design.wish import Wish
    from menura.voice import Voice

LEAST_FACTOR = 0.1
"""Of pace and melody, however much a description piles up."""
_FIELDS = {
    "tilt": "tilt_db_per_octave",
    "breath": "breath",
    "roughness": "roughness",
    "tension": "tension",
    "drift": "drift_semitones",
}
_PLAIN = {"tilt": 0.0, "breath": 0.0, "roughness": 0.0, "tension": 0.0, "drift": 0.15}
_STEPS = {"pitch": 0.6180, "size": 0.7549, "pace": 0.5698, "melody": 0.8192, "tilt": 0.6710}
"""Irrational enough that neighbouring variations never fall together: the golden ratio, and powers
of its two- and three-dimensional kin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who speaks.

    Attributes:
        gender: man, woman or neutral, also of children.
        stage: a stage of anatomy.toml.
    """

    gender: str
    stage: str

    @classmethod
    def of(cls, voice: Voice) -> Person:
        """Returns who a voice sounds like."""
        if voice.gender == "child":
            return cls(gender="neutral", stage="child")
        stage = voice.age if voice.age in anatomy().stages else "adult"
        return cls(gender=voice.gender, stage=stage)

    @property
    def f0_hz(self) -> float:
        """Usual pitch."""
        return anatomy().stages[self.stage].f0_hz[self.gender]

    @property
    def tract(self) -> float:
        """Length of the vocal tract against a man's."""
        return 1 + anatomy().stages[self.stage].tract_percent[self.gender] / 100

    def effect(self, axis: str) -> float:
        """Returns what the stage of life does on an axis."""
        return anatomy().stages[self.stage].effects.get(axis, 0.0)

    def wished(self, wish: Wish) -> Person:
        """Returns who is meant by a wish that starts from this person."""
        names = list(anatomy().stages)
        gender = wish.facts.get("gender", self.gender)
        if "gender" not in wish.facts and ("gender", gender) in wish.denied_facts:
            gender = {"man": "woman", "woman": "man"}.get(gender, "neutral")
        stage = wish.facts.get("age", self.stage)
        if "age" not in wish.facts and ("age", stage) in wish.denied_facts:
            stage = "adult"
        step = min(max(names.index(stage) + wish.step, 0), len(names) - 1)
        return Person(gender=gender, stage=names[step])


def offsets(start: float, variation: int, addressed: set[str]) -> dict[str, float]:
    """Returns by how much a variation differs, axis by axis.

    Args:
        start: 0 to 1: where the first variation lies; 0 = at the description itself.
        variation: 1 and up.
        addressed: axes that the description speaks of: they move half as far.
    """
    amounts = anatomy().variation
    result = {}
    for axis, step in _STEPS.items():
        place = (start + (variation - 1) * step + 0.5) % 1.0 - 0.5
        result[axis] = 2 * place * amounts[axis] * (0.5 if axis in addressed else 1.0)
    return result


def bare(body: Voice, own: Person) -> dict[str, Any]:
    """Returns the timbre of a body that is lent: its tract and glottis, not its pitch and ways."""
    start = anatomy().start
    timbre: dict[str, Any] = {**body.timbre, **start}
    rendered_hz = float(timbre["base_hz"]) / 2 ** (float(timbre["pitch_semitones"]) / 12)
    timbre["base_hz"] = own.f0_hz
    timbre["pitch_semitones"] = 12 * math.log2(own.f0_hz / rendered_hz)
    # `shape` takes away what the lender's age brings, which is not in the numbers to start from.
    for axis, name in _FIELDS.items():
        if name in start:
            timbre[name] = start[name] + own.effect(axis)
    timbre["rate_wpm"] = start["rate_wpm"] * (1 + own.effect("pace") / 100)
    timbre["range_factor"] = start["range_factor"] * (1 + own.effect("melody") / 100)
    return timbre


def shape(
    timbre: Mapping[str, Any], own: Person, person: Person, wish: Wish, offset: Mapping[str, float]
) -> dict[str, Any]:
    """Returns the timbre that a wish makes of another.

    Args:
        timbre: of a voice; fields that are not known here stay as they are.
        own: who that voice sounds like.
        person: who it should sound like.
        wish: what else it should be.
        offset: what this variation adds, axis by axis.
    """
    amount = {
        axis: wish.effects.get(axis, 0.0)
        + (person.effect(axis) - own.effect(axis))
        + offset.get(axis, 0.0)
        for axis in ("pitch", "size", "pace", "melody", *_FIELDS)
    }
    plain_hz = float(timbre["base_hz"]) * person.f0_hz / own.f0_hz
    plain_ratio = float(timbre["formant_ratio"]) * own.tract / person.tract
    plain_rate = anatomy().start["rate_wpm"]
    hz = plain_hz * 2 ** (_kept_away(wish, "pitch", amount["pitch"], 0.0) / 12)
    size = max(LEAST_FACTOR, 1 + _kept_away(wish, "size", amount["size"], 0.0) / 100)
    rate = float(timbre["rate_wpm"]) * max(LEAST_FACTOR, 1 + amount["pace"] / 100)
    melody = float(timbre["range_factor"]) * max(LEAST_FACTOR, 1 + amount["melody"] / 100)
    result = dict(timbre)
    for axis, name in _FIELDS.items():
        moved = float(timbre[name]) + amount[axis]
        result[name] = _kept(name, _kept_away(wish, axis, moved, _PLAIN[axis]))
    result["base_hz"] = _kept("base_hz", hz)
    result["formant_ratio"] = _kept("formant_ratio", plain_ratio / size)
    result["rate_wpm"] = round(keep_within("rate_wpm", _kept_away(wish, "pace", rate, plain_rate)))
    result["range_factor"] = _kept("range_factor", _kept_away(wish, "melody", melody, 1.0))
    # What the rendering itself is at stays; the rest of the way is the vocoder's.
    own_hz = float(timbre["base_hz"]) / 2 ** (float(timbre["pitch_semitones"]) / 12)
    result["pitch_semitones"] = _kept("pitch_semitones", 12 * math.log2(result["base_hz"] / own_hz))
    return result


def _kept(name: str, value: float) -> float:
    return round(keep_within(name, value), 3)


def _kept_away(wish: Wish, axis: str, value: float, plain: float) -> float:
    """Returns the value, or what is plain if the description denies that it goes beyond."""
    beyond = any(a == axis and (value - plain) * direction > 0 for a, direction in wish.denied)
    return plain if beyond else value


def generator(digest: bytes) -> np.random.Generator:
    """Returns what decides where a description leaves a choice."""
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
