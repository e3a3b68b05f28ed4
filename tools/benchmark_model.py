"""How quick the language model is, as ratios measured in one run. Nothing here is compared by a test.

    python -m tools.benchmark_model

In an environment that has torch, transformers and accelerate, too, a text is written by both, turn by turn.
"""
import sys
from importlib.util import find_spec
from time import perf_counter

import numpy as np

from course_lib.fetch import where
from course_lib.language_model import forward, load, spell, tokenize, write

TEXT = "The cat, which sat on the mat, ran away because it was"         # 14 tokens
REPEATS = 5


def seconds(run):
    """Wall time of a call."""
    start = perf_counter()
    run()
    return perf_counter() - start


def quickest(*runs):
    """The quickest of REPEATS of each, turn by turn."""
    return [min(times) for times in zip(*([seconds(run) for run in runs] for _ in range(REPEATS)), strict=True)]


def products(ids, model, dtype):
    """A call that multiplies what `forward` multiplies, and does nothing else."""
    n, d_k = len(ids), model.E_token.shape[-1] // model.n_heads
    X, Q = np.ones((n, model.E_token.shape[-1]), dtype), np.ones((model.n_heads, n, d_k), dtype)
    weights, hidden = np.ones((model.n_heads, n, n), dtype), np.ones((n, model.layers[0].W_up.shape[-1]), dtype)

    def run():
        for layer in model.layers:
            for W in (layer.W_Q, layer.W_K, layer.W_V, layer.W_O, layer.W_gate, layer.W_up):
                X @ W                                                                          # noqa: B018
            hidden @ layer.W_down, Q @ Q.mT, weights @ Q                                       # noqa: B018

    return run


def forward_pass(model):
    """A forward pass against its matrix products alone."""
    ids = tokenize(TEXT, model)
    for dtype in (np.float32, np.float64):
        whole, alone = quickest(lambda: forward(ids, model, dtype=dtype), products(ids, model, dtype))          # noqa: B023
        print(f"forward, {len(ids)} tokens, {dtype.__name__}: {whole * 1000:.0f} ms, its products alone {alone * 1000:.0f} ms: "
              f"ratio {whole / alone:.2f}")


def writing(model, n=40):
    """Milliseconds a token, ours and transformers'."""
    runs, said = [lambda: list(write(TEXT, model, n))], ["course_lib"]
    if find_spec("transformers"):
        import torch
        from transformers import LlamaForCausalLM
        theirs = LlamaForCausalLM.from_pretrained(where().parent, gguf_file=where().name, dtype=torch.float32)
        start = torch.tensor([tokenize(TEXT, model)])
        own = theirs.generate(start, max_new_tokens=n, do_sample=False, attention_mask=torch.ones_like(start))
        assert spell(own[0, start.shape[1]:].tolist(), model) == "".join(write(TEXT, model, n)), "they write another text"
        runs.append(lambda: theirs.generate(start, max_new_tokens=n, do_sample=False, attention_mask=torch.ones_like(start)))
        said.append("transformers")
    times = quickest(*runs)
    print(f"writing {n} tokens: " + ", ".join(f"{name} {time / n * 1000:.0f} ms a token"
                                              for name, time in zip(said, times, strict=True)))


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    start = perf_counter()
    model = load()
    print(f"load {perf_counter() - start:.1f} s")
    forward_pass(model)
    writing(model)
