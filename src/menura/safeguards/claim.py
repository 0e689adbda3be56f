"""`Claim`: what menura states about a file it made, in the words of C2PA."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from menura.errors import InvalidInput, InvalidRecipe
from menura.safeguards.manifest import (
    MAX_RECIPE_BYTES,
    RECIPE_LABEL,
    SOURCE_TYPES,
    TAKE_ID,
    clean,
    parse_time,
)
from menura.settings import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import SourceType

# Not on C2PA's list of soft bindings, so it is named like an entity's own label.
MARK: Final = "org.menura.mark.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a record says.

    Attributes:
        title: name of the work or file; control characters are dropped, 200 characters kept.
        mime: media type of the file.
        source: `algorithmic` (no training data), `trained` (a model), `composite` (either, mixed
            with recorded sound).
        recipe: what makes the take again, JSON values only, at most 900,000 bytes as JSON.
        take_id: 12 hex digits, from `Authority.take_id`.
        engine: name and version of the engine that made the sound, such as `formant 1.2`.
        made_at: ISO 8601 with its zone.
        payload: what the mark in the sound carries; empty if the sound is too short to carry
            more than the mark itself; None if marking is switched off, which the record then says.
        mark: the algorithm of the mark.

    Raises:
        InvalidInput: if a field does not fit.
        InvalidRecipe: if the recipe is not JSON, or too long: record its hash instead.
    """

    title: str
    mime: str
    source: SourceType
    recipe: Mapping[str, Any]
    take_id: str
    engine: str
    made_at: str
    payload: bytes | None
    mark: str = MARK

    def __post_init__(self) -> None:
        if self.source not in SOURCE_TYPES:
            kinds = ", ".join(SOURCE_TYPES)
            raise InvalidInput(f"a source type is one of {kinds}, not {self.source!r}")
        if not TAKE_ID.fullmatch(self.take_id):
            raise InvalidInput(f"a take id has 12 hex digits: {self.take_id!r} has not")
        if parse_time(self.made_at) is None:
            raise InvalidInput(f"{self.made_at!r} is not a time with its zone, as in ISO 8601")
        try:
            text = json.dumps(self.recipe, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidRecipe(f"the recipe cannot be written as JSON: {error}") from error
        if len(text) > MAX_RECIPE_BYTES:
            raise InvalidRecipe(
                f"a recipe of {len(text)} bytes does not fit into a file (at most "
                f"{MAX_RECIPE_BYTES}): record its hash instead"
            )


def define(claim: Claim) -> dict[str, Any]:
    """Returns a claim as the manifest definition that c2pa-rs takes, without a hash.

    `created` puts an assertion among those the signer made, not merely gathered (section 10.3).
    """
    when = parse_time(claim.made_at)
    moment = when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else claim.made_at
    name, _, version = claim.engine.rpartition(" ")
    software = {"name": name, "version": version} if name else {"name": claim.engine}
    actions: list[dict[str, Any]] = [
        {
            "action": "c2pa.created",
            "when": moment,
            "softwareAgent": software,
            "digitalSourceType": SOURCE_TYPES[claim.source],
        }
    ]
    bindings: list[dict[str, Any]] = []
    if claim.payload is not None:
        action = "c2pa.watermarked.bound" if claim.payload else "c2pa.watermarked.unbound"
        actions.append({"action": action, "when": moment})
    if claim.payload:
        # A text, not the byte string of the specification: definitions are JSON, and c2pa-rs
        # itself models the value as text.
        value = base64.b64encode(claim.payload).decode()
        data = {"alg": claim.mark, "blocks": [{"scope": {}, "value": value}]}
        bindings.append({"label": "c2pa.soft-binding", "created": True, "data": data})
    own = {
        "take": claim.take_id,
        "mark": None if claim.payload is None else claim.mark,
        "recipe": claim.recipe,
    }
    done = {"actions": actions, "allActionsIncluded": True}
    return {
        "title": clean(claim.title) or claim.take_id,
        "claim_generator_info": [{"name": "menura", "version": VERSION}],
        "assertions": [
            {"label": "c2pa.actions", "created": True, "data": done},
            *bindings,
            # As JSON, because the CBOR of c2pa-rs refuses integers from 2**63, such as seeds.
            {"label": RECIPE_LABEL, "created": True, "kind": "Json", "data": own},
        ],
    }
