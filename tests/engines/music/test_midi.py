"""MIDI files: what a sequencer sees in ours, and what ours makes of anybody's."""

from __future__ import annotations

import dataclasses
import io
import struct

import mido
import numpy as np
import pytest
from music_plans import BANDS, METERS, make_plan

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.performing import perform
from menura.engines.music.arranger.players import players
from menura.engines.music.arranger.writing import write
from menura.engines.music.midi import drum_keys, read_midi, to_midi
from menura.engines.music.midi.writing import _facts, signature
from menura.errors import InvalidInput
from menura.tasks import Music
from menura.text.keys import Key
from menura.text.melody import read_melody, write_melody


def exported(plan):
    score = write(plan)
    events = perform(score, plan)
    data = to_midi(score, events, plan)
    return score, events, mido.MidiFile(file=io.BytesIO(data)), data


@pytest.mark.parametrize("meter", METERS)
@pytest.mark.parametrize("bpm", [61.5, 128.0])
def test_tempo_meter_and_key_are_exact(meter, bpm):
    plan = make_plan(2, meter=meter, bpm=bpm, tonic="Eb", mode="major")
    score, _, file, _ = exported(plan)
    first = {message.type: message for message in file.tracks[0]}
    assert file.type == 1
    assert (first["time_signature"].numerator, first["time_signature"].denominator) == meter
    assert first["key_signature"].key == "Eb"
    assert 6e7 / first["set_tempo"].tempo == pytest.approx(plan.quarter_bpm, rel=1e-5)
    markers = [message.text for message in file.tracks[0] if message.type == "marker"]
    assert markers == [name for _, name in score.sections]
    texts = [message.text for message in file.tracks[0] if message.type == "text"]
    assert texts[1:-1] == [symbol for _, symbol in score.chords]


@pytest.mark.parametrize(
    ("meter", "cut", "short"),
    [((4, 4), 2.0, (2, 4)), ((4, 4), 0.5, (7, 8)), ((6, 8), 1.5, (3, 8)), ((3, 4), 0.25, (11, 16))],
)
def test_a_bar_cut_short_has_a_meter_of_its_own(meter, cut, short):
    plan = make_plan(2, meter=meter)
    first = dataclasses.replace(plan.sections[0], cut_beats=cut)
    plan = dataclasses.replace(plan, sections=(first, *plan.sections[1:]))
    _, _, file, _ = exported(plan)
    at, found = 0, []
    for message in file.tracks[0]:
        at += message.time
        if message.type == "time_signature":
            found.append((at / 960, (message.numerator, message.denominator)))
    cut_bar = (first.bars - 1) * plan.bar_beats
    assert found == [(0, meter), (cut_bar, short), (cut_bar + plan.bar_beats - cut, meter)]


@pytest.mark.parametrize("band", sorted(BANDS))
def test_notes_stand_where_they_are_played(band):
    plan = make_plan(5, band=band, mode="maqam bayati" if band == "arabic" else None)
    _, events, file, _ = exported(plan)
    assert [track.name for track in file.tracks[1:]] == [part.name for part in plan.parts]
    merged, seconds = mido.merge_tracks(file.tracks), 0.0
    tempo, onsets = 500_000, []
    for message in merged:
        seconds += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        if message.type == "set_tempo":
            tempo = message.tempo
        if message.type == "note_on":
            onsets.append((seconds, message.note, message.channel))
    into = {part.name: drum_keys(part.instrument) for part in plan.parts}
    played = sorted(
        (e.start_s, into[name].get(round(e.pitch), round(e.pitch)))
        for name, line in events.items()
        for e in line
    )
    assert len(onsets) == len(played)
    assert np.allclose(sorted(o[0] for o in onsets), [p[0] for p in played], atol=0.003)
    assert sorted(o[1] for o in onsets) == sorted(p[1] for p in played)
    channels = {part.name: {m.channel for m in track if m.type == "note_on"}
                for part, track in zip(plan.parts, file.tracks[1:], strict=True)}  # fmt: skip
    for part in plan.parts:
        kit = part.role in {"drums", "percussion"} and part.instrument != "timpani"
        assert all((channel == 9) == kit for channel in channels[part.name])


def test_quarter_tones_are_bent():
    plan = make_plan(5, band="arabic", mode="maqam rast", tonic="C")
    _, events, file, _ = exported(plan)
    track = file.tracks[1 + [part.name for part in plan.parts].index("oud")]
    bend, heard = 0, []
    for message in track:
        if message.type == "pitchwheel":
            bend = message.pitch
        if message.type == "note_on":
            heard.append(message.note + 2 * bend / 8192)
    assert heard == [pytest.approx(event.pitch, abs=0.01) for event in events["oud"]]
    assert any(pitch % 1 for pitch in heard)


def test_every_instrument_has_a_program():
    for name, player in players().items():
        table = _facts()["kits" if "kit" in name or player.family == "drums" else "programs"]
        found = table.get(name, _facts()["kits"].get(name, _facts()["programs"].get(name)))
        assert found is not None, name
        assert 0 <= found <= 127


@pytest.mark.parametrize(
    ("key", "written"),
    [("D major", "D"), ("F# minor", "F#m"), ("A# major", "Bb"), ("Db minor", "C#m"),
     ("G dorian", "Gm"), ("C lydian", "C"), ("E## major", "F#"), ("Cb major", "Cb"),
     ("Gb minor", "F#m"), ("D maqam bayati", "Dm")],
)  # fmt: skip
def test_signatures(key, written):
    assert signature(Key(*key.split(" ", 1))) == written
    assert mido.MetaMessage("key_signature", key=written)


def chunk(kind, body):
    return kind + struct.pack(">I", len(body)) + body


def midi_file(*tracks, division=96, form=1, count=None):
    header = struct.pack(">HHH", form, len(tracks) if count is None else count, division)
    return chunk(b"MThd", header) + b"".join(chunk(b"MTrk", track) for track in tracks)


ON, OFF, END = b"\x00\x90\x3c\x40", b"\x60\x80\x3c\x40", b"\x00\xff\x2f\x00"
TUNE = ON + OFF + END


@pytest.mark.parametrize(
    ("data", "notes"),
    [
        (midi_file(TUNE), ((0.0, 1.0, 60.0),)),
        (midi_file(ON + OFF), ((0.0, 1.0, 60.0),)),  # no end of track
        (midi_file(ON + b"\x60\x3c\x00" + END), ((0.0, 1.0, 60.0),)),  # running status
        (midi_file(ON + b"\x60\x90\x3e\x40\x30\x80\x3e\x00" + END),
         ((0.0, 1.0, 60.0), (1.0, 0.5, 62.0))),  # first note never released
        (midi_file(ON + b"\x00\x90\x40\x40\x60\x80\x40\x00\x00\x80\x3c\x00" + END),
         ((0.0, 1.0, 64.0),)),  # the highest of two
        (midi_file(b"\x00\xff\x51\x03\x00\x00\x00" + TUNE), ((0.0, 1.0, 60.0),)),  # tempo 0
        (midi_file(TUNE, b"\x00\x99\x54\x40\x60\x89\x54\x00" + END), ((0.0, 1.0, 60.0),)),  # drums
        (midi_file(b"\x00\xf0\x02\x01\xf7" + TUNE), ((0.0, 1.0, 60.0),)),  # sysex
        (midi_file(TUNE) + b"", ((0.0, 1.0, 60.0),)),
        (b"", InvalidInput),
        (b"RIFF" + bytes(40), InvalidInput),
        (midi_file(TUNE)[:20], InvalidInput),
        (midi_file(TUNE, division=0), InvalidInput),
        (midi_file(TUNE, division=0xE728), InvalidInput),
        (midi_file(TUNE, form=2), InvalidInput),
        (midi_file(TUNE, count=65535), InvalidInput),
        (midi_file(count=0), InvalidInput),
        (midi_file(END), InvalidInput),  # no notes
        (midi_file(b"\x00\x3c\x40" + END), InvalidInput),  # running status without a status
        (midi_file(b"\x00\xff\x01\x01a\x00\x3c\x40" + END), InvalidInput),  # nor after a meta event
        (midi_file(b"\xff\xff\xff\x7f\x90\x3c\x40" + END), InvalidInput),  # delta of 2^28 - 1
        (midi_file(b"\xff" * 100), InvalidInput),  # number without end
        (midi_file(b"\x00\xff\x01\xff\xff\xff\x7f" + END), InvalidInput),  # text beyond the file
        (midi_file(b"\x00\x90\x3c\xc0" + END), InvalidInput),  # data byte with a status
        (midi_file(b"\x00\xf4" + END), InvalidInput),  # undefined message
        (midi_file((ON + b"\x01\x80\x3c\x40") * 20_001 + END), InvalidInput),  # endless notes
        (midi_file(TUNE) + bytes(4_000_000), InvalidInput),
        (chunk(b"MThd", bytes(4)) + bytes(20), InvalidInput),
    ],
)  # fmt: skip
def test_files_of_others(data, notes):
    if notes is InvalidInput:
        with pytest.raises(InvalidInput) as raised:
            read_midi(data)
        assert "\n" not in str(raised.value)
    else:
        assert read_midi(data) == notes


@pytest.mark.parametrize("seed", range(300))
def test_noise_is_refused_or_read(seed):
    rng = np.random.default_rng(seed)
    data = bytearray(midi_file(TUNE * 3))
    for at in rng.integers(0, len(data), 6):
        data[at] = int(rng.integers(256))
    try:
        notes = read_midi(bytes(data))
    except InvalidInput:
        return
    assert all(beats > 0 and 0 <= pitch <= 127 for _, beats, pitch in notes)


def test_own_tune_comes_back():
    plan = make_plan(5, parts=(BANDS["pop"][4],))
    _, events, _, data = exported(plan)
    notes = read_midi(data)
    assert [pitch for _, _, pitch in notes] == [event.pitch for event in events["lead"]]


def test_a_tune_played_by_people_can_be_given_as_a_melody():
    for seed in (1, 3, 7):
        piece = arrange(Music("solo cello", duration_s=12, seed=seed))
        notes = read_midi(to_midi(piece.score, piece.events, piece.plan))
        again = read_melody(write_melody(notes))
        assert [pitch for _, _, pitch in again] == [pitch for _, _, pitch in notes]
        assert [beat for beat, _, _ in again] == pytest.approx([beat for beat, _, _ in notes])
