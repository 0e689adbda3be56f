"""Convolution of streams with long and short responses, in blocks of one length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from menura.audio.spectral import transform_rows, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SINGLE: Literal["ortho"] = "ortho"
"""With numpy 2 a forward transform of single precision is worked out in double precision unless
it is scaled: 1.97 against 0.33 ms for four of 32,768 frames. Scaled both ways it comes out even."""

_INAUDIBLE = 1e-6

_STEP_FRAMES = 1024
"""Lengths of transforms are multiples of it."""

_HOP_FRAMES = 4096
"""A quarter of a block of 16,384: four rows are transformed at once, each in a third of the time
that one row alone takes."""


class _Room(NamedTuple):
    """Where a `Convolver` works."""

    rows: NDArray[np.float32]
    spectra: NDArray[np.complex64]
    heard: NDArray[np.complex64]
    product: NDArray[np.complex64]
    waves: NDArray[np.float32]


class Convolver:
    """Sends every input through its own response to every output: rooms, echoes, speakers.

    Uniformly partitioned overlap-save (Wefers, "Partitioned convolution algorithms for real-time
    auralization", 2015, chapter 5): the response is cut into blocks, whose spectra are multiplied
    with those of the last input blocks. There is no delay.

    Args:
        responses: shape (inputs, outputs, taps).
        block_frames: the length of every block but the last.
    """

    def __init__(self, responses: NDArray[np.float32], block_frames: int) -> None:
        inputs, outputs, taps = responses.shape
        self._block = block_frames
        count = max(1, -(-taps // block_frames))
        padded = np.zeros((inputs, outputs, count * block_frames), np.float32)
        padded[:, :, :taps] = responses
        parts = padded.reshape(inputs, outputs, count, block_frames).transpose(2, 0, 1, 3)
        self._spectra = np.fft.rfft(parts, 2 * block_frames).astype(np.complex64)
        strongest = float(np.abs(self._spectra).max(initial=0.0))
        self._reach = [[_reach(answers, strongest) for answers in part] for part in self._spectra]
        self._past = np.zeros((count, inputs, self._spectra.shape[-1]), np.complex64)
        self._sent = np.zeros((count, inputs), bool)
        self._last = np.zeros((inputs, block_frames), np.float32)
        self._room: _Room | None = None
        self._newest = 0
        self._silent_for = count + 1

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns what is heard at the outputs, shape (outputs, frames), float32.

        Args:
            samples: shape (inputs, frames); a whole number of blocks, but for the last time. Two
                blocks of two inputs at once take little more time than one.
        """
        frames = samples.shape[1]
        blocks = -(-frames // self._block)
        count = self._past.shape[0]
        if samples.any():
            self._silent_for = 0
        else:
            self._silent_for += blocks
            if self._silent_for > count + blocks:
                return np.zeros((self._spectra.shape[2], frames), np.float32)
        room = self._room_for(blocks)
        new = room.rows[..., self._block :]
        padded = blocks * self._block
        if frames < padded:
            samples = np.pad(samples, ((0, 0), (0, padded - frames)))
        new[:] = samples.reshape(len(samples), blocks, self._block)
        room.rows[:, 1:, : self._block] = new[:, :-1]
        room.rows[:, 0, : self._block] = self._last
        self._last[:] = new[:, -1]
        transform_rows(np.fft.rfft, room.rows, room.spectra)
        sent = np.asarray(room.rows.any(axis=2))
        room.heard[:] = 0.0
        for block in range(blocks):
            self._newest = (self._newest - 1) % count
            self._past[self._newest] = room.spectra[:, block]
            self._sent[self._newest] = sent[:, block]
            self._add(room.heard[block], room.product)
        transform_rows(np.fft.irfft, room.heard, room.waves)
        result = room.waves[..., self._block :].transpose(1, 0, 2).copy()
        return np.asarray(result.reshape(len(result), -1)[:, :frames], np.float32)

    def _room_for(self, blocks: int) -> _Room:
        """Returns room to work in, kept: fresh memory for each would double the time."""
        if self._room is None or len(self._room.heard) != blocks:
            outputs, bins = self._spectra.shape[2:]
            inputs = self._last.shape[0]
            self._room = _Room(
                np.empty((inputs, blocks, 2 * self._block), np.float32),
                np.empty((inputs, blocks, bins), np.complex64),
                np.empty((blocks, outputs, bins), np.complex64),
                np.empty((outputs, bins), np.complex64),
                np.empty((blocks, outputs, 2 * self._block), np.float32),
            )
        return self._room

    def _add(self, heard: NDArray[np.complex64], product: NDArray[np.complex64]) -> None:
        """Adds up the spectra of what the last blocks give, shape (outputs, bins)."""
        count = self._past.shape[0]
        for part in range(count):
            at = (self._newest + part) % count
            for i, answers in enumerate(self._spectra[part]):
                reach = self._reach[part][i]
                if reach and self._sent[at, i]:
                    np.multiply(
                        self._past[at, i, :reach], answers[:, :reach], out=product[:, :reach]
                    )
                    heard[:, :reach] += product[:, :reach]


class Equaliser:
    """Filters every channel of a stream with a response of its own.

    Args:
        responses: shape (channels, taps), with no more taps than frames in a block. Sound may
            have fewer channels: the first ones.
        block_frames: the length of every block but the last.
    """

    def __init__(self, responses: NDArray[np.float32], block_frames: int) -> None:
        taps = responses.shape[1]
        self._hop = min(block_frames, _HOP_FRAMES)
        self._fft_frames = -(-(self._hop + taps - 1) // _STEP_FRAMES) * _STEP_FRAMES
        spectra = np.fft.rfft(responses, self._fft_frames).astype(np.complex64)
        self._spectra = spectra[:, None, :]
        self._last = np.zeros((responses.shape[0], self._fft_frames - self._hop), np.float32)

    @property
    def ringing(self) -> bool:
        """Whether something would be heard even if silence came next."""
        return bool(self._last.any())

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Returns the filtered samples, shape as given: (channels, frames), float32."""
        channels, frames = samples.shape
        kept = self._last.shape[1]
        hops = -(-frames // self._hop)
        joined = np.zeros((channels, kept + hops * self._hop), np.float32)
        joined[:, :kept] = self._last[:channels]
        joined[:, kept : kept + frames] = samples
        self._last[:channels] = joined[:, frames : frames + kept]
        busy = joined.any(axis=1)
        if busy.all():
            return self._filtered(joined, self._spectra[:channels])[:, :frames]
        result = np.zeros_like(samples)
        if busy.any():
            result[busy] = self._filtered(joined[busy], self._spectra[:channels][busy])[:, :frames]
        return result

    def _filtered(
        self, joined: NDArray[np.float32], responses: NDArray[np.complex64]
    ) -> NDArray[np.float32]:
        spectra = np.fft.rfft(windows(joined, self._fft_frames, self._hop), norm=_SINGLE)
        spectra *= responses
        heard = np.fft.irfft(spectra, self._fft_frames, norm=_SINGLE)[..., -self._hop :]
        return np.asarray(heard.reshape(len(joined), -1), np.float32)


def _reach(answers: NDArray[np.complex64], strongest: float) -> int:
    """Returns how many bins of some spectra matter: what is above 120 dB below the strongest."""
    there = np.flatnonzero(np.abs(answers).max(axis=0) > _INAUDIBLE * strongest)
    return int(there[-1]) + 1 if there.size else 0


def minimum_phase(
    hz: NDArray[np.float64], gain_db: NDArray[np.float64], rate: int, taps: int
) -> NDArray[np.float32]:
    """Returns the minimum-phase response with a gain curve, shape (taps,), float32.

    By the folded cepstrum (Oppenheim and Schafer, "Discrete-Time Signal Processing", 13.4).

    Args:
        hz: shape (points,), rising; the curve is straight over log frequency between them.
        gain_db: shape (points,).
        rate: Hz.
        taps: length; the curve is met as closely as that allows.
    """
    size = 8 * taps
    bins = np.fft.rfftfreq(size, 1 / rate)
    curve_db = np.interp(np.log(np.maximum(bins, bins[1])), np.log(hz), gain_db)
    cepstrum = np.fft.irfft(curve_db * (np.log(10) / 20))
    fold = np.zeros(size)
    fold[0], fold[size // 2] = 1.0, 1.0
    fold[1 : size // 2] = 2.0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum * fold)))[:taps]
    fade = np.ones(taps)
    tail = taps // 4
    fade[-tail:] = 0.5 + 0.5 * np.cos(np.pi * np.arange(tail) / tail)
    return np.asarray(response * fade, np.float32)
