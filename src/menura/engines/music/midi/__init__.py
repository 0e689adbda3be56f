"""Standard MIDI files: a piece written out, a tune read in."""

from menura.engines.music.midi.reading import read_midi
from menura.engines.music.midi.writing import drum_keys, kits, programs, to_midi

__all__ = ["drum_keys", "kits", "programs", "read_midi", "to_midi"]
