"""PyTorch: its scaled_dot_product_attention, log-exp as users write it, and MiniLM, eager and compiled."""
import subprocess

import numpy as np
import recurrences
import torch
from bench import Case, attend_text, normal
from torch.nn.functional import normalize, scaled_dot_product_attention

NAME = f"PyTorch {torch.__version__}"
LENGTHS = (128, 256, 384, 512, 1024, 1920, 4096, 8064)
HALF_LENGTHS = (128, 512, 1024, 2048, 4096, 8192)
BATCHES = ((1, 16), (1, 128), (8, 128), (32, 128), (4, 512))
HEADS = 8


def cases(bench):
    torch.set_num_threads(bench.threads)
    with torch.inference_mode():
        for family in (softmax, softmax_half, log_exp, minilm):
            yield from family(bench)


def softmax(bench):
    yield from softmax_rows(bench, "softmax", "f32", LENGTHS, softmax_case)


def softmax_half(bench):
    yield from softmax_rows(bench, "softmax bf16", "bf16", HALF_LENGTHS, softmax_half_case)


def softmax_rows(bench, family, element, lengths, make_case):
    for width in (64, 128):
        for causal in (False, True):
            kind = "causal" if causal else "full"
            named = bench.named(f"{family} {kind} d{width} h{HEADS}", lengths)
            if not named:
                continue
            runner = bench.runner(bench.compile(f"{element}_{kind}_{width}", attend_text(HEADS, width, causal, element=element)))
            for name, length in named:
                yield make_case(name, runner, (1, HEADS, length, width), causal)


def softmax_case(name, runner, shape, causal):
    arrays = normal(shape)
    run, (output,) = runner.prepare(*arrays)
    q, k, v = (torch.from_numpy(array) for array in arrays)

    def theirs():
        return scaled_dot_product_attention(q, k, v, is_causal=causal)

    run()
    return Case(name, run, theirs, float(np.abs(output - theirs().numpy()).max()))


def softmax_half_case(name, runner, shape, causal):
    """The difference is that of our error from PyTorch's, both against float64, relative to the latter."""
    torch.manual_seed(1)
    q, k, v = (torch.randn(shape).to(torch.bfloat16) for _ in range(3))
    run, (output,) = runner.prepare(*(x.view(torch.uint16).numpy() for x in (q, k, v)))

    def theirs():
        return scaled_dot_product_attention(q, k, v, is_causal=causal)

    run()
    last = (slice(None), slice(0, 1), slice(-256, None))  # of one head, which is enough
    exact = scaled_dot_product_attention(*(x[:, :1].double() for x in (q, k, v)), is_causal=causal)[last]
    ours = torch.from_numpy(output).view(torch.bfloat16)
    error, other = (float((x[last].double() - exact).abs().max()) for x in (ours, theirs()))
    return Case(name, run, theirs, error / other - 1)


def log_exp(bench):
    forms = {"chunked": recurrences.chunked, "materialized": recurrences.materialized}
    for width in (32, 64):
        named = [(f"log_exp against {form} d{width} h{HEADS} n{length}", form, length)
                 for form in forms for length in (1024, 4096, 16384) if form == "chunked" or length <= 4096]
        named = [case for case in named if bench.wanted(case[0])]
        if not named:
            continue
        runner = bench.runner(bench.compile(f"log_exp_{width}", attend_text(HEADS, width, True, "log_exp")))
        for name, form, length in named:
            arrays = normal((1, HEADS, length, width))
            arrays[2] = np.abs(arrays[2]) + 0.1
            run, (output,) = runner.prepare(*arrays)
            tensors = [torch.from_numpy(array) for array in arrays]
            run()
            difference = float(np.abs(output - forms[form](*tensors).numpy()).max())
            yield Case(name, run, lambda: forms[form](*tensors), difference)


def minilm(bench):
    """Whole sentence embeddings. In bfloat16 the difference is that of directions: 1 - cosine, the largest of a batch."""
    for element, dtype in (("f32", torch.float32), ("bf16", torch.bfloat16)):
        for form in ("eager", "compiled"):
            named = [(f"minilm {element} against {form} {batch}x{length}", batch, length) for batch, length in BATCHES]
            named = [case for case in named if bench.wanted(case[0])]
            if named and bench.checkpoint:
                yield from minilm_rows(bench, element, dtype, form == "compiled", named)


def minilm_rows(bench, element, dtype, compiled, named):
    from transformers import AutoModel
    module = AutoModel.from_pretrained(bench.checkpoint, dtype=dtype).eval()
    model = bench.directory / f"minilm_{element}.mlir"
    subprocess.run([bench.tools / "attention-import", bench.checkpoint, f"--type={element}", "-o", model], check=True)
    runner = bench.runner(bench.compile(model.stem, None), "embed", [bench.checkpoint / "model.safetensors"])
    for name, batch, length in named:
        ids = np.random.default_rng(1).integers(1000, 30000, (batch, length))
        run, (output,) = runner.prepare(ids, np.ones_like(ids), np.zeros_like(ids))
        theirs = embedding(torch.compile(module, dynamic=False) if compiled else module, torch.from_numpy(ids))
        run()
        yield Case(name, run, theirs, embedding_difference(output, theirs(), element))


def embedding(module, ids):
    mask, types = torch.ones_like(ids), torch.zeros_like(ids)

    def run():
        states = module(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        wide = mask.unsqueeze(-1).to(states.dtype)
        mean = (states * wide).sum(1) / wide.sum(1).clamp(min=1e-9)
        return normalize(mean, dim=1)

    return run


def embedding_difference(output, theirs, element):
    if element == "f32":
        return float(np.abs(output - theirs.numpy()).max())
    ours = torch.from_numpy(output).view(torch.bfloat16) if output.dtype == np.uint16 else torch.from_numpy(output)
    return float((1 - torch.cosine_similarity(ours.float(), theirs.float(), dim=1)).max())
