"""Answers of JSON: written piece by piece, the same as in one go."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest

from menura.server import answers
from menura.server.answers import ROWS, answer, written


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        None,
        "é\n\u2028",
        {"a": {"b": [1.5, None], "": {}}, "c": list(range(ROWS))},
        list(range(ROWS + 1)),
        {1: "one", 2.5: {None: 0, True: 1}},
        {"rows": [{"char": "ü", "times": [at, at + 0.5]} for at in range(3 * ROWS)], "last": True},
    ],
)
def test_pieces_make_the_same_json(value: Any) -> None:
    assert written(value).decode() == json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def test_no_piece_has_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0

    def dumped(value: Any, **options: Any) -> str:
        nonlocal longest
        longest = max(longest, len(value) if isinstance(value, list) else 0)
        return dump(value, **options)

    dump = json.dumps
    monkeypatch.setattr(answers.json, "dumps", dumped)
    written({"a": {"b": list(range(10 * ROWS))}})
    assert longest == ROWS


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        written({"a": [math.nan]})


def test_an_answer_is_json() -> None:
    made = asyncio.run(answer(lambda: {"a": "ü"}, {"x-menura-ignored": "b"}))
    assert json.loads(bytes(made.body)) == {"a": "ü"}
    assert made.headers["content-type"] == "application/json"
    assert made.headers["x-menura-ignored"] == "b"
