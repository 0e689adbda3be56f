"""menura's own API: every task with all its fields."""

from menura.server.native.errors import SCHEMA, tell
from menura.server.native.routes import router

__all__ = ["SCHEMA", "router", "tell"]
