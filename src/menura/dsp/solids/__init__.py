"""Solid bodies: what they ring like when they are struck, rubbed or broken."""

from menura.dsp.solids.bodies import Body
from menura.dsp.solids.contact import contact_gain, strike
from menura.dsp.solids.friction import Slips, gesture, roughness, stick_slip
from menura.dsp.solids.things import Material, Thing, materials, read_things

__all__ = [
    "Body",
    "Material",
    "Slips",
    "Thing",
    "contact_gain",
    "gesture",
    "materials",
    "read_things",
    "roughness",
    "stick_slip",
    "strike",
]
