"""`Body`: one object, with its modes."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.solids import shapes
from menura.dsp.solids.things import materials

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from menura.dsp.solids.things import Material, Thing

AIR_SPEED = 343.0
"""Speed of sound in air at 20 degrees Celsius, m/s."""
_LOSS_60_DB = 2.2
"""T60 = 2.2 / (loss factor * frequency): Cremer and Heckl, "Structure-Borne Sound"."""
_TOP_HZ = 18_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One object: its modes, of which a blow excites some more and some less.

    The last one is the air that is pushed by the whole: see `Thing.clack_db`.

    Attributes:
        hz: frequencies, shape (modes,).
        t60_s: decays, shape (modes,).
        gain: how well each is heard, shape (modes,).
        first: waves along or around, shape (modes - 1,).
        second: waves across or inward, shape (modes - 1,).
        law: how places weigh: `plate`, `round` or `any`.
    """

    hz: NDArray[np.float64]
    t60_s: NDArray[np.float64]
    gain: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    law: str

    @classmethod
    def make(cls, thing: Thing, rng: np.random.Generator, scale: float = 1.0) -> Body:
        """Returns one object of its kind.

        Args:
            thing: what kind.
            rng: draws what makes it differ from others.
            scale: all measures times this: frequencies go down by it, as geometry wants.
        """
        shape = _shape(thing) or _drawn(thing, rng)
        hz = shape.hz * np.exp(thing.spread * rng.standard_normal(shape.hz.size)) / scale
        own_s = shape.own_t60_s
        if shape.loss:
            own_s = _LOSS_60_DB / (shape.loss * hz)
        t60_s = 1 / (1 / own_s + 1 / (thing.support_s * scale**0.5))
        reach = hz * scale / _corner_hz(thing)
        gain = shape.level * (reach / np.sqrt(1 + reach**2)) ** thing.order
        keep = hz < _TOP_HZ
        if shape.chance is not None:
            # Of modes that lie too close to be told apart some stand for all, the more so the
            # higher they are; their power makes up for the others'.
            keep &= rng.random(hz.size) < shape.chance
            gain = gain / np.sqrt(shape.chance)
        first, second = shape.first, shape.second
        law = "plate" if thing.shape == "plate" else "any"
        if thing.shape in {"disc", "shell", "hoop", "membrane"}:
            law = "round"
        # A sphere set in motion at once has the poles (c / a) (-1 +- i): L. Koss, R. Alfredson,
        # "Transient sound radiated by spheres undergoing an elastic collision", Journal of Sound
        # and Vibration 27 (1973).
        radius_m = thing.size_m[0] * scale / 2
        clack_hz = min(AIR_SPEED / (2 * np.pi * radius_m), _TOP_HZ)
        return cls(
            hz=np.concatenate([hz[keep], [clack_hz]]),
            t60_s=np.concatenate([t60_s[keep], [6.91 * radius_m / AIR_SPEED]]),
            gain=np.concatenate([gain[keep], [10 ** (thing.clack_db / 20)]]),
            first=first[keep],
            second=second[keep],
            law=law,
        )

    def struck(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Returns how far a blow of no length at some place excites each mode, shape (modes,)."""
        count = self.hz.size - 1
        weight = np.ones(count + 1)
        if self.law == "plate":
            along, across = np.pi * rng.uniform(0.15, 0.85, 2)
            weight[:count] = np.sin(self.first * along) * np.sin(self.second * across)
            weight[:count] *= _signs(count, rng)
        elif self.law == "round":
            angle = rng.uniform(0, 2 * np.pi)
            weight[:count] = np.cos(self.first * angle - np.pi / 2 * (self.second % 2))
            weight[:count] += 0.15 * rng.standard_normal(count)
        else:
            weight[:count] = rng.uniform(0.35, 1.0, count) * _signs(count, rng)
        return weight * self.gain


@functools.lru_cache(maxsize=512)
def _corner_hz(thing: Thing) -> float:
    """Returns above which frequency a thing radiates well, Hz.

    A plate's is the critical frequency c^2 / (1.8 cl h), where waves that bend it are as long as
    those in air (Cremer and Heckl, "Structure-Borne Sound"); another's is where ka = 1.
    """
    if thing.shape != "plate":
        return AIR_SPEED / (np.pi * thing.size_m[0])
    along, across = materials()[thing.material].plate_speeds
    return AIR_SPEED**2 / (1.8 * float(np.sqrt(along * across)) * thing.size_m[2])


def _signs(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return np.where(rng.random(count) < 0.5, -1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Modes of a thing as its measures give them; `own_t60_s` counts where there is no `loss`."""

    hz: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    level: NDArray[np.float64] | float
    own_t60_s: NDArray[np.float64]
    loss: float
    chance: NDArray[np.float64] | None = None


@functools.lru_cache(maxsize=512)
def _shape(thing: Thing) -> _Shape | None:
    """Returns the modes of a thing; None if they are drawn for each."""
    if thing.shape in {"block", "sheet"}:
        return None
    if thing.shape in {"given", "membrane"}:
        given = np.array(thing.hz)
        hz, first, second = (
            shapes.membrane(thing.hz[0])
            if thing.shape == "membrane"
            else (given, np.ones(given.size), np.zeros(given.size))
        )
        return _Shape(
            hz=hz,
            first=first,
            second=second,
            level=10 ** (np.resize(thing.gains_db, hz.size) / 20),
            own_t60_s=np.resize(np.array(thing.t60_s), hz.size),
            loss=0.0,
        )
    return _drawn(thing, np.random.default_rng(0))


def _drawn(thing: Thing, rng: np.random.Generator) -> _Shape:
    made = materials()[thing.material]
    hz, first, second = _shaped(thing, made, rng)
    kept = hz < _TOP_HZ
    chance = None
    if np.count_nonzero(kept) > thing.partials:
        chance = _thinned(np.where(kept, 1 / np.maximum(hz, 1.0), 0.0), thing.partials)
        chance = np.maximum(chance, 1e-9)
    loss = thing.loss or made.loss
    return _Shape(
        hz=hz,
        first=first,
        second=second,
        level=1.0,
        own_t60_s=_LOSS_60_DB / (loss * hz),
        loss=loss,
        chance=chance,
    )


def _shaped(thing: Thing, made: Material, rng: np.random.Generator) -> shapes.Shape:
    size, count = thing.size_m, thing.partials
    speed, in_plate = made.bar_speed, made.plate_speeds
    mean_speed = float(np.sqrt(in_plate[0] * in_plate[1]))
    pairs = max(1, count // 2)
    makers: dict[str, Callable[[], shapes.Shape]] = {
        "bar": lambda: shapes.bar(size[0], size[1] / 12**0.5, speed, count, clamped=False),
        "reed": lambda: shapes.bar(size[0], size[1] / 12**0.5, speed, count, clamped=True),
        "rod": lambda: shapes.bar(size[0], size[1] / 2, speed, count, clamped=False),
        "plate": lambda: shapes.plate((size[0], size[1]), size[2], in_plate, _TOP_HZ),
        "disc": lambda: shapes.disc(size[0], size[1], mean_speed),
        "shell": lambda: shapes.shell((size[0], size[1], size[2]), speed, pairs, thing.split),
        "hoop": lambda: shapes.hoop(size[0], size[1], speed, pairs),
        "block": lambda: shapes.block((size[0], size[1], size[2]), made.solid_speeds, count, rng),
        "sheet": lambda: shapes.sheet(size[0] * size[1], size[2], mean_speed, count, rng),
    }
    return makers[thing.shape]()


def _thinned(weight: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Returns chances, at most 1, that go with a weight and add up to about `count`."""
    low, high = count / float(weight.sum()), count / float(weight[weight > 0].min())
    for _ in range(16):
        middle = float(np.sqrt(low * high))
        if np.minimum(1.0, weight * middle).sum() < count:
            low = middle
        else:
            high = middle
    return np.minimum(1.0, weight * high)
