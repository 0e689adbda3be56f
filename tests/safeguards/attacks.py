"""What happens to sound on its way: codecs, filters, cuts, changes of speed, pitch and tempo."""

from __future__ import annotations

import io

import numpy as np

from menura.audio import Audio


def mp3(audio: Audio, kbps: int) -> Audio:
    """Through LAME and back."""
    import lameenc
    import soundfile

    encoder = lameenc.Encoder()
    encoder.set_bit_rate(kbps)
    encoder.set_in_sample_rate(audio.rate)
    encoder.set_channels(audio.channels)
    encoder.set_quality(7)
    encoder.silence()
    pcm = np.clip(audio.samples.T * 32767, -32768, 32767).astype("<i2")
    data = encoder.encode(pcm.tobytes()) + encoder.flush()
    samples, rate = soundfile.read(io.BytesIO(bytes(data)), dtype="float32", always_2d=True)
    return Audio(np.ascontiguousarray(samples.T), rate)


def opus(audio: Audio, kbps: int) -> Audio:
    """Through Opus at 48 kHz and back."""
    import av

    wide = resampled(audio, 48_000)
    buffer = io.BytesIO()
    layout = "mono" if wide.channels == 1 else "stereo"
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout=layout)
        stream.bit_rate = kbps * 1000
        for start in range(0, wide.frames, 960):
            block = np.ascontiguousarray(wide.samples[:, start : start + 960].T.reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout=layout)
            frame.sample_rate = 48_000
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as container:
        resampler = av.AudioResampler(format="fltp", layout=layout, rate=48_000)
        pieces = [
            piece.to_ndarray()
            for frame in container.decode(audio=0)
            for piece in resampler.resample(frame)
        ]
    return Audio(np.concatenate(pieces, axis=1).astype(np.float32), 48_000)


def resampled(audio: Audio, rate: int) -> Audio:
    """At another rate."""
    import soxr

    samples = soxr.resample(np.ascontiguousarray(audio.samples.T), audio.rate, rate)
    return Audio(np.ascontiguousarray(samples.T, dtype=np.float32), rate)


def high_passed(audio: Audio, corner_hz: float) -> Audio:
    """Without what lies below the corner; 24 dB per octave."""
    return _filtered(audio, lambda f: 1 / np.sqrt(1 + (corner_hz / np.maximum(f, 1)) ** 8))


def low_passed(audio: Audio, corner_hz: float) -> Audio:
    """Without what lies above the corner; 24 dB per octave."""
    return _filtered(audio, lambda f: 1 / np.sqrt(1 + (f / corner_hz) ** 8))


def noisy(audio: Audio, snr_db: float) -> Audio:
    """With white noise."""
    noise = np.random.default_rng(7).normal(0, 1, audio.samples.shape)
    noise *= np.sqrt(np.mean(audio.samples**2)) * 10 ** (-snr_db / 20)
    return Audio(audio.samples + noise.astype(np.float32), audio.rate)


def sped(audio: Audio, factor: float) -> Audio:
    """Played `factor` times as fast, pitch and all."""
    import soxr

    samples = soxr.resample(np.ascontiguousarray(audio.samples.T), audio.rate, audio.rate / factor)
    return Audio(np.ascontiguousarray(samples.T, dtype=np.float32), audio.rate)


def stretched(audio: Audio, factor: float) -> Audio:
    """`factor` times as long at the same pitch: a plain phase vocoder, 2,048 by 512."""
    size, hop = 2048, 512
    window = np.hanning(size + 1)[:-1]
    channels = []
    for channel in audio.samples.astype(np.float64):
        padded = np.pad(channel, size)
        last = len(padded) - size - hop
        starts = (np.arange(0, last, hop / factor)).astype(int)
        here = np.fft.rfft(np.stack([padded[s : s + size] for s in starts]) * window)
        ahead = np.fft.rfft(np.stack([padded[s + hop : s + hop + size] for s in starts]) * window)
        turns = np.angle(ahead) - np.angle(here)
        phases = np.concatenate([np.angle(here[:1]), turns[:-1]]).cumsum(axis=0)
        waves = np.fft.irfft(np.abs(here) * np.exp(1j * phases), size) * window
        out = np.zeros(len(starts) * hop + size)
        for index, wave in enumerate(waves):
            out[index * hop : index * hop + size] += wave / 1.5
        channels.append(out[round(size * factor) :][: round(audio.frames * factor)])
    return Audio(np.stack(channels).astype(np.float32), audio.rate)


def pitched(audio: Audio, cents: float) -> Audio:
    """Higher by `cents` in the same time: stretched, then played faster."""
    factor = 2 ** (cents / 1200)
    return sped(stretched(audio, factor), factor)


def panned(audio: Audio) -> Audio:
    """To the left: two channels, the right one quieter by half."""
    left = audio.samples[:1]
    return Audio(np.concatenate([left, 0.5 * left]), audio.rate)


def cropped(audio: Audio, start_s: float, length_s: float) -> Audio:
    """A piece of it."""
    start = round(start_s * audio.rate)
    return audio.slice(start, start + round(length_s * audio.rate))


def _filtered(audio: Audio, response) -> Audio:
    frequencies_hz = np.fft.rfftfreq(audio.frames, 1 / audio.rate)
    spectrum = np.fft.rfft(audio.samples) * response(frequencies_hz)
    return Audio(np.fft.irfft(spectrum, audio.frames).astype(np.float32), audio.rate)
