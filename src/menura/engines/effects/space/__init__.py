"""Space: rooms that answer, and where in them a source is or moves.

A source is dry. `Placer` or `Mover` makes its direct sound at two ears. `response` is what the room
answers: lay it over the same dry sound with a `Convolver`, whatever the distance. `colour` is what
a place or a barrier does to all of it.
"""

from menura.engines.effects.space.answer import response
from menura.engines.effects.space.colour import colour
from menura.engines.effects.space.motion import Mover
from menura.engines.effects.space.path import Path
from menura.engines.effects.space.place import Placer
from menura.engines.effects.space.rooms import (
    Barrier,
    Room,
    barrier_names,
    find_barrier,
    find_room,
    room_names,
)

__all__ = [
    "Barrier",
    "Mover",
    "Path",
    "Placer",
    "Room",
    "barrier_names",
    "colour",
    "find_barrier",
    "find_room",
    "response",
    "room_names",
]
