"""`read_scene`: from a prompt to what it asks to be heard."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from menura.errors import InvalidText
from menura.text.brief.tokens import normalize
from menura.text.scene.answering import mark_answered
from menura.text.scene.clauses import mark_lags, mark_turns, split_clauses
from menura.text.scene.contexts import read_contexts
from menura.text.scene.layering import make_brief
from menura.text.scene.mentions import HEADS, Mention
from menura.text.scene.negation import mark_negated
from menura.text.scene.quotes import tokenize_quoted
from menura.text.scene.scanning import find_mentions
from menura.text.scene.telling import Story
from menura.text.scene.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.scene.scene import SceneBrief

MAX_CHARS = 20_000
MAX_HEADS = 256


def read_scene(prompt: str) -> SceneBrief:
    """Returns what a prompt for effects and ambience asks to be heard.

    What it names itself wins over what belongs to an ambience; the later of two words for the same
    field holds. Nothing is guessed without being listed: words that led to nothing are in
    `ignored`. Time is linear in the length of the prompt, and it is the same brief every time.

    Raises:
        InvalidText: if the prompt says nothing, or is longer than 20,000 characters.

    Example:
        >>> [layer.source for layer in read_scene("Hard rain, then a door slams").layers]
        ['rain', 'door_slam']
    """
    if len(prompt) > MAX_CHARS:
        raise InvalidText(
            f"the prompt has {len(prompt):,} characters: say it in at most {MAX_CHARS:,}"
        )
    text = "".join(
        " " if unicodedata.category(char) == "Cc" and char != "\n" else char
        for char in normalize(prompt)[:MAX_CHARS]
    )
    if not any(char.isalnum() for char in text):
        raise InvalidText("the prompt is empty: say what is to be heard, such as 'rain on leaves'")
    tokens, quotes = tokenize_quoted(
        text,
        vocabulary().lists["says"],
        lambda inner: any(m.kind in HEADS for m in find_mentions(inner, {}, {})),
    )
    slips: dict[str, str] = {}
    mentions = find_mentions(tokens, quotes, slips)
    mark_negated(tokens, mentions)
    read_contexts(tokens, mentions)
    mentions = mark_answered(tokens, mentions)
    mentions = mark_lags(tokens, mark_turns(tokens, mentions))
    story = Story(text, tokens, mentions, split_clauses(tokens, mentions))
    _limit(story)
    for word, meant in slips.items():
        if meant:
            story.notes[f"{word!r:.40} was read as {meant!r}"] = None
    story.tell()
    return make_brief(story)


def _limit(story: Story) -> None:
    """Leaves out what is named after the first `MAX_HEADS` sounds: it is listed as ignored."""
    heads = [m for m in story.mentions if m.kind in HEADS and not m.is_negated]
    if len(heads) <= MAX_HEADS:
        return
    last = heads[MAX_HEADS].start
    story.notes[f"{len(heads)} sounds are named: only the first {MAX_HEADS} are read"] = None
    for clause in story.clauses:
        clause.mentions[:] = [m for m in clause.mentions if not _is_over(m, last)]


def _is_over(mention: Mention, last: int) -> bool:
    return mention.kind in HEADS and mention.start >= last
