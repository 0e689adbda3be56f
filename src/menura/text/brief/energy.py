"""The curve of energy that a prompt tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from menura.text.brief.vocabulary import vocabulary

if TYPE_CHECKING:
    from menura.text.brief.evidence import Evidence

_PLACES = {"start": 0.0, "middle": 0.5, "end": 1.0}
_LOW = "starts low"
_LOW_UNTIL = 0.3
"""Until there the start of a piece that begins quietly replaces that of another curve."""
_UP = ("rises", "climax", "drops")
_DOWN = ("releases", "falls")


def settle_shape(evidence: Evidence) -> tuple[str, tuple[tuple[float, float], ...]]:
    """Returns the name of the energy's curve ("" = none was asked) and its points.

    Several words tell one story: what rises and is let go of later "rises then releases".
    Moods with their places ("calm at first, wild in the middle") give a curve of their own, `told`.
    """
    points = _read_places(evidence)
    if len(points) > 1:
        return "told", tuple(sorted(points.items()))
    asked = evidence.asked("shape")
    evidence.credit("energy", asked)
    fades = {mention.start for mention in evidence.asked("ending") if mention.id == "fade"}
    moving = [mention for mention in asked if mention.start not in fades]
    told = [
        mention.id for mention in moving or asked
    ]  # what fades out at its end may rise until then
    shape = _combine(told)
    if not shape:
        return "", ()
    curves = vocabulary().other["shape"]
    curve = curves[shape]["curve"]
    if _LOW in told and shape != _LOW:
        curve = [curves[_LOW]["curve"][0], *(point for point in curve if point[0] > _LOW_UNTIL)]
    return shape, tuple((float(position), float(energy)) for position, energy in curve)


def _read_places(evidence: Evidence) -> dict[float, float]:
    """Returns the energy at places of the piece: "calm at first, wild in the middle"."""
    moods = vocabulary().moods
    energies = {m.end: moods[m.id]["change"].get("energy", 0.0) for m in evidence.asked("mood")}
    placed = [place for place in evidence.asked("place") if place.start in energies]
    if len(placed) > 1:
        evidence.credit("energy", placed)
    return {_PLACES[p.id]: round(0.5 + 0.5 * energies[p.start], 3) for p in placed}


def _combine(told: list[str]) -> str:
    whole = [shape for shape in told if " then " in shape or shape == "waves"]
    if whole:
        return whole[-1]
    moves = [shape for shape in told if shape not in {"steady", _LOW}]
    if not moves:
        return (_LOW if _LOW in told else told[0]) if told else ""
    ups = [at for at, shape in enumerate(moves) if shape in _UP]
    downs = [at for at, shape in enumerate(moves) if shape in _DOWN]
    if ups and downs:
        return "rises then releases" if ups[0] < downs[-1] else "falls then rises"
    if downs:
        return "falls"
    return next(shape for shape in ("drops", "climax", "rises") if shape in moves)
