#!/usr/bin/python3
"""Writes tests/optim/walk_reference.json: the walks of core/optim/walk by PyTorch's own optimizers.

Run from the repository root. The slopes are PyTorch's, too: the losses are written down here once more.
"""
import json

import torch

SURFACES = {
    "valley": lambda x, y, s: ((x - 1) ** 2 + s * (y - 0.5) ** 2) / 2,
    "bend": lambda x, y, s: ((1 - x) ** 2 + s * (y - x ** 2 / 2) ** 2) / 2,
    "saddle": lambda x, y, s: (s * (y - 0.5) ** 2 + (x ** 2 - 1) ** 2 / 2) / 2,
}


def path(make, surface, stretch, size, start, steps):
    w = torch.nn.Parameter(torch.tensor(start))
    optimizer = make([w])
    places, losses = [], []
    for _ in range(steps + 1):
        optimizer.zero_grad()
        loss = size * SURFACES[surface](w[0], w[1], stretch)
        loss.backward()
        places.append([float("%.7g" % v) for v in w.detach().tolist()])
        losses.append(float("%.7g" % loss.item()))
        optimizer.step()
    return {"places": places, "losses": losses}


def walk(surface, stretch, size, start, steps, lr, betas, eps, decay, descent_lr):
    run = lambda make: path(make, surface, stretch, size, start, steps)
    adam = dict(lr=lr, betas=betas, eps=eps, weight_decay=decay)
    return {"surface": surface, "stretch": stretch, "size": size, "start": start, "steps": steps, "lr": lr,
            "beta1": betas[0], "beta2": betas[1], "eps": eps, "weight_decay": decay, "descent_lr": descent_lr,
            "descent": run(lambda w: torch.optim.SGD(w, lr=descent_lr)),
            "l2": run(lambda w: torch.optim.Adam(w, **adam)),
            "adamw": run(lambda w: torch.optim.AdamW(w, **adam))}


cases = [
    walk("valley", 30.0, 1.0, [-2.0, 2.5], 12, 0.1, (0.9, 0.999), 1e-8, 0.1, 0.03),
    walk("bend", 10.0, 2.0, [-1.0, 1.5], 8, 0.05, (0.8, 0.9), 1e-3, 0.5, 0.01),
    walk("saddle", 5.0, 0.1, [0.2, -1.0], 8, 0.2, (0.9, 0.99), 1e-8, 1.0, 0.5),
]
with open("tests/optim/walk_reference.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
