"""OpenAI's audio API, as its clients speak it."""

from menura.server.openai.errors import SCHEMA, tell
from menura.server.openai.routes import router

__all__ = ["SCHEMA", "router", "tell"]
