"""Embeds sentences with a compiled encoder and prints how similar they are.

usage: similarity.py ATTENTION_RUN MODEL.so CHECKPOINT [SENTENCE]...
Python only turns text into token ids (tokenizers) and prints; the model runs in attention-run."""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from tokenizers import Tokenizer

SENTENCES = [
    "A compiler turns source code into machine code.",
    "Programs are translated to instructions for a processor.",
    "The cat sleeps on the warm windowsill.",
    "A kitten is napping in the sun.",
    "Interest rates rose again this quarter.",
    "She plays the violin in a small orchestra.",
]
REPEATS = 20


def tokenize(checkpoint, sentences):
    """Ids, mask and token types of all sentences, [sentences, longest], padded behind."""
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(json.loads((checkpoint / "config.json").read_text())["max_position_embeddings"])
    encoded = tokenizer.encode_batch(sentences)
    length = max(len(sentence.ids) for sentence in encoded)
    ids = np.zeros((len(encoded), length), np.int64)
    mask = np.zeros_like(ids)
    for row, sentence in enumerate(encoded):
        ids[row, :len(sentence.ids)] = sentence.ids
        mask[row, :len(sentence.ids)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def embed(attention_run, model, checkpoint, inputs):
    """Embeddings of unit length, [sentences, width], and the median seconds of one run."""
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        command = [attention_run, model, "embed", "--weights", checkpoint / "model.safetensors",
                   "--output", f"embedding={directory / 'embedding.npy'}",
                   "--repeat", str(REPEATS), "--json", directory / "times.json"]
        for name, value in inputs.items():
            np.save(directory / f"{name}.npy", value)
            command += ["--input", f"{name}={directory / name}.npy"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = json.loads((directory / "times.json").read_text())["seconds"]
        return np.load(directory / "embedding.npy"), float(np.median(seconds))


def main(attention_run, model, checkpoint, *sentences):
    sentences = list(sentences) or SENTENCES
    inputs = tokenize(pathlib.Path(checkpoint), sentences)
    embeddings, seconds = embed(attention_run, model, pathlib.Path(checkpoint), inputs)
    similarity = embeddings @ embeddings.T

    print()
    for row, sentence in enumerate(sentences):
        print(f"{row + 1:3}  {sentence}")
    print("\n     " + "".join(f"{column + 1:7}" for column in range(len(sentences))))
    for row in range(len(sentences)):
        print(f"{row + 1:3}  " + "".join(f"{value:7.3f}" for value in similarity[row]))
    if len(sentences) > 1:
        apart = similarity - 2 * np.eye(len(sentences))
        first, second = sorted(int(i) for i in np.unravel_index(apart.argmax(), apart.shape))
        print(f"\nnearest: {first + 1} and {second + 1}, similarity {similarity[first, second]:.3f}")
        print(f"  {sentences[first]}\n  {sentences[second]}")
    rows, length = inputs["input_ids"].shape
    print(f"\ntime: {1e3 * seconds / rows:.2f} ms per sentence ({rows} at once, {length} tokens each)")


main(*sys.argv[1:])
