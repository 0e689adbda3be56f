"""`Typing`: someone who types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.effects.sources.base import RATE
from menura.engines.effects.sources.household.strokes import Strokes
from menura.engines.effects.sources.impacts.edges import overlay
from menura.engines.effects.sources.impacts.sequence import Manner, Mechanism, read_steps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from menura.dsp.solids import Thing
    from menura.engines.effects.sources.base import Wish

_TRIAL = 48
_SINGLE_S = 0.3
"""What is wanted shorter than this is one key."""


class Typing(Strokes):
    """Keys that are pressed and let go, word after word, with thoughts between them.

    V. Dhakal and others, "Observations on typing from 136 million keystrokes", CHI (2018): the time
    from key to key is skewed, 0.24 s on average, and longer where a word begins; it goes down to
    0.1 s for those who type fast.

    Args:
        table: of the variant: `press` and `release` (steps), `interval_s` and its `spread`,
            `hold_s`, `word_pause`, `thinks` and `thinks_s`, how many `keys` are told apart,
            `space_scale`, `return_after` so many keys, `return_steps`.
        things: the objects.
        wish: intensity is how fast and hard, size how large the keyboard is.
        rng: draws everything else.
    """

    def __init__(
        self,
        table: Mapping[str, Any],
        things: Mapping[str, Thing],
        wish: Wish,
        rng: np.random.Generator,
    ) -> None:
        self._table = table
        manner = Manner.of(wish, {**table, "pace_span": 1.0, "scale_span": 1.4})
        self._hurry = 2.6 ** (0.5 - wish.intensity)
        is_single = wish.length_s is not None and wish.length_s < _SINGLE_S
        self._apart_s = _SINGLE_S if is_single else 0.0
        self._press = read_steps(table["press"])
        self._release = read_steps(table["release"])
        self._return = read_steps(table["return_steps"])
        self._letters = Mechanism(things, manner, table["keys"])
        long = manner.scale * table["space_scale"]
        self._space = Mechanism(
            things, Manner(scale=long, contact=1.25 * manner.contact, hard=manner.hard)
        )
        super().__init__(self._typed, _TRIAL, rng, wish.pace)

    def _typed(self, rng: np.random.Generator) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Yields keys: (seconds since the last, sound)."""
        table = self._table
        since_return, gap_s = 0, 0.0
        while True:
            for letter in range(int(rng.integers(2, 9)) + 1):
                space = letter == 0 and since_return > 0
                yield gap_s, self._key(rng, space=space)
                since_return += 1
                gap_s = table["interval_s"] * float(np.exp(table["spread"] * rng.standard_normal()))
                gap_s = max(self._apart_s, gap_s * self._hurry, 0.05 * self._hurry)
            gap_s *= table["word_pause"]
            if rng.random() < table["thinks"]:
                gap_s += table["thinks_s"] * self._hurry * float(rng.uniform(0.5, 1.5))
            if table["return_after"] and since_return > table["return_after"]:
                sound = self._letters.work(self._return, rng)
                yield 0.3, sound
                gap_s, since_return = sound.size / RATE + 0.4, 0

    def _key(self, rng: np.random.Generator, *, space: bool) -> NDArray[np.float32]:
        key = self._space if space else self._letters
        size = np.float32(10 ** (1.5 * rng.standard_normal() / 20))
        pressed, let_go = key.work(self._press, rng), key.work(self._release, rng)
        held_s = (
            self._table["hold_s"] * self._hurry**0.5 * float(np.exp(0.2 * rng.standard_normal()))
        )
        return overlay([(0.0, pressed * size), (held_s, let_go * size)], RATE)
