import itertools

import numpy as np
import pytest

from menura.audio import Audio
from menura.errors import InvalidInput
from menura.metrics import sung_notes

RATE = 44_100


def hummed(
    notes: list[tuple[float, float]], *, gap_s: float = 0.03, vibrato: float = 0.2, noise: float = 0
) -> Audio:
    """A tune of (MIDI pitch, seconds): falling harmonics, vibrato, a short glide into each note."""
    rng = np.random.default_rng(0)
    parts, before = [], notes[0][0]
    for pitch, seconds in notes:
        t = np.arange(round(seconds * RATE)) / RATE
        glide = (before - pitch) * np.exp(-t / 0.015)
        bend = pitch + glide + vibrato * np.sin(2 * np.pi * 5.5 * t)
        phase = 2 * np.pi * np.cumsum(440 * 2 ** ((bend - 69) / 12)) / RATE
        tone = sum(np.sin(k * phase) / k**1.5 for k in range(1, 7))
        edge = np.clip(np.minimum(t, t[-1] - t) / gap_s, 0, 1)
        parts.append(tone * edge)
        before = pitch
    sound = 0.2 * np.concatenate(parts)
    sound += noise * rng.standard_normal(sound.size)
    return Audio(sound[np.newaxis].astype(np.float32), RATE)


TUNE = [(60, 0.4), (62, 0.4), (64, 0.4), (60, 0.8), (67, 0.3), (67, 0.3), (65, 0.3), (64, 0.9)]


@pytest.mark.parametrize("octave", [-12, 0, 12, 19])
@pytest.mark.parametrize("noise", [0.0, 0.005])
def test_a_hummed_tune_is_heard_note_by_note(octave: int, noise: float) -> None:
    found = sung_notes(hummed([(p + octave, s) for p, s in TUNE], noise=noise))
    assert [round(note.pitch) for note in found] == [p + octave for p, _ in TUNE]
    starts = np.cumsum([0, *(s for _, s in TUNE[:-1])])
    assert np.abs([n.start_s for n in found] - starts).max() < 0.06
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    "audio",
    [
        Audio.silence(3, RATE),
        Audio((0.1 * np.random.default_rng(0).standard_normal((1, 3 * RATE))).astype("f4"), RATE),
        Audio(np.full((1, 50), 0.1, np.float32), RATE),
    ],
    ids=["silence", "noise", "too short"],
)
def test_where_no_tune_is_it_says_so(audio: Audio) -> None:
    with pytest.raises(InvalidInput, match="no tune"):
        sung_notes(audio)
