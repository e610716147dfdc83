#!/usr/bin/python3
"""Writes tests/attention/*_reference.json: attention as PyTorch computes it, with gradients.

Run from the repository root. Inputs are drawn by PyTorch and stored, so nothing depends on how.
"""
import json
import math

import torch


def flat(t):
    return {"shape": list(t.shape), "values": [float("%.9g" % x) for x in t.detach().flatten().tolist()]}


def attend(q, k, v, allowed, scale):
    scores = (q @ k.transpose(-1, -2)) * scale
    weights = torch.softmax(scores.masked_fill(~allowed, -math.inf), -1)
    return weights, weights @ v


def sdp_case(name, batch, heads, queries, keys, width, value_width, mask, scale=None):
    q = torch.randn(batch, heads, queries, width, requires_grad=True)
    k = torch.randn(batch, heads, keys, width, requires_grad=True)
    v = torch.randn(batch, heads, keys, value_width, requires_grad=True)
    causal = mask == "causal"
    allowed = torch.ones(queries, keys, dtype=torch.bool)
    if causal:
        allowed = torch.tril(allowed)
    if mask == "given":
        allowed = torch.rand(batch, 1, queries, keys) < 0.5
        allowed[..., 0] = True
    weights, out = attend(q, k, v, allowed, scale or 1 / math.sqrt(width))
    dout = torch.randn_like(out)
    out.backward(dout)
    case = {"name": name, "is_causal": causal, "q": flat(q), "k": flat(k), "v": flat(v),
            "weights": flat(weights), "out": flat(out), "dout": flat(dout),
            "dq": flat(q.grad), "dk": flat(k.grad), "dv": flat(v.grad)}
    if mask == "given":
        case["mask"] = flat(allowed.float())
    if scale:
        case["scale"] = scale
    return case


def multi_head_case(name, batch, tokens, d, heads, bias, causal):
    m = torch.nn.MultiheadAttention(d, heads, bias=bias, batch_first=True)
    if bias:  # PyTorch starts both at 0
        torch.nn.init.normal_(m.in_proj_bias)
        torch.nn.init.normal_(m.out_proj.bias)
    x = torch.randn(batch, tokens, d, requires_grad=True)
    hidden = torch.triu(torch.ones(tokens, tokens, dtype=torch.bool), 1) if causal else None
    y, weights = m(x, x, x, attn_mask=hidden, average_attn_weights=False)
    dy = torch.randn_like(y)
    y.backward(dy)
    case = {"name": name, "heads": heads, "is_causal": causal, "x": flat(x),
            "qkv": flat(m.in_proj_weight), "out": flat(m.out_proj.weight), "y": flat(y),
            "weights": flat(weights), "dy": flat(dy), "dx": flat(x.grad),
            "dqkv": flat(m.in_proj_weight.grad), "dout": flat(m.out_proj.weight.grad)}
    if bias:
        case.update(qkv_bias=flat(m.in_proj_bias), out_bias=flat(m.out_proj.bias),
                    dqkv_bias=flat(m.in_proj_bias.grad), dout_bias=flat(m.out_proj.bias.grad))
    return case


def write(path, cases):
    rows = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    with open(path, "w") as f:
        f.write("[\n" + rows + "\n]\n")


torch.manual_seed(20)
write("tests/attention/scaled_dot_product_reference.json", [
    sdp_case("full", 1, 2, 4, 4, 3, 3, "full"),
    sdp_case("causal", 2, 1, 5, 5, 4, 4, "causal"),
    sdp_case("other lengths and widths", 1, 2, 2, 5, 4, 3, "full"),
    sdp_case("causal, fewer queries than keys", 1, 1, 3, 5, 2, 2, "causal"),
    sdp_case("a mask for each example", 2, 2, 4, 4, 3, 2, "given"),
    sdp_case("scale of 1", 1, 1, 4, 4, 4, 4, "full", 1.0),
])
write("tests/attention/multi_head_reference.json", [
    multi_head_case("full, with bias", 2, 3, 6, 2, True, False),
    multi_head_case("causal, no bias", 1, 5, 8, 4, False, True),
    multi_head_case("one head", 1, 3, 4, 1, True, True),
])
