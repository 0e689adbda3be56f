"""The tasks that speak: `Speech`, `Dialogue` and `VoiceDesign`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType
from typing import ClassVar

from menura.errors import InvalidInput, InvalidText, shown
from menura.tasks.task import (
    CONTROL,
    MAX_NAME_CHARS,
    PRIVATE,
    PROMPT,
    Task,
    check_name,
    check_voice,
    settle_number,
)

MAX_VOICES = 256
MAX_RULES = 50_000
MAX_RULE_CHARS = 512
MAX_VARIATIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronunciation:
    """How a word or phrase is said, wherever it stands in a text.

    Attributes:
        written: as it stands in the text.
        said: what is read in its place, or how it sounds, in IPA between slashes: `/təˈmeɪtoʊ/`.
        language: BCP 47 tag of the texts it is for; None = of any.
        match_case: whether it stands for this very spelling alone.
    """

    written: str
    said: str
    language: str | None = None
    match_case: bool = False

    def __post_init__(self) -> None:
        for name in ("written", "said"):
            value = getattr(self, name)
            if (
                not isinstance(value, str)
                or not value.strip()
                or len(value) > MAX_RULE_CHARS
                or any(unicodedata.category(char) in {"Cc", "Cs"} for char in value)
            ):
                raise InvalidInput(
                    f"a pronunciation needs 1 to {MAX_RULE_CHARS} printable characters {name}, "
                    f"not {shown(value)}"
                )
        check_name("language", self.language)
        if not isinstance(self.match_case, bool):
            raise InvalidInput(f"match_case is true or false, not {shown(self.match_case)}")


@dataclass(frozen=True, slots=True)
class Speech(Task):
    """A text, spoken.

    Attributes:
        text: what is said.
        voice: name of a voice; None = the engine's default for the language.
        language: BCP 47 tag such as `de` or `pt-BR`; `auto` = guessed from the text, where that
            tells; None = the voice's own, or that of the text where the voice's is not written in
            its letters; where no voice is named, `auto`.
        speed: factor on the voice's usual pace, 0.25 to 4 (an engine may allow less).
        emotion: such as `happy`, `sad` or `whisper`; None = neutral.
        style: how far the emotion goes, 0 to 1; None = all the way.
        stability: 0 = pitch, pace and pauses vary with the seed, 1 = flat and even.
        pitch: how much higher than usual, semitones, -12 to 12.
        pauses: factor on the length of pauses, 0.25 to 4.
        breaths: how loud breath is drawn before sentences, 0 (not at all) to 1.
        lexicon: how words are said; the settled task keeps those that its text uses.
        chapters: whether headings of the text become chapters of the file.
    """

    kind: ClassVar[str] = "speech"

    text: str = field(metadata=PROMPT)
    _: KW_ONLY
    voice: str | None = None
    language: str | None = None
    speed: float = 1.0
    emotion: str | None = field(default=None, metadata=CONTROL)
    style: float | None = field(default=None, metadata=CONTROL)
    stability: float | None = field(default=None, metadata=CONTROL)
    pitch: float | None = field(default=None, metadata=CONTROL)
    pauses: float | None = field(default=None, metadata=CONTROL)
    breaths: float | None = field(default=None, metadata=CONTROL)
    lexicon: tuple[Pronunciation, ...] = field(default=(), metadata=PRIVATE)
    chapters: bool = False

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if not isinstance(self.text, str):
            raise InvalidText(f"a text is a string, not {type(self.text).__name__}")
        if not self.text.strip():
            raise InvalidText("there is nothing to say: the text is empty")
        check_voice(self.voice)
        check_name("language", self.language)
        check_name("emotion", self.emotion)
        settle_number(self, "speed", 0.25, 4.0)
        _settle_controls(self)
        _check_lexicon(self.lexicon)
        if not isinstance(self.chapters, bool):
            raise InvalidInput(f"chapters is true or false, not {shown(self.chapters)}")


@dataclass(frozen=True, slots=True)
class Dialogue(Task):
    """Several speakers, taking turns.

    Attributes:
        text: lines such as `Ann: Hello.`, or a JSON array of {"speaker": ..., "text": ...}.
        voices: (speaker, voice) pairs, or a mapping; who is left out is cast by the engine.
        language: BCP 47 tag; `auto` = guessed from the text, where that tells; None = each voice's
            own, or, where no voices are named, `auto`.
        speed: factor on every voice's usual pace, 0.25 to 4 (an engine may allow less).
        style: how far the emotions go that directions such as `(sadly)` ask for, 0 to 1.
        stability: 0 = pitch, pace and pauses vary with the seed, 1 = flat and even.
        pauses: factor on the length of pauses, 0.25 to 4.
        breaths: how loud breath is drawn before sentences, 0 (not at all) to 1.
        lexicon: how words are said; the settled task keeps those that its text uses.
    """

    kind: ClassVar[str] = "dialogue"

    text: str = field(metadata=PROMPT)
    _: KW_ONLY
    voices: tuple[tuple[str, str], ...] = field(default=(), metadata=PRIVATE)
    language: str | None = None
    speed: float = 1.0
    style: float | None = field(default=None, metadata=CONTROL)
    stability: float | None = field(default=None, metadata=CONTROL)
    pauses: float | None = field(default=None, metadata=CONTROL)
    breaths: float | None = field(default=None, metadata=CONTROL)
    lexicon: tuple[Pronunciation, ...] = field(default=(), metadata=PRIVATE)

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        if not isinstance(self.text, str):
            raise InvalidText(f"a text is a string, not {type(self.text).__name__}")
        if not self.text.strip():
            raise InvalidText("there is nothing to say: the text is empty")
        check_name("language", self.language)
        settle_number(self, "speed", 0.25, 4.0)
        pairs = self.voices.items() if isinstance(self.voices, Mapping) else self.voices
        try:
            settled = tuple((speaker, voice) for speaker, voice in pairs)
        except (TypeError, ValueError) as error:
            raise InvalidInput("voices are pairs of a speaker and a voice") from error
        if len(settled) > MAX_VOICES:
            raise InvalidInput(f"a dialogue has at most {MAX_VOICES} voices, not {len(settled)}")
        for speaker, voice in settled:
            if not isinstance(speaker, str) or not 0 < len(speaker) <= MAX_NAME_CHARS:
                raise InvalidInput(f"a speaker is a name, not {shown(speaker)}")
            check_voice(voice)
        if len(dict(settled)) < len(settled):
            raise InvalidInput("a speaker has one voice")
        object.__setattr__(self, "voices", settled)
        _settle_controls(self)
        _check_lexicon(self.lexicon)


@dataclass(frozen=True, slots=True)
class VoiceDesign(Task):
    """A voice made up from its description, heard in a preview.

    Attributes:
        description: such as `an old sailor, gravelly, slow, Scottish`; of a remix, what changes.
        text: what the preview says; "" = the engine's choice for the language.
        voice: name of a voice to remix; None = made from nothing.
        language: BCP 47 tag; None = as the description has it, else English.
        variation: which of the voices that fit, 1 to 16.
    """

    kind: ClassVar[str] = "voice-design"

    description: str = field(metadata=PROMPT)
    _: KW_ONLY
    text: str = field(default="", metadata=PROMPT)
    voice: str | None = None
    language: str | None = None
    variation: int = 1

    def __post_init__(self) -> None:
        Task.__post_init__(self)
        for name in ("description", "text"):
            if not isinstance(getattr(self, name), str):
                raise InvalidText(f"a {name} is a string, not {shown(getattr(self, name))}")
        if not self.description.strip():
            raise InvalidText("there is no description: say what the voice is like")
        check_name("voice", self.voice)
        check_name("language", self.language)
        if type(self.variation) is not int or not 1 <= self.variation <= MAX_VARIATIONS:
            raise InvalidInput(
                f"a variation is a whole number from 1 to {MAX_VARIATIONS}, "
                f"not {shown(self.variation)}"
            )


_CONTROL_RANGES = MappingProxyType(
    {
        "style": (0.0, 1.0),
        "stability": (0.0, 1.0),
        "pitch": (-12.0, 12.0),
        "pauses": (0.25, 4.0),
        "breaths": (0.0, 1.0),
    }
)


def _settle_controls(task: Task) -> None:
    for name in task.controls() & _CONTROL_RANGES.keys():
        settle_number(task, name, *_CONTROL_RANGES[name])


def _check_lexicon(lexicon: object) -> None:
    if not isinstance(lexicon, tuple) or not all(isinstance(r, Pronunciation) for r in lexicon):
        raise InvalidInput("a lexicon is a tuple of Pronunciation")
    if len(lexicon) > MAX_RULES:
        raise InvalidInput(f"a lexicon has at most {MAX_RULES} pronunciations")
