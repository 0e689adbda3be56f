import itertools

import menura
from menura.engines.base import BLOCK_FRAMES
from menura.studio import Studio
from menura.studio.stream import AT_ONCE


def test_a_stream_goes_in_small_steps_first_and_in_large_ones_then(studio: Studio) -> None:
    stream = studio.stream(menura.Effect("heavy rain", duration_s=6.0, seed=1))
    frames = [block.frames for block in stream]
    passed = list(itertools.accumulate(frames))
    # What limiter and mark hold back is missing from the first, and follows with the last.
    early = [count for count, end in zip(frames, passed, strict=True) if end < stream.rate // 2]
    assert 0 < max(early) < 1.2 * BLOCK_FRAMES
    assert max(frames) > (AT_ONCE - 1) * BLOCK_FRAMES
    assert sum(frames) == 6 * stream.rate
