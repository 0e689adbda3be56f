"""Lists: whether a prompt that names its players one after the other names all of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from menura.text.brief.ensembles import facts_of
from menura.text.brief.mentions import Mention
from menura.text.brief.players import RHYTHM
from menura.text.brief.scanning import cut
from menura.text.brief.tokens import COMMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from menura.text.brief.brief import Entry
    from menura.text.brief.evidence import Evidence
    from menura.text.brief.players import Draft

_ADDING = frozenset(
    {"with", "over", "featuring", "feat", "behind", "under", "plus", "including", "adding", "add"}
)
"""Words before a list that say that others play too: "jazz with piano and bass"."""
_JOINTS = frozenset({"and", "with", "a", "an", "the", "some", "one", "another"})
_ARTICLES = frozenset({"a", "an", "the", "some"})
_ACTS = frozenset({"swell", "answer", "push"})
"""What players do in a piece that is told, and not listed."""


def is_list(evidence: Evidence, drafts: Sequence[Draft], entries: Iterable[Entry]) -> bool:
    """Returns whether those named are all who play: "brass and timpani", "piano with strings".

    A genre named before a list brings its own band, to which the list belongs, unless `for` leads
    to the players. Who comes in later counts among those named. Drums and bass alone are no piece:
    they describe one.
    """
    later = {entry.who for entry in entries}
    listed = [draft for draft in drafts if draft.name not in later]
    if not listed or not all(_is_player(draft) for draft in drafts):
        return False
    words = [token.word for token in evidence.tokens[: listed[0].start]]
    while words and words[-1] in _ARTICLES:
        words.pop()
    before = words[-1] if words else ""
    if before in _ADDING or any(_ACTS.intersection(draft.actions) for draft in drafts):
        return False
    if any(mention.id == "dense" for mention in evidence.asked("density")):
        return False
    given = before == "for" and _ends(evidence, listed[-1])
    if not given and (_is_genre_before(evidence, listed[0]) or _is_rhythm(drafts)):
        return False
    if not _is_run(evidence, listed, least=1 if given else 2):
        return False
    start, end = listed[0].start, listed[-1].end
    said = cut(evidence.text, evidence.tokens, start, end)
    evidence.credit("only_named", [Mention("only", "list", start, end, said)])
    return True


def _is_player(draft: Draft) -> bool:
    return draft.kind != "group" or "players" in facts_of(draft)


def _is_rhythm(drafts: Sequence[Draft]) -> bool:
    return all(draft.role in RHYTHM for draft in drafts)


def _is_genre_before(evidence: Evidence, first: Draft) -> bool:
    uses = {mention.start for mention in evidence.asked("purpose")}
    return any(
        mention.start not in uses and mention.end <= first.start
        for mention in evidence.asked("genre")
    )


def _is_run(evidence: Evidence, drafts: Sequence[Draft], *, least: int) -> bool:
    """Returns whether players follow one another, the last one behind `and` or `with`."""
    joints = []
    for one, two in itertools.pairwise(drafts):
        between = evidence.tokens[one.end : two.start]
        gaps = [token.gap for token in evidence.tokens[one.end : two.start + 1]]
        words = [token.word for token in between if token.kind != "number"]
        # None where a word between two players is said of both.
        if max(gaps, default=0) > COMMA or not _JOINTS.issuperset(words):
            return False
        joints.append(bool({"and", "with"}.intersection(words)))
    return len(drafts) >= least and (not joints or joints[-1])


def _ends(evidence: Evidence, last: Draft) -> bool:
    """Returns whether nothing hangs on the last player, as in "for guitar practice"."""
    tokens = evidence.tokens
    plain = last.end >= len(tokens) or bool(tokens[last.end].gap)
    return plain or tokens[last.end].word in {"in", "at", "and", "with", "that", "from", "after"}
