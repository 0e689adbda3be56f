"""`Delivery`: one performance, sentence by sentence, as the network says them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from menura.audio import Audio
from menura.engines.speech.formant.timing import reached, words
from menura.engines.speech.landmarks import Landmarks
from menura.engines.speech.neural.symbols import parted
from menura.engines.speech.neural.timing import joined, part
from menura.engines.speech.speaking import said_chars, speak
from menura.errors import EngineFailed
from menura.espeak.utterance import Utterance
from menura.text.chunks import BREATH_PAUSE_S
from menura.text.script import Mark, Pause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from menura.engines.base import Performance
    from menura.engines.speech.neural.network import Network
    from menura.engines.speech.passage import Passage
    from menura.engines.speech.speaking import Spoken
    from menura.espeak.pool import Pool
    from menura.espeak.utterance import Rendering
    from menura.runtime.noise import Noise
    from menura.runtime.speech_graph import SpeechGraph
    from menura.text.chunks import Chunk
    from menura.text.prosody import Style

LEAD_S, TAIL_S = 0.02, 0.08
TOLD = "durations of the network"
SPREAD = "phonemes of the front end, spread between onset and end of each sentence"
"""Where the times of words come from."""


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """What is to be said, and by what.

    Attributes:
        network: the model.
        lend: lends its graph for a `with` block.
        items: the text.
        speed: factor on the pace.
        speeds: the slowest and the fastest that the network has.
        pauses: factor on the pauses of punctuation.
        noise: of this performance.
        performance: gets captions, progress and measures while the blocks are taken.
    """

    network: Network
    lend: Callable[[], AbstractContextManager[SpeechGraph]]
    items: Sequence[Passage | Pause | Mark]
    speed: float
    speeds: tuple[float, float]
    pauses: float
    noise: Noise
    performance: Performance
    _missing: dict[str, None] = field(default_factory=dict)

    def blocks(self, pool: Pool) -> Iterator[Audio]:
        """Yields the sound.

        Args:
            pool: tells how the text is pronounced.
        """
        performance, rate = self.performance, self.network.rate
        landmarks = Landmarks(performance, rate)
        total, done = said_chars(self.items), 0
        sound = Audio.silence(LEAD_S, rate)
        frames = sound.frames
        yield sound
        for item in speak(pool, self.items, _utterance, apart=True):
            if isinstance(item, Mark):
                landmarks.reach(item, frames)
                continue
            if isinstance(item, Pause):
                sounds = [Audio.silence(item.seconds, rate)]
            else:
                heard = self._say(item)
                performance.captions += words(heard, item.chunk, item.passage, frames)
                landmarks.note(reached(heard, item.chunk, item.passage, frames))
                done += len(item.chunk.text)
                performance.progress = done / total
                style = _style(item.passage, item.chunk)
                pause_s = item.chunk.pause_after_s * self.pauses / self._pace(style)
                sounds = [
                    Audio(heard.samples[np.newaxis], rate).scaled(style.volume_db),
                    Audio.silence(pause_s, rate),
                ]
            for sound in sounds:
                frames += sound.frames
                yield sound
        sound = Audio.silence(TAIL_S, rate)
        yield sound
        if "word_times" not in performance.measured:
            raise EngineFailed(
                "the model knows none of the sounds of this text: take another voice"
            )
        if self._missing:
            performance.ignored.append(
                f"sounds that the model does not know, left out: {' '.join(self._missing)[:80]}"
            )
        landmarks.finish(frames + sound.frames)

    def _say(self, spoken: Spoken) -> Rendering:
        """Returns a chunk as the network says it, with the front end's events where they are."""
        network, passage, chunk = self.network, spoken.passage, spoken.chunk
        style = _style(passage, chunk)
        symbols = network.spell(spoken.rendering, chunk.worded, passage.language)
        parts = []
        for symbols_once in parted(symbols, network.limit, network.size):
            tokens = network.tokens(symbols_once)
            self._missing |= tokens.missing
            with self.lend() as graph:
                feeds = network.feeds(tokens, passage.voice, self._pace(style), graph.inputs)
                speech = graph.speak(feeds, len(tokens.ids), self.noise)
                repeatable = graph.repeatable
            parts.append(part(speech, tokens.events, spoken.rendering, network.rate))
            measured = self.performance.measured
            measured["word_times"] = TOLD if parts[-1].told else SPREAD
            measured["repeatable"] = repeatable
        gap_s = BREATH_PAUSE_S * self.pauses / self._pace(style)
        return joined(parts, gap_s, spoken.rendering, network.rate)

    def _pace(self, style: Style) -> float:
        low, high = self.speeds
        return min(max(self.speed * style.rate, low), high)


def _style(passage: Passage, chunk: Chunk) -> Style:
    """Returns the manner of a chunk that is all said in one."""
    first = len(chunk.text) - len(chunk.text.lstrip())
    return passage.piece_at(chunk.start_char + first).style


def _utterance(passage: Passage, chunk: Chunk) -> Utterance:
    return Utterance(
        text=chunk.worded,
        phonemes=passage.phonemes(chunk.start_char, chunk.start_char + len(chunk.text)),
        language=passage.language,
    )
