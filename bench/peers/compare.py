"""Compares compiled models with PyTorch: both in one process, in turns, on the same number of threads.

usage: compare.py --build BUILD [--checkpoint DIRECTORY] [--threads N] [--rounds N] [--only TEXT] [--clock wall|cpu] [--json FILE]
Prints for each case the median times and the median over rounds of (PyTorch's time / our time): above 1, we are faster. Cases `own` and
`custom` compare with ourselves: token recurrence with chunks, softmax in a user's words with the built-in one. `--clock cpu` counts
processor time, of all threads: for a machine that others use, with `--threads 1`."""
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
HALF_LENGTHS = (128, 512, 1024, 2048, 4096, 8192)
CUSTOM_SOFTMAX = (pathlib.Path(__file__).parent / "softmax.mlir").read_text()
BATCHES = ((1, 16), (1, 128), (8, 128), (32, 128), (4, 512))


clock = time.perf_counter


def turn(run):
    """The median seconds of a few calls, after one that wakes the threads."""
    time.sleep(PAUSE_SECONDS)
    run()
    seconds = []
    while sum(seconds) < TURN_SECONDS or len(seconds) < 3:
        start = clock()
        run()
        seconds.append(clock() - start)
    return statistics.median(seconds)


def interleave(ours, theirs, rounds):
    pairs = [(turn(ours), turn(theirs)) for _ in range(rounds)]
    return {"ours": statistics.median(a for a, _ in pairs), "theirs": statistics.median(b for _, b in pairs),
            "ratio": statistics.median(b / a for a, b in pairs)}


def attend_text(heads, width, causal, variant="softmax", element="f32"):
    tensor = f"tensor<?x{heads}x?x{width}x{element}>"
    mask = " mask(#attention.causal)" if causal else ""
    arguments = ", ".join(f'%{x}: {tensor} {{attention.name = "{x}"}}' for x in "qkv")
    return (f'func.func @attend({arguments}) -> ({tensor} {{attention.name = "o"}}) {{\n'
            f"  %o = attention.attend #attention.{variant} %q, %k, %v{mask} : {tensor}, {tensor}, {tensor}\n"
            f"  return %o : {tensor}\n}}\n")


def recurrence_text(heads, width, variant):
    tensor, perToken = (f"tensor<?x{heads}x?x{columns}xf32>" for columns in (width, 1))
    clauses = {"log_exp": "", "linear": "g", "delta": "gb"}[variant]
    names = {"g": "decay", "b": "beta"}
    arguments = ", ".join(f'%{x}: {tensor if x in "qkv" else perToken} {{attention.name = "{x}"}}' for x in "qkv" + clauses)
    given = "".join(f" {names[x]}(%{x} : {perToken})" for x in clauses)
    return (f'func.func @attend({arguments}) -> ({tensor} {{attention.name = "o"}}) {{\n'
            f"  %o = attention.attend #attention.{variant} %q, %k, %v mask(#attention.causal){given} : {tensor}, {tensor}, {tensor}\n"
            f"  return %o : {tensor}\n}}\n")


class Cases:
    """Yields (name, our function, their function, largest difference of their results)."""

    def __init__(self, build, checkpoint, threads, directory):
        self.tools, self.checkpoint = build / "bin", checkpoint
        self.threads, self.directory = threads, directory
        self.runtime = Runtime(build / "lib" / "libattention_runtime.so")

    def compile(self, name, text, *flags):
        source, model = self.directory / f"{name}.mlir", self.directory / f"{name}.so"
        if text is not None:
            source.write_text(text)
        subprocess.run([self.tools / "attention-compile", source, "-o", model, *flags], check=True)
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

    def softmax_half(self, wanted, heads=8):
        """bfloat16 against bfloat16; the difference is that of our error from PyTorch's, both against float64, relative to the latter."""
        for width in (64, 128):
            for causal in (False, True):
                kind = "causal" if causal else "full"
                named = [(f"softmax bf16 {kind} d{width} h{heads} n{length}", length) for length in HALF_LENGTHS]
                named = [(name, length) for name, length in named if wanted(name)]
                if not named:
                    continue
                model = self.compile(f"softmax_bf16_{kind}_{width}", attend_text(heads, width, causal, element="bf16"))
                runner = Runner(self.runtime, model, "attend", self.threads)
                for name, length in named:
                    yield name, *self.softmax_half_case(runner, (1, heads, length, width), causal)

    @staticmethod
    def softmax_half_case(runner, shape, causal):
        torch.manual_seed(1)
        q, k, v = (torch.randn(shape).to(torch.bfloat16) for _ in range(3))
        run, (output,) = runner.prepare(*(x.view(torch.uint16).numpy() for x in (q, k, v)))

        def theirs():
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

        run()
        last = (slice(None), slice(0, 1), slice(-256, None))  # of one head, which is enough
        exact = torch.nn.functional.scaled_dot_product_attention(*(x[:, :1].double() for x in (q, k, v)), is_causal=causal)[last]
        ours = torch.from_numpy(output).view(torch.bfloat16)
        error, other = (float((x[last].double() - exact).abs().max()) for x in (ours, theirs()))
        return run, theirs, error / other - 1

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

    def own(self, wanted, heads=8):
        """Chunks of tokens against the recurrence, token by token."""
        for variant in ("log_exp", "linear", "delta"):
            for width in (32, 64):
                named = [(f"own recurrence {variant} d{width} h{heads} n{length}", length) for length in (1024, 4096, 16384)]
                named = [(name, length) for name, length in named if wanted(name)]
                if not named:
                    continue
                text = recurrence_text(heads, width, variant)
                chunks, tokens = (Runner(self.runtime, self.compile(f"{variant}_{width}_{form}", text, f"--form={form}"), "attend",
                                         self.threads) for form in ("chunked", "recurrent"))
                for name, length in named:
                    source = np.random.default_rng(1)
                    arrays = [source.standard_normal((1, heads, length, width), np.float32) for _ in range(3)]
                    arrays[1] /= np.linalg.norm(arrays[1], axis=-1, keepdims=True)
                    if variant != "log_exp":
                        arrays.append(-np.abs(source.standard_normal((1, heads, length, 1), np.float32)))
                    if variant == "delta":
                        arrays.append(source.random((1, heads, length, 1), np.float32))
                    (ours, (output,)), (theirs, (other,)) = chunks.prepare(*arrays), tokens.prepare(*arrays)
                    ours()
                    theirs()
                    yield name, ours, theirs, float(np.abs(output - other).max())

    def custom(self, wanted, heads=8):
        """Softmax in a user's words against the built-in variant."""
        for width in (64, 128):
            named = [(f"custom softmax causal d{width} h{heads} n{length}", length) for length in (512, 1024, 4096)]
            named = [(name, length) for name, length in named if wanted(name)]
            if not named:
                continue
            texts = CUSTOM_SOFTMAX + attend_text(heads, width, True, "custom<@soft>"), attend_text(heads, width, True)
            custom, built_in = (Runner(self.runtime, self.compile(f"softmax_{width}_{i}", text), "attend", self.threads)
                                for i, text in enumerate(texts))
            for name, length in named:
                source = np.random.default_rng(1)
                arrays = [source.standard_normal((1, heads, length, width), np.float32) for _ in range(3)]
                (ours, (output,)), (theirs, (other,)) = custom.prepare(*arrays), built_in.prepare(*arrays)
                ours()
                theirs()
                yield name, ours, theirs, float(np.abs(output - other).max())

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
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    if options.clock == "cpu":
        global clock
        clock = time.process_time

    torch.set_num_threads(options.threads)
    rows = []
    print(f"PyTorch {torch.__version__}, {options.threads} threads, {options.rounds} rounds; times in ms")
    print(f"{'case':42} {'ours':>9} {'other':>9} {'other/ours':>11} {'difference':>11}", flush=True)
    with tempfile.TemporaryDirectory() as directory, torch.inference_mode():
        cases = Cases(options.build, options.checkpoint, options.threads, pathlib.Path(directory))
        for family in (cases.softmax, cases.softmax_half, cases.log_exp, cases.own, cases.custom, cases.minilm):
            for name, ours, theirs, difference in family(lambda name: options.only in name):
                row = {"case": name, "difference": difference, **interleave(ours, theirs, options.rounds)}
                rows.append(row)
                print(f"{name:42} {1e3 * row['ours']:9.3f} {1e3 * row['theirs']:9.3f} {row['ratio']:11.2f}"
                      f" {difference:11.1e}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"threads": options.threads, "rows": rows}, indent=1) + "\n")


main()
