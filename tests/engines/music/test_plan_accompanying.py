"""Accompanying: chords and key that go with a given tune."""

import pytest

from menura.engines.music.arranger.accompanying import rounds_bars, tune_key
from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.composing import compose
from menura.tasks import Music
from menura.text.brief import MusicBrief
from menura.text.melody import read_melody

TWINKLE = (
    "C4:1 C4:1 G4:1 G4:1 A4:1 A4:1 G4:2 F4:1 F4:1 E4:1 E4:1 D4:1 D4:1 C4:2 "
    "G4:1 G4:1 F4:1 F4:1 E4:1 E4:1 D4:2 G4:1 G4:1 F4:1 F4:1 E4:1 E4:1 D4:2"
)
GREENSLEEVES = (
    "A4:1 C5:2 D5:1 E5:1.5 F5:0.5 E5:1 D5:2 B4:1 G4:1.5 A4:0.5 B4:1 C5:2 A4:1 "
    "A4:1.5 G#4:0.5 A4:1 B4:2 G#4:1 E4:3 A4:2 r:1"
)


@pytest.mark.parametrize(
    ("melody", "mode", "key"),
    [
        (TWINKLE, None, "C major"),
        (GREENSLEEVES, None, "A minor"),
        ("D4:1 F#4:1 A4:1 D5:1 C#5:1 D5:2", None, "D major"),
        ("D4:1 E4:1 F4:1 A4:1 D4:2", "dorian", "D dorian"),
        ("E4:4", None, "None"),
    ],
)
def test_the_key_of_a_tune(melody, mode, key):
    assert str(tune_key(read_melody(melody), mode)) == key


def test_a_piece_goes_round_the_tune_in_whole_rounds():
    assert rounds_bars(read_melody(TWINKLE), (4, 4)) % 8 == 0
    plan = compose(MusicBrief(), Music("x", melody=TWINKLE), 1).plan
    assert plan.bars % 8 == 0


def held_share(melody, bars):
    """Returns the share of a tune's length that is a tone of the chord below it."""
    held = sum(
        beats
        for beat, beats, pitch in melody
        if round(pitch) % 12 in bars[int(beat // 4)].chord_at(beat).tones
    )
    return held / sum(beats for _, beats, _ in melody)


@pytest.mark.parametrize("genre", ["folk", "pop", "ballad", "solo piano", "rock"])
def test_chords_hold_the_tune(genre):
    plan = compose(MusicBrief(genres=(genre,)), Music("x", melody=TWINKLE), 1).plan
    bars = list(bars_of(plan))
    assert plan.key.pitch_class == 0
    assert bars[0].chords[0][1].root == 0
    assert bars[-1].chords[-1][1].root == 0
    assert held_share(plan.melody, bars) > 0.5
    others = [
        compose(MusicBrief(genres=(genre,), key=plan.key, duration_s=90.0), Music("x"), seed).plan
        for seed in range(5)
    ]
    blind = [held_share(plan.melody, list(bars_of(other))) for other in others]
    assert held_share(plan.melody, bars) > sum(blind) / len(blind) + 0.05


def test_a_tune_over_a_drone_keeps_it():
    plan = compose(MusicBrief(genres=("indian",)), Music("x", melody=TWINKLE), 1).plan
    assert {entry for section in plan.sections for entry in section.chords} == {"C5"}
