"""The arranger as the studio meets it: tasks settled, sound, notes and stems that agree."""

import io
import json

import mido
import numpy as np
import pytest

import menura
from menura.engines.music.arranger.arranging import WITH_A_PLAN, arrange
from menura.engines.music.arranger.engine import create
from menura.engines.music.midi import to_midi
from menura.errors import InvalidInput, InvalidText, MenuraError
from menura.tasks import Music, load

CRASH = 49
"""In General MIDI's percussion map."""
PLAN = """\
key = "D minor"
bpm = 120
meter = "3/4"
[[part]]
name = "keys"
role = "chords"
instrument = "piano"
[[part]]
name = "bass"
role = "bass"
instrument = "upright bass"
[[section]]
name = "verse"
bars = 2
chords = ["Dm", "Gm7"]
[[section]]
name = "close"
bars = 1
chords = ["Dm"]
"""


@pytest.fixture(scope="module")
def engine(studio, settings):
    opened = create(studio.card("arranger"), settings)
    yield opened
    opened.close()


def played(engine, task):
    performance = engine.perform(task)
    performance.keep_stems = True
    sound = np.concatenate([block.samples for block in performance.blocks], axis=1)
    return performance, sound


@pytest.mark.parametrize(
    "task",
    [
        Music("16 bars of pop", seed=1),
        Music("lofi", loop=True, seed=1),
        Music("techno at 130 bpm", loop=True, duration_s=9, seed=1),
        Music("pop", melody="D4:1 F#4:1 A4:2 G4:1 E4:1 D4:2", seed=1),
        Music("piano for 3 minutes", seed=1),
    ],
)
def test_a_settled_task_is_the_same_piece(engine, task: Music) -> None:
    settled = engine.check(task)
    assert engine.check(settled) == settled
    assert arrange(settled).plan == arrange(task).plan
    assert engine.perform(settled).ignored == list(arrange(task).ignored)


def test_a_loop_says_how_far_whole_bars_are_from_what_was_asked(engine) -> None:
    settled = engine.check(Music("techno at 130 bpm", loop=True, duration_s=9, seed=1))
    performance = engine.perform(settled)
    assert performance.understood["duration_s"] == pytest.approx(5 * 4 * 60 / 130)
    assert any("whole bars" in line and "not 9 s" in line for line in performance.ignored)


def test_a_loop_of_a_free_tempo_lasts_exactly_as_asked(engine) -> None:
    for seconds in (8.3, 16.6, 31.7):
        plan = arrange(Music("pop", loop=True, duration_s=seconds, seed=1)).plan
        assert plan.duration_s == seconds
        assert plan.bars * plan.bar_beats * 60 / plan.quarter_bpm == pytest.approx(seconds)


def test_an_edited_piece_settles_as_its_new_plan(engine) -> None:
    asked = Music(plan=PLAN, replace_section="verse", continue_s=4.5, seed=2)
    settled = engine.check(asked)
    assert (settled.replace_section, settled.continue_s) == (None, None)
    assert arrange(settled).events == arrange(asked).events
    assert engine.plan(settled) == settled.plan


@pytest.mark.parametrize("name", WITH_A_PLAN)
def test_what_a_plan_says_cannot_be_said_beside_it(engine, name: str) -> None:
    values = {
        "prompt": "pop", "duration_s": 9.0, "bpm": 90.0, "key": "C major", "meter": "3/4",
        "form": "verse", "instruments": ("piano",), "exclude": ("drums",), "loop": True,
        "melody": "D4:1", "cues": ((1.0, "hit"),),
    }  # fmt: skip
    with pytest.raises(InvalidInput, match=f"leave out {name},"):
        engine.check(Music(**{"plan": PLAN, name: values[name]}))


@pytest.mark.parametrize("change", [{"replace_section": "verse"}, {"continue_s": 5.0}])
def test_only_a_plan_can_be_edited(engine, change) -> None:
    with pytest.raises(InvalidInput, match="only a plan"):
        engine.check(Music("pop", **change))


def test_sound_notes_chart_and_stems_agree(engine, studio) -> None:
    rate = studio.card("arranger").rate
    performance, sound = played(engine, engine.check(Music(plan=PLAN, seed=2)))
    assert sound.shape == (2, round(rate * (4.5 + 2.5)))
    assert [c.title for c in performance.chapters] == ["verse", "close"]
    assert [c.start_s for c in performance.chapters] == [0.0, 3.0]
    assert performance.chapters[-1].end_s == 7.0
    words = [(word.text, word.start_s) for word in performance.captions]
    assert words == [("[verse] Dm", 0.0), ("Gm7", 1.5), ("[close] Dm", 3.0)]
    file = mido.MidiFile(file=io.BytesIO(performance.score))
    heard = [m for m in file if m.type == "note_on" and m.velocity]
    assert len(heard) == performance.measured["notes"]
    assert [track.name for track in file.tracks[1:]] == ["keys", "bass"]
    total = sum(stem.samples for stem in performance.stems.values())
    assert np.abs(total - sound).max() < 1e-5
    assert all(np.abs(performance.stems[part].samples).max() > 0.01 for part in ("keys", "bass"))


@pytest.mark.parametrize(
    "prompt", ["house", "waltz", "celtic in 6/8", "ambient", "solo piano", "pop in 7/8"]
)
@pytest.mark.parametrize("cues", [((4.2, "hit"), (12.0, "drop")), ((0.0, "hit"), (7.77, "rise"))])
def test_a_note_meets_every_cue(prompt: str, cues) -> None:
    for seed in range(3):
        piece = arrange(Music(prompt, duration_s=24, cues=cues, seed=seed))
        assert piece.plan.cues == cues
        starts = [event.start_s for events in piece.events.values() for event in events]
        for when_s, _ in cues:
            assert min(abs(start - when_s) for start in starts) < 0.001


@pytest.mark.parametrize(
    ("cues", "seed"),
    [
        (((6.0, "drop"),), 1),
        (((2.0, "hit"), (6.0, "drop")), 1),
        (((2.0, "hit"), (4.0, "rise"), (6.0, "drop")), 1),
        (((7.3, "drop"),), 3),
    ],
)
@pytest.mark.parametrize("prompt", ["cinematic trailer", "solo piano", "orchestral", "waltz"])
def test_a_slowing_end_moves_no_cue(prompt: str, cues, seed: int) -> None:
    piece = arrange(Music(prompt, duration_s=12, cues=cues, seed=seed))
    data = to_midi(piece.score, piece.events, piece.plan)
    at_s, marks_s = 0.0, []
    for message in mido.MidiFile(file=io.BytesIO(data)):
        at_s += message.time
        marks_s += [at_s] if message.type == "marker" else []
    starts = [event.start_s for events in piece.events.values() for event in events]
    for when_s, _ in cues:
        assert min(abs(mark - when_s) for mark in marks_s) < 0.02
        assert min(abs(start - when_s) for start in starts) < 0.02


def test_no_cymbal_comes_shortly_before_a_drop() -> None:
    piece = arrange(Music("cinematic trailer", duration_s=12, cues=((6.0, "drop"),), seed=1))
    crashes = [event.start_s for event in piece.events["percussion"] if event.pitch == CRASH]
    assert any(abs(start - 6.0) < 0.02 for start in crashes)
    assert not any(4.5 < start < 5.98 for start in crashes)


def test_one_seed_gives_the_same_samples_and_another_others(engine) -> None:
    sounds = [played(engine, Music(plan=PLAN.replace("bpm", f"seed = {seed}\nbpm")))[1]
              for seed in (1, 1, 2)]  # fmt: skip
    assert np.array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[0], sounds[2])


@pytest.mark.parametrize(
    "recipe",
    [
        {"prompt": "pop", "bpm": 1e308},
        {"prompt": "pop", "duration_s": "9"},
        {"prompt": ["pop"]},
        {"prompt": "pop", "cues": "now"},
        {"prompt": "pop", "cues": [[1, "hit"]] * 300},
        {"prompt": "pop", "continue_s": 5},
        {"prompt": "pop", "seed": -1},
        {"prompt": "pop", "instruments": ["x"] * 10_000},
        {"prompt": "pop", "melody": "D4:1 " * 21_000},
        {"prompt": "pop", "melody": "D99:1"},
        {"prompt": "pop", "form": "verse " * 1000},
        {"prompt": "pop", "key": "H#"},
        {"prompt": "pop", "meter": "4/0"},
        {"prompt": "pop", "path": "/etc/passwd"},
        {"plan": "#" * 1_000_001},
        {"plan": PLAN, "replace_section": "x" * 2000},
        {"plan": PLAN, "replace_section": "solo"},
        {"plan": PLAN, "continue_s": 1e9},
        {"plan": PLAN.replace("bars = 2", "bars = 1000000")},
        {"plan": PLAN + '[[section]]\nname = "a"\nbars = 256\nchords = ["C"]\n' * 990},
        {"plan": PLAN.replace('"piano"', '"../../kit"')},
        {"plan": PLAN.replace("120", "nan")},
    ],
    ids=lambda recipe: json.dumps(recipe)[:40],
)
def test_a_hostile_recipe_is_refused_before_a_sound(engine, recipe) -> None:
    with pytest.raises(MenuraError) as refused:
        engine.check(load({"kind": "music"} | recipe))
    assert len(str(refused.value)) < 700


def test_a_prompt_that_says_nothing_to_us_is_said_to_be_so() -> None:
    with pytest.raises(InvalidText, match=r"nothing of 'qwxz zxqwv' is known: name a genre"):
        arrange(menura.Music("qwxz zxqwv", duration_s=4, seed=1))
    ignored = arrange(menura.Music("qwxz zxqwv", duration_s=4, bpm=100, seed=1)).ignored
    assert ignored[0].startswith("nothing of the prompt was understood")
    assert not any(
        "nothing of the prompt" in line
        for line in arrange(menura.Music("qwxz waltz", duration_s=4, seed=1)).ignored
    )


def test_a_given_tune_is_played_from_its_first_note_to_its_last() -> None:
    tune = " ".join(f"{name}4:1" for name in "CDEFGFEDCEGEFFEEDDCCGFD")
    for prompt in ("acoustic folk", "bossa nova", "synthwave"):
        piece = arrange(menura.Music(prompt, melody=tune, seed=2))
        leads = {part.name for part in piece.plan.parts if part.role == "melody"}
        notes = sorted(
            (note.beat, note.pitch % 12)
            for line in piece.score.lines
            if line.part in leads
            for note in line.notes
        )
        assert notes[0] == (0.0, 0)
        assert notes[-1][1] == 2
        assert (notes[-1][0] + 2) % (24 if piece.plan.meter == (4, 4) else 1) == 0
    cut = arrange(menura.Music("folk", melody=tune, seed=2, duration_s=6, bpm=100))
    assert any("longer than the piece" in line for line in cut.ignored)
