"""`Scene` and `Layer`: what is heard where and when, ready to be performed."""

from __future__ import annotations

from dataclasses import dataclass

MUSIC, SPEECH = "music", "speech"
"""Sources that other engines play."""
MOVEMENTS = (
    "",
    "passing",
    "approaching",
    "leaving",
    "left to right",
    "right to left",
    "circling",
    "overhead",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One sound of a scene, once, several times or all along.

    Attributes:
        name: its own, for its stem and for cues.
        source: a source of `menura.engines.effects.sources`, or MUSIC or SPEECH.
        variant: of the source; "" = the usual one.
        intensity: 0 to 1; see `Wish`.
        size: 0 to 1; see `Wish`.
        gain_db: beside the balance that level and distance make.
        distance_m: from the listener.
        direction_deg: 0 ahead, 90 right, -90 left, 180 behind.
        spread_deg: how far each event may be from there.
        movement: one of MOVEMENTS.
        speed_kmh: of a movement.
        barrier: what stands between, "" = nothing.
        start_s: when a bed begins.
        stop_s: when a bed ends; 0 = with the scene.
        fade_in_s: of a bed.
        fade_out_s: of a bed.
        times_s: when events begin.
        every_s: mean distance of further events that are drawn; 0 = none.
        steady: whether those come at equal distances.
        length_s: how long each event lasts; 0 = as long as it takes.
        pace_ratio: of what beats: how many times as often at its end as at its beginning.
        rise: by how much its intensity changes from its beginning to its end, -1 to 1.
        turn: share of its time after which that change turns back; 0 = it does not.
        seed: draws all that varies.
        voice: of SPEECH, who speaks; "" = the usual voice.
        emotion: of SPEECH, how; "" = plainly.
        text: of MUSIC, what it is like; of SPEECH, the words.
    """

    name: str
    source: str
    variant: str = ""
    intensity: float = 0.5
    size: float = 0.5
    gain_db: float = 0.0
    distance_m: float = 2.0
    direction_deg: float = 0.0
    spread_deg: float = 0.0
    movement: str = ""
    speed_kmh: float = 0.0
    barrier: str = ""
    start_s: float = 0.0
    stop_s: float = 0.0
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    times_s: tuple[float, ...] = ()
    every_s: float = 0.0
    steady: bool = False
    length_s: float = 0.0
    pace_ratio: float = 1.0
    rise: float = 0.0
    turn: float = 0.0
    seed: int = 0
    voice: str = ""
    emotion: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that is heard.

    Attributes:
        title: of the whole.
        duration_s: exact length; 0 = it never ends.
        loop: whether its end leads into its beginning.
        room: name of a room of `menura.engines.effects.space`.
        room_size: factor of the room's length, width and height.
        room_db: how much louder than in nature the room answers.
        binaural: whether it is made for headphones.
        channels: 1 or 2.
        one_shot: whether it is a single happening, brought to full level, and not a background.
        seed: draws the room.
        layers: what is heard.
    """

    title: str
    duration_s: float
    loop: bool = False
    room: str = "dry"
    room_size: float = 1.0
    room_db: float = 0.0
    binaural: bool = False
    channels: int = 2
    one_shot: bool = False
    seed: int = 0
    layers: tuple[Layer, ...]
