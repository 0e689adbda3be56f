"""Conversations: the turns of a dialogue, cast with voices and set apart by natural gaps."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.engines.speech.directions import find_emotion
from menura.engines.speech.passage import Passage
from menura.engines.speech.passages import find_voice, passages
from menura.espeak import languages
from menura.text.dialogue import gaps, parse
from menura.text.script import Mark, Pause

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from menura.engines.speech.dictionary import Dictionary
    from menura.tasks import Dialogue
    from menura.text.captions import Word
    from menura.voice import Voice


def cast(task: Dialogue, voices: Mapping[str, Voice]) -> Dialogue:
    """Returns the dialogue with a voice for every speaker, and its language named.

    Who is given none gets the next voice that nobody has; when all are taken, they come again.
    Voices whose own language is the dialogue's come first.

    Raises:
        InvalidText: if there are no turns.
        NotFound: if it names a voice or language that is not there.
    """
    language = None if task.language is None else languages.find(task.language).tag
    given = dict(task.voices)
    for speaker, name in task.voices:
        voice = find_voice(voices, name)
        given[speaker] = voice.id or voice.name
    # Voices that were designed and kept speak when they are named: others cannot cast them.
    order = [name for name, voice in voices.items() if not voice.id]
    if language is not None:
        family = language.partition("-")[0]
        order.sort(key=lambda name: voices[name].language.partition("-")[0] != family)
    taken: list[str] = list(given.values())
    for turn in parse(task.text):
        if turn.speaker not in given:
            least = min(taken.count(name) for name in order)
            given[turn.speaker] = next(name for name in order if taken.count(name) == least)
            taken.append(given[turn.speaker])
    return dataclasses.replace(task, language=language, voices=tuple(given.items()))


def turns(
    task: Dialogue, voices: Mapping[str, Voice], max_chars: int, dictionary: Dictionary
) -> tuple[Passage | Pause | Mark, ...]:
    """Returns what a cast dialogue says, in order.

    Raises:
        InvalidText: if a turn cannot be read.
        NotFound: if it names a voice or language that is not there.
    """
    parsed = parse(task.text)
    roles = dict(task.voices)
    items: list[Passage | Pause | Mark] = []
    for turn, gap_s in zip(parsed, [*gaps(parsed), None], strict=True):
        voice = find_voice(voices, roles[turn.speaker])
        emotion = None if turn.direction is None else find_emotion(turn.direction)
        for item in passages(
            turn.text, voice, task.language, voices, max_chars=max_chars, dictionary=dictionary
        ):
            if isinstance(item, Passage):
                placed = dataclasses.replace(item, speaker=turn.speaker, emotion=emotion)
                if turn.span is not None:
                    placed = dataclasses.replace(placed, written=task.text, offset=turn.span[0])
                items.append(placed)
            else:
                items.append(item)
        if gap_s is not None:
            items.append(Pause(gap_s))
    return tuple(items)


def directions(task: Dialogue, emotions: Collection[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Returns what is asked for in brackets: {direction: emotion} of what is done, and the rest.

    Args:
        task: the dialogue.
        emotions: those that the engine can do.
    """
    asked = dict.fromkeys(turn.direction for turn in parse(task.text) if turn.direction)
    found = {direction: find_emotion(direction) for direction in asked}
    done = {name: emotion for name, emotion in found.items() if emotion in emotions and emotion}
    return done, tuple(name for name in asked if name not in done)


def uncast(task: Dialogue) -> tuple[str, ...]:
    """Returns who has a voice and no turn."""
    speakers = {turn.speaker for turn in parse(task.text)}
    return tuple(name for name, _ in task.voices if name not in speakers)


def speaker_times(words: Sequence[Word]) -> list[dict[str, str | float]]:
    """Returns who speaks when: {speaker, start_s, end_s} for each turn, in order."""
    times: list[dict[str, str | float]] = []
    for word in words:
        if times and times[-1]["speaker"] == word.speaker:
            times[-1]["end_s"] = round(word.end_s, 3)
        else:
            start_s, end_s = round(word.start_s, 3), round(word.end_s, 3)
            times.append({"speaker": word.speaker, "start_s": start_s, "end_s": end_s})
    return times
