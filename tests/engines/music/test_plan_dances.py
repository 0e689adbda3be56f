"""Dances: the band of a genre in a rhythm that is not its own, and two of one instrument in it."""

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of
from menura.engines.music.arranger.writing import write
from menura.tasks import Music

TANGO = "two guitars, upright bass and a single trumpet playing a tango"


def onsets(plan, role):
    """Returns in which quarter notes of a bar those with a role begin, but for the last bar."""
    names = {part.name for part in plan.parts if part.role == role}
    notes = [note for line in write(plan).lines if line.part in names for note in line.notes]
    bars = list(bars_of(plan))[:-1]
    return [{round(n.beat - b.start, 3) for n in notes if b.start <= n.beat < b.end} for b in bars]


def test_a_tango_has_its_marcato_and_three_three_two():
    plan = arrange(Music(TANGO, duration_s=20.0, seed=1)).plan
    for role in ("bass", "chords"):
        bars = onsets(plan, role)
        assert {0.0, 1.0, 2.0, 3.0} in bars
        assert {0.0, 1.5, 3.0} in bars
        assert {frozenset(bar) for bar in bars} == {
            frozenset({0.0, 1.0, 2.0, 3.0}),
            frozenset({0.0, 1.5, 3.0}),
        }


def test_two_guitars_play_and_not_the_same():
    piece = arrange(Music(TANGO, duration_s=20.0, seed=1))
    guitars = [part for part in piece.plan.parts if part.instrument == "steel guitar"]
    assert len(guitars) == 2
    assert len({part.role for part in guitars}) == 2
    assert sorted(p.instrument for p in piece.plan.parts if p not in guitars) == [
        "trumpet",
        "upright bass",
    ]
    one, two = (write(piece.plan).lines[piece.plan.parts.index(part)].notes for part in guitars)
    assert min(len(one), len(two)) > 20
    assert one != two
    assert any(note.startswith("tango -> latin") for note in piece.ignored)


def test_the_band_of_a_tango_has_no_congas_and_its_kit_the_habanera():
    plan = arrange(Music("tango", duration_s=40.0, seed=1)).plan
    assert {part.role for part in plan.parts} >= {"drums", "bass", "chords", "melody"}
    assert "hand percussion" not in {part.instrument for part in plan.parts}
    assert {part.style for part in plan.parts if part.role in {"drums", "bass"}} == {"tango"}


def test_other_latin_music_keeps_its_own_rhythm():
    plan = arrange(Music("salsa", duration_s=40.0, seed=1)).plan
    assert "tango" not in {part.style for part in plan.parts}
    assert "hand percussion" in {part.instrument for part in plan.parts}
