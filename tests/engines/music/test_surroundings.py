"""What lies under music and is none: in the words of the prompt, and where it says."""

import pytest

from menura.engines.music.arranger.composing import compose
from menura.engines.music.arranger.document import read_plan, write_plan
from menura.engines.music.arranger.surroundings import UNDER_DB, prompts, surrounding_parts
from menura.errors import InvalidInput
from menura.tasks import Music
from menura.text.brief import read_brief


def plan_of(prompt: str, **fields):
    task = Music(prompt, duration_s=30.0, **fields)
    return compose(read_brief(task), task, 1).plan


@pytest.mark.parametrize(
    ("prompt", "textures"),
    [
        ("heavy rain behind a piano", ("rain: heavy rain",)),
        ("piano and rain", ("rain",)),
        ("lofi, vinyl crackle, gentle rain", ("vinyl", "rain: gentle rain")),
        ("jazz trio, cheering at the end", ("applause: cheering at the end",)),
        ("slow jazz with a loud crowd", ("crowd: loud crowd",)),
    ],
)
def test_adjectives_are_kept(prompt: str, textures: tuple[str, ...]) -> None:
    plan = plan_of(prompt)
    assert plan.textures == textures
    assert read_plan(write_plan(plan)).textures == textures


def test_heavy_rain_is_asked_for_and_louder_than_gentle_rain() -> None:
    heavy, gentle, plain = (
        surrounding_parts(plan_of(f"piano with {words}"), -16.0)[0]
        for words in ("heavy rain", "gentle rain", "rain")
    )
    assert heavy.task.prompt == "heavy rain"
    assert plain.task.prompt == prompts()["rain"]
    assert gentle.loudness_lufs < plain.loudness_lufs == -16.0 - UNDER_DB < heavy.loudness_lufs


def test_what_is_at_the_end_is_heard_there_alone() -> None:
    plan = plan_of("jazz trio, cheering at the end")
    (part,) = surrounding_parts(plan, -16.0)
    assert "at the end" not in part.task.prompt
    assert part.task.duration_s < plan.duration_s / 2
    assert part.start_s + part.task.duration_s == pytest.approx(plan.duration_s)


def test_a_texture_in_words_that_nobody_knows_is_refused_with_its_line() -> None:
    text = write_plan(plan_of("piano and heavy rain"))
    with pytest.raises(InvalidInput, match=r"line \d+.*zorp"):
        read_plan(text.replace("rain: heavy rain", "rain: zorp blib"))
    with pytest.raises(InvalidInput, match="zorp"):
        read_plan(text.replace("rain: heavy rain", "zorp: heavy rain"))
