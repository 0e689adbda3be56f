"""ElevenLabs' API, as its clients speak it."""

from menura.server.elevenlabs.errors import SCHEMA, tell
from menura.server.elevenlabs.routes import router

__all__ = ["SCHEMA", "router", "tell"]
