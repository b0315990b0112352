"""PyTorch's FlexAttention, compiled for the CPU: masks and score functions that both systems take from their users."""
import time

import numpy as np
import torch
from bench import Case, normal
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

NAME = f"FlexAttention, compiled by PyTorch {torch.__version__}"
LENGTHS = (512, 2048, 8192)
HEADS = 8
# As the rows of attention-bench have them.
SLOPES = [2.0 ** -(head + 1) for head in range(HEADS)]
CAP, WINDOW = 20.0, 256


def causal(batch, head, query, key):
    return query >= key


def window(batch, head, query, key):
    return (query >= key) & (query - key < WINDOW)


def capped(score, batch, head, query, key):
    return CAP * torch.tanh(score / CAP)


def with_slopes(slopes):
    return lambda score, batch, head, query, key: score + slopes[head] * (key - query)


def kinds():
    """(row of attention-bench, mask, score function, further inputs of ours)"""
    slopes = torch.tensor(SLOPES)
    return (("full", None, None, ()), ("causal", causal, None, ()), (f"window{WINDOW}", window, None, ()),
            ("alibi", causal, with_slopes(slopes), (slopes.numpy(),)), ("softcap", causal, capped, ()))


def cases(bench):
    torch.set_num_threads(bench.threads)
    with torch.inference_mode():
        for width in (64, 128):
            for kind, mask, score, further in kinds():
                named = bench.named(f"flex {kind} d{width} h{HEADS}", LENGTHS)
                if named:
                    yield from rows(bench, kind, width, mask, score, further, named)


def rows(bench, kind, width, mask, score, further, named):
    text = bench.bench_text(f"softmax {kind} f32 d{width} n512")
    model, seconds = bench.timed_compile(f"flex_{kind}_{width}", text)
    runner = bench.runner(model)
    torch.compiler.reset()
    for name, length in named:
        arrays = normal((1, HEADS, length, width))
        ours, (output,) = runner.prepare(*arrays, *further)
        theirs, other_seconds = compiled(arrays, mask, score, length)
        ours()
        difference = float(np.abs(output - theirs().numpy()).max())
        yield Case(name, ours, theirs, difference, {"ours": seconds, "theirs": other_seconds})


def compiled(arrays, mask, score, length):
    """Their function, and the seconds of its first call, which compiles it (for these sizes: what a length costs that is new)."""
    q, k, v = (torch.from_numpy(array) for array in arrays)
    attend = torch.compile(flex_attention, dynamic=False)
    start = time.perf_counter()
    blocks = create_block_mask(mask, None, None, length, length, device="cpu") if mask else None

    def run():
        return attend(q, k, v, score_mod=score, block_mask=blocks)

    run()
    return run, time.perf_counter() - start
