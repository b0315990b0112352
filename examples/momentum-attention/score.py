#!/usr/bin/env python3
"""Scores both models on text that they were not trained on, in windows of 128 characters, whole and character by character: bits per
character must be within 0.001 of the reference. usage: score.py ATTENTION-RUN MODEL.so"""
import math
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "test"))
import npy

# Of train.py --score: the first block held out.
REFERENCE = {"plain": 1.70363, "momentum": 1.69124}
TOLERANCE = 0.001
WINDOW, VOCABULARY = 128, 96


def nats(row, following):
    most = max(row)
    return most - row[following] + math.log(sum(math.exp(x - most) for x in row))


def bits_per_character(logits, ids):
    """Of each character of a window but the first, given those before it in the window."""
    scored = [i for i in range(len(ids)) if (i + 1) % WINDOW]
    total = sum(nats(logits[i * VOCABULARY : (i + 1) * VOCABULARY], ids[i + 1]) for i in scored)
    return total / math.log(2) / len(scored)


def score(run, model, name, ids, options):
    with tempfile.TemporaryDirectory() as folder:
        given, got = f"{folder}/ids.npy", f"{folder}/logits.npy"
        npy.write(given, "<i8", (len(ids) // WINDOW, WINDOW), ids)
        subprocess.run([run, model, name, "--weights", HERE / f"{name}.safetensors", "--threads", "1",
                        "--input", f"ids={given}", "--output", f"logits={got}", *options], check=True)
        return bits_per_character(npy.read(got)[2], ids)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    text = (HERE.parent / "logexp-lm" / "held-out.txt").read_bytes()
    ids = [0 if code == ord("\n") else code - 31 for code in text]
    failed = False
    for way, options in {"whole": [], "character by character": ["--chunks", "1"]}.items():
        bits = {name: score(*sys.argv[1:], name, ids, options) for name in REFERENCE}
        failed |= any(not abs(bits[name] - REFERENCE[name]) < TOLERANCE for name in bits)
        print(f"{way}: bits per character " + ", ".join(f"{name} {bits[name]:.5f} (PyTorch {REFERENCE[name]})" for name in bits))
    return 1 if failed else 0


sys.exit(main())
