"""What the training scripts share: layers, and for the language models the text and an optimizer."""
import pathlib

import torch
from torch import nn

VOCABULARY, BLOCK = 96, 8192


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


def linear(inputs, outputs):
    made = nn.Linear(inputs, outputs, bias=False)
    nn.init.normal_(made.weight, std=inputs**-0.5)
    return made


def split(path):
    """Characters to train on, and the held-out blocks: 10, 30, 50, ... Ids are ASCII codes less 31, and 0 for the end of a line."""
    ids = torch.tensor([0 if c == 10 else c - 31 for c in pathlib.Path(path).read_bytes()])
    if ids.min() < 0 or ids.max() >= VOCABULARY:
        raise SystemExit("train: expects printable ASCII characters and ends of lines")
    isHeldOut = torch.zeros(len(ids), dtype=torch.bool)
    for i in range(10, len(ids) // BLOCK, 20):
        isHeldOut[i * BLOCK : (i + 1) * BLOCK] = True
    return ids[~isHeldOut], ids[isHeldOut].view(-1, BLOCK)


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal by a few Newton-Schulz steps; for matrices, and stacks of them."""

    def __init__(self, parameters, lr):
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                momentum.lerp_(p.grad, 0.05)
                update = p.grad.lerp(momentum, 0.95)
                rows, columns = p.shape[-2:]
                x = update.mT if rows > columns else update
                x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
                for _ in range(5):
                    m = x @ x.mT
                    x = 3.4445 * x + (-4.7750 * m + 2.0315 * m @ m) @ x
                scale = max(1, rows / columns) ** 0.5
                p.mul_(1 - group["lr"] * 0.05).add_(x.mT if rows > columns else x, alpha=-group["lr"] * scale)


def optimizers(matrices, rest):
    """With their learning rates."""
    return {Muon(matrices, 0.01): 0.01, torch.optim.AdamW(rest, lr=0.003, betas=(0.9, 0.95), weight_decay=0.0): 0.003}


def step(rates, number, steps):
    """Step `number` of each optimizer; learning rates rise over 50 steps, and fall to zero over the last 60 percent."""
    for optimizer, rate in rates.items():
        optimizer.param_groups[0]["lr"] = rate * min(1, (number + 1) / 50) * min(1, (1 - number / steps) / 0.6)
        optimizer.step()
        optimizer.zero_grad()
