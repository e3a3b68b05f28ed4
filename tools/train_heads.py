"""Train what notebooks 04, 05 and 09 show, and write it to course_lib/learned.npz: `python -m tools.train_heads` (some minutes).

Everything follows from seeds, so a second run on the same machine writes the same bytes. On another machine the last digits of
float32 may differ, and so may, by the end of a training, the heads: the notebook's numbers come from the file that is shipped.
"""
import sys
from pathlib import Path

import numpy as np

from course_lib.learning import forward, measure, repeated_words, start, train

DATA = Path(__file__).parent.parent / "course_lib" / "learned.npz"
SEED, N_STEPS, STEPS = 1, 2000, (0, 100, 150, 200, 400, 800, 2000)
MODELS = {      # the two layers of the lesson, and what is changed: (for `start`, for `forward`)
    "two layers": ({}, {}), "one layer": ({"n_layers": 1}, {}), "no residual": ({}, {"residual": False}),
    "no norm": ({}, {"norm": False}), "no mask": ({}, {"causal": False}), "with MLP": ({"d_hidden": 64}, {}),
    "handed the previous letter": ({"n_layers": 1, "previous": True}, {})}
DIVIDED = {         # heads whose queries and keys have 256 components: (for `train`, what multiplies W_Q and W_K at the start)
    "1": ({"divisor": 1}, (1, 1)), "16": ({"divisor": 16}, (1, 1)), "256": ({"divisor": 256}, (1, 1)),
    "1, small start": ({"divisor": 1}, (1 / 16, 1)),
    "1, small steps": ({"divisor": 1, "rate": 5e-4}, (1, 1)),
    "1, small start and steps": ({"divisor": 1, "rate": 5e-4}, (1 / 16, 1)),
    # W_Q begins 16 times larger, and the divisor 16 takes that back; but a step of W_Q then does 16 times less to the scores.
    "1, small steps of W_Q": ({"divisor": 16}, (16, 1)),
    "1, small steps of W_Q and W_K": ({"divisor": 256}, (16, 16)),
    "16, small start": ({"divisor": 16}, (1 / 16, 1))}          # the first scores of "256", the steps of "16"
LOUD = "1", "1, small start", "1, small steps of W_Q", "16"         # of these, how loud their rows are after 100 steps
LONGER = {"no residual": 8000, "no norm": 8000}         # trained once more, with so many steps; only what is measured is kept
WIDER = {"n_layers": 1, "n_heads": 4, "d_model": 64}    # one layer, twice the heads and twice the width; likewise


def trained(seed, sizes, parts, steps=(), n_steps=N_STEPS, begin=start):
    """Train from a seed. → parameters at the end, {step: parameters}, history: means over 25 steps of step, loss, accuracy"""
    rng = np.random.default_rng(seed)
    P, kept, history = begin(rng, **sizes), {}, []
    kept[0] = copied(P)
    for step, loss, accuracy in train(P, rng, n_steps, **parts):
        history.append((step, loss, accuracy))
        if step in steps:
            kept[step] = copied(P)
    return P, kept, np.array(history).reshape(-1, 25, 3).mean(axis=1).astype(np.float32)


def copied(P):
    """The same parameters, which training no longer changes."""
    return {name: matrix.copy() for name, matrix in P.items()}


def long_heads(rng, factors=(1, 1), d_k=256):
    """As `start`, but queries and keys have d_k components, of mean square 1 (layer norm hands them such rows); then W_Q and W_K
    times factors."""
    P = start(rng)
    shape = *P["W_Q"].shape[:-1], d_k
    W_Q, W_K = (rng.normal(0, 1 / np.sqrt(shape[-2]), shape).astype(np.float32) for _ in range(2))
    return {**P, "W_Q": np.float32(factors[0]) * W_Q, "W_K": np.float32(factors[1]) * W_K}


def loudness(P, divisor):
    """The largest weight of a row from the 12th on, its mean over 200 texts and the heads. → (n_layers,)"""
    ids, _ = repeated_words(np.random.default_rng(0), 200)
    return forward(ids, P, divisor=divisor)[1][..., 11:, :].max(axis=-1).mean(axis=(1, 2, 3))


def outcome(seed, parts, n_steps=N_STEPS, **sizes):
    """How another training, of two layers if nothing is said, comes out: accuracy, best previous-token and induction score."""
    P, _, _ = trained(seed, sizes, parts, n_steps=n_steps)
    accuracy, previous, induction = measure(P, **parts)
    return accuracy, previous.max(), induction.max()


def everything():
    """All of it, as a dict of float32 arrays, named "what/which/parameter"."""
    data = {"steps": np.array(STEPS)}
    for model, (sizes, parts) in MODELS.items():
        steps = STEPS if model == "two layers" else ()
        P, kept, data[f"history/{model}"] = trained(SEED, sizes, parts, steps)
        found = {f"checkpoints/{step}": kept[step] for step in steps} or {f"variants/{model}": P}
        data |= {f"{name}/{part}": matrix for name, parameters in found.items() for part, matrix in parameters.items()}
        print(model, data[f"history/{model}"][-1], flush=True)
    for name, (parts, factors) in DIVIDED.items():
        _, kept, data[f"divided/{name}"] = trained(SEED, {"factors": factors}, parts, (100,), begin=long_heads)
        data |= {f"loud/{name}": loudness(kept[100], **parts)} if name in LOUD else {}
    data |= {f"longer/{model}": np.array([n_steps, *outcome(SEED, MODELS[model][1], n_steps)], dtype=np.float32)
             for model, n_steps in LONGER.items()}
    data["wider"] = np.array([WIDER["n_heads"], WIDER["d_model"], *outcome(SEED, {}, **WIDER)], dtype=np.float32)
    data["seeds"] = np.array([(seed, *outcome(seed, {})) for seed in range(10)], dtype=np.float32)
    return data


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    np.savez_compressed(DATA, **everything())
