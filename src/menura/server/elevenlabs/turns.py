"""`Turns`: which voice says which text of a dialogue, and when, as its words become known."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from menura.server.elevenlabs.alignment import Alignment
from menura.server.elevenlabs.bodies import Body

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from menura.server.elevenlabs.wording import Wording

MAX_CHARS = 40_000


class Input(Body):
    """What one voice says."""

    text: Annotated[str, Field(min_length=1, max_length=MAX_CHARS)]
    voice_id: Annotated[str, Field(min_length=1, max_length=512)]


class Turns:
    """The text of several voices, and how far it has come.

    Args:
        inputs: who says what, as it came.
        wordings: of the texts.
        speakers: what each input's speaker is called in the task.
    """

    def __init__(
        self, inputs: Sequence[Input], wordings: Sequence[Wording], speakers: Sequence[str]
    ) -> None:
        self._inputs = inputs
        self._wordings = wordings
        self._speakers = speakers
        self._starts = list(accumulate((len(each.text) for each in inputs), initial=0))
        self.alignment = Alignment("".join(each.text for each in inputs))
        self._turn = 0
        self._last_char = -1
        self._times: dict[int, list[float]] = {}
        self._told = 0

    def add(self, words: Iterable[Mapping[str, Any]]) -> None:
        """Adds the next words: they come in order, and each tells who says it."""
        for word in words:
            self._turn = turn = self._turn_of(word)
            self._last_char = word["start_char"]
            times = self._times.setdefault(turn, [word["start_s"], word["end_s"]])
            times[1] = max(times[1], word["end_s"])
            wording = self._wordings[turn]
            blanks = len(wording.text) - len(wording.text.lstrip())  # a task leaves them out
            start, stop = wording.source_span(
                word["start_char"] + blanks, word["end_char"] + blanks
            )
            self.alignment.add(word, self._starts[turn] + start, self._starts[turn] + stop)

    def more(self, before_s: float) -> dict[str, Any]:
        """Returns the segments of turns that are over by a time, each once."""
        over = [turn for turn in self._times if turn < self._turn or math.isinf(before_s)]
        found, self._told = over[self._told :], len(over)
        return {"voice_segments": [self._segment(turn) for turn in found]}

    def _segment(self, turn: int) -> dict[str, Any]:
        start_s, end_s = self._times[turn]
        return {
            "voice_id": self._inputs[turn].voice_id,
            "start_time_seconds": round(start_s, 3),
            "end_time_seconds": round(end_s, 3),
            "character_start_index": self._starts[turn],
            "character_end_index": self._starts[turn + 1],
            "dialogue_input_index": turn,
        }

    def _turn_of(self, word: Mapping[str, Any]) -> int:
        """Returns which input a word belongs to: this one, while it goes on there."""
        turn = self._turn
        if word["speaker"] == self._speakers[turn] and word["start_char"] > self._last_char:
            here = self._wordings[turn].text.strip()
            if here[word["start_char"] : word["end_char"]] == word["text"] or "<" in here:
                return turn
        later = range(turn + 1, len(self._speakers))
        return next((i for i in later if self._speakers[i] == word["speaker"]), turn)
