"""Lists: whether a prompt that names its players one after the other names all of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from menura.text.brief.ensembles import facts_of
from menura.text.brief.mentions import PLAYERS, Mention
from menura.text.brief.players import RHYTHM
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import COMMA, peek
from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.text.brief.brief import Entry, Solitude
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.players import Draft

_ADDING = frozenset(
    {"with", "over", "featuring", "feat", "behind", "under", "plus", "including", "adding", "add"}
)
"""Words before a list that say that others play too: "jazz with piano and bass"."""
_NEXT = frozenset({"then", "followed", "joined", "by"})
_PLAYING = frozenset({"play", "plays", "playing", "together", "softly", "a", "the", "duet"}) | _NEXT
"""What players in a list may do before the next one comes: nothing that tells of a piece."""
_JOINTS = frozenset({"and", "with", "a", "an", "the", "some", "one", "another"}) | _NEXT
_ARTICLES = frozenset({"a", "an", "the", "some"})
_MORE = (
    ("etc",),
    ("etcetera",),
    ("and", "more"),
    ("and", "others"),
    ("among", "others"),
    ("and", "so", "on"),
    ("and", "the", "rest"),
    ("and", "other", "instruments"),
)
"""Words behind a list that say that it goes on."""
_BEATING = frozenset({"drums", "percussion"})
_WHOLE = frozenset({"full", "whole", "entire", "complete"})
_ACTS = frozenset({"swell", "answer", "push"})
"""What players do in a piece that is told, and not listed."""


def is_list(
    evidence: Evidence,
    drafts: Sequence[Draft],
    entries: Iterable[Entry],
    solitudes: Sequence[Solitude] = (),
) -> bool:
    """Returns whether those named are all who play: "brass and timpani", "piano with strings".

    Two players or more with nothing but commas, "and" or "with" between them are a list. A genre
    named before it brings its own band, to which the list belongs, unless `for` leads to the
    players; so does a beat that is asked for and that nobody named plays ("four on the floor").
    "And more" or "etc." behind it leaves room. Who comes in later counts among those named. Drums
    and bass alone are no piece: they describe one. Who begins alone before others come in is listed
    with them, and a section of strings is a band of its own where nothing else is named.
    """
    later = {entry.who for entry in entries}
    if not later and _is_ensemble(evidence, drafts):
        return True
    listed = [draft for draft in drafts if draft.name not in later]
    if not listed or not all(_is_player(draft) for draft in drafts):
        return False
    words = [token.word for token in evidence.tokens[: listed[0].start]]
    while words and words[-1] in _ARTICLES:
        words.pop()
    before = words[-1] if words else ""
    if before in _ADDING or any(_ACTS.intersection(draft.actions) for draft in drafts):
        return False
    if _has_room(evidence, drafts) or _goes_on(evidence, listed[-1]):
        return False
    return _is_told(evidence, drafts, listed, before, solitudes)


def _is_told(
    evidence: Evidence,
    drafts: Sequence[Draft],
    listed: Sequence[Draft],
    before: str,
    solitudes: Sequence[Solitude],
) -> bool:
    """Returns whether players who might be a list follow one another; `before` is a word."""
    given = before == "for" and _ends(evidence, listed[-1])
    if not given and (_is_genre_before(evidence, listed[0]) or _is_rhythm(drafts)):
        return False
    begun = any(each.place == "start" and listed[0].name in each.who for each in solitudes)
    if not _is_run(evidence, listed, least=1 if given or begun else 2):
        return False
    start, end = listed[0].start, listed[-1].end
    said = cut(evidence.text, evidence.tokens, start, end)
    evidence.credit("only_named", [Mention("only", "list", start, end, said)])
    return True


def _is_player(draft: Draft) -> bool:
    return draft.kind != "group" or "players" in facts_of(draft)


def _is_ensemble(evidence: Evidence, drafts: Sequence[Draft]) -> bool:
    """Returns whether a section that can be a band is all that a prompt names: "tense strings"."""
    if len(drafts) != 1:
        return False
    facts = facts_of(drafts[0]) or vocabulary().instruments.get(drafts[0].name, {})
    if not facts.get("ensemble") or evidence.declined(*PLAYERS, "role"):
        return False
    named = evidence.asked("genre", "purpose", "role", "style", "section", "form", "voice")
    words = {token.word for token in evidence.tokens[: drafts[0].start]}
    if named or words & _ADDING or _has_room(evidence, drafts):
        return False
    said = cut(evidence.text, evidence.tokens, drafts[0].start, drafts[0].end)
    evidence.credit("only_named", [Mention("only", "list", drafts[0].start, drafts[0].end, said)])
    return True


def _is_rhythm(drafts: Sequence[Draft]) -> bool:
    return all(draft.role in RHYTHM for draft in drafts)


def _is_genre_before(evidence: Evidence, first: Draft) -> bool:
    uses = {mention.start for mention in evidence.asked("purpose")}
    return any(
        mention.start not in uses and mention.end <= first.start
        for mention in evidence.asked("genre")
    )


def _is_run(evidence: Evidence, drafts: Sequence[Draft], *, least: int) -> bool:
    """Returns whether players follow one another, the last one behind a comma, `and` or `with`."""
    stop = vocabulary().stop
    told = {token for m in evidence.mentions for token in range(m.start, m.end)}
    tokens = enumerate(evidence.tokens)
    known = {token.word for at, token in tokens if at in told or token.word in stop}
    joints = []
    for one, two in itertools.pairwise(drafts):
        between = evidence.tokens[one.end : two.start]
        gaps = [token.gap for token in evidence.tokens[one.end : two.start + 1]]
        words = [token.word for token in between if token.kind != "number"]
        if "then" in words:  # "two flutes play softly, then a harp"
            words = words[words.index("then") :] if _PLAYING.issuperset(words) else words
        if max(gaps, default=0) > 0:  # a name that is not known, between commas, is in the list
            words = [word for word in words if word in known]
        # None where a word between two players is said of both.
        if max(gaps, default=0) > COMMA or not _JOINTS.issuperset(words):
            return False
        joints.append(max(gaps, default=0) > 0 or bool({"and", "with", *_NEXT}.intersection(words)))
    return len(drafts) >= least and (not joints or joints[-1])


def _has_room(evidence: Evidence, drafts: Sequence[Draft]) -> bool:
    """Returns whether more play: in dense layers, or where a beat is asked for and no drummer."""
    if any(mention.id == "dense" for mention in evidence.asked("density")):
        return True
    words = [token.word for token in evidence.tokens]
    if any(one in _WHOLE and two == "band" for one, two in itertools.pairwise(words)):
        return True
    beats = any(mention.id.startswith("drums:") for mention in evidence.asked("style"))
    return beats and all(draft.role not in _BEATING for draft in drafts)


def _goes_on(evidence: Evidence, last: Draft) -> bool:
    """Returns whether "and more" or the like stands behind a list, and nothing it belongs to."""
    tokens, start = evidence.tokens, last.end
    for words in _MORE:
        end = start + len(words)
        found = tuple(token.word for token in tokens[start:end])
        gaps = [token.gap for token in tokens[start:end]]
        if found == words and max(gaps) <= COMMA and not any(gaps[1:]) and not peek(tokens, end):
            return True
    return False


def _ends(evidence: Evidence, last: Draft) -> bool:
    """Returns whether nothing hangs on the last player, as in "for guitar practice"."""
    tokens = evidence.tokens
    plain = last.end >= len(tokens) or bool(tokens[last.end].gap)
    return plain or tokens[last.end].word in {"in", "at", "and", "with", "that", "from", "after"}
