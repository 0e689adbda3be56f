"""espeak-ng in worker processes: phonemes, timings and PCM for some 135 languages.

espeak-ng is licensed under the GPL, version 3; it runs in processes of its own, spoken to over
pipes, and no line of it is linked into menura.
"""

from menura.espeak.pool import Pool
from menura.espeak.utterance import Event, Rendering, Utterance

__all__ = ["Event", "Pool", "Rendering", "Utterance"]
