#!/usr/bin/env python3
"""Makes tests/model/gpt2_reference.safetensors: a tiny GPT-2 in Hugging Face's names and layout, its
ids and its logits, computed with PyTorch by hand (Conv1D weights are [in, out], gelu_new).

Needs: python3-torch. Run from the root of the repository.
"""
import json
import math
import struct

import torch

torch.manual_seed(3)
V, n, d, h, L, m = 11, 6, 8, 2, 2, 32
w = {}


def normal(name, *shape, spread=0.4):
    w[name] = torch.randn(*shape) * spread


normal("transformer.wte.weight", V, d)
normal("transformer.wpe.weight", n, d)
for i in range(L):
    p = f"transformer.h.{i}."
    for norm in ("ln_1", "ln_2"):
        w[p + norm + ".weight"] = 1 + torch.randn(d) * 0.2
        normal(p + norm + ".bias", d, spread=0.2)
    normal(p + "attn.c_attn.weight", d, 3 * d)
    normal(p + "attn.c_attn.bias", 3 * d)
    normal(p + "attn.c_proj.weight", d, d)
    normal(p + "attn.c_proj.bias", d)
    normal(p + "mlp.c_fc.weight", d, m)
    normal(p + "mlp.c_fc.bias", m)
    normal(p + "mlp.c_proj.weight", m, d)
    normal(p + "mlp.c_proj.bias", d)
w["transformer.ln_f.weight"] = 1 + torch.randn(d) * 0.2
normal("transformer.ln_f.bias", d, spread=0.2)

ids = torch.tensor([[1, 5, 2, 10, 0, 3], [4, 4, 9, 7, 8, 6]])


def layer_norm(x, name):
    return torch.nn.functional.layer_norm(x, (d,), w[name + ".weight"], w[name + ".bias"], 1e-5)


def conv1d(x, name):  # x W + b with W [in, out]
    return x @ w[name + ".weight"] + w[name + ".bias"]


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


x = w["transformer.wte.weight"][ids] + w["transformer.wpe.weight"][:n]
mask = torch.ones(n, n).tril().bool()
for i in range(L):
    p = f"transformer.h.{i}."
    q, k, v = conv1d(layer_norm(x, p + "ln_1"), p + "attn.c_attn").split(d, dim=-1)
    q, k, v = (t.view(2, n, h, d // h).transpose(1, 2) for t in (q, k, v))
    s = (q @ k.transpose(-1, -2)) / math.sqrt(d // h)
    a = s.masked_fill(~mask, -math.inf).softmax(-1)
    x = x + conv1d((a @ v).transpose(1, 2).reshape(2, n, d), p + "attn.c_proj")
    x = x + conv1d(gelu_new(conv1d(layer_norm(x, p + "ln_2"), p + "mlp.c_fc")), p + "mlp.c_proj")
logits = layer_norm(x, "transformer.ln_f") @ w["transformer.wte.weight"].T

tensors = {**w, "ids": ids, "logits": logits}
header, data = {}, b""
for name in sorted(tensors):
    t = tensors[name].contiguous()
    raw = t.numpy().tobytes()
    kind = "I64" if t.dtype == torch.int64 else "F32"
    header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open("tests/model/gpt2_reference.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
