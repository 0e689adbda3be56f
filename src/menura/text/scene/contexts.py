"""Contexts: words that mean another thing beside what else is named: a key, a game, a spaceship."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.scene.vocabulary import Entry, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from menura.text.brief.tokens import Token
    from menura.text.scene.mentions import Mention

NAMED_KEY = "named_key"
_TYPING, _COINS, _PICKUP, _VESSEL, _ENGINE = "typing", "coins", "coin_pickup", "spaceship", "car"
_KEY_WORDS = frozenset({"key", "keys"})
_TYPES = frozenset({"type"})
_KEYS = frozenset({"enter"})
_BEFORE_KEY = frozenset({"then", "and", "the", "press", "presses", "hit", "hits", "tap", "taps"})
"""What may stand before the name of a key: before any other word, somebody comes in."""
_ENGINES = frozenset({"engine", "engines"})
_PICKS = frozenset({"pick", "picks", "picked", "picking"})
_BETWEEN = frozenset({"a", "an", "the", "some", "up", "few"})
_PEOPLE = frozenset(
    {"he", "she", "they", "i", "someone", "somebody", "man", "woman", "person", "boy", "girl"}
)


def read_contexts(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Gives words the meaning that they have beside the other things a prompt names."""
    _mark_pressed(tokens, mentions)
    _mark_typed(tokens, mentions)
    _mark_picked(tokens, mentions)
    _mark_engines(tokens, mentions)


def _mark_pressed(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Makes one key of "enter" where somebody types: nobody comes in there.

    The key is on the keyboard that was named: "typing on a typewriter, then enter".
    """
    types, variant = False, ""
    for mention in mentions:
        if mention.is_negated:
            continue
        if mention.kind == "thing" and mention.id == _TYPING:
            types = True
            variant = mention.entry.variant or variant if mention.entry else variant
        types |= mention.kind == "act" and mention.id in _TYPES
        words = {token.word for token in tokens[mention.start : mention.end]}
        is_first = bool(tokens[mention.start].gap) or mention.start == 0
        is_named = is_first or tokens[mention.start - 1].word in _BEFORE_KEY
        if types and is_named and mention.kind == "act" and words <= _KEYS:
            mention.kind, mention.entry = "thing", Entry("thing", NAMED_KEY, variant)
            mention.others, mention.effects = (), {"count": 1}


def _mark_typed(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Makes keys that are struck of those counted behind a typewriter: "typewriter: 10 keys"."""
    keyboard: Entry | None = None
    counted = -1
    for mention in mentions:
        counted = mention.end if mention.kind == "count" else counted
        if mention.kind != "thing" or mention.is_negated:
            continue
        words = {token.word for token in tokens[mention.start : mention.end]}
        if mention.id == _TYPING:
            keyboard = mention.entry
        elif keyboard and counted == mention.start and words <= _KEY_WORDS:
            mention.entry, mention.others, mention.effects = keyboard, (), {}


def _mark_picked(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Makes the sound of a game of coins that are picked up, however many.

    "Picking up three coins" and "a coin is picked up" have no coin that falls; what "she picks up"
    lies on a table.
    """
    waiting: Mention | None = None
    counted: set[int] = set()
    for mention in mentions:
        words = [token.word for token in tokens[mention.start : mention.end]]
        if mention.id == "grows_more" and words[0] in _PICKS:
            before = tokens[mention.start - 1].word if mention.start else ""
            waiting = None if before in _PEOPLE else mention
        elif mention.kind == "thing" and mention.id == _COINS and not mention.is_negated:
            if waiting is not None and _is_next(tokens, waiting, mention, counted):
                waiting.is_used = True
                mention.entry = Entry("thing", _PICKUP)
                mention.others, mention.effects = (), {}
            waiting = None
        elif mention.kind == "count":
            counted.update(range(mention.start, mention.end))
        else:
            waiting = None


def _mark_engines(tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
    """Makes the engine of a spaceship of one that is named beside it: it has no horn that beeps."""
    things = [m for m in mentions if not m.is_negated and (m.find("thing") or m.find("set"))]
    for at, mention in enumerate(things):
        words = {token.word for token in tokens[mention.start : mention.end]}
        if mention.kind != "thing" or mention.id != _ENGINE or not words <= _ENGINES:
            continue
        beside = _vehicle(things[at - 1 :: -1] if at else things[1:])
        if beside == _VESSEL:
            mention.entry = Entry("thing", _VESSEL)
            mention.others, mention.effects = (), {}


def _vehicle(things: Sequence[Mention]) -> str:
    """Returns the first of some things that is a vehicle, or else acts by itself."""
    known = vocabulary().things
    for mention in things:
        place, thing = mention.find("set"), mention.find("thing")
        if place is not None and place.id == _VESSEL:
            return _VESSEL
        if thing is not None and (thing.id == _VESSEL or known[thing.id].is_agent):
            return thing.id
    return ""


def _is_next(tokens: Sequence[Token], pick: Mention, coins: Mention, counted: Set[int]) -> bool:
    """Returns whether only a number or an article stands between a picking and the coins."""
    if any(tokens[at].gap for at in range(pick.end, coins.start + 1)):
        return False
    between = range(pick.end, coins.start)
    return all(at in counted or tokens[at].word in _BETWEEN for at in between)
