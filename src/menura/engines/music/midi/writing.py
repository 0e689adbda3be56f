"""A piece as a standard MIDI file that any sequencer opens."""

from __future__ import annotations

import functools
import io
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import mido

    from menura.engines.music.plan import MusicPlan, Part
    from menura.engines.music.score import Event, Score
    from menura.text.keys import Key

TICKS = 960
"""To a quarter note."""
DRUM_CHANNEL = 9
_DRUMS = frozenset({"drums", "percussion"})
_BEND_SEMITONES = 2
"""General MIDI's range of the pitch wheel, either way."""
_MAX_BPM, _MIN_BPM = 6e7, 3.6
"""What 24 bits of microseconds can say."""
_SIGNATURES = {
    "": frozenset(
        {"C", "C#", "Cb", "D", "Db", "E", "Eb", "F", "F#", "G", "Gb", "A", "Ab", "B", "Bb"}
    ),
    "m": frozenset(
        {"C", "C#", "D", "D#", "E", "Eb", "F", "F#", "G", "G#", "A", "A#", "Ab", "B", "Bb"}
    ),
}

Timed = tuple[float, int, "mido.Message | mido.MetaMessage"]
"""Beat, rank among those at one beat, message."""


def to_midi(score: Score, events: Mapping[str, Sequence[Event]], plan: MusicPlan) -> bytes:
    """Returns a standard MIDI file, format 1: a track of the piece, then one for each part.

    The first track has tempo map, meter, key, sections as markers and chords as text. Notes stand
    where they were performed. Quarter tones are bent by the pitch wheel from the nearest key.
    Drums are on channel 10; parts beyond fifteen share the channels of the first ones.

    Args:
        score: as written.
        events: part -> as performed.
        plan: of the piece.
    """
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    file.tracks.append(_track(mido, _piece(mido, score, plan)))
    melodic = 0
    for part in plan.parts:
        channel = DRUM_CHANNEL
        if not _is_kit(part):
            channel = (melodic % 15) + (melodic % 15 >= DRUM_CHANNEL)
            melodic += 1
        file.tracks.append(
            _track(mido, _part(mido, part, channel, score, events.get(part.name, ())))
        )
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def _piece(mido: Any, score: Score, plan: MusicPlan) -> Iterable[Timed]:
    title = plan.title.replace("\n", " ")[:120]
    yield 0.0, 0, mido.MetaMessage("track_name", name=title)
    yield 0.0, 0, mido.MetaMessage("text", text=f"key: {score.key}")
    count, unit = score.meter
    clocks = 36 if unit == 8 and count % 3 == 0 else 96 // unit
    yield (
        0.0,
        0,
        mido.MetaMessage(
            "time_signature", numerator=count, denominator=unit, clocks_per_click=clocks
        ),
    )
    yield 0.0, 0, mido.MetaMessage("key_signature", key=signature(score.key))
    for beat, bpm in score.tempi:
        tempo = round(6e7 / min(max(bpm, _MIN_BPM), _MAX_BPM))
        yield beat, 1, mido.MetaMessage("set_tempo", tempo=tempo)
    for beat, name in score.sections:
        yield beat, 2, mido.MetaMessage("marker", text=name)
    for beat, symbol in score.chords:
        yield beat, 3, mido.MetaMessage("text", text=symbol)
    yield score.beats, 9, mido.MetaMessage("text", text="end")


def signature(key: Key) -> str:
    """Returns the key signature of a key: its tonic as major, or minor where its third is."""
    minor = "m" if key.is_minor else ""
    usual = ("C", "C#" if minor else "Db", "D", "Eb", "E", "F", "F#", "G", "G#" if minor else "Ab",
             "A", "Bb", "B")  # fmt: skip
    tonic = key.tonic if key.tonic in _SIGNATURES[minor] else usual[key.pitch_class]
    return tonic + minor


def _part(
    mido: Any, part: Part, channel: int, score: Score, events: Sequence[Event]
) -> Iterable[Timed]:
    yield 0.0, 0, mido.MetaMessage("track_name", name=part.name)
    programs = _facts()["kits" if _is_kit(part) else "programs"]
    yield (
        0.0,
        1,
        mido.Message("program_change", channel=channel, program=programs.get(part.instrument, 0)),
    )
    if not events:
        return
    starts = _beats(score, [event.start_s for event in events])
    ends = _beats(score, [event.start_s + event.length_s for event in events])
    bent = 0
    for i in np.argsort(starts, kind="stable"):
        event = events[i]
        key = round(event.pitch)
        bend = round((event.pitch - key) / _BEND_SEMITONES * 8192)
        if bend != bent:
            yield float(starts[i]), 2, mido.Message("pitchwheel", channel=channel, pitch=bend)
            bent = bend
        note = min(max(key, 0), 127)
        force = min(max(round(event.velocity * 127), 1), 127)
        yield (
            float(starts[i]),
            3,
            mido.Message("note_on", channel=channel, note=note, velocity=force),
        )
        end = max(float(ends[i]), float(starts[i]) + 2 / TICKS)
        yield end, 1, mido.Message("note_off", channel=channel, note=note, velocity=64)


def _beats(score: Score, seconds: Sequence[float]) -> list[float]:
    """Returns which beats there are at times, by the score's tempo map."""
    beats = np.array([beat for beat, _ in score.tempi])
    rates = 60 / np.array([bpm for _, bpm in score.tempi])
    starts = np.concatenate([[0.0], np.cumsum(np.diff(beats) * rates[:-1])])
    times = np.asarray(seconds)
    at = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
    found: list[float] = (beats[at] + (times - starts[at]) / rates[at]).tolist()
    return found


def _is_kit(part: Part) -> bool:
    return part.role in _DRUMS and part.instrument not in _facts()["programs"]


def _track(mido: Any, timed: Iterable[Timed]) -> Any:
    """Returns a track of messages in order, with times from one to the next."""
    track = mido.MidiTrack()
    ticks = 0
    for beat, _, message in sorted(timed, key=lambda entry: (round(entry[0] * TICKS), entry[1])):
        at = max(round(beat * TICKS), ticks)
        message.time = at - ticks
        track.append(message)
        ticks = at
    track.append(mido.MetaMessage("end_of_track", time=0))
    return track


def programs() -> dict[str, int]:
    """Returns the General MIDI program of each instrument, from 0."""
    return dict(_facts()["programs"])


def kits() -> dict[str, int]:
    """Returns the program of each kit on the channel of percussion, from 0."""
    return dict(_facts()["kits"])


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "programs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
