"""Pieces that go on, or get a new section: what was there stays as it was."""

import numpy as np
import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.bars import bars_of, seconds_of
from menura.engines.music.arranger.charting import chapters
from menura.engines.music.arranger.document import MAX_SECONDS, read_plan, write_plan
from menura.engines.music.arranger.editing import continued, replaced
from menura.engines.music.arranger.engine import create
from menura.errors import InvalidInput
from menura.tasks import Music

AROUND_S = 0.15
"""A note may be played this much before or behind its place."""
TAILS_S = 6.0
"""What docs/music.md says of how long a changed section is heard behind its end, at most."""


def song(prompt: str = "pop", duration_s: float = 40.0, seed: int = 3, **fields):
    return arrange(Music(prompt, duration_s=duration_s, seed=seed, **fields))


def edited(piece, seed: int = 9, **change):
    return arrange(Music(plan=write_plan(piece.plan), seed=seed, **change))


def outside(events, spans):
    return [e for e in events if not any(low <= e.start_s < high for low, high in spans)]


@pytest.mark.parametrize(
    "prompt", ["pop", "jazz swing", "techno", "waltz for string quartet", "arabic", "celtic in 6/8"]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_new_section_leaves_the_notes_of_the_others(prompt: str, seed: int) -> None:
    old = song(prompt, seed=seed)
    titles = [section.name for section in old.plan.sections]
    name = titles[len(titles) // 2]
    new = edited(old, replace_section=name)
    spans = [
        (c.start_s - AROUND_S, c.end_s + AROUND_S) for c in chapters(old.plan) if c.title == name
    ]
    for part in old.events:
        assert outside(old.events[part], spans) == outside(new.events[part], spans), part
    assert old.events != new.events


def test_each_seed_gives_another_section_and_one_seed_the_same() -> None:
    old = song()
    plans = [replaced(old.plan, "chorus", seed) for seed in (1, 2, 1)]
    seeds = [[section.seed for section in plan.sections] for plan in plans]
    assert seeds[0] == seeds[2] != seeds[1]


@pytest.mark.parametrize("change", [{"replace_section": "coda"}, {"continue_s": 5000.0}])
def test_what_cannot_be_edited_is_said(change) -> None:
    with pytest.raises(InvalidInput, match=r"no section 'coda'|lies between"):
        edited(song(), **change)


@pytest.mark.parametrize("prompt", ["pop at 97 bpm", "waltz", "ambient", "12 bar blues", "punk"])
@pytest.mark.parametrize("seconds", [1.0, 3.3, 20.0, 300.0])
def test_a_piece_gets_exactly_as_much_longer_as_asked(prompt: str, seconds: float) -> None:
    old = song(prompt)
    plan = continued(old.plan, seconds, 7)
    assert plan.duration_s == old.plan.duration_s + seconds
    assert read_plan(write_plan(plan)) == plan
    *_, before = chapters(old.plan)
    *_, after = chapters(plan)
    assert after.title == before.title
    added = plan.sections[len(old.plan.sections) - 1 : -1]
    assert all(abs(section.tempo - 1) <= 0.04 + 1e-9 for section in added)
    assert all(section.cut_beats == 0 for section in added)
    bars = sum(section.bars for section in added)
    bar_s = old.plan.bar_beats * 60 / old.plan.quarter_bpm
    assert abs(bars * bar_s - seconds) <= bar_s + 0.05 * seconds
    tails_s = [each.duration_s - seconds_of(each) for each in (old.plan, plan)]
    assert tails_s[1] >= min(tails_s[0], 0.8) - 1e-6
    assert tails_s[1] <= tails_s[0] + bar_s
    if plan.ending == "fade":
        assert tails_s[1] <= tails_s[0] + bar_s / 2


@pytest.mark.parametrize("seconds", [7.3, 20.0])
@pytest.mark.parametrize("prompt", ["pop at 97 bpm", "waltz", "celtic in 6/8", "reggae"])
def test_what_is_added_stands_in_the_meter_of_the_piece(prompt: str, seconds: float) -> None:
    old = song(prompt)
    new = edited(old, continue_s=seconds)
    whole = old.plan.bar_beats
    lengths = [bar.beats for bar in bars_of(new.plan)]
    assert lengths[:-1] == [whole] * (len(lengths) - 1)
    assert {meter for _, meter in new.score.meters[:1]} == {old.plan.meter}
    assert len(new.score.meters) <= 2


def test_what_was_there_stays_until_the_new_is_led_into() -> None:
    old = song("folk")
    new = edited(old, continue_s=12.0)
    *_, close = chapters(old.plan)
    bar_s = old.plan.bar_beats * 60 / old.plan.quarter_bpm
    spans = [(close.start_s - bar_s - AROUND_S, np.inf)]
    for part in old.events:
        assert outside(old.events[part], spans) == outside(new.events[part], spans), part
    last_s = max(event.start_s for events in new.events.values() for event in events)
    assert old.plan.duration_s < last_s < new.plan.duration_s


def test_added_sections_are_composed_anew() -> None:
    plan = continued(song().plan, 60.0, 7)
    seeds = [section.seed for section in plan.sections]
    assert len(set(seeds)) == len(seeds)


def test_a_loop_and_a_piece_of_two_hours_do_not_go_on() -> None:
    with pytest.raises(InvalidInput, match="a loop has no end"):
        edited(song(loop=True), continue_s=10.0)
    plan = song().plan
    with pytest.raises(InvalidInput, match="over 7300 s"):
        continued(plan, MAX_SECONDS - plan.duration_s + 1, 1)


@pytest.mark.parametrize(
    "piece",
    [
        ("pop at 140 bpm", 24.0, "verse chorus bridge", "chorus"),
        ("metal", 26.0, "verse chorus verse", "chorus"),  # another number of notes
        ("cinematic at 110 bpm", 30.0, "theme climax theme", "climax"),  # the longest room
        ("techno", 30.0, "groove drop groove", "groove"),  # the first and the last
    ],
)
def test_a_new_section_leaves_the_sound_of_the_others(
    piece: tuple[str, float, str, str], studio, settings
) -> None:
    """Before it to the rounding of 24 bits, behind it as soon as its tails have died away."""
    prompt, duration_s, form, changed = piece
    old = song(prompt, duration_s, form=form)
    plan = write_plan(old.plan)
    tasks = (Music(plan=plan, seed=11), Music(plan=plan, replace_section=changed, seed=11))
    engine = create(studio.card("arranger"), settings)
    before, after = (
        np.concatenate([b.samples for b in engine.perform(task).blocks], axis=1) for task in tasks
    )
    engine.close()
    rate = studio.card("arranger").rate

    def differs_db(start_s: float, stop_s: float) -> float:
        low, high = round(start_s * rate), round(stop_s * rate)
        own, error = before[:, low:high], after[:, low:high] - before[:, low:high]
        return float(10 * np.log10(np.mean(error**2) / np.mean(own**2) + 1e-30))

    clean_s, judged = 0.0, 0
    for chapter in chapters(old.plan):
        if chapter.title == changed:
            assert differs_db(chapter.start_s, chapter.end_s) > -20
            clean_s = chapter.end_s + TAILS_S
        elif chapter.end_s - AROUND_S > clean_s:
            assert differs_db(clean_s, chapter.end_s - AROUND_S) < -120, chapter
            judged += 1
    assert judged >= (1 if changed == "groove" else 2)


@pytest.mark.parametrize("duration_s", [5.0, 12.0])
def test_a_piece_that_ends_on_a_hit_goes_on_without_more_of_them(duration_s: float) -> None:
    old = song("rock, ends on a big hit", duration_s)
    assert old.plan.sections[-1].name == "hit"
    names = [section.name for section in continued(old.plan, 20.0, 7).sections]
    assert names.count("hit") == 1
