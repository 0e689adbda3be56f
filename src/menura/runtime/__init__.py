"""Running neural networks: ONNX Runtime sessions, graphs, codec language models, a pool.

Nothing here needs torch. A checkpoint (`checkpoint.py`) is converted once (`converting.py`) into
graphs of our own (`t5.py`, `decoder.py`, `encodec.py`, written with `graph.py`), and is run from
then on by `codec_lm.py` and `codec.py`. `pool.py` keeps what is loaded within a budget.
"""
