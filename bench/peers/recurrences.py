"""Log-exp attention as PyTorch users write it today."""
import torch


def chunked(q, k, v, tokens=128):
    """In chunks, with a running sum of exp(k) v: quick, and overflows where keys grow."""
    eq, ek = q.exp(), k.exp()
    batch, heads, length, width = q.shape
    matrix, keys = q.new_zeros(batch, heads, width, v.shape[-1]), q.new_zeros(batch, heads, width, 1)
    below = torch.ones(tokens, tokens).tril()
    outputs = []
    for first in range(0, length, tokens):
        last = min(first + tokens, length)
        a, b, c = eq[:, :, first:last], ek[:, :, first:last], v[:, :, first:last]
        weights = (a @ b.transpose(-1, -2)) * below[:last - first, :last - first]
        total = weights.sum(-1, keepdim=True) + a @ keys
        outputs.append((weights @ c + a @ matrix) / total)
        matrix = matrix + b.transpose(-1, -2) @ c
        keys = keys + b.transpose(-1, -2).sum(-1, keepdim=True)
    return torch.cat(outputs, 2)


def materialized(q, k, v):
    """The author's formulation (Heinsen, arXiv 2404.05843): a running log-sum-exp for every token, in memory. Values are positive."""
    sums = torch.logcumsumexp(k.unsqueeze(-1) + v.log().unsqueeze(-2), dim=2)
    keys = torch.logcumsumexp(k, dim=2)
    values = torch.logsumexp(q.unsqueeze(-1) + sums, dim=3)
    return (values - torch.logsumexp(q + keys, dim=3, keepdim=True)).exp()
