"""`Writer`: a decoder writing codes, window after window.

A piece longer than what the model was trained on is made in windows, each of which begins with the
last two fifths of the one before, as audiocraft does it (12 s of 30 s).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.errors import InvalidInput
from menura.runtime.conditions import Conditioner
from menura.runtime.decoder import Variant
from menura.runtime.delays import column_count, columns
from menura.runtime.sampling import Sampling, draw
from menura.runtime.session import open_session
from menura.runtime.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.audio import Audio
    from menura.runtime.conditions import Conditions
    from menura.runtime.facts import Facts
    from menura.runtime.geometry import DecoderGeometry
    from menura.runtime.session import Machine

KEPT = 0.4
"""Of a window, the part that the next one begins with."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Request:
    """What is to be written.

    Attributes:
        prompts: texts, made side by side.
        seeds: one per prompt.
        frames: frames of codes to write.
        options: how codes are chosen.
        given: codes to go on from, shape (codebooks, time).
        melody: what a melody model follows.
        cancelled: asked before every step.
    """

    prompts: Sequence[str]
    seeds: Sequence[int]
    frames: int
    options: Sampling
    given: NDArray[np.int64]
    melody: Audio | None = None
    cancelled: Callable[[], bool] = lambda: False


class Writer:
    """A converted decoder with what conditions it.

    Args:
        folder: holds the converted model.
        facts: what it is.
        geometry: of its decoder.
        machine: what it runs on.
        small_cache: whether the attention cache holds int8.

    Raises:
        InvalidInput: if a part is missing or damaged.
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
        self.conditioner = Conditioner(folder, geometry, facts.text_tokens, machine)
        self._folder = folder
        self._geometry = geometry
        self._window = facts.window_frames
        self._machine = machine
        self._small_cache = small_cache
        self._scales = _load_scales(folder, geometry) if small_cache else {}
        # Guidance is the rule: the step without it is loaded when a call first asks for it.
        self._sessions: dict[bool, Any] = {}
        self._session(guided=True)

    @property
    def kept_frames(self) -> int:
        """Frames that a window goes on from, at most."""
        return max(1, int(KEPT * self._window))

    def write(self, request: Request) -> Iterator[NDArray[np.int64]]:
        """Yields frame after frame of codes, shape (prompts, codebooks, 1).

        Raises:
            EngineFailed: if the network fails or gives no numbers.
        """
        d, given = self._geometry, request.given
        guided = request.options.guidance != 1.0
        sources = [np.random.default_rng(seed) for seed in request.seeds]
        found = self.conditioner.conditions(request.prompts, request.melody, guided=guided)
        longest = min(self._window, given.shape[1] + request.frames)
        room = found.columns + column_count(longest, d.delays)
        steps = self._steps(found, request.options.guidance, room, small=self._small_cache)
        known = np.repeat(given[np.newaxis], len(request.prompts), axis=0)
        left = request.frames
        while left > 0:
            known = known[:, :, max(0, known.shape[2] - self.kept_frames) :]
            count = min(left, self._window - known.shape[2])
            window = np.zeros((*known.shape[:2], known.shape[2] + count), np.int64)
            window[:, :, : known.shape[2]] = known
            first = columns(known, d.delays, d.vocabulary, 0, known.shape[2] + 1)
            logits = _begun(steps, d, first, found.prefix)
            written = _written(
                steps,
                logits,
                window,
                d,
                known=known.shape[2],
                options=request.options,
                sources=sources,
            )
            for frame in written:
                if request.cancelled():
                    return
                if frame is not None:
                    yield frame
            left -= count
            known = window

    def largest(
        self, prompts: Sequence[str], frames: int, spans: int
    ) -> dict[str, NDArray[np.float32]]:
        """Returns the largest magnitude in each channel of the cache, shape (width,), float32.

        The model writes so many frames to each prompt; they are then read `spans` times over, at
        positions spread over all it has. Works on a cache of float32.
        """
        d = self._geometry
        frames = min(frames, self._window // 2)
        request = Request(
            prompts=prompts,
            seeds=range(len(prompts)),
            frames=frames,
            options=Sampling(),
            given=np.zeros((d.codebooks, 0), np.int64),
        )
        codes = np.concatenate(list(self.write(request)), axis=2)
        found = self.conditioner.conditions(prompts, None, guided=True)
        tokens = np.tile(columns(codes, d.delays, d.vocabulary, 0, frames), (1, 1, spans))
        last = min(found.columns + self._window, d.positions) - frames
        starts = np.linspace(found.columns, last, spans).astype(np.int64)
        positions = (starts[:, np.newaxis] + np.arange(frames)).ravel()
        places = np.concatenate((np.arange(found.columns), positions))
        room = found.columns + tokens.shape[2]
        steps = self._steps(found, Sampling().guidance, room, small=False)
        _begun(steps, d, tokens, found.prefix, places)
        return {
            name: np.abs(values).max(axis=(0, 2)).ravel() for name, values in steps.cache.items()
        }

    def _steps(self, found: Conditions, guidance: float, room: int, *, small: bool) -> Steps:
        """Returns steps over an empty cache."""
        guided = guidance != 1.0
        steps = Steps(
            self._session(guided=guided),
            self._geometry,
            Variant(guided=guided, small_cache=small),
            prompts=len(found.lengths),
            room=room,
            scales=self._scales,
        )
        steps.condition(found.cross, found.lengths, guidance)
        return steps

    def _session(self, *, guided: bool) -> Any:
        if guided not in self._sessions:
            variant = Variant(guided=guided, small_cache=self._small_cache)
            self._sessions[guided] = open_session(self._folder / variant.file, self._machine)
        return self._sessions[guided]


def _begun(
    steps: Steps,
    d: DecoderGeometry,
    first: NDArray[np.int64],
    prefix: NDArray[np.float32] | None,
    positions: NDArray[np.int64] | None = None,
) -> NDArray[np.float32]:
    """Reads the conditions that precede the sequence, if any, and the columns known so far."""
    if prefix is None:
        return steps.begin(first, None, positions)
    before = np.full((*first.shape[:2], prefix.shape[1]), d.vocabulary + 1, np.int64)
    room = np.zeros((prefix.shape[0], first.shape[2], prefix.shape[2]), np.float32)
    extra = np.concatenate((prefix, room), axis=1)
    return steps.begin(np.concatenate((before, first), axis=2), extra, positions)


def _written(
    steps: Steps,
    logits: NDArray[np.float32],
    window: NDArray[np.int64],
    d: DecoderGeometry,
    *,
    known: int,
    options: Sampling,
    sources: Sequence[np.random.Generator],
) -> Iterator[NDArray[np.int64] | None]:
    """Writes a window's frames from `known` on; yields once a step, the frame it completed."""
    delays = np.asarray(d.delays)
    column, lag = known, int(delays.max())
    while True:
        drawn = draw(logits, options, sources)
        frame = column - delays
        writes = np.flatnonzero((frame >= known) & (frame < window.shape[2]))
        window[:, writes, frame[writes]] = drawn[:, writes]
        done = column - lag
        column += 1
        yield window[:, :, done : done + 1] if done >= known else None
        if done == window.shape[2] - 1:
            return
        logits = steps.advance(columns(window, d.delays, d.vocabulary, column, column + 1)[:, :, 0])


def _load_scales(folder: Path, geometry: DecoderGeometry) -> dict[str, NDArray[np.float32]]:
    """Returns the scales of a small cache, measured when the model was converted."""
    names = [f"{p}_{n}" for n in range(geometry.layers) for p in ("key", "value")]
    try:
        with np.load(folder / "scales.npz", allow_pickle=False) as archive:
            found = {name: np.asarray(archive[name], np.float32) for name in names}
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise InvalidInput("the converted model's scales are damaged: convert it again") from error
    if any(s.shape != (geometry.width,) or not (s > 0).all() for s in found.values()):
        raise InvalidInput("the converted model's scales are damaged: convert it again")
    return found
