"""The delay pattern, against the table in the paper."""

from __future__ import annotations

import numpy as np
import pytest

from menura.runtime.delays import column_count, columns

S = 99


def test_each_codebook_lags_the_one_before() -> None:
    codes = np.arange(1, 13).reshape(1, 3, 4)
    found = columns(codes, (0, 1, 2), S, 0, column_count(4, (0, 1, 2)))
    wanted = [
        [S, 1, 2, 3, 4, S, S],
        [S, S, 5, 6, 7, 8, S],
        [S, S, S, 9, 10, 11, 12],
    ]
    np.testing.assert_array_equal(found[0], wanted)


@pytest.mark.parametrize(("first", "stop"), [(0, 1), (2, 5), (6, 7), (0, 7)])
def test_any_stretch_is_that_of_the_whole(first: int, stop: int) -> None:
    codes = np.random.default_rng(0).integers(0, 50, (2, 4, 4))
    delays = (0, 0, 1, 1)
    whole = columns(codes, delays, S, 0, 7)
    np.testing.assert_array_equal(columns(codes, delays, S, first, stop), whole[:, :, first:stop])


def test_without_frames_there_is_only_the_start() -> None:
    found = columns(np.zeros((1, 2, 0), np.int64), (0, 1), S, 0, 1)
    np.testing.assert_array_equal(found, [[[S], [S]]])
