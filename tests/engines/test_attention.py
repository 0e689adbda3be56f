"""Attention: what a caller raises while an engine plans reaches the caller as it was."""

import pytest

from menura.engines.attention import attend, attended
from menura.engines.music.arranger.arranging import arrange
from menura.studio.ensemble import guarded
from menura.tasks import Music


class Gone(Exception):
    """Nobody waits."""


def leave(_share):
    raise Gone


def test_who_is_not_attended_works_on():
    attend()


def test_the_last_share_is_told_again():
    shares = []
    with attended(shares.append) as told:
        attend()
        told(0.25)
        attend()
    attend()
    assert shares == [0.0, 0.25, 0.25]


def test_an_end_passes_who_would_take_it_for_an_error():
    with pytest.raises(Gone), attended(leave), guarded("arranger"):
        attend()


def test_planning_looks_often_whether_anybody_waits():
    shares = []
    with attended(shares.append):
        piece = arrange(Music("rock, 3 minutes", seed=918))
    assert len(shares) >= len(piece.plan.sections) + len(piece.plan.parts)


def test_a_render_that_nobody_waits_for_ends_while_it_is_planned(studio):
    with pytest.raises(Gone):
        studio.render(Music("pop, 3 seconds", seed=4711), progress=leave)
