"""`Pen`: someone who writes by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.noise import Colour, Overlay
from menura.dsp.solids import Body, strike
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.dsp.solids import Thing
    from menura.engines.effects.sources.base import Wish

_STEP_FRAMES = 64
_STEPS = BLOCK_FRAMES // _STEP_FRAMES
_TRIAL_WORDS = 40


class Pen:
    """A pen on paper: strokes, words, and the pen put down again.

    Strokes have a maximum of speed each, about ten of them a second (H. Teulings, F. Maarse,
    "Digital recording and processing of handwriting movements", Human Movement Science 3, 1984).
    What is heard is friction, louder and brighter with speed, and uneven as the fibres are.

    Args:
        table: `strokes_per_s`, `stroke_spread`, `word_s`, `lift_s`, `pause_chance`, `pause_s`,
            `noise` (points of Hz and dB), `grains_per_s`, `body`, `contact_ms`, `tap_db`.
        things: the objects.
        wish: intensity is how fast and firmly, size how large the strokes are.
        rng: draws everything else.
    """

    def __init__(
        self,
        table: Mapping[str, Any],
        things: Mapping[str, Thing],
        wish: Wish,
        rng: np.random.Generator,
    ) -> None:
        self._table, self._rng = table, rng
        self._fast = 2.2 ** (wish.intensity - 0.5)
        self._large = 1.5 ** (2 * wish.size - 1)
        tone = self._fast**0.4 / self._large**0.4
        points = [(hz * tone, level_db) for hz, level_db in table["noise"]]
        self._noise = Colour(points, RATE, BLOCK_FRAMES, 1, rng)
        body = Body.make(things[table["body"]], rng, self._large**0.5)
        contact_s = 1e-3 * table["contact_ms"] / self._fast**0.5
        taps = [strike(body, contact_s, rng, RATE, grit_db=-4.0) for _ in range(6)]
        loud = self._fast**0.5 * 10 ** (table["tap_db"] / 20)
        self._taps = [tap * np.float32(loud / np.abs(tap).max()) for tap in taps]
        self._overlay = Overlay(1, BLOCK_FRAMES)
        self._speeds = np.zeros(0)
        self._downs: list[int] = []
        self._step = 0
        self._last = np.float32(0)
        self._curve_end = 0.0
        self._gain = np.float32(10 ** (LEVEL_DBFS / 20) / np.sqrt(self._power()))

    @property
    def channels(self) -> int:
        """1."""
        return 1

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        while self._speeds.size < _STEPS + 1:
            self._write_word()
        curve = np.concatenate([[self._curve_end], self._speeds[:_STEPS]]).astype(np.float32)
        self._speeds, self._curve_end = self._speeds[_STEPS:], float(curve[-1])
        ramp = np.arange(_STEP_FRAMES, dtype=np.float32) / np.float32(_STEP_FRAMES)
        ends = np.stack([curve[:-1], curve[1:]], axis=1)
        speed = (ends @ np.stack([1 - ramp, ramp])).reshape(-1)
        scratch, shrill = self._friction()
        scratch = speed * (scratch + speed * shrill)
        here, self._downs = (
            [d for d in self._downs if d < self._step + _STEPS],
            [d for d in self._downs if d >= self._step + _STEPS],
        )
        for down in here:
            tap = self._taps[int(self._rng.integers(len(self._taps)))]
            size = np.float32(10 ** (3 * self._rng.standard_normal() / 20))
            frame = self._overlay.position + (down - self._step) * _STEP_FRAMES
            self._overlay.add(frame, tap * size)
        self._step += _STEPS
        return (scratch[np.newaxis] + self._overlay.next()) * self._gain

    def _friction(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Returns what is heard at a low speed, and what comes to it with speed, one block."""
        noise = self._noise.next()[0]
        # Fibres catch the ball: what is large comes out larger.
        noise *= np.float32(0.4) + np.abs(noise)
        # A difference lifts what is high.
        rise = noise.copy()
        rise[1:] -= noise[:-1]
        rise[0] -= self._last
        self._last = noise[-1]
        return noise, rise * np.float32(1.5)

    def _power(self) -> float:
        """Returns the mean power that it will have, from words that nobody hears."""
        rng, self._rng = self._rng, self._rng.spawn(1)[0]
        for _ in range(_TRIAL_WORDS):
            self._write_word()
        speed, words = self._speeds, len(self._downs)
        self._speeds, self._downs, self._rng = np.zeros(0), [], rng
        low, high = self._friction()
        power = float(np.mean(speed**2) * np.mean(low**2) + np.mean(speed**4) * np.mean(high**2))
        power += 2 * float(np.mean(speed**3) * np.mean(low * high))
        taps = float(np.mean([np.dot(tap, tap) for tap in self._taps])) * 1.27
        return power + words * taps / (speed.size * _STEP_FRAMES)

    def _write_word(self) -> None:
        """Adds a word to the course of speed, and a lift of the pen after it."""
        table, rng = self._table, self._rng
        step_s = _STEP_FRAMES / RATE
        low_s, high_s = table["word_s"]
        left_s = float(rng.uniform(low_s, high_s))
        self._downs.append(self._step + self._speeds.size)
        parts = [self._speeds]
        while left_s > 0:
            spread = float(np.exp(table["stroke_spread"] * rng.standard_normal()))
            length_s = spread / (table["strokes_per_s"] * self._fast)
            count = max(4, round(length_s / step_s))
            bell = np.sin(np.pi * (np.arange(count) + 0.5) / count) ** 1.5
            firm = float(np.exp(0.25 * rng.standard_normal())) * self._fast**0.5
            parts.append(firm * (0.12 + 0.88 * bell))
            left_s -= length_s
        low_s, high_s = table["lift_s"]
        lift_s = float(rng.uniform(low_s, high_s)) / self._fast
        if rng.random() < table["pause_chance"]:
            lift_s += table["pause_s"] * float(rng.uniform(0.5, 1.5)) / self._fast
        parts.append(np.zeros(max(2, round(lift_s / step_s))))
        self._speeds = np.concatenate(parts)
