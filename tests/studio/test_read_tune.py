"""Tunes of others as text: hummed, or out of a MIDI file."""

import io
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from menura.errors import InvalidInput, NotFound
from menura.metrics import SungNote
from menura.studio.tune import in_beats, read_tune
from menura.text.melody import read_melody

RATE = 22_050
TUNE = [(60, 1.0), (62, 0.5), (64, 0.5), (67, 2.0), (65, 1.0), (64, 1.0), (60, 2.0)]
"""MIDI pitch, beats."""


def hummed(bpm: float, cents: float = 0.0) -> np.ndarray:
    parts = []
    for pitch, beats in TUNE:
        t = np.arange(round(beats * 60 / bpm * RATE)) / RATE
        hz = 440 * 2 ** ((pitch + cents / 100 - 69) / 12)
        bend = 0.15 * np.sin(2 * np.pi * 5 * t)
        phase = 2 * np.pi * np.cumsum(hz * 2 ** (bend / 12)) / RATE
        tone = sum(np.sin(k * phase) / k**1.5 for k in range(1, 6))
        parts.append(0.2 * tone * np.clip(np.minimum(t, t[-1] - t) / 0.03, 0, 1))
    return np.concatenate(parts)


@pytest.mark.parametrize("bpm", [80.0, 104.0, 132.0])
@pytest.mark.parametrize("cents", [0.0, 35.0])
def test_a_hummed_tune_becomes_notes_on_beats(
    bpm: float, cents: float, settings, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "hum.wav", hummed(bpm, cents), RATE)
    found = read_melody(read_tune(tmp_path / "hum.wav", settings, bpm))
    assert [pitch for _, _, pitch in found] == [pitch for pitch, _ in TUNE]
    starts = np.cumsum([0, *(beats for _, beats in TUNE[:-1])])
    assert [beat for beat, _, _ in found] == pytest.approx(starts)


@pytest.mark.parametrize("bpm", [80.0, 104.0, 132.0])
def test_the_tempo_of_a_tune_is_found_within_an_octave(bpm: float) -> None:
    edges = np.concatenate([[0.0], np.cumsum([beats * 60 / bpm for _, beats in TUNE])])
    notes = [
        SungNote(start_s=a + 0.01 * (i % 3), end_s=b - 0.03, pitch=float(pitch))
        for i, (a, b, (pitch, _)) in enumerate(zip(edges, edges[1:], TUNE, strict=False))
    ]
    beats = np.array([beat for beat, _, _ in in_beats(notes, None)])
    factor = beats[-1] / (edges[-2] * bpm / 60)
    assert min(abs(factor - octave) for octave in (0.5, 1.0, 2.0)) < 0.02


def test_a_midi_file_gives_its_tune(settings, tmp_path: Path) -> None:
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(track := mido.MidiTrack())
    for pitch, beats in TUNE:
        track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
        track.append(mido.Message("note_off", note=pitch, time=round(480 * beats)))
    data = io.BytesIO()
    file.save(file=data)
    (tmp_path / "tune.mid").write_bytes(data.getvalue())
    found = read_melody(read_tune(tmp_path / "tune.mid", settings))
    assert [(pitch, beats) for _, beats, pitch in found] == TUNE


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("none.wav", None, NotFound),
        ("none.mid", None, NotFound),
        ("big.mid", b"MThd" + bytes(4 * 1024**2), InvalidInput),
        ("text.wav", b"la la la", InvalidInput),
        ("noise.wav", np.random.default_rng(1).normal(0, 0.1, 2 * RATE), InvalidInput),
        ("silence.wav", np.zeros(2 * RATE), InvalidInput),
        ("click.wav", np.eye(1, 2 * RATE)[0], InvalidInput),
    ],
)
def test_what_is_no_tune_is_refused(name: str, data, error, settings, tmp_path: Path) -> None:
    path = tmp_path / name
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data is not None:
        soundfile.write(path, data, RATE)
    with pytest.raises(error):
        read_tune(path, settings)


def test_a_mix_is_no_tune(settings, tmp_path: Path) -> None:
    lead = hummed(104.0)
    t = np.arange(lead.size) / RATE
    chord = sum(
        np.sin(2 * np.pi * hz * k * t) / k for hz in (130.8, 155.6, 207.7) for k in (1, 2, 3)
    )
    soundfile.write(tmp_path / "mix.wav", 0.5 * lead + 0.05 * chord, RATE)
    with pytest.raises(InvalidInput, match=r"mix\.wav is no single voice: the tune has only"):
        read_tune(tmp_path / "mix.wav", settings)
