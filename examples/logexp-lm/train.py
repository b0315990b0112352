#!/usr/bin/env python3
"""Trains the weights of model.mlir again, on the King James Bible, or scores a file of weights on what is held out.

The text: apt-get install bible-kjv; bible -f Gen1:1-Rev22:21 | sed 's/^[^ ]*:[0-9]* //' > kjv.txt
It takes PyTorch and safetensors: scripts/python-environment torch==2.13.0 safetensors==0.8.0 numpy==2.4.6

usage: train.py kjv.txt [--steps 2200] [--seed 0] [--out model.safetensors] [--score model.safetensors]"""
import argparse
import math
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from training import BLOCK, VOCABULARY, RmsNorm, linear, optimizers, split, step

WIDTH, LAYERS, HEADS, HIDDEN = 128, 4, 4, 256
SEGMENT, BATCH = 256, 8
CHUNK = 16  # characters whose pairs are weighed one by one
NOTHING = -1e30  # the largest key of no keys: exp(NOTHING - k) is 0, and finite throughout


def log_exp(q, k, v, state):
    """Softmax over log <exp q, exp k>, causal, [batch, heads, tokens, columns]; state: the largest keys so far, and sums by
    them. No exponent is positive: the reference of a row is the largest q + k that it sees itself, not a later one."""
    outputs = []
    for t in range(0, q.shape[2], CHUNK):
        qc, kc, vc = (x[:, :, t : t + CHUNK] for x in (q, k, v))
        largest, sums, norms = state
        seen = torch.maximum(kc.cummax(2).values, largest).detach()
        row = (qc + seen).amax(-1, keepdim=True).detach()
        pairs = (qc - row)[:, :, :, None] + kc[:, :, None]
        later = torch.ones(qc.shape[2], qc.shape[2], dtype=torch.bool).triu(1)[..., None]
        near = pairs.masked_fill(later, -math.inf).exp().sum(-1)
        far = (qc + largest - row).exp()
        outputs.append((near @ vc + far @ sums) / (near.sum(-1, keepdim=True) + far @ norms))
        after = seen[:, :, -1:]
        written, kept = (kc - after).exp().transpose(2, 3), (largest - after).exp().transpose(2, 3)
        state = after, kept * sums + written @ vc, kept * norms + written.sum(-1, keepdim=True)
    return torch.cat(outputs, 2), state


class Shift(nn.Module):
    """y[t] = sum_i weight[i] x[t - i]; the state is the last three rows."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(4)[0][:, None].repeat(1, WIDTH))

    def forward(self, x, before):
        rows = torch.cat([before, x], 1)
        return sum(self.weight[i] * rows[:, 3 - i : rows.shape[1] - i] for i in range(4)), rows[:, -3:]


class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.shift = Shift()
        self.wq, self.wk, self.wv, self.wo = (linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x, state):
        batch, tokens, _ = x.shape
        y, rows = self.shift(x, state[0])
        q, k, v = (w(y).float().view(batch, tokens, HEADS, -1).transpose(1, 2) for w in (self.wq, self.wk, self.wv))
        o, memory = log_exp(q, k, v, state[1:])
        # While training: keeps exp(k) far from the ends of the type.
        self.penalty = F.relu(k.abs() - 15).pow(2).sum() / (batch * tokens)
        return self.wo(o.transpose(1, 2).reshape(x.shape)), (rows, *memory)


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.up, self.down = linear(WIDTH, HIDDEN), linear(WIDTH, HIDDEN), linear(HIDDEN, WIDTH)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


def residual(f):
    return nn.ModuleDict({"f": f, "norm": RmsNorm(WIDTH)})


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, WIDTH)
        self.layers = nn.ModuleList(nn.ModuleDict({"attn": residual(Mixer()), "mlp": residual(Gated())}) for _ in range(LAYERS))
        self.pos = nn.Linear(WIDTH, 2 * WIDTH)
        self.norm, self.head = RmsNorm(WIDTH), linear(WIDTH, VOCABULARY)
        nn.init.normal_(self.pos.weight, std=0.02)
        nn.init.zeros_(self.pos.bias)
        nn.init.zeros_(self.head.weight)

    def start(self, batch):
        heads = (batch, HEADS, 1, WIDTH // HEADS)
        layer = lambda: (torch.zeros(batch, 3, WIDTH), torch.full(heads, NOTHING),
                         torch.zeros(batch, HEADS, heads[3], heads[3]), torch.zeros(batch, HEADS, heads[3], 1))
        return [(torch.zeros(batch, 1, WIDTH),), *(layer() for _ in range(LAYERS))]

    def positions(self, x, before):
        """p[t] = log(sigmoid(a[t]) exp(p[t - 1]) + exp(b[t]))"""
        a, b = self.pos(x).float().chunk(2, -1)
        decay = F.logsigmoid(a).cumsum(1)
        return decay + torch.logcumsumexp(torch.cat([before, b - decay], 1), 1)[:, 1:]

    def forward(self, ids, state):
        x = self.embed(ids)
        p = self.positions(x, state[0][0])
        x, after = x + p, [(p[:, -1:],)]
        for layer, before in zip(self.layers, state[1:]):
            mixed, memory = layer["attn"]["f"](layer["attn"]["norm"](x), before)
            after.append(memory)
            x = x + mixed
            x = x + layer["mlp"]["f"](layer["mlp"]["norm"](x))
        return self.head(self.norm(x)).float(), after


@torch.no_grad()
def bits_per_character(model, blocks):
    """The state is carried through each block."""
    state, nats = model.start(len(blocks)), 0.0
    for t in range(0, BLOCK - 1, SEGMENT):
        following = blocks[:, t + 1 : t + SEGMENT + 1]
        logits, state = model(blocks[:, t : t + following.shape[1]], state)
        nats += F.cross_entropy(logits.flatten(0, 1), following.flatten(), reduction="sum").item()
    return nats / math.log(2) / (len(blocks) * (BLOCK - 1))


def matrices_and_rest(model):
    """The matrices of the layers, and all other parameters."""
    matrices = [p for n, p in model.named_parameters() if n.startswith("layers") and p.ndim == 2 and "shift" not in n]
    chosen = {id(p) for p in matrices}
    return matrices, [p for p in model.parameters() if id(p) not in chosen]


def restart(state, isNew, start):
    """States go on without gradients, those of new places in the text from nothing."""
    choose = lambda old, new: torch.where(isNew.view(-1, *[1] * (old.ndim - 1)), new, old.detach())
    return [tuple(map(choose, old, new)) for old, new in zip(state, start)]


def train(model, ids, steps):
    last = len(ids) - SEGMENT - 1
    draw = lambda: torch.randint(0, last, (BATCH,))
    places, state, rates = draw(), model.start(BATCH), optimizers(*matrices_and_rest(model))
    for i in range(steps):
        x = torch.stack([ids[p : p + SEGMENT + 1] for p in places.tolist()])
        with torch.autocast("cpu", torch.bfloat16):
            logits, state = model(x[:, :-1], state)
        loss = F.cross_entropy(logits.flatten(0, 1), x[:, 1:].flatten())
        (loss + 1e-3 * sum(layer["attn"]["f"].penalty for layer in model.layers)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        step(rates, i, steps)
        places = places + SEGMENT
        isNew = (torch.rand(BATCH) < 1 / 16) | (places > last)
        places = torch.where(isNew, draw(), places)
        state = restart(state, isNew, model.start(BATCH))
        if i % 50 == 0:
            print(f"step {i}: {loss.item() / math.log(2):.4f} bits per character", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--steps", type=int, default=2200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="model.safetensors")
    parser.add_argument("--score", metavar="WEIGHTS")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    model, (ids, blocks) = Model(), split(options.text)
    if options.score:
        model.load_state_dict(load_file(options.score))
    else:
        train(model, ids, options.steps)
        save_file({name: p.contiguous() for name, p in model.state_dict().items()}, options.out)
    print(f"held out: {bits_per_character(model, blocks):.4f} bits per character")


if __name__ == "__main__":
    main()
