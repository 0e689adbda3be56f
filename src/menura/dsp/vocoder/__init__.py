"""A vocoder: a voice taken apart into melody, envelope and breath, changed, and put together."""

from menura.dsp.vocoder.analysis import analyse
from menura.dsp.vocoder.bandwidth import extend_band
from menura.dsp.vocoder.changes import (
    retime,
    scale_range,
    shelve,
    shift_pitch,
    stretch,
    tilt,
    warp_formants,
)
from menura.dsp.vocoder.features import Features, count_rows
from menura.dsp.vocoder.naturalness import Articulation, naturalise
from menura.dsp.vocoder.quality import breathe, roughen, tense, whisper
from menura.dsp.vocoder.synthesis import synthesise

__all__ = [
    "Articulation",
    "Features",
    "analyse",
    "breathe",
    "count_rows",
    "extend_band",
    "naturalise",
    "retime",
    "roughen",
    "scale_range",
    "shelve",
    "shift_pitch",
    "stretch",
    "synthesise",
    "tense",
    "tilt",
    "warp_formants",
    "whisper",
]
