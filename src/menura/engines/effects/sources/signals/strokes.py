"""Beds of single strokes: chimes, ticks, Morse code, the two gongs of a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import ring_grains
from menura.dsp.modes import Modes, ring
from menura.dsp.noise import Overlay
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE
from menura.engines.effects.sources.machines.parts import at_share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_LEVEL = 10 ** (LEVEL_DBFS / 20)
_FREE_BAR = ((1.0, 1.0, 0.0), (2.756, 0.5, -7.0), (5.404, 0.25, -15.0), (8.933, 0.12, -24.0))
_CODE = {
    "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.", "G": "--.",
    "H": "....", "I": "..", "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.",
    "O": "---", "P": ".--.", "Q": "--.-", "R": ".-.", "S": "...", "T": "-", "U": "..-",
    "V": "...-", "W": ".--", "X": "-..-", "Y": "-.--", "Z": "--..",
}  # fmt: skip
"""ITU-R M.1677."""


class Strokes:
    """A bed that lays one sound after the other, each out of `_stroke`, and after it a gap."""

    channels = 1

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._laid = Overlay(1, BLOCK_FRAMES)
        self._next = 0.0

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        end = self._laid.position + BLOCK_FRAMES
        while self._next < end:
            sound, gap_s = self._stroke()
            self._laid.add(max(int(self._next), self._laid.position), sound)
            self._next += gap_s * RATE
        return self._laid.next()

    def _stroke(self) -> tuple[NDArray[np.float32], float]:
        raise NotImplementedError


class Chime(Strokes):
    """Tubes that hang in a ring and are struck as a disc swings: in flurries, neighbours first."""

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        super().__init__(rng)
        voice = table[wish.variant]
        scale = 2 ** (1.2 * (0.5 - wish.size))
        self._per_s = at_share(voice["per_s"], wish.intensity)
        self._gusts = float(voice["gusts"])
        t60_s = float(voice["t60_s"])
        frames = int(0.5 * t60_s * RATE)
        fade = np.cos(np.linspace(0, np.pi / 2, frames)).astype(np.float32)
        tubes = []
        for note in voice["notes_hz"]:
            ratio, length, db = np.array(_FREE_BAR).T
            bright = 6 * (wish.intensity - 0.5) * np.log2(ratio)
            hz = float(note) * scale * ratio * (1 + 0.002 * rng.standard_normal(ratio.size))
            modes = Modes(
                hz=np.concatenate([hz, hz[:2] * 1.0007]),
                amplitude=10 ** (np.concatenate([db + bright, db[:2] - 5]) / 20),
                t60_s=np.concatenate([length, length[:2]]) * t60_s * scale**-0.4,
                phase=np.full(ratio.size + 2, -np.pi / 2),
            )
            tubes.append(ring(modes, frames, RATE) * fade)
        self._tubes = np.stack(tubes)
        energy = float(np.mean(np.sum(self._tubes**2, axis=1))) / RATE * self._per_s
        # Flurries overlap, which adds 0.8 dB (measured over a minute).
        self._size = _LEVEL / np.sqrt(1.2 * energy * np.exp(2 * 0.45**2))
        # Moods spread gaps: their mean is longer than that of an even pace by as much.
        self._hurry = float(np.exp(0.5 * min(0.8 * self._gusts, 0.9) ** 2))
        self._tube, self._mood = 0, 0.0
        for _ in range(round(2.0 * RATE / BLOCK_FRAMES)):
            self.next()  # they swing already when one begins to listen

    def _stroke(self) -> tuple[NDArray[np.float32], float]:
        rng = self._rng
        step = int(rng.choice([1, -1, 2, -2, 3], p=[0.35, 0.25, 0.15, 0.15, 0.1]))
        self._tube = (self._tube + step) % self._tubes.shape[0]
        self._mood = 0.85 * self._mood + 0.5 * self._gusts * float(rng.standard_normal())
        pace = self._per_s * self._hurry * np.exp(np.clip(self._mood, -1.5, 1.5))
        gap_s = float(np.clip(rng.exponential(1 / pace), 0.03, 1.8 / self._per_s))
        size = self._size * np.exp(0.45 * rng.standard_normal() + 0.12 * self._mood)
        return self._tubes[self._tube] * np.float32(size), gap_s


class Countdown(Strokes):
    """A tick and a pip every second."""

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        super().__init__(rng)
        voice = table[wish.variant]
        hz = float(voice["hz"]) * 2 ** (0.5 * (0.5 - wish.size)) * float(rng.uniform(0.99, 1.01))
        frames = int(float(voice["beep_s"]) * (0.7 + 0.6 * wish.intensity) * RATE)
        t = np.arange(frames) / RATE
        edge = np.minimum(1, np.minimum(t, t[-1] - t) / 0.003)
        pip = np.sin(2 * np.pi * hz * t) + 0.1 * np.sin(2 * np.pi * 3 * hz * t)
        self._pip = np.asarray(pip * edge, np.float32)
        self._hz = np.array([1900.0, 3600.0, 5900.0])
        self._every_s = float(voice["every_s"])
        power = float(np.sum(self._pip**2)) / RATE / self._every_s
        self._size = np.float32(_LEVEL / np.sqrt(power))

    def _stroke(self) -> tuple[NDArray[np.float32], float]:
        rng = self._rng
        hz = self._hz * (1 + 0.01 * rng.standard_normal(3))
        click = ring_grains(hz, np.array([0.012, 0.009, 0.006]), 768, RATE).sum(axis=0)
        sound = self._pip * np.float32(rng.uniform(0.98, 1.02))
        sound[:768] += click * np.float32(rng.uniform(0.2, 0.3))
        return sound * self._size, self._every_s


class Morse(Strokes):
    """Random letters in Morse code, keyed by hand."""

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        super().__init__(rng)
        voice = table[wish.variant]
        self._dot_s = 1.2 / at_share(voice["words_per_minute"], wish.intensity)
        self._hz = (
            float(voice["hz"]) * 2 ** (0.35 * (0.5 - wish.size)) * float(rng.uniform(0.98, 1.02))
        )
        # PARIS: 22 of 50 units are sounding, of random letters somewhat more.
        self._size = np.float32(_LEVEL / np.sqrt(0.5 * 0.48))
        self._marks: list[tuple[float, float]] = []

    def _stroke(self) -> tuple[NDArray[np.float32], float]:
        if not self._marks:
            self._write()
        units, gap = self._marks.pop(0)
        hand = float(self._rng.normal(1, 0.04))
        seconds = units * self._dot_s * hand
        t = np.arange(int(seconds * RATE)) / RATE
        edge = np.minimum(1, np.minimum(t + 1 / RATE, seconds - t) / 0.005)
        chirp = 1 + 0.004 * np.exp(-t / 0.01)
        sound = np.sin(2 * np.pi * self._hz * t * chirp) * np.sin(0.5 * np.pi * edge) ** 2
        rest_s = gap * self._dot_s * float(self._rng.normal(1, 0.06))
        return np.asarray(sound, np.float32) * self._size, seconds + max(rest_s, 0.4 * self._dot_s)

    def _write(self) -> None:
        letters = self._rng.choice(list(_CODE), int(self._rng.integers(2, 8)))
        for letter in letters:
            code = _CODE[str(letter)]
            self._marks += [(1.0 if sign == "." else 3.0, 1.0) for sign in code]
            self._marks[-1] = (self._marks[-1][0], 3.0)
        self._marks[-1] = (self._marks[-1][0], 7.0)


class TwoGongs(Strokes):
    """A clapper between two gongs: so many strokes each way a second, some seconds on and off."""

    def __init__(self, table: Mapping[str, Any], wish: Wish, rng: np.random.Generator) -> None:
        super().__init__(rng)
        voice = table["voices"][wish.variant]
        self._half_s = 0.5 / float(voice["hz"])
        self._on_s, self._off_s = voice["rings"][0]
        ratio = np.array([1.0, 1.006, 2.31, 3.72, 5.3])
        t60 = np.array([0.55, 0.5, 0.3, 0.2, 0.12])
        level = np.array([0, -4, -5, -9, -15]) + 8 * (wish.intensity - 0.5) * np.log2(ratio)
        scale = 2 ** (0.7 * (0.5 - wish.size)) * float(rng.uniform(0.96, 1.04))
        rows = [
            ring(
                Modes(
                    hz=hz * scale * ratio,
                    amplitude=10 ** (level / 20),
                    t60_s=t60,
                    phase=np.full(ratio.size, -np.pi / 2),
                ),
                RATE * 9 // 10,
                RATE,
            )
            for hz in voice["gongs"][0]
        ]
        fade = np.cos(np.linspace(0, np.pi / 2, rows[0].size)).astype(np.float32)
        self._gongs = np.stack(rows) * fade
        duty = self._on_s / (self._on_s + self._off_s)
        energy = float(np.mean(np.sum(self._gongs**2, axis=1))) / RATE / self._half_s
        self._size = _LEVEL / np.sqrt(energy * duty)
        self._count = 0

    def _stroke(self) -> tuple[NDArray[np.float32], float]:
        sound = self._gongs[self._count % 2] * np.float32(
            self._size * self._rng.uniform(0.92, 1.08)
        )
        self._count += 1
        gap_s = self._half_s * float(self._rng.normal(1, 0.03))
        if self._count >= round(self._on_s / self._half_s):
            self._count = 0
            gap_s += self._off_s
        return sound, gap_s
