"""Metrics: pure functions that measure sound: onsets, tempo, chroma, key, and sung notes."""

from menura.metrics.key import KeyEstimate, estimate_key
from menura.metrics.onsets import onset_strength, onsets
from menura.metrics.tempo import TempoEstimate, estimate_tempo
from menura.metrics.tune import SungNote, sung_notes

__all__ = [
    "KeyEstimate",
    "SungNote",
    "TempoEstimate",
    "estimate_key",
    "estimate_tempo",
    "onset_strength",
    "onsets",
    "sung_notes",
]
