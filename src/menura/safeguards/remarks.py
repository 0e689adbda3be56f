"""`Remarks`: what a person should know about the layers of a file together, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from menura.safeguards.manifest import State

SUSPICIOUS_P = 1e-3
"""Below this, a mark that is not sure to be there is worth a second look."""
_HARDER = "--thorough searches every speed with every pitch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What is found, to be remarked on.

    Attributes:
        found: whether there is a mark; None = nobody can tell.
        p: of the mark, as `verify.MarkFinding` has it.
        payload: of the mark, or None.
        manifest: state of the signed record.
        take: what is known of the take, or None.
        streamed: whether the take was streamed, as far as is known: by its recipe or, where that
            is not known, by the file's tags; None = nothing says so.
        thorough: whether the mark was searched at every speed with every pitch.
    """

    found: bool | None
    p: float | None
    payload: str | None
    manifest: State
    take: Mapping[str, Any] | None
    streamed: bool | None
    thorough: bool

    @property
    def _signed(self) -> bool:
        return self.manifest in {"trusted", "valid"}

    def lines(self) -> tuple[str, ...]:
        """Returns the remarks in order."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        found = self.found
        if self.manifest == "invalid":
            yield "the file or its manifest was changed after signing"
        if self.manifest == "absent" and found:
            yield f"marked as generated; {self._without_manifest()}"
        if self._signed and found is False:
            unmarked = self.take is not None and self.take["marking"] is False
            yield "made with marking switched off" if unmarked else self._lost()
        if self.take is not None and self.payload not in {None, self.take["id"]}:
            yield "the mark and the manifest name different takes"
        if found is None:
            yield self._unsure()
        if self._signed and not found:
            yield "the signed manifest marks the file as generated"
        if found is False and self.manifest == "absent":
            yield "no trace of menura; that does not show that the sound was not generated"
            if not self.thorough:
                yield f"a mark in a sound that was changed much may be missed: {_HARDER}"
        if found:
            yield "the mark shows that the sound was generated, not who made it"

    def _without_manifest(self) -> str:
        """Returns why a file that is marked may have no manifest: a stream has none in itself."""
        if self.streamed is False:
            return "the signed manifest was removed or never survived"
        if self.streamed is None:
            return (
                "there is no signed manifest: it was removed or never survived, or the sound was "
                "streamed, and the archive of the install that made it has the manifest"
            )
        if self.take is not None:
            return "it was streamed: its signed manifest is in this archive"
        return (
            "by its tags it was streamed: the signed manifest is in the archive of the install "
            "that made it, as it is of every stream"
        )

    def _lost(self) -> str:
        return "signed, but the mark is not found" + ("" if self.thorough else f": {_HARDER}")

    def _unsure(self) -> str:
        if self.p is None or self.p >= SUSPICIOUS_P:
            return "too short or too quiet to tell whether the sound is marked"
        harder = "a longer piece" if self.thorough else "--thorough, or a longer piece"
        return f"there may be a mark, too weak to be sure: try {harder}"
