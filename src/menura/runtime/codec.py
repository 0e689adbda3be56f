"""`Codec`: sound to codes and back, in pieces of bounded memory.

Of each half of the network, what lies before and after the LSTM reaches only a few frames, so it
is run on pieces that overlap by that reach; the LSTM passes its state on. The pieces joined are
what one run over the whole would give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from menura.audio import Audio
from menura.audio.resample import resample
from menura.errors import InvalidInput
from menura.runtime.codes import Codes, Segment
from menura.runtime.session import open_session, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.runtime.geometry import CodecGeometry
    from menura.runtime.session import Machine

PIECE_FRAMES = 100
"""Frames of codes worked on at once: two seconds at 50 a second, 200 MB at 32 kHz."""
MIN_FRAMES = 8
"""Fewer frames of codes are made up to so many: the layers mirror up to six at the ends."""
DECODING = ("unquantise", "decoder-memory", "synthesis")
ENCODING = ("analysis", "encoder-memory", "quantise")


class Codec:
    """A converted EnCodec. One object serves any number of threads.

    Args:
        folder: holds its graphs.
        geometry: its sizes.
        machine: what it runs on.

    Raises:
        InvalidInput: if a graph is missing or cannot be loaded.
    """

    def __init__(self, folder: Path, geometry: CodecGeometry, machine: Machine) -> None:
        self.geometry = geometry
        self._folder = folder
        self._machine = machine
        self._sessions: dict[str, Any] = {}
        self._open(DECODING)

    def decoding(self, batch: int = 1) -> Chain:
        """Returns a chain that turns codes (batch, quantizers, n) into sound as they come."""
        c = self.geometry
        return Chain(
            [
                _Local(self._sessions["unquantise"], c.kernel - 1, 1, 1),
                _Memory(self._sessions["decoder-memory"], c, batch),
                _Local(self._sessions["synthesis"], c.context_frames, 1, c.hop),
            ]
        )

    def encoding(self, batch: int = 1) -> Chain:
        """Returns a chain that turns sound (batch, channels, frames) into codes as it comes."""
        self._open(ENCODING)
        c = self.geometry
        return Chain(
            [
                # A strided layer reaches twice as far as the transposed one that undoes it.
                _Local(self._sessions["analysis"], 2 * c.context_frames, c.hop, 1),
                _Memory(self._sessions["encoder-memory"], c, batch),
                _Local(self._sessions["quantise"], c.last_kernel - 1, 1, 1),
            ]
        )

    def encode(self, audio: Audio, quantizers: int | None = None) -> Codes:
        """Returns the codes of a sound.

        Args:
            audio: any rate; mono becomes stereo, or the reverse, as the codec needs it.
            quantizers: how many codebooks to keep; None = all.

        Raises:
            InvalidInput: if the sound is empty or the codec has not so many codebooks.
        """
        c = self.geometry
        count = c.quantizers if quantizers is None else quantizers
        if not 1 <= count <= c.quantizers:
            raise InvalidInput(f"this codec has 1 to {c.quantizers} codebooks, not {count}")
        if audio.frames == 0:
            raise InvalidInput("there is no sound to encode")
        samples = fitted(audio, c)
        if not c.segment_frames:
            codes = self._coded(samples)[:, :count]
            return Codes((Segment(codes[0], 1.0),), c.rate, samples.shape[1])
        segments = []
        for start in range(0, samples.shape[1], c.segment_step_frames):
            piece = samples[:, start : start + c.segment_frames]
            scale = float(np.sqrt(np.mean(piece.mean(axis=0) ** 2)) + 1e-8) if c.normalize else 1.0
            codes = self._coded(piece / np.float32(scale))[:, :count]
            segments.append(Segment(codes[0], scale))
        return Codes(tuple(segments), c.rate, samples.shape[1])

    def decode(self, codes: Codes) -> Audio:
        """Returns the sound of codes.

        Raises:
            InvalidInput: if they are not of this codec's rate, codebooks and segments.
        """
        c = self.geometry
        if codes.rate != c.rate:
            raise InvalidInput(f"these codes are of {codes.rate} Hz; the codec works at {c.rate}")
        for segment in codes.segments:
            check_codes(segment.codes, c)
        if not c.segment_frames:
            if len(codes.segments) != 1:
                raise InvalidInput("these codes come in segments; this codec has none")
            samples = self._sounding(codes.segments[0].codes)
        else:
            sounds = [self._sounding(s.codes) * np.float32(s.scale) for s in codes.segments]
            samples = _crossfaded(sounds, c.segment_step_frames)
        return Audio(np.ascontiguousarray(samples[:, : codes.frames]), c.rate)

    def _open(self, graphs: Sequence[str]) -> None:
        """Opens what is not open yet: the encoder's half is loaded when it is first needed."""
        for name in graphs:
            if name not in self._sessions:
                path = self._folder / f"{name}.onnx"
                self._sessions[name] = open_session(path, self._machine, arena=False)

    def _coded(self, samples: NDArray[np.float32]) -> NDArray[np.int64]:
        """Returns the codes of samples (channels, frames), shape (1, quantizers, time)."""
        c = self.geometry
        count = -(-samples.shape[1] // c.hop)
        if count < MIN_FRAMES:
            samples = np.pad(samples, ((0, 0), (0, MIN_FRAMES * c.hop - samples.shape[1])))
            # What is normed over time has to be decoded as long as it was encoded.
            count = count if c.norm == "weight_norm" else MIN_FRAMES
        chain, pieces = self.encoding(), []
        step = PIECE_FRAMES * c.hop if c.norm == "weight_norm" else samples.shape[1]
        for start in range(0, samples.shape[1], step):
            last = start + step >= samples.shape[1]
            pieces.append(chain.push(samples[np.newaxis, :, start : start + step], last=last))
        return np.concatenate(pieces, axis=2)[:, :, :count]

    def _sounding(self, codes: NDArray[np.int64]) -> NDArray[np.float32]:
        """Returns the samples of codes (quantizers, time), shape (channels, frames)."""
        c = self.geometry
        count = codes.shape[1]
        if count < MIN_FRAMES:
            codes = np.pad(codes, ((0, 0), (0, MIN_FRAMES - count)), mode="edge")
        chain, pieces = self.decoding(), []
        step = PIECE_FRAMES if c.norm == "weight_norm" else codes.shape[1]
        for start in range(0, codes.shape[1], step):
            last = start + step >= codes.shape[1]
            pieces.append(chain.push(codes[np.newaxis, :, start : start + step], last=last))
        return np.concatenate(pieces, axis=2)[0, :, : count * c.hop]


class Chain:
    """Stages, each of which takes what comes and gives what it can already tell."""

    def __init__(self, stages: Sequence[_Local | _Memory]) -> None:
        self._stages = stages

    def push(self, values: NDArray[Any], *, last: bool) -> NDArray[Any]:
        """Returns what these values complete, time last; everything that is left if `last`."""
        for stage in self._stages:
            values = stage.push(values, last=last)
        return values


class _Local:
    """A graph whose output depends on `reach` frames of codes before and after each.

    Args:
        session: of the graph; it has one input and one output, time last.
        reach: in frames of codes.
        per_in: input values per frame of codes.
        per_out: output values per frame of codes.
    """

    def __init__(self, session: Any, reach: int, per_in: int, per_out: int) -> None:
        self._session = session
        self._name = session.get_inputs()[0].name
        self._reach, self._in, self._out = reach, per_in, per_out
        self._held: NDArray[Any] | None = None
        self._from = 0  # the frame of codes that the held values begin with
        self._given = 0  # frames of codes for which output was given

    def push(self, values: NDArray[Any], *, last: bool) -> NDArray[Any]:
        held = values if self._held is None else np.concatenate((self._held, values), axis=2)
        end = self._from + -(-held.shape[2] // self._in)
        stop = end if last else end - self._reach
        if stop <= self._given:
            self._held = held
            return self._nothing(len(held))
        out: NDArray[Any] = run(self._session, {self._name: np.ascontiguousarray(held)})[0]
        span = slice((self._given - self._from) * self._out, (stop - self._from) * self._out)
        self._given = stop
        keep = max(0, stop - self._reach - self._from)
        self._held, self._from = held[:, :, keep * self._in :], self._from + keep
        return out[:, :, span]

    def _nothing(self, batch: int) -> NDArray[Any]:
        out = self._session.get_outputs()[0]
        kind = np.int64 if out.type == "tensor(int64)" else np.float32
        return np.zeros((batch, out.shape[1], 0), kind)


class _Memory:
    """An LSTM, whose state goes from call to call."""

    def __init__(self, session: Any, geometry: CodecGeometry, batch: int) -> None:
        self._session = session
        wide = geometry.filters * 2 ** len(geometry.ratios)
        self._state = [np.zeros((geometry.lstm_layers, batch, wide), np.float32)] * 2

    def push(self, values: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:  # noqa: ARG002
        if values.shape[2] == 0:
            return values
        feeds = {"features": np.ascontiguousarray(values)}
        feeds |= dict(zip(("h", "c"), self._state, strict=True))
        out, *self._state = run(self._session, feeds)
        return np.asarray(out, np.float32)


def fitted(audio: Audio, geometry: CodecGeometry) -> NDArray[np.float32]:
    """Returns a sound's samples at a codec's rate and channels, shape (channels, frames)."""
    if audio.channels != geometry.channels:
        audio = audio.mono()
    samples = resample(audio, geometry.rate).samples
    return np.ascontiguousarray(np.broadcast_to(samples, (geometry.channels, samples.shape[1])))


def check_codes(codes: NDArray[np.int64], geometry: CodecGeometry) -> None:
    """Checks that codes (quantizers, time) are some that the codec has.

    Raises:
        InvalidInput: if they are not.
    """
    ok = codes.ndim == 2 and 1 <= codes.shape[0] <= geometry.quantizers and codes.shape[1] > 0
    if not ok or codes.min() < 0 or codes.max() >= geometry.codes:
        raise InvalidInput(
            f"codes have the shape (1 to {geometry.quantizers}, time) and lie between 0 and "
            f"{geometry.codes - 1}"
        )


def _crossfaded(sounds: Sequence[NDArray[np.float32]], step: int) -> NDArray[np.float32]:
    """Returns segments laid over each other `step` frames apart, weighted by triangles."""
    length = sounds[0].shape[1]
    triangle = 0.5 - np.abs(np.linspace(0, 1, length + 2)[1:-1] - 0.5)
    total = step * (len(sounds) - 1) + sounds[-1].shape[1]
    summed, weight = np.zeros((len(sounds[0]), total)), np.zeros(total)
    for index, sound in enumerate(sounds):
        span = slice(index * step, index * step + sound.shape[1])
        summed[:, span] += sound * triangle[: sound.shape[1]]
        weight[span] += triangle[: sound.shape[1]]
    return (summed / weight).astype(np.float32)
