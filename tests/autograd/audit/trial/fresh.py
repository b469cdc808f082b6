"""A fourth batch: formulas of physics, losses, other activations, written after the audit was."""

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
    update,
)

from autograd import (
    Value,
    absolute,
    dot,
    exp,
    hypot,
    leaky_relu,
    log,
    logsumexp,
    mean,
    sigmoid,
    silu,
    softmax,
    tanh,
    where,
)

FRESH = Networks()


@FRESH.add
def batch_of_rows(rng: random.Random) -> Problem:
    """Two features, three rows, L = 1/(2n) Σ e²."""
    rows, ts = [numbers(rng, 2, 0.2, 1.8) for _ in range(3)], numbers(rng, 3)
    ws, b, rate = numbers(rng, 2), number(rng), 0.1

    def graph() -> Value:
        w, bias = [Value(x, f"w_{i}") for i, x in enumerate(ws, 1)], Value(b, "b")
        es = []
        for n, (row, t) in enumerate(zip(rows, ts, strict=True), 1):
            x = [Value(v, f"x_{i}^({n})") for i, v in enumerate(row, 1)]
            y = named(w[0] * x[0] + w[1] * x[1] + bias, f"ŷ^({n})")
            es.append(named(y - Value(t, f"y^({n})"), f"e^({n})"))
        return named(sum([e * e for e in es[1:]], es[0] * es[0]) / 6, "L")

    def hand(h: Hand) -> None:
        ys = [neuron(h, f"ŷ^({n})", ws, row, b) for n, row in enumerate(rows, 1)]
        es = [
            h(
                f"e^({n + 1})",
                "forward",
                ys[n] - ts[n],
                sign=ts[n] - ys[n],
                target_swapped=ys[n] - ts[n - 1],
            )
            for n in range(3)
        ]
        t = dotted(es, es)
        h(
            "L",
            "forward",
            t / 6,
            half_forgotten=t / 3,
            n_forgotten=t / 2,
            square_of_sum=sum(es) ** 2 / 6,
            term_left_out=(t - es[2] ** 2) / 6,
        )
        for i in range(2):
            xs = [row[i] for row in rows]
            g = dotted(es, xs) / 3
            g = h(
                f"dL/dw_{i + 1}",
                "answer",
                g,
                n_forgotten=3 * g,
                term_left_out=g - es[0] * xs[0] / 3,
                sign=-g,
                two_forgotten=g / 2,
                half_forgotten=2 * g,
                factor_left_out=sum(es) / 3,
                last_step_only=es[2] * xs[2] / 3,
                anothers=dotted(es, [row[1 - i] for row in rows]) / 3,
            )
            update(h, f"w_{i + 1}", ws[i], g, rate, None, ws[1 - i])
        g = sum(es) / 3
        g = h(
            "dL/db",
            "answer",
            g,
            n_forgotten=3 * g,
            sign=-g,
            term_left_out=g - es[0] / 3,
            bias_times_input=(es[0] * rows[0][0] + es[1] * rows[1][0] + es[2] * rows[2][0]) / 3,
        )
        update(h, "b", b, g, rate)

    return Problem(graph, hand, rate)


@FRESH.add
def softmax_with_temperature(rng: random.Random) -> Problem:
    x, ws, temperature, k, rate = number(rng, 0.5, 1.5), numbers(rng, 3, 0.3, 1.5), 2.0, 1, 0.5

    def graph() -> Value:
        v, tau = Value(x, "x"), Value(temperature, "T")
        zs = [named(Value(w, f"w{j}") * v, f"z{j}") for j, w in enumerate(ws, 1)]
        ps = [named(p, f"p{j}") for j, p in enumerate(softmax([z / tau for z in zs]), 1)]
        terms = [Value(float(j == k), f"y{j + 1}") * log(p) for j, p in enumerate(ps)]
        return named(-(terms[0] + terms[1] + terms[2]), "L")

    def hand(h: Hand) -> None:
        zs = [
            h(f"z{j + 1}", "forward", ws[j] * x, factor_left_out=ws[j], anothers=ws[j - 1] * x)
            for j in range(3)
        ]
        es = [math.exp(z / temperature) for z in zs]
        cold = [math.exp(z) for z in zs]
        ps = [
            h(
                f"p{j + 1}",
                "forward",
                es[j] / sum(es),
                exp_left_out=zs[j] / sum(zs),
                scale_forgotten=cold[j] / sum(cold),
                normalising_term=es[j] / (sum(es) - es[j]),
            )
            for j in range(3)
        ]
        loss = -math.log(ps[k])
        h(
            "L",
            "forward",
            loss,
            sign=-loss,
            log_base_10=loss / math.log(10),
            other_class=-math.log(ps[0]),
        )
        ds = []
        for j in range(3):
            y = float(j == k)
            d = (ps[j] - y) / temperature
            ds.append(
                h(
                    f"dL/dz{j + 1}",
                    "delta",
                    d,
                    scale_forgotten=ps[j] - y,
                    sign=-d,
                    other_class=(ps[j] - 1 + y) / temperature,
                )
            )
        for j in range(3):
            g = gradient(h, f"dL/dw{j + 1}", ds[j], x, None, None, ds[j - 1])
            update(h, f"w{j + 1}", ws[j], g, rate, ds[j - 1] * x, ws[j - 1])

    return Problem(graph, hand, rate)


@FRESH.add
def huber_loss(rng: random.Random) -> Problem:
    w, b, xs, rate = number(rng, 0.4, 1.2), number(rng), [1.2, 2.0], 0.1
    ts = [w * 1.2 + b + 0.4, w * 2.0 + b - 1.7]
    ts = [round(t, 1) for t in ts]

    def graph() -> Value:
        p, q, parts = Value(w, "w"), Value(b, "b"), []
        for i in range(2):
            e = named(p * Value(xs[i], f"x{i + 1}") + q - Value(ts[i], f"t{i + 1}"), f"e{i + 1}")
            a = absolute(e)
            parts.append(named(where(1 - a, 0.5 * e**2, a - 0.5), f"H{i + 1}"))
        return named(parts[0] + parts[1], "L")

    def hand(h: Hand) -> None:
        es = [
            h(
                f"e{i + 1}",
                "forward",
                w * xs[i] + b - ts[i],
                bias_left_out=w * xs[i] - ts[i],
                sign=ts[i] - w * xs[i] - b,
                target_swapped=w * xs[i] + b - ts[1 - i],
                factor_left_out=w + b - ts[i],
            )
            for i in range(2)
        ]
        square, line = [e * e / 2 for e in es], [abs(e) - 0.5 for e in es]
        right = [s if abs(e) < 1 else q for e, s, q in zip(es, square, line, strict=True)]
        other = [q if abs(e) < 1 else s for e, s, q in zip(es, square, line, strict=True)]
        hs = [h(f"H{i + 1}", "forward", right[i], wrong_branch=other[i]) for i in range(2)]
        h("L", "forward", sum(hs), n_forgotten=None, term_left_out=hs[0])
        ds = [
            h(
                f"dL/de{i + 1}",
                "delta",
                e if abs(e) < 1 else math.copysign(1, e),
                wrong_branch=e if abs(e) >= 1 else math.copysign(1, e),
                sign=-e if abs(e) < 1 else -math.copysign(1, e),
            )
            for i, e in enumerate(es)
        ]
        g = dotted(ds, xs)
        g = h(
            "dL/dw",
            "answer",
            g,
            term_left_out=ds[0] * xs[0],
            factor_left_out=sum(ds),
            sign=-g,
            term_left_out_2=ds[1] * xs[1],
        )
        gb = bias_gradient(h, "dL/db", ds, xs[0])
        update(h, "w", w, g, rate, gb, b)
        update(h, "b", b, gb, rate, g, w)

    return Problem(graph, hand, rate)


@FRESH.add
def product_of_sums(rng: random.Random) -> Problem:
    a, b, c, d = numbers(rng, 4, 0.3, 1.8)

    def graph() -> Value:
        p, q, r, s = [Value(x, n) for x, n in zip((a, b, c, d), "abcd", strict=True)]
        u, v = named(p + q, "u"), named(p * r - s, "v")
        return named(named(u * v, "f") ** 3, "F")

    def hand(h: Hand) -> None:
        u = h("u", "forward", a + b, sign=a - b, term_left_out=a, another_function=a * b)
        v = h(
            "v",
            "forward",
            a * c - d,
            sign=a * c + d,
            term_left_out=a * c,
            factor_left_out=c - d,
            anothers=b * c - d,
        )
        f = h("f", "forward", u * v, factor_left_out=u, another_function=u + v)
        h("F", "forward", f**3, power_rule=3 * f, square_forgotten=f, power_rule_2=f * f)
        df = h(
            "dF/df",
            "delta",
            3 * f * f,
            power_rule=f * f,
            power_rule_2=3 * f,
            base_forgotten=3,
            power_rule_3=2 * f * f,
        )
        du = h("dF/du", "delta", df * v, factor_left_out=df, sign=-df * v, anothers=df * u)
        dv = h("dF/dv", "delta", df * u, factor_left_out=df, sign=-df * u, anothers=df * v)
        ga = h(
            "dF/da",
            "answer",
            du + dv * c,
            path_left_out=du,
            path_left_out_2=dv * c,
            factor_left_out=du + dv,
            terms_sign=du - dv * c,
            product_rule=df * c,
        )
        gb = h("dF/db", "answer", du, sign=-du)
        gc = h("dF/dc", "answer", dv * a, factor_left_out=dv, sign=-dv * a, anothers=dv * b)
        gd = h("dF/dd", "answer", -dv, sign=dv)
        for n, x, g in zip("abcd", (a, b, c, d), (ga, gb, gc, gd), strict=True):
            update(h, n, x, g, 0.05)

    return Problem(graph, hand, 0.05)


@FRESH.add
def polynomial_regression(rng: random.Random) -> Problem:
    cs, xs, ts, rate = numbers(rng, 3), [0.7, 1.3, -1.1], numbers(rng, 3, 0.2, 1.9), 0.05

    def graph() -> Value:
        c = [Value(v, f"c{i}") for i, v in enumerate(cs)]
        es = []
        for i, (x, t) in enumerate(zip(xs, ts, strict=True), 1):
            v = Value(x, f"x{i}")
            p = named(c[0] + c[1] * v + c[2] * v**2, f"p{i}")
            es.append((p - Value(t, f"t{i}")) ** 2)
        return named(mean(es), "MSE")

    def hand(h: Hand) -> None:
        ps = [
            h(
                f"p{i}",
                "forward",
                cs[0] + cs[1] * x + cs[2] * x * x,
                square_forgotten=cs[0] + (cs[1] + cs[2]) * x,
                bias_left_out=cs[1] * x + cs[2] * x * x,
                term_left_out=cs[0] + cs[1] * x,
                terms_sign=cs[0] - cs[1] * x + cs[2] * x * x,
                inputs_swapped=cs[0] + cs[2] * x + cs[1] * x * x,
            )
            for i, x in enumerate(xs, 1)
        ]
        es = [p - t for p, t in zip(ps, ts, strict=True)]
        t = dotted(es, es)
        h("MSE", "forward", t / 3, n_forgotten=t, n_minus_1=t / 2, square_of_sum=sum(es) ** 2 / 3)
        ds = [
            h(
                f"dMSE/dp{i + 1}",
                "delta",
                2 * e / 3,
                two_forgotten=e / 3,
                n_forgotten=2 * e,
                sign=-2 * e / 3,
            )
            for i, e in enumerate(es)
        ]
        for k in range(3):
            g = sum([d * x**k for d, x in zip(ds, xs, strict=True)])
            g = h(
                f"dMSE/dc{k}",
                "answer",
                g,
                term_left_out=g - ds[0] * xs[0] ** k,
                sign=-g,
                square_forgotten=dotted(ds, xs) if k == 2 else None,
                factor_left_out=sum(ds) if k else None,
                last_step_only=ds[2] * xs[2] ** k,
            )
            update(h, f"c{k}", cs[k], g, rate, None, cs[k - 1])

    return Problem(graph, hand, rate)


@FRESH.add
def logistic_with_l2(rng: random.Random) -> Problem:
    ws, b, rows, ts = (
        numbers(rng, 2),
        number(rng),
        [numbers(rng, 2, 0.2, 1.8) for _ in "ab"],
        [1, 0],
    )
    lam, rate = 0.2, 0.5

    def graph() -> Value:
        w, bias, parts = [Value(x, f"w{i}") for i, x in enumerate(ws, 1)], Value(b, "b"), []
        for n in range(2):
            x = [Value(v, f"x{n + 1}{i}") for i, v in enumerate(rows[n], 1)]
            p = named(sigmoid(named(dot(w, x, bias), f"z{n + 1}")), f"p{n + 1}")
            parts.append(named(-log(p) if ts[n] else -log(1 - p), f"l{n + 1}"))
        penalty = named(lam / 2 * (w[0] ** 2 + w[1] ** 2), "R")
        return named((parts[0] + parts[1]) / 2 + penalty, "J")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"z{n + 1}", ws, rows[n], b, (), None) for n in range(2)]
        ps = [activation(h, f"p{n + 1}", "sigmoid", zs[n]) for n in range(2)]
        right = [-math.log(ps[0]), -math.log(1 - ps[1])]
        other = [-math.log(1 - ps[0]), -math.log(ps[1])]
        ls = [
            h(
                f"l{n + 1}",
                "forward",
                right[n],
                other_class=other[n],
                sign=-right[n],
                log_base_10=right[n] / math.log(10),
            )
            for n in range(2)
        ]
        s = dotted(ws, ws)
        r = h(
            "R",
            "forward",
            lam / 2 * s,
            half_forgotten=lam * s,
            square_forgotten=lam / 2 * sum(ws),
            scale_forgotten=s / 2,
            square_of_sum=lam / 2 * sum(ws) ** 2,
        )
        h("J", "forward", sum(ls) / 2 + r, term_left_out=sum(ls) / 2, n_forgotten=sum(ls) + r)
        ds = [
            h(
                f"dJ/dz{n + 1}",
                "delta",
                (ps[n] - ts[n]) / 2,
                n_forgotten=ps[n] - ts[n],
                sign=(ts[n] - ps[n]) / 2,
                other_class=(ps[n] - 1 + ts[n]) / 2,
            )
            for n in range(2)
        ]
        for i in range(2):
            xs = [row[i] for row in rows]
            q = dotted(ds, xs)
            g = h(
                f"dJ/dw{i + 1}",
                "answer",
                q + lam * ws[i],
                term_left_out=q,
                two_forgotten=q + lam * ws[i] / 2,
                scale_forgotten=q + ws[i],
                terms_sign=q - lam * ws[i],
                term_left_out_2=ds[0] * xs[0] + lam * ws[i],
                factor_left_out=q + lam,
            )
            update(h, f"w{i + 1}", ws[i], g, rate, None, ws[1 - i])
        gb = bias_gradient(h, "dJ/db", ds, rows[0][0])
        update(h, "b", b, gb, rate)

    return Problem(graph, hand, rate)


@FRESH.add
def two_heads(rng: random.Random) -> Problem:
    """Two heads of attention over two tokens, with scalar queries, mixed by two weights."""
    qs, ks, vs, cs, t, rate = (
        numbers(rng, 2, 0.3, 1.6),
        numbers(rng, 2, 0.3, 1.6),
        numbers(rng, 2, 0.3, 1.6),
        numbers(rng, 2),
        0.4,
        0.3,
    )

    def graph() -> Value:
        q = [Value(x, f"q{i}") for i, x in enumerate(qs, 1)]
        k, v = [
            [Value(x, f"{n}{i}") for i, x in enumerate(m, 1)] for n, m in (("k", ks), ("v", vs))
        ]
        heads = []
        for i in range(2):
            s = [named(q[i] * x, f"s{i + 1}{j}") for j, x in enumerate(k, 1)]
            a = [named(p, f"a{i + 1}{j}") for j, p in enumerate(softmax(s), 1)]
            heads.append(named(a[0] * v[0] + a[1] * v[1], f"h{i + 1}"))
        y = named(dot([Value(x, f"c{i}") for i, x in enumerate(cs, 1)], heads), "y")
        return named(0.5 * (y - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        heads, weights = [], []
        for i in range(2):
            s = [
                h(
                    f"s{i + 1}{j + 1}",
                    "forward",
                    qs[i] * ks[j],
                    anothers=qs[1 - i] * ks[j],
                    factor_left_out=ks[j],
                )
                for j in range(2)
            ]
            e = [math.exp(x) for x in s]
            a = [
                h(
                    f"a{i + 1}{j + 1}",
                    "forward",
                    e[j] / sum(e),
                    exp_left_out=s[j] / sum(s),
                    normalising_term=e[j] / e[1 - j],
                )
                for j in range(2)
            ]
            weights.append(a)
            heads.append(neuron(h, f"h{i + 1}", a, vs))
        y = neuron(h, "y", cs, heads)
        d = y - t
        h("E", "forward", d * d / 2, half_forgotten=d * d, derivative_for_loss=d)
        dy = h("dE/dy", "delta", d, sign=-d, half_forgotten=2 * d)
        dh = [above(h, f"dE/dh{i + 1}", [dy], [cs[i]]) for i in range(2)]
        ds = []
        for i in range(2):
            a, up = weights[i], [dh[i] * v for v in vs]
            m = dotted(a, up)
            ds.append(
                [
                    h(
                        f"dE/ds{i + 1}{j + 1}",
                        "delta",
                        a[j] * (up[j] - m),
                        diagonal_only=a[j] * (1 - a[j]) * up[j],
                        sign=a[j] * (m - up[j]),
                        half_of_slope=a[j] * up[j],
                    )
                    for j in range(2)
                ]
            )
        for i in range(2):
            gradient(h, f"dE/dc{i + 1}", dy, heads[i], heads[1 - i])
            g = dotted(ds[i], ks)
            g = h(
                f"dE/dq{i + 1}",
                "answer",
                g,
                path_left_out=ds[i][0] * ks[0],
                sign=-g,
                factor_left_out=sum(ds[i]) if abs(sum(ds[i])) > 1e-3 else None,
            )
            update(h, f"q{i + 1}", qs[i], g, rate, None, qs[1 - i])
        for j in range(2):
            g = ds[0][j] * qs[0] + ds[1][j] * qs[1]
            h(
                f"dE/dk{j + 1}",
                "answer",
                g,
                path_left_out=ds[0][j] * qs[0],
                path_left_out_2=ds[1][j] * qs[1],
                sign=-g,
            )
            g = dh[0] * weights[0][j] + dh[1] * weights[1][j]
            h(
                f"dE/dv{j + 1}",
                "answer",
                g,
                path_left_out=dh[0] * weights[0][j],
                sign=-g,
                anothers=dh[0] * weights[0][1 - j] + dh[1] * weights[1][1 - j],
            )

    return Problem(graph, hand, rate)


@FRESH.add
def sigmoids_with_shared_weights(rng: random.Random) -> Problem:
    (w, b, v), (x1, x2), t, rate = numbers(rng, 3), numbers(rng, 2, 0.3, 1.8), 1.0, 0.5

    def graph() -> Value:
        p, q, hs = Value(w, "w"), Value(b, "b"), []
        for i, x in enumerate((x1, x2), 1):
            z = named(p * Value(x, f"x{i}") + q, f"z{i}")
            hs.append(named(sigmoid(z), f"h{i}"))
        y = named(Value(v, "v") * (hs[0] + hs[1]), "y")
        return named((Value(t, "t") - y) ** 2, "E")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"z{i}", [w], [x], b) for i, x in enumerate((x1, x2), 1)]
        hs = [activation(h, f"h{i + 1}", "sigmoid", zs[i]) for i in range(2)]
        y = h(
            "y",
            "forward",
            v * sum(hs),
            factor_left_out=sum(hs),
            term_left_out=v * hs[0],
            another_function=v * hs[0] * hs[1],
        )
        e = t - y
        h("E", "forward", e * e, square_forgotten=e, derivative_for_loss=-2 * e)
        dy = h("dE/dy", "delta", -2 * e, sign=2 * e, two_forgotten=-e)
        gv = gradient(h, "dE/dv", dy, sum(hs), hs[0])
        dh = above(h, "dE/dh1", [dy], [v])
        h("dE/dh2", "delta", dy * v, sign=-dy * v, factor_left_out=dy)
        ds = [delta(h, f"dE/dz{i + 1}", dh, "sigmoid", zs[i], hs[i]) for i in range(2)]
        g = ds[0] * x1 + ds[1] * x2
        g = h(
            "dE/dw",
            "answer",
            g,
            path_left_out=ds[0] * x1,
            path_left_out_2=ds[1] * x2,
            factor_left_out=sum(ds),
            anothers=ds[0] * x2 + ds[1] * x1,
            sign=-g,
        )
        gb = bias_gradient(h, "dE/db", ds, x1)
        update(h, "w", w, g, rate, gb, v)
        update(h, "b", b, gb, rate, g, w)
        update(h, "v", v, gv, rate, g, w)

    return Problem(graph, hand, rate)


@FRESH.add
def parallel_resistors(rng: random.Random) -> Problem:
    a, b, u = (
        round(rng.uniform(2, 6), 1),
        round(rng.uniform(7, 12), 1),
        round(rng.uniform(9, 15), 1),
    )

    def graph() -> Value:
        p, q, v = Value(a, "R1"), Value(b, "R2"), Value(u, "U")
        r = named(p * q / (p + q), "R")
        i = named(v / r, "I")
        return named(i * v, "P")

    def hand(h: Hand) -> None:
        r = h(
            "R",
            "forward",
            a * b / (a + b),
            another_function=a + b,
            ratio_turned=(a + b) / (a * b),
            term_left_out=a * b / a,
        )
        i = h("I", "forward", u / r, ratio_turned=r / u, one_over=u * r)
        h("P", "forward", i * u, square_forgotten=None, factor_left_out=i, factor_twice=i * u * u)
        dr = h(
            "dP/dR",
            "delta",
            -u * u / r**2,
            sign=u * u / r**2,
            square_forgotten=-u * u / r,
            factor_left_out=-u / r**2,
        )
        g = dr * b * b / (a + b) ** 2
        h(
            "dP/dR1",
            "answer",
            g,
            path_left_out=dr * b / (a + b),
            square_forgotten=dr * b / (a + b) ** 2,
            sign=-g,
        )
        g = dr * a * a / (a + b) ** 2
        h("dP/dR2", "answer", g, path_left_out=dr * a / (a + b), sign=-g)
        h("dP/dU", "answer", 2 * u / r, two_forgotten=u / r, path_left_out=u / r, sign=-2 * u / r)

    return Problem(graph, hand, 0.1)


@FRESH.add
def growth_and_decay(rng: random.Random) -> Problem:
    p, r, t, y = 2.0, number(rng, 0.2, 0.9, False), number(rng, 0.6, 2.4, False), 3.1

    def graph() -> Value:
        k, s = Value(r, "k"), Value(t, "t")
        n = named(Value(p, "N0") * exp(-k * s), "N")
        d = named(log(n / y), "d")
        return named(d**2 / 2, "Q")

    def hand(h: Hand) -> None:
        n = h(
            "N",
            "forward",
            p * math.exp(-r * t),
            sign=p * math.exp(r * t),
            factor_left_out=math.exp(-r * t),
            exp_left_out=-p * r * t,
            factor_left_out_2=p * math.exp(-r),
        )
        d = h(
            "d",
            "forward",
            math.log(n / y),
            log_base_10=math.log10(n / y),
            ratio_turned=math.log(y / n),
            one_over=math.log(n * y),
        )
        h("Q", "forward", d * d / 2, half_forgotten=d * d, square_forgotten=d / 2)
        dn = h("dQ/dN", "delta", d / n, one_over=d * n, factor_left_out=1 / n, sign=-d / n)
        h(
            "dQ/dk",
            "answer",
            -dn * n * t,
            sign=dn * n * t,
            factor_left_out=-dn * n,
            slope_left_out=-dn * t,
        )
        h("dQ/dt", "answer", -dn * n * r, sign=dn * n * r, factor_left_out=-dn * n)
        h("dQ/dN0", "answer", dn * n / p, factor_left_out=dn, one_over=dn * n)

    return Problem(graph, hand, 0.1)


@FRESH.add
def silu_unit(rng: random.Random) -> Problem:
    (w, b, v), x, t, rate = numbers(rng, 3), number(rng, 0.5, 1.6), 0.7, 0.4

    def graph() -> Value:
        z = named(Value(w, "w") * Value(x, "x") + Value(b, "b"), "z")
        a = named(silu(z), "a")
        y = named(Value(v, "v") * a, "y")
        return named((y - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        z = neuron(h, "z", [w], [x], b)
        s = 1 / (1 + math.exp(-z))
        a = h("a", "forward", z * s, factor_left_out=s, activation_left_out=z, minus_z=-z * (1 - s))
        y = h("y", "forward", v * a, factor_left_out=a)
        e = y - t
        h("E", "forward", e * e, square_forgotten=e, derivative_for_loss=2 * e)
        dy = h("dE/dy", "delta", 2 * e, two_forgotten=e, sign=-2 * e)
        gv = gradient(h, "dE/dv", dy, a, x, z)
        da = above(h, "dE/da", [dy], [v], [v - rate * dy * a])
        k = s + z * s * (1 - s)
        dz = h(
            "dE/dz",
            "delta",
            da * k,
            slope_left_out=da,
            another_slope=da * s * (1 - s),
            product_rule=da * s * (1 - s),
            half_of_slope=da * s,
            half_of_slope_2=da * z * s * (1 - s),
            sign=-da * k,
        )
        gw = gradient(h, "dE/dw", dz, x)
        gb = bias_gradient(h, "dE/db", [dz], x)
        update(h, "w", w, gw, rate, gb, v)
        update(h, "b", b, gb, rate, gw, w)
        update(h, "v", v, gv, rate, gw, w)

    return Problem(graph, hand, rate)


@FRESH.add
def leaky_network(rng: random.Random) -> Problem:
    ws, bs, vs, xs, t, rate = (
        [numbers(rng, 2) for _ in "ab"],
        numbers(rng, 2),
        numbers(rng, 2),
        numbers(rng, 2, 0.4, 1.6),
        1.0,
        0.3,
    )
    ws[1] = [-abs(w) for w in ws[1]]
    xs = [abs(x) for x in xs]

    def graph() -> Value:
        x, hs = [Value(v, f"x{i}") for i, v in enumerate(xs, 1)], []
        for j in range(2):
            w = [Value(q, f"w{i}{j + 1}") for i, q in enumerate(ws[j], 1)]
            z = named(dot(w, x, Value(bs[j], f"b{j + 1}")), f"z{j + 1}")
            hs.append(named(leaky_relu(z, 0.1), f"h{j + 1}"))
        y = named(dot([Value(v, f"v{j}") for j, v in enumerate(vs, 1)], hs), "y")
        return named(0.5 * (y - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"z{j + 1}", ws[j], xs, bs[j], ws[1 - j]) for j in range(2)]
        hs = [
            h(
                f"h{j + 1}",
                "forward",
                z if z > 0 else 0.1 * z,
                activation_left_out=z,
                another_function=max(z, 0),
                wrong_branch=0.1 * z if z > 0 else z,
            )
            for j, z in enumerate(zs)
        ]
        y = neuron(h, "y", vs, hs, 0.0, (), zs[0])
        e = y - t
        h("E", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        dy = h("dE/dy", "delta", e, sign=-e, half_forgotten=2 * e)
        for j in range(2):
            gradient(h, f"dE/dv{j + 1}", dy, hs[j], hs[1 - j], zs[j])
        dh = [
            above(h, f"dE/dh{j + 1}", [dy], [vs[j]], [vs[j] - rate * dy * hs[j]]) for j in range(2)
        ]
        ds = [
            h(
                f"dE/dz{j + 1}",
                "delta",
                dh[j] * (1 if z > 0 else 0.1),
                slope_where_off=dh[j] if z < 0 else 0,
                wrong_branch=dh[j] * (0.1 if z > 0 else 1),
                sign=-dh[j] * (1 if z > 0 else 0.1),
            )
            for j, z in enumerate(zs)
        ]
        for j in range(2):
            for i in range(2):
                g = gradient(h, f"dE/dw{i + 1}{j + 1}", ds[j], xs[i], xs[1 - i], None, ds[1 - j])
                update(h, f"w{i + 1}{j + 1}", ws[j][i], g, rate, ds[j] * xs[1 - i], ws[j][1 - i])
            bias_gradient(h, f"dE/db{j + 1}", [ds[j]], xs[0])

    return Problem(graph, hand, rate)


@FRESH.add
def distance_margin(rng: random.Random) -> Problem:
    a, b, m, rate = numbers(rng, 2, 0.3, 1.9), numbers(rng, 2, 0.3, 1.9), 3.5, 0.2

    def graph() -> Value:
        p = [Value(x, f"a{i}") for i, x in enumerate(a, 1)]
        q = [Value(x, f"b{i}") for i, x in enumerate(b, 1)]
        r = named(hypot(p[0] - q[0], p[1] - q[1]), "r")
        return named((m - r) ** 2, "C")

    def hand(h: Hand) -> None:
        ds = [x - y for x, y in zip(a, b, strict=True)]
        s = dotted(ds, ds)
        r = h(
            "r",
            "forward",
            math.sqrt(s),
            root_forgotten=s,
            square_of_sum=abs(sum(ds)),
            square_forgotten=math.sqrt(abs(sum(ds))),
            term_left_out=abs(ds[0]),
        )
        e = m - r
        h("C", "forward", e * e, square_forgotten=e, sign=None, derivative_for_loss=-2 * e)
        dr = h("dC/dr", "delta", -2 * e, sign=2 * e, two_forgotten=-e)
        for i in range(2):
            g = dr * ds[i] / r
            g = h(
                f"dC/da{i + 1}",
                "answer",
                g,
                factor_left_out=dr * ds[i],
                factor_left_out_2=dr / r,
                sign=-g,
                root_forgotten=dr * ds[i] / s,
                anothers=dr * ds[1 - i] / r,
            )
            update(h, f"a{i + 1}", a[i], g, rate, None, a[1 - i])
            h(f"dC/db{i + 1}", "answer", -dr * ds[i] / r, sign=dr * ds[i] / r)

    return Problem(graph, hand, rate)


@FRESH.add
def tanh_with_cross_entropy(rng: random.Random) -> Problem:
    xs, ws, us, k, rate = (
        numbers(rng, 2, 0.3, 1.5),
        [numbers(rng, 2) for _ in "ab"],
        [numbers(rng, 2, 0.3, 1.5) for _ in "abc"],
        2,
        0.5,
    )

    def graph() -> Value:
        x, hs = [Value(v, f"x_{i}") for i, v in enumerate(xs, 1)], []
        for j in range(2):
            w = [Value(q, f"w_{j + 1}{i}") for i, q in enumerate(ws[j], 1)]
            hs.append(named(tanh(named(dot(w, x), f"z_{j + 1}")), f"h_{j + 1}"))
        ss = []
        for c in range(3):
            u = [Value(q, f"u_{c + 1}{j}") for j, q in enumerate(us[c], 1)]
            ss.append(named(dot(u, hs), f"s_{c + 1}"))
        return named(logsumexp(ss) - ss[k], "L")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"z_{j + 1}", ws[j], xs, 0.0, ws[1 - j]) for j in range(2)]
        hs = [activation(h, f"h_{j + 1}", "tanh", zs[j]) for j in range(2)]
        ss = [neuron(h, f"s_{c + 1}", us[c], hs, 0.0, us[c - 1], zs[0]) for c in range(3)]
        es = [math.exp(s) for s in ss]
        ps = [h(f"p{c + 1}", "", e / sum(es)) for c, e in enumerate(es)]
        loss = -math.log(ps[k])
        h(
            "L",
            "forward",
            loss,
            sign=-loss,
            log_base_10=loss / math.log(10),
            other_class=-math.log(ps[0]),
            exp_left_out=None,
        )
        ds = []
        for c in range(3):
            y = float(c == k)
            ds.append(
                h(f"dL/ds_{c + 1}", "delta", ps[c] - y, sign=y - ps[c], other_class=ps[c] - 1 + y)
            )
        for j in range(2):
            row = [us[c][j] for c in range(3)]
            new = [u - rate * d * hs[j] for u, d in zip(row, ds, strict=True)]
            da = above(h, f"dL/dh_{j + 1}", ds, row, new)
            d = delta(h, f"dL/dz_{j + 1}", da, "tanh", zs[j], hs[j])
            for i in range(2):
                g = gradient(h, f"dL/dw_{j + 1}{i + 1}", d, xs[i], xs[1 - i])
                update(h, f"w_{j + 1}{i + 1}", ws[j][i], g, rate, d * xs[1 - i], ws[j][1 - i])
        for c in range(3):
            for j in range(2):
                gradient(h, f"dL/du_{c + 1}{j + 1}", ds[c], hs[j], hs[1 - j], zs[j], ds[c - 1])

    return Problem(graph, hand, rate)
