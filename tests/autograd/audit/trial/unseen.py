"""Networks kept apart: the audit was not developed with them, so they show how it generalises."""

from __future__ import annotations

import itertools
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

from autograd import Value, cos, dot, exp, log, maximum, mean, sigmoid, sin, softmax, sqrt, tanh

UNSEEN = Networks()


@UNSEEN.add
def deep_2_2_2_1(rng: random.Random) -> Problem:
    sizes, fs, rate = [2, 2, 2, 1], ["tanh", "sigmoid", "sigmoid"], 0.4
    ws = [[numbers(rng, n) for _ in range(m)] for n, m in itertools.pairwise(sizes)]
    bs, xs, t = [numbers(rng, m) for m in sizes[1:]], numbers(rng, 2), 0.8
    make = {"sigmoid": sigmoid, "tanh": tanh}

    def graph() -> Value:
        row = [Value(x, f"a{i}_0") for i, x in enumerate(xs, 1)]
        for n, f in enumerate(fs, 1):
            made = []
            for j in range(sizes[n]):
                w = [Value(q, f"w{n}_{i}{j + 1}") for i, q in enumerate(ws[n - 1][j], 1)]
                b = Value(bs[n - 1][j], f"b{n}_{j + 1}")
                z = named(sum([p * q for p, q in zip(w, row, strict=True)]) + b, f"z{j + 1}_{n}")
                made.append(named(make[f](z), f"a{j + 1}_{n}"))
            row = made
        y, a = Value(t, "y"), row[0]
        return named(-(y * log(a) + (1 - y) * log(1 - a)), "C")

    def hand(h: Hand) -> None:
        zs, acts = [], [xs]
        for n, f in enumerate(fs, 1):
            z, a = [], []
            for j in range(sizes[n]):
                other = ws[n - 1][j - 1] if sizes[n] > 1 else ()
                raw = zs[-1][0] if zs else None
                z.append(
                    neuron(h, f"z{j + 1}_{n}", ws[n - 1][j], acts[-1], bs[n - 1][j], other, raw)
                )
                a.append(activation(h, f"a{j + 1}_{n}", f, z[j]))
            zs.append(z)
            acts.append(a)
        p = acts[-1][0]
        loss = -t * math.log(p) - (1 - t) * math.log(1 - p)
        h(
            "C",
            "forward",
            loss,
            sign=-loss,
            log_base_10=loss / math.log(10),
            term_left_out=-t * math.log(p),
            other_class=-(1 - t) * math.log(p) - t * math.log(1 - p),
        )
        ds = [
            [],
            [],
            [h("dC/dz1_3", "delta", p - t, sign=t - p, factor_left_out=(p - t) / (p * (1 - p)))],
        ]
        for n in (2, 1):
            for i in range(2):
                row = [ws[n][j][i] for j in range(sizes[n + 1])]
                new = [w - rate * d * acts[n][i] for w, d in zip(row, ds[n], strict=True)]
                da = above(
                    h, f"dC/da{i + 1}_{n}", ds[n], row, new, ws[n][i] if len(row) > 1 else ()
                )
                f, z, a = fs[n - 1], zs[n - 1][i], acts[n][i]
                ds[n - 1].append(delta(h, f"dC/dz{i + 1}_{n}", da, f, z, a))
        for n in (3, 2, 1):
            for j in range(sizes[n]):
                d, row = ds[n - 1], acts[n - 1]
                for i in range(2):
                    w = f"w{n}_{i + 1}{j + 1}"
                    raw = zs[n - 2][i] if n > 1 else None
                    g = gradient(h, f"dC/d{w}", d[j], row[i], row[1 - i], raw)
                    update(h, w, ws[n - 1][j][i], g, rate, d[j] * row[1 - i], ws[n - 1][j][1 - i])
                bias_gradient(h, f"dC/db{n}_{j + 1}", [d[j]], row[0])

    return Problem(graph, hand, rate)


@UNSEEN.add
def logistic_growth(rng: random.Random) -> Problem:
    k, r, t, n, y = 2.4, number(rng, 0.4, 1.2, False), number(rng, 0.5, 2, False), 0.6, 1.9

    def graph() -> Value:
        cap, rate, n0 = Value(k, "K"), Value(r, "r"), Value(n, "N0")
        a = named((cap - n0) / n0, "A")
        e = named(exp(-(rate * Value(t, "t"))), "decay")
        p = named(cap / (1 + a * e), "N")
        return named((p - y) ** 2, "SE")

    def hand(h: Hand) -> None:
        a = h(
            "A",
            "forward",
            (k - n) / n,
            ratio_turned=n / (k - n),
            scale_forgotten=k - n,
            term_left_out=k / n,
        )
        e = h(
            "decay",
            "forward",
            math.exp(-r * t),
            sign=math.exp(r * t),
            exp_left_out=-r * t,
            factor_left_out=math.exp(-r),
        )
        q = 1 + a * e
        p = h(
            "N",
            "forward",
            k / q,
            term_left_out=k / (a * e),
            ratio_turned=q / k,
            factor_left_out=1 / q,
        )
        d = p - y
        h("SE", "forward", d * d, square_forgotten=d, derivative_for_loss=2 * d)
        dp = h("dSE/dN", "delta", 2 * d, two_forgotten=d, sign=-2 * d)
        da = h(
            "dSE/dA",
            "delta",
            -dp * k * e / q**2,
            sign=dp * k * e / q**2,
            square_forgotten=-dp * k * e / q,
            factor_left_out=-dp * k / q**2,
        )
        de = h(
            "dSE/ddecay",
            "delta",
            -dp * k * a / q**2,
            sign=dp * k * a / q**2,
            square_forgotten=-dp * k * a / q,
        )
        h(
            "dSE/dr",
            "answer",
            -de * e * t,
            sign=de * e * t,
            slope_left_out=-de * t,
            factor_left_out=-de * e,
        )
        h(
            "dSE/dK",
            "answer",
            dp / q + da / n,
            path_left_out=dp / q,
            path_left_out_2=da / n,
            terms_sign=dp / q - da / n,
        )
        h(
            "dSE/dN0",
            "answer",
            -da * k / n**2,
            sign=da * k / n**2,
            square_forgotten=-da * k / n,
            path_left_out=-da / n,
        )

    return Problem(graph, hand, 0.1)


@UNSEEN.add
def cosine_similarity(rng: random.Random) -> Problem:
    u, v, rate = numbers(rng, 2, 0.3, 1.6), numbers(rng, 2, 0.3, 1.6), 0.1

    def graph() -> Value:
        a = [Value(x, f"u{i}") for i, x in enumerate(u, 1)]
        b = [Value(x, f"v{i}") for i, x in enumerate(v, 1)]
        d = named(a[0] * b[0] + a[1] * b[1], "dot")
        p, q = [named(sqrt(x[0] ** 2 + x[1] ** 2), n) for x, n in ((a, "nu"), (b, "nv"))]
        return named(1 - named(d / (p * q), "cos"), "loss")

    def hand(h: Hand) -> None:
        d = neuron(h, "dot", u, v)
        p, q = [
            h(
                n,
                "forward",
                math.hypot(*x),
                root_forgotten=x[0] ** 2 + x[1] ** 2,
                square_of_sum=abs(sum(x)),
                term_left_out=abs(x[0]),
            )
            for n, x in (("nu", u), ("nv", v))
        ]
        c = h(
            "cos",
            "forward",
            d / (p * q),
            factor_left_out=d / p,
            one_over=d * p * q,
            scale_forgotten=d,
        )
        h("loss", "forward", 1 - c, sign=1 + c, term_left_out=-c)
        for i in range(2):
            g = -(v[i] / (p * q) - c * u[i] / p**2)
            g = h(
                f"dloss/du{i + 1}",
                "answer",
                g,
                path_left_out=-v[i] / (p * q),
                sign=-g,
                path_left_out_2=c * u[i] / p**2,
                terms_sign=-(v[i] / (p * q) + c * u[i] / p**2),
            )
            update(h, f"u{i + 1}", u[i], g, rate, None, u[1 - i])

    return Problem(graph, hand, rate)


@UNSEEN.add
def power_law(rng: random.Random) -> Problem:
    (a, b), xs, ys, rate = numbers(rng, 2, 0.5, 1.6, False), [1.4, 2.3], [1.1, 2.9], 0.05

    def graph() -> Value:
        p, q = Value(a, "a"), Value(b, "b")
        es = []
        for i in range(2):
            f = named(p * named(Value(xs[i], f"x{i + 1}") ** q, f"pow{i + 1}"), f"f{i + 1}")
            es.append(named(f - Value(ys[i], f"y{i + 1}"), f"e{i + 1}"))
        return named(0.5 * (es[0] ** 2 + es[1] ** 2), "S")

    def hand(h: Hand) -> None:
        s = [
            h(
                f"pow{i + 1}",
                "forward",
                x**b,
                power_rule=x * b,
                power_rule_2=x,
                another_function=b**x,
            )
            for i, x in enumerate(xs)
        ]
        f = [h(f"f{i + 1}", "forward", a * s[i], factor_left_out=s[i]) for i in range(2)]
        es = [
            h(
                f"e{i + 1}",
                "forward",
                f[i] - ys[i],
                sign=ys[i] - f[i],
                target_swapped=f[i] - ys[1 - i],
            )
            for i in range(2)
        ]
        t = es[0] ** 2 + es[1] ** 2
        h(
            "S",
            "forward",
            t / 2,
            half_forgotten=t,
            square_of_sum=sum(es) ** 2 / 2,
            square_forgotten=sum(es) / 2,
        )
        g = dotted(es, s)
        ga = h("dS/da", "answer", g, term_left_out=es[0] * s[0], factor_left_out=sum(es), sign=-g)
        g = sum([e * a * p * math.log(x) for e, p, x in zip(es, s, xs, strict=False)])
        gb = h(
            "dS/db",
            "answer",
            g,
            sign=-g,
            term_left_out=es[0] * a * s[0] * math.log(xs[0]),
            log_base_10=g / math.log(10),
            slope_left_out=sum([e * a * p for e, p in zip(es, s, strict=False)]),
            power_rule=sum([e * a * b * x ** (b - 1) for e, x in zip(es, xs, strict=False)]),
        )
        update(h, "a", a, ga, rate, gb, b)
        update(h, "b", b, gb, rate, ga, a)

    return Problem(graph, hand, rate)


@UNSEEN.add
def negative_sampling(rng: random.Random) -> Problem:
    c, o, n, rate = numbers(rng, 2), numbers(rng, 2), numbers(rng, 2), 0.3

    def graph() -> Value:
        v, u, k = [
            [Value(x, f"{m}{i}") for i, x in enumerate(q, 1)]
            for m, q in (("c", c), ("o", o), ("n", n))
        ]
        s, t = named(dot(v, u), "s_pos"), named(dot(v, k), "s_neg")
        p, q = named(sigmoid(s), "p"), named(sigmoid(-t), "q")
        return named(-log(p) - log(q), "L")

    def hand(h: Hand) -> None:
        s = neuron(h, "s_pos", o, c, 0.0, n)
        t = neuron(h, "s_neg", n, c, 0.0, o)
        p = activation(h, "p", "sigmoid", s)
        q = h(
            "q",
            "forward",
            1 / (1 + math.exp(t)),
            minus_z=1 / (1 + math.exp(-t)),
            activation_left_out=-t,
        )
        h(
            "L",
            "forward",
            -math.log(p) - math.log(q),
            term_left_out=-math.log(p),
            sign=math.log(p) + math.log(q),
            log_base_10=-math.log10(p * q),
        )
        ds = h("dL/ds_pos", "delta", p - 1, sign=1 - p, slope_left_out=-1 / p, other_class=p)
        dt = h("dL/ds_neg", "delta", 1 - q, sign=q - 1, other_class=-q)
        for i in range(2):
            gu = gradient(h, f"dL/do{i + 1}", ds, c[i], c[1 - i], None, dt)
            gk = gradient(h, f"dL/dn{i + 1}", dt, c[i], c[1 - i], None, ds)
            g = ds * o[i] + dt * n[i]
            gc = h(
                f"dL/dc{i + 1}",
                "answer",
                g,
                path_left_out=ds * o[i],
                path_left_out_2=dt * n[i],
                terms_sign=ds * o[i] - dt * n[i],
                transposed=ds * n[i] + dt * o[i],
            )
            for m, w, gr in (("o", o, gu), ("n", n, gk), ("c", c, gc)):
                update(h, f"{m}{i + 1}", w[i], gr, rate, None, w[1 - i])

    return Problem(graph, hand, rate)


@UNSEEN.add
def outputs_at_every_step(rng: random.Random) -> Problem:
    xs, ts, (w, u, v), rate = numbers(rng, 2, 0.3, 1.3), numbers(rng, 2), numbers(rng, 3), 0.1

    def graph() -> Value:
        wx, wh, wy = Value(w, "Wx"), Value(u, "Wh"), Value(v, "Wy")
        s, losses = 0.0, []
        for i in (1, 2):
            s = named(tanh(named(wx * Value(xs[i - 1], f"x_{i}") + wh * s, f"a_{i}")), f"s_{i}")
            o = named(wy * s, f"o_{i}")
            losses.append(named(0.5 * (o - Value(ts[i - 1], f"t_{i}")) ** 2, f"L_{i}"))
        return named(losses[0] + losses[1], "L")

    def hand(h: Hand) -> None:
        a1 = h("a_1", "forward", w * xs[0], another_step=w * xs[1], factor_left_out=xs[0])
        s1 = activation(h, "s_1", "tanh", a1)
        a2 = h(
            "a_2",
            "forward",
            w * xs[1] + u * s1,
            another_step=w * xs[0] + u * s1,
            term_left_out=w * xs[1],
            activation_left_out=w * xs[1] + u * a1,
            anothers=u * xs[1] + w * s1,
        )
        s2 = activation(h, "s_2", "tanh", a2)
        s = [s1, s2]
        o = [
            h(
                f"o_{i + 1}",
                "forward",
                v * s[i],
                another_step=v * s[1 - i],
                activation_left_out=v * (a1, a2)[i],
            )
            for i in range(2)
        ]
        e = [o[i] - ts[i] for i in range(2)]
        ls = [
            h(
                f"L_{i + 1}",
                "forward",
                e[i] ** 2 / 2,
                half_forgotten=e[i] ** 2,
                target_swapped=(o[i] - ts[1 - i]) ** 2 / 2,
            )
            for i in range(2)
        ]
        h("L", "forward", sum(ls), last_step_only=ls[1], derivative_for_loss=sum(e))
        do = [
            h(
                f"dL/do_{i + 1}",
                "delta",
                e[i],
                sign=-e[i],
                half_forgotten=2 * e[i],
                target_swapped=o[i] - ts[1 - i],
            )
            for i in range(2)
        ]
        g = dotted(do, s)
        gv = h(
            "dL/dWy",
            "answer",
            g,
            last_step_only=do[1] * s2,
            sign=-g,
            another_step=do[0] * s2 + do[1] * s1,
        )
        d2 = delta(
            h, "dL/da_2", h("dL/ds_2", "delta", do[1] * v, factor_left_out=do[1]), "tanh", a2, s2
        )
        up = above(h, "dL/ds_1", [do[0], d2], [v, u], [v - rate * gv, u - rate * d2 * s1])
        d1 = delta(h, "dL/da_1", up, "tanh", a1, s1)
        g = d1 * xs[0] + d2 * xs[1]
        gw = h(
            "dL/dWx",
            "answer",
            g,
            last_step_only=d2 * xs[1],
            sign=-g,
            factor_left_out=d1 + d2,
            another_step=d1 * xs[1] + d2 * xs[0],
        )
        gu = gradient(h, "dL/dWh", d2, s1, s2, a1, d1)
        update(h, "Wx", w, gw, rate, gu, u)
        update(h, "Wh", u, gu, rate, gw, w)
        update(h, "Wy", v, gv, rate, gw)

    return Problem(graph, hand, rate)


@UNSEEN.add
def projectile(rng: random.Random) -> Problem:
    v0, a, g, t = number(rng, 2.0, 4.0, False), number(rng, 0.4, 1.2, False), 9.81, 1.0

    def graph() -> Value:
        v, al = Value(v0, "v0"), Value(a, "alpha")
        s, c = named(sin(al), "s"), named(cos(al), "c")
        x = named(2 * v**2 * s * c / Value(g, "g"), "range")
        return named((x - t) ** 2, "L")

    def hand(h: Hand) -> None:
        s = h(
            "s", "forward", math.sin(a), cos_for_sin=math.cos(a), degrees=math.sin(math.radians(a))
        )
        c = h(
            "c", "forward", math.cos(a), cos_for_sin=math.sin(a), degrees=math.cos(math.radians(a))
        )
        x = 2 * v0 * v0 * s * c / g
        x = h(
            "range",
            "forward",
            x,
            two_forgotten=x / 2,
            square_forgotten=x / v0,
            factor_left_out=x / c,
            scale_forgotten=x * g,
            one_over=x * g * g,
        )
        e = x - t
        h("L", "forward", e * e, square_forgotten=e, derivative_for_loss=2 * e)
        d = h("dL/drange", "delta", 2 * e, two_forgotten=e, sign=-2 * e)
        q = d * 4 * v0 * s * c / g
        gv = h("dL/dv0", "answer", q, two_forgotten=q / 2, power_rule=q * v0, sign=-q)
        k = d * 2 * v0 * v0 / g
        ga = h(
            "dL/dalpha",
            "answer",
            k * (c * c - s * s),
            path_left_out=k * c * c,
            terms_sign=k * (c * c + s * s),
            path_left_out_2=-k * s * s,
            sign=-k * (c * c - s * s),
        )
        update(h, "v0", v0, gv, 0.1, ga)
        update(h, "alpha", a, ga, 0.1, gv)

    return Problem(graph, hand, 0.1)


@UNSEEN.add
def maxout(rng: random.Random) -> Problem:
    (p1, p2, q1, q2), (b1, b2), (x1, x2), v, t, rate = (
        numbers(rng, 4),
        numbers(rng, 2),
        numbers(rng, 2),
        number(rng),
        0.5,
        0.1,
    )

    def graph() -> Value:
        x = [Value(x1, "x1"), Value(x2, "x2")]
        z1 = named(dot([Value(p1, "p1"), Value(p2, "p2")], x, Value(b1, "b1")), "z1")
        z2 = named(dot([Value(q1, "q1"), Value(q2, "q2")], x, Value(b2, "b2")), "z2")
        m = named(maximum(z1, z2), "m")
        y = named(Value(v, "v") * m, "y")
        return named(0.5 * (y - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        z1 = neuron(h, "z1", [p1, p2], [x1, x2], b1, [q1, q2])
        z2 = neuron(h, "z2", [q1, q2], [x1, x2], b2, [p1, p2])
        m = h("m", "forward", max(z1, z2), wrong_branch=min(z1, z2))
        y = h("y", "forward", v * m, factor_left_out=m, wrong_branch=v * min(z1, z2))
        e = y - t
        h("E", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        dy = h("dE/dy", "delta", e, sign=-e, half_forgotten=2 * e)
        gradient(h, "dE/dv", dy, m, min(z1, z2))
        dm = above(h, "dE/dm", [dy], [v], [v - rate * dy * m])
        d1 = h("dE/dz1", "delta", dm * (z1 > z2), wrong_branch=dm * (z1 < z2))
        d2 = h("dE/dz2", "delta", dm * (z2 > z1), wrong_branch=dm * (z2 < z1))
        for d, names, ws in ((d1, ("p1", "p2"), (p1, p2)), (d2, ("q1", "q2"), (q1, q2))):
            for i in range(2):
                g = gradient(h, f"dE/d{names[i]}", d, (x1, x2)[i], (x1, x2)[1 - i])
                update(h, names[i], ws[i], g, rate, d * (x1, x2)[1 - i], ws[1 - i])

    return Problem(graph, hand, rate)


@UNSEEN.add
def gaussian_likelihood(rng: random.Random) -> Problem:
    (m, x1, x2), s, rate = numbers(rng, 3, 0.2, 1.8), number(rng, 0.5, 1.6, False), 0.1

    def graph() -> Value:
        mu, sd = Value(m, "μ"), Value(s, "σ")
        zs = [named((Value(x, f"x{i}") - mu) / sd, f"z{i}") for i, x in enumerate((x1, x2), 1)]
        q = named(0.5 * mean([z**2 for z in zs]), "Q")
        return named(q + log(sd), "NLL")

    def hand(h: Hand) -> None:
        xs = [x1, x2]
        zs = [
            h(
                f"z{i + 1}",
                "forward",
                (xs[i] - m) / s,
                ratio_turned=s / (xs[i] - m),
                scale_forgotten=xs[i] - m,
                sign=(m - xs[i]) / s,
                square_forgotten=None,
            )
            for i in range(2)
        ]
        r = (zs[0] ** 2 + zs[1] ** 2) / 4
        q = h(
            "Q",
            "forward",
            r,
            half_forgotten=2 * r,
            n_forgotten=2 * r,
            square_of_sum=sum(zs) ** 2 / 4,
            term_left_out=zs[0] ** 2 / 4,
        )
        h(
            "NLL",
            "forward",
            q + math.log(s),
            log_base_10=q + math.log10(s),
            terms_sign=q - math.log(s),
            term_left_out=q,
        )
        dz = [
            h(f"dNLL/dz{i + 1}", "delta", zs[i] / 2, n_forgotten=zs[i], sign=-zs[i] / 2)
            for i in range(2)
        ]
        g = -sum(dz) / s
        gm = h("dNLL/dμ", "answer", g, sign=-g, scale_forgotten=g * s, term_left_out=-dz[0] / s)
        g = -dotted(dz, zs) / s + 1 / s
        gs = h(
            "dNLL/dσ",
            "answer",
            g,
            path_left_out=1 / s,
            path_left_out_2=-dotted(dz, zs) / s,
            terms_sign=dotted(dz, zs) / s + 1 / s,
            one_over=-dotted(dz, zs) / s + s,
        )
        update(h, "μ", m, gm, rate, gs, s)
        update(h, "σ", s, gs, rate, gm, m)

    return Problem(graph, hand, rate)


@UNSEEN.add
def attention_of_three(rng: random.Random) -> Problem:
    q, ks, vs, t, rate = (
        numbers(rng, 2),
        [numbers(rng, 2) for _ in range(3)],
        numbers(rng, 3),
        0.2,
        0.2,
    )

    def graph() -> Value:
        qv = [Value(x, f"q{i}") for i, x in enumerate(q, 1)]
        ss = []
        for j, k in enumerate(ks, 1):
            kv = [Value(x, f"K{j}{i}") for i, x in enumerate(k, 1)]
            ss.append(named(dot(qv, kv) / 2**0.5, f"e{j}"))
        ws = [named(p, f"w{j}") for j, p in enumerate(softmax(ss), 1)]
        o = named(dot(ws, [Value(v, f"V{j}") for j, v in enumerate(vs, 1)]), "c")
        return named((o - t) ** 2, "loss")

    def hand(h: Hand) -> None:
        r = math.sqrt(2)
        ss = [
            h(
                f"e{j + 1}",
                "forward",
                dotted(q, k) / r,
                scale_forgotten=dotted(q, k),
                scale_twice=dotted(q, k) / 2,
                term_left_out=q[0] * k[0] / r,
                anothers=dotted(q, ks[j - 1]) / r,
            )
            for j, k in enumerate(ks)
        ]
        es = [math.exp(s) for s in ss]
        ps = [
            h(
                f"w{j + 1}",
                "forward",
                es[j] / sum(es),
                exp_left_out=ss[j] / sum(ss),
                scale_forgotten=es[j],
                normalising_term=es[j] / (sum(es) - es[j]),
            )
            for j in range(3)
        ]
        o = neuron(h, "c", ps, vs)
        e = o - t
        h("loss", "forward", e * e, square_forgotten=e, derivative_for_loss=2 * e)
        do = h("dloss/dc", "delta", 2 * e, two_forgotten=e, sign=-2 * e)
        dp = [
            h(f"dloss/dw{j + 1}", "delta", do * vs[j], factor_left_out=do, anothers=do * vs[j - 1])
            for j in range(3)
        ]
        for j in range(3):
            gradient(h, f"dloss/dV{j + 1}", do, ps[j], ps[j - 1])
        m = dotted(dp, ps)
        ds = [
            h(
                f"dloss/de{j + 1}",
                "delta",
                ps[j] * (dp[j] - m),
                diagonal_only=dp[j] * ps[j] * (1 - ps[j]),
                half_of_slope=dp[j] * ps[j],
                sign=-ps[j] * (dp[j] - m),
            )
            for j in range(3)
        ]
        for i in range(2):
            g = sum([d * k[i] for d, k in zip(ds, ks, strict=False)]) / r
            g = h(
                f"dloss/dq{i + 1}",
                "answer",
                g,
                scale_forgotten=g * r,
                scale_twice=g / r,
                term_left_out=(ds[0] * ks[0][i] + ds[1] * ks[1][i]) / r,
                anothers=sum([d * k[1 - i] for d, k in zip(ds, ks, strict=False)]) / r,
            )
            update(h, f"q{i + 1}", q[i], g, rate, None, q[1 - i])
        for i in range(2):
            gradient(h, f"dloss/dK1{i + 1}", ds[0] / r, q[i], q[1 - i], None, ds[1] / r)

    return Problem(graph, hand, rate)


@UNSEEN.add
def two_labels(rng: random.Random) -> Problem:
    xs, ws, bs, ys, rate = (
        numbers(rng, 2),
        [numbers(rng, 2) for _ in range(2)],
        numbers(rng, 2),
        [1.0, 0.0],
        0.5,
    )

    def graph() -> Value:
        x = [Value(v, f"in{i}") for i, v in enumerate(xs, 1)]
        terms = []
        for j in range(2):
            w = [Value(v, f"θ{i}{j + 1}") for i, v in enumerate(ws[j], 1)]
            z = named(w[0] * x[0] + w[1] * x[1] + Value(bs[j], f"β{j + 1}"), f"u{j + 1}")
            p, t = named(sigmoid(z), f"π{j + 1}"), Value(ys[j], f"τ{j + 1}")
            terms.append(named(-(t * log(p) + (1 - t) * log(1 - p)), f"ℓ{j + 1}"))
        return named(mean(terms), "R")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"u{j + 1}", ws[j], xs, bs[j], ws[1 - j]) for j in range(2)]
        ps = [activation(h, f"π{j + 1}", "sigmoid", zs[j]) for j in range(2)]
        right = [-math.log(ps[0]), -math.log(1 - ps[1])]
        other = [-math.log(1 - ps[0]), -math.log(ps[1])]
        ls = [
            h(
                f"ℓ{j + 1}",
                "forward",
                right[j],
                other_class=other[j],
                sign=-right[j],
                log_base_10=right[j] / math.log(10),
            )
            for j in range(2)
        ]
        h("R", "forward", sum(ls) / 2, n_forgotten=sum(ls), term_left_out=ls[0] / 2)
        ds = [
            h(
                f"dR/du{j + 1}",
                "delta",
                (ps[j] - ys[j]) / 2,
                n_forgotten=ps[j] - ys[j],
                sign=(ys[j] - ps[j]) / 2,
                other_class=(ps[j] - 1 + ys[j]) / 2,
            )
            for j in range(2)
        ]
        for j in range(2):
            for i in range(2):
                g = gradient(h, f"dR/dθ{i + 1}{j + 1}", ds[j], xs[i], xs[1 - i], None, ds[1 - j])
                update(h, f"θ{i + 1}{j + 1}", ws[j][i], g, rate, ds[j] * xs[1 - i], ws[j][1 - i])
            gb = bias_gradient(h, f"dR/dβ{j + 1}", [ds[j]], xs[0])
            update(h, f"β{j + 1}", bs[j], gb, rate)

    return Problem(graph, hand, rate)
