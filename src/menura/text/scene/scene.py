"""`SceneBrief` and `SceneLayer`: what a prompt for effects and ambience was understood to ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneLayer:
    """One sound of a scene.

    Attributes:
        source: name of a source of sound, or `music` or `speech`.
        variant: its material, species or way; "" = the usual one.
        intensity: 0 (as soft, slow or sparse as it comes) to 1 (as hard, fast or dense).
        size: 0 (the smallest there is) to 1 (huge).
        count: how often it sounds; None = not said.
        many: whether several are meant that are not counted: "explosions".
        every_s: seconds from one to the next, on average; None = not said.
        irregular: whether times and strengths vary; False = as regular as a clock.
        order: what has a larger number begins when what has a smaller one is over.
        pause_s: silence before it that was asked for, seconds.
        start_s: when it is asked to begin, seconds; None = not said.
        moments_s: when each of several is asked to begin, seconds, the first at `start_s`; () = it
            has no more than that one.
        stop_s: when it is asked to be over, seconds from the beginning of the scene; None = not
            said.
        goes_on: whether it is said to sound until the end.
        tied: whether it hangs on the moment named before it: just behind it if `together`, and
            else when that one's main part is over.
        together: whether it is told to sound with what was named just before it, and not after it.
        other: whether it is another one than was heard before: "another dog".
        closing: whether the scene is to end with it.
        near: `close`, `far`, `very far`; "" = where one usually hears it.
        distance_m: how far away, metres; None = not said.
        level: `barely audible`, `background`, `quiet`, `loud`, `foreground`; "" = not said.
        direction: `left`, `right`, `behind`, `ahead`, `above`, or one of the four between, such as
            `behind left`; "" = not said.
        movement: `passing`, `approaching`, `leaving`, `left to right`, `right to left`, `circling`,
            `overhead`; "" = it stays.
        speed: `slow` or `fast`, of a movement or an action; "" = not said.
        sudden: whether it comes without warning.
        fades: `in`, `out`, `swells`; "" = not said.
        tempo: `faster` or `slower`, of what comes ever sooner or later, or one and then the other,
            such as `faster, then slower`; "" = it stays.
        grows: `more`, `less`, `more, then less` or `less, then more`, of a force that changes while
            it sounds; "" = it stays.
        stops: whether it is said to be over before what comes next.
        duration_s: how long it lasts, seconds; None = not said.
        muffled: what is between: `door`, `fence`, `wall`, `water`; "" = nothing.
        of_place: whether it belongs to an ambience, and was not named itself.
        echoes: whether its echo is to be heard.
        text: of speech its words, of music the words that describe it.
        words: the words that led to it, as written; of an ambience the words for the ambience.
    """

    source: str
    variant: str = ""
    intensity: float = 0.5
    size: float = 0.5
    count: int | None = None
    every_s: float | None = None
    many: bool = False
    irregular: bool = True
    order: int = 0
    pause_s: float = 0.0
    start_s: float | None = None
    moments_s: tuple[float, ...] = ()
    stop_s: float | None = None
    goes_on: bool = False
    tied: bool = False
    together: bool = False
    other: bool = False
    closing: bool = False
    near: str = ""
    distance_m: float | None = None
    level: str = ""
    direction: str = ""
    movement: str = ""
    speed: str = ""
    sudden: bool = False
    fades: str = ""
    tempo: str = ""
    grows: str = ""
    stops: bool = False
    duration_s: float | None = None
    muffled: str = ""
    of_place: bool = False
    echoes: bool = False
    text: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneBrief:
    """What a prompt for effects and ambience was understood to ask.

    Attributes:
        layers: the sounds, in order of mention; those of an ambience come last.
        space: name of a room or place; "" = not said.
        space_size: 0 (tiny) to 1 (huge); 0.5 = as large as such places are.
        duration_s: length of the whole, seconds; None = not said.
        loop: whether its end is to lead into its beginning.
        understood: words as written -> what they led to.
        ignored: words that say something and were not understood, in order.
        notes: what was left out or settled, and why.
    """

    layers: tuple[SceneLayer, ...] = ()
    space: str = ""
    space_size: float = 0.5
    duration_s: float | None = None
    loop: bool = False
    understood: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
