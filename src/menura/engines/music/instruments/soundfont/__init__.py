"""SoundFont files of others: read with care, and played as instruments."""

from menura.engines.music.instruments.soundfont.font import Font, open_font, sha256
from menura.engines.music.instruments.soundfont.player import create_from

__all__ = ["Font", "create_from", "open_font", "sha256"]
