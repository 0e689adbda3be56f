"""`CodecLm`: text to sound through a codec language model, streamed while it is made.

Copet et al., Simple and Controllable Music Generation, 2023 (MusicGen); Kreuk et al., AudioGen,
2023.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.errors import InvalidInput
from menura.runtime.codec import MIN_FRAMES, PIECE_FRAMES, Codec, check_codes, fitted
from menura.runtime.facts import Facts
from menura.runtime.sampling import Sampling
from menura.runtime.session import Machine
from menura.runtime.writing import Request, Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.codec import Chain
    from menura.runtime.geometry import DecoderGeometry

BLOCK_FRAMES = 50
"""Frames of codes turned into sound at a time: one second, however long the piece."""
MAX_PROMPTS = 16
MAX_S = 3600.0
MAX_SEED = 2**64
SMALL_CACHE_WEIGHTS = ("int8", "int4")


class CodecLm:
    """A converted codec language model. Use `open`; one object serves any number of threads.

    Attributes:
        facts: what it is.
        codec: its codec.
        writer: its language model.
    """

    def __init__(
        self,
        folder: Path,
        facts: Facts,
        geometry: DecoderGeometry,
        machine: Machine,
        *,
        small_cache: bool,
    ) -> None:
        self.facts = facts
        self.codec = Codec(folder, facts.codec, machine)
        self.writer = Writer(folder, facts, geometry, machine, small_cache=small_cache)
        self._geometry = geometry

    @classmethod
    def open(
        cls, target: Path, machine: Machine | None = None, *, small_cache: bool | None = None
    ) -> CodecLm:
        """Returns the model that `convert` wrote into a folder.

        Args:
            target: the folder.
            machine: what it runs on.
            small_cache: whether the attention cache holds int8; None = with quantised weights.

        Raises:
            InvalidInput: if the folder holds no such model, or a part of it is damaged.
            NotInstalled: if onnxruntime lacks the provider.
        """
        facts = Facts.load(target)
        if facts.decoder is None:
            raise InvalidInput("this model is a codec alone: it makes nothing from a text")
        small = facts.weights in SMALL_CACHE_WEIGHTS if small_cache is None else small_cache
        return cls(target, facts, facts.decoder, machine or Machine(), small_cache=small)

    def unread(self, prompt: str) -> str:
        """Returns the end of a prompt that the model's text encoder has no room for."""
        return self.writer.conditioner.text.read(prompt).unread

    def generate(
        self,
        prompts: Sequence[str],
        *,
        seconds: float,
        seeds: Sequence[int],
        options: Sampling | None = None,
        continuation: Audio | NDArray[np.int64] | None = None,
        melody: Audio | None = None,
        lead_frames: int = 0,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[list[NDArray[np.float32]]]:
        """Returns blocks of sound, one per prompt at a time, made while they are taken.

        Closing the iterator ends the work: no further step is made.

        Args:
            prompts: 1 to 16 texts, made side by side; each is cut at the encoder's limit
                (see `unread`).
            seconds: length of what is made, exactly, above 0 to an hour.
            seeds: one per prompt, 0 to 2^64 - 1.
            options: how codes are chosen.
            continuation: what to go on from: sound, or codes (codebooks, time). It is not part
                of what is returned, which follows it without a seam.
            melody: sound whose melody is followed, by a model that can.
            lead_frames: frames of sound that come before the `seconds`: the end of what is gone on
                from, as the codec has it, to be joined with the original. At most as much as the
                model heard of it.
            cancelled: asked before every step; the blocks end early once it says yes.

        Returns:
            Blocks: a list of arrays, shape (channels, frames), float32, at `facts.rate`.

        Raises:
            InvalidInput: at once, if an argument is out of range or not for this model. Later,
                `EngineFailed`, if the network fails.
        """
        if not 1 <= len(prompts) <= MAX_PROMPTS or len(prompts) != len(seeds):
            raise InvalidInput(f"1 to {MAX_PROMPTS} prompts go side by side, each with a seed")
        if any(type(s) is not int or not 0 <= s < MAX_SEED for s in seeds):
            raise InvalidInput("a seed is a whole number from 0 to 2^64 - 1")
        if not math.isfinite(seconds) or not 0 < seconds <= MAX_S:
            raise InvalidInput(f"a length lies between 0 and {MAX_S:g} s, not {seconds!r:.40}")
        if melody is not None and not self._geometry.melody:
            raise InvalidInput("this model follows no melody: use a melody model")
        if melody is not None and melody.frames == 0:
            raise InvalidInput("the melody has no sound")
        c = self.facts.codec
        total = max(1, round(seconds * c.rate))
        given = self._given_codes(continuation)
        if not 0 <= lead_frames <= given.shape[1] * c.hop:
            raise InvalidInput("no more can lead in than is gone on from")
        request = Request(
            prompts=prompts,
            seeds=seeds,
            frames=max(MIN_FRAMES, -(-total // c.hop)),
            options=options or Sampling(),
            given=given,
            melody=melody,
            cancelled=cancelled,
        )
        return self._sound(request, total, lead_frames)

    def _given_codes(self, continuation: Audio | NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Returns the codes to go on from, shape (codebooks, time), at most what is kept."""
        d, c = self._geometry, self.facts.codec
        kept = self.writer.kept_frames
        if continuation is None:
            return np.zeros((d.codebooks, 0), np.int64)
        if isinstance(continuation, Audio):
            if continuation.frames == 0:
                raise InvalidInput("there is no sound to go on from")
            tail = int((kept + 2 * c.context_frames) / c.frame_rate * continuation.rate)
            sound = continuation.slice(max(0, continuation.frames - tail))
            if sound.channels != d.channels:
                sound = Audio(np.repeat(sound.mono().samples, d.channels, axis=0), sound.rate)
            sides = [
                self.codec.encode(
                    Audio(_whole(fitted(_side(sound, side), c), c.hop), c.rate),
                    d.codebooks // d.channels,
                )
                for side in range(d.channels)
            ]
            codes = np.stack([side.segments[0].codes for side in sides], axis=1)
            codes = codes.reshape(d.codebooks, -1)
        else:
            codes = np.asarray(continuation, np.int64)
            check_codes(codes[:: d.channels], c)
            check_codes(codes[d.channels - 1 :: d.channels], c)
            if codes.shape[0] != d.codebooks:
                raise InvalidInput(f"this model has {d.codebooks} codebooks, not {len(codes)}")
        return codes[:, max(0, codes.shape[1] - kept) :]

    def _sound(
        self, request: Request, total: int, lead_frames: int
    ) -> Iterator[list[NDArray[np.float32]]]:
        """Yields the blocks: codes gathered by the second, decoded, cut to the exact length."""
        channels = self._geometry.channels
        chain = self.codec.decoding(len(request.prompts) * channels)
        heard = self._heard_before(chain, request.given, len(request.prompts))
        skip = request.given.shape[1] * self.facts.codec.hop - heard.shape[2] - lead_frames
        if skip < 0:
            yield [np.ascontiguousarray(one) for one in heard[:, :, skip:]]
        # What is still to come of what was given leads in, too.
        total += lead_frames + min(0, skip)
        skip = max(0, skip)
        made, gathered = 0, 0
        waiting: list[NDArray[np.int64]] = []
        for codes in self.writer.write(request):
            waiting.append(codes)
            gathered += 1
            last = gathered == request.frames
            if gathered % BLOCK_FRAMES and not last:
                continue
            together = np.concatenate(waiting, axis=2)
            waiting = []
            sound = _together(chain.push(_apart(together, channels), last=last), channels)
            sound, skip = sound[:, :, skip:], max(0, skip - sound.shape[2])
            block = sound[:, :, : total - made]
            made += block.shape[2]
            if block.shape[2]:
                yield [np.ascontiguousarray(one) for one in block]

    def _heard_before(
        self, chain: Chain, given: NDArray[np.int64], prompts: int
    ) -> NDArray[np.float32]:
        """Lets the decoder hear what is gone on from; returns the end of what it already gives."""
        channels, wide = self._geometry.channels, self.facts.channels
        batch = np.broadcast_to(given, (prompts, *given.shape))
        heard = np.zeros((prompts, wide, 0), np.float32)
        for start in range(0, given.shape[1], PIECE_FRAMES):
            piece = _apart(batch[:, :, start : start + PIECE_FRAMES], channels)
            sound = _together(chain.push(piece, last=False), channels)
            heard = np.concatenate((heard, sound), axis=2)
        return heard


def _whole(samples: NDArray[np.float32], hop: int) -> NDArray[np.float32]:
    """Returns samples (channels, frames) without the start that fills no frame of codes.

    What goes on then begins where they end, and not where a last frame of padding would.
    """
    over = samples.shape[1] % hop
    return samples[:, over:] if samples.shape[1] > hop else samples


def _side(sound: Audio, side: int) -> Audio:
    return Audio(np.ascontiguousarray(sound.samples[side : side + 1]), sound.rate)


def _apart(codes: NDArray[np.int64], channels: int) -> NDArray[np.int64]:
    """Returns interleaved codebooks as one row per channel, shape (prompts * channels, ...)."""
    prompts, codebooks, time = codes.shape
    split = codes.reshape(prompts, codebooks // channels, channels, time)
    return np.ascontiguousarray(
        split.transpose(0, 2, 1, 3).reshape(prompts * channels, codebooks // channels, time)
    )


def _together(samples: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """Returns rows of one channel each as shape (prompts, channels, frames)."""
    rows, wide, frames = samples.shape
    return samples.reshape(rows // channels, channels * wide, frames)
