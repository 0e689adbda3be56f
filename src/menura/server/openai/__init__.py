"""OpenAI's audio API, as its clients speak it."""

from menura.server.openai.errors import tell
from menura.server.openai.routes import router

__all__ = ["router", "tell"]
