"""Outline: the sections of a piece with their bars and energies, as a brief wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from menura.engines.music.arranger.fitting import fit
from menura.engines.music.arranger.form import (
    Stretch,
    choose_form,
    divided,
    named_form,
    on_cues,
    shape,
)
from menura.text.brief.character import settle_character

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from menura.engines.music.arranger.genres import Genre
    from menura.engines.music.arranger.timing import Fit, Segment
    from menura.text.brief import MusicBrief

SMALL_S = 12.0
"""A piece as short as this has one section, in which everybody plays."""
ARC = ("tension", "climax", "release")
"""Sections of a piece that lets go."""
_RELEASE = 0.1
"""By how much the energy asked for falls at the end of such a piece."""
_LOW, _QUIET = 0.2, 0.3
"""A curve that begins so low, and the most energy of its first section."""
_CHORUS_BARS = 12
"""Bars of a blues, which are not divided."""
_MANY_SECTIONS_S = 20.0
_PHRASE_BARS = 4


def outline(
    brief: MusicBrief,
    genre: Genre,
    fitted: Fit,
    segments: Sequence[Segment],
    rng: np.random.Generator,
) -> list[Stretch]:
    """Returns the sections with bars and energies, divided where the segments between cues end.

    Args:
        brief: may name sections or spell out the form.
        genre: gives templates.
        fitted: the bars to be filled.
        segments: bars from cue to cue; empty = no cues.
        rng: draws a template.
    """
    bars = sum(segment.bars for segment in segments) or fitted.bars
    asked = tuple(name for name in brief.sections if name not in brief.avoid)
    energies = [energy for _, energy in brief.energy]
    if energies and energies[-1] < max(energies) - _RELEASE:
        able = any(set(ARC) <= {name for name, _, _ in form.sections} for form in genre.forms)
        arc = (ARC[0], *(asked or ARC[1:2]), ARC[-1])
        asked = tuple(dict.fromkeys(arc)) if able else asked
    template = named_form(brief.form) if brief.form else []
    template = template or choose_form(genre.forms, asked, bars, rng)
    template = [stretch for stretch in template if stretch.name not in brief.avoid] or template
    fixed = bool(brief.form)
    if fitted.duration_s <= SMALL_S and not fixed and not asked:
        template = [max(template, key=lambda stretch: stretch.energy)]
    stretches = fit(template, bars, asked, fixed=fixed)
    if not fixed and fitted.duration_s > _MANY_SECTIONS_S:
        stretches = _halved(stretches, template, bars)
    stretches = shape(stretches, brief.energy, brief.character.energy)
    stretches = _hushed(stretches, brief)
    stretches = _turned(stretches, brief)
    return divided(on_cues(stretches, segments) if segments else cut_end(stretches, fitted))


def cut_end(stretches: Sequence[Stretch], fitted: Fit) -> list[Stretch]:
    """Returns the form with its last two bars cut as the time wants them."""
    *before, last = stretches
    last = replace(last, cut_beats=fitted.cut_beats)
    approach = fitted.approach_cut_beats
    if last.bars > 1:
        return [*before, replace(last, approach_cut_beats=approach)]
    if approach and before:
        before[-1] = replace(before[-1], cut_beats=approach)
    return [*before, last]


def _halved(stretches: list[Stretch], template: Sequence[Stretch], bars: int) -> list[Stretch]:
    """Returns a form of one section as that and an ending; a blues that goes round stays whole."""
    if len(stretches) != 1 or bars < 2 or bars % _CHORUS_BARS == 0:
        return stretches
    chorus = all(stretch.bars == _CHORUS_BARS for stretch in template)
    close = bars % _CHORUS_BARS if chorus and bars > _CHORUS_BARS else _closing_bars(bars)
    one = stretches[0]
    return [
        Stretch(name=one.name, bars=bars - close, energy=one.energy),
        Stretch(name="ending", bars=close, energy=one.energy),
    ]


def _closing_bars(bars: int) -> int:
    """Returns how long the end of a piece of one section is: a phrase, or a third of it."""
    return _PHRASE_BARS if bars >= 3 * _PHRASE_BARS else max(bars // 3, 1)


def _hushed(stretches: list[Stretch], brief: MusicBrief) -> list[Stretch]:
    """Returns the form with a quiet first section if the energy asked for begins so low."""
    if not brief.energy or brief.energy[0][1] > _LOW:
        return stretches
    first = stretches[0]
    energy, presence = min(first.energy, _QUIET), min(first.presence, _QUIET)
    return [replace(first, energy=energy, presence=presence), *stretches[1:]]


def _turned(stretches: list[Stretch], brief: MusicBrief) -> list[Stretch]:
    """Returns the form with its last section as strong as the moods that the piece turns to."""
    if not brief.closing_moods or brief.energy or len(stretches) < 2:
        return stretches
    turn = settle_character(brief.closing_moods, ()).energy - brief.character.energy
    last = stretches[-1]
    energy, presence = (min(max(e + 0.5 * turn, 0.05), 1.0) for e in (last.energy, last.presence))
    return [*stretches[:-1], replace(last, energy=round(energy, 3), presence=presence)]
