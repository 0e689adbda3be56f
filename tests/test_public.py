import subprocess
import sys

import pytest

import menura


def test_the_public_names_are_these() -> None:
    assert sorted(menura.__all__) == sorted(menura._HOME)
    assert dir(menura) == menura.__all__
    for name in menura.__all__:
        assert getattr(menura, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = menura.nonsense


def test_importing_menura_loads_nothing_heavy() -> None:
    code = "import sys, menura; print(*(m.partition('.')[0] for m in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    heavy = {"numpy", "scipy", "onnxruntime", "av", "soundfile", "c2pa", "cryptography", "typer"}
    assert not heavy & set(loaded)


def test_rendering_a_marked_and_signed_file_loads_no_scipy(tmp_path) -> None:
    code = (
        "import sys, pathlib, menura\n"
        f"home = pathlib.Path({str(tmp_path)!r})\n"
        "with menura.Studio(menura.Settings(home=home)) as studio:\n"
        "    studio.render(menura.Speech('Hello', voice='nora')).save(home / 'a.wav')\n"
        "print('scipy' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def test_every_error_is_a_menura_error_and_a_builtin() -> None:
    for name in menura.__all__:
        value = getattr(menura, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, menura.MenuraError)
            if value is not menura.MenuraError:
                builtins = (ValueError, LookupError, PermissionError, RuntimeError, OSError)
                assert issubclass(value, builtins)
