from __future__ import annotations

import numpy as np
import pytest

from menura.errors import InvalidInput
from menura.safeguards.watermark import PAYLOAD_BYTES, PERIOD_S, PUBLIC_KEY
from menura.safeguards.watermark.code import decode, encode
from menura.safeguards.watermark.layout import (
    LAYOUT,
    chip_of_cell,
    chip_sums,
    expand,
    shape_of_cell,
)

PAYLOAD = b"lyre\x00\xff"


def test_constants_agree_with_the_grid() -> None:
    assert LAYOUT.period_s == pytest.approx(PERIOD_S)
    assert LAYOUT.chips == 840
    assert len(encode(bytes(PAYLOAD_BYTES))) == LAYOUT.payload_chips


def test_every_chip_is_balanced_in_time_and_frequency() -> None:
    chips, shape = chip_of_cell(), shape_of_cell()
    for chip in range(LAYOUT.chips):
        cells, bands = np.nonzero(chips == chip)
        signs = shape[cells, bands]
        assert len(signs) in (4, 8)
        for axis in (cells, bands):
            half = axis < (axis.min() + axis.max() + 1) / 2
            assert signs.sum() == 0
            assert abs(signs[half].sum()) == 0
    assert len(np.unique(chips)) == LAYOUT.chips


def test_a_chip_is_read_back_from_its_cells() -> None:
    word = encode(PAYLOAD)
    keyed = expand(PUBLIC_KEY)
    sums = chip_sums(keyed.pattern(word)) * keyed.signs
    assert (np.sign(sums[keyed.payload]) == word).all()
    pilot = np.setdiff1d(np.arange(LAYOUT.chips), keyed.payload)
    assert (sums[pilot] > 0).all()
    assert chip_sums(keyed.pilot())[keyed.payload] == pytest.approx(0)


def test_keys_make_unrelated_patterns() -> None:
    one, other = expand(b"k" * 16).pilot(), expand(b"k" * 17).pilot()
    agreement = (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())
    assert abs(agreement) < 0.15
    assert (expand(b"k" * 16).pilot() == one).all()


@pytest.mark.parametrize(
    ("key", "fits"),
    [
        (b"x" * 16, True),
        (b"x" * 1024, True),
        (b"x" * 15, False),
        (b"x" * 1025, False),
        ("x" * 20, False),
    ],
)
def test_keys_have_16_to_1024_bytes(key: bytes, fits: bool) -> None:
    if fits:
        assert expand(key).signs.shape == (LAYOUT.chips,)
    else:
        with pytest.raises(InvalidInput, match="16 to 1024 bytes"):
            expand(key)


@pytest.mark.parametrize("noise", [0.0, 0.8, 1.2])
def test_the_code_corrects_noise(noise: float) -> None:
    rng = np.random.default_rng(1)
    soft = encode(PAYLOAD) + noise * rng.normal(0, 1, LAYOUT.payload_chips)
    decoded = decode(soft)
    assert decoded is not None
    assert decoded[0] == PAYLOAD


def test_the_code_corrects_a_fifth_of_wrong_signs() -> None:
    word = encode(PAYLOAD)
    word[np.random.default_rng(2).permutation(word.size)[: word.size // 5]] *= -1
    decoded = decode(word)
    assert decoded is not None
    assert decoded[0] == PAYLOAD


def test_the_checksum_refuses_what_is_no_word() -> None:
    rng = np.random.default_rng(3)
    assert [decode(rng.normal(0, 1, LAYOUT.payload_chips)) for _ in range(20)] == [None] * 20


@pytest.mark.parametrize("payload", [b"", b"12345", b"1234567", "123456"])
def test_a_payload_is_six_bytes(payload: bytes) -> None:
    with pytest.raises(InvalidInput, match="6 bytes"):
        encode(payload)
