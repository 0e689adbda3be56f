"""Turning bands up and down: one pattern of gains, put into a mix and alike into its stems."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from menura.audio.spectral import transform_rows, windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERLAP = 4  # hops per window
_SECOND = 0.618  # weight of the second channel in what noise is scaled by, beside the first
_STRIDE = 127  # from one sample to the next of those that are compared first
_ROUNDING = 3e-8  # what sums of some ten stems may be off by; -150 dB of full scale


class Fill(NamedTuple):
    """Noise that is added to some frames.

    Attributes:
        frames: shape (n,), which of the frames, in order.
        spectra: shape (n, bins that are turned), for a frame of energy 1.
    """

    frames: NDArray[np.intp]
    spectra: NDArray[np.complex64]

    @property
    def where(self) -> slice | NDArray[np.intp]:
        """The frames, as a slice where there is no gap: nothing has to be copied then."""
        first, count = int(self.frames[0]), len(self.frames)
        gapless = int(self.frames[-1]) - first == count - 1
        return slice(first, first + count) if gapless else self.frames

    def scaled(self, by: NDArray[np.float32]) -> Fill:
        """Returns the noise of each frame times a number of its own."""
        scaled = (self.spectra.view(np.float32) * by[:, None]).view(np.complex64)
        return Fill(self.frames, scaled)


class Turner:
    """Multiplies the spectra of overlapping frames by gains and adds the change to the sound.

    All channels get the same gains, so this is linear: stems turned with their mix still add up
    to it. What is silent, or the same in both channels of a stem, is worked out but once.

    Args:
        hop: frames from one window to the next; a window is four hops long.
        channels: of the sound.
        control: the first channels, whose spectra the caller has already.
        turned: first and last bin + 1 that gains are given for.
        complete: the other channels, as many as `control` in each stem, add up to the first ones.
            The last stem then gets what the others leave of the mix's change: it is the same but
            for rounding, without transforms of its own.
        most: the most frames that are worked on at once.
    """

    def __init__(
        self,
        hop: int,
        channels: int,
        control: int,
        turned: tuple[int, int],
        *,
        complete: bool,
        most: int,
    ) -> None:
        size = OVERLAP * hop
        self._hop = hop
        self._channels = channels
        self._control = control
        self._own = channels - control if complete else channels  # turned by themselves
        self._window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype("f4")
        # sqrt-Hann twice at a hop of a quarter sums to 2.
        self._half_window = self._window * np.float32(0.5)
        self._turned = slice(*turned)
        self._changed = np.zeros((most, size // 2 + 1), np.complex64)  # zero but for those
        # Room to work in, taken once: fresh memory for each would cost a third of the time.
        self._waves = np.zeros((most, size), np.float32)
        self._spectra = np.zeros_like(self._changed)
        self._total = np.zeros((most + OVERLAP - 1, hop), np.float32)
        self._tails = np.zeros((channels, OVERLAP - 1, hop), np.float32)

    def analyse(
        self, sound: NDArray[np.float32], spectra: NDArray[np.complex64]
    ) -> NDArray[np.float32]:
        """Fills the spectra of the windowed frames, one each hop; returns the frames' energies.

        The spectra are scaled by 1 / sqrt(size).

        Args:
            sound: shape (frames + 3 hops,), of one channel.
            spectra: shape (frames, bins), contiguous.
        """
        framed = self._waves[: len(spectra)]
        np.multiply(windows(sound, self._window.size, self._hop), self._window, out=framed)
        transform_rows(np.fft.rfft, framed, spectra)
        return np.asarray(np.vecdot(framed, framed), np.float32)

    def mark(
        self,
        sound: NDArray[np.float32],
        marked: NDArray[np.float32],
        spectra: NDArray[np.complex64],
        gain: NDArray[np.float32],
        fill: Fill | None = None,
    ) -> None:
        """Fills `marked` with the sound and its change.

        Args:
            sound: shape (channels, at least (count + 3) hops), from the first frame on.
            marked: shape (channels, count hops), is filled.
            spectra: of the frames of the control channels, as `analyse` fills them, shape
                (control, count, bins).
            gain: gain - 1 of the bins that are turned, shape (count, bins).
            fill: noise, of which each channel gets its share: the projection of its frame on a
                sum of the control channels, which is linear, so that stems still add up.
        """
        control, length = self._control, marked.shape[1]
        spectrum = self._spectra[: len(gain)]
        lead = None
        if fill is not None:
            lead = _Lead(spectra[:, fill.where])
        silent = _silent(sound[:control, :length])
        left = np.zeros((control, length), np.float32)  # of the mix's change, for the last stem
        change = left[0]
        for channel in range(self._own):
            given = sound[channel, : length + (OVERLAP - 1) * self._hop]
            if channel > control and self._alike(channel - 1, channel, sound):
                marked[channel] = marked[channel - 1]
                self._tails[channel] = self._tails[channel - 1]
            elif channel >= control and not (given.any() or self._tails[channel].any()):
                marked[channel] = change = np.zeros(length, np.float32)
            else:
                if channel < control:
                    own = spectra[channel]
                else:
                    self.analyse(given, spectrum)
                    own = spectrum
                noise = None
                if fill is not None and lead is not None:
                    shares = lead.shares(own[fill.where], channel)
                    noise = fill.scaled(shares)
                change = self._change(channel, own, gain, noise)
                if silent is not None:
                    change[silent] = 0.0
                np.add(given[:length], change, out=marked[channel])
            if self._own < self._channels:
                left[channel % control] += change if channel < control else -change
        for channel in range(self._own, self._channels):
            rest = left[channel % control]
            rest[np.abs(rest) < _ROUNDING] = 0.0  # silence stays silence
            np.add(sound[channel, :length], rest, out=marked[channel])

    def _alike(self, one: int, other: int, sound: NDArray[np.float32]) -> bool:
        """Whether two channels have the same sound, now and in what still rings on."""
        # Channels that differ mostly do so at once.
        few = slice(None, None, _STRIDE)
        if (sound[one, few] != sound[other, few]).any():
            return False
        return np.array_equal(sound[one], sound[other]) and np.array_equal(
            self._tails[one], self._tails[other]
        )

    def _change(
        self,
        channel: int,
        spectrum: NDArray[np.complex64],
        gain: NDArray[np.float32],
        noise: Fill | None,
    ) -> NDArray[np.float32]:
        """Returns what the gains change of a channel, shape (count hops,), and keeps the rest."""
        count, hop = len(gain), self._hop
        changed = self._changed[:count]
        np.multiply(spectrum[:, self._turned], gain, out=changed[:, self._turned])
        if noise is not None:
            if isinstance(noise.where, slice):
                part = changed[noise.where, self._turned]
                np.add(part, noise.spectra, out=part)
            else:
                changed[noise.where, self._turned] += noise.spectra
        waves = self._waves[:count]
        transform_rows(np.fft.irfft, changed, waves)
        waves *= self._half_window
        quarters = waves.reshape(count, OVERLAP, hop)
        total = self._total[: count + OVERLAP - 1]
        total[: OVERLAP - 1] = self._tails[channel]
        total[OVERLAP - 1 :] = 0.0
        # From the oldest frame on, as also what rings on was added: the sum is the same anywhere.
        for quarter in range(OVERLAP - 1, -1, -1):
            total[quarter : quarter + count] += quarters[:, quarter]
        self._tails[channel] = total[count:]
        return total[:count].reshape(-1)


class _Lead:
    """What noise is scaled by: a sum of the control channels, unequal so that none cancel.

    Args:
        spectra: of the control channels, shape (channels, frames, bins).
    """

    def __init__(self, spectra: NDArray[np.complex64]) -> None:
        self._spectra = spectra
        self._control = [self._products(channel) for channel in spectra]
        energy = np.maximum(_weighted(self._control), np.float32(1e-30))
        self._inverse = 1 / np.sqrt(energy)

    def shares(self, spectra: NDArray[np.complex64], channel: int) -> NDArray[np.float32]:
        """Returns how much of the lead is in the frames of a channel, shape (frames,)."""
        given = channel < len(self._control)
        products = self._control[channel] if given else self._products(spectra)
        return np.asarray(products * self._inverse)

    def _products(self, spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
        # Of half spectra, as pairs of reals: half the products in time.
        reals = spectra.view(np.float32)
        products = [np.vecdot(reals, channel.view(np.float32)) for channel in self._spectra]
        total = _weighted(products)
        total *= np.float32(2)
        return total


def _weighted(values: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The sum of values, each weighted less than the one before."""
    total = values[0].copy()
    for power, value in enumerate(values[1:], 1):
        total += np.float32(_SECOND**power) * value
    return total


def _silent(sound: NDArray[np.float32]) -> NDArray[np.bool_] | None:
    """Returns where all channels of (channels, frames) are zero; None if nowhere."""
    heard = sound[0] != 0
    for channel in sound[1:]:
        if heard.all():
            return None
        heard |= channel != 0
    return None if heard.all() else ~heard
