"""Composing: from what a prompt asks to a plan that fills the time exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from menura.engines.music.arranger.accompanying import accompany, rounds_bars, tune_key
from menura.engines.music.arranger.casting import SPARSE, Cast, Seats, cast
from menura.engines.music.arranger.choosing import choose_genre, join_genres, small_bands
from menura.engines.music.arranger.courses import bend, course_of
from menura.engines.music.arranger.entrances import (
    how_far_off,
    settle_entrances,
    with_room,
)
from menura.engines.music.arranger.genres import genre_names, read_genre
from menura.engines.music.arranger.granting import (
    grant_colours,
    grant_mix,
    grant_textures,
    palette_of,
    palette_words,
)
from menura.engines.music.arranger.leads import ground_bars, joined, paired
from menura.engines.music.arranger.outline import SMALL_S, outline
from menura.engines.music.arranger.pauses import silenced
from menura.engines.music.arranger.presence import Roll
from menura.engines.music.arranger.sections import Setting, make_sections
from menura.engines.music.arranger.span import check_cues, cut_tune, filled, find_span
from menura.engines.music.arranger.timing import place_cues
from menura.engines.music.arranger.tonality import choose_key
from menura.engines.music.arranger.wishes import further_wishes, in_place, read_wishes
from menura.engines.music.arranger.writing.styles import unplayed_styles
from menura.engines.music.plan import MusicPlan, Part
from menura.text.brief.ensembles import brings_band
from menura.text.melody import read_melody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from menura.engines.music.arranger.genres import Genre, Slot
    from menura.engines.music.arranger.seating import Wish
    from menura.tasks import Music
    from menura.text.brief import MusicBrief
    from menura.text.melody import Notes

_KEY, _TEMPO, _FORM, _CAST = range(4)
"""What a generator draws for: a choice of one kind never disturbs those of another; the next
number is sections.SECTION."""
_UNPITCHED = frozenset({"drums", "percussion"})
_FADING_S = 45.0
"""A shorter piece closes: the seconds of a fade would be its strongest section."""
_OPPOSITE = {"major": "minor", "minor": "major"}
"""A piece that turns to a mode at its end begins in the other one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A plan, and what had to give way in it.

    Attributes:
        plan: ready to be written out.
        notes: for the report, one line each.
    """

    plan: MusicPlan
    notes: tuple[str, ...]


def compose(brief: MusicBrief, task: Music, seed: int) -> Composed:
    """Returns a plan for what is asked: its genre, key, tempo, form, band and harmony.

    The same brief, task and seed give the same plan. Numbers and names of the brief are met
    exactly; chance decides only what they leave open.

    Args:
        brief: what the prompt and the fields of the task ask.
        task: gives the cues, and whether the instruments it names play alone.
        seed: of the whole piece; each section gets its own from it.

    Raises:
        InvalidInput: at a cue behind the end.
    """
    wishes, notes = read_wishes(brief)
    only = brief.only_named or bool(task.instruments)
    genre, unnamed = _genre_of(brief, wishes, only=only)
    meter = brief.meter or genre.meter
    tune = read_melody(task.melody) if task.melody else ()
    brief = _long_enough(brief, tune, meter)
    course, untimed = course_of(brief, cued=bool(task.cues))
    fixed = bool(task.cues or tune)
    fitted = find_span(brief, genre, meter, _rng(seed, _TEMPO), course, fixed=fixed)
    check_cues(task.cues, fitted.duration_s)
    small = fitted.duration_s <= SMALL_S
    ending = _ending(brief, genre, fitted.duration_s)
    wishes = in_place(wishes, genre, only=only)
    wishes += further_wishes(brief, genre, wishes, only=only)
    band = cast(genre, wishes, brief.exclude, _rng(seed, _CAST), _seats(brief, only=only))
    band = paired(_styled(band, brief))
    mode = brief.mode or _OPPOSITE.get(brief.closing_mode or "")
    asked = brief.key or (tune_key(tune, mode) if tune else None)
    key = choose_key(asked, mode, genre, band, _rng(seed, _KEY))
    segments, cues, unplaced = place_cues(fitted, meter, task.cues)
    if ending == "fade" and not (brief.bars or cues or course):
        fitted = filled(fitted, meter)
    stretches = outline(brief, genre, fitted, segments if cues else [], _rng(seed, _FORM))
    ground = ground_bars(band)
    if ground and not (brief.form or cues):
        stretches = joined(stretches, ground)
    timetable = settle_entrances(stretches, brief, band, fitted, meter, cued=bool(cues))
    stretches = list(timetable.form)
    if course is not None:
        stays = brief.loop or (brief.bars is not None and brief.duration_s is None)
        stretches, fitted = bend(
            stretches, course, fitted, meter, stays=stays, fades=brief.ending == "fade"
        )
    if brief.form and len(stretches) < len(brief.form):
        notes.append(f"{fitted.bars} bars hold {len(stretches)} of {len(brief.form)} sections")
    if tune:
        notes += cut_tune(tune, fitted, meter)
    free = not (cues or course or ground or brief.form or tune)
    everybody = small or brief.density == "dense"
    roll = Roll(brief=brief, band=band, everybody=everybody, led=bool(tune), free=free)
    stretches, names, missed = roll.call(stretches, timetable.entrances)
    band, stretches, names, unplayed = silenced(
        band,
        brief,
        (stretches, names),
        (fitted, meter),
        free=not (cues or course or tune or ground),
    )
    textures, untextured = grant_textures(brief, task.prompt)
    mix, unmixed = grant_mix(brief)
    closing = "" if brief.loop or brief.closing_mode == key.mode else brief.closing_mode or ""
    setting = Setting(
        genre=genre,
        key=key,
        seed=seed,
        loop=brief.loop,
        closing=closing,
        ground_bars=ground,
        spelt=bool(brief.form),
    )
    plan = MusicPlan(
        title=_title(brief, genre),
        genre=genre.name,
        key=key,
        meter=meter,
        bpm=fitted.bpm,
        swing=genre.swing if brief.swing is None else brief.swing,
        duration_s=fitted.duration_s,
        loop=brief.loop,
        ending=ending,
        beginning="fade" if brief.fades_in and not brief.loop else "",
        moods=grant_colours(brief),
        parts=_parts(band.slots),
        sections=make_sections(stretches, names, setting),
        seed=seed,
        cues=tuple(cues),
        melody=tune,
        textures=textures,
        mix=mix,
    )
    if tune:
        plan = accompany(plan, genre)
    said = (*unnamed, *untextured, *unmixed, *untimed, *fitted.notes, *band.notes, *unplaced)
    said += (
        *_unstyled(band, brief),
        *timetable.notes,
        *missed,
        *unplayed,
        *how_far_off(plan, timetable),
    )
    return Composed(plan=plan, notes=(*notes, *said))


def _rng(seed: int, what: int) -> np.random.Generator:
    return np.random.default_rng([seed, what])


def _long_enough(brief: MusicBrief, tune: Notes, meter: tuple[int, int]) -> MusicBrief:
    """Returns the brief of a piece with room for a tune and for its entrances."""
    if tune and brief.bars is None and brief.duration_s is None:
        brief = replace(brief, bars=rounds_bars(tune, meter))
    return with_room(brief)


def _genre_of(
    brief: MusicBrief, wishes: Sequence[Wish], *, only: bool
) -> tuple[Genre, tuple[str, ...]]:
    """Returns the genre, and a note if those who play chose it; no stand-in does beside others."""
    known = [name for name in brief.genres if name in genre_names()]
    is_joined = brings_band(brief.entries)
    if is_joined and len(wishes) == 1:  # "solo piano, everyone joins": others have to be there
        known = [name for name in known if not _is_alone(read_genre(name), wishes)]
    if known:
        return join_genres(known), ()
    there = [wish for wish in wishes if not wish.stands_in]
    leaning = (*brief.moods, *brief.purposes, *palette_words(brief))
    avoid = (*brief.avoid, *(small_bands() if is_joined else ()))
    chosen = choose_genre(leaning, there or wishes, brief.exclude, avoid, only=only)
    by = "who plays and its mood or use" if leaning else "who plays"
    note = f"no genre is named: by {by} it is {chosen}"
    return join_genres([chosen]), (note,) if there else ()


def _is_alone(genre: Genre, wishes: Sequence[Wish]) -> bool:
    """Returns whether nobody plays in a genre besides those who were wished."""
    wished = {name for wish in wishes for name in wish.choices}
    return all(wished.intersection(slot.instruments) for slot in genre.slots)


def _seats(brief: MusicBrief, *, only: bool) -> Seats:
    """Returns for whom the band has room."""
    sparse = (brief.density == "sparse" or "underscore" in brief.purposes) and not only
    size = brief.size or (SPARSE if sparse else None)
    return Seats(only=only, size=size, hands=brief.size is None, palette=palette_of(brief))


def _styled(band: Cast, brief: MusicBrief) -> Cast:
    """Returns the band with the styles that the brief names for a role, or that its dance has."""
    named = (pair for pair in brief.styles if pair[1] not in unplayed_styles())
    styles = dict([*brief.dance, *named])
    slots = []
    for slot in band.slots:
        style = styles.get(slot.role, slot.styles[0] if slot.styles else "")
        style = "" if f"{slot.role}:{style}" in brief.avoid else style
        touch = [word for word in band.touches.get(slot.name, ()) if word != style]
        slots.append(replace(slot, styles=(" ".join([*touch, style]).strip(),)))
    return replace(band, slots=tuple(slots))


def _unstyled(band: Cast, brief: MusicBrief) -> list[str]:
    """Returns a line for each way of playing that was asked of a role that nobody has."""
    roles = {slot.role for slot in band.slots}
    return [
        f"{style}: nobody in this band plays {role}"
        for role, style in brief.styles
        if role not in roles
    ]


def _parts(slots: Sequence[Slot]) -> tuple[Part, ...]:
    """Returns the parts of a band; who plays alone, or with drums only, is in the middle."""
    parts = [_part(slot) for slot in slots]
    alone = sum(part.role not in _UNPITCHED for part in parts) == 1
    return tuple(
        replace(part, pan=0.0) if alone and part.role not in _UNPITCHED else part for part in parts
    )


def _part(slot: Slot) -> Part:
    return Part(
        name=slot.name,
        role=slot.role,
        instrument=slot.instruments[0],
        style=slot.styles[0] if slot.styles else "",
        gain_db=slot.gain_db,
        pan=slot.pan,
    )


def _ending(brief: MusicBrief, genre: Genre, duration_s: float) -> str:
    if brief.loop:
        return "none"
    if brief.ending in {"cadence", "fade", "hit"}:
        return brief.ending
    short = duration_s < _FADING_S if genre.ending == "fade" else duration_s <= SMALL_S
    return "cadence" if short else genre.ending


def _title(brief: MusicBrief, genre: Genre) -> str:
    return " ".join([*brief.moods[:2], genre.name]).capitalize()
