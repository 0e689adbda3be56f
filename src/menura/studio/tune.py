"""Tunes of others: a hummed recording or a MIDI file as the text of a melody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from menura.audio.files import open_regular, read, to_path
from menura.audio.limits import Limits
from menura.engines.music.midi import read_midi
from menura.errors import InvalidInput, shown
from menura.metrics import sung_notes
from menura.studio.solo import solo_share
from menura.text.melody import write_melody

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from menura.metrics import SungNote
    from menura.settings import Settings

MIDI_SUFFIXES = {".mid", ".midi"}
MAX_MIDI_BYTES = 4 * 1024**2
SLOWEST_BPM, FASTEST_BPM = 60.0, 150.0
LEAST_BPM, MOST_BPM = 20.0, 300.0
"""What a caller may name, as for `Music.bpm`; the line above is what is looked for."""
GRID = 4
"""Parts of a beat that notes are moved to."""
LEAST_SOLO = 0.7
"""Share of the partials that a lone tune has at least: hummed in a room 0.8 to 1, alone on an
instrument 0.7 to 1; mixes of a band have 0.3 to 0.65, of a quartet or a piano up to 0.75."""


def read_tune(path: Path | str, settings: Settings, bpm: float | None = None) -> str:
    """Returns the melody in a file, as `Music.melody` takes it.

    Args:
        path: a MIDI file (.mid, .midi), else a sound file of one voice: hummed, sung, whistled.
        settings: limits on what is decoded.
        bpm: tempo it was sung at, 20 to 300; None = the one that its notes fit best.

    Raises:
        NotFound: if there is no such file.
        InvalidAudio: if it is no sound file.
        InvalidInput: if it holds no tune, or more than one voice.
    """
    path = to_path(path)
    if bpm is not None and not (type(bpm) in {int, float} and LEAST_BPM <= bpm <= MOST_BPM):
        raise InvalidInput(
            f"a tempo lies between {LEAST_BPM:g} and {MOST_BPM:g} BPM, not {shown(bpm)}"
        )
    if path.suffix.lower() in MIDI_SUFFIXES:
        with open_regular(path) as file:
            data = file.read(MAX_MIDI_BYTES + 1)
        if len(data) > MAX_MIDI_BYTES:
            raise InvalidInput(f"{path.name} is over {MAX_MIDI_BYTES >> 20} MB: no tune is")
        return write_melody(read_midi(data))
    audio = read(path, Limits.of(settings))
    notes = sung_notes(audio)
    share = solo_share(audio, notes)
    if share < LEAST_SOLO:
        raise InvalidInput(
            f"{path.name} is no single voice: the tune has only {share:.0%} of what is heard; "
            "give one voice alone, such as a stem, or a MIDI file"
        )
    return write_melody(in_beats(notes, bpm))


def in_beats(notes: Sequence[SungNote], bpm: float | None) -> list[tuple[float, float, float]]:
    """Returns sung notes as (beat, beats, pitch), on the grid of a quarter of a beat.

    The first note is on a beat. Pitches are moved to semitones of the tuning they were sung in.

    Args:
        notes: at least one.
        bpm: tempo; None = found.
    """
    start_s = np.array([note.start_s for note in notes]) - notes[0].start_s
    end_s = np.array([note.end_s for note in notes]) - notes[0].start_s
    pitch = np.array([note.pitch for note in notes])
    length_s = end_s - start_s
    turn = np.angle((length_s * np.exp(2j * np.pi * pitch)).sum()) / (2 * np.pi)
    beat_s = 60 / bpm if bpm is not None else _beat_s(start_s)
    first = np.round(start_s / beat_s * GRID) / GRID
    last = np.round(end_s / beat_s * GRID) / GRID
    # Two notes that fall on one place of the grid are a grace and its note: the later counts.
    after = np.append(first[1:], np.inf)
    last = np.minimum(np.maximum(last, first + 1 / GRID), after)
    return [
        (float(a), float(b - a), float(round(p)))
        for a, b, p in zip(first, last, pitch - turn, strict=True)
        if b > a
    ]


def _beat_s(start_s: NDArray[np.float64]) -> float:
    """Returns the length of a beat on whose quarters the notes fall best, simple places first."""
    bpm = np.arange(SLOWEST_BPM, FASTEST_BPM, 0.5)
    place = start_s[:, None] * bpm / 60
    misses = np.zeros(bpm.size)
    for parts, price in ((1, 0.0), (2, 0.05), (4, 0.12)):
        away = np.abs(place * parts - np.round(place * parts)) / parts + price
        misses = away if parts == 1 else np.minimum(misses, away)
    usual = 0.02 * np.log2(bpm / 100) ** 2
    return float(60 / bpm[np.argmin(misses.mean(axis=0) + usual)])
