"""Computes the reference embeddings that the whole-model test compares with, in PyTorch's float32, and stores them.

usage: minilm.py CHECKPOINT OUTPUT      (scripts/setup puts the checkpoint under downloads/minilm)
Needs torch==2.13.0, transformers==5.23.0 and numpy. Writes NAME.{ids,mask,embedding}.npy for each batch below."""
import pathlib
import sys

import numpy as np
import torch
from transformers import AutoModel

# Lengths of the sequences in each batch; the longest decides the padded length.
BATCHES = {"short": [17, 5, 1], "mixed": [1, 512, 2, 385, 33, 128, 7, 200]}
FIRST, LAST, WORDS = 101, 102, (1000, 30000)


def draw_batch(lengths, source):
    """Random words between the tokens that begin and end a text; zeros behind."""
    ids = np.zeros((len(lengths), max(lengths)), np.int64)
    mask = np.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, :length] = source.integers(*WORDS, length)
        ids[row, 0] = FIRST
        if length > 1:
            ids[row, length - 1] = LAST
        mask[row, :length] = 1
    return ids, mask


def embed(model, ids, mask):
    """The mean of token states that exist, at unit length: what 1_Pooling and 2_Normalize say."""
    ids, mask = torch.from_numpy(ids), torch.from_numpy(mask)
    with torch.no_grad():
        states = model(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids)).last_hidden_state
        wide = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * wide).sum(1) / wide.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1).numpy()


def main(checkpoint, output):
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    model = AutoModel.from_pretrained(checkpoint, dtype=torch.float32, attn_implementation="eager").eval()
    exact = AutoModel.from_pretrained(checkpoint, dtype=torch.float64, attn_implementation="eager").eval()
    for name, lengths in BATCHES.items():
        ids, mask = draw_batch(lengths, np.random.default_rng(len(lengths)))
        embedding = embed(model, ids, mask)
        error = np.abs(embedding - embed(exact, ids, mask)).max()
        print(f"{name}: {len(lengths)} x {max(lengths)}, float32 differs from float64 by {error:.1e}")
        for kind, value in (("ids", ids), ("mask", mask), ("embedding", embedding)):
            np.save(output / f"{name}.{kind}.npy", value)


main(*sys.argv[1:])
