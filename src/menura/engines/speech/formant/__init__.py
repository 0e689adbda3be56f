"""Formant speech: espeak-ng's phonemes and resonators, in any of its languages."""

from menura.engines.speech.formant.engine import Formant, create

__all__ = ["Formant", "create"]
