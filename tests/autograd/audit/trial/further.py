"""Sixteen further kinds of network and formula, each as a graph and as a learner computes it."""

from __future__ import annotations

import math
import random

from hand import (
    Hand,
    Networks,
    Problem,
    above,
    activation,
    bias_gradient,
    delta,
    dotted,
    gradient,
    named,
    neuron,
    number,
    numbers,
    sigma,
    update,
)

from autograd import (
    Value,
    absolute,
    dot,
    exp,
    log,
    maximum,
    mean,
    relu,
    sigmoid,
    softmax,
    softplus,
    sqrt,
    tanh,
    total,
)

FURTHER = Networks()


@FURTHER.add
def gru_cell(rng: random.Random) -> Problem:
    x, h0, t, rate = *numbers(rng, 3, 0.2, 0.9), 0.2
    ws = {k: numbers(rng, 3) for k in "zrn"}

    def graph() -> Value:
        xv, hv = Value(x, "x"), Value(h0, "h0")
        p = {k: [Value(q, f"{n}{k}") for q, n in zip(ws[k], "WUb", strict=True)] for k in "zrn"}
        z, r = [named(sigmoid(named(dot(p[k][:2], [xv, hv], p[k][2]), f"s{k}")), k) for k in "zr"]
        m = named(r * hv, "m")
        n = named(tanh(named(dot(p["n"][:2], [xv, m], p["n"][2]), "sn")), "n")
        out = named((1 - z) * n + z * hv, "h")
        return named(0.5 * (out - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        sz, sr = [neuron(h, f"s{k}", ws[k][:2], [x, h0], ws[k][2]) for k in "zr"]
        z, r = activation(h, "z", "sigmoid", sz), activation(h, "r", "sigmoid", sr)
        m = h("m", "forward", r * h0, gates_swapped=z * h0, factor_left_out=h0)
        sn = neuron(h, "sn", ws["n"][:2], [x, m], ws["n"][2])
        n = activation(h, "n", "tanh", sn)
        out = h(
            "h",
            "forward",
            (1 - z) * n + z * h0,
            gates_swapped=z * n + (1 - z) * h0,
            term_left_out=(1 - z) * n,
            factor_left_out=n + z * h0,
            gates_swapped_2=(1 - r) * n + r * h0,
        )
        e = out - t
        h("E", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        dh = h("dE/dh", "delta", e, sign=-e)
        dn = h("dE/dn", "delta", dh * (1 - z), gates_swapped=dh * z, factor_left_out=dh)
        dz = h(
            "dE/dz",
            "delta",
            dh * (h0 - n),
            sign=dh * (n - h0),
            term_left_out=dh * h0,
            term_left_out_2=-dh * n,
        )
        dsn = delta(h, "dE/dsn", dn, "tanh", sn, n)
        dm = above(h, "dE/dm", [dsn], [ws["n"][1]])
        dr = h("dE/dr", "delta", dm * h0, anothers=dm * m, factor_left_out=dm)
        ds = {
            "z": delta(h, "dE/dsz", dz, "sigmoid", sz, z),
            "r": delta(h, "dE/dsr", dr, "sigmoid", sr, r),
            "n": dsn,
        }
        for k in "zrn":
            second = m if k == "n" else h0
            for w, name, q, o in ((ws[k][0], "W", x, second), (ws[k][1], "U", second, x)):
                g = gradient(h, f"dE/d{name}{k}", ds[k], q, o)
                update(h, f"{name}{k}", w, g, rate)
            bias_gradient(h, f"dE/db{k}", [ds[k]], x)

    return Problem(graph, hand, rate)


@FURTHER.add
def layer_norm(rng: random.Random) -> Problem:
    xs, gamma, beta, t, rate = numbers(rng, 3, 0.2, 2.0), 0.8, 0.1, number(rng), 0.1

    def graph() -> Value:
        v = [Value(x, f"x{i}") for i, x in enumerate(xs, 1)]
        mu = named(mean(v), "μ")
        d = [named(x - mu, f"d{i}") for i, x in enumerate(v, 1)]
        var = named(mean([e**2 for e in d]), "var")
        s = named(sqrt(var + 0.01), "s")
        n = [named(e / s, f"n{i}") for i, e in enumerate(d, 1)]
        g, b = Value(gamma, "γ"), Value(beta, "β")
        y = [named(g * e + b, f"y{i}") for i, e in enumerate(n, 1)]
        return named((y[0] - Value(t, "t")) ** 2 + y[1] * y[2], "L")

    def hand(h: Hand) -> None:
        mu = h("μ", "forward", sum(xs) / 3, n_forgotten=sum(xs), n_minus_1=sum(xs) / 2)
        d = [h(f"d{i + 1}", "forward", xs[i] - mu, sign=mu - xs[i]) for i in range(3)]
        sq = sum([e * e for e in d])
        var = h(
            "var",
            "forward",
            sq / 3,
            n_minus_1=sq / 2,
            n_forgotten=sq,
            square_of_sum=sum(map(abs, d)) ** 2 / 3 if False else None,
            term_left_out=(sq - d[0] ** 2) / 3,
        )
        s = h(
            "s",
            "forward",
            math.sqrt(var + 0.01),
            root_forgotten=var + 0.01,
            term_left_out=math.sqrt(var),
        )
        n = [
            h(
                f"n{i + 1}",
                "forward",
                d[i] / s,
                one_over=d[i] * s,
                scale_forgotten=d[i],
                ratio_turned=s / d[i],
            )
            for i in range(3)
        ]
        y = [
            h(
                f"y{i + 1}",
                "forward",
                gamma * n[i] + beta,
                bias_left_out=gamma * n[i],
                factor_left_out=n[i] + beta,
            )
            for i in range(3)
        ]
        e = y[0] - t
        h(
            "L",
            "forward",
            e * e + y[1] * y[2],
            square_forgotten=e + y[1] * y[2],
            term_left_out=e * e,
        )
        dy = [
            h("dL/dy1", "delta", 2 * e, two_forgotten=e, sign=-2 * e),
            h("dL/dy2", "delta", y[2], anothers=y[1]),
            h("dL/dy3", "delta", y[1], anothers=y[2]),
        ]
        gg = dotted(dy, n)
        gg = h(
            "dL/dγ",
            "answer",
            gg,
            term_left_out=gg - dy[2] * n[2],
            factor_left_out=sum(dy),
            anothers=dotted(dy, d),
        )
        gb = bias_gradient(h, "dL/dβ", dy, n[0])
        update(h, "γ", gamma, gg, rate, gb, beta)
        update(h, "β", beta, gb, rate, gg)
        dn = [h(f"dL/dn{i + 1}", "delta", dy[i] * gamma, factor_left_out=dy[i]) for i in range(3)]
        a = sum(dn) / 3
        dotted(dn, n) / 3 * var / (var + 0.01)
        for i in range(3):
            g = (dn[i] - a - n[i] * dotted(dn, d) / (3 * s)) / s
            h(
                f"dL/dx{i + 1}",
                "answer",
                g,
                path_left_out=dn[i] / s,
                path_left_out_2=(dn[i] - a) / s,
                sign=-g,
            )

    return Problem(graph, hand, rate)


@FURTHER.add
def residual_block(rng: random.Random) -> Problem:
    (x1, x2), ws, bs, t, rate = numbers(rng, 2), numbers(rng, 4), numbers(rng, 2), 0.4, 0.2

    def graph() -> Value:
        x = [Value(x1, "x1"), Value(x2, "x2")]
        w = [
            Value(q, f"W{i}{j}")
            for q, (i, j) in zip(ws, ((1, 1), (2, 1), (1, 2), (2, 2)), strict=False)
        ]
        b = [Value(q, f"b{j}") for j, q in enumerate(bs, 1)]
        y = []
        for j in range(2):
            z = named(w[2 * j] * x[0] + w[2 * j + 1] * x[1] + b[j], f"z{j + 1}")
            y.append(named(x[j] + named(tanh(z), f"f{j + 1}"), f"y{j + 1}"))
        o = named(y[0] * y[1], "o")
        return named((o - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        xs = [x1, x2]
        rows = [ws[:2], ws[2:]]
        z = [neuron(h, f"z{j + 1}", rows[j], xs, bs[j], rows[1 - j]) for j in range(2)]
        f = [activation(h, f"f{j + 1}", "tanh", z[j]) for j in range(2)]
        y = [
            h(
                f"y{j + 1}",
                "forward",
                xs[j] + f[j],
                term_left_out=f[j],
                anothers=xs[1 - j] + f[j],
                activation_left_out=xs[j] + z[j],
            )
            for j in range(2)
        ]
        o = h("o", "forward", y[0] * y[1], another_function=y[0] + y[1])
        e = o - t
        h("E", "forward", e * e, square_forgotten=e, derivative_for_loss=2 * e)
        do = h("dE/do", "delta", 2 * e, two_forgotten=e, sign=-2 * e)
        dy = [
            h(f"dE/dy{j + 1}", "delta", do * y[1 - j], anothers=do * y[j], factor_left_out=do)
            for j in range(2)
        ]
        dz = [delta(h, f"dE/dz{j + 1}", dy[j], "tanh", z[j], f[j]) for j in range(2)]
        for j in range(2):
            for i in range(2):
                g = gradient(h, f"dE/dW{i + 1}{j + 1}", dz[j], xs[i], xs[1 - i], None, dz[1 - j])
                update(
                    h, f"W{i + 1}{j + 1}", rows[j][i], g, rate, dz[j] * xs[1 - i], rows[j][1 - i]
                )
            gb = bias_gradient(h, f"dE/db{j + 1}", [dz[j]], x1)
            update(h, f"b{j + 1}", bs[j], gb, rate)
        for i in range(2):
            g = dy[i] + dz[0] * rows[0][i] + dz[1] * rows[1][i]
            h(
                f"dE/dx{i + 1}",
                "answer",
                g,
                path_left_out=g - dy[i],
                path_left_out_2=g - dz[1] * rows[1][i],
                path_left_out_3=dy[i],
                transposed=dy[i] + dz[0] * rows[i][0] + dz[1] * rows[i][1],
            )

    return Problem(graph, hand, rate)


@FURTHER.add
def convolution(rng: random.Random) -> Problem:
    xs, ks, b, v, t, rate = numbers(rng, 4, 0.2, 1.5), numbers(rng, 2), 0.25, 0.7, 0.6, 0.1

    def graph() -> Value:
        x = [Value(q, f"x{i}") for i, q in enumerate(xs, 1)]
        k, c = [Value(q, f"k{i}") for i, q in enumerate(ks, 1)], Value(b, "b")
        a = []
        for i in range(3):
            z = named(dot(k, x[i : i + 2], c), f"z{i + 1}")
            a.append(named(relu(z), f"a{i + 1}"))
        p = named(mean(a), "pool")
        y = named(sigmoid(named(Value(v, "v") * p, "s")), "y")
        return named(-log(y) * t, "L")

    def hand(h: Hand) -> None:
        z = [neuron(h, f"z{i + 1}", ks, xs[i : i + 2], b) for i in range(3)]
        a = [activation(h, f"a{i + 1}", "relu", z[i]) for i in range(3)]
        p = h(
            "pool",
            "forward",
            sum(a) / 3,
            n_forgotten=sum(a),
            another_function=max(a),
            n_minus_1=sum(a) / 2,
        )
        s = neuron(h, "s", [v], [p])
        y = activation(h, "y", "sigmoid", s)
        h(
            "L",
            "forward",
            -math.log(y) * t,
            log_base_10=-math.log10(y) * t,
            sign=math.log(y) * t,
            factor_left_out=-math.log(y),
        )
        ds = h(
            "dL/ds",
            "delta",
            -(1 - y) * t,
            slope_left_out=-t / y,
            sign=(1 - y) * t,
            factor_left_out=-(1 - y),
        )
        gv = gradient(h, "dL/dv", ds, p)
        update(h, "v", v, gv, rate)
        dp = above(h, "dL/dpool", [ds], [v], [v - rate * gv])
        dz = []
        for i in range(3):
            g = dp / 3 * (z[i] > 0)
            dz.append(
                h(
                    f"dL/dz{i + 1}",
                    "delta",
                    g,
                    n_forgotten=3 * g,
                    slope_where_off=dp / 3 if z[i] <= 0 else None,
                )
            )
        for i in range(2):
            g = dotted(dz, xs[i : i + 3])
            g = h(
                f"dL/dk{i + 1}",
                "answer",
                g,
                term_left_out=g - dz[0] * xs[i],
                anothers=dotted(dz, xs[1 - i : 4 - i]),
                factor_left_out=sum(dz),
                sign=-g,
            )
            update(h, f"k{i + 1}", ks[i], g, rate)
        bias_gradient(h, "dL/db", dz, xs[0])

    return Problem(graph, hand, rate)


@FURTHER.add
def tied_autoencoder(rng: random.Random) -> Problem:
    (x1, x2), (w1, w2), rate = numbers(rng, 2, 0.3, 1.2), numbers(rng, 2), 0.1

    def graph() -> Value:
        x = [Value(x1, "x1"), Value(x2, "x2")]
        w = [Value(w1, "w1"), Value(w2, "w2")]
        c = named(sigmoid(named(dot(w, x), "z")), "code")
        r = [named(q * c, f"r{i}") for i, q in enumerate(w, 1)]
        return named(total([(p - q) ** 2 for p, q in zip(r, x, strict=True)]), "E")

    def hand(h: Hand) -> None:
        xs, ws = [x1, x2], [w1, w2]
        z = neuron(h, "z", ws, xs)
        c = activation(h, "code", "sigmoid", z)
        r = [
            h(
                f"r{i + 1}",
                "forward",
                ws[i] * c,
                activation_left_out=ws[i] * z,
                anothers=ws[1 - i] * c,
            )
            for i in range(2)
        ]
        es = [r[i] - xs[i] for i in range(2)]
        e = sum([q * q for q in es])
        h(
            "E",
            "forward",
            e,
            square_of_sum=sum(es) ** 2,
            two_forgotten=e / 2,
            square_forgotten=sum(es),
            term_left_out=es[0] ** 2,
            target_swapped=(r[0] - x2) ** 2 + (r[1] - x1) ** 2,
        )
        dr = [
            h(f"dE/dr{i + 1}", "delta", 2 * es[i], two_forgotten=es[i], sign=-2 * es[i])
            for i in range(2)
        ]
        dc = above(h, "dE/dcode", dr, ws)
        dz = delta(h, "dE/dz", dc, "sigmoid", z, c)
        gs = []
        for i in range(2):
            g = dr[i] * c + dz * xs[i]
            gs.append(
                h(
                    f"dE/dw{i + 1}",
                    "answer",
                    g,
                    path_left_out=dr[i] * c,
                    path_left_out_2=dz * xs[i],
                    terms_sign=dr[i] * c - dz * xs[i],
                    anothers=dr[i] * c + dz * xs[1 - i],
                )
            )
        for i in range(2):
            update(h, f"w{i + 1}", ws[i], gs[i], rate, gs[1 - i], ws[1 - i])

    return Problem(graph, hand, rate)


@FURTHER.add
def gaussian_unit(rng: random.Random) -> Problem:
    (x1, x2, c1, c2), v, t, s, rate = numbers(rng, 4), number(rng), 0.3, 0.7, 0.2

    def graph() -> Value:
        x, c = [Value(x1, "x1"), Value(x2, "x2")], [Value(c1, "c1"), Value(c2, "c2")]
        r = named((x[0] - c[0]) ** 2 + (x[1] - c[1]) ** 2, "r")
        g = named(exp(-r / (2 * Value(s, "s") ** 2)), "g")
        y = named(Value(v, "v") * g, "y")
        return named(0.5 * (y - t) ** 2, "E")

    def hand(h: Hand) -> None:
        d1, d2 = x1 - c1, x2 - c2
        r = h(
            "r",
            "forward",
            d1 * d1 + d2 * d2,
            square_of_sum=(d1 + d2) ** 2,
            term_left_out=d1 * d1,
            square_forgotten=d1 + d2,
            root_forgotten=None,
            another_function=math.hypot(d1, d2),
        )
        q = r / (2 * s * s)
        g = h(
            "g",
            "forward",
            math.exp(-q),
            sign=math.exp(q),
            two_forgotten=math.exp(-r / s / s),
            square_forgotten=math.exp(-r / 2 / s),
            exp_left_out=-q,
        )
        y = h("y", "forward", v * g, factor_left_out=g)
        e = y - t
        h("E", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        dy = h("dE/dy", "delta", e, sign=-e, half_forgotten=2 * e)
        gv = gradient(h, "dE/dv", dy, g, None, r)
        dg = h("dE/dg", "delta", dy * v, factor_left_out=dy)
        dr = h(
            "dE/dr",
            "delta",
            -dg * g / (2 * s * s),
            sign=dg * g / (2 * s * s),
            slope_left_out=-dg / (2 * s * s),
            two_forgotten=-dg * g / s / s,
            factor_left_out=-dg * g,
        )
        gc = [
            h(
                f"dE/dc{i + 1}",
                "answer",
                -2 * dr * d,
                sign=2 * dr * d,
                two_forgotten=-dr * d,
                factor_left_out=-2 * dr,
            )
            for i, d in enumerate((d1, d2))
        ]
        ds = dg * g * r / s**3
        gs = h(
            "dE/ds",
            "answer",
            ds,
            power_rule=dg * g * r / s**2,
            sign=-ds,
            slope_left_out=ds / g,
            two_forgotten=ds / 2,
        )
        update(h, "v", v, gv, rate, gs, s)
        update(h, "s", s, gs, rate, gv, v)
        update(h, "c1", c1, gc[0], rate, gc[1], c2)

    return Problem(graph, hand, rate)


@FURTHER.add
def poisson_regression(rng: random.Random) -> Problem:
    (w, b), xs, ys, rate = numbers(rng, 2), numbers(rng, 2, 0.3, 1.5), [2.0, 1.0], 0.05

    def graph() -> Value:
        wv, bv = Value(w, "w"), Value(b, "b")
        terms = []
        for i in range(2):
            n = named(wv * Value(xs[i], f"x{i + 1}") + bv, f"η{i + 1}")
            m = named(exp(n), f"λ{i + 1}")
            terms.append(m - Value(ys[i], f"y{i + 1}") * n)
        return named(sum(terms), "NLL")

    def hand(h: Hand) -> None:
        n = [neuron(h, f"η{i + 1}", [w], [xs[i]], b) for i in range(2)]
        m = [
            h(f"λ{i + 1}", "forward", math.exp(n[i]), exp_left_out=n[i], sign=math.exp(-n[i]))
            for i in range(2)
        ]
        e = sum([m[i] - ys[i] * n[i] for i in range(2)])
        h(
            "NLL",
            "forward",
            e,
            terms_sign=e + 2 * ys[0] * n[0],
            term_left_out=e - m[1] + ys[1] * n[1],
            factor_left_out=e + ys[0] * n[0] - n[0],
        )
        d = [
            h(
                f"dNLL/dη{i + 1}",
                "delta",
                m[i] - ys[i],
                sign=ys[i] - m[i],
                term_left_out=m[i],
                slope_left_out=1 - ys[i],
            )
            for i in range(2)
        ]
        g = dotted(d, xs)
        gw = h(
            "dNLL/dw",
            "answer",
            g,
            term_left_out=d[0] * xs[0],
            sign=-g,
            factor_left_out=sum(d),
            inputs_swapped=d[0] * xs[1] + d[1] * xs[0],
        )
        gb = bias_gradient(h, "dNLL/db", d, xs[0])
        update(h, "w", w, gw, rate, gb, b)
        update(h, "b", b, gb, rate, gw, w)

    return Problem(graph, hand, rate)


@FURTHER.add
def ridge_regression(rng: random.Random) -> Problem:
    ws, rows, ys, lam, rate = (
        numbers(rng, 2),
        [numbers(rng, 2) for _ in range(2)],
        [0.7, 1.6],
        0.3,
        0.1,
    )

    def graph() -> Value:
        w, k = [Value(x, f"θ{i}") for i, x in enumerate(ws, 1)], Value(lam, "λ")
        es = []
        for r, row in enumerate(rows, 1):
            x = [Value(v, f"x{r}{i}") for i, v in enumerate(row, 1)]
            es.append(named(dot(w, x), f"f{r}") - Value(ys[r - 1], f"y{r}"))
        fit = named(mean([e**2 for e in es]), "fit")
        return named(fit + k * (w[0] ** 2 + w[1] ** 2), "J")

    def hand(h: Hand) -> None:
        f = [neuron(h, f"f{r + 1}", ws, rows[r]) for r in range(2)]
        es = [f[r] - ys[r] for r in range(2)]
        fit = h(
            "fit",
            "forward",
            (es[0] ** 2 + es[1] ** 2) / 2,
            n_forgotten=es[0] ** 2 + es[1] ** 2,
            square_of_sum=sum(es) ** 2 / 2,
            target_swapped=((f[0] - ys[1]) ** 2 + (f[1] - ys[0]) ** 2) / 2,
        )
        n = ws[0] ** 2 + ws[1] ** 2
        h(
            "J",
            "forward",
            fit + lam * n,
            term_left_out=fit,
            square_of_sum=fit + lam * sum(ws) ** 2,
            factor_left_out=fit + n,
            root_forgotten=None,
            half_forgotten=None,
            terms_sign=fit - lam * n,
            term_left_out_2=fit + lam * ws[0] ** 2,
        )
        gs = []
        for i in range(2):
            g = es[0] * rows[0][i] + es[1] * rows[1][i]
            p = 2 * lam * ws[i]
            gs.append(
                h(
                    f"dJ/dθ{i + 1}",
                    "answer",
                    g + p,
                    path_left_out=g,
                    two_forgotten=g + p / 2,
                    terms_sign=g - p,
                    n_forgotten=2 * g + p,
                    factor_left_out=g + 2 * ws[i],
                    anothers=g + 2 * lam * ws[1 - i],
                )
            )
        for i in range(2):
            update(h, f"θ{i + 1}", ws[i], gs[i], rate, gs[1 - i], ws[1 - i])

    return Problem(graph, hand, rate)


@FURTHER.add
def compound_interest(rng: random.Random) -> Problem:
    k, i, n, t = 2.5, number(rng, 0.04, 0.25, False), 3.0, 4.2

    def graph() -> Value:
        c, r = Value(k, "K0"), Value(i, "i")
        q = named(1 + r, "q")
        s = named(q**n, "growth")
        e = named(c * s, "Kn")
        return named((e - Value(t, "goal")) ** 2, "L")

    def hand(h: Hand) -> None:
        q = h("q", "forward", 1 + i, sign=1 - i, term_left_out=i)
        s = h(
            "growth",
            "forward",
            q**n,
            power_rule=q,
            simple_for_compound=1 + n * i,
            another_function=n * q,
        )
        e = h("Kn", "forward", k * s, factor_left_out=s, another_function=k + s)
        d = e - t
        h("L", "forward", d * d, square_forgotten=d, derivative_for_loss=2 * d)
        de = h("dL/dKn", "delta", 2 * d, two_forgotten=d, sign=-2 * d)
        g = gradient(h, "dL/dK0", de, s, q)
        ds = h("dL/dgrowth", "delta", de * k, factor_left_out=de)
        p = n * q ** (n - 1)
        gi = h(
            "dL/di",
            "answer",
            ds * p,
            power_rule=ds * q ** (n - 1),
            power_rule_2=ds * n * q**n,
            base_forgotten=ds * n,
            sign=-ds * p,
            factor_left_out=p,
        )
        update(h, "K0", k, g, 0.05, gi, i)
        update(h, "i", i, gi, 0.05, g)

    return Problem(graph, hand, 0.05)


@FURTHER.add
def michaelis_menten(rng: random.Random) -> Problem:
    v, k, s, y = numbers(rng, 4, 0.3, 2.5, False)

    def graph() -> Value:
        a, b, c = Value(v, "Vmax"), Value(k, "Km"), Value(s, "S")
        den = named(b + c, "den")
        r = named(a * c / den, "rate")
        return named((Value(y, "obs") - r) ** 2 / 2, "E")

    def hand(h: Hand) -> None:
        den = h("den", "forward", k + s, another_function=k * s, sign=k - s)
        r = h(
            "rate",
            "forward",
            v * s / den,
            factor_left_out=v / den,
            ratio_turned=den / (v * s),
            one_over=v * s * den,
            scale_forgotten=v * s,
        )
        e = y - r
        h("E", "forward", e * e / 2, half_forgotten=e * e, square_forgotten=e / 2)
        d = h("dE/drate", "delta", -e, sign=e)
        g1 = h(
            "dE/dVmax",
            "answer",
            d * s / den,
            factor_left_out=d / den,
            one_over=d * s * den,
            sign=-d * s / den,
        )
        g2 = -d * v * s / den**2
        g2 = h("dE/dKm", "answer", g2, sign=-g2, square_forgotten=g2 * den, factor_left_out=g2 / s)
        g3 = d * v * k / den**2
        h(
            "dE/dS",
            "answer",
            g3,
            path_left_out=d * v / den,
            product_rule=-d * v * s / den**2,
            terms_sign=d * v / den + d * v * s / den**2,
        )
        update(h, "Vmax", v, g1, 0.2, g2, k)
        update(h, "Km", k, g2, 0.2, g1, v)

    return Problem(graph, hand, 0.2)


@FURTHER.add
def pendulum(rng: random.Random) -> Problem:
    length, g, t = number(rng, 0.4, 1.6, False), 9.81, 1.7

    def graph() -> Value:
        q = named(Value(length, "l") / Value(g, "g"), "q")
        s = named(sqrt(q), "root")
        p = named(2 * math.pi * s, "T")
        return named(absolute(p - Value(t, "T0")), "miss")

    def hand(h: Hand) -> None:
        q = h("q", "forward", length / g, ratio_turned=g / length, one_over=length * g)
        s = h("root", "forward", math.sqrt(q), root_forgotten=q, another_function=q / 2)
        p = h(
            "T",
            "forward",
            2 * math.pi * s,
            constant_left_out=2 * s,
            constant_left_out_2=math.pi * s,
            two_forgotten=math.pi * s,
        )
        h(
            "miss",
            "forward",
            abs(p - t),
            sign=-abs(p - t),
            square_forgotten=None,
            another_function=(p - t) ** 2,
        )
        dp = math.copysign(1, p - t)
        ds = h(
            "dmiss/droot",
            "delta",
            dp * 2 * math.pi,
            sign=-dp * 2 * math.pi,
            constant_left_out=dp * 2,
        )
        dq = h(
            "dmiss/dq",
            "delta",
            ds / (2 * s),
            two_forgotten=ds / s,
            one_over=ds * 2 * s,
            slope_left_out=ds,
            root_forgotten=ds / (2 * q),
        )
        gl = h("dmiss/dl", "answer", dq / g, one_over=dq * g, factor_left_out=dq)
        h(
            "dmiss/dg",
            "answer",
            -dq * length / g**2,
            sign=dq * length / g**2,
            square_forgotten=-dq * length / g,
            factor_left_out=-dq / g**2,
        )
        update(h, "l", length, gl, 0.1)

    return Problem(graph, hand, 0.1)


@FURTHER.add
def matrix_factorisation(rng: random.Random) -> Problem:
    u, v, r, (bu, bi), lam, rate = numbers(rng, 2), numbers(rng, 2), 1.8, numbers(rng, 2), 0.2, 0.1

    def graph() -> Value:
        a = [Value(x, f"u{i}") for i, x in enumerate(u, 1)]
        b = [Value(x, f"v{i}") for i, x in enumerate(v, 1)]
        s = named(a[0] * b[0] + a[1] * b[1] + Value(bu, "bu") + Value(bi, "bi"), "rhat")
        e = named(Value(r, "r") - s, "err")
        reg = named(total([x**2 for x in (*a, *b)]), "reg")
        return named(e**2 + lam * reg, "L")

    def hand(h: Hand) -> None:
        s = neuron(h, "rhat", u, v, bu + bi)
        e = h("err", "forward", r - s, sign=s - r)
        reg = sum([x * x for x in (*u, *v)])
        reg = h(
            "reg", "forward", reg, square_of_sum=sum([*u, *v]) ** 2, term_left_out=reg - v[1] ** 2
        )
        h(
            "L",
            "forward",
            e * e + lam * reg,
            term_left_out=e * e,
            square_forgotten=e + lam * reg,
            factor_left_out=e * e + reg,
            terms_sign=e * e - lam * reg,
        )
        for i in range(2):
            for name, own, other in (("u", u, v), ("v", v, u)):
                g = -2 * e * other[i] + 2 * lam * own[i]
                g = h(
                    f"dL/d{name}{i + 1}",
                    "answer",
                    g,
                    path_left_out=-2 * e * other[i],
                    terms_sign=2 * e * other[i] + 2 * lam * own[i],
                    two_forgotten=g / 2,
                    anothers=-2 * e * own[i] + 2 * lam * own[i],
                    anothers_2=-2 * e * other[1 - i] + 2 * lam * own[i],
                )
                update(h, f"{name}{i + 1}", own[i], g, rate, None, own[1 - i])
        h("dL/dbu", "answer", -2 * e, sign=2 * e, two_forgotten=-e)

    return Problem(graph, hand, rate)


@FURTHER.add
def hinge_and_max(rng: random.Random) -> Problem:
    (w1, w2, b), (x1, x2), rate = numbers(rng, 3), numbers(rng, 2), 0.1
    y = rng.choice([1.0, -1.0])

    def graph() -> Value:
        w = [Value(w1, "w1"), Value(w2, "w2")]
        s = named(w[0] * Value(x1, "x1") + w[1] * Value(x2, "x2") + Value(b, "b"), "s")
        m = named(Value(y, "y") * s, "margin")
        k = named(maximum(0.0, 1 - m), "hinge")
        return named(k + 0.05 * (w[0] ** 2 + w[1] ** 2), "J")

    def hand(h: Hand) -> None:
        s = neuron(h, "s", [w1, w2], [x1, x2], b)
        m = h("margin", "forward", y * s, factor_left_out=s if y < 0 else None, sign=-y * s)
        k = h(
            "hinge",
            "forward",
            max(0.0, 1 - m),
            wrong_branch=0.0,
            terms_sign=max(0.0, 1 + m),
            term_left_out=max(0.0, -m),
        )
        n = w1 * w1 + w2 * w2
        h(
            "J",
            "forward",
            k + 0.05 * n,
            term_left_out=k,
            factor_left_out=k + n,
            square_of_sum=k + 0.05 * (w1 + w2) ** 2,
        )
        on = float(m < 1)
        ds = h("dJ/ds", "delta", -y * on, sign=y * on, wrong_branch=-y * (1 - on))
        for name, w, x, o in (("w1", w1, x1, x2), ("w2", w2, x2, x1)):
            g = ds * x + 0.1 * w
            g = h(
                f"dJ/d{name}",
                "answer",
                g,
                path_left_out=ds * x,
                path_left_out_2=0.1 * w,
                two_forgotten=ds * x + 0.05 * w,
                anothers=ds * o + 0.1 * w,
                terms_sign=ds * x - 0.1 * w,
            )
            update(h, name, w, g, rate)
        h("dJ/db", "answer", ds, sign=-ds, bias_times_input=ds * x1)

    return Problem(graph, hand, rate)


@FURTHER.add
def swish_unit(rng: random.Random) -> Problem:
    (w, x, b, t), rate = numbers(rng, 4, 0.3, 1.6), 0.2

    def graph() -> Value:
        z = named(Value(w, "w") * Value(x, "x") + Value(b, "b"), "z")
        s = named(sigmoid(z), "g")
        a = named(z * s, "a")
        p = named(softplus(a), "p")
        return named(0.5 * (p - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        z = neuron(h, "z", [w], [x], b)
        s = activation(h, "g", "sigmoid", z)
        a = h("a", "forward", z * s, factor_left_out=s, another_function=z + s)
        p = activation(h, "p", "softplus", a)
        e = p - t
        h("E", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        dp = h("dE/dp", "delta", e, sign=-e)
        da = delta(h, "dE/da", dp, "softplus", a, p)
        slope = s + z * s * (1 - s)
        dz = h(
            "dE/dz",
            "delta",
            da * slope,
            product_rule=da * s,
            product_rule_2=da * z * s * (1 - s),
            slope_left_out=da,
            half_of_slope=da * (s + z * s),
            product_rule_3=da * s * (1 - s),
        )
        g = gradient(h, "dE/dw", dz, x)
        gb = bias_gradient(h, "dE/db", [dz], x)
        update(h, "w", w, g, rate, gb, b)
        update(h, "b", b, gb, rate, g, w)

    return Problem(graph, hand, rate)


@FURTHER.add
def softmax_by_hand(rng: random.Random) -> Problem:
    (a, b, c), x, k, rate = numbers(rng, 3), number(rng, 0.5, 1.5), rng.randrange(3), 0.3

    def graph() -> Value:
        xv = Value(x, "x")
        es = [named(exp(Value(q, n) * xv), f"e{n}") for q, n in ((a, "a"), (b, "b"), (c, "c"))]
        s = named(es[0] + es[1] + es[2], "S")
        p = [named(e / s, f"p{n}") for e, n in zip(es, "abc", strict=True)]
        return named(-log(p[k]), "L")

    def hand(h: Hand) -> None:
        ws = [a, b, c]
        es = [
            h(
                f"e{n}",
                "forward",
                math.exp(w * x),
                exp_left_out=w * x,
                sign=math.exp(-w * x),
                factor_left_out=math.exp(w),
            )
            for n, w in zip("abc", ws, strict=False)
        ]
        s = h(
            "S", "forward", sum(es), normalising_term=sum(es) - es[k], term_left_out=es[0] + es[1]
        )
        ps = [
            h(
                f"p{n}",
                "forward" if n == "abc"[k] else "",
                e / s,
                scale_forgotten=e,
                ratio_turned=s / e,
            )
            for n, e in zip("abc", es, strict=False)
        ]
        h(
            "L",
            "forward",
            -math.log(ps[k]),
            log_base_10=-math.log10(ps[k]),
            sign=math.log(ps[k]),
            other_class=-math.log(ps[k - 1]),
        )
        gs = []
        for i, n in enumerate("abc"):
            d = ps[i] - (i == k)
            gs.append(
                h(
                    f"dL/d{n}",
                    "answer",
                    d * x,
                    sign=-d * x,
                    factor_left_out=d,
                    path_left_out=ps[i] * x if i == k else None,
                    other_class=(ps[i] - (i == (k + 1) % 3)) * x,
                )
            )
        for i, n in enumerate("abc"):
            update(h, n, ws[i], gs[i], rate, gs[i - 1], ws[i - 1])

    return Problem(graph, hand, rate)


@FURTHER.add
def cross_entropy_of_classes(rng: random.Random) -> Problem:
    n, k, rate = 2, 3, 0.2
    ws, bs, xs = [numbers(rng, n) for _ in range(k)], numbers(rng, k), numbers(rng, n, 0.4, 1.4)
    ys = rng.choice([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])

    def graph() -> Value:
        x = [Value(v, f"x_{i}") for i, v in enumerate(xs, 1)]
        zs = []
        for j in range(k):
            w = [Value(v, f"w_{i}{j + 1}") for i, v in enumerate(ws[j], 1)]
            zs.append(named(dot(w, x, Value(bs[j], f"b_{j + 1}")), f"z_{j + 1}"))
        ps = [named(p, f"p_{j}") for j, p in enumerate(softmax(zs), 1)]
        t = [Value(y, f"y_{j}") for j, y in enumerate(ys, 1)]
        return named(-sum([y * log(p) for y, p in zip(t, ps, strict=True)]), "L")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"z_{j + 1}", ws[j], xs, bs[j], ws[j - 1]) for j in range(k)]
        es = [math.exp(z) for z in zs]
        ps = [
            h(
                f"p_{j + 1}",
                "forward",
                es[j] / sum(es),
                exp_left_out=zs[j] / sum(zs),
                normalising_term=es[j] / (sum(es) - es[j]),
                scale_forgotten=es[j],
            )
            for j in range(k)
        ]
        c = ys.index(1.0)
        h(
            "L",
            "forward",
            -math.log(ps[c]),
            log_base_10=-math.log10(ps[c]),
            sign=math.log(ps[c]),
            other_class=-math.log(ps[c - 1]),
        )
        ds = [
            h(
                f"dL/dz_{j + 1}",
                "delta",
                ps[j] - ys[j],
                sign=ys[j] - ps[j],
                diagonal_only=-(1 - ps[j]) * ys[j] if not ys[j] else None,
                slope_left_out=-1 / ps[j] if ys[j] else None,
                other_class=ps[j] - ys[j - 1],
            )
            for j in range(k)
        ]
        for j in range(k):
            for i in range(n):
                g = gradient(h, f"dL/dw_{i + 1}{j + 1}", ds[j], xs[i], xs[1 - i], None, ds[j - 1])
                update(h, f"w_{i + 1}{j + 1}", ws[j][i], g, rate, ds[j] * xs[1 - i], ws[j][1 - i])
            gb = bias_gradient(h, f"dL/db_{j + 1}", [ds[j]], xs[0])
            update(h, f"b_{j + 1}", bs[j], gb, rate)

    return Problem(graph, hand, rate)


__all__ = ["FURTHER", "sigma"]
