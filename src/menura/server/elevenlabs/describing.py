"""A plan document of ours, told as a composition plan: sections (v1) or chunks (v2)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from menura.server.elevenlabs.composing import section_seconds
from menura.server.elevenlabs.compositions import MAX_SECTION_MS, MAX_SECTIONS, MIN_SECTION_MS
from menura.text.documents import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from menura.server.elevenlabs.compositions import Wish

_WORDS = ((0.3, "quiet and sparse"), (0.45, "calm"), (0.65, ""), (0.8, "energetic"))
_STRONGEST = "powerful and energetic"
"""What a section of an energy up to so much is called; our composer reads these words as such."""
_PLAINER = {"lead": "synth lead"}
"""Instruments whose name alone would be read as something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A section as it is told.

    Attributes:
        name: of the section.
        ms: its length.
        energy: 0 to 1.
        absent: instruments of the piece that do not play in it.
    """

    name: str
    ms: int
    energy: float
    absent: tuple[str, ...]


def is_chunked(model_id: str | None) -> bool:
    """Returns whether a model takes chunks; those of music_v1, and ours, take sections."""
    return model_id is not None and model_id.startswith("music_v2")


def describe(plan: str, model_id: str | None) -> dict[str, Any]:
    """Returns a plan document as the composition plan of a model.

    Args:
        plan: the document.
        model_id: its shape is that of this model.
    """
    document = parse_document(plan)
    return _written(_global_styles(document), _told(document), model_id)


def describe_as(wish: Wish, plan: str, model_id: str | None) -> dict[str, Any]:
    """Returns a plan document that was made for a wish, with the wish's own names and lengths.

    Args:
        wish: what was asked for.
        plan: the document that `composing.assemble` made of it.
        model_id: its shape is that of this model.
    """
    document = parse_document(plan)
    told = [
        _Told(
            name=stretch.name or "Verse",
            ms=round(1000 * stretch.duration_s),
            energy=section["energy"],
            absent=_absent(document, section),
        )
        for stretch, section in zip(wish.stretches, document["section"], strict=True)
    ]
    return _written(_global_styles(document), told, model_id)


def _written(whole: list[str], told: Sequence[_Told], model_id: str | None) -> dict[str, Any]:
    if is_chunked(model_id):
        return {
            "chunks": [
                {
                    "text": "\n".join([f"[{each.name}]", *(f"{{{w}}}" for w in _word(each))]),
                    "duration_ms": each.ms,
                    "positive_styles": [] if at else whole,
                    "negative_styles": list(each.absent),
                }
                for at, each in enumerate(told)
            ]
        }
    return {
        "positive_global_styles": whole,
        "negative_global_styles": ["vocals"],
        "sections": [
            {
                "section_name": each.name,
                "positive_local_styles": _word(each),
                "negative_local_styles": list(each.absent),
                "duration_ms": each.ms,
                "lines": [],
            }
            for each in told
        ],
    }


def describe_song(plan: str, title: str | None = None) -> dict[str, Any]:
    """Returns what is told of a song besides its plan; without a title it has its plan's."""
    document = parse_document(plan)
    players = _instruments(document["part"])
    return {
        "title": title or document["title"],
        "description": f"{document['title']}: {', '.join(players)}, {document['bpm']:g} BPM",
        "genres": [document["genre"]],
        "languages": [],
        "is_explicit": False,
    }


def _global_styles(plan: Mapping[str, Any]) -> list[str]:
    styles = [plan["genre"], *plan.get("moods", ()), f"{plan['bpm']:g} BPM", plan["key"]]
    if plan["meter"] != "4/4":
        styles.append(plan["meter"])
    styles += [*_instruments(plan["part"]), *plan.get("textures", ()), *plan.get("mix", ())]
    return list(dict.fromkeys(styles))[:50]


def _instruments(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    names = (part["instrument"] for part in parts)
    return list(dict.fromkeys(_PLAINER.get(name, name) for name in names))


def _word(section: _Told) -> list[str]:
    word = next((word for limit, word in _WORDS if section.energy <= limit), _STRONGEST)
    return [word] if word else []


def _absent(plan: Mapping[str, Any], section: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the instruments of a piece that do not play in a section."""
    here = _instruments([part for part in plan["part"] if part["name"] in section["parts"]])
    return tuple(name for name in _instruments(plan["part"]) if name not in here)


def _told(plan: Mapping[str, Any]) -> list[_Told]:
    """Returns the sections, none shorter or longer than a composition plan has them."""
    lengths_s = [section_seconds(plan, section) for section in plan["section"]]
    ends_ms = [round(1000 * end_s) for end_s in itertools.accumulate(lengths_s)]
    ends_ms[-1] = round(1000 * plan["duration_s"])
    told = []
    for section, (start, end) in zip(
        plan["section"], itertools.pairwise([0, *ends_ms]), strict=True
    ):
        name = section["name"].replace("-", " ").title().replace("Pre ", "Pre-")
        told.append(
            _Told(
                name=name,
                ms=end - start,
                energy=section["energy"],
                absent=_absent(plan, section),
            )
        )
    while len(told) > 1 and (
        len(told) > MAX_SECTIONS or min(each.ms for each in told) < MIN_SECTION_MS
    ):
        told = _merged(told)
    return [piece for each in told for piece in _split(each)][:MAX_SECTIONS]


def _merged(told: Sequence[_Told]) -> list[_Told]:
    """Returns the sections with the shortest one gone into its shorter neighbour."""
    at = min(range(len(told)), key=lambda i: told[i].ms)
    near = [i for i in (at - 1, at + 1) if 0 <= i < len(told)]
    first, second = sorted((at, min(near, key=lambda i: told[i].ms)))
    longer = max(told[first], told[second], key=lambda each: each.ms)
    both = replace(longer, ms=told[first].ms + told[second].ms)
    return [*told[:first], both, *told[second + 1 :]]


def _split(section: _Told) -> list[_Told]:
    count = -(-section.ms // MAX_SECTION_MS)
    cuts = [section.ms * at // max(count, 1) for at in range(count + 1)]
    return [replace(section, ms=end - start) for start, end in itertools.pairwise(cuts)]
