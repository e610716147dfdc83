#!/usr/bin/python3
"""Fits the coefficients of core/base/vecmath_inline.hpp: least relative error, by reweighted least squares.

Needs PyTorch (double precision only). Prints each function's coefficients, lowest power first, and the
largest relative error of the fit before it is rounded to float.
"""
import math
import torch

torch.set_default_dtype(torch.float64)


def nodes(low, high, count=4001):
    k = torch.arange(count)
    return (low + high) / 2 + (high - low) / 2 * torch.cos(math.pi * (k + 0.5) / count)


def powers(u, count):
    return torch.stack([u**i for i in range(count)], dim=1)


def fit(u, f, weight_of_error, p_terms, q_terms, rounds=60):
    """P(u)/Q(u) ~ f with Q(0) = 1, making |P/Q - f| * weight_of_error even. q_terms 1: a polynomial."""
    lawson = torch.ones_like(u)
    q_now = torch.ones_like(u)
    best = (math.inf, None, None)
    for _ in range(rounds):
        w = torch.sqrt(lawson) * weight_of_error / q_now
        a = torch.cat([powers(u, p_terms), -f[:, None] * powers(u, q_terms)[:, 1:]], dim=1) * w[:, None]
        b = (f * w)[:, None]
        scale = a.norm(dim=0)
        x = torch.linalg.lstsq(a / scale, b, driver="gelsd").solution[:, 0] / scale
        p, q = x[:p_terms], torch.cat([torch.ones(1), x[p_terms:]])
        q_now = powers(u, q_terms) @ q
        error = ((powers(u, p_terms) @ p) / q_now - f).abs() * weight_of_error
        if error.max() < best[0] and (q_now > 0).all():
            best = (error.max().item(), p, q)
        lawson = lawson * (error / error.max() + 1e-3)
        lawson = lawson / lawson.mean()
    return best


def show(name, fitted):
    error, p, q = fitted
    print(f"{name}: error {error:.2e}")
    print("  p", ", ".join(f"{torch.tensor(v.item(), dtype=torch.float32).item():.9e}f" for v in p))
    if len(q) > 1:
        print("  q", ", ".join(f"{torch.tensor(v.item(), dtype=torch.float32).item():.9e}f" for v in q))


# exp(r) = 1 + r + r^2 P(r), |r| <= ln(2)/2
r = nodes(-math.log(2) / 2 * 1.0001, math.log(2) / 2 * 1.0001, 4000)
show("exp", fit(r, (torch.exp(r) - 1 - r) / r**2, r**2 / torch.exp(r), 5, 1))

# log(1 + r) = r - r^2/2 + r^3 P(r), 1/sqrt(2) <= 1 + r <= sqrt(2)
r = nodes(math.sqrt(0.5) - 1, math.sqrt(2) - 1, 4000)
show("log", fit(r, (torch.log1p(r) - r + r**2 / 2) / r**3, r**3 / torch.log1p(r), 8, 1))

# tanh(x) = x P(x^2) / Q(x^2)
x = nodes(1e-3, 9.02)
show("tanh", fit(x**2, torch.tanh(x) / x, x / torch.tanh(x), 6, 5))

# erf(x) = x P(x^2) / Q(x^2)
x = nodes(1e-3, 3.93)
show("erf", fit(x**2, torch.erf(x) / x, x / torch.erf(x), 6, 6))

# 1 - Phi(t) = exp(-t^2/2) R(t), t >= 0: R falls from 1/2 as 1/(t sqrt(2 pi))
t = nodes(0, 13.3)
f = torch.special.erfcx(t / math.sqrt(2)) / 2
show("normal tail", fit(t, f, 1 / f, 5, 6))
