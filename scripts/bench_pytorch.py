#!/usr/bin/env python3
"""The training step that `orrery bench training` is measured against, in PyTorch eager.

The same model (4 layers, 4 heads, width 128, context 64, no bias, tied, exact GELU), batch 12, 65
characters, float32, no dropout: forward, backward, clip, AdamW. The fastest of the settings that PyTorch
offers is looked for first. Prints one JSON object: milliseconds a step (median), version, settings.

    python3 scripts/bench_pytorch.py --threads 2 --steps 60
"""
import argparse
import json
import math
import time


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--steps", type=int, default=60)
    options.add_argument("--settings", default="", help="as printed before; empty looks for the best")
    options = options.parse_args()
    try:
        import torch
        import torch.nn as nn
        import torch.nn.functional as F
    except ImportError:
        print(json.dumps({"absent": "PyTorch is not installed: apt install python3-torch"}))
        return
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    V, n, L, h, d, B = 65, 64, 4, 4, 128, 12

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.gain_1 = nn.Parameter(torch.ones(d))
            self.gain_2 = nn.Parameter(torch.ones(d))
            self.qkv = nn.Linear(d, 3 * d, bias=False)
            self.out = nn.Linear(d, d, bias=False)
            self.up = nn.Linear(d, 4 * d, bias=False)
            self.down = nn.Linear(4 * d, d, bias=False)
            self.register_buffer("future", torch.ones(n, n, dtype=torch.bool).triu(1))

        def forward(self, x):
            y = F.layer_norm(x, (d,), self.gain_1)
            q, k, v = (t.view(B, n, h, d // h).transpose(1, 2) for t in self.qkv(y).split(d, dim=2))
            if hasattr(F, "scaled_dot_product_attention"):
                a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            else:
                scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(d // h))
                a = scores.masked_fill(self.future, float("-inf")).softmax(-1) @ v
            x = x + self.out(a.transpose(1, 2).reshape(B, n, d))
            return x + self.down(F.gelu(self.up(F.layer_norm(x, (d,), self.gain_2))))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Embedding(V, d)
            self.positions = nn.Parameter(torch.randn(n, d) * 0.02)
            self.blocks = nn.ModuleList(Block() for _ in range(L))
            self.gain = nn.Parameter(torch.ones(d))
            for p in self.parameters():
                if p.dim() == 2:
                    nn.init.normal_(p, 0, 0.02)

        def forward(self, x, y):
            z = self.tokens(x) + self.positions
            for block in self.blocks:
                z = block(z)
            logits = F.linear(F.layer_norm(z, (d,), self.gain), self.tokens.weight)
            return F.cross_entropy(logits.view(-1, V), y.view(-1))

    data = torch.randint(0, V, (100000,))

    def trial(settings, steps):
        model = Model()
        matrices = [p for p in model.parameters() if p.dim() == 2]
        others = [p for p in model.parameters() if p.dim() < 2]
        optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1},
                                       {"params": others, "weight_decay": 0.0}],
                                      lr=1e-3, betas=(0.9, 0.99), **settings)
        times = []
        for _ in range(steps):
            start = time.perf_counter()
            at = torch.randint(0, len(data) - n - 1, (B,))
            x = torch.stack([data[i:i + n] for i in at])
            y = torch.stack([data[i + 1:i + n + 1] for i in at])
            optimizer.zero_grad(set_to_none=True)
            model(x, y).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            times.append((time.perf_counter() - start) * 1e3)
        return sorted(times[steps // 5:])[(steps - steps // 5) // 2]

    best = json.loads(options.settings) if options.settings else None
    if best is None:
        choices = []
        for settings in ({}, {"foreach": True}, {"fused": True}):
            try:
                choices.append((trial(settings, 15), settings))
            except Exception:  # a setting this version does not have
                pass
        best = min(choices, key=lambda c: c[0])[1]
    print(json.dumps({"ms": trial(best, options.steps), "version": torch.__version__,
                      "settings": json.dumps(best)}))


main()
