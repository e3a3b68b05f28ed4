"""What PyTorch computes, as data that the tests compare the library with, so that they need no PyTorch themselves.

    python -m tools.torch_reference

writes tests/torch_reference.npz; it was made with PyTorch 2.13.0 (CPU) and NumPy 2.4.6. It needs nothing
of the course. The bytes are the same each time: inputs come from a seed, and NumPy writes no date into an npz.
"""
from pathlib import Path

import numpy as np

DATA = Path(__file__).parent.parent / "tests" / "torch_reference.npz"


def reference(seed):
    """Inputs drawn from a seed, and PyTorch's results for them: a dict of arrays, named "case/array"."""
    import torch
    from torch.nn.functional import embedding, scaled_dot_product_attention

    rng, data = np.random.default_rng(seed), {}

    def draw(*shape, dtype="float64"):
        return rng.normal(size=shape).astype(dtype)

    def keep(case, **arrays):
        data.update({f"{case}/{name}": np.ascontiguousarray(array) for name, array in arrays.items()})

    for dtype in ("float64", "float32"):
        # A full mask with a query that may attend to nothing, and one for padding, which broadcasts over heads and queries
        Q, K, V = draw(2, 3, 4, 6, dtype=dtype), draw(2, 3, 5, 6, dtype=dtype), draw(2, 3, 5, 7, dtype=dtype)
        full, padding = rng.random((2, 3, 4, 5)) < 0.5, np.arange(5) < np.array([5, 2]).reshape(2, 1, 1, 1)
        full[0, 1, 2] = False
        keep(f"attention {dtype}", Q=Q, K=K, V=V, full=full, padding=padding)
        Q, K, V = map(torch.tensor, (Q, K, V))
        keep(f"attention {dtype}", output=scaled_dot_product_attention(Q, K, V),
             output_full=scaled_dot_product_attention(Q, K, V, torch.tensor(full)),
             output_padding=scaled_dot_product_attention(Q, K, V, torch.tensor(padding)),
             output_causal=scaled_dot_product_attention(Q, K, V, is_causal=True),
             output_causal_tall=scaled_dot_product_attention(K, Q, V[..., :4, :], is_causal=True))

        # Its masks say True where it is forbidden to look; under the last one query 2 may attend to nothing.
        multi_head = torch.nn.MultiheadAttention(12, 3, bias=False, batch_first=True, dtype=getattr(torch, dtype))
        in_proj, out_proj, X = draw(36, 12, dtype=dtype), draw(12, 12, dtype=dtype), draw(2, 5, 12, dtype=dtype)
        keep(f"multi_head {dtype}", in_proj=in_proj, out_proj=out_proj, X=X)
        with torch.no_grad():
            multi_head.in_proj_weight.copy_(torch.tensor(in_proj))
            multi_head.out_proj.weight.copy_(torch.tensor(out_proj))
            future, nothing = torch.ones(5, 5, dtype=torch.bool).triu(1), (torch.arange(5) == 2)[:, None].expand(5, 5)
            for name, forbidden in {"all": None, "causal": future, "nothing": nothing}.items():
                output, weights = multi_head(*[torch.tensor(X)] * 3, attn_mask=forbidden, average_attn_weights=False)
                keep(f"multi_head {dtype}", **{f"output_{name}": output, f"weights_{name}": weights})

        scores = draw(6, 5, dtype=dtype) * np.array([[1], [30], [1e4], [1], [1], [1]], dtype)
        scores[3, 1:3], scores[4, :4], scores[5] = -np.inf, -np.inf, -np.inf
        keep(f"softmax {dtype}", scores=scores, weights=torch.softmax(torch.tensor(scores), dim=-1))

        ids, E_token, E_pos = rng.integers(0, 7, (2, 5)), draw(7, 4, dtype=dtype), draw(6, 4, dtype=dtype)
        places = torch.arange(5)
        keep(f"embed {dtype}", ids=ids, E_token=E_token, E_pos=E_pos,
             X=embedding(torch.tensor(ids), torch.tensor(E_token)) + embedding(places, torch.tensor(E_pos)))

    torch.manual_seed(1337)                                     # the batch example, in the lesson's order
    x = torch.randn(4, 8, 32)
    key, query, value = (torch.nn.Linear(32, 16, bias=False).weight.detach().T for _ in range(3))
    keep("batch", x=x, W_K=key, W_Q=query, W_V=value)
    return data


if __name__ == "__main__":
    np.savez(DATA, **reference(seed=0))
