"""What a client is told of a voice: labels, settings, samples."""

from __future__ import annotations

import functools
import tomllib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from menura.server.casting import SETTINGS
from menura.server.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.server.casting import Known
    from menura.server.house import Caller, House

DEFAULTS: dict[str, Any] = {
    "stability": 0.5,
    "similarity_boost": 0.75,
    "style": 0.0,
    "use_speaker_boost": True,
    "speed": 1.0,
}
"""What their API calls the settings of a voice that has none of its own."""
MAX_LABELS = 16


def tell(house: House, caller: Caller, known: Known) -> dict[str, Any]:
    """Returns a voice as their API tells of it; reads the disk."""
    return told_as(known, house.ledger.get(caller.id, SETTINGS, known.id))


def settings_of(house: House, caller: Caller, voice: str) -> dict[str, Any]:
    """Returns the settings of a voice; reads the disk."""
    return _settings(house.ledger.get(caller.id, SETTINGS, voice))


def told_as(known: Known, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns a voice as their API tells of it.

    Args:
        known: the voice.
        settings: that the caller keeps for it, if any.
    """
    voice, own = known.voice, known.own
    facts = _facts()
    language = voice.language.partition("-")[0]
    labels = {
        "gender": facts["gender"].get(voice.gender, "neutral"),
        "age": facts["age"].get(voice.age, "middle_aged"),
        "accent": facts["accent"].get(voice.language, "standard"),
        "language": language,
        "descriptive": voice.description[:100],
    }
    take = None if own is None else own.get("take")
    spoken = {"language": language, "model_id": voice.engine, "accent": labels["accent"]}
    return {
        "voice_id": known.id,
        "name": voice.name if own is None else own["name"],
        "samples": [] if take is None else [_sample(str(take))],
        "category": "premade" if own is None else "generated",
        "fine_tuning": {"is_allowed_to_fine_tune": False, "state": {}},
        "labels": labels if own is None else labels | dict(own.get("labels") or {}),
        "description": voice.description if own is None else own.get("description", ""),
        "preview_url": None,
        "available_for_tiers": [],
        "settings": _settings(settings),
        "sharing": None,
        "high_quality_base_model_ids": [],
        "verified_languages": [spoken | {"locale": voice.language, "preview_url": None}],
        "collection_ids": [],
        "safety_control": None,
        "voice_verification": {
            "requires_verification": False,
            "is_verified": True,
            "verification_failures": [],
            "verification_attempts_count": 0,
            "language": language,
        },
        "permission_on_resource": "viewer" if own is None else "admin",
        "is_owner": own is not None,
        "is_legacy": False,
        "is_mixed": False,
        "is_bookmarked": False,
        "created_at_unix": unix(own.get("made_at")) if own is not None else None,
    }


def read_labels(labels: object) -> dict[str, str]:
    """Returns labels as they are kept.

    Raises:
        Problem: 422, if they are none, too many or too long.
    """
    pairs = labels.items() if isinstance(labels, dict) else [(None, None)]
    kept = {key: value for key, value in pairs if value is not None}
    right = all(isinstance(k, str) and isinstance(v, str) for k, v in pairs if v is not None)
    small = all(len(str(k)) <= 100 and len(str(v)) <= 200 for k, v in kept.items())
    if not isinstance(labels, dict) or not right or not small or len(kept) > MAX_LABELS:
        message = f"labels are up to {MAX_LABELS} pairs of short texts, as a JSON object"
        raise Problem(status=422, code="invalid_labels", message=message, param="labels")
    return {str(key): str(value) for key, value in kept.items()}


def unix(made_at: object) -> int | None:
    """Returns a time of the ledger as seconds since 1970."""
    return int(datetime.fromisoformat(made_at).timestamp()) if isinstance(made_at, str) else None


def _settings(kept: Mapping[str, Any] | None) -> dict[str, Any]:
    return DEFAULTS | {name: (kept or {}).get(name, DEFAULTS[name]) for name in DEFAULTS}


def _sample(take: str) -> dict[str, Any]:
    return {"sample_id": take, "file_name": f"{take}.mp3", "mime_type": "audio/mpeg"}


@functools.cache
def _facts() -> Mapping[str, Any]:
    path = Path(__file__).with_name("portraits.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
