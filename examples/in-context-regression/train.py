#!/usr/bin/env python3
"""Trains the weights of model.mlir again: in-context regression through a workspace, with 1 to 6 layers.

It takes PyTorch and safetensors: scripts/python-environment torch==2.13.0 safetensors==0.8.0 numpy==2.4.6
6000 steps take half a minute for each layer on one core.

usage: train.py LAYERS [--steps 6000] [--seed 0] [--out layers-L.safetensors] [--score layers-L.safetensors]"""
import argparse

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

import tasks
from tasks import EXAMPLES, INPUTS, NOISE

CHANNELS, WORKSPACE, HIDDEN = 4, 16, 32
BATCH, TASKS = 128, 20000


class Layer(nn.Module):
    """Measures each example in the light of the workspace, and adds the means of the measurements to it."""

    def __init__(self):
        super().__init__()
        seen = INPUTS + 1 + WORKSPACE
        self.g1, self.u1 = nn.Linear(seen, HIDDEN), nn.Linear(seen, HIDDEN)
        self.g2, self.u2 = nn.Linear(seen + HIDDEN, HIDDEN), nn.Linear(seen + HIDDEN, HIDDEN)
        self.out = nn.Linear(HIDDEN, CHANNELS, bias=False)
        self.U = nn.Linear(CHANNELS, WORKSPACE, bias=False)

    def forward(self, z, p):
        n = torch.cat([z, p[:, None].expand(-1, z.shape[1], -1)], -1)
        n2 = torch.cat([n, 0.3 * self.g1(n) * self.u1(n)], -1)
        return p + self.U(self.out(0.3 * self.g2(n2) * self.u2(n2)).mean(1))


class Model(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.read = nn.Linear(WORKSPACE, INPUTS, bias=False)

    def forward(self, z, query):
        p = z.new_zeros(len(z), WORKSPACE)
        for layer in self.layers:
            p = layer(z, p)
        return (self.read(p) * query).sum(-1)


def draw(tasks, generator=None):
    """Examples (x, y) with y = <theta, x> + noise, a query, and <theta, query>."""
    theta = torch.randn(tasks, INPUTS, generator=generator)
    x = torch.randn(tasks, EXAMPLES, INPUTS, generator=generator)
    y = (x @ theta[:, :, None])[..., 0] + NOISE * torch.randn(tasks, EXAMPLES, generator=generator)
    query = torch.randn(tasks, INPUTS, generator=generator)
    return torch.cat([x, y[..., None]], -1), query, (query * theta).sum(-1)


def ridge(z, query):
    """The mean of the posterior: no predictor has a smaller expected squared error."""
    x, y = z[..., :INPUTS], z[..., INPUTS:]
    gram = x.transpose(1, 2) @ x + NOISE**2 * torch.eye(INPUTS)
    return (torch.linalg.solve(gram, x.transpose(1, 2) @ y)[..., 0] * query).sum(-1)


def train(model, steps, rate=3e-3):
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0)
    for i in range(steps):
        optimizer.param_groups[0]["lr"] = rate * min(1, (i + 1) / 100) * (1 - i / steps)
        z, query, target = draw(BATCH)
        loss = F.mse_loss(model(z, query), target)
        optimizer.zero_grad()
        loss.backward()
        # Six layers are a polynomial of degree 4^6 in the examples: some batches are beyond float32.
        if nn.utils.clip_grad_norm_(model.parameters(), 1.0).isfinite():
            optimizer.step()
        if i % 500 == 0:
            print(f"step {i}: {loss.item():.4f}", flush=True)


@torch.no_grad()
def report(model):
    """On many tasks, and on those that score.py gives to the compiled model."""
    z, query, target = draw(TASKS, torch.Generator().manual_seed(999))
    errors = {"model": model(z, query), "ridge, the best possible": ridge(z, query), "zero": torch.zeros(TASKS)}
    for name, prediction in errors.items():
        print(f"{name}: mean squared error {F.mse_loss(prediction, target):.4f}")
    z, query, target = map(torch.tensor, zip(*tasks.draw()))
    print(f"tasks of score.py: {F.mse_loss(model(z, query), target):.5f}")


def stacked(model):
    """The weights as model.mlir reads them: those of all layers in one tensor."""
    names = [name for name, _ in model.layers[0].named_parameters()]
    weights = {name: torch.stack([layer.get_parameter(name).detach() for layer in model.layers]) for name in names}
    return {**weights, "read.weight": model.read.weight.detach()}


@torch.no_grad()
def load(model, path):
    weights = load_file(path)
    model.read.weight.copy_(weights.pop("read.weight"))
    for name, all_layers in weights.items():
        for layer, weight in zip(model.layers, all_layers, strict=True):
            layer.get_parameter(name).copy_(weight)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layers", type=int)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out")
    parser.add_argument("--score", metavar="WEIGHTS")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    model = Model(options.layers)
    if options.score:
        load(model, options.score)
    else:
        train(model, options.steps)
        save_file(stacked(model), options.out or f"layers-{options.layers}.safetensors")
    report(model)


if __name__ == "__main__":
    main()
