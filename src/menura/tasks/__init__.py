"""Tasks: what can be asked for. Every door (CLI, Python, a recipe in a file) makes one of these.

A task is a frozen value that checks itself, holds no arrays, and goes to and from plain JSON
without loss. What it leaves open (voice, language, seed) is settled by the engine's `check`
and by the studio, so that the recipe in the file names everything.
"""

from menura.tasks.decoding import Decoding
from menura.tasks.effect import Effect
from menura.tasks.music import Music
from menura.tasks.recipe import KINDS, canonical, dump, hide_prompts, load
from menura.tasks.speech import Dialogue, Pronunciation, Speech, VoiceDesign
from menura.tasks.task import MAX_NAME_CHARS, MAX_SEED, Task
from menura.tasks.work import MAX_PART_DEPTH, MAX_PARTS, Part, Work

__all__ = [
    "KINDS",
    "MAX_NAME_CHARS",
    "MAX_PARTS",
    "MAX_PART_DEPTH",
    "MAX_SEED",
    "Decoding",
    "Dialogue",
    "Effect",
    "Music",
    "Part",
    "Pronunciation",
    "Speech",
    "Task",
    "VoiceDesign",
    "Work",
    "canonical",
    "dump",
    "hide_prompts",
    "load",
]
