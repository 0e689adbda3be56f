"""`Limits`: how much of a sound file of others is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from menura.audio.audio import MAX_CHANNELS, MAX_RATE_HZ
from menura.errors import InvalidInput

if TYPE_CHECKING:
    from menura.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a decoder may take and give. All are enforced on what really comes out of it.

    Attributes:
        max_bytes: size of the file.
        max_s: decoded seconds.
        max_decoded_bytes: decoded samples as float32; holds even if the rate is a lie.
        max_channels: channels.
        max_rate: Hz.
        stall_s: longest wait for the next piece before the decoder is given up.
        memory_bytes: address space of the decoder process.
    """

    max_bytes: int = 2 * 1024**3
    max_s: float = 4 * 3600.0
    max_decoded_bytes: int = 8 * 1024**3
    max_channels: int = MAX_CHANNELS
    max_rate: int = MAX_RATE_HZ
    stall_s: float = 30.0
    memory_bytes: int = 1024**3

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Returns the limits an install has set."""
        return cls(max_bytes=settings.max_input_bytes, max_s=settings.max_input_s)

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_s", "max_decoded_bytes", "max_channels", "max_rate"):
            if not 0 < getattr(self, name) < 2**53:
                raise InvalidInput(f"the limit {name} must be a positive number")
