"""Playing: the notes of several players in one stretch of time, made in a worker process.

A stretch depends on nothing but its notes, so that stretches may be made at once, and again.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.music.instruments import synths
from menura.engines.music.instruments.registry import create
from menura.engines.music.instruments.soundfont import create_from, open_font
from menura.engines.music.midi import drum_keys, kits, programs
from menura.engines.music.score import Event
from menura.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from menura.engines.music.instruments.base import Instrument
    from menura.engines.music.instruments.soundfont import Font


DRUM_BANK = 128


def request(
    rate: int,
    players: Sequence[tuple[str, Sequence[Event], Sequence[int]]],
    font: str | None = None,
) -> dict[str, Any]:
    """Returns the job of playing some notes, as `work` reads it.

    Args:
        rate: Hz.
        players: for each the instrument, the notes that begin in the stretch, and for each note a
            seed.
        font: path of a SoundFont that plays what it can.
    """
    return {
        "rate": rate,
        "font": font,
        "players": [
            {
                "instrument": instrument,
                "notes": [
                    [e.start_s, e.length_s, e.pitch, e.velocity, e.articulation, e.from_pitch]
                    for e in events
                ],
                "seeds": list(seeds),
            }
            for instrument, events, seeds in players
        ],
    }


def work(
    header: dict[str, Any], _: NDArray[np.float32]
) -> Iterator[tuple[dict[str, Any], NDArray[np.float32]]]:
    """Yields, for each player with notes, where their sound begins and the sound itself.

    Their frames run on behind the stretch as long as the notes ring.

    Args:
        header: what `request` gave.
        _: a job of this kind has no samples.
    """
    rate = int(header["rate"])
    for index, player in enumerate(header["players"]):
        events = [
            Event(
                start_s=start_s,
                length_s=length_s,
                pitch=pitch,
                velocity=velocity,
                articulation=articulation,
                from_pitch=from_pitch,
            )
            for start_s, length_s, pitch, velocity, articulation, from_pitch in player["notes"]
        ]
        if events:
            start, sound = play(
                instrument_at(player["instrument"], rate, header["font"]),
                events,
                player["seeds"],
                rate,
            )
            told = {"player": index, "start": start, "channels": sound.shape[0]}
            yield told, sound.reshape(-1)


def play(
    instrument: Instrument, events: Sequence[Event], seeds: Sequence[int], rate: int
) -> tuple[int, NDArray[np.float32]]:
    """Returns the first frame of some notes, and their sum, shape (1 or 2, frames), float32.

    Args:
        instrument: plays them.
        events: at least one.
        seeds: one for each.
        rate: Hz.
    """
    tones = [
        np.atleast_2d(instrument.play(event, np.random.default_rng(seed)))
        for event, seed in zip(events, seeds, strict=True)
    ]
    starts = [round(event.start_s * rate) for event in events]
    first = min(starts)
    frames = max(start + tone.shape[1] - first for start, tone in zip(starts, tones, strict=True))
    channels = max(tone.shape[0] for tone in tones)
    total = np.zeros((channels, frames), np.float32)
    for start, tone in zip(starts, tones, strict=True):
        total[:, start - first : start - first + tone.shape[1]] += tone
    return first, total


@functools.cache
def instrument_at(name: str, rate: int, font: str | None) -> Instrument:
    """Returns an instrument, with the tones it remembers, one for the life of the process."""
    if font is None or name not in acoustic():
        return create(name, rate)
    program, drums = acoustic()[name]
    try:
        keys = drum_keys(name) if drums else None
        return create_from(font_at(font), program, drums=drums, rate=rate, keys=keys)
    except NotFound:
        return create(name, rate)


def lacking(font: str, names: Iterable[str]) -> tuple[str, ...]:
    """Returns the instruments that a SoundFont should play and does not have."""
    presets = font_at(font).presets()
    tunes = {program for bank, program, _ in presets if bank != DRUM_BANK}
    has_kit = any(bank == DRUM_BANK for bank, _, _ in presets)
    missing = []
    for name in dict.fromkeys(names):
        program, drums = acoustic().get(name, (None, False))
        if program is not None and not (has_kit if drums else program in tunes):
            missing.append(name)
    return tuple(missing)


@functools.cache
def font_at(path: str) -> Font:
    """Returns an open SoundFont."""
    return open_font(Path(path))


@functools.cache
def acoustic() -> dict[str, tuple[int, bool]]:
    """Returns what a SoundFont may play: instrument -> General MIDI program, whether it is a kit.

    That is all but synthesisers and the kits of drum machines.
    """
    electric = {*synths.NAMES, "808 kit", "909 kit", "chip kit"}
    return {
        name: (program, drums)
        for drums, table in ((False, programs()), (True, kits()))
        for name, program in table.items()
        if name not in electric
    }
