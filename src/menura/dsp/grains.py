"""`Grains`: short sounds out of a bank, laid at given frames of a stream, each with its own size.

Where `menura.dsp.noise.Shots` filters impulses with a few shapes, this lays any of hundreds of
different grains: drops, bubbles, snaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.dsp.modes import DECAY_60_DB

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Grains:
    """A stream of grains.

    Args:
        bank: shape (grains, taps).
        block_frames: length of every block.
        channels: 1 or 2.
    """

    def __init__(self, bank: NDArray[np.float32], block_frames: int, channels: int) -> None:
        self._bank = bank.copy()
        self._taps = bank.shape[1]
        self._heard = np.array([_heard(row) for row in bank], np.int64)
        self._frames, self._channels = block_frames, channels
        self._tail = np.zeros((channels, self._taps), np.float32)

    def replace(self, row: int, grain: NDArray[np.float32]) -> None:
        """Puts another grain in the place of one, shape (taps,)."""
        self._bank[row] = grain
        self._heard[row] = _heard(grain)

    def next(
        self,
        at: NDArray[np.int64],
        gains: NDArray[np.float64],
        rows: NDArray[np.int64],
        angle: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float32]:
        """Returns the next block, shape (channels, block_frames), float32.

        Args:
            at: frame of the block where each grain begins, shape (count,).
            gains: their sizes, shape (count,).
            rows: which of the bank each is, shape (count,).
            angle: of two channels, where each is: 0 left to pi / 2 right, at equal power.
        """
        whole = self._frames + self._taps
        sound = np.zeros((self._channels, whole), np.float32)
        if at.size:
            # Grains end to end, each as long as it is heard.
            heard = self._heard[rows]
            first = np.cumsum(heard) - heard
            steps = np.arange(int(first[-1] + heard[-1]))
            places = steps + np.repeat(at - first, heard)
            taken = self._bank.reshape(-1).take(steps + np.repeat(rows * self._taps - first, heard))
            for channel in range(self._channels):
                side = gains if angle is None else gains * _side(angle, channel)
                laid = taken * np.repeat(side.astype(np.float32), heard)
                sound[channel] = np.bincount(places, laid, whole)
        sound[:, : self._taps] += self._tail
        self._tail = sound[:, self._frames :].copy()
        return sound[:, : self._frames]


def _heard(grain: NDArray[np.float32]) -> int:
    """Returns how many frames of a grain lie within 60 dB of its largest, at least one."""
    size = np.abs(grain)
    loud = np.flatnonzero(size > 0.001 * float(size.max(initial=0.0)))
    return int(loud[-1]) + 1 if loud.size else 1


def ring_grains(
    hz: NDArray[np.float64],
    t60_s: NDArray[np.float64],
    taps: int,
    rate: int,
    glide: NDArray[np.float64] | float = 0.0,
) -> NDArray[np.float32]:
    """Returns damped sines that begin at 0, shape (grains, taps), float32, largest near 1.

    Args:
        hz: shape (grains,).
        t60_s: time in which each falls by 60 dB, shape (grains,), seconds.
        taps: frames; the last eighth fades out.
        rate: Hz.
        glide: how fast each rises, as a share of its frequency each second.
    """
    t = (np.arange(taps) / rate)[np.newaxis]
    shape = (-1, 1)
    turn = np.reshape(hz, shape) * t * (1 + np.reshape(glide, shape) * t / 2)
    turn -= np.floor(turn)
    sound = np.sin((2 * np.pi * turn).astype(np.float32))
    sound *= np.exp((-DECAY_60_DB / np.reshape(t60_s, shape) * t).astype(np.float32))
    return sound * fade_out(taps)


def cut_below(
    bank: NDArray[np.float32], hz: NDArray[np.float64] | float, rate: int
) -> NDArray[np.float32]:
    """Returns grains without what lies below a frequency, shape as given: (grains, taps).

    A damped sine that sets in at once has a thump under its pitch, which small things do not
    radiate. The slope is 12 dB per octave, and nothing is left at 0 Hz.

    Args:
        bank: shape (grains, taps).
        hz: -6 dB point, one or one for each grain.
        rate: Hz.
    """
    taps = bank.shape[1]
    bins = np.fft.rfftfreq(2 * taps, 1 / rate)[np.newaxis]
    corner = np.reshape(np.asarray(hz, np.float64), (-1, 1))
    spectra = np.fft.rfft(bank, 2 * taps)
    # Of minimum phase, so that nothing sounds before the grain begins.
    spectra *= (1j * bins / (1j * bins + corner)) ** 2
    cut = np.fft.irfft(spectra, 2 * taps)[:, :taps]
    return np.asarray(cut * fade_out(taps), np.float32)


def fade_out(taps: int) -> NDArray[np.float32]:
    """Returns ones that fall to zero over the last eighth, shape (taps,), float32."""
    fade = np.ones(taps, np.float32)
    last = max(1, taps // 8)
    fade[-last:] = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, last + 1) / last)
    return fade


def _side(angle: NDArray[np.float64], channel: int) -> NDArray[np.float64]:
    return np.asarray(np.sin(angle) if channel else np.cos(angle), np.float64)
