"""Verify: what can be said about where a sound file comes from, layer by layer."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.audio import files
from menura.audio.limits import Limits
from menura.audio.tags import RECIPE
from menura.errors import InvalidRecipe, NotFound, StorageFailed
from menura.safeguards.authority import Authority
from menura.safeguards.manifest import read as read_manifest
from menura.safeguards.provenance import sidecar_path
from menura.safeguards.remarks import Remarks
from menura.safeguards.watermark import detect
from menura.tasks import canonical, hide_prompts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from menura.archive import Archive
    from menura.audio import Audio
    from menura.safeguards.manifest import Manifest, State
    from menura.safeguards.watermark import Detection
    from menura.settings import Settings

MAX_SIDECAR_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFinding:
    """What the signed record says.

    Attributes:
        state: `trusted` = intact and signed by an authority this install trusts, `valid` =
            intact but the signer is unknown here, `invalid` = altered or broken, `absent`.
        issuer: the signer's name, as far as the record tells.
        fingerprint: SHA-256 of the signing certificate, hex.
    """

    state: State
    issuer: str | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFinding:
    """What the watermark says.

    Attributes:
        found: None = too short or too quiet to tell, or 1e-6 <= p < 1e-3, which is neither.
        p: at most this likely is a score as high with any other key, the whole search counted.
        payload: the take's id, 12 hex digits; None if it could not be read.
        spans: where the mark is, in seconds.
    """

    found: bool | None
    p: float | None
    payload: str | None
    spans: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The answer about one file.

    Attributes:
        mark: what the watermark says.
        manifest: what the signed record says.
        take: id, engine, version, time and task, from the signed record or from this install's
            archive; None if neither knows.
        notes: what a person should know besides, one line each.
    """

    mark: MarkFinding
    manifest: ManifestFinding
    take: Mapping[str, Any] | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Returns plain JSON values."""
        return {
            "mark": {
                "found": self.mark.found,
                "p": self.mark.p,
                "payload": self.mark.payload,
                "spans": [[round(a, 3), round(b, 3)] for a, b in self.mark.spans],
            },
            "manifest": {
                "state": self.manifest.state,
                "issuer": self.manifest.issuer,
                "fingerprint": self.manifest.fingerprint,
            },
            "take": None if self.take is None else dict(self.take),
            "notes": list(self.notes),
        }


def verify(
    path: Path,
    settings: Settings,
    archive: Archive,
    keys: Sequence[bytes],
    *,
    thorough: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Verification:
    """Returns what the layers of a file say, and how they fit together.

    Args:
        path: a sound file.
        settings: limits on what is read, and whom to trust.
        archive: this install's log, asked about the payload of a mark.
        keys: watermark keys to look for.
        thorough: search the mark at every combination of speed and pitch.
        progress: called now and then with the share that is done, 0 to 1.

    Raises:
        NotFound: if there is no such file.
        InvalidAudio: if it is no sound that can be read.
    """
    sound = files.blocks(path, Limits.of(settings))
    if progress is not None:
        length_s = files.probe(path, Limits.of(settings)).duration_s
        sound = _counted(sound, length_s, progress)
    detection = detect(sound, keys, thorough=thorough)
    manifest, notes = _read_manifest(path, settings)
    mark = _mark(detection)
    take, more = _find_take(mark, manifest, archive)
    streamed = bool(take["streamed"]) if take is not None else None
    if mark.found and manifest.state == "absent" and take is None:
        streamed = _says_streamed(path, settings)
    remarks = Remarks(
        found=mark.found,
        p=mark.p,
        payload=mark.payload,
        manifest=manifest.state,
        take=take,
        streamed=streamed,
        thorough=thorough,
    )
    return Verification(
        mark=mark,
        manifest=ManifestFinding(
            state=manifest.state, issuer=manifest.issuer, fingerprint=manifest.fingerprint
        ),
        take=take,
        notes=(*notes, *more, *remarks.lines()),
    )


def _counted(
    blocks: Iterable[Audio], length_s: float | None, progress: Callable[[float], None]
) -> Iterator[Audio]:
    """Passes the blocks on and tells how much of the sound they are."""
    heard_s = 0.0
    for block in blocks:
        yield block
        heard_s += block.duration_s
        progress(min(1.0, heard_s / length_s) if length_s else 0.0)


def read_recipe(
    path: Path, settings: Settings, archive: Archive, keys: Sequence[bytes]
) -> Mapping[str, Any]:
    """Returns the recipe behind a file: from its signed manifest, its tags, or our own archive.

    The archive is asked for the id that the mark carries, which outlives manifest and tags.

    It is a stranger's text: whoever uses it has to check it as a task.

    Raises:
        NotFound: if there is no such file.
        InvalidAudio: if it is no sound that can be read.
        InvalidRecipe: if it leads to no recipe, or to one that cannot be read.
    """
    manifest, _ = _read_manifest(path, settings)
    if manifest.state in {"trusted", "valid"} and manifest.recipe is not None:
        return _completed(manifest.recipe, manifest.take_id, archive)
    tags = files.probe(path, Limits.of(settings)).tags
    if tag := tags.get(RECIPE):
        return _completed(_tagged_recipe(path, tag), tags.get("MENURA_TAKE"), archive)
    payload = detect(files.blocks(path, Limits.of(settings)), keys).payload
    if payload is not None:
        with contextlib.suppress(NotFound):
            return archive.get(payload.hex()).recipe
    raise InvalidRecipe(
        f"{path.name} leads to no recipe: it holds none, and no take that this install made is "
        "marked in it"
    )


def _completed(
    recipe: Mapping[str, Any], take_id: str | None, archive: Archive
) -> Mapping[str, Any]:
    """Returns the recipe with the prompts that were left out of the file, if our log has them."""
    try:
        logged = archive.get(take_id or "").recipe
        hidden = {**logged, "task": hide_prompts(logged["task"])}
        # Only the prompts may come from the log: all else, and their hashes, must agree.
        return logged if canonical(hidden) == canonical(recipe) else recipe
    except (NotFound, KeyError, TypeError, ValueError):
        return recipe


def _says_streamed(path: Path, settings: Settings) -> bool | None:
    """Returns whether a file was streamed, by its tags, which anybody can write; None = untold."""
    tag = files.probe(path, Limits.of(settings)).tags.get(RECIPE)
    with contextlib.suppress(InvalidRecipe):
        return None if tag is None else _tagged_recipe(path, tag).get("delivery") == "stream"
    return None


def _tagged_recipe(path: Path, text: str) -> Mapping[str, Any]:
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRecipe(f"{path.name} holds a recipe that is not valid JSON") from error
    if not isinstance(recipe, dict):
        raise InvalidRecipe(f"{path.name} holds a recipe that is not an object")
    return recipe


def _read_manifest(path: Path, settings: Settings) -> tuple[Manifest, tuple[str, ...]]:
    """Reads the record inside the file or, where there is none, the one beside it."""
    anchors = Authority.known_anchors(settings)
    inside = read_manifest(path, anchors)
    beside = sidecar_path(path)
    if inside.state != "absent":
        return inside, ()
    try:
        if not beside.is_file():
            return inside, ()
        if beside.stat().st_size > MAX_SIDECAR_BYTES:
            return inside, (f"{beside.name} is too large to be a manifest and was not read",)
        sidecar = beside.read_bytes()
    except OSError as error:
        return inside, (f"{beside.name} cannot be read: {error.strerror}",)
    return read_manifest(path, anchors, sidecar), (f"the manifest is in {beside.name}",)


def _mark(detection: Detection) -> MarkFinding:
    return MarkFinding(
        found=detection.found,
        p=detection.p,
        payload=None if detection.payload is None else detection.payload.hex(),
        spans=detection.spans,
    )


def _find_take(
    mark: MarkFinding, manifest: Manifest, archive: Archive
) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """Returns what is known of the take, from the manifest or from this install's archive."""
    if manifest.state in {"trusted", "valid"} and manifest.take_id is not None:
        made = None if manifest.created is None else manifest.created.isoformat()
        recipe = manifest.recipe
        return _take(manifest.take_id, made, recipe, "manifest"), manifest.problems
    if mark.found and mark.payload is not None:
        try:
            entry = archive.get(mark.payload)
        except NotFound:
            return None, ("the mark names a take that this install did not make",)
        except StorageFailed as error:
            return None, (f"the take behind the mark is not known: {error}",)
        return _take(entry.id, entry.made_at, entry.recipe, "archive"), ()
    return None, ()


def _take(
    take_id: str, made_at: str | None, recipe: Mapping[str, Any] | None, source: str
) -> Mapping[str, Any]:
    known = recipe or {}
    task = known.get("task")
    return {
        "id": take_id,
        "made_at": made_at,
        "kind": task.get("kind") if isinstance(task, dict) else None,
        "menura": known.get("menura"),
        "engines": known.get("engines"),
        "marking": known.get("marking"),
        "source": source,
        "streamed": known.get("delivery") == "stream",
        "recipe": recipe,
    }
