"""Scenes: what a free prompt for effects and ambience asks, and what of it was not understood."""

from menura.text.scene.nearest import nearest_sources, source_phrases
from menura.text.scene.reading import read_scene
from menura.text.scene.scene import SceneBrief, SceneLayer

__all__ = ["SceneBrief", "SceneLayer", "nearest_sources", "read_scene", "source_phrases"]
