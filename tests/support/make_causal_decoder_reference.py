#!/usr/bin/env python3
"""Makes tests/model/causal_decoder_*.safetensors with PyTorch: what core/model is checked against.

Two tiny models in PyTorch's own modules, written without a look at core/: one as GPT-2 has it (biases,
learned positions, tied), one without biases (as nanoGPT trains), untied, tanh GELU. Stored: weights
before training, ids, logits, loss, all gradients, the losses and gradient norms of ten AdamW steps
(clipped at 0.25, warm-up of 3 steps, cosine to the end), and the weights after them.

Run from the root of the repository: python3 tests/support/make_causal_decoder_reference.py
"""
import json
import math
import struct

import torch
import torch.nn.functional as F

torch.manual_seed(20)
torch.set_num_threads(1)


def save(path, tensors, metadata):
    header, offset, blobs = {"__metadata__": metadata}, 0, []
    for name, t in tensors.items():
        t = t.detach().contiguous()
        kind, code = ("I64", "q") if t.dtype == torch.int64 else ("F32", "f")
        blob = struct.pack("<%d%s" % (t.numel(), code), *t.flatten().tolist())
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    print(path, 8 + len(text) + offset, "bytes")


def make(path, V, n, L, h, d, m, bias, tied, tanh, B):
    p = {}

    def weight(name, *shape):
        p[name] = (torch.randn(*shape) * 0.3).requires_grad_()

    def vector(name, size, middle):
        p[name] = (middle + torch.randn(size) * 0.2).requires_grad_()

    weight("token_embedding", V, d)
    weight("position_embedding", n, d)
    for i in range(L):
        b = "block.%d." % i
        for norm in ("norm_1", "norm_2"):
            vector(b + norm + ".gain", d, 1.0)
            if bias:
                vector(b + norm + ".bias", d, 0.0)
        for name, out, inside in (("attention.qkv", 3 * d, d), ("attention.out", d, d),
                                  ("feed_forward.up", m, d), ("feed_forward.down", d, m)):
            weight(b + name + ".weight", out, inside)
            if bias:
                vector(b + name + ".bias", out, 0.0)
    vector("final_norm.gain", d, 1.0)
    if bias:
        vector("final_norm.bias", d, 0.0)
    if not tied:
        weight("output.weight", V, d)

    def model(ids):
        batch, tokens = ids.shape
        x = p["token_embedding"][ids] + p["position_embedding"][:tokens]
        for i in range(L):
            b = "block.%d." % i
            y = F.layer_norm(x, (d,), p[b + "norm_1.gain"], p.get(b + "norm_1.bias"), 1e-5)
            qkv = F.linear(y, p[b + "attention.qkv.weight"], p.get(b + "attention.qkv.bias"))
            q, k, v = (t.view(batch, tokens, h, d // h).transpose(1, 2) for t in qkv.split(d, dim=2))
            scores = q @ k.transpose(-2, -1) / math.sqrt(d // h)
            future = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
            a = scores.masked_fill(future, float("-inf")).softmax(-1) @ v
            a = a.transpose(1, 2).reshape(batch, tokens, d)
            x = x + F.linear(a, p[b + "attention.out.weight"], p.get(b + "attention.out.bias"))
            y = F.layer_norm(x, (d,), p[b + "norm_2.gain"], p.get(b + "norm_2.bias"), 1e-5)
            y = F.linear(y, p[b + "feed_forward.up.weight"], p.get(b + "feed_forward.up.bias"))
            y = F.gelu(y, approximate="tanh" if tanh else "none")
            x = x + F.linear(y, p[b + "feed_forward.down.weight"], p.get(b + "feed_forward.down.bias"))
        x = F.layer_norm(x, (d,), p["final_norm.gain"], p.get("final_norm.bias"), 1e-5)
        return F.linear(x, p["token_embedding"] if tied else p["output.weight"])

    steps, lr, least, warmup = 10, 1e-2, 1e-3, 3
    ids = torch.randint(0, V, (steps, B, n))
    target = torch.randint(0, V, (steps, B, n))
    target[:, 0, 1] = -1  # one place of each batch does not count
    out = {"weight." + k: v.detach().clone() for k, v in p.items()}
    out["x"], out["y"] = ids, target
    logits = model(ids[0])
    loss = F.cross_entropy(logits.view(-1, V), target[0].view(-1), ignore_index=-1)
    loss.backward()
    out["logits"], out["loss"] = logits, loss
    out.update({"grad." + k: v.grad.clone() for k, v in p.items()})

    matrices = [t for t in p.values() if t.dim() == 2]
    others = [t for t in p.values() if t.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1},
                                   {"params": others, "weight_decay": 0.0}],
                                  lr=lr, betas=(0.9, 0.99), eps=1e-8)
    losses, norms, rates = [], [], []
    for step in range(steps):
        rate = lr * (step + 1) / (warmup + 1)
        if step >= warmup:
            share = (step - warmup) / (steps - warmup)
            rate = least + 0.5 * (1 + math.cos(math.pi * share)) * (lr - least)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = F.cross_entropy(model(ids[step]).view(-1, V), target[step].view(-1), ignore_index=-1)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(p.values(), 0.25).item())
        optimizer.step()
        losses.append(loss.item())
        rates.append(rate)
    out["losses"], out["norms"] = torch.tensor(losses), torch.tensor(norms)
    out["rates"] = torch.tensor(rates)
    out.update({"after." + k: v for k, v in p.items()})
    save(path, out, {"made by": "tests/support/make_causal_decoder_reference.py",
                     "with": "PyTorch " + torch.__version__})


make("tests/model/causal_decoder_gpt2.safetensors",
     V=11, n=8, L=2, h=2, d=16, m=64, bias=True, tied=True, tanh=False, B=3)
make("tests/model/causal_decoder_bare.safetensors",
     V=13, n=6, L=3, h=3, d=12, m=20, bias=False, tied=False, tanh=True, B=2)
