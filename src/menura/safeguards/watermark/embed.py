"""Putting the mark in: a stream transformer that turns band gains up and down.

y = x + ISTFT(X (g - 1)): the gains multiply, so what is silent stays silent, and where the gain
is 1 the sound is untouched, bit for bit. Steady tones leave most bands empty: there a noise 60 dB
below the sound is turned on and off instead (`filling`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.errors import InvalidAudio, InvalidInput
from menura.safeguards.watermark.budget import Budget
from menura.safeguards.watermark.code import encode
from menura.safeguards.watermark.filling import Filling
from menura.safeguards.watermark.layout import LAYOUT, PUBLIC_KEY, expand
from menura.safeguards.watermark.masking import DB, DEPTHS, Mask, Profile, smooth
from menura.safeguards.watermark.turning import OVERLAP, Fill, Turner

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOUDEST = 1_000.0  # 60 dB over full scale; single precision squares it with room to spare
_SEGMENT = 64  # frames between two settlements of the budget, and the most worked on at once
# Until the first frame that was seen has passed: three hops before the sound, one of look-ahead.
_LEAD_HOPS = 4


class Embedder:
    """Marks a stream of blocks.

    The output, concatenated, is as long as the input, aligned with it, and bit-identical however
    the input was cut into blocks. Memory does not grow with the length of the stream.

    Args:
        rate: frames per second, Hz.
        channels: all channels get the same gains, from their mean energy.
        payload: 6 bytes, repeated every 4.032 s; none (`b""`) makes a mark that is found in half
            the time, for sounds too short to hold a payload.
        key: 16 to 1,024 bytes; whoever has it can detect the mark.
        profile: `speech` or `music`: the window and how deep the mark may go.
        control: the gains come from so many of the first channels; None = from all. The others
            (stems of a mix) get the same gains, so that they still add up to it.
        complete: the others do add up to the first channels; see `Turner`.

    Raises:
        InvalidInput: if the payload, the key or the profile cannot be used.
        InvalidAudio: if the rate or the number of channels cannot.
    """

    def __init__(
        self,
        rate: int,
        channels: int,
        payload: bytes,
        key: bytes = PUBLIC_KEY,
        *,
        profile: Profile = "speech",
        control: int | None = None,
        complete: bool = False,
    ) -> None:
        if profile not in DEPTHS:
            raise InvalidInput(f"a watermark profile is 'speech' or 'music', not {profile!r}")
        Audio(np.zeros((channels, 0), np.float32), rate)  # checks both
        depth = DEPTHS[profile]
        self._rate = rate
        self._channels = channels
        self._control = channels if control is None else control
        self._hop = _smooth_number(rate * depth.window_s / OVERLAP)
        size = OVERLAP * self._hop
        self._mask = Mask(rate, size, depth, _SEGMENT)
        self._budget = Budget(rate / self._hop, self._mask.band_sizes, _SEGMENT)
        bands = self._mask.bin_bands()
        word = encode(payload) if payload != b"" else np.ones(LAYOUT.payload_chips, np.float32)
        cells = expand(key).pattern(word)
        marked = np.flatnonzero(bands >= 0)
        first, stop = (int(marked[0]), int(marked[-1]) + 1) if marked.size else (0, 0)
        self._marked = slice(first, stop)  # of the mask's bins, those that are turned
        signs = cells[:, bands[self._marked]]
        self._pattern = signs * DB
        self._filling = Filling(signs > 0, self._mask.centres_hz[self._marked])
        self._turner = Turner(
            self._hop,
            channels,
            self._control,
            (self._mask.first_bin + first, self._mask.first_bin + stop),
            complete=complete,
            most=_SEGMENT,
        )

        bins = self._mask.stop_bin - self._mask.first_bin
        # Not yet given: it begins at the frame held back, which is given next.
        self._sound = np.zeros((channels, _LEAD_HOPS * self._hop), np.float32)
        # Of that frame, and behind it of those that are worked on.
        self._spectra = np.zeros((self._control, 1 + _SEGMENT, size // 2 + 1), np.complex64)
        self._energies = np.zeros((2, bins), np.float32)
        self._power = np.zeros(1)
        self._ledger = np.zeros(2)
        self._frame = 0
        self._given = -_LEAD_HOPS * self._hop
        self._taken = 0
        self._finished = False

    @property
    def latency_frames(self) -> int:
        """How far the output lags behind the input, in frames: at most 60 ms."""
        return (OVERLAP + 1) * self._hop

    def process(self, block: Audio) -> Audio:
        """Returns the marked sound that is ready once `block` has come in.

        Raises:
            InvalidAudio: if the block does not fit the stream, or holds NaN or infinity.
        """
        if block.rate != self._rate or block.channels != self._channels or self._finished:
            raise InvalidAudio(
                f"this stream has {self._channels} channels at {self._rate} Hz and the block "
                f"{block.channels} at {block.rate} Hz, or the stream is finished"
            )
        lowest, highest = block.samples.min(initial=0.0), block.samples.max(initial=0.0)
        if not (lowest >= -_LOUDEST and highest <= _LOUDEST):
            raise InvalidAudio(
                f"the sound holds NaN, or samples beyond +-{_LOUDEST}: scale it to [-1, 1]"
            )
        self._taken += block.frames
        return self._advance(block.samples)

    def finish(self) -> Audio:
        """Returns what is still held back and ends the stream."""
        if self._finished:
            raise InvalidAudio("this watermark stream is finished already: make a new Embedder")
        missing = self._taken - max(self._given, 0)
        flush = np.zeros((self._channels, self.latency_frames + self._hop), np.float32)
        rest = self._advance(flush)
        self._finished = True
        return rest.slice(0, missing)

    def _advance(self, samples: NDArray[np.float32]) -> Audio:
        self._sound = np.concatenate([self._sound, samples], axis=1)
        hop = self._hop
        ready = max(0, self._sound.shape[1] // hop - OVERLAP)
        marked = np.empty((self._channels, ready * hop), np.float32)
        done = 0
        while done < ready:
            # Never across a segment's end: what is settled there changes what follows.
            count = min(ready - done, _SEGMENT - self._frame % _SEGMENT)
            sound = self._sound[:, done * hop : (done + count + OVERLAP) * hop]
            self._mark(sound, marked[:, done * hop : (done + count) * hop], count)
            done += count
        self._sound = self._sound[:, done * hop :].copy()
        lead = min(max(-self._given, 0), marked.shape[1])
        self._given += marked.shape[1]
        return Audio(marked[:, lead:], self._rate)

    def _mark(self, sound: NDArray[np.float32], marked: NDArray[np.float32], count: int) -> None:
        """Analyses `count` new frames and fills `count` hops of marked sound.

        Args:
            sound: shape (channels, (count + 4) hops), from the frame held back on.
            marked: shape (channels, count hops), is filled.
            count: of frames.
        """
        control = self._control
        spectra = self._spectra[:, : count + 1]
        squares = np.stack(
            [
                self._turner.analyse(channel[self._hop :], spectrum[1:])
                for channel, spectrum in zip(sound[:control], spectra, strict=True)
            ]
        )
        # Parseval: the half spectrum holds size / 2 times the energy of the windowed frame.
        power = _channel_mean(squares) * (OVERLAP * self._hop / 2)
        energies = np.concatenate([self._energies, self._energy(spectra[:, 1:])])
        powers = np.concatenate([self._power, power])
        # The frame held back is `_frame - 1`; it is centred one hop before its last hop's start.
        frames = self._frame - 1 + np.arange(count)
        centres_s = (frames - 1) * self._hop / self._rate
        cells = np.floor(centres_s / LAYOUT.cell_s).astype(np.intp) % LAYOUT.cells
        smoothed = smooth(energies)
        wanted = self._filling.wanted(smoothed[:, self._marked], powers[:-1])
        gain = self._gains(energies[:-1], smoothed, powers[:-1], cells)
        fill = None
        if wanted.size:
            fill = Fill(wanted, self._filling.spectra(frames[wanted], cells[wanted]))
        self._turner.mark(sound, marked, spectra[:, :-1], gain, fill)
        self._spectra[:, 0] = spectra[:, -1]
        self._energies, self._power = energies[-2:], powers[-1:]
        self._settle(sound[:control, : marked.shape[1]], marked[:control], count)

    def _energy(self, spectra: NDArray[np.complex64]) -> NDArray[np.float32]:
        """Returns the mean |X|^2 of channels in the mask's bins, shape (frames, bins)."""
        within = spectra[..., self._mask.first_bin : self._mask.stop_bin]
        energy = np.square(within.real)
        energy += np.square(within.imag)
        mean = _channel_mean(energy)
        mean *= np.float32(OVERLAP * self._hop)  # they are scaled by 1 / sqrt(size)
        return mean

    def _gains(
        self,
        energies: NDArray[np.float32],
        smoothed: NDArray[np.float32],
        powers: NDArray[np.float64],
        cells: NDArray[np.intp],
    ) -> NDArray[np.float32]:
        """Returns gain - 1 of frames from the one held back on, shape (frames, bins).

        Only bins that are turned are in it.
        """
        depth_db = self._mask.depth_db(energies, smoothed)
        noise = np.square(depth_db * DB)
        noise *= smoothed
        ceiling = self._budget.ceiling(self._mask.band_means(noise), powers)
        limited = noise[:, self._marked] / ceiling
        limited += 1
        np.sqrt(limited, out=limited)
        # exp(q) - 1 for |q| < 0.5 to five digits, in arithmetic that rounds the same everywhere.
        q = self._pattern.take(cells, axis=0)
        q *= depth_db[:, self._marked]
        q /= limited
        gain = q * np.float32(1 / 24)
        for term in (1 / 6, 1 / 2, 1.0):
            gain += np.float32(term)
            gain *= q
        return gain

    def _settle(self, sound: NDArray[np.float32], marked: NDArray[np.float32], count: int) -> None:
        spent = np.zeros((1 + count, 2))
        spent[0] = self._ledger
        for channel, changed in zip(sound, marked - sound, strict=True):
            for column, samples in enumerate((channel, changed)):
                hops = samples.reshape(count, self._hop)
                spent[1:, column] += np.vecdot(hops, hops)
        self._ledger = np.add.accumulate(spent)[-1]
        self._frame += count
        if self._frame % _SEGMENT == 0:
            self._budget.settle(float(self._ledger[0]), float(self._ledger[1]), _SEGMENT)
            self._ledger = np.zeros(2)


def embed(
    audio: Audio,
    payload: bytes,
    key: bytes = PUBLIC_KEY,
    *,
    profile: Profile = "speech",
) -> Audio:
    """Returns `audio` with the mark in it, as long as before. See `Embedder` for the arguments."""
    embedder = Embedder(audio.rate, audio.channels, payload, key, profile=profile)
    body, rest = embedder.process(audio), embedder.finish()
    return Audio(np.concatenate([body.samples, rest.samples], axis=1), audio.rate)


def _channel_mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over the first axis, added up in order."""
    total = values[0].copy()
    for channel in values[1:]:
        total += channel
    total /= np.float32(len(values))
    return np.asarray(total)


def _smooth_number(value: float) -> int:
    """The product of 2s, 3s and 5s nearest to `value`, at least 2: quick transforms."""
    powers = np.array([2**a * 3**b * 5**c for a in range(12) for b in range(8) for c in range(5)])
    return int(max(2, powers[np.argmin(np.abs(powers - value))]))
