"""The engine for effects as the studio meets it: what it settles, plans, tells and refuses."""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from menura.engines.base import Performance
from menura.engines.effects.document import read_scene_plan
from menura.engines.effects.engine import Foley, stage
from menura.engines.effects.sources import RATE
from menura.errors import InvalidInput, InvalidText, MenuraError
from menura.settings import Settings
from menura.tasks import Effect, Music, Speech
from menura.text.scene import SceneBrief

PLAN = """\
duration_s = 2.0
[[layer]]
source = "knock"
times_s = [0.5]
"""


@pytest.fixture(scope="module")
def foley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foley]:
    engine = Foley(Settings(home=tmp_path_factory.mktemp("home"), workers=1), -23.0)
    yield engine
    engine.close()


def performed(foley: Foley, task: Effect) -> Performance:
    return foley.perform(foley.check(task))


def sound(performance: Performance) -> np.ndarray:
    return np.concatenate([block.samples for block in performance.blocks], axis=1)


def test_check_names_the_length_and_changes_nothing_else(foley: Foley) -> None:
    task = Effect("rain and an owl", seed=1)
    settled = foley.check(task)
    assert settled == dataclasses.replace(task, duration_s=settled.duration_s)
    assert settled.duration_s >= 5
    assert foley.check(settled) == settled
    assert stage(settled).scene == stage(task).scene


def test_check_keeps_a_length_open_that_would_stretch_what_happens(foley: Foley) -> None:
    task = Effect("a door creaks open slowly in a stone hall", seed=1)
    assert stage(foley.check(task)).scene == stage(task).scene


def test_check_settles_a_plan_to_the_letter(foley: Foley) -> None:
    settled = foley.check(Effect(plan=PLAN, seed=1))
    assert read_scene_plan(settled.plan) == read_scene_plan(PLAN)
    assert foley.check(settled) == settled


def test_check_leaves_what_never_ends_without_a_length(foley: Foley) -> None:
    assert foley.check(Effect("rain", endless=True, seed=1)).duration_s is None


@pytest.mark.parametrize("said", [False, True])
def test_check_tells_that_a_plan_never_ends(foley: Foley, said: bool) -> None:
    plan = PLAN.replace("duration_s = 2.0", "duration_s = 0")
    settled = foley.check(Effect(plan=plan, endless=said, seed=1))
    assert settled.endless
    assert foley.check(settled) == settled


@pytest.mark.parametrize("gain_db", [-96.0, 24.0])
def test_what_others_play_has_any_gain_that_a_plan_may_have(foley: Foley, gain_db: float) -> None:
    layer = f'[[layer]]\nsource = "music"\ntext = "piano"\ngain_db = {gain_db}\n'
    (part,) = performed(foley, Effect(plan=f"duration_s = 2\n{layer}", seed=1)).parts
    assert part.gain_db == gain_db


@pytest.mark.parametrize(
    ("task", "error", "said"),
    [
        (Effect("zorp flurb"), InvalidText, "no sound in 'zorp flurb' is known here"),
        (Effect("a strange animal"), InvalidText, "dog"),
        (Effect("word " * 3000), InvalidText, "is known here"),
        (Effect("a " * 10_000), InvalidText, "is known here"),
        (Effect("\x00\x07 !?"), InvalidText, "say what is to be heard"),
        (Effect("one million knocks"), InvalidInput, "1000000 times .*has 1 to 500"),
        (Effect("ten thousand thunders and 3 owls"), InvalidInput, "has 1 to 500"),
        (Effect("rain", plan=PLAN), InvalidInput, "leave out prompt"),
        (Effect(plan=PLAN, loop=True), InvalidInput, "leave out loop"),
        (Effect(plan=PLAN, endless=True), InvalidInput, "leave out endless"),
        (Effect(plan="binaural = true\n" + PLAN, channels=1), InvalidInput, "two ears"),
        (Effect(plan="channels = 1\n" + PLAN, binaural=True), InvalidInput, "two ears"),
        (Effect(plan=PLAN, prompt_influence=0.0), InvalidInput, "leave out prompt_influence"),
        (Effect(plan=PLAN, duration_s=4.0, loop=True), InvalidInput, "duration_s, loop"),
        (Effect(plan=PLAN, cues=((1.0, "knock"),)), InvalidInput, "leave out cues"),
        (Effect(plan=PLAN.replace("knock", "knok")), InvalidInput, "line 3, layer 1"),
        (Effect(plan="{"), InvalidInput, "line 1"),
        (Speech("knock"), InvalidInput, "performs effect, not speech"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    foley: Foley, task: Effect, error: type[MenuraError], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        foley.check(task)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_what_a_caller_does_to_a_report_changes_no_other(foley: Foley) -> None:
    task = Effect("rain and an owl", seed=1)
    performed(foley, task).understood["from_prompt"].clear()
    assert performed(foley, task).understood["from_prompt"]


def test_a_thousand_sounds_are_read_in_bounds(foley: Foley) -> None:
    staged = stage(Effect(("rain " * 4000)[:20_000], seed=1))
    assert len(staged.scene.layers) == 1
    assert any("only the first 256" in note for note in staged.ignored)


def test_a_report_tells_what_was_understood_and_what_not(foley: Foley) -> None:
    performance = performed(foley, Effect("zorp rain in a cave and three knocks", seed=1))
    facts = performance.understood
    assert facts["space"] == "cave"
    assert [layer["source"] for layer in facts["layers"]] == ["rain", "knock"]
    assert len(facts["layers"][1]["times_s"]) == 3
    assert any("three knocks" in words for words in facts["from_prompt"])
    assert performance.ignored == ["not understood: zorp"]
    assert "# Note: not understood: zorp\n" in foley.plan(Effect("zorp rain", seed=1))


def test_a_note_cannot_become_a_line_of_the_plan(foley: Foley, monkeypatch) -> None:
    """What stands in a comment stays in it, whatever a prompt holds."""
    from menura.engines.effects import engine

    real = engine.read_scene

    def noted(prompt: str) -> SceneBrief:
        return dataclasses.replace(real(prompt), notes=('a\nduration_s = 1\x00\r"',))

    monkeypatch.setattr(engine, "read_scene", noted)
    text = foley.plan(Effect("rain, with notes", seed=1))
    assert text.splitlines()[0].startswith("# Note: a duration_s = 1")
    assert read_scene_plan(text).duration_s >= 5


@pytest.mark.parametrize("seconds", [0.5, 0.50001, 1.0, 3.3333333, 12.7])
@pytest.mark.parametrize("prompt", ["a fan", "a knock, then a door slams", '"well"'])
def test_lengths_are_exact_to_the_frame(foley: Foley, seconds: float, prompt: str) -> None:
    performance = performed(foley, Effect(prompt, duration_s=seconds, channels=1, seed=1))
    frames = sum(block.frames for block in performance.blocks)
    assert frames == round(seconds * RATE)
    assert performance.progress == pytest.approx(1.0, abs=0.05)


def test_ten_minutes_are_exact_too(foley: Foley) -> None:
    performance = performed(foley, Effect("a click", duration_s=600.0, channels=1, seed=1))
    assert sum(block.frames for block in performance.blocks) == 600 * RATE


@pytest.mark.parametrize(
    ("prompt", "parts", "rate"),
    [("rain", 0, RATE), ("rain and soft jazz", 1, RATE), ("soft jazz", 1, RATE)],
)
def test_what_others_play_is_a_part(foley: Foley, prompt: str, parts: int, rate: int) -> None:
    performance = performed(foley, Effect(prompt, duration_s=2.0, channels=1, seed=1))
    assert len(performance.parts) == parts
    assert (performance.rate, performance.channels) == (rate, 1)
    assert performance.loudness_lufs < (-100 if prompt == "soft jazz" else 0)


@pytest.mark.parametrize(
    "prompt", ["a bard playing a lute", "someone plucking a lute", "rain, a lute"]
)
def test_who_plays_and_what_is_played_are_one_part(foley: Foley, prompt: str) -> None:
    (part,) = performed(foley, Effect(prompt, duration_s=2.0, seed=1)).parts
    assert isinstance(part.task, Music)
    assert "lute" in part.task.prompt


@pytest.mark.parametrize(("prompt", "peak"), [("a knock", True), ("rain", False)])
def test_a_happening_is_brought_to_a_peak_and_a_bed_to_a_loudness(
    foley: Foley, prompt: str, peak: bool
) -> None:
    assert (performed(foley, Effect(prompt, seed=1)).peak_dbfs is not None) is peak


def test_blocks_are_made_when_they_are_taken_and_for_ever(foley: Foley) -> None:
    performance = performed(foley, Effect("rain and a dripping tap", endless=True, seed=1))
    blocks = [block.samples for block in itertools.islice(performance.blocks, 40)]
    assert len({block.tobytes() for block in blocks}) == 40
    assert min(float(np.sqrt(np.mean(block**2))) for block in blocks[1:]) > 1e-3
    performance.blocks.close()  # type: ignore[attr-defined]


def test_a_seed_makes_the_same_samples(foley: Foley) -> None:
    task = Effect("rain on leaves, two knocks", duration_s=1.0, seed=4)
    first, again = (sound(performed(foley, task)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = sound(performed(foley, dataclasses.replace(task, seed=5)))
    assert not np.array_equal(first, other)


def test_stems_have_the_names_of_layers(foley: Foley) -> None:
    performance = performed(foley, Effect("rain, an owl, and an owl", duration_s=1.0, seed=4))
    performance.keep_stems = True
    whole = sound(performance)
    layers = [layer["name"] for layer in performance.understood["layers"]]
    assert list(performance.stems) == [*layers, "room"]
    stems = sum(stem.samples for stem in performance.stems.values())
    np.testing.assert_allclose(stems, whole, atol=1e-6)
