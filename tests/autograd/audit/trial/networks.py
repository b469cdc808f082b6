"""Eleven textbook networks: each as a graph, and as a learner computes it."""

from __future__ import annotations

import math
import random

from hand import (
    FUNCTIONS,
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

from autograd import Value, cos, dot, exp, log, mean, relu, sigmoid, sin, softmax, tanh, total

ELEVEN = Networks()


@ELEVEN.add
def one_neuron(rng: random.Random) -> Problem:
    ws, xs = numbers(rng, 2), numbers(rng, 2)
    b, t, rate = number(rng), rng.choice([0.0, 1.0]), 0.5

    def graph() -> Value:
        w = [Value(x, f"w{i}") for i, x in enumerate(ws, 1)]
        x = [Value(v, f"x{i}") for i, v in enumerate(xs, 1)]
        z = named(w[0] * x[0] + w[1] * x[1] + Value(b, "b"), "z")
        a = named(sigmoid(z), "a")
        return named(0.5 * (a - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        z = neuron(h, "z", ws, xs, b)
        a = activation(h, "a", "sigmoid", z)
        e = a - t
        h(
            "E",
            "forward",
            e * e / 2,
            half_forgotten=e * e,
            square_forgotten=e / 2,
            derivative_for_loss=e,
            sign=-e * e / 2,
            other_class=(a - 1 + t) ** 2 / 2,
        )
        da = h(
            "dE/da",
            "delta",
            e,
            sign=-e,
            two_forgotten=e / 2,
            half_forgotten=2 * e,
            other_class=a - 1 + t,
        )
        d = delta(h, "dE/dz", da, "sigmoid", z, a)
        gs = [gradient(h, f"dE/dw{i + 1}", d, xs[i], xs[1 - i]) for i in range(2)]
        gb = bias_gradient(h, "dE/db", [d], xs[0])
        for i in range(2):
            update(h, f"w{i + 1}", ws[i], gs[i], rate, gs[1 - i], ws[1 - i])
        update(h, "b", b, gb, rate, gs[0])

    return Problem(graph, hand, rate)


def dense(  # a network with one hidden layer and squared error
    rng: random.Random, n: int, m: int, k: int, f: str, out: str, loss: str, rate: float
) -> Problem:
    w1 = [numbers(rng, n) for _ in range(m)]
    w2 = [numbers(rng, m) for _ in range(k)]
    b1, b2 = numbers(rng, m), numbers(rng, k)
    xs, ts = numbers(rng, n), numbers(rng, k, 0.05, 0.95, sign=False)
    make = {"sigmoid": sigmoid, "tanh": tanh, "relu": relu}

    def graph() -> Value:
        x = [Value(v, f"x{i}") for i, v in enumerate(xs, 1)]
        row, names = x, "h"
        for layer, (ws, bs, g) in enumerate([(w1, b1, f), (w2, b2, out)], 1):
            made = []
            for j in range(len(ws)):
                w = [Value(v, f"w{i}{j + 1}_{layer}") for i, v in enumerate(ws[j], 1)]
                z = dot(w, row, Value(bs[j], f"b{j + 1}_{layer}"))
                z.label = f"net_{names}{j + 1}" if g != "linear" else f"{names}{j + 1}"
                made.append(named(make[g](z), f"{names}{j + 1}") if g != "linear" else z)
            row, names = made, "o"
        t = [Value(v, f"t{i}") for i, v in enumerate(ts, 1)]
        squares = [(o - y) ** 2 for o, y in zip(row, t, strict=True)]
        return named(sum(squares) * 0.5 if loss == "half" else mean(squares), "E")

    def hand(h: Hand) -> None:
        z1, a1 = [], []
        for j in range(m):
            z1.append(neuron(h, f"net_h{j + 1}", w1[j], xs, b1[j], w1[j - 1] if m > 1 else ()))
            a1.append(activation(h, f"h{j + 1}", f, z1[j]))
        z2, a2 = [], []
        for j in range(k):
            name = f"o{j + 1}" if out == "linear" else f"net_o{j + 1}"
            other = w2[j - 1] if k > 1 else ()
            z2.append(neuron(h, name, w2[j], a1, b2[j], other, z1[0]))
            a2.append(activation(h, f"o{j + 1}", out, z2[j]) if out != "linear" else z2[j])
        es = [a - t for a, t in zip(a2, ts, strict=True)]
        c = 0.5 if loss == "half" else 1 / k
        e = c * sum([x * x for x in es])
        h(
            "E",
            "forward",
            e,
            half_forgotten=2 * e if loss == "half" else None,
            n_forgotten=e / c if loss == "mean" and k > 1 else None,
            square_of_sum=c * sum(es) ** 2 if k > 1 else None,
            square_forgotten=c * sum(es),
            term_left_out=c * es[0] ** 2 if k > 1 else None,
            derivative_for_loss=2 * c * sum(es),
            target_swapped=e - c * es[0] ** 2 + c * (a2[0] - ts[1]) ** 2 if k > 1 else None,
        )
        d2 = []
        for j in range(k):
            label = f"o{j + 1}"
            da = h(
                f"dE/d{label}",
                "delta",
                2 * c * es[j],
                sign=-2 * c * es[j],
                two_forgotten=c * es[j] if loss == "mean" else None,
                half_forgotten=4 * c * es[j] if loss == "half" else None,
                n_forgotten=2 * es[j] if loss == "mean" and k > 1 else None,
                target_swapped=2 * c * (a2[j] - ts[j - 1]) if k > 1 else None,
            )
            linear = out == "linear"
            d2.append(da if linear else delta(h, f"dE/dnet_{label}", da, out, z2[j], a2[j]))
        g2 = [[d2[j] * a1[i] for i in range(m)] for j in range(k)]
        d1 = []
        for i in range(m):
            ws = [w2[j][i] for j in range(k)]
            new = [w2[j][i] - rate * g2[j][i] for j in range(k)]
            other = w2[i][:k] if i < k and m >= k and k > 1 else ()
            da = above(h, f"dE/dh{i + 1}", d2, ws, new, other)
            d1.append(delta(h, f"dE/dnet_h{i + 1}", da, f, z1[i], a1[i]))
        for layer, ws, bs, ds, row, raw in ((2, w2, b2, d2, a1, z1), (1, w1, b1, d1, xs, None)):
            for j in range(len(ws)):
                for i in range(len(row)):
                    g = gradient(
                        h,
                        f"dE/dw{i + 1}{j + 1}_{layer}",
                        ds[j],
                        row[i],
                        row[i - 1] if len(row) > 1 else None,
                        raw[i] if raw else None,
                        ds[j - 1] if len(ds) > 1 else None,
                    )
                    update(
                        h,
                        f"w{i + 1}{j + 1}_{layer}",
                        ws[j][i],
                        g,
                        rate,
                        ds[j] * row[i - 1] if len(row) > 1 else None,
                        ws[j][i - 1] if len(row) > 1 else None,
                    )
                gb = bias_gradient(h, f"dE/db{j + 1}_{layer}", [ds[j]], row[0])
                update(h, f"b{j + 1}_{layer}", bs[j], gb, rate)

    return Problem(graph, hand, rate)


@ELEVEN.add
def tanh_3_2_1(rng: random.Random) -> Problem:
    return dense(rng, 3, 2, 1, "tanh", "linear", "half", 0.1)


@ELEVEN.add
def sigmoid_2_3_2(rng: random.Random) -> Problem:
    return dense(rng, 2, 3, 2, "sigmoid", "sigmoid", "mean", 0.5)


def shared_softmax(
    h: Hand, names: list[str], zs: list[float], only: int | None = None
) -> list[float]:
    """Softmax, output by output; `only` one of them is written down."""
    es = [math.exp(z) for z in zs]
    found = []
    for i, name in enumerate(names):
        found.append(
            h(
                name,
                "forward" if only in (None, i) else "",
                es[i] / sum(es),
                exp_left_out=zs[i] / sum(zs),
                normalising_term=es[i] / (sum(es) - es[i]),
                n_forgotten=None,
                another_function=sigma(zs[i]),
                anothers=es[i - 1] / sum(es),
            )
        )
    return found


@ELEVEN.add
def relu_softmax(rng: random.Random) -> Problem:
    n, m, k, rate = 2, 3, 3, 0.1
    w1, w2 = [numbers(rng, n) for _ in range(m)], [numbers(rng, m) for _ in range(k)]
    b1, b2, xs, c = numbers(rng, m), numbers(rng, k), numbers(rng, n, 0.4, 1.8), rng.randrange(k)

    def graph() -> Value:
        x = [Value(v, f"x{i}") for i, v in enumerate(xs, 1)]
        hs = []
        for j in range(m):
            w = [Value(v, f"v{i}{j + 1}") for i, v in enumerate(w1[j], 1)]
            z = named(dot(w, x, Value(b1[j], f"c{j + 1}")), f"z{j + 1}")
            hs.append(named(relu(z), f"a{j + 1}"))
        ss = []
        for j in range(k):
            w = [Value(v, f"u{i}{j + 1}") for i, v in enumerate(w2[j], 1)]
            ss.append(named(dot(w, hs, Value(b2[j], f"d{j + 1}")), f"s{j + 1}"))
        ps = softmax(ss)
        for j, p in enumerate(ps, 1):
            p.label = f"p{j}"
        return named(-log(ps[c]), "L")

    def hand(h: Hand) -> None:
        zs, hs = [], []
        for j in range(m):
            zs.append(neuron(h, f"z{j + 1}", w1[j], xs, b1[j], w1[j - 1]))
            hs.append(activation(h, f"a{j + 1}", "relu", zs[j]))
        ss = [neuron(h, f"s{j + 1}", w2[j], hs, b2[j], w2[j - 1]) for j in range(k)]
        ps = shared_softmax(h, [f"p{j + 1}" for j in range(k)], ss, c)
        h(
            "L",
            "forward",
            -math.log(ps[c]),
            sign=math.log(ps[c]),
            log_base_10=-math.log10(ps[c]),
            other_class=-math.log(ps[c - 1]),
        )
        ds = []
        for j in range(k):
            y = float(j == c)
            ds.append(
                h(
                    f"dL/ds{j + 1}",
                    "delta",
                    ps[j] - y,
                    sign=y - ps[j],
                    target_swapped=ps[j] - float(j == (c + 1) % k),
                    diagonal_only=0.0 if j != c else None,
                )
            )
        d1 = []
        for i in range(m):
            ws = [w2[j][i] for j in range(k)]
            new = [w2[j][i] - rate * ds[j] * hs[i] for j in range(k)]
            da = above(h, f"dL/da{i + 1}", ds, ws, new, w2[i])
            d1.append(delta(h, f"dL/dz{i + 1}", da, "relu", zs[i], hs[i]))
        for j in range(k):
            for i in range(m):
                g = gradient(h, f"dL/du{i + 1}{j + 1}", ds[j], hs[i], hs[i - 1], zs[i], ds[j - 1])
                update(h, f"u{i + 1}{j + 1}", w2[j][i], g, rate, ds[j] * hs[i - 1], w2[j][i - 1])
            bias_gradient(h, f"dL/dd{j + 1}", [ds[j]])
        for j in range(m):
            for i in range(n):
                g = gradient(h, f"dL/dv{i + 1}{j + 1}", d1[j], xs[i], xs[i - 1], None, d1[j - 1])
                update(h, f"v{i + 1}{j + 1}", w1[j][i], g, rate, d1[j] * xs[i - 1], w1[j][i - 1])

    return Problem(graph, hand, rate)


@ELEVEN.add
def logistic_regression(rng: random.Random) -> Problem:
    rows, ws, b, rate = [numbers(rng, 2, 0.2, 2.0) for _ in range(2)], numbers(rng, 2), 0.35, 0.1
    ys = [1.0, 0.0]

    def graph() -> Value:
        w, c = [Value(x, f"w{i}") for i, x in enumerate(ws, 1)], Value(b, "b")
        terms = []
        for r, (row, y) in enumerate(zip(rows, ys, strict=True), 1):
            x = [Value(v, f"x{r}{i}") for i, v in enumerate(row, 1)]
            p = named(sigmoid(named(dot(w, x, c), f"z{r}")), f"p{r}")
            t = Value(y, f"y{r}")
            terms.append(-(t * log(p) + (1 - t) * log(1 - p)))
        return named(mean(terms), "J")

    def hand(h: Hand) -> None:
        zs = [neuron(h, f"z{r + 1}", ws, rows[r], b) for r in range(2)]
        ps = [activation(h, f"p{r + 1}", "sigmoid", zs[r]) for r in range(2)]
        each = [-math.log(p) if y else -math.log(1 - p) for p, y in zip(ps, ys, strict=True)]
        wrong = [-math.log(1 - p) if y else -math.log(p) for p, y in zip(ps, ys, strict=True)]
        loss = sum(each) / 2
        h(
            "J",
            "forward",
            loss,
            n_forgotten=2 * loss,
            sign=-loss,
            log_base_10=loss / math.log(10),
            term_left_out=each[0] / 2,
            other_class=(wrong[0] + each[1]) / 2,
        )
        ds = []
        for r in range(2):
            d = (ps[r] - ys[r]) / 2
            ds.append(
                h(
                    f"dJ/dz{r + 1}",
                    "delta",
                    d,
                    n_forgotten=2 * d,
                    sign=-d,
                    slope_left_out=0.5 * (-1 / ps[r] if ys[r] else 1 / (1 - ps[r])),
                    other_class=(ps[r] - 1 + ys[r]) / 2,
                )
            )
        gs = []
        for i in range(2):
            g = ds[0] * rows[0][i] + ds[1] * rows[1][i]
            gs.append(
                h(
                    f"dJ/dw{i + 1}",
                    "answer",
                    g,
                    sign=-g,
                    n_forgotten=2 * g,
                    term_left_out=ds[0] * rows[0][i],
                    factor_left_out=ds[0] + ds[1],
                    anothers=ds[0] * rows[0][1 - i] + ds[1] * rows[1][1 - i],
                    inputs_swapped=ds[0] * rows[1][i] + ds[1] * rows[0][i],
                )
            )
        gb = bias_gradient(h, "dJ/db", ds, rows[0][0])
        for i in range(2):
            update(h, f"w{i + 1}", ws[i], gs[i], rate, gs[1 - i], ws[1 - i])
        update(h, "b", b, gb, rate)

    return Problem(graph, hand, rate)


@ELEVEN.add
def linear_regression(rng: random.Random) -> Problem:
    xs, ys = numbers(rng, 3, 0.3, 3.0, sign=False), numbers(rng, 3, 0.5, 4.0, sign=False)
    w, b, rate = number(rng), number(rng), 0.05

    def graph() -> Value:
        m, c = Value(w, "m"), Value(b, "c")
        squares = []
        for r in range(3):
            e = named(m * Value(xs[r], f"x{r + 1}") + c, f"yhat{r + 1}") - Value(ys[r], f"y{r + 1}")
            squares.append(named(e, f"e{r + 1}") ** 2)
        return named(sum(squares) / 3, "MSE")

    def hand(h: Hand) -> None:
        out = [neuron(h, f"yhat{r + 1}", [w], [xs[r]], b) for r in range(3)]
        es = [
            h(
                f"e{r + 1}",
                "forward",
                out[r] - ys[r],
                sign=ys[r] - out[r],
                target_swapped=out[r] - ys[r - 1],
            )
            for r in range(3)
        ]
        mse = sum([e * e for e in es]) / 3
        h(
            "MSE",
            "forward",
            mse,
            n_forgotten=3 * mse,
            n_minus_1=1.5 * mse,
            square_of_sum=sum(es) ** 2 / 3,
            square_forgotten=sum(es) / 3,
            root_forgotten=None,
            another_function=math.sqrt(mse),
            term_left_out=mse - es[2] ** 2 / 3,
        )
        g = 2 / 3 * dotted(es, xs)
        gw = h(
            "dMSE/dm",
            "answer",
            g,
            n_forgotten=3 * g,
            two_forgotten=g / 2,
            sign=-g,
            term_left_out=g - 2 / 3 * es[2] * xs[2],
            factor_left_out=2 / 3 * sum(es),
            n_minus_1=1.5 * g,
        )
        g = 2 / 3 * sum(es)
        gb = h(
            "dMSE/dc",
            "answer",
            g,
            n_forgotten=3 * g,
            two_forgotten=g / 2,
            sign=-g,
            bias_times_input=2 / 3 * dotted(es, xs),
        )
        update(h, "m", w, gw, rate, gb, b)
        update(h, "c", b, gb, rate, gw, w)

    return Problem(graph, hand, rate)


@ELEVEN.add
def recurrent(rng: random.Random) -> Problem:
    xs, (w, u, b, v) = numbers(rng, 3, 0.3, 1.5), numbers(rng, 4)
    t, h0, rate = number(rng), number(rng, 0.1, 0.4), 0.1

    def graph() -> Value:
        wx, wh, c, wy = [
            Value(x, n) for x, n in zip((w, u, b, v), ("wx", "wh", "b", "wy"), strict=False)
        ]
        s = Value(h0, "h0")
        for i, x in enumerate(xs, 1):
            s = named(tanh(named(wx * Value(x, f"x{i}") + wh * s + c, f"z{i}")), f"h{i}")
        y = named(wy * s, "y")
        return named(0.5 * (y - Value(t, "t")) ** 2, "L")

    def hand(h: Hand) -> None:
        s, zs = [h0], []
        for i, x in enumerate(xs):
            zs.append(
                h(
                    f"z{i + 1}",
                    "forward",
                    w * x + u * s[i] + b,
                    bias_left_out=w * x + u * s[i],
                    term_left_out=w * x + b if i else None,
                    another_step=w * xs[i - 1] + u * s[i] + b,
                    another_step_2=w * x + u * s[i - 1] + b if i else None,
                    anothers=u * x + w * s[i] + b,
                )
            )
            s.append(activation(h, f"h{i + 1}", "tanh", zs[i]))
        y = h(
            "y",
            "forward",
            v * s[3],
            another_step=v * s[2],
            activation_left_out=v * zs[2],
            factor_left_out=s[3],
        )
        e = y - t
        h("L", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        dy = h("dL/dy", "delta", e, sign=-e, half_forgotten=2 * e)
        gv = h(
            "dL/dwy",
            "answer",
            dy * s[3],
            another_step=dy * s[2],
            sign=-dy * s[3],
            activation_left_out=dy * zs[2],
            factor_left_out=dy,
        )
        ds = [0.0] * 4
        up = above(h, "dL/dh3", [dy], [v])
        for i in (3, 2, 1):
            ds[i] = delta(h, f"dL/dz{i}", up, "tanh", zs[i - 1], s[i])
            if i > 1:
                up = h(
                    f"dL/dh{i - 1}",
                    "delta",
                    ds[i] * u,
                    anothers=ds[i] * w,
                    factor_left_out=ds[i],
                    sign=-ds[i] * u,
                    new_weights=ds[i] * (u - rate * ds[3] * s[2]),
                )
        before, after = s[:3], s[1:]
        gw = h(
            "dL/dwx",
            "answer",
            dotted(ds[1:], xs),
            last_step_only=ds[3] * xs[2],
            term_left_out=dotted(ds[1:3], xs[:2]),
            sign=-dotted(ds[1:], xs),
            factor_left_out=sum(ds[1:]),
        )
        gu = h(
            "dL/dwh",
            "answer",
            dotted(ds[1:], before),
            last_step_only=ds[3] * s[2],
            another_step=dotted(ds[1:], after),
            sign=-dotted(ds[1:], before),
            term_left_out=dotted(ds[2:], before[1:]),
        )
        gb = bias_gradient(h, "dL/db", ds[1:])
        update(h, "wx", w, gw, rate, gu, u)
        update(h, "wh", u, gu, rate, gw, w)
        update(h, "wy", v, gv, rate, gw)
        update(h, "b", b, gb, rate)

    return Problem(graph, hand, rate)


GATES = {"i": "sigmoid", "f": "sigmoid", "o": "sigmoid", "g": "tanh"}


@ELEVEN.add
def lstm_cell(rng: random.Random) -> Problem:
    x, h0, c0, t, rate = *numbers(rng, 4, 0.2, 0.9), 0.1
    ws = {k: numbers(rng, 3) for k in GATES}
    make = {"sigmoid": sigmoid, "tanh": tanh}

    def graph() -> Value:
        xv, hv, cv = Value(x, "x"), Value(h0, "h0"), Value(c0, "c0")
        g = {}
        for k, f in GATES.items():
            w, u, b = [Value(q, f"{n}_{k}") for q, n in zip(ws[k], "WUb", strict=True)]
            g[k] = named(make[f](named(w * xv + u * hv + b, f"z_{k}")), k)
        c = named(g["f"] * cv + g["i"] * g["g"], "c")
        out = named(g["o"] * named(tanh(c), "tc"), "h")
        return named((out - Value(t, "t")) ** 2, "L")

    def hand(h: Hand) -> None:
        zs, g = {}, {}
        for k, f in GATES.items():
            zs[k] = neuron(h, f"z_{k}", ws[k][:2], [x, h0], ws[k][2])
            g[k] = activation(h, k, f, zs[k])
        i, f, o, gg = [g[k] for k in "ifog"]
        c = h(
            "c",
            "forward",
            f * c0 + i * gg,
            gates_swapped=i * c0 + f * gg,
            term_left_out=i * gg,
            factor_left_out=f * c0 + gg,
            gates_swapped_2=f * c0 + o * gg,
        )
        tc = activation(h, "tc", "tanh", c)
        out = h(
            "h",
            "forward",
            o * tc,
            activation_left_out=o * c,
            factor_left_out=tc,
            gates_swapped=i * tc,
        )
        e = out - t
        h(
            "L",
            "forward",
            e * e,
            derivative_for_loss=2 * e,
            square_forgotten=e,
            two_forgotten=e * e / 2,
        )
        dh = h("dL/dh", "delta", 2 * e, two_forgotten=e, sign=-2 * e)
        do = h("dL/do", "delta", dh * tc, activation_left_out=dh * c, factor_left_out=dh)
        dc = h(
            "dL/dc",
            "delta",
            dh * o * (1 - tc * tc),
            slope_left_out=dh * o,
            half_of_slope=dh * o * (1 - tc),
            factor_left_out=dh * (1 - tc * tc),
            slope_at_a=dh * o * (1 - math.tanh(tc) ** 2),
            slope_of_z=dh * o * (1 - c * c),
            gates_swapped=dh * f * (1 - tc * tc),
            sign=-dh * o * (1 - tc * tc),
        )
        d = {
            "i": h("dL/di", "delta", dc * gg, gates_swapped=dc * i, sign=-dc * gg),
            "f": h("dL/df", "delta", dc * c0, anothers=dc * c, sign=-dc * c0),
            "o": do,
            "g": h("dL/dg", "delta", dc * i, gates_swapped=dc * f, factor_left_out=dc),
        }
        for k, name in GATES.items():
            dz = delta(h, f"dL/dz_{k}", d[k], name, zs[k], g[k])
            for n, w, q, other in (("W", ws[k][0], x, h0), ("U", ws[k][1], h0, x)):
                grad = gradient(h, f"dL/d{n}_{k}", dz, q, other)
                update(h, f"{n}_{k}", w, grad, rate)
            bias_gradient(h, f"dL/db_{k}", [dz], x)

    return Problem(graph, hand, rate)


@ELEVEN.add
def shared_chain(rng: random.Random) -> Problem:
    w, x, t, b = numbers(rng, 4, 0.4, 1.4)
    rate, f = 0.2, rng.choice(["sigmoid", "tanh"])
    make = {"sigmoid": sigmoid, "tanh": tanh}

    def graph() -> Value:
        k, c = Value(w, "k"), Value(b, "c")
        a = Value(x, "x")
        for i in range(1, 4):
            a = named(make[f](named(k * a + c, f"s{i}")), f"a{i}")
        return named((Value(t, "t") - a) ** 2, "Q")

    def hand(h: Hand) -> None:
        a, zs = [x], []
        for i in range(3):
            zs.append(neuron(h, f"s{i + 1}", [w], [a[i]], b, (), zs[i - 1] if i else None))
            a.append(activation(h, f"a{i + 1}", f, zs[i]))
        e = t - a[3]
        h(
            "Q",
            "forward",
            e * e,
            square_forgotten=e,
            derivative_for_loss=-2 * e,
            another_function=abs(e),
            two_forgotten=e * e / 2,
        )
        up = h("dQ/da3", "delta", -2 * e, sign=2 * e, two_forgotten=-e)
        ds = [0.0] * 3
        for i in (2, 1, 0):
            ds[i] = delta(h, f"dQ/ds{i + 1}", up, f, zs[i], a[i + 1])
            if i:
                up = above(h, f"dQ/da{i}", [ds[i]], [w], [w - rate * ds[2] * a[2]])
        g = dotted(ds, a[:3])
        gw = h(
            "dQ/dk",
            "answer",
            g,
            last_step_only=ds[2] * a[2],
            term_left_out=g - ds[0] * a[0],
            another_step=dotted(ds, a[1:]),
            sign=-g,
            factor_left_out=sum(ds),
        )
        gb = bias_gradient(h, "dQ/dc", ds)
        update(h, "k", w, gw, rate, gb, b)
        update(h, "c", b, gb, rate, gw, w)

    return Problem(graph, hand, rate)


@ELEVEN.add
def sin_exp_log(rng: random.Random) -> Problem:
    a, b, c = numbers(rng, 3, 0.3, 1.4, sign=False)
    rate = 0.1

    def graph() -> Value:
        p, q, r = Value(a, "p"), Value(b, "q"), Value(c, "r")
        u = named(p * q, "u")
        s, e = named(sin(u), "s"), named(exp(r * q), "e")
        v = named(s * e, "v")
        m = named(log(v + p**2), "m")
        return named(m + named(cos(r), "k") * q, "y")

    def hand(h: Hand) -> None:
        u = h("u", "forward", a * b, another_function=a + b, factor_left_out=a)
        s = h(
            "s",
            "forward",
            math.sin(u),
            cos_for_sin=math.cos(u),
            activation_left_out=u,
            degrees=math.sin(math.radians(u)),
        )
        e = h(
            "e",
            "forward",
            math.exp(c * b),
            sign=math.exp(-c * b),
            exp_left_out=c * b,
            factor_left_out=math.exp(c),
        )
        v = h("v", "forward", s * e, another_function=s + e, factor_left_out=e)
        w = v + a * a
        m = h(
            "m",
            "forward",
            math.log(w),
            log_base_10=math.log10(w),
            power_rule=math.log(v + 2 * a),
            square_forgotten=math.log(v + a),
            term_left_out=lambda: math.log(v),
        )
        k = h(
            "k", "forward", math.cos(c), cos_for_sin=math.sin(c), degrees=math.cos(math.radians(c))
        )
        h("y", "forward", m + k * b, terms_sign=m - k * b, factor_left_out=m + k)
        dm = h("dy/dv", "delta", 1 / w, one_over=w, term_left_out=1 / v, sign=-1 / w)
        ds = h("dy/ds", "delta", dm * e, factor_left_out=dm, anothers=dm * s)
        de = h("dy/de", "delta", dm * s, factor_left_out=dm, anothers=dm * e)
        du = h(
            "dy/du",
            "delta",
            ds * math.cos(u),
            slope_left_out=ds,
            cos_for_sin=ds * math.sin(u),
            sign=-ds * math.cos(u),
            degrees=ds * math.cos(math.radians(u)),
            slope_at_a=ds * math.cos(s),
        )
        gp = du * b + dm * 2 * a
        h(
            "dy/dp",
            "answer",
            gp,
            path_left_out=du * b,
            path_left_out_2=dm * 2 * a,
            two_forgotten=du * b + dm * a,
            power_rule=du * b + dm * a * a,
            terms_sign=du * b - dm * 2 * a,
        )
        gq = du * a + de * e * c + k
        h(
            "dy/dq",
            "answer",
            gq,
            path_left_out=gq - k,
            path_left_out_2=gq - de * e * c,
            slope_left_out=gq - de * e * c + de * c,
            factor_left_out=gq - de * e * c + de * e,
            another_step=None,
            anothers=du * b + de * e * c + k,
        )
        gr = de * e * b - math.sin(c) * b
        gr = h(
            "dy/dr",
            "answer",
            gr,
            path_left_out=de * e * b,
            path_left_out_2=-math.sin(c) * b,
            cos_for_sin=de * e * b + math.cos(c) * b,
            terms_sign=de * e * b + math.sin(c) * b,
            slope_left_out=de * b - math.sin(c) * b,
        )
        update(h, "p", a, h.used("dy/dp"), rate, gr, b)
        update(h, "r", c, gr, rate, h.used("dy/dp"), b)

    return Problem(graph, hand, rate)


@ELEVEN.add
def attention(rng: random.Random) -> Problem:
    x1, x2, wq, wk, wv, t = numbers(rng, 6, 0.3, 1.5)
    rate, scale = 0.1, math.sqrt(2)

    def graph() -> Value:
        a, b = Value(x1, "x1"), Value(x2, "x2")
        q_, k_, v_ = Value(wq, "W_q"), Value(wk, "W_k"), Value(wv, "W_v")
        q = named(q_ * a, "q")
        ks = [named(k_ * x, f"k{i}") for i, x in enumerate((a, b), 1)]
        vs = [named(v_ * x, f"v{i}") for i, x in enumerate((a, b), 1)]
        ss = [named(q * k / scale, f"s{i}") for i, k in enumerate(ks, 1)]
        ps = softmax(ss)
        for i, p in enumerate(ps, 1):
            p.label = f"α{i}"
        o = named(total([p * v for p, v in zip(ps, vs, strict=True)]), "o")
        return named(0.5 * (o - Value(t, "t")) ** 2, "E")

    def hand(h: Hand) -> None:
        xs = [x1, x2]
        q = h("q", "forward", wq * x1, another_step=wq * x2, anothers=wk * x1)
        ks = [
            h(f"k{i + 1}", "forward", wk * xs[i], anothers=wv * xs[i], another_step=wk * xs[1 - i])
            for i in range(2)
        ]
        vs = [h(f"v{i + 1}", "forward", wv * xs[i], anothers=wk * xs[i]) for i in range(2)]
        ss = [
            h(
                f"s{i + 1}",
                "forward",
                q * ks[i] / scale,
                scale_forgotten=q * ks[i],
                scale_twice=q * ks[i] / 2,
                anothers=q * vs[i] / scale,
            )
            for i in range(2)
        ]
        ps = shared_softmax(h, ["α1", "α2"], ss)
        o = h(
            "o",
            "forward",
            dotted(ps, vs),
            anothers=ps[0] * vs[1] + ps[1] * vs[0],
            term_left_out=ps[0] * vs[0],
            activation_left_out=None,
        )
        e = o - t
        h("E", "forward", e * e / 2, half_forgotten=e * e, derivative_for_loss=e)
        do = h("dE/do", "delta", e, sign=-e, half_forgotten=2 * e)
        dp = [
            h(f"dE/dα{i + 1}", "delta", do * vs[i], anothers=do * ks[i], factor_left_out=do)
            for i in range(2)
        ]
        dv = [h(f"dE/dv{i + 1}", "delta", do * ps[i], anothers=do * ps[1 - i]) for i in range(2)]
        ds = []
        for i in range(2):
            p, r, j = ps[i], ps[1 - i], 1 - i
            g = dp[i] * p * (1 - p) - dp[j] * r * p
            ds.append(
                h(
                    f"dE/ds{i + 1}",
                    "delta",
                    g,
                    diagonal_only=dp[i] * p * (1 - p),
                    sign=-g,
                    half_of_slope=dp[i] * p - dp[j] * r * p,
                    terms_sign=dp[i] * p * (1 - p) + dp[j] * r * p,
                )
            )
        dk = [
            h(
                f"dE/dk{i + 1}",
                "delta",
                ds[i] * q / scale,
                scale_forgotten=ds[i] * q,
                factor_left_out=ds[i] / scale,
            )
            for i in range(2)
        ]
        g = dotted(ds, ks) / scale
        dq = h("dE/dq", "delta", g, scale_forgotten=g * scale, term_left_out=ds[0] * ks[0] / scale)
        gq = gradient(h, "dE/dW_q", dq, x1, x2)
        g = dotted(dk, xs)
        gk = h(
            "dE/dW_k",
            "answer",
            g,
            term_left_out=dk[0] * x1,
            sign=-g,
            inputs_swapped=dk[0] * x2 + dk[1] * x1,
        )
        g = dotted(dv, xs)
        gv = h("dE/dW_v", "answer", g, term_left_out=dv[0] * x1, sign=-g)
        update(h, "W_q", wq, gq, rate, gk, wk)
        update(h, "W_k", wk, gk, rate, gv, wv)
        update(h, "W_v", wv, gv, rate, gk)

    return Problem(graph, hand, rate)


__all__ = ["ELEVEN", "FUNCTIONS", "dense"]
