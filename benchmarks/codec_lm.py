"""Measures the codec language model at full geometry, with random weights.

    OMP_NUM_THREADS=2 .venv/bin/python benchmarks/codec_lm.py
    ... --drift
    ... --size medium --steps 1500 --rounds 3 --threads 2 --engines int8 int4 fp32 bf16
    ... --models FOLDER   # keeps the converted models there, and uses those it finds

Steps a second with guidance and sampling, time to load, peak memory, text encoder and codec, and
the share of what memory would allow. `int8` and `int4` are ours; `fp32` and `bf16` are transformers
(if torch is there). Each engine lives in a process of its own, and they take turns, so that a
machine that grows busy slows all of them. Weights are random: speed does not hang on them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from menura.runtime.checkpoint import Checkpoint
from menura.runtime.codec_lm import CodecLm
from menura.runtime.converting import write
from menura.runtime.geometry import codec_geometry, decoder_geometry, text_geometry
from menura.runtime.sampling import Sampling
from menura.runtime.session import Machine
from menura.runtime.source import Source

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from numpy.typing import NDArray

# transformers: convert_musicgen_transformers.py (decoder sizes), t5-base and encodec_32khz configs.
TEXT: dict[str, Any] = {"num_layers": 12, "d_model": 768, "num_heads": 12, "d_ff": 3072}
CODEC: dict[str, Any] = {
    "sampling_rate": 32_000,
    "num_filters": 64,
    "upsampling_ratios": [8, 5, 4, 4],
    "codebook_size": 2048,
    "use_causal_conv": False,
    "use_conv_shortcut": False,
    "target_bandwidths": [2.2],
}
SIZES: dict[str, dict[str, Any]] = {
    "small": {"num_hidden_layers": 24, "hidden_size": 1024, "ffn_dim": 4096},
    "medium": {
        "num_hidden_layers": 48,
        "hidden_size": 1536,
        "ffn_dim": 6144,
        "num_attention_heads": 24,
    },
}
PROMPT = "a calm piano piece with soft strings and a slow beat, recorded in a small warm room"
WORDS = PROMPT.replace(",", "").split()
OURS = ("int8", "int4")


class RandomWeights(Checkpoint):
    """A checkpoint of any geometry: its tensors are drawn when they are asked for."""

    def __init__(self) -> None:
        super().__init__([])
        self._rng = np.random.default_rng(0)

    def __contains__(self, name: object) -> bool:
        return str(name).endswith("conv.weight") or "shared" in str(name)

    def tensor(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Returns random values; norms are ones."""
        if "norm" in name:
            return (np.ones if name.endswith("weight") else np.zeros)(shape, np.float32)
        values = self._rng.standard_normal(shape, np.float32)
        values *= np.float32(0.05 if "conv" in name else 0.02)
        return values


def main() -> None:
    """Prints the table."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("--size", choices=SIZES, default="small")
    asked.add_argument("--steps", type=int, default=200)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--threads", type=int, default=2)
    asked.add_argument("--engines", nargs="*", default=["int8", "int4", "fp32", "bf16"])
    asked.add_argument("--drift", action="store_true", help="what windows do to a long piece")
    asked.add_argument("--models", type=Path)
    options = asked.parse_args()
    if options.drift:
        from codec_lm_drift import measure_drift

        measure_drift()
        return
    print(f"load average before: {os.getloadavg()[0]:.1f}; {options.threads} threads")
    bandwidth = _bandwidth()
    print(f"memory read by two threads: {bandwidth / 1e9:.1f} GB/s")
    with tempfile.TemporaryDirectory() as folder:
        _measure(options, options.models or Path(folder), bandwidth)
    print(f"load average after: {os.getloadavg()[0]:.1f}")


def _measure(options: argparse.Namespace, folder: Path, bandwidth: float) -> None:
    context = multiprocessing.get_context("spawn")
    running = {}
    for engine in options.engines:
        if engine in OURS:
            _converted(folder / engine, options.size, engine)
        ours, theirs = context.Pipe()
        target = _run_ours if engine in OURS else _run_transformers
        child = context.Process(
            target=target, args=(theirs, engine, folder / engine, options.size, options.threads)
        )
        child.start()
        facts = ours.recv()
        print(f"{engine}: {facts}")
        if "missing" not in facts:
            running[engine] = (ours, child)
    rates: dict[str, list[float]] = {engine: [] for engine in running}
    for number in range(options.rounds):
        for engine, (pipe, _) in running.items():
            pipe.send(options.steps)
            rates[engine].append(pipe.recv())
            print(f"round {number + 1} {engine}: {rates[engine][-1]:.1f} steps/s", flush=True)
    print("| engine | steps/s | times fp32 | of the roofline | peak MB |\n|---|---|---|---|---|")
    slowest = statistics.median(rates["fp32"]) if "fp32" in rates else float("nan")
    for engine, (pipe, child) in running.items():
        pipe.send(0)
        peak = pipe.recv()
        child.join()
        rate = statistics.median(rates[engine])
        share = "-"
        if engine in OURS:
            read = _bytes_per_step(folder / engine, options)
            share = f"{rate * read / bandwidth:.0%} of {read / 1e6:.0f} MB/step"
        print(f"| {engine} | {rate:.1f} | {rate / slowest:.1f} | {share} | {peak:.0f} |")


def _converted(folder: Path, size: str, weights: Any) -> None:
    if (folder / "facts.json").exists():
        return
    text = text_geometry(TEXT)
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    source = Source(
        checkpoint=RandomWeights(),
        codec=codec_geometry(CODEC),
        codec_prefix="audio_encoder.",
        text=text,
        decoder=decoder_geometry(SIZES[size], text_width=text.width),
        window_frames=1500,
        text_tokens=512,
        tokenizer=_tokenizer(folder.with_suffix(".json")),
    )
    write(source, folder, weights, lambda _: None, None)
    megabytes = sum(p.stat().st_size for p in folder.iterdir()) / 1e6
    print(f"{weights}: converted in {time.perf_counter() - began:.1f} s, {megabytes:.0f} MB")


def _tokenizer(path: Path) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(sorted({"<unk>", *WORDS}))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path))
    return path


def _run_ours(pipe: Connection, engine: str, folder: Path, _: str, threads: int) -> None:
    began = time.perf_counter()
    model = CodecLm.open(folder, Machine(threads=threads))
    loaded_s = time.perf_counter() - began
    began = time.perf_counter()
    model.writer.conditioner.conditions([PROMPT], None, guided=True)
    text_s = time.perf_counter() - began
    codes = np.random.default_rng(0).integers(0, 2048, (4, 500))
    from menura.runtime.codes import Codes, Segment

    began = time.perf_counter()
    sound = model.codec.decode(Codes((Segment(codes, 1.0),), 32_000, 320_000))
    codec_rt = sound.duration_s / (time.perf_counter() - began)
    pipe.send(f"loads in {loaded_s:.2f} s, text in {text_s:.3f} s, codec {codec_rt:.1f}x real time")
    while steps := pipe.recv():
        began, first = time.perf_counter(), 0.0
        for _block in model.generate([PROMPT], seconds=steps / 50, seeds=[1], options=Sampling()):
            first = first or time.perf_counter() - began
        print(f"  {engine}: first block after {first:.2f} s", flush=True)
        pipe.send(steps / (time.perf_counter() - began))
    pipe.send(_peak_mb())


def _run_transformers(pipe: Connection, engine: str, _: Path, size: str, threads: int) -> None:
    try:
        import torch
        from transformers import (
            EncodecConfig,
            MusicgenConfig,
            MusicgenDecoderConfig,
            MusicgenForConditionalGeneration,
            T5Config,
        )
    except ImportError:
        pipe.send("missing: torch and transformers are not installed")
        return
    torch.set_num_threads(threads)
    config = MusicgenConfig(
        text_encoder=T5Config(**TEXT).to_dict(),
        audio_encoder=EncodecConfig(**CODEC).to_dict(),
        decoder=MusicgenDecoderConfig(**SIZES[size]).to_dict(),
    )
    kind = torch.float32 if engine == "fp32" else torch.bfloat16
    network: Any = MusicgenForConditionalGeneration(config)
    model = network.to(kind).eval()
    model.generation_config.decoder_start_token_id = 2048
    model.generation_config.pad_token_id = 2048
    tokens = torch.arange(3, 3 + len(WORDS) + 1)[None]
    pipe.send("ready")
    while steps := pipe.recv():
        began = time.perf_counter()
        with torch.no_grad():
            model.generate(
                input_ids=tokens,
                attention_mask=torch.ones_like(tokens),
                do_sample=True,
                top_k=250,
                guidance_scale=3.0,
                max_new_tokens=steps,
            )
        pipe.send(steps / (time.perf_counter() - began))
    pipe.send(_peak_mb())


def _bytes_per_step(folder: Path, options: argparse.Namespace) -> int:
    """Returns what one step reads: all weights but the embeddings, and half of the final cache."""
    decoder = decoder_geometry(SIZES[options.size], text_width=768)
    tables = 4 * decoder.width * (decoder.codebooks * (decoder.vocabulary + 2) + decoder.positions)
    cache = 2 * 2 * decoder.layers * decoder.width * options.steps // 2
    return int((folder / "step.weights").stat().st_size - tables + cache)


def _bandwidth() -> float:
    """Returns bytes a second that two threads read from memory, the best of five."""
    halves = [np.ones(2**26, np.float32) for _ in range(2)]

    def read(values: NDArray[np.float32]) -> None:
        values.max()  # releases the lock, and does nothing but read

    rates = []
    for _ in range(5):
        threads = [threading.Thread(target=read, args=(half,)) for half in halves]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rates.append(2 * halves[0].nbytes / (time.perf_counter() - began))
    return max(rates)


def _peak_mb() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
