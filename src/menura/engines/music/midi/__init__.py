"""Standard MIDI files: a piece written out, a tune read in."""

from menura.engines.music.midi.reading import read_midi
from menura.engines.music.midi.writing import to_midi

__all__ = ["read_midi", "to_midi"]
