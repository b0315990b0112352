"""Computes reference states of the tiny encoders that test/tools/Inputs/checkpoint.py writes, one for each way to number
positions, and stores them.

usage: encoders.py OUTPUT
Needs torch==2.13.0, transformers==5.23.0 and numpy. Writes FAMILY.{ids,mask,types,states}.npy; states are float64 results,
stored as float32."""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from transformers import AutoModel

CHECKPOINT = pathlib.Path(__file__).parent.parent / "tools/Inputs/checkpoint.py"
# Long enough for every bucket of distances.
BATCH, LENGTH = 2, 143


def inputs(padding, source):
    """Random ids with padding behind, and one padding id in the middle, where positions stop to count."""
    ids = source.integers(2, 37, (BATCH, LENGTH))
    ids[1, 100:] = padding
    ids[0, 50] = padding
    mask = (ids != padding).astype(np.int64)
    return ids, mask, source.integers(0, 2, (BATCH, LENGTH))


def main(output):
    output = pathlib.Path(output)
    output.mkdir(parents=True, exist_ok=True)
    for family, padding in (("bert", 0), ("roberta", 1), ("mpnet", 1)):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([sys.executable, CHECKPOINT, directory, "--family", family], check=True)
            model = AutoModel.from_pretrained(directory, dtype=torch.float64, attn_implementation="eager").eval()
        ids, mask, types = inputs(padding, np.random.default_rng(7))
        named = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if family != "mpnet":
            named["token_type_ids"] = torch.from_numpy(types)
        with torch.no_grad():
            states = model(**named).last_hidden_state.numpy().astype(np.float32)
        stored = {"ids": ids, "mask": mask, "states": states, **({} if family == "mpnet" else {"types": types})}
        for kind, value in stored.items():
            np.save(output / f"{family}.{kind}.npy", value)


main(*sys.argv[1:])
