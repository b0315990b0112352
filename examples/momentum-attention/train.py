#!/usr/bin/env python3
"""Trains both models of model.mlir again, plain and with momentum, on the King James Bible, or scores a file of weights.

The text: apt-get install bible-kjv; bible -f Gen1:1-Rev22:21 | sed 's/^[^ ]*:[0-9]* //' > kjv.txt
It takes PyTorch and safetensors: scripts/python-environment torch==2.13.0 safetensors==0.8.0 numpy==2.4.6

usage: train.py kjv.txt plain|momentum [--steps 1500] [--seed 0] [--out NAME.safetensors] [--score NAME.safetensors]"""
import argparse
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from training import BLOCK, VOCABULARY, optimizers, split, step

WIDTH, LAYERS, HEADS, HIDDEN = 64, 4, 4, 128
WINDOW, BATCH = 128, 16


def rms(x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)


def rotary(x):
    """Element c of the first half turns with element c of the second half."""
    half = x.shape[-1] // 2
    rates = 10000.0 ** (-torch.arange(half) / half)
    angles = torch.arange(x.shape[-2])[:, None] * rates
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()], -1)


class Stacked(nn.Module):
    """The weights of all layers, [layers, outputs, inputs], as model.mlir reads them."""

    def __init__(self, hasMomentum):
        super().__init__()
        matrix = lambda o, i: nn.Parameter(torch.randn(LAYERS, o, i) * i**-0.5)
        vector = lambda value: nn.Parameter(torch.full((LAYERS, WIDTH), value))
        self.embed = nn.Parameter(torch.randn(VOCABULARY, WIDTH))
        self.wq, self.wk, self.wv, self.wo = (matrix(WIDTH, WIDTH) for _ in range(4))
        self.gate, self.up, self.down = matrix(HIDDEN, WIDTH), matrix(HIDDEN, WIDTH), matrix(WIDTH, HIDDEN)
        self.attention_norm, self.feed_norm = vector(1.0), vector(1.0)
        self.norm, self.head = nn.Parameter(torch.ones(WIDTH)), nn.Parameter(torch.zeros(VOCABULARY, WIDTH))
        if hasMomentum:  # mu, beta and gamma of the attention and of the feed-forward of each layer, before they are squashed
            start = torch.tensor([math.log(9), math.log(9), math.log(math.e - 1)])
            self.rates = nn.Parameter(start.repeat(LAYERS, 2, 1))
            self.attention_momentum, self.feed_momentum = vector(1.0), vector(1.0)

    def attention(self, l, x):
        q, k, v = (F.linear(x, w[l]).view(*x.shape[:2], HEADS, -1).transpose(1, 2) for w in (self.wq, self.wk, self.wv))
        o = F.scaled_dot_product_attention(rotary(q), rotary(k), v, is_causal=True)
        return F.linear(o.transpose(1, 2).reshape(x.shape), self.wo[l])

    def feed(self, l, x):
        return F.linear(F.silu(F.linear(x, self.gate[l])) * F.linear(x, self.up[l]), self.down[l])


class Plain(Stacked):
    """x <- x + f(norm x), f attention and feed-forward in turns."""

    def __init__(self):
        super().__init__(False)

    def forward(self, ids):
        x = self.embed[ids]
        for l in range(LAYERS):
            x = x + self.attention(l, rms(x) * self.attention_norm[l])
            x = x + self.feed(l, rms(x) * self.feed_norm[l])
        return F.linear(rms(x) * self.norm, self.head)


class Momentum(Stacked):
    """v <- norm(beta v + gamma f(norm(x + mu v))), x <- x + v, with the same calls of f."""

    def __init__(self):
        super().__init__(True)

    def kick(self, l, part, f, norm, momentum, x, v):
        mu, beta = torch.sigmoid(self.rates[l, part, :2])
        gamma = F.softplus(self.rates[l, part, 2])
        return rms(beta * v + gamma * f(l, rms(x + mu * v) * norm[l])) * momentum[l]

    def forward(self, ids):
        x = self.embed[ids]
        v = torch.zeros_like(x)
        for l in range(LAYERS):
            v = self.kick(l, 0, self.attention, self.attention_norm, self.attention_momentum, x, v)
            x = x + v
            v = self.kick(l, 1, self.feed, self.feed_norm, self.feed_momentum, x, v)
            x = x + v
        return F.linear(rms(x) * self.norm, self.head)


@torch.no_grad()
def bits_per_character(model, windows):
    """Each character of a window but the first, given those before it in the window."""
    nats = sum(F.cross_entropy(model(part[:, :-1]).flatten(0, 1), part[:, 1:].flatten(), reduction="sum").item()
               for part in windows.split(64))
    return nats / math.log(2) / (len(windows) * (WINDOW - 1))


def train(model, ids, windows, steps):
    matrices = [p for name, p in model.named_parameters() if p.ndim == 3 and name != "rates"]
    rest = [p for name, p in model.named_parameters() if p.ndim != 3 or name == "rates"]
    rates = optimizers(matrices, rest)
    for i in range(steps):
        places = torch.randint(0, len(ids) - WINDOW - 1, (BATCH,)).tolist()
        x = torch.stack([ids[p : p + WINDOW + 1] for p in places])
        loss = F.cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        step(rates, i, steps)
        if (i + 1) % 250 == 0:
            print(f"step {i + 1}: {bits_per_character(model, windows[:256]):.4f} bits per character held out", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("kind", choices=["plain", "momentum"])
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--score", metavar="WEIGHTS")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model, (ids, blocks) = (Plain if options.kind == "plain" else Momentum)(), split(options.text)
    windows = blocks.view(-1, WINDOW)
    if options.score:
        model.load_state_dict(load_file(options.score))
    else:
        train(model, ids, windows, options.steps)
        save_file({name: p.contiguous() for name, p in model.state_dict().items()}, options.out or f"{options.kind}.safetensors")
    print(f"first block held out: {bits_per_character(model, windows[: BLOCK // WINDOW]):.5f} bits per character")
    print(f"all blocks held out: {bits_per_character(model, windows):.4f} bits per character")


if __name__ == "__main__":
    main()
