"""Composition plans as ElevenLabs writes them: sections (music_v1) or chunks (music_v2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag, model_validator

from menura.server.elevenlabs.bodies import Body
from menura.server.problems import not_yet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_SECTIONS = 30
MIN_SECTION_MS, MAX_SECTION_MS = 3_000, 120_000
_HEADING = re.compile(r"\s*\[([^\[\]\n]{1,100})\]")
_DIRECTION = re.compile(r"\{([^{}\n]{1,200})\}")

Style = Annotated[str, Field(max_length=500)]
Styles = Annotated[list[Style], Field(max_length=50)]
Milliseconds = Annotated[int, Field(ge=MIN_SECTION_MS, le=MAX_SECTION_MS)]
Line = Annotated[str, Field(max_length=200)]


class TimeRange(Body):
    """A stretch of a song."""

    start_ms: Annotated[int, Field(ge=0)]
    end_ms: Annotated[int, Field(ge=0)]


class SongRange(Body):
    """A stretch of a song that was made before."""

    song_id: Annotated[str, Field(max_length=128)]
    range: TimeRange


class Section(Body):
    """A section of a plan for music_v1."""

    section_name: Annotated[str, Field(min_length=1, max_length=100)]
    positive_local_styles: Styles = Field(default_factory=list)
    negative_local_styles: Styles = Field(default_factory=list)
    duration_ms: Milliseconds
    lines: Annotated[list[Line], Field(max_length=30)] = Field(default_factory=list)
    source_from: SongRange | None = None


class SectionPlan(Body):
    """A plan for music_v1."""

    positive_global_styles: Styles = Field(default_factory=list)
    negative_global_styles: Styles = Field(default_factory=list)
    sections: Annotated[list[Section], Field(min_length=1, max_length=MAX_SECTIONS)]


class Chunk(Body):
    """A chunk of a plan for music_v2: generated, or a stretch of a song."""

    text: Annotated[str, Field(max_length=8_000)] = ""
    duration_ms: Milliseconds | None = None
    positive_styles: Styles = Field(default_factory=list)
    negative_styles: Styles | None = None
    context_adherence: str | None = None
    conditioning_ref: SongRange | None = None
    condition_strength: str | None = None
    song_id: Annotated[str | None, Field(max_length=128)] = None

    @model_validator(mode="after")
    def _lasts(self) -> Chunk:
        if self.duration_ms is None and self.song_id is None:
            raise ValueError("a chunk needs its duration_ms")
        return self


class ChunkPlan(Body):
    """A plan for music_v2."""

    chunks: Annotated[list[Chunk], Field(min_length=1, max_length=MAX_SECTIONS)]


def _shape(value: Any) -> str:
    chunked = "chunks" in value if isinstance(value, dict) else isinstance(value, ChunkPlan)
    return "chunks" if chunked else "sections"


CompositionPlan = Annotated[
    Annotated[SectionPlan, Tag("sections")] | Annotated[ChunkPlan, Tag("chunks")],
    Discriminator(_shape),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A section of a piece, whichever way its plan was written.

    Attributes:
        name: such as `Verse 1`.
        styles: that it has besides those of the whole.
        without: that it must not have.
        duration_s: its length.
    """

    name: str
    styles: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A piece that is asked for, section by section.

    Attributes:
        styles: of the whole.
        without: that the whole must not have.
        stretches: its sections, in order.
        ignored: what of the plan has no effect.
    """

    styles: tuple[str, ...]
    without: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    ignored: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """Length of the whole."""
        return sum(stretch.duration_s for stretch in self.stretches)

    def changed(self, prompt: str, duration_s: float | None) -> Wish:
        """Returns the same piece with the styles of a prompt first, and with another length.

        Args:
            prompt: free words.
            duration_s: of the whole; None = as it is.
        """
        factor = 1.0 if duration_s is None else duration_s / self.duration_s
        low, high = MIN_SECTION_MS / 1000, MAX_SECTION_MS / 1000
        stretches = (
            replace(each, duration_s=min(max(each.duration_s * factor, low), high))
            for each in self.stretches
        )
        styles = _clean([*re.split(r"[,.;\n]+", prompt), *self.styles])
        return replace(self, styles=styles, stretches=tuple(stretches))


def read(plan: SectionPlan | ChunkPlan) -> Wish:
    """Returns what a plan asks for.

    Raises:
        Problem: 501, if it takes stretches of other songs over.
    """
    return _of_sections(plan) if isinstance(plan, SectionPlan) else _of_chunks(plan)


def _of_sections(plan: SectionPlan) -> Wish:
    for section in plan.sections:
        if section.source_from is not None:
            raise not_yet("taking over a stretch of another song (source_from)")
    sung = [f"sections.{at}.lines" for at, each in enumerate(plan.sections) if any(each.lines)]
    return Wish(
        styles=_clean(plan.positive_global_styles),
        without=_clean(plan.negative_global_styles),
        stretches=tuple(
            Stretch(
                name=section.section_name,
                styles=_clean(section.positive_local_styles),
                without=_clean(section.negative_local_styles),
                duration_s=section.duration_ms / 1000,
            )
            for section in plan.sections
        ),
        ignored=tuple(_unsung(sung)),
    )


def _of_chunks(plan: ChunkPlan) -> Wish:
    ignored: list[str] = []
    stretches, sung = [], []
    for at, chunk in enumerate(plan.chunks):
        if chunk.song_id is not None:
            raise not_yet("taking over a stretch of another song (a chunk with song_id)")
        names = ("context_adherence", "conditioning_ref", "condition_strength")
        ignored += [f"chunks.{at}.{name}" for name in chunk.unused(*names)]
        heading = _HEADING.match(chunk.text)
        rest = chunk.text[heading.end() :] if heading else chunk.text
        if _DIRECTION.sub("", rest).strip():
            sung.append(f"chunks.{at}.text")
        stretches.append(
            Stretch(
                name=heading[1].strip() if heading else "",
                styles=_clean([*chunk.positive_styles, *_DIRECTION.findall(rest)]),
                without=_clean(chunk.negative_styles or ()),
                duration_s=(chunk.duration_ms or 0) / 1000,
            )
        )
    # The first chunk sets the tone, and the others add to it; what one shuts out the next may have.
    shut_out = [each.without for each in stretches]
    return Wish(
        styles=_clean(plan.chunks[0].positive_styles),
        without=tuple(w for w in shut_out[0] if all(w in each for each in shut_out)),
        stretches=tuple(stretches),
        ignored=(*ignored, *_unsung(sung)),
    )


def _unsung(places: Sequence[str]) -> Iterator[str]:
    for place in places:
        yield f"{place}: nobody sings words yet"


def _clean(styles: Sequence[str]) -> tuple[str, ...]:
    """Returns styles in order, each once, as words of a prompt that commas set apart."""
    words = (" ".join(style.replace(",", " ").split()) for style in styles)
    return tuple(dict.fromkeys(word for word in words if word))
