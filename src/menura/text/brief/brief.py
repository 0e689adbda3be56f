"""`MusicBrief`: what a prompt and the fields beside it were understood to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from menura.text.keys import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentWish:
    """Somebody who should play.

    Attributes:
        name: as prompts call it: an instrument, a kit, a piece of a kit (`shaker`), or what leaves
            the choice open: `drums`, `percussion`, `bass`, `guitar`, `synth`, `keys`, `woodwinds`
            or `mallets`.
        role: a role of the plan, or None if it is left open.
        choices: instruments that would do, best first; never empty.
        qualities: what was said of its sound, such as `soft`, `lazy`, `wide`, `jazz swing`.
        actions: what it should do, such as `swell` or `answer`.
        keys: keys of General MIDI's percussion map, if it is a piece of a kit.
        phrase: the words of the prompt, or "".
        stands_in: whether it plays in the place of one that is not to be had.
    """

    name: str
    role: str | None = None
    choices: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    keys: tuple[int, ...] = ()
    phrase: str = ""
    stands_in: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoCourse:
    """A tempo that changes on the way.

    Attributes:
        change: `faster` or `slower`.
        start_bpm: where it begins, beats per minute, or None.
        end_bpm: where it comes to, or None.
        at_end: whether only the end of the piece changes.
    """

    change: str
    start_bpm: float | None = None
    end_bpm: float | None = None
    at_end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody who comes in, or stops, or a section that begins, at a time of the piece.

    Or how long a section lasts.

    Attributes:
        who: name of the wish, or the role, that comes in; "" = a section begins.
        beside: names of those who do so with it.
        section: which one, or "".
        when: how much of the piece is over then; how long the section is, if it `lasts`.
        unit: what that counts: `s`, `bars`, or `share` of the whole.
        leaves: whether it stops there.
        lasts: whether it tells the length of the section.
        others: whether all but who is named come in there.
        after: whether it must not be before that time.
        phrase: the words of the prompt.
    """

    who: str = ""
    beside: tuple[str, ...] = ()
    section: str = ""
    when: float
    unit: str = "s"
    leaves: bool = False
    lasts: bool = False
    others: bool = False
    after: bool = False
    phrase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solitude:
    """Players whom nobody else joins for a part of the piece.

    Attributes:
        who: names of wishes, or roles.
        section: in which section; "" = at the place.
        place: `start` or `end` of the piece, or `after` the section; "" = in it.
        phrase: the words of the prompt.
    """

    who: tuple[str, ...]
    section: str = ""
    place: str = ""
    phrase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A time at which all are silent.

    Attributes:
        when: how much of the piece is over then.
        unit: what that counts: `s`, `bars`, or `share` of the whole.
        lasts: how long they are.
        of: what that counts: `s` or `bars`.
        phrase: the words of the prompt.
    """

    when: float
    unit: str
    lasts: float
    of: str
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """What moods ask of the music, each 0 to 1; 0.5 = nothing was said.

    Attributes:
        tempo: slow to fast, within what the genre does.
        energy: still to all out.
        register: low to high.
        density: few notes to many.
        dynamics: soft to forceful.
        legato: detached to bound.
        brightness: dark to bright timbres.
    """

    tempo: float = 0.5
    energy: float = 0.5
    register: float = 0.5
    density: float = 0.5
    dynamics: float = 0.5
    legato: float = 0.5
    brightness: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class MusicBrief:
    """What a prompt and the fields beside it were understood to ask.

    Attributes:
        genres: ids of genres.toml, best first; empty = none was named.
        moods: ids of moods.toml, as named.
        closing_moods: those that the piece should turn to at its end.
        purposes: what it is for, such as `podcast` or `study`.
        avoid: genres, moods, sections, textures and mix words that were turned down.
        shape: name of the energy's curve, such as `rises`; "" = none was asked.
        energy: its points as (position 0 to 1, energy 0 to 1), by position; empty = none.
        character: what the moods and words of density and sound come to.
        bpm: beats per minute if a number was given.
        tempo_range: beats per minute that the words allow, or None; around `bpm` if that is set.
        tempo_course: how the tempo changes on the way, or None.
        meter: beats in a bar and the note that is one beat, or None.
        key: tonic and mode, if a tonic was named.
        mode: a mode that was named, or that genre and moods lean to; None = free.
        closing_mode: the mode its end turns to, or None.
        instruments: who was asked for; a name may stand twice (two violins).
        suggested: instruments that belong to what was named, such as timpani to an orchestra.
        only_named: whether nobody else should play.
        size: how many should play, such as 2 in a duo; None = open.
        roles: roles that were asked for without a player, such as `drone`.
        lead: name of the wish that has the tune, or None.
        exclude: names, instruments, roles, families and pieces that must not be heard.
        vocals: True = sung words were asked for, False = they were turned down.
        form: sections in order, or None.
        sections: sections that must occur, in order of mention.
        entries: who comes in or stops on the way, and when sections begin.
        solitudes: who plays alone for a part of the piece.
        pauses: when nobody plays.
        styles: (role, style) such as (`drums`, `four on the floor`).
        dance: (role, style) of a dance that was named, for those who have the role.
        textures: sounds that are no music, such as `rain` or `vinyl`.
        mix: words for the sound of the whole, such as `warm` or `wide`.
        duration_s: exact length in seconds, or None.
        bars: length in bars, or None.
        loop: whether its end leads into its beginning.
        swing: where the second of a pair of notes falls, 0.5 to 0.75; None = open.
        ending: `cadence`, `fade`, `hit`, `none` or None.
        hushes: whether its end is soft.
        fades_in: whether it begins out of silence.
        density: `sparse`, `dense` or None.
        understood: field -> the words that led to it.
        ignored: words and phrases that were not understood, in order.
        refused: those of them that a note explains.
        notes: where words contradicted one another, and which rule decided.
    """

    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    closing_moods: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    shape: str = ""
    energy: tuple[tuple[float, float], ...] = ()
    character: Character = Character()
    bpm: float | None = None
    tempo_range: tuple[float, float] | None = None
    tempo_course: TempoCourse | None = None
    meter: tuple[int, int] | None = None
    key: Key | None = None
    mode: str | None = None
    closing_mode: str | None = None
    instruments: tuple[InstrumentWish, ...] = ()
    suggested: tuple[str, ...] = ()
    only_named: bool = False
    size: int | None = None
    roles: tuple[str, ...] = ()
    lead: str | None = None
    exclude: tuple[str, ...] = ()
    vocals: bool | None = None
    form: tuple[str, ...] | None = None
    sections: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    solitudes: tuple[Solitude, ...] = ()
    pauses: tuple[Pause, ...] = ()
    styles: tuple[tuple[str, str], ...] = ()
    dance: tuple[tuple[str, str], ...] = ()
    textures: tuple[str, ...] = ()
    mix: tuple[str, ...] = ()
    duration_s: float | None = None
    bars: int | None = None
    loop: bool = False
    swing: float | None = None
    ending: str | None = None
    hushes: bool = False
    fades_in: bool = False
    density: str | None = None
    understood: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def excludes(self, *names: str) -> bool:
        """Returns whether any of the names (of an instrument, its role, its family) is shut out."""
        return not set(names).isdisjoint(self.exclude)
