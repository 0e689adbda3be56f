"""`Facts`: what a converted model says of itself, kept beside its graphs as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from menura.errors import InvalidInput
from menura.runtime.geometry import CodecGeometry, DecoderGeometry

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2
"""Changes whenever the graphs do: what was converted before is then converted again."""
FILE = "facts.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A converted model.

    Attributes:
        weights: precision of the decoder's matrices: `fp32`, `int8` or `int4`.
        codec: its codec's geometry.
        decoder: its language model's geometry; None of a codec alone.
        window_frames: frames of codes the model was trained to write in one go.
        text_tokens: longest prompt.
    """

    weights: str
    codec: CodecGeometry
    decoder: DecoderGeometry | None = None
    window_frames: int = 0
    text_tokens: int = 0

    @property
    def rate(self) -> int:
        """Frames of sound per second, Hz."""
        return self.codec.rate

    @property
    def frame_rate(self) -> float:
        """Frames of codes per second."""
        return self.codec.frame_rate

    @property
    def channels(self) -> int:
        """Channels of the sound it makes: a stereo model codes left and right apart."""
        return self.decoder.channels if self.decoder is not None else self.codec.channels

    @property
    def melody(self) -> bool:
        """Whether it takes a melody."""
        return self.decoder is not None and self.decoder.melody

    def save(self, folder: Path) -> None:
        """Writes the facts into a folder of graphs."""
        values = {"format": FORMAT} | dataclasses.asdict(self)
        (folder / FILE).write_text(json.dumps(values, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Facts:
        """Returns the facts of a folder of graphs.

        Raises:
            InvalidInput: if it holds none, or of another format.
        """
        try:
            values: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
            if values.pop("format") != FORMAT:
                raise InvalidInput("the model was converted by another version: convert it again")
            codec, decoder = values.pop("codec"), values.pop("decoder")
            codec["ratios"] = tuple(codec["ratios"])
            made = None if decoder is None else DecoderGeometry(**decoder)
            return cls(**values, codec=CodecGeometry(**codec), decoder=made)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, InvalidInput):
                raise
            raise InvalidInput("the model is not converted, or its facts are damaged") from error
