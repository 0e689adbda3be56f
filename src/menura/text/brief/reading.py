"""`read_brief`: from a task to what it asks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from menura.text.brief import character, manner
from menura.text.brief.beginnings import begin_alone, mark_beginnings, open_up
from menura.text.brief.brief import MusicBrief
from menura.text.brief.courses import settle_course
from menura.text.brief.dances import settle_dance
from menura.text.brief.endings import mark_endings
from menura.text.brief.energy import settle_shape
from menura.text.brief.ensembles import (
    brings_band,
    is_only,
    mark_everybody,
    note_voices,
    settle_size,
)
from menura.text.brief.entries import read_entries
from menura.text.brief.evidence import Evidence
from menura.text.brief.fields import parse_key, parse_meter_field, read_exclusions, read_instruments
from menura.text.brief.genres import find_guests, settle_genres
from menura.text.brief.harmony import settle_key
from menura.text.brief.lengths import read_lengths, refuse_silence, told_form
from menura.text.brief.lists import is_list
from menura.text.brief.measures import settle_bars, settle_duration, settle_meter
from menura.text.brief.negation import mark_negated
from menura.text.brief.pauses import read_pauses
from menura.text.brief.players import read_players
from menura.text.brief.scanning import find_ignored, find_mentions
from menura.text.brief.sections import parse_form, settle_form
from menura.text.brief.solitudes import open_alone, read_alone
from menura.text.brief.solos import mark_solos
from menura.text.brief.tempo import mark_bare, settle_bpm, settle_range
from menura.text.brief.tokens import normalize, tokenize
from menura.text.brief.wishes import (
    at_home,
    find_lead,
    keep_wanted,
    make_wishes,
    named_by,
    note_left_out,
    note_stand_ins,
    settle_exclusions,
)

if TYPE_CHECKING:
    from menura.tasks import Music
    from menura.text.brief.brief import Entry, Pause, Solitude


def read_brief(task: Music) -> MusicBrief:
    """Returns what a task asks for.

    Numbers and names win over moods, and the task's fields over its prompt. Of equal words that
    contradict one another the later holds, except for tempo words, which cancel. Every such case
    is in the notes. Time is linear in the length of the prompt.

    Raises:
        InvalidInput: if the key, the meter or the form in a field is none, or a field names an
            instrument, role or texture that is not known.
    """
    key = None if task.key is None else parse_key(task.key)
    meter = None if task.meter is None else parse_meter_field(task.meter)
    form = None if task.form is None else parse_form(task.form)
    named = read_instruments(task.instruments)
    shut = read_exclusions(task.exclude)

    times = _read_times(task)
    evidence, lengths, entries = times.evidence, times.lengths, times.entries
    solitudes = times.solitudes
    drafts = read_players(evidence)
    manner.mark_textures(evidence)
    if named:
        note_left_out(evidence, drafts, named)
        drafts = named
    note_stand_ins(evidence, drafts)
    note_voices(evidence, drafts)

    genres = settle_genres(evidence)
    moods, closing_moods = character.settle_moods(evidence)
    if not genres:
        genres = at_home(drafts)
    uses = evidence.asked("purpose")
    others = (*evidence.sounds(), *manner.density_words(evidence), *uses)
    settled = character.settle_character(moods, others)
    mark_bare(evidence)
    course = settle_course(evidence, task.bpm)
    bpm, allowed = settle_bpm(evidence, task.bpm)
    paced = settle_range(evidence, genres, settled.tempo, allowed)
    settled_key, mode, closing_mode = settle_key(evidence, key, genres, moods, closing_moods)
    excluded = settle_exclusions(evidence, shut, task.exclude)
    only = bool(named)
    if not only and not brings_band(entries):
        only = is_only(evidence, drafts, genres, solitudes) or is_list(
            evidence, drafts, entries, solitudes
        )
    mark_solos(evidence, drafts, only=only)
    counted, size = settle_size(evidence, drafts)
    made, belonging = make_wishes(counted)
    suggested = dict.fromkeys((*belonging, *find_guests(evidence, genres)))
    wishes = keep_wanted(evidence, made, excluded)
    dance = settle_dance(evidence, genres, wishes)
    told, sections = settle_form(evidence)
    spelt, spelt_bars = told_form(lengths, sections)
    duration_s, bars = settle_duration(evidence, task.duration_s), settle_bars(evidence)
    shape, curve = settle_shape(evidence)
    loop = manner.settle_loop(evidence, field=task.loop)
    brief = MusicBrief(
        genres=genres,
        moods=moods,
        closing_moods=closing_moods,
        purposes=manner.take(evidence, "purposes", "purpose"),
        avoid=manner.settle_avoided(evidence),
        shape=shape,
        energy=curve,
        character=settled,
        bpm=bpm,
        tempo_range=paced,
        tempo_course=course,
        meter=settle_meter(evidence, meter, genres),
        key=settled_key,
        mode=mode,
        closing_mode=closing_mode,
        instruments=wishes,
        suggested=tuple(name for name in suggested if name not in {*excluded, *named_by(wishes)}),
        only_named=only,
        size=None if only else size,
        lead=None if "melody" in excluded else find_lead(wishes, genres),
        exclude=(*excluded, *(role for role in dance.shuts if role not in excluded)),
        vocals=manner.settle_vocals(evidence),
        form=form or told or spelt,
        roles=manner.take(evidence, "roles", "role"),
        sections=tuple(dict.fromkeys(form)) if form else sections,
        entries=(*lengths, *entries),
        solitudes=solitudes,
        pauses=times.pauses,
        styles=manner.settle_styles(evidence),
        dance=dance.styles,
        textures=manner.take(evidence, "textures", "texture"),
        mix=manner.settle_mix(evidence),
        duration_s=duration_s,
        bars=spelt_bars if bars is None and duration_s is None and not form else bars,
        loop=loop,
        swing=manner.settle_swing(evidence),
        ending=manner.settle_ending(evidence, loop=loop),
        hushes=manner.settle_hush(evidence, loop=loop),
        fades_in=manner.settle_beginning(evidence, loop=loop),
        density=manner.settle_density(evidence),
    )
    manner.refuse_missing(evidence)
    ignored = (*find_ignored(evidence.text, evidence.tokens, evidence.mentions), *evidence.refused)
    return dataclasses.replace(
        brief,
        understood={name: "; ".join(found) for name, found in evidence.credits.items()},
        ignored=tuple(dict.fromkeys(ignored)),
        refused=tuple(evidence.refused),
        notes=tuple(evidence.notes),
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    """What is mentioned, how long sections last, who comes in when, who is alone or silent."""

    evidence: Evidence
    lengths: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    solitudes: tuple[Solitude, ...]
    pauses: tuple[Pause, ...]


def _read_times(task: Music) -> _Times:
    """Returns what of a prompt belongs to a time or a section."""
    text = normalize(task.prompt)
    tokens = tokenize(text)
    evidence = Evidence(text=text, tokens=tokens, mentions=find_mentions(text, tokens))
    mark_negated(tokens, evidence.mentions)
    begun = mark_beginnings(evidence)
    mark_endings(evidence)
    pauses = read_pauses(evidence)
    apart = read_alone(evidence)
    refuse_silence(evidence)
    lengths = read_lengths(evidence, timed=task.duration_s is not None)
    entries = read_entries(evidence, [(alone.start, alone.end) for alone in apart])
    entries = (*entries, *(alone.entry for alone in apart if alone.entry))
    if begun:
        entries = begin_alone(evidence, entries)
    open_up(evidence, entries)
    mark_everybody(evidence, entries)
    solitudes = tuple(alone.solitude for alone in apart if alone.solitude)
    return _Times(
        evidence=evidence,
        lengths=lengths,
        entries=entries,
        solitudes=open_alone(evidence, entries, solitudes),
        pauses=pauses,
    )
