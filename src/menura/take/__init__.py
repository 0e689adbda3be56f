"""Takes: finished results, what is known about them, and how they become files."""

from menura.take.take import Report, Take

__all__ = ["Report", "Take"]
