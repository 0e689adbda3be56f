"""`Manifest`: what a signed record (C2PA) says about a file, and whether to believe it.

Everything in it was written by whoever signed it, which may be anybody: `trusted` says that an
authority this install knows signed it, `valid` that some unknown one did.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, TypeVar

from menura.audio.files import open_regular
from menura.errors import InvalidAudio, StorageFailed
from menura.safeguards.certificates import SIGNING_PURPOSES
from menura.safeguards.containers import MAX_RECORD_BYTES, find_record
from menura.safeguards.signatures import read_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from menura.catalog import SourceType

_T = TypeVar("_T")
State = Literal["trusted", "valid", "invalid", "absent"]

_IPTC: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPES: Final[Mapping[SourceType, str]] = {
    "algorithmic": f"{_IPTC}algorithmicMedia",
    "trained": f"{_IPTC}trainedAlgorithmicMedia",
    "composite": f"{_IPTC}compositeWithTrainedAlgorithmicMedia",
}
"""What made the sound -> its code in the IPTC vocabulary of digital source types."""

# Entity-specific labels are reversed domain names: C2PA specification 2.3, section 6.2.1.
RECIPE_LABEL: Final = "org.menura.recipe"
# c2pa-rs (0.91) takes a manifest definition of at most 1 MiB.
MAX_RECIPE_BYTES: Final = 900_000
TAKE_ID: Final = re.compile(r"[0-9a-f]{12}")
_MAX_TEXT_CHARS: Final = 200
_MAX_PAYLOAD_BYTES: Final = 256
_MAX_PROBLEMS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A record that was read. Texts are cut to 200 characters and hold no control characters.

    Attributes:
        state: `trusted` (signed under an anchor of this install), `valid` (intact, signer
            unknown), `invalid` (file or record was altered, or cannot be read), `absent`.
            The fields below are only filled for the first two.
        issuer: the name in the signing certificate. Anybody can choose one: show it beside
            `state`, never alone.
        fingerprint: SHA-256 of the signing certificate (DER), 64 hex digits; None if unreadable.
        generator: the program that signed, with its version.
        title: the title in the record.
        created: when the file was made, by the signer's clock.
        source_type: `algorithmic`, `trained`, `composite`, else the code as written.
        take_id: the take in the signer's log, 12 hex digits.
        recipe: what would make the take again. Hostile input: parse it as a task.
        mark: the algorithm of the mark in the sound; None if none is stated.
        payload: what the mark carries; empty if the record states a mark without a payload, None
            if it states no mark, or one whose payload cannot be read.
        problems: codes of the C2PA specification, or a line of the reader, at most 20.
    """

    state: State
    issuer: str | None = None
    fingerprint: str | None = None
    generator: str | None = None
    title: str | None = None
    created: datetime | None = None
    source_type: str | None = None
    take_id: str | None = None
    recipe: Mapping[str, Any] | None = None
    mark: str | None = None
    payload: bytes | None = None
    problems: tuple[str, ...] = ()


def read(source: Path | BinaryIO, anchors_pem: str, sidecar: bytes | None = None) -> Manifest:
    """Returns what the record in a file, or beside it, says. Never opens a connection.

    Args:
        source: the file, or a seekable stream of it. Its bytes tell its type, never its name.
        anchors_pem: authorities whose signatures count as trusted; may be empty.
        sidecar: a record kept beside the file; the one inside, if any, is then not looked at.

    Raises:
        NotFound: if there is no such file.
        InvalidInput: if it is no regular file.
        StorageFailed: if it cannot be read.
        InvalidAudio: if the stream cannot seek.
    """
    if not isinstance(source, Path):
        return _read(source, anchors_pem, sidecar)
    with open_regular(source) as stream:
        try:
            return _read(stream, anchors_pem, sidecar)
        except OSError as error:
            raise StorageFailed(f"cannot read {source}: {error.strerror}") from error


def clean(text: object, limit: int = _MAX_TEXT_CHARS) -> str | None:
    """Returns a text without control, format and unassigned characters, cut to `limit`."""
    if not isinstance(text, str):
        return None
    kept = (char for char in text[: 4 * limit] if not unicodedata.category(char).startswith("C"))
    return "".join(kept)[:limit] or None


def _read(stream: BinaryIO, anchors_pem: str, sidecar: bytes | None) -> Manifest:
    if not stream.seekable():
        raise InvalidAudio("a manifest is read from a file or a seekable stream")
    size = find_record(stream) if sidecar is None else len(sidecar)
    if size is None:
        return Manifest(state="absent")
    if size > MAX_RECORD_BYTES:
        return Manifest(state="invalid", problems=(f"a record of {size} bytes is not read",))
    return _verify(stream, anchors_pem, sidecar)


def _verify(stream: BinaryIO, anchors_pem: str, sidecar: bytes | None) -> Manifest:
    import c2pa

    settings: dict[str, Any] = {
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "trust": {"trust_config": "\n".join(SIGNING_PURPOSES)},
        "core": {"max_decompressed_manifest_size_in_mb": MAX_RECORD_BYTES // 2**20},
    }
    if anchors_pem:
        settings["trust"]["user_anchors"] = anchors_pem
    stream.seek(0)
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(None, stream, sidecar, context=context) as reader,
        ):
            content = json.loads(reader.json())
            state = _state(content)
            if state == "invalid":
                return Manifest(state=state, problems=_problems(content))
            active = _dig(content, "active_manifest", str)
            store = io.BytesIO()
            # Any address inside a manifest yields the whole store.
            reader.resource_to_stream(f"self#jumbf=/c2pa/{active}/c2pa.signature", store)
    except c2pa.C2paError as error:
        return _unreadable(str(error))
    except (ValueError, RecursionError):
        return Manifest(state="invalid", problems=("the record is not well-formed",))
    return _describe(content, active, state, store.getvalue())


def _unreadable(reason: str) -> Manifest:
    # The library's prefix for "no record here", and for "the record is kept on a server".
    missing = reason.startswith(("ManifestNotFound", "Remote"))
    problem = clean(reason) or "the record cannot be read"
    return Manifest(state="absent" if missing else "invalid", problems=(problem,))


def _state(content: object) -> State:
    states: dict[str, State] = {"Trusted": "trusted", "Valid": "valid"}
    return states.get(_dig(content, "validation_state", str), "invalid")


def _describe(content: object, active: str, state: State, store: bytes) -> Manifest:
    manifest = _dig(_dig(content, "manifests", dict), active, dict)
    signature = _dig(manifest, "signature_info", dict)
    leaf = read_leaf(store, active)
    assertions: dict[str, object] = {}
    for assertion in _dig(manifest, "assertions", list):
        assertions.setdefault(_dig(assertion, "label", str), _dig(assertion, "data", dict))
    actions = _dig(
        assertions.get("c2pa.actions.v2", assertions.get("c2pa.actions")), "actions", list
    )
    made: object = next((a for a in actions if _dig(a, "action", str) == "c2pa.created"), {})
    own, recipe, problems = _recipe(assertions.get(RECIPE_LABEL))
    mark, payload = _mark(assertions.get("c2pa.soft-binding"), own)
    take_id = _dig(own, "take", str)
    return Manifest(
        state=state,
        issuer=clean(signature.get("issuer")) or clean(signature.get("common_name")),
        fingerprint=hashlib.sha256(leaf).hexdigest() if leaf else None,
        generator=_generator(_dig(manifest, "claim_generator_info", list)),
        title=clean(manifest.get("title")),
        created=parse_time(_dig(made, "when", str)),
        source_type=_source_type(_dig(made, "digitalSourceType", str)),
        take_id=take_id if TAKE_ID.fullmatch(take_id) else None,
        recipe=recipe,
        mark=mark,
        payload=payload,
        problems=(_problems(content) + problems)[:_MAX_PROBLEMS],
    )


def _recipe(data: object) -> tuple[dict[str, Any], dict[str, Any] | None, tuple[str, ...]]:
    """Our assertion, the recipe in it, and what was wrong with that."""
    if data is None:
        return {}, None, ()
    own = data if isinstance(data, dict) else {}
    recipe = own.get("recipe")
    if not isinstance(recipe, dict):
        return own, None, ("the recipe is not a table",)
    if len(json.dumps(recipe, ensure_ascii=False).encode()) > MAX_RECIPE_BYTES:
        return own, None, (f"a recipe over {MAX_RECIPE_BYTES} bytes is not read",)
    return own, recipe, ()


def _mark(binding: object, own: Mapping[str, Any]) -> tuple[str | None, bytes | None]:
    mark = clean(_dig(binding, "alg", str)) or clean(own.get("mark"))
    blocks = _dig(binding, "blocks", list)
    value = _dig(blocks[0], "value", str) if blocks else ""
    if mark is None or len(value) > 2 * _MAX_PAYLOAD_BYTES:
        return mark, None
    try:
        return mark, base64.b64decode(value, validate=True)
    except ValueError:
        return mark, None


def _generator(infos: list[Any]) -> str | None:
    info = infos[0] if infos else None
    return clean(f"{_dig(info, 'name', str)} {_dig(info, 'version', str)}".strip())


def _source_type(code: str) -> str | None:
    for name, url in SOURCE_TYPES.items():
        if code == url:
            return name
    return clean(code)


def parse_time(text: str) -> datetime | None:
    """Returns an ISO 8601 time in UTC, None if it is not one or lacks its zone."""
    with contextlib.suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    return None


def _problems(content: object) -> tuple[str, ...]:
    results = _dig(_dig(content, "validation_results", dict), "activeManifest", dict)
    codes = [clean(_dig(failure, "code", str)) for failure in _dig(results, "failure", list)]
    return tuple(dict.fromkeys(code for code in codes if code))[:_MAX_PROBLEMS]


def _dig(holder: object, key: str, kind: type[_T]) -> _T:
    """The value under a key if both are what they should be, else an empty value of that kind."""
    value = holder.get(key) if isinstance(holder, dict) else None
    return value if isinstance(value, kind) else kind()
