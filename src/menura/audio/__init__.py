"""Sound as a value: `Audio`, files and streams, editing, spectra, loudness."""

from menura.audio.audio import Audio

__all__ = ["Audio"]
