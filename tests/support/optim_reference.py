#!/usr/bin/python3
"""Writes tests/optim/adamw_reference.json and tests/objective/cross_entropy_reference.json, by PyTorch.

Run from the repository root. Inputs are stored beside the results, so nothing depends on how they were drawn.
"""
import json

import torch


def flat(t):
    return {"shape": list(t.shape), "values": [float("%.9g" % x) for x in t.detach().flatten().tolist()]}


def adamw(steps, **settings):
    """Two tensors, of which only the first decays; gradients of very different size."""
    matrix = torch.nn.Parameter(torch.randn(2, 3))
    vector = torch.nn.Parameter(torch.randn(4))
    start = [flat(matrix), flat(vector)]
    decay = settings.pop("weight_decay")
    optimizer = torch.optim.AdamW([{"params": [matrix], "weight_decay": decay},
                                   {"params": [vector], "weight_decay": 0.0}], **settings)
    grads, after = [], []
    for step in range(steps):
        matrix.grad = torch.randn(2, 3) * 10.0 ** (step % 3 - 2)
        vector.grad = torch.randn(4) * torch.tensor([1.0, 1e-3, 100.0, 0.0])
        grads.append([flat(matrix.grad), flat(vector.grad)])
        optimizer.step()
        after.append([flat(matrix), flat(vector)])
    beta1, beta2 = settings["betas"]
    return {"lr": settings["lr"], "beta1": beta1, "beta2": beta2, "eps": settings["eps"],
            "weight_decay": decay, "start": start, "grads": grads, "after": after,
            "m": [flat(optimizer.state[p]["exp_avg"]) for p in (matrix, vector)],
            "v": [flat(optimizer.state[p]["exp_avg_sq"]) for p in (matrix, vector)]}


def cross_entropy(rows, vocabulary, targets):
    logits = (torch.randn(rows, vocabulary) * 3).requires_grad_()
    target = torch.tensor(targets)
    loss = torch.nn.functional.cross_entropy(logits, target, ignore_index=-1)
    loss.backward()
    return {"logits": flat(logits), "target": flat(target.float()), "loss": loss.item(),
            "dlogits": flat(logits.grad)}


def write(path, cases):
    with open(path, "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


torch.manual_seed(7)
write("tests/optim/adamw_reference.json", [
    adamw(6, lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1),
    adamw(4, lr=0.3, betas=(0.5, 0.9), eps=1e-2, weight_decay=0.5),
])
write("tests/objective/cross_entropy_reference.json", [
    cross_entropy(4, 5, [0, 4, 2, 2]),
    cross_entropy(5, 70, [3, -1, 69, -1, 0]),
])
