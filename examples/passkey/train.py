#!/usr/bin/env python3
"""Trains the weights of model.mlir again, from nothing: a memory of four rows, which attention condenses (`pooled`) or the
layers rewrite (`rewritten`), or the rows of the segment before, layer by layer (`plain`). Prints the share of passkeys that
are found at each distance.

It takes PyTorch and safetensors: scripts/python-environment torch==2.13.0 safetensors==0.8.0 numpy==2.4.6

usage: train.py pooled|rewritten|plain [--seed 0] [--out pooled.safetensors] [--score pooled.safetensors]"""
import argparse
import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from training import RmsNorm, linear

WIDTH, LAYERS, HEADS, HIDDEN, SLOTS, SEGMENT = 64, 2, 4, 128, 4, 16
SYMBOLS, KEY, QUERY, DIGITS = 28, 26, 27, 4  # digits, letters, and two marks
# Segments of the longest cases, cases in a batch, steps, learning rate, price of a write, and whether cases grow.
STAGES = {"pooled": [(8, 64, 1000, 2e-3, 0.03, True), (32, 32, 320, 1e-3, 0.1, False)],
          "rewritten": [(16, 64, 1350, 2e-3, 0.03, True), (32, 32, 410, 1e-3, 0.1, False)],
          "plain": [(4, 64, 1500, 2e-3, 0.0, True)]}


def draw(count, segments, generator=None, first=False):
    """Symbols at random, among them KEY and four digits within a segment before the last (or in the first); four QUERYs end
    them, which ask for those digits. No answer is ever an input."""
    ids = torch.randint(0, KEY, (count, segments * SEGMENT), generator=generator)
    digits = torch.randint(0, 10, (count, DIGITS), generator=generator)
    segment = torch.randint(0, 1 if first else segments - 1, (count,), generator=generator)
    place = segment * SEGMENT + torch.randint(0, SEGMENT - DIGITS, (count,), generator=generator)
    case = torch.arange(count)
    ids[case, place] = KEY
    for i in range(DIGITS):
        ids[case, place + 1 + i] = digits[:, i]
    ids[:, -DIGITS:] = QUERY
    return ids, digits


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.wq, self.wk, self.wv, self.wo = (linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, queries, keys, mask=None):
        heads = lambda x: x.unflatten(-1, (HEADS, -1)).transpose(1, 2)
        y = F.scaled_dot_product_attention(heads(self.wq(queries)), heads(self.wk(keys)), heads(self.wv(keys)), attn_mask=mask)
        return self.wo(y.transpose(1, 2).flatten(2))


def causal(rows, known):
    """Rows see what is known, and each other up to themselves."""
    return torch.ones(rows, known + rows, dtype=torch.bool).tril(known)


class Layer(nn.Module):
    """Rows attend to a memory and to each other."""

    def __init__(self):
        super().__init__()
        self.n1, self.n2, self.attn = RmsNorm(WIDTH), RmsNorm(WIDTH), Attention()
        self.gate, self.up, self.down = linear(WIDTH, HIDDEN), linear(WIDTH, HIDDEN), linear(HIDDEN, WIDTH)

    def forward(self, x, memory, mask):
        keys = self.n1(torch.cat([memory, x], 1))
        x = x + self.attn(keys[:, memory.shape[1] :], keys, mask)
        n = self.n2(x)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, WIDTH)
        self.pos = nn.Parameter(torch.randn(SEGMENT, WIDTH))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm, self.head = RmsNorm(WIDTH), linear(WIDTH, SYMBOLS)

    def rows(self, ids, segment):
        return self.embed(ids[:, segment * SEGMENT : (segment + 1) * SEGMENT]) + self.pos


class Plain(Model):
    """Each layer reads its own input of the segment before: the reach is a segment for each layer."""

    def forward(self, ids):
        before = [torch.zeros(len(ids), 0, WIDTH)] * LAYERS
        for segment in range(ids.shape[1] // SEGMENT):
            x, inputs = self.rows(ids, segment), []
            for layer, memory in zip(self.layers, before):
                inputs.append(x)
                x = layer(x, memory, causal(SEGMENT, memory.shape[1]))
            before = inputs
        return self.head(self.norm(x[:, -DIGITS:])), 0.0


class Memory(Model):
    """Every layer reads four rows, for which a segment has new ones, which a gate lets in."""

    def __init__(self):
        super().__init__()
        self.mem0, self.mnorm = nn.Parameter(torch.randn(SLOTS, WIDTH)), RmsNorm(WIDTH)
        self.wg = nn.Linear(2 * WIDTH, WIDTH)
        nn.init.normal_(self.wg.weight, std=0.02)
        nn.init.constant_(self.wg.bias, 2.0)

    def forward(self, ids):
        memory, written = self.mem0.expand(len(ids), -1, -1), 0.0
        segments = ids.shape[1] // SEGMENT
        for segment in range(segments):
            x, new = self.read(self.rows(ids, segment), memory)
            new = self.mnorm(new)
            gate = torch.sigmoid(self.wg(torch.cat([memory, new], -1)))
            memory = gate * memory + (1 - gate) * new
            written = written + (1 - gate).mean() / segments
        return self.head(self.norm(x[:, -DIGITS:])), written


class Pooled(Memory):
    """The memory's rows attend to those of the last layer."""

    def __init__(self):
        super().__init__()
        self.pool, self.n_m, self.n_x = Attention(), RmsNorm(WIDTH), RmsNorm(WIDTH)

    def read(self, x, memory):
        for layer in self.layers:
            x = layer(x, memory, causal(SEGMENT, SLOTS))
        return x, self.pool(self.n_m(memory), self.n_x(x))


class Rewritten(Memory):
    """The memory's rows go through the layers with the segment, all of which they see."""

    def read(self, x, memory):
        mask = causal(SLOTS + SEGMENT, 0)
        mask[:SLOTS], mask[:, :SLOTS] = True, True
        x = torch.cat([memory, x], 1)
        for layer in self.layers:
            x = layer(x, x[:, :0], mask)
        return x[:, SLOTS:], x[:, :SLOTS]


def found(logits, digits):
    return (logits.argmax(-1) == digits).all(1).float().mean().item()


@torch.no_grad()
def score(model, segments, count=512):
    """The share of passkeys found whose key stands in the first segment."""
    ids, digits = draw(count, segments, torch.Generator().manual_seed(1234), first=True)
    return found(model(ids)[0], digits)


def train(model, longest, count, steps, rate, price, grows):
    """The price of a write keeps the gate shut on noise."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01)
    reached, average = 2 if grows else longest, 0.0
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (step + 1) / 100) * min(1, (1 - step / steps) / 0.3)
        ids, digits = draw(count, int(torch.randint(2, reached + 1, ())))
        logits, written = model(ids)
        loss = F.cross_entropy(logits.flatten(0, 1), digits.flatten()) + price * written
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average += 0.03 * (found(logits, digits) - average)
        if average > 0.9 and reached < longest:
            reached, average = min(longest, 2 * reached), 0.5
        if step % 50 == 0:
            print(f"step {step}: loss {loss.item():.4f}, {average:.3f} found of up to {reached} segments", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("memory", choices=STAGES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--score", metavar="WEIGHTS")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    model = {"pooled": Pooled, "rewritten": Rewritten, "plain": Plain}[options.memory]()
    if options.score:
        model.load_state_dict(load_file(options.score))
    else:
        for stage in STAGES[options.memory]:
            train(model, *stage)
        save_file({name: p.contiguous() for name, p in model.state_dict().items()},
                  options.out or f"{options.memory}.safetensors")
    for segments in (2, 3, 4, 8, 16, 32, 64, 128):
        print(f"{segments} segments: {score(model, segments):.4f} found", flush=True)


if __name__ == "__main__":
    main()
