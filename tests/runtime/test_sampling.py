"""Choosing codes: the limits, the frequencies, the sources of chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from menura.errors import EngineFailed, InvalidInput
from menura.runtime.sampling import Sampling, draw

PROBABILITIES = np.array([0.5, 0.3, 0.15, 0.05])
DRAWS = 4000


def _frequencies(options: Sampling) -> Any:
    logits = np.tile(np.log(PROBABILITIES), (1, DRAWS, 1)).astype(np.float32)
    drawn = draw(logits, options, [np.random.default_rng(0)])
    return np.bincount(drawn[0], minlength=4) / DRAWS


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (Sampling(top_k=0), [0.5, 0.3, 0.15, 0.05]),
        (Sampling(top_k=2), [0.625, 0.375, 0, 0]),
        (Sampling(top_k=1), [1, 0, 0, 0]),
        (Sampling(temperature=0.0), [1, 0, 0, 0]),
        (Sampling(temperature=0.5), PROBABILITIES**2 / np.sum(PROBABILITIES**2)),
        (Sampling(top_p=0.7), [0.625, 0.375, 0, 0]),
        (Sampling(top_p=0.81), [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]),
        (Sampling(top_p=0.01), [1, 0, 0, 0]),
    ],
)
def test_frequencies(options: Sampling, wanted: Any) -> None:
    # Four standard deviations of a proportion in 4,000 draws.
    np.testing.assert_allclose(_frequencies(options), wanted, atol=0.032)


def test_each_prompt_draws_from_its_own_source() -> None:
    logits = np.random.default_rng(1).standard_normal((3, 4, 50)).astype(np.float32)
    together = draw(logits, Sampling(), [np.random.default_rng(n) for n in range(3)])
    for n in range(3):
        alone = draw(logits[n : n + 1], Sampling(), [np.random.default_rng(n)])
        np.testing.assert_array_equal(together[n], alone[0])


def test_equal_logits_are_drawn_alike() -> None:
    logits = np.zeros((1, DRAWS, 8), np.float32)
    drawn = draw(logits, Sampling(top_k=0), [np.random.default_rng(0)])
    assert np.bincount(drawn[0], minlength=8).min() > DRAWS / 8 * 0.75


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_no_number_is_an_error(bad: float) -> None:
    logits = np.zeros((1, 2, 8), np.float32)
    logits[0, 1, 3] = bad
    with pytest.raises(EngineFailed, match="no numbers"):
        draw(logits, Sampling(), [np.random.default_rng(0)])


@pytest.mark.parametrize(
    "how",
    [
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"temperature": 6.0},
        {"temperature": True},
        {"top_k": -1},
        {"top_k": 2.5},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"guidance": -1.0},
        {"guidance": float("inf")},
        {"guidance": "3"},
    ],
)
def test_options_out_of_range(how: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(how))):
        Sampling(**how)
