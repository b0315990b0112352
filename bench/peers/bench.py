"""What every comparison needs: model texts, compiled models with their inputs, and turns that are timed."""
import pathlib
import re
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from typing import Callable

import numpy as np
from attention_runtime import Runner, Runtime

# Between turns, so that the threads of the one before are asleep and not spinning on a core of the next.
PAUSE_SECONDS = 0.02
TURN_SECONDS = 0.05


@dataclass
class Case:
    """One comparison. Both functions do the whole work once; `difference` is the largest one between their results."""
    name: str
    ours: Callable
    theirs: Callable
    difference: float
    compile_seconds: dict = field(default_factory=dict)  # of "ours" and "theirs", where both compile


def attend_text(heads, width, causal, variant="softmax", element="f32"):
    tensor = f"tensor<?x{heads}x?x{width}x{element}>"
    mask = " mask(#attention.causal)" if causal else ""
    arguments = ", ".join(f'%{x}: {tensor} {{attention.name = "{x}"}}' for x in "qkv")
    return (f'func.func @attend({arguments}) -> ({tensor} {{attention.name = "o"}}) {{\n'
            f"  %o = attention.attend #attention.{variant} %q, %k, %v{mask} : {tensor}, {tensor}, {tensor}\n"
            f"  return %o : {tensor}\n}}\n")


def normal(shape, count=3, seed=1):
    source = np.random.default_rng(seed)
    return [source.standard_normal(shape, np.float32) for _ in range(count)]


class Bench:
    """Compiles models of a build and runs them on so many threads; `wanted` says which cases were asked for."""

    def __init__(self, options, directory):
        self.tools, self.directory = options.build / "bin", pathlib.Path(directory)
        self.checkpoint, self.threads, self.only = options.checkpoint, options.threads, re.compile(options.only)
        self.runtime = Runtime(options.build / "lib" / "libattention_runtime.so")
        self.clock = time.process_time if options.clock == "cpu" else time.perf_counter

    def wanted(self, name):
        return bool(self.only.search(name))

    def named(self, kind, lengths):
        """(name, length) of the cases of a kind that were asked for."""
        cases = [(f"{kind} n{length}", length) for length in lengths]
        return [case for case in cases if self.wanted(case[0])]

    def compile(self, name, text, *flags):
        """The path of the compiled model."""
        return self.timed_compile(name, text, *flags)[0]

    def timed_compile(self, name, text, *flags):
        source, model = self.directory / f"{name}.mlir", self.directory / f"{name}.so"
        if text is not None:
            source.write_text(text)
        start = time.perf_counter()
        subprocess.run([self.tools / "attention-compile", source, "-o", model, *flags], check=True)
        return model, time.perf_counter() - start

    def runner(self, model, function="attend", weights=()):
        return Runner(self.runtime, model, function, self.threads, weights)

    def bench_text(self, row):
        """The model of a row of attention-bench."""
        command = [self.tools / "attention-bench", "--text", "--filter", f"^{row}$"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def turn(self, run):
        """The median seconds of a few calls, after one that wakes the threads."""
        time.sleep(PAUSE_SECONDS)
        run()
        seconds = []
        while sum(seconds) < TURN_SECONDS or len(seconds) < 3:
            start = self.clock()
            run()
            seconds.append(self.clock() - start)
        return statistics.median(seconds)

    def interleave(self, case, rounds):
        pairs = [(self.turn(case.ours), self.turn(case.theirs)) for _ in range(rounds)]
        return {"ours": statistics.median(a for a, _ in pairs), "theirs": statistics.median(b for _, b in pairs),
                "ratio": statistics.median(b / a for a, b in pairs)}
