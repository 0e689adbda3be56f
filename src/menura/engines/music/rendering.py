"""`Rendition`: a piece from its first sample to its last, stretch by stretch."""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.engines.attention import attend
from menura.engines.music.mixing import BLOCK_FRAMES, Desk
from menura.engines.music.playing import request
from menura.engines.music.textures import Texture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from menura.audio.spool import Spool
    from menura.engines.crew import Answer, Crew
    from menura.engines.music.mixing import Space, Strip
    from menura.engines.music.score import Event

FIRST_STRETCH_S, STRETCH_S = 0.5, 4.0
"""The first stretch is what a listener waits for."""
PREROLL_S = 10.0
"""A loop is entered in the middle of its own echo: no tail of ours is longer."""
FADE_S = 8.0
EDGE_S = 0.8
"""What still rings at the end is let go so slowly."""
SPACE = "reverb and echoes"
_KICKS = {35.0, 36.0}
_OPEN_HATS, _HATS = {46.0}, {42.0, 44.0, 46.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """One strip and who plays on it.

    Attributes:
        strip: its place on the desk.
        instrument: a name of the instruments.
        events: what is played, by time.
    """

    strip: Strip
    instrument: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """What is to be played, and how it becomes sound.

    Attributes:
        players: who plays.
        space: what they share.
        textures: names of what lies under them.
        duration_s: exact length.
        loop: whether the end leads into the beginning.
        fade: whether it fades out.
        opens: whether it fades in.
        seed: of rooms, textures and the small differences between notes.
        rate: Hz.
        font: path of the SoundFont that plays the acoustic parts, or None.
        levels: (seconds, dB) between which the level of all goes in straight lines; empty = it
            stays.
    """

    players: tuple[Player, ...]
    space: Space
    textures: tuple[str, ...]
    duration_s: float
    loop: bool
    fade: bool
    seed: int
    rate: int
    font: str | None = None
    levels: tuple[tuple[float, float], ...] = ()
    opens: bool = False

    @property
    def frames(self) -> int:
        """Length in frames."""
        return round(self.duration_s * self.rate)

    @property
    def names(self) -> tuple[str, ...]:
        """What each contribution is called: the strips, the room, the textures."""
        return (*(player.strip.name for player in self.players), SPACE, *self.textures)

    def blocks(
        self, crew: Crew, progress: Callable[[float], None], stems: dict[str, Spool] | None
    ) -> Iterator[Audio]:
        """Yields the mix, two channels.

        Args:
            crew: plays the notes.
            progress: told the share that is done.
            stems: gets what each strip contributes, by name; None = not wanted.
        """
        skip = round(PREROLL_S * self.rate) if self.loop else 0
        total = skip + self.frames
        done = 0
        for pieces in self._mixed(crew, total):
            start, stop = max(skip - done, 0), pieces[0].shape[1]
            if start < stop:
                first = done + start - skip
                gain = self._gain(first, first + stop - start)
                finished = [piece[:, start:stop] for piece in pieces]
                if gain is not None:
                    finished = [piece * gain for piece in finished]
                if stems is not None:
                    for name, piece in zip(self.names, finished, strict=True):
                        stems[name].append(Audio(piece, self.rate))
                mix = finished[0].copy()
                for piece in finished[1:]:
                    mix += piece
                yield Audio(mix, self.rate)
            done += stop
            progress(done / total)

    def _mixed(self, crew: Crew, total: int) -> Iterator[list[NDArray[np.float32]]]:
        """Yields what each strip, the room and the textures add, block by block."""
        desk = Desk([player.strip for player in self.players], self.space, self.rate, self._rng(0))
        textures = [
            Texture(name, self.rate, self._rng(1, i)) for i, name in enumerate(self.textures)
        ]
        parts = [_timed(player, self) for player in self.players]
        kicks_s = np.array(
            sorted(
                event.start_s
                for player, notes in zip(self.players, parts, strict=True)
                if player.strip.role == "drums"
                for event, _ in notes
                if event.pitch in _KICKS
            )
        )
        held = [_Held() for _ in self.players]
        at = 0
        for stop, answer in self._stretches(crew, parts, total):
            for told, samples in answer:
                sound = samples.reshape(told["channels"], -1)
                held[told["player"]].add(sound, told["start"])
            while at < total:
                # Two at once are mixed in less time, but the first is waited for.
                frames = min(BLOCK_FRAMES * (2 if at else 1), total - at)
                if at + frames > stop and stop < total:
                    break
                pieces = desk.mix([each.take(frames) for each in held], kicks_s)
                yield [*pieces, *(texture.next(frames) for texture in textures)]
                at += frames

    def _stretches(
        self, crew: Crew, parts: list[list[tuple[Event, int]]], total: int
    ) -> Iterator[tuple[int, Answer]]:
        """Yields (frame up to which all is known then, what is played), working ahead."""
        empty = np.zeros(0, np.float32)
        waiting: deque[tuple[int, Answer]] = deque()
        starts = [[event.start_s for event, _ in notes] for notes in parts]
        start_s, length_s = 0.0, FIRST_STRETCH_S
        while start_s * self.rate < total:
            stop_s = start_s + length_s
            players = []
            for player, notes, times in zip(self.players, parts, starts, strict=True):
                chosen = notes[bisect_left(times, start_s) : bisect_left(times, stop_s)]
                events, seeds = [e for e, _ in chosen], [seed for _, seed in chosen]
                players.append((player.instrument, events, seeds))
            answer = crew.submit(request(self.rate, players, self.font), empty)
            waiting.append((round(stop_s * self.rate), answer))
            if len(waiting) > crew.workers:
                yield waiting.popleft()
            start_s, length_s = stop_s, STRETCH_S
        yield from waiting

    def _gain(self, start: int, stop: int) -> NDArray[np.float32] | None:
        """Returns the gain of frames, shape (frames,): their level, and what both ends ask for."""
        edges = self._edges(start, stop)
        opening_s = min(FADE_S, self.duration_s / 3)
        if self.opens and start / self.rate < opening_s:
            share = np.arange(start, stop) / self.rate / opening_s
            opened = np.asarray(np.clip(share, 0, 1) ** 1.5, np.float32)
            edges = opened if edges is None else edges * opened
        if not self.levels:
            return edges
        times_s = np.arange(start, stop) / self.rate
        level_db = np.interp(times_s, [s for s, _ in self.levels], [db for _, db in self.levels])
        gain = np.asarray(10 ** (level_db / 20), np.float32)
        return gain if edges is None else gain * edges

    def _edges(self, start: int, stop: int) -> NDArray[np.float32] | None:
        """Returns the gain of frames near the end, shape (frames,): nothing is cut off hard."""
        if self.loop or (self.frames - stop) / self.rate > max(FADE_S, EDGE_S):
            return None
        left_s = (self.frames - np.arange(start, stop)) / self.rate
        gain = np.sin(np.pi / 2 * np.clip(left_s / min(EDGE_S, self.duration_s / 4), 0, 1)) ** 2
        if self.fade:
            gain *= np.clip(left_s / min(FADE_S, self.duration_s / 3), 0, 1) ** 1.5
        return gain.astype(np.float32)

    def _rng(self, *what: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, *what])


class _Held:
    """The sound of one player that is not taken yet, at the front of a buffer with room behind."""

    def __init__(self) -> None:
        self._sound = np.zeros((1, 0), np.float32)
        self._first = 0  # frame of the buffer that is taken next
        self._end = 0  # behind the last that was written
        self._at = 0

    def add(self, sound: NDArray[np.float32], start: int) -> None:
        """Adds a sound at a frame of the piece; what lies before what was taken is left out."""
        offset = start - self._at
        if offset < 0:
            sound, offset = sound[:, -offset:], 0
        if not sound.shape[1]:
            return
        self._make_room(max(sound.shape[0], self._sound.shape[0]), offset + sound.shape[1])
        begin = self._first + offset
        self._sound[:, begin : begin + sound.shape[1]] += sound
        self._end = max(self._end, begin + sound.shape[1])

    def take(self, frames: int) -> NDArray[np.float32]:
        """Returns the next frames, shape (channels, frames)."""
        taken = np.zeros((self._sound.shape[0], frames), np.float32)
        there = min(frames, max(self._end - self._first, 0))
        taken[:, :there] = self._sound[:, self._first : self._first + there]
        self._first += there
        self._at += frames
        return taken

    def _make_room(self, channels: int, frames: int) -> None:
        """Makes the buffer hold so many frames from the next one on."""
        if channels == self._sound.shape[0] and self._first + frames <= self._sound.shape[1]:
            return
        left = max(self._end - self._first, 0)
        grown = np.zeros((channels, 2 * max(frames, left)), np.float32)
        grown[:, :left] = self._sound[:, self._first : self._first + left]
        self._sound, self._first, self._end = grown, 0, left


def _timed(player: Player, rendition: Rendition) -> list[tuple[Event, int]]:
    """Returns the notes with a seed each, by time; those of a loop with what came before it."""
    attend()
    name = player.strip.name.encode()
    notes = [(event, _seed(rendition.seed, name, event)) for event in _choked(player.events)]
    if not rendition.loop:
        return notes
    length_s = rendition.frames / rendition.rate
    turned: list[tuple[Event, int]] = []
    for turn in range(-int(np.ceil(PREROLL_S / length_s)), 1):
        shift_s = PREROLL_S + turn * length_s
        turned += [
            (_moved(event, shift_s), seed) for event, seed in notes if event.start_s + shift_s >= 0
        ]
    return sorted(turned, key=lambda note: note[0].start_s)


def _seed(seed: int, part: bytes, event: Event) -> int:
    """Returns a note's own seed: it stays the same whatever else is played."""
    place = struct.pack("<Q2d", seed % 2**64, event.start_s, event.pitch)
    return int.from_bytes(hashlib.blake2b(place + part, digest_size=8).digest(), "big") >> 1


def _moved(event: Event, seconds: float) -> Event:
    return replace(event, start_s=event.start_s + seconds)


def _choked(events: Sequence[Event]) -> list[Event]:
    """Returns the notes with each open hi-hat as long as until the hi-hat is struck again."""
    hats = [event.start_s for event in events if event.pitch in _HATS]
    result = []
    for event in events:
        if event.pitch in _OPEN_HATS:
            after = bisect_left(hats, event.start_s + 1e-6)
            length_s = hats[after] - event.start_s if after < len(hats) else 4.0
            result.append(replace(event, length_s=min(length_s, 4.0)))
        else:
            result.append(event)
    return result
