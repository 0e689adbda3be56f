"""Lines of a caller's history as their API tells of them, found and told page by page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from menura.audio.formats import Format
from menura.errors import InvalidText, NotFound
from menura.server.casting import VOICE
from menura.server.elevenlabs.bodies import Body
from menura.server.problems import Problem
from menura.text import dialogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.server.elevenlabs.wording import Wording
    from menura.server.house import Caller, House
    from menura.server.ledger import Item

MAX_LOOKED_AT = 2000
"""Lines that one search looks at; it says how far it came."""
MAX_PAGE_CHARS = 2_000_000
"""Text that one page has; a page ends before the line that would have more, unless it is alone."""
SOURCES = {
    "speech": "TTS",
    "dialogue": "TTS",
    "voice-design": "VoiceGeneration",
    "music": "Music",
    "effect": "SFX",
}
"""What their history calls the kinds of our tasks, where the route does not say."""


class Listed(Body):
    """What is asked for in the query of GET /v1/history."""

    page_size: Annotated[int, Field(strict=False, ge=1, le=1000)] = 100
    start_after_history_item_id: Annotated[str, Field(max_length=128)] | None = None
    voice_id: Annotated[str, Field(max_length=128)] | None = None
    model_id: Annotated[str, Field(max_length=128)] | None = None
    date_before_unix: Annotated[int, Field(strict=False, ge=0, lt=2**53)] | None = None
    date_after_unix: Annotated[int, Field(strict=False, ge=0, lt=2**53)] | None = None
    sort_direction: Literal["asc", "desc"] | None = None
    search: Annotated[str, Field(max_length=200)] | None = None
    source: Annotated[str, Field(max_length=40)] | None = None


def as_sent(house: House, wording: Wording) -> dict[str, str]:
    """Returns what the history keeps of a text that the task has in other words.

    Nothing where records hide what is said.
    """
    if wording.source == wording.text or house.settings.record != "full":
        return {}
    return {"text": wording.source}


def page(house: House, caller: Caller, listed: Listed) -> dict[str, Any]:
    """Returns a page of history; reads the disk.

    Raises:
        Problem: 400, if it is to start behind a line that there is not.
    """
    before = None
    if listed.start_after_history_item_id is not None:
        try:
            before = house.ledger.item(caller.id, listed.start_after_history_item_id).number
        except NotFound:
            message = "start_after_history_item_id is of no line of your history"
            raise Problem(status=400, code="history_item_not_found", message=message) from None
    rising = listed.sort_direction == "asc"
    found: list[dict[str, Any]] = []
    looked_at, chars, last = 0, 0, None
    more = False
    for item in _lines(house, caller, before, rising=rising):
        if len(found) == listed.page_size or looked_at == MAX_LOOKED_AT:
            more = True
            break
        if _may_fit(item, listed):
            line = told(house, caller, item)
            if (listed.search or "").casefold() in line["text"].casefold():
                chars += len(line["text"])
                if found and chars > MAX_PAGE_CHARS:
                    more = True
                    break
                found.append(line)
        looked_at, last = looked_at + 1, item
    return {
        "history": found,
        "last_history_item_id": last.id if last is not None else None,
        "has_more": more,
        "scanned_until": _unix(last) if last is not None else None,
    }


def _lines(house: House, caller: Caller, before: int | None, *, rising: bool) -> Iterator[Item]:
    """Yields lines of history, the latest first or, rising, the first of all first.

    Args:
        house: where.
        caller: whose.
        before: number of the line that they come after, in their order.
        rising: whether the oldest comes first.
    """
    if rising:
        lines = list(_lines(house, caller, None, rising=False))
        yield from (item for item in reversed(lines) if before is None or item.number > before)
        return
    while page := house.ledger.items(caller.id, before=before, count=500):
        yield from page
        before = page[-1].number


def _may_fit(item: Item, listed: Listed) -> bool:
    """Whether a line is asked for, as far as it says without its recipe."""
    date = _unix(item)
    return (
        listed.voice_id in {None, item.facts.get("voice_id")}
        and listed.model_id in {None, item.facts.get("model_id")}
        and listed.source in {None, _source(item)}
        and (listed.date_before_unix is None or date < listed.date_before_unix)
        and (listed.date_after_unix is None or date > listed.date_after_unix)
    )


def told(house: House, caller: Caller, item: Item) -> dict[str, Any]:
    """Returns a line of history as their API tells of it; reads the disk."""
    try:
        task = house.studio.archive.get(item.take).recipe.get("task", {})
    except NotFound:
        task = {}
    voice = item.facts.get("voice_id") or _text(task, "voice")
    text = next((t for t in (_text(task, n) for n in ("text", "prompt", "description")) if t), "")
    text = item.facts.get("text") or text
    lines = item.facts.get("dialogue")
    if item.kind == "dialogue":
        text = "\n".join(line["text"] for line in lines) if lines else _turns(text)
    characters = item.facts.get("characters", len(text or ""))
    own = house.ledger.get(item.caller, VOICE, str(item.facts.get("voice_name") or voice))
    return {
        "history_item_id": item.id,
        "request_id": item.id,
        "voice_id": voice,
        "model_id": item.facts.get("model_id") or item.facts.get("engine"),
        "voice_name": own["name"] if own else item.facts.get("voice_name") or voice,
        "voice_category": None if voice is None else _category(house, caller, voice),
        "text": text,
        "date_unix": _unix(item),
        "character_count_change_from": 0,
        "character_count_change_to": characters,
        "content_type": Format.parse(item.format).mime,
        "state": "created",
        "settings": item.facts.get("settings"),
        "feedback": None,
        "share_link_id": None,
        "source": _source(item),
        "alignments": None,
        "dialogue": lines,
        "output_format": item.format,
    }


def _category(house: House, caller: Caller, voice: str) -> str:
    return "generated" if voice in house.ledger.all(caller.id, "voice") else "premade"


def _text(task: Mapping[str, Any], name: str) -> str | None:
    """Returns a field of a task that is text: a record may have hidden it."""
    value = task.get(name)
    return value if isinstance(value, str) and value else None


def _turns(script: str) -> str:
    """Returns what is said in a dialogue, a line for each turn; a text that is none as it is."""
    try:
        return "\n".join(turn.text for turn in dialogue.parse(script))
    except InvalidText:
        return script


def _source(item: Item) -> str:
    return str(item.facts.get("source") or SOURCES.get(item.kind, item.kind))


def _unix(item: Item) -> int:
    return int(datetime.fromisoformat(item.made_at).timestamp())
