"""`Body`: what the bodies of ElevenLabs' API share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A body whose known fields are checked and whose unknown ones are passed over."""

    model_config = ConfigDict(
        strict=True, allow_inf_nan=False, extra="ignore", protected_namespaces=()
    )

    def unused(self, *names: str) -> list[str]:
        """Returns those of these fields that were sent with more than their default."""
        fields = type(self).model_fields
        return [
            name
            for name in names
            if name in self.model_fields_set and getattr(self, name) != fields[name].default
        ]
