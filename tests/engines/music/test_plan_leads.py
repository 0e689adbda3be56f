"""Leads: two for a canon or a call, whoever was asked for."""

import pytest

from menura.engines.music.arranger.arranging import arrange
from menura.engines.music.arranger.form import Stretch
from menura.engines.music.arranger.leads import joined
from menura.engines.music.arranger.writing.styles import duet_of
from menura.tasks import Music


@pytest.mark.parametrize(
    ("style", "lag_bars"),
    [
        ("canon", 2),
        ("canon after 1 bar", 1),
        ("soft canon after 4 bars", 4),
        ("canon after 0 bars", 1),
        ("call and response", 0),
        ("lyrical", None),
        ("canonical", None),
    ],
)
def test_styles_say_how_a_tune_is_shared(style, lag_bars):
    duet = duet_of(style)
    assert (duet and duet.lag_bars) == lag_bars


@pytest.mark.parametrize(
    ("prompt", "players"),
    [
        ("question and answer between flute and violin", {"flute", "violin"}),
        ("call and response between trumpet and saxophone, jazz", {"trumpet", "saxophone"}),
        ("a canon for two recorders", {"flute"}),
        ("a round for flute and clarinet", {"flute", "clarinet"}),
        ("folk canon", None),
        ("a fugue for organ", {"organ"}),
        ("flute and violin take turns", {"flute", "violin"}),
    ],
)
def test_two_have_the_tune_in_every_section(prompt, players):
    plan = arrange(Music(prompt, duration_s=30.0, seed=1)).plan
    leads = [part for part in plan.parts if part.role == "melody"]
    assert len(leads) == 2
    assert players is None or {part.instrument for part in leads} == players
    assert len({part.style for part in leads}) == 1
    assert duet_of(leads[0].style)
    assert leads[0].pan * leads[1].pan < 0
    for section in plan.sections:
        assert {part.name for part in leads} <= set(section.parts)


def test_a_canon_has_sections_long_enough_to_be_one():
    energies = {"a": 0.3, "b": 0.9, "c": 0.5, "d": 0.5, "e": 0.4}
    form = [Stretch(name=n, bars=4, energy=e) for n, e in energies.items()]
    found = joined(form, 2)
    assert [(stretch.name, stretch.bars) for stretch in found] == [("a", 8), ("c", 12)]
    assert [stretch.energy for stretch in found] == [0.9, 0.5]
