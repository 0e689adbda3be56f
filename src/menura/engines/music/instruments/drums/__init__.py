"""Drums and percussion: strokes made of ringing modes, noise and metal, one TOML file per kit."""

from menura.engines.music.instruments.drums.kit import NAMES, create

__all__ = ["NAMES", "create"]
