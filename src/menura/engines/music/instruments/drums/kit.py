"""`Kit`: a set of drums under the keys of General MIDI's percussion map."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.music.instruments.base import REFERENCE_DBFS, REFERENCE_VELOCITY
from menura.engines.music.instruments.drums.layer import Layer, read_layer
from menura.engines.music.instruments.drums.stroke import Stroke
from menura.errors import NotFound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from menura.engines.music.score import Event

NAMES = (
    "acoustic kit",
    "brush kit",
    "rock kit",
    "808 kit",
    "909 kit",
    "chip kit",
    "orchestral percussion",
    "hand percussion",
    "tabla",
    "darbuka",
)
LEVEL_DBFS = REFERENCE_DBFS + 6.0
LEAST_DB_PER_VELOCITY = 30.0
OPEN_HATS = frozenset({46})
"""Keys whose sound ends with their event: the pedal closes them."""
LENDERS = ("hand percussion", "acoustic kit")
"""Kits that stand in, in this order, for what a kit lacks."""
_DAMPED_S = 0.06
_MUTED_S = 0.05
_GHOST = 0.75
_PAN = 0.02
_HUMAN_DB = 0.5
_KNEE, _CEILING = 1.0, 1.62
"""Peaks over 0 dBFS are bent towards 4.2 dBFS, as a microphone's amplifier does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drum:
    """One sound of a kit.

    Attributes:
        layers: what sounds in a stroke.
        gain_db: against the others, as the kit is balanced.
        pan: -1 to 1, from where the audience sits.
    """

    layers: tuple[Layer, ...]
    gain_db: float
    pan: float


class Kit:
    """Drums, played.

    Every hit is made anew; what is remembered is only what does not hang on the hit.

    Args:
        name: one of NAMES.
        rate: Hz.
    """

    low = 27.0
    high = 87.0

    def __init__(self, name: str, rate: int) -> None:
        self._name = name
        self._rate = rate
        self._strokes: dict[int, tuple[Drum, Stroke]] = {}

    def play(self, event: Event, rng: np.random.Generator) -> NDArray[np.float32]:
        """Returns a stroke, shape (2, frames), float32; a key outside the map is silent."""
        key = round(event.pitch)
        if not self.low <= key <= self.high:
            return np.zeros((2, 1), np.float32)
        drum, stroke = self._struck(key)
        velocity = min(max(event.velocity, 0.02), 1.0)
        if event.articulation == "accent":
            velocity = min(1.0, velocity + 0.12)
        if event.articulation == "ghost":
            velocity *= _GHOST
        sound = stroke.sound(velocity, rng)
        if event.articulation == "mute":
            sound = _damped(sound, _MUTED_S, self._rate)
        elif key in OPEN_HATS:
            sound = _damped(sound, event.length_s, self._rate)
        level_db = (
            LEVEL_DBFS
            + drum.gain_db
            + LEAST_DB_PER_VELOCITY * np.log10(velocity / REFERENCE_VELOCITY)
            + _HUMAN_DB * rng.standard_normal()
        )
        sound = _bent(sound * np.float32(10 ** (level_db / 20)))
        pan = drum.pan + _PAN * rng.standard_normal()
        gains = np.sqrt(np.clip([1 - pan, 1 + pan], 0, 2)).astype(np.float32)
        return np.asarray(np.multiply.outer(gains, sound), np.float32)

    def _struck(self, key: int) -> tuple[Drum, Stroke]:
        found = self._strokes.get(key)
        if found is None:
            drum = find_drum(self._name, key)
            found = self._strokes[key] = (drum, Stroke(drum.layers, self._rate))
        return found


def create(name: str, rate: int) -> Kit:
    """Returns a kit.

    Raises:
        NotFound: if none goes by that name.
    """
    if name not in NAMES:
        raise NotFound(f"no kit is called {name!r:.60}: {', '.join(NAMES)}")
    return Kit(name, rate)


def find_drum(name: str, key: int) -> Drum:
    """Returns what a kit has under a key from 27 to 87, or what stands in for it."""
    near = _neighbours().get(key, ())
    for kit in (name, *LENDERS):
        drums = _drums(kit)
        for own in (key, *near):
            if own in drums:
                return drums[own]
    return _drums(name)[38]


def _damped(sound: NDArray[np.float32], length_s: float, rate: int) -> NDArray[np.float32]:
    """Returns the sound choked after a time, as by a hand or a closing pair of cymbals."""
    start = round(max(length_s, 0.02) * rate)
    if start >= sound.size:
        return sound
    stop = min(sound.size, start + round(_DAMPED_S * rate))
    damped = sound[:stop].copy()
    damped[start:] *= np.linspace(1, 0, stop - start, dtype=np.float32) ** 2
    return damped


def _bent(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    size = np.abs(sound)
    over = np.flatnonzero(size > _KNEE)
    if over.size:
        room = np.float32(_CEILING - _KNEE)
        bent = _KNEE + room * np.tanh((size[over] - np.float32(_KNEE)) / room)
        sound[over] = np.copysign(bent, sound[over])
    return sound


@functools.cache
def _drums(name: str) -> dict[int, Drum]:
    folder = resources.files(__package__) / "kits"
    text = (folder / f"{name.replace(' ', '_')}.toml").read_text(encoding="utf-8")
    facts = tomllib.loads(text)
    base = _drums(facts["like"]) if "like" in facts else {}
    gain_db = float(facts.get("gain_db", 0.0))
    return base | {int(key): _drum(drum, gain_db) for key, drum in facts["drums"].items()}


@functools.cache
def _neighbours() -> dict[int, tuple[int, ...]]:
    text = (resources.files(__package__) / "neighbours.toml").read_text(encoding="utf-8")
    return {int(key): tuple(keys) for key, keys in tomllib.loads(text)["neighbours"].items()}


def _drum(facts: dict[str, Any], gain_db: float) -> Drum:
    return Drum(
        layers=tuple(read_layer(layer) for layer in facts["layers"]),
        gain_db=gain_db + float(facts.get("gain_db", 0.0)),
        pan=float(facts.get("pan", 0.0)),
    )
