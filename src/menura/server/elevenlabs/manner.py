"""How a voice is to speak: voice settings, those kept for it, and pronunciation dictionaries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from menura.errors import InvalidInput, NotFound
from menura.espeak import languages
from menura.server.casting import SETTINGS
from menura.server.elevenlabs.bodies import Body
from menura.server.elevenlabs.rules import entry_of
from menura.server.elevenlabs.transcripts import language_of_two
from menura.server.problems import Problem
from menura.tasks import Pronunciation
from menura.text.language import AUTO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from menura.server.house import Caller, House

DICTIONARY = "dictionary"
"""Kind of the ledger's things that are pronunciation dictionaries."""
MAX_LOCATORS = 3
_CONTROLS = ("stability", "style", "speed")

Share = Annotated[float, Field(ge=0, le=1)]


class VoiceSettings(Body):
    """How a voice is to speak, in ElevenLabs' terms; what is not sent is as it is kept."""

    stability: Share | None = None
    similarity_boost: Share | None = None
    style: Share | None = None
    use_speaker_boost: bool | None = None
    speed: Annotated[float, Field(ge=0.7, le=1.2)] | None = None
    clone_strength: Share | None = None


class Locator(Body):
    """A version of a pronunciation dictionary; None = the latest."""

    pronunciation_dictionary_id: str = Field(min_length=1, max_length=128)
    version_id: Annotated[str, Field(max_length=128)] | None = None


Locators = Annotated[list[Locator], Field(max_length=MAX_LOCATORS)]


async def language(house: House, code: str | None) -> str:
    """Returns the language that a `language_code` means, as a task has it.

    Args:
        house: where.
        code: as the client has it: a tag, of three letters too; None or "" = to be guessed.

    Raises:
        Problem: 422, if neither espeak-ng nor a voice has such a language.
    """
    if not code or code.lower() == AUTO:
        return AUTO
    return await asyncio.to_thread(_language, house, code)


def _language(house: House, code: str) -> str:
    try:
        languages.find(code)
    except (InvalidInput, NotFound) as error:
        short = language_of_two(code)
        if short is not None and short != code:
            return _language(house, short)
        if _is_spoken(house, code):  # by an engine that knows more languages than espeak-ng
            return code
        raise Problem(
            status=422,
            code="invalid_input",
            message=f"language_code: {error}",
            param="language_code",
        ) from error
    return code


def _is_spoken(house: House, code: str) -> bool:
    family = code.lower().partition("-")[0]
    return any(each.language.lower().partition("-")[0] == family for each in house.studio.voices())


async def kept_settings(house: House, caller: Caller, voice: str) -> dict[str, Any]:
    """Returns what a caller has kept for a voice, by its name or id; nothing if nothing."""
    return await asyncio.to_thread(house.ledger.get, caller.id, SETTINGS, voice) or {}


def controls(
    asked: VoiceSettings | None, kept: Mapping[str, Any], emotion: str | None
) -> tuple[dict[str, Any], list[str]]:
    """Returns fields of a task that settings mean, and what has no effect.

    Args:
        asked: by the request.
        kept: for the voice.
        emotion: that the text asks for; style is how far it goes, and nothing without one.
    """
    sent = {} if asked is None else asked.model_dump(exclude_none=True)
    found: dict[str, Any] = {
        name: value for name in _CONTROLS if (value := {**kept, **sent}.get(name)) is not None
    }
    ignored = [f"voice_settings.{name}" for name in _without_effect(sent)]
    style = found.pop("style", None)
    if emotion is not None:
        found["emotion"] = emotion
        if style:  # 0 is their default: it would take the emotion away
            found["style"] = style
    elif style:
        ignored.append("voice_settings.style: the text asks for no emotion")
    return found, ignored


def _without_effect(sent: Mapping[str, Any]) -> Iterator[str]:
    """Yields settings that were sent with more than their default, and mean nothing here."""
    defaults = {"similarity_boost": 0.75, "use_speaker_boost": True, "clone_strength": None}
    for name, default in defaults.items():
        if name in sent and sent[name] != default:
            yield name


async def lexicon(
    house: House, caller: Caller, locators: Sequence[Locator]
) -> tuple[tuple[Pronunciation, ...], list[str]]:
    """Returns the pronunciations of dictionaries, and what of them cannot be followed.

    Raises:
        Problem: 404, if the caller has no such dictionary or version.
    """
    if not locators:
        return (), []
    kept = await asyncio.to_thread(house.ledger.all, caller.id, DICTIONARY)
    rules: list[Pronunciation] = []
    ignored: list[str] = []
    met: set[str] = set()
    for locator in locators:
        for row in _rules(kept, locator):
            written = str(row["string_to_replace"])
            if written in met:  # the first dictionary that has it counts
                continue
            met.add(written)
            try:
                rules.append(_pronunciation(row))
            except InvalidInput as error:
                ignored.append(f"the pronunciation of {written:.40}: {error}")
    return tuple(rules), ignored


def _rules(kept: Mapping[str, Mapping[str, Any]], locator: Locator) -> Sequence[Mapping[str, Any]]:
    facts = kept.get(locator.pronunciation_dictionary_id)
    versions = [] if facts is None else facts["versions"]
    wanted = locator.version_id
    found = [version for version in versions if wanted is None or version["id"] == wanted]
    if not found:
        raise Problem(
            status=404,
            code="pronunciation_dictionary_not_found",
            message=(
                f"there is no pronunciation dictionary {locator.pronunciation_dictionary_id:.80}"
                + (f" with a version {wanted:.80}" if wanted else "")
            ),
            param="pronunciation_dictionary_locators",
        )
    rules: Sequence[Mapping[str, Any]] = found[-1]["rules"]
    return rules


def _pronunciation(row: Mapping[str, Any]) -> Pronunciation:
    """Returns a rule as a task takes it.

    Raises:
        InvalidInput: if it cannot be followed.
    """
    entry = entry_of(row)
    said = f"/{entry.phonemes}/" if entry.alias is None else entry.alias
    return Pronunciation(written=entry.grapheme, said=said, match_case=entry.match_case)
