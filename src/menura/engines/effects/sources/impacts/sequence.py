"""Sequences: mechanisms, in which parts strike and rub each other one after another.

A lock, a switch, a shutter or a door is a handful of contacts at times that its parts dictate.
The tables name them; what is drawn is when, where and how hard each happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.solids import Body, gesture, strike
from menura.dsp.solids.friction import smooth, stretched
from menura.dsp.solids.response import band_noise
from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.impacts.edges import overlay
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.dsp.solids import Thing
    from menura.engines.effects.sources.base import Wish


_BANK = 5
_RENEWED = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One contact, or a run of like ones.

    Attributes:
        on: the object that sounds; "" = noise of a rub.
        at_s: when, of a mechanism of usual size and pace.
        jitter_s: standard deviation of that.
        level_db: energy against the other steps.
        spread_db: standard deviation of that.
        hard_db: how much louder from the least to the greatest intensity, beside the others.
        contact_ms: how long a blow touches.
        grit_db: energy of its noise against its modes.
        count: how many blows, spread over `over_s`.
        over_s: from the first to the last of them.
        regular: 1 = at even distances, 0 = at any moment.
        bounces: blows that follow by themselves.
        restitution: each that much sooner and softer than the one before.
        bounce_ms: until the first of them.
        chance: how often it happens at all.
        length_s: of a rub.
        band_hz: of a rub: below and above it falls by `slope_db` per octave.
        slope_db: of a rub.
        swing: of a rub: 0 = even, 1 = comes and goes as a hand moves.
        grain_hz: of a rub: how often its strength changes, a second.
        grain: of a rub: how much.
        fall: of a rub: 0 = a gesture, else it starts at once and falls off in `length_s`.
    """

    on: str = ""
    at_s: float = 0.0
    jitter_s: float = 0.0
    level_db: float = 0.0
    spread_db: float = 1.5
    hard_db: float = 0.0
    contact_ms: float = 1.0
    grit_db: float = -100.0
    count: int = 1
    over_s: float = 0.0
    regular: float = 0.7
    bounces: int = 0
    restitution: float = 0.45
    bounce_ms: float = 12.0
    chance: float = 1.0
    length_s: float = 0.1
    band_hz: tuple[float, float] = (500.0, 5000.0)
    slope_db: float = 12.0
    swing: float = 1.0
    grain_hz: float = 60.0
    grain: float = 0.4
    fall: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a mechanism is worked.

    Attributes:
        scale: its measures against usual ones.
        contact: how long its blows touch, against usual ones.
        pace: how long everything takes, against the usual.
        hard: intensity less 0.5: moves levels by each step's `hard_db`.
    """

    scale: float = 1.0
    contact: float = 1.0
    pace: float = 1.0
    hard: float = 0.0

    @classmethod
    def of(cls, wish: Wish, table: Mapping[str, Any]) -> Manner:
        """Returns what a wish means to a mechanism.

        A harder blow touches for a shorter time (H. Hertz, 1881: by the fifth root of its speed),
        and a larger thing for a longer one, in proportion.

        Args:
            wish: intensity and size.
            table: `scale_span`, the ratio of the largest to the usual; `contact_span`, of the
                longest contact to the shortest; `pace_span`, of the slowest to the quickest.
        """
        scale = float(table.get("scale_span", 1.6)) ** (2 * wish.size - 1)
        softness = 0.5 - wish.intensity
        return cls(
            scale=scale,
            contact=scale * float(table.get("contact_span", 4.0)) ** softness,
            pace=scale**0.5 * float(table.get("pace_span", 1.8)) ** softness,
            hard=-softness,
        )


def variant_table(table: Mapping[str, Any], variant: str) -> Mapping[str, Any]:
    """Returns what holds for one variant: what stands for all, and over it what is its own.

    Raises:
        NotFound: if the source has no such variant.
    """
    if variant not in table["variants"]:
        known = ", ".join(table["variants"])
        raise NotFound(f"no variant is called {variant!r:.60}; there are {known}")
    return {**table, **table.get(variant, {})}


def worked(
    table: Mapping[str, Any], things: Mapping[str, Thing], wish: Wish, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a mechanism whose steps stand in the table, worked once, shape (frames,)."""
    return play(read_steps(table["steps"]), things, Manner.of(wish, table), rng)


def read_steps(listed: list[dict[str, Any]]) -> list[Step]:
    """Returns steps as a source's table lists them."""
    steps = []
    for step in listed:
        values: dict[str, Any] = dict(step)
        if "band_hz" in values:
            values["band_hz"] = tuple(values["band_hz"])
        steps.append(Step(**values))
    return steps


def play(
    steps: list[Step], things: Mapping[str, Thing], manner: Manner, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Returns a mechanism that is worked once, shape (frames,)."""
    return Mechanism(things, manner).work(steps, rng)


class Mechanism:
    """What is worked again and again: its bodies stay, and so do some of its sounds.

    Each contact is made anew a few times; after that it is mostly one of those, at a time and a
    level of its own, and now and then a new one that takes the place of an old one.

    Args:
        things: what it is made of, by name.
        manner: how it is worked.
        makes: how many of a thing there are: the keys of a keyboard, of one case.
    """

    def __init__(self, things: Mapping[str, Thing], manner: Manner, makes: int = 1) -> None:
        self._things, self._manner, self._makes = things, manner, makes
        self._bodies: dict[tuple[str, int], Body] = {}
        self._bank: dict[Step, list[NDArray[np.float32]]] = {}

    def work(self, steps: list[Step], rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns it worked once, shape (frames,)."""
        pieces: list[tuple[float, NDArray[np.float32]]] = []
        manner = self._manner
        for step in steps:
            if step.chance < 1 and rng.random() > step.chance:
                continue
            level_db = step.level_db + step.hard_db * manner.hard + step.spread_db * rng.normal()
            start_s = max(0.0, step.at_s + step.jitter_s * rng.normal()) * manner.pace
            size = 10 ** (level_db / 20)
            if not step.on:
                pieces.append((start_s, rub(step, manner, rng) * np.float32(size)))
                continue
            count = min(step.count, _BANK)
            bank = self._sounds(step, count, rng)
            first = int(rng.integers(len(bank)))
            for row, late_s, soft in _blows(step, manner, rng):
                sound = bank[(first + row % count) % len(bank)] * np.float32(size * soft)
                pieces.append((start_s + late_s, sound))
        return overlay(pieces, RATE)

    def _sounds(
        self, step: Step, count: int, rng: np.random.Generator
    ) -> list[NDArray[np.float32]]:
        """Returns the sounds there are of a step, at least `count`, one of them new at times."""
        bank = self._bank.setdefault(step, [])
        most = max(_BANK, self._makes)
        fresh = count if not bank else int(len(bank) < most or rng.random() < _RENEWED)
        for _ in range(fresh):
            if len(bank) >= most:
                bank.pop(0)
            bank.append(self._strike(step, rng))
        return bank

    def _strike(self, step: Step, rng: np.random.Generator) -> NDArray[np.float32]:
        which = (step.on, int(rng.integers(self._makes)) if self._makes > 1 else 0)
        if which not in self._bodies:
            self._bodies[which] = Body.make(self._things[step.on], rng, self._manner.scale)
        contact_s = 1e-3 * step.contact_ms * self._manner.contact * float(rng.uniform(0.85, 1.2))
        return strike(self._bodies[which], contact_s, rng, RATE, grit_db=step.grit_db)


def rub(step: Step, manner: Manner, rng: np.random.Generator) -> NDArray[np.float32]:
    """Returns the noise of what rubs, shape (frames,), with an energy of 1."""
    length_s = max(0.004, step.length_s * manner.pace)
    frames = max(64, round(length_s * RATE))
    low_hz, high_hz = step.band_hz
    bright = manner.contact**-0.5
    points = [
        (low_hz / 16, -4 * step.slope_db),
        (low_hz, 0.0),
        (high_hz * bright, 0.0),
        (high_hz * bright * 16, -4 * step.slope_db),
    ]
    sound = band_noise(points, frames, rng, RATE)
    steps = max(8, round(length_s * 1000))
    if step.fall:
        course = np.exp(-step.fall * np.linspace(0, 1, steps))
        course[: max(1, steps // 20)] *= np.linspace(0.2, 1, max(1, steps // 20))
        course *= np.sin(np.linspace(np.pi / 2, np.pi, steps)) ** 0.5
    else:
        course = gesture(length_s, length_s / steps, 0.3, 8.0, rng)
        course = course[:steps] ** step.swing * np.sin(np.linspace(0, np.pi, course.size)) ** 0.5
    knots = max(4, round(length_s * step.grain_hz))
    course = course * np.exp(step.grain * smooth(rng.standard_normal(knots), course.size))
    sound *= stretched(course, frames)
    return sound * np.float32(1 / np.sqrt(max(float(np.dot(sound, sound)), 1e-12)))


def _blows(step: Step, manner: Manner, rng: np.random.Generator) -> list[tuple[int, float, float]]:
    """Returns the blows of a step: (which, seconds after the first, size); bounces are alike."""
    first = [(0, 0.0, 1.0)]
    if step.count > 1:
        even = np.arange(step.count) / (step.count - 1)
        loose = np.sort(rng.random(step.count))
        times_s = (step.regular * even + (1 - step.regular) * loose) * step.over_s * manner.pace
        sizes = 10 ** (2 * step.spread_db / 20 * rng.standard_normal(step.count))
        sizes /= np.sqrt(step.count)
        rows = rng.permutation(step.count).tolist()
        first = list(zip(rows, (times_s - times_s[0]).tolist(), sizes.tolist(), strict=True))
    blows = []
    for row, at_s, size in first:
        blows.append((row, at_s, size))
        gap_s, soft, late_s = 1e-3 * step.bounce_ms * manner.scale**0.5, size, at_s
        for _ in range(step.bounces):
            late_s += gap_s * float(rng.uniform(0.8, 1.25))
            keeps = step.restitution * float(rng.uniform(0.75, 1.25))
            soft, gap_s = soft * keeps, gap_s * keeps
            if gap_s < 5e-4:
                break
            blows.append((row, late_s, soft))
    return blows
