"""`Strides`: feet that come down one after the other on any ground: gallop, walk, run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.dsp.grains import fade_out
from menura.dsp.modes import DECAY_60_DB
from menura.dsp.noise import Overlay
from menura.engines.effects.sources.base import BLOCK_FRAMES, LEVEL_DBFS, RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from menura.engines.effects.sources.base import Wish

_TRIALS = 6
_KINDS = 6


class Ground:
    """What a foot and a ground sound like together.

    Modes that ring (the thump of body and floor, the knock of heel and board), and grit: grains
    that collide or noise that rubs, in one band (P. Cook, "Modeling Bill's gait", AES 2002: PhISEM,
    particles whose number and force follow the foot).

    Args:
        table: `taps`, `contact_ms`, `modes` (tables with `hz` from-to, `count`, `t60_s`
            from-to, `db`), and `grit` (`hz` from-to, `slope_db`, `grains`, each of which lasts
            `grain_ms`, `rub_db` of noise against them, `length_s`, `late_s`, `db`). Levels are
            those of a hard tread, of energy 1 in all at 0 dB.
        heavy: 0 to 1: larger is lower and lasts longer.
        rng: draws the modes.
    """

    def __init__(self, table: Mapping[str, Any], heavy: float, rng: np.random.Generator) -> None:
        self._taps, self._rng = int(table["taps"]), rng
        low = 2 ** (0.7 * (0.5 - heavy))
        t = np.arange(self._taps) / RATE
        hz, t60_s, size = [], [], []
        for modes in table.get("modes", []):
            count = int(modes["count"])
            (low_hz, high_hz), (long_s, short_s) = modes["hz"], modes["t60_s"]
            hz.append(low * np.exp(np.sort(rng.uniform(np.log(low_hz), np.log(high_hz), count))))
            t60_s.append(np.linspace(long_s, short_s, count) * rng.uniform(0.8, 1.25, count))
            size.append(np.full(count, 10 ** (modes["db"] / 20) / np.sqrt(count)))
        self._hz = np.concatenate(hz)[:, np.newaxis]
        decay = DECAY_60_DB / np.concatenate(t60_s)[:, np.newaxis]
        turns = self._hz * t
        rings = np.sin((2 * np.pi * (turns - np.floor(turns))).astype(np.float32))
        rings *= np.exp((-decay * t).astype(np.float32)) * fade_out(self._taps)
        rings /= np.sqrt(np.sum(rings**2, axis=1, keepdims=True))
        self._rings = rings
        self._sizes = np.concatenate(size)
        self._contact_s = float(table["contact_ms"]) / 1000
        self._grit: Mapping[str, Any] = table.get("grit", {})
        if self._grit:
            needed = (self._grit["length_s"] * 3.5 + self._grit.get("late_s", 0.0)) * RATE
            self._grit_taps = min(self._taps, max(2048, -(-int(needed) // 1024) * 1024))
            self._grains = _grains(self._grit, low, self._grit_taps, rng)

    def tread(self, force: float, ring: float, rub: float) -> NDArray[np.float32]:
        """Returns one contact, shape (taps,), float32.

        Args:
            force: 1 = a hard tread; a softer one is duller.
            ring: how much of the modes is heard.
            rub: how much of the grit.
        """
        rng = self._rng
        contact_s = self._contact_s / max(force, 0.05) ** 0.3
        hard = 1 / (1 + (self._hz[:, 0] * contact_s) ** 2)
        uneven = np.exp(rng.normal(0, 0.35, self._sizes.size))
        uneven *= np.where(rng.random(self._sizes.size) < 0.5, -1, 1)
        sizes = (force * ring) * self._sizes * hard * uneven
        sound = sizes.astype(np.float32) @ self._rings
        # The force rises over the contact; without that each mode would begin with a corner.
        rise = max(8, int(0.5 * contact_s * RATE))
        sound[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32))
        if self._grit and rub > 0:
            sound[: self._grit_taps] += self._grind(force**1.2 * rub)
        return np.asarray(sound, np.float32)

    def _grind(self, size: float) -> NDArray[np.float32]:
        grit, rng, taps = self._grit, self._rng, self._grit_taps
        length_s = float(grit["length_s"]) * float(np.exp(rng.normal(0, 0.2)))
        late_s = float(grit.get("late_s", 0.0))
        pushed = np.zeros(taps, np.float32)
        count = int(rng.poisson(float(grit["grains"])))
        if count:
            at = (late_s + rng.gamma(1.8, length_s / 3, count)) * RATE
            at = at[at < 0.9 * taps].astype(np.int64)
            sizes = rng.normal(0, 1, at.size) * np.exp(rng.normal(0, 0.5, at.size))
            pushed += np.bincount(at, sizes, taps).astype(np.float32)
            pushed /= np.float32(np.sqrt(max(float(np.sum(sizes**2)), 1e-9)))
        if "rub_db" in grit:
            share = (np.arange(taps) / RATE - late_s) / length_s
            shape = np.where(share > 0, share * np.exp(1 - 3 * share), 0)
            noise = rng.standard_normal(taps, np.float32) * shape.astype(np.float32)
            noise *= np.float32(10 ** (grit["rub_db"] / 20) / np.sqrt(np.sum(noise**2)))
            pushed += noise
        band = self._grains[int(rng.integers(self._grains.shape[0]))]
        sound = np.fft.irfft(np.fft.rfft(pushed, norm="ortho") * band, taps, norm="ortho")
        sound *= fade_out(taps) * np.float32(size * 10 ** (grit["db"] / 20))
        return np.asarray(sound, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One of the contacts of a stride.

    Attributes:
        at: when, as a share of the stride.
        force: how hard.
        ring: how much of the ground's modes.
        rub: how much of its grit.
    """

    at: float
    force: float = 1.0
    ring: float = 1.0
    rub: float = 1.0


class Strides:
    """A bed of strides, each with the same contacts, none of them twice alike.

    Args:
        ground: what the feet come down on.
        contacts: of one stride.
        per_s: strides a second.
        wish: intensity is force; its pace changes when they come.
        rng: draws what differs.
    """

    channels = 1

    def __init__(
        self,
        ground: Ground,
        contacts: list[Contact],
        per_s: float,
        wish: Wish,
        rng: np.random.Generator,
    ) -> None:
        self._ground, self._contacts, self._rng = ground, contacts, rng
        self._force = 0.55 + 0.9 * wish.intensity
        self._per_s = per_s
        # Shoes and feet differ from each other, and stay as they are.
        self._own = np.exp(rng.normal(0, 0.08, (len(contacts), 2)))
        self._wanders, self._pace = 0.0, wish.pace
        self._overlay = Overlay(1, BLOCK_FRAMES)
        self._next = [(0.004 + c.at / per_s) * RATE for c in contacts]
        trials = [
            [ground.tread(c.force * self._force, c.ring, c.rub) for _ in range(_TRIALS)]
            for c in contacts
        ]
        energy = [np.mean([np.dot(trial, trial) for trial in feet]) for feet in trials]
        power = per_s * float(np.sum(energy)) / RATE
        self._sizes = 10 ** (LEVEL_DBFS / 20) * np.sqrt(np.array(energy) / power)

    def next(self) -> NDArray[np.float32]:
        """Returns the next block, shape (1, BLOCK_FRAMES), float32."""
        end = self._overlay.position + BLOCK_FRAMES
        for number in range(len(self._contacts)):
            while (frame := self._frame(self._next[number])) < end:
                at = max(int(frame), self._overlay.position)
                self._overlay.add(at, self._tread(number))
                # The pace wanders, and each foot comes down a little early or late.
                self._wanders = 0.8 * self._wanders + float(self._rng.normal(0, 0.012))
                late = float(self._rng.normal(0, 0.012))
                due = self._next[number] + (1 + self._wanders) / self._per_s * RATE
                self._next[number] = due + late * RATE / self._per_s / len(self._contacts)
        return self._overlay.next()

    def _frame(self, even: float) -> float:
        """Returns the frame of what at the usual pace would come at another."""
        return even if self._pace is None else self._pace.moment_s(even / RATE) * RATE

    def _tread(self, number: int) -> NDArray[np.float32]:
        contact, (force, ring) = self._contacts[number], self._own[number]
        harder = force * float(np.exp(self._rng.normal(0, 0.12)))
        ring *= contact.ring
        sound = self._ground.tread(contact.force * self._force * harder, ring, contact.rub)
        # So loud as such a tread is on average, and as much more or less as this one is harder:
        # by chance modes add up to more or less than they are.
        return sound * np.float32(self._sizes[number] * harder / np.sqrt(np.dot(sound, sound)))


def _grains(
    grit: Mapping[str, Any], low: float, taps: int, rng: np.random.Generator
) -> NDArray[np.complex64]:
    """Returns spectra of some kinds of grains, of mean power 1, shape (_KINDS, bins).

    Each is a burst of noise that dies away, in the band of the grit.
    """
    octave = np.log2(np.maximum(np.fft.rfftfreq(taps, 1 / RATE), 1.0))
    first, last = np.log2(np.asarray(grit["hz"]) * low)
    beyond = np.maximum(first - octave, 0) + np.maximum(octave - last, 0)
    gain = 10 ** (-float(grit["slope_db"]) * beyond / 20)
    gain[0] = 0.0
    fall = np.exp(-np.arange(1024) * (DECAY_60_DB / (float(grit["grain_ms"]) / 1000 * RATE)))
    bursts = np.fft.rfft(rng.standard_normal((_KINDS, 1024)) * fall, taps) * gain
    power = np.mean(np.abs(bursts) ** 2, axis=1, keepdims=True)
    return np.asarray(bursts / np.sqrt(power), np.complex64)
