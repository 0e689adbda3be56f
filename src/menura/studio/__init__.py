"""The waist: every door comes through here, and no safeguard is anywhere else."""

from menura.studio.stream import Stream
from menura.studio.studio import Studio

__all__ = ["Stream", "Studio"]
