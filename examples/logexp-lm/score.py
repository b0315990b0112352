#!/usr/bin/env python3
"""Scores text that the model was not trained on, the whole at once and character by character: bits per character must be
within 0.001 of the reference, a recurrence in float64. usage: score.py ATTENTION-RUN MODEL.so"""
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "test"))
import npy

CHARACTERS = 3000
REFERENCE = 1.64105
TOLERANCE = 0.001
VOCABULARY = 96


def bits_per_character(logits, ids):
    """Of each character but the first, given those before it."""
    nats = 0.0
    for position, following in enumerate(ids[1:]):
        row = logits[position * VOCABULARY : (position + 1) * VOCABULARY]
        most = max(row)
        nats += most - row[following] + math.log(sum(math.exp(x - most) for x in row))
    return nats / math.log(2) / (len(ids) - 1)


def score(run, model, ids, options):
    with tempfile.TemporaryDirectory() as folder:
        given, got = f"{folder}/ids.npy", f"{folder}/logits.npy"
        npy.write(given, "<i8", (1, len(ids)), ids)
        subprocess.run([run, model, "next", "--weights", HERE / "model.safetensors",
                        "--input", f"ids={given}", "--output", f"logits={got}", "--threads", "1", *options], check=True)
        _, shape, logits = npy.read(got)
    if tuple(shape) != (1, len(ids), VOCABULARY):
        sys.exit(f"score: expects logits of {len(ids)} characters, but got the shape {shape}")
    return bits_per_character(logits, ids)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    text = (HERE / "held-out.txt").read_bytes()[:CHARACTERS]
    ids = [0 if code == ord("\n") else code - 31 for code in text]
    failed = False
    for name, options in {"whole": [], "character by character": ["--chunks", "1"]}.items():
        bits = score(*sys.argv[1:], ids, options)
        failed |= not abs(bits - REFERENCE) < TOLERANCE
        print(f"{name}: {bits:.5f} bits per character, reference {REFERENCE}")
    return 1 if failed else 0


sys.exit(main())
