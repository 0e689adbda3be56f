"""A piece as a standard MIDI file that any sequencer opens."""

from __future__ import annotations

import functools
import io
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.engines.attention import attend
from menura.engines.music.midi.channels import seats
from menura.engines.music.midi.strokes import Strokes, apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import mido
    from numpy.typing import NDArray

    from menura.engines.music.midi.channels import Seat
    from menura.engines.music.plan import MusicPlan, Part
    from menura.engines.music.score import Event, Score
    from menura.text.keys import Key

TICKS = 960
"""To a quarter note."""
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
    Drums are on channel 10, under the keys of General MIDI's percussion map; melodic parts beyond
    fifteen, and a second kit, are on further ports. A key is let go before it is struck again.

    Args:
        score: as written.
        events: part -> as performed.
        plan: of the piece.
    """
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    file.tracks.append(_track(mido, _piece(mido, score, plan)))
    placed = seats([(_program(part), _is_kit(part)) for part in plan.parts])
    played = [_strokes(score, part, events.get(part.name, ())) for part in plan.parts]
    for seat in set(placed):
        shared = [number for number, where in enumerate(placed) if where == seat]
        for number, strokes in zip(shared, apart([played[n] for n in shared]), strict=True):
            played[number] = strokes
    for part, seat, strokes in zip(plan.parts, placed, played, strict=True):
        attend()
        file.tracks.append(_track(mido, _part(mido, part, seat, strokes)))
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def _piece(mido: Any, score: Score, plan: MusicPlan) -> Iterable[Timed]:
    title = plan.title.replace("\n", " ")[:120]
    yield 0.0, 0, mido.MetaMessage("track_name", name=title)
    yield 0.0, 0, mido.MetaMessage("text", text=f"key: {score.key}")
    for beat, (count, unit) in score.meters or ((0.0, score.meter),):
        clocks = 36 if unit == 8 and count % 3 == 0 else max(96 // unit, 1)
        yield (
            beat,
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


def _part(mido: Any, part: Part, seat: Seat, strokes: Strokes) -> Iterable[Timed]:
    channel = seat.channel
    yield 0.0, 0, mido.MetaMessage("track_name", name=part.name)
    if seat.port:
        yield 0.0, 0, mido.MetaMessage("midi_port", port=seat.port)
    yield 0.0, 1, mido.Message("program_change", channel=channel, program=_program(part))
    # Copies of one message: a check of each of a hundred thousand notes takes twice as long.
    strike = mido.Message("note_on", channel=channel)
    release = mido.Message("note_off", channel=channel, velocity=64)
    bent = 0
    order = np.argsort(strokes.starts, kind="stable")
    columns = (strokes.starts, strokes.ends, strokes.keys, strokes.forces, strokes.bends)
    for start, end, key, force, bend in np.stack(columns, axis=1)[order].tolist():
        if bend != bent:
            yield start / TICKS, 2, mido.Message("pitchwheel", channel=channel, pitch=bend)
            bent = bend
        yield start / TICKS, 3, strike.copy(skip_checks=True, note=key, velocity=force)
        yield end / TICKS, 1, release.copy(skip_checks=True, note=key)


def _strokes(score: Score, part: Part, events: Sequence[Event]) -> Strokes:
    """Returns the keys that a part strikes; drums under those of General MIDI's map."""
    written = drum_keys(part.instrument) if _is_kit(part) else {}
    pitches = np.array([event.pitch for event in events])
    keys = np.rint(pitches)
    starts = np.array([event.start_s for event in events])
    ends = starts + np.array([event.length_s for event in events])
    ticks = [np.rint(_beats(score, at) * TICKS) for at in (starts, ends)]
    forces = np.rint(np.array([event.velocity for event in events]) * 127)
    return Strokes(
        starts=ticks[0].astype(np.int64),
        ends=ticks[1].astype(np.int64),
        keys=np.array([written.get(key, key) for key in keys.clip(0, 127).tolist()], np.int64),
        forces=forces.clip(1, 127).astype(np.int64),
        bends=np.rint((pitches - keys) / _BEND_SEMITONES * 8192).astype(np.int64),
    )


def _beats(score: Score, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns which beats there are at times, by the score's tempo map."""
    beats = np.array([beat for beat, _ in score.tempi])
    rates = 60 / np.array([bpm for _, bpm in score.tempi])
    starts = np.concatenate([[0.0], np.cumsum(np.diff(beats) * rates[:-1])])
    at = np.maximum(np.searchsorted(starts, seconds, side="right") - 1, 0)
    found: NDArray[np.float64] = beats[at] + (seconds - starts[at]) / rates[at]
    return found


def _is_kit(part: Part) -> bool:
    return part.role in _DRUMS and part.instrument not in _facts()["programs"]


def _program(part: Part) -> int:
    table = _facts()["kits" if _is_kit(part) else "programs"]
    plucked = _facts()["plucked"] if "plucked" in part.style.lower().split() else {}
    return int(plucked.get(part.instrument, table.get(part.instrument, 0)))


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


def drum_keys(kit: str) -> dict[int, int]:
    """Returns under which key of General MIDI's map each key of a kit is written, if another."""
    return {int(key): into for key, into in _facts()["keys"].get(kit, {}).items()}


@functools.cache
def _facts() -> dict[str, Any]:
    text = (resources.files(__package__) / "programs.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
