"""How quick `blocked_attention` is, as ratios measured in one run: against its own matrix products, and against PyTorch.

    python -m tools.benchmark_long [n]          # n tokens, 4096 if not given; 8 heads of 64, causal

Each ratio is the median of the ratios of single rounds, in which all take turns, so that what else the machine does hits all of
them. With two threads each takes half of the heads, and the matrix products keep one thread each. PyTorch is measured where it
is installed. Nothing here is compared by a test.
"""
import os
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from time import perf_counter

import numpy as np

from course_lib.long_contexts import blocked_attention, multiply_adds

N_HEADS, D, BLOCK, ROUNDS = 8, 64, 128, 7
ONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def products(Q, K, V, block=BLOCK):
    """The two products of every block of queries, and nothing else."""
    for head in range(len(Q)):
        for first in range(0, Q.shape[-2], block):
            seen = first + block
            Q[head, first:seen] @ K[head, :seen].mT @ V[head, :seen]                                       # noqa: B018


def on_threads(run, threads, *matrices):
    """A call that shares the heads out among some threads."""
    parts = list(zip(*(np.array_split(A, threads) for A in matrices), strict=True))

    def call():
        if threads == 1:
            return run(*matrices)
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda part: run(*part), parts))

    return call


def of_torch(threads, *matrices):
    """PyTorch's fused path and its unfused one, as calls."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    torch.set_num_threads(threads)
    Q, K, V = (torch.from_numpy(A)[None] for A in matrices)

    def call(backend):
        with torch.no_grad(), sdpa_kernel(backend):
            return torch.nn.functional.scaled_dot_product_attention(Q, K, V, is_causal=True)

    ours = blocked_attention(*matrices, causal=True)
    for backend in (SDPBackend.FLASH_ATTENTION, SDPBackend.MATH):
        assert np.allclose(call(backend)[0], ours, atol=1e-4), "PyTorch gives other numbers"
    return {"torch fused": lambda: call(SDPBackend.FLASH_ATTENTION), "torch unfused": lambda: call(SDPBackend.MATH)}


def seconds(call):
    """Wall time of a call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def peak(call):
    """The most memory that a call holds at once, in bytes."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def measure(n):
    """One line for each dtype and number of threads."""
    rng = np.random.default_rng(0)
    print(f"n = {n}, {N_HEADS} heads of {D}, causal, blocks of {BLOCK}; {multiply_adds(n, n, D, D, N_HEADS) / 2e9:.1f} billion "
          "multiply-adds, medians")
    for dtype in (np.float64, np.float32):
        matrices = [rng.standard_normal((N_HEADS, n, D)).astype(dtype) for _ in range(3)]
        most, table = peak(lambda: blocked_attention(*matrices, causal=True)), N_HEADS * n * n * matrices[0].itemsize   # noqa: B023
        print(f"{dtype.__name__}: {most / 2**20:.0f} MB at most, the table of weights would be {table / 2**20:.0f} MB")
        for threads in (1, 2):
            calls = {"blocked": on_threads(lambda *QKV: blocked_attention(*QKV, causal=True, block=BLOCK), threads, *matrices),
                     "its products": on_threads(products, threads, *matrices)}
            calls |= of_torch(threads, *matrices) if find_spec("torch") else {}
            times = np.array([[seconds(call) for call in calls.values()] for _ in range(ROUNDS)])
            told = [f"blocked {np.median(times[:, 0]) * 1000:.0f} ms"]
            told += [f"{name} {np.median(times[:, i]) * 1000:.0f} ms, ratio {np.median(times[:, 0] / times[:, i]):.2f}"
                     for i, name in enumerate(calls) if i]
            print(f"  {threads} thread{'s' * (threads > 1)}: {'; '.join(told)}")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    if os.environ.keys() >= ONE.keys():
        measure(int(sys.argv[1]) if sys.argv[1:] else 4096)
    else:                                       # BLAS reads its number of threads when it is loaded
        sys.exit(subprocess.run([sys.executable, "-m", "tools.benchmark_long", *sys.argv[1:]], env=os.environ | ONE).returncode)
