"""Compares compiled models with PyTorch: both in one process, in turns, on the same number of threads.

usage: compare.py --build BUILD [--checkpoint DIRECTORY] [--threads N] [--rounds N] [--only TEXT] [--json FILE]
Prints for each case the median times and the median over rounds of (PyTorch's time / our time): above 1, we are faster."""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import recurrences
import torch
from attention_runtime import Runner, Runtime

# Between turns, so that the threads of the one before are asleep and not spinning on a core of the next.
PAUSE_SECONDS = 0.02
TURN_SECONDS = 0.05
LENGTHS = (384, 512, 1024, 1920, 4096, 8064)
BATCHES = ((1, 16), (1, 128), (8, 128), (32, 128), (4, 512))


def turn(run):
    """The median seconds of a few calls, after one that wakes the threads."""
    time.sleep(PAUSE_SECONDS)
    run()
    seconds = []
    while sum(seconds) < TURN_SECONDS or len(seconds) < 3:
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def interleave(ours, theirs, rounds):
    pairs = [(turn(ours), turn(theirs)) for _ in range(rounds)]
    return {"ours": statistics.median(a for a, _ in pairs), "theirs": statistics.median(b for _, b in pairs),
            "ratio": statistics.median(b / a for a, b in pairs)}


def attend_text(heads, width, causal, variant="softmax"):
    tensor = f"tensor<?x{heads}x?x{width}xf32>"
    mask = " mask(#attention.causal)" if causal else ""
    arguments = ", ".join(f'%{x}: {tensor} {{attention.name = "{x}"}}' for x in "qkv")
    return (f'func.func @attend({arguments}) -> ({tensor} {{attention.name = "o"}}) {{\n'
            f"  %o = attention.attend #attention.{variant} %q, %k, %v{mask} : {tensor}, {tensor}, {tensor}\n"
            f"  return %o : {tensor}\n}}\n")


class Cases:
    """Yields (name, our function, their function, largest difference of their results)."""

    def __init__(self, build, checkpoint, threads, directory):
        self.tools, self.checkpoint = build / "bin", checkpoint
        self.threads, self.directory = threads, directory
        self.runtime = Runtime(build / "lib" / "libattention_runtime.so")

    def compile(self, name, text):
        source, model = self.directory / f"{name}.mlir", self.directory / f"{name}.so"
        if text is not None:
            source.write_text(text)
        subprocess.run([self.tools / "attention-compile", source, "-o", model], check=True)
        return model

    def softmax(self, wanted, heads=8):
        for width in (64, 128):
            for causal in (False, True):
                kind = "causal" if causal else "full"
                named = [(f"softmax {kind} d{width} h{heads} n{length}", length) for length in LENGTHS]
                named = [(name, length) for name, length in named if wanted(name)]
                if not named:
                    continue
                model = self.compile(f"softmax_{kind}_{width}", attend_text(heads, width, causal))
                runner = Runner(self.runtime, model, "attend", self.threads)
                for name, length in named:
                    yield name, *self.softmax_case(runner, (1, heads, length, width), causal)

    @staticmethod
    def softmax_case(runner, shape, causal):
        source = np.random.default_rng(1)
        arrays = [source.standard_normal(shape, np.float32) for _ in range(3)]
        run, (output,) = runner.prepare(*arrays)
        q, k, v = (torch.from_numpy(array) for array in arrays)

        def theirs():
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

        run()
        return run, theirs, float(np.abs(output - theirs().numpy()).max())

    def log_exp(self, wanted, heads=8):
        forms = {"chunked": recurrences.chunked, "materialized": recurrences.materialized}
        for width in (32, 64):
            named = [(f"log_exp against {form} d{width} h{heads} n{length}", form, length)
                     for form in forms for length in (1024, 4096, 16384) if form == "chunked" or length <= 4096]
            named = [case for case in named if wanted(case[0])]
            if not named:
                continue
            model = self.compile(f"log_exp_{width}", attend_text(heads, width, True, "log_exp"))
            runner = Runner(self.runtime, model, "attend", self.threads)
            for name, form, length in named:
                source = np.random.default_rng(1)
                arrays = [source.standard_normal((1, heads, length, width), np.float32) for _ in range(3)]
                arrays[2] = np.abs(arrays[2]) + 0.1
                run, (output,) = runner.prepare(*arrays)
                tensors = [torch.from_numpy(array) for array in arrays]
                run()
                difference = float(np.abs(output - forms[form](*tensors).numpy()).max())
                yield name, run, lambda: forms[form](*tensors), difference

    def minilm(self, wanted):
        named = [(f"minilm f32 {batch}x{length}", batch, length) for batch, length in BATCHES]
        named = [case for case in named if wanted(case[0])]
        if not named or not self.checkpoint:
            return
        from transformers import AutoModel
        module = AutoModel.from_pretrained(self.checkpoint, dtype=torch.float32).eval()
        subprocess.run([self.tools / "attention-import", self.checkpoint, "-o", self.directory / "minilm.mlir"], check=True)
        runner = Runner(self.runtime, self.compile("minilm", None), "embed", self.threads,
                        [self.checkpoint / "model.safetensors"])
        for name, batch, length in named:
            ids = np.random.default_rng(1).integers(1000, 30000, (batch, length))
            run, (output,) = runner.prepare(ids, np.ones_like(ids), np.zeros_like(ids))
            theirs = torch_embedding(module, torch.from_numpy(ids))
            run()
            yield name, run, theirs, float(np.abs(output - theirs().numpy()).max())


def torch_embedding(module, ids):
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)

    def run():
        states = module(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        wide = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * wide).sum(1) / wide.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(mean, dim=1)

    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=lambda path: pathlib.Path(path).resolve(), required=True)
    parser.add_argument("--checkpoint", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    rows = []
    print(f"PyTorch {torch.__version__}, {options.threads} threads, {options.rounds} rounds; times in ms")
    print(f"{'case':42} {'ours':>9} {'torch':>9} {'torch/ours':>11} {'difference':>11}", flush=True)
    with tempfile.TemporaryDirectory() as directory, torch.inference_mode():
        cases = Cases(options.build, options.checkpoint, options.threads, pathlib.Path(directory))
        for family in (cases.softmax, cases.log_exp, cases.minilm):
            for name, ours, theirs, difference in family(lambda name: options.only in name):
                row = {"case": name, "difference": difference, **interleave(ours, theirs, options.rounds)}
                rows.append(row)
                print(f"{name:42} {1e3 * row['ours']:9.3f} {1e3 * row['theirs']:9.3f} {row['ratio']:11.2f}"
                      f" {difference:11.1e}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"threads": options.threads, "rows": rows}, indent=1) + "\n")


main()
