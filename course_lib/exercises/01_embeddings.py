"""Notebook 01: the answers, and the inputs that tell them from the mistakes. All words stand in 01_embeddings.md."""
import numpy as np

from course_lib.exercises.exercise import Exercise, shape_as_text

SMALL_TOKENS, SMALL_POSITIONS = np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([[10.0, 20], [30, 40], [50, 60]])
TOKENS, POSITIONS = np.arange(1.0, 21).reshape(5, 4) % 7, 10 + 10 * (np.arange(24.0).reshape(6, 4) * 5 % 23)
BATCH = np.array([[[1.0, 2], [3, 4], [5, 6]], [[1, 1], [2, 2], [3, 3]]])
STACK = np.arange(48.0).reshape(3, 4, 4) * 7 % 11
TWELVE = 10 * np.arange(1.0, 25).reshape(12, 2)


def one_hot_rows(ids, vocab_size):
    """For each id a row with a 1 in its column: (seq_len,), number → (seq_len, vocab_size)"""
    return np.eye(vocab_size)[ids]


def embedded_shape(ids_shape, E_token_shape, E_pos_shape):
    """The shape of X, from the shapes of ids and of the two tables: tuples → tuple"""
    return (*ids_shape, E_token_shape[1])


def cosine_map(X):
    """The cosine of every pair of rows: (seq_len, d_model) → (seq_len, seq_len)"""
    directions = X / np.linalg.norm(X, axis=-1, keepdims=True)
    return directions @ directions.mT


def add_positions(token_rows, E_pos):
    """(n_batch, seq_len, d_model), (max_seq_len, d_model) → (n_batch, seq_len, d_model)"""
    return token_rows + E_pos[:token_rows.shape[1]]


def sinusoidal_positions(seq_len, d_model):
    """Sines and cosines in turn: number, number → (seq_len, d_model)"""
    angles = np.arange(seq_len)[:, None] / 10000 ** (np.arange(0, d_model, 2) / d_model)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(seq_len, d_model)


def embed(ids, E_token, E_pos):
    """(..., seq_len), (vocab_size, d_model), (max_seq_len, d_model) → (..., seq_len, d_model)"""
    return E_token[ids] + E_pos[:ids.shape[-1]]


EXERCISES = [
    Exercise(one_hot_rows, inputs=[([1, 0], 3), ([2, 0, 2, 1, 0], 4), ([3], 5), ([2, 1, 1], 3)]),
    Exercise(embedded_shape, what_counts=shape_as_text, inputs=[
        ((3,), (6, 4), (5, 4)), ((2, 3), (6, 4), (5, 4)), ((7, 2, 5), (9, 3), (8, 3))]),
    Exercise(cosine_map, inputs=[
        ([[3.0, 4], [0, 2]],), ([[3, 4, 0], [-2, 1, 2]],), ([[10000, -40000], [30000, 1.5], [-1, -0.5]],), ([[5.0, 12]],),
        ([[-3e-18, -4e-18], [0, -2e-18]],)]),
    Exercise(add_positions, inputs=[
        (BATCH, TWELVE[:6]), (BATCH[:, :2].astype(int), TWELVE[:4] / 32), (STACK[1:2, :3, :1], TWELVE[:, :1]),
        (STACK[:, :3, :2] / 1024, TWELVE / 1024), (STACK[:, :, :2], TWELVE[:4]), (-10000 * STACK[:2, :3], -1000 * POSITIONS)]),
    Exercise(sinusoidal_positions, inputs=[(2, 6), (21, 10), (3, 2), (1, 12)]),
    Exercise(embed, inputs=[
        ([2, 0], SMALL_TOKENS, SMALL_POSITIONS), ([2, 2, 0, 1], TOKENS[:3, :2] / 4, POSITIONS[:4, :2]),
        ([3], TOKENS / 1024, POSITIONS / 1024), ([[3, 0], [1, 1], [2, 1]], TOKENS.astype(int), POSITIONS / 32),
        ([[1, 2, 3], [3, 3, 4], [2, 2, 1]], TOKENS[:, :1], POSITIONS[:, :1]),
        ([[[4, 0, 1]], [[1, 1, 3]]], -10000 * TOKENS, -1000 * POSITIONS)]),
]
