"""Held-out prediction on the real intertemporal data, all 100 labelers.

Repeated five-fold cross-validation, each labeler's rows split over the folds: every model of the
family, the per-labeler speed-accuracy ratio and the per-labeler logit, by choice error and by the
log scores of the choice and of (choice, rt).  Attributes are chosen in the training rows of each
fold, by an inner cross-validation: for diffusions those with which a diffusion per labeler predicts
best, for logits those with which a logit per labeler does, for ratios those of the ratio.

Every method's predictions are mixed with one in a thousand of a response of either kind at any
time up to the deadline, so that no log score is infinite: a row faster than a non-decision time
costs 9.9 at most.

    python -m benchmarks cross_validation [--methods "ratio;logit;contextual"] [--repeats 2]
    python -m benchmarks cross_validation --table
    python -m benchmarks cross_validation --published-split
"""

from __future__ import annotations

import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.fitting.predict import predict as predict_choices
from benchmarks.support import per_labeler
from benchmarks.support.intertemporal import FOLDS, finite, folds_of, inner_scores, load, rows_of
from benchmarks.support.options import options, some_of
from benchmarks.support.per_labeler import Rows, Scored
from benchmarks.support.results import keep, kept

# tables that are kept
FOLD, LABELER = "cross_validation", "cross_validation_labelers"
ATTRIBUTE, PUBLISHED = "cross_validation_attributes", "published_split"
SCORES = ("error", "log_choice", "log_joint")

RATIOS: dict[str, Callable[[Rows, Rows], Scored]] = {
    "ratio": per_labeler.ratio,
    "ratio, own ndt": per_labeler.ratio_own_ndt,
    "own likelihood": per_labeler.ratio_likelihood,
}


def _own(*names: str, **more: Any) -> dict[str, Any]:
    """Arguments that give every labeler their own value of these."""
    return {name: bd.by_labeler() for name in names} | more


def _lapse() -> dict[str, Any]:
    import pymc as pm

    return {"lapse": pm.Beta.dist(1, 20)}


# name: (model, its arguments, made when needed)
MODELS: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "contextual": ("contextual", dict),
    "pooled": ("pooled", dict),
    "mixture": ("mixture", dict),
    "student": ("student", dict),
    "labeler_boundary": ("labeler_boundary", dict),
    "contaminated": ("contaminated", dict),
    "start_bias": ("start_bias", dict),
    "choice_only": ("choice_only", dict),
    "labeler_boundary, lapses": ("labeler_boundary", _lapse),
    "labeler_boundary, types": ("mixture", lambda: _own("boundary", "ndt")),
    "labeler_boundary, own start": ("labeler_boundary", lambda: _own("start")),
    "labeler_boundary, own start, lapses": ("labeler_boundary", lambda: _own("start", **_lapse())),
}
LOGITS = ("logit", "logit, rt apart")
METHODS = [*RATIOS, *LOGITS, *MODELS]
RIVALS = (*RATIOS, *LOGITS)
# what judges their attributes; all others are diffusions
JUDGES = {"ratio": "ratio", "ratio, own ndt": "ratio"} | dict.fromkeys(
    [*LOGITS, "choice_only"], "logit"
)


def predict(
    method: str, train: Rows, test: Rows, penalty: float, run: Namespace
) -> tuple[Scored, str]:
    """Predictions of the test rows, and a remark on how the fit went."""
    if method in RATIOS:
        return RATIOS[method](train, test), ""
    if method in LOGITS:
        return per_labeler.logit(train, test, penalty, apart=method == "logit, rt apart"), ""
    name, arguments = MODELS[method]
    with warnings.catch_warnings():
        # short chains: what matters here is written down instead
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        fit = bd.fit(
            choices_of(train),
            name,
            draws=run.draws,
            tune=run.tune,
            chains=2,
            seed=1,
            progress=False,
            **arguments(),
        )
    checked = bd.check_convergence(fit)
    remark = f"R-hat {checked.r_hat:.3f}, {checked.divergences} divergences"
    table = predict_choices(fit, choices_of(test), draws=min(400, 2 * run.draws), seed=1).table
    columns = table[["p_positive", "log_score_choice", "log_score"]].to_numpy(float)
    return Scored(*columns.T), remark


def choices_of(rows: Rows) -> bd.Choices:
    """Rows as the models take them."""
    d = rows.psi.shape[1]
    return bd.Choices(
        choice=rows.choice.astype(np.int8),
        rt=rows.rt,
        labeler=rows.who,
        labelers=np.arange(rows.labelers),
        features=rows.psi,
        feature_names=tuple(f"x{j + 1}" for j in range(d)),
        count=np.ones(len(rows.rt), dtype=np.int64),
    )


def labeler_sums(scored: Scored, test: Rows) -> pd.DataFrame:
    """Rows, errors and log scores summed over each labeler's test rows."""
    wrong = (scored.positive > 0.5) != (test.choice > 0)
    mixed = finite(scored)
    # a model of choices alone says nothing of times
    timed = bool(np.isfinite(scored.log_joint).any())
    columns = {
        "rows": np.ones(len(wrong)),
        "error": wrong.astype(float),
        "log_choice": mixed.log_choice,
        "log_joint": mixed.log_joint if timed else np.full(len(wrong), np.nan),
    }
    return pd.DataFrame({name: test.total(values) for name, values in columns.items()})


def main() -> None:
    """Run what is asked for and not yet in the results; print the tables."""
    parser = options(__doc__, repeats=1, draws=300, tune=300)
    parser.add_argument("--methods", type=some_of(METHODS), default=METHODS, help="a;b;c")
    parser.add_argument("--attributes", choices=["chosen", "raw", "both"], default="both")
    parser.add_argument("--published-split", action="store_true", help="first 100 rows to train")
    run = parser.parse_args()
    if run.published_split:
        published_split(run)
        return
    cross_validate(run)
    report()


def cross_validate(run: Namespace) -> None:
    """One line per fold as it ends; one per labeler when a method has all folds of a repeat."""
    frame = load()
    kinds = ["chosen", "raw"] if run.attributes == "both" else [run.attributes]
    done = kept(LABELER)
    keys = set(done.groupby(["repeat", "attributes", "method"]).groups) if len(done) else set()
    for repeat in range(run.repeats):
        splits = list(_splits(frame, repeat))
        for method in run.methods:
            for kind in kinds:
                if (repeat, kind, method) not in keys:
                    _one_method(run, repeat, kind, method, splits)


def _splits(frame: pd.DataFrame, repeat: int) -> Iterator[tuple[Any, Any, pd.DataFrame]]:
    """Training rows, test rows, and the inner scores of the attributes, fold by fold."""
    fold = folds_of(frame["labeler"], seed=100 + repeat)
    known = kept(ATTRIBUTE)
    for k in range(FOLDS):
        train, test = frame[fold != k], frame[fold == k]
        mine = known.query("repeat == @repeat and fold == @k") if len(known) else known
        if mine.empty:
            mine = inner_scores(train, seed=k).assign(repeat=repeat, fold=k)
            keep(mine, ATTRIBUTE, ["repeat", "fold"])
        yield train, test, mine


def _attributes(inner: pd.DataFrame, method: str, kind: str) -> tuple[str, float]:
    """Best attributes, or the raw ones, and the ridge penalty that goes with them."""
    mine = inner[inner["kind"] == JUDGES.get(method, "diffusion")]
    if kind == "raw":
        mine = mine[mine["attributes"] == "raw"]
    best = mine.loc[mine["log_score"].idxmax()]
    return best["attributes"], best["penalty"]


def _one_method(run: Namespace, repeat: int, kind: str, method: str, splits: list[Any]) -> None:
    sums = 0
    for k, (train, test, inner) in enumerate(splits):
        used, ridge = _attributes(inner, method, kind)
        start = time.perf_counter()
        test_rows = rows_of(test, used)
        scored, remark = predict(method, rows_of(train, used), test_rows, ridge, run)
        found = labeler_sums(scored, test_rows)
        sums = sums + found
        average = found[list(SCORES)].div(found["rows"], axis=0).mean()
        line = {"repeat": repeat, "fold": k, "attributes": kind, "used": used, "method": method}
        line |= average.to_dict() | {"seconds": time.perf_counter() - start, "remark": remark}
        keep(pd.DataFrame([line]), FOLD, ["repeat", "fold", "attributes", "method"])
        print(*line.values(), sep="  ", flush=True)
    names = np.unique(splits[0][0]["labeler"])
    head = {"repeat": repeat, "attributes": kind, "method": method, "labeler": names}
    rounded = sums.reset_index(drop=True).round(3).astype({"rows": int, "error": int})
    keep(pd.DataFrame(head).join(rounded), LABELER, ["repeat", "attributes", "method"])


def report() -> None:
    """Print, for both kinds of attributes, averages over labelers and paired differences."""
    done = kept(LABELER)
    for kind, part in done.groupby("attributes") if len(done) else ():
        totals = part.groupby(["method", "labeler"])[["rows", *SCORES]].sum(min_count=1)
        per_row = totals[list(SCORES)].div(totals["rows"], axis=0)
        methods = [m for m in METHODS if m in per_row.index.levels[0]]
        splits = part.groupby("method")["repeat"].nunique()
        print(f"\nattributes {kind}: splits, and averages over labelers (standard error)")
        averages = {score: per_row[score].unstack("labeler").loc[methods] for score in SCORES}
        print(_table(averages, splits=splits.loc[methods]))
        for score in SCORES[1:]:
            each = (part[score] / part["rows"]).to_frame("score").join(part)
            each = each.pivot(index=["method", "repeat"], columns="labeler", values="score")
            less = {rival: _less(each, methods, rival) for rival in RIVALS if rival in methods}
            print(f"\n{score} less that of the per-labeler methods (paired standard error)")
            print(_table(less), flush=True)


def _less(each: pd.DataFrame, methods: list[str], rival: str) -> pd.DataFrame:
    """Difference from a rival, for every labeler, over the splits that both have had."""
    differences = [(each.loc[method] - each.loc[rival]).dropna(how="all") for method in methods]
    return pd.DataFrame([d.mean() for d in differences], index=methods)


def _table(columns: dict[str, pd.DataFrame], **more: pd.Series) -> str:
    cells: dict[str, Any] = {name: x.to_numpy() for name, x in more.items()}
    cells |= {name: [_with_se(row) for row in x.to_numpy()] for name, x in columns.items()}
    return pd.DataFrame(cells, index=next(iter(columns.values())).index).to_string()


def _with_se(values: np.ndarray) -> str:
    if np.isnan(values).all():
        return "-"
    return f"{values.mean():.4f} ({values.std(ddof=1) / np.sqrt(len(values)):.4f})"


def published_split(run: Namespace) -> None:
    """Choice error on the rows after the first 100 of each labeler, as in arXiv 2507.20403."""
    frame = load()
    early = (frame["trial"] < 100).to_numpy()
    train, test = rows_of(frame[early], "raw"), rows_of(frame[~early], "raw")
    penalty = _attributes(inner_scores(frame[early], seed=0), "logit", "raw")[1]
    print("published: .0754 choice only, .0627 choice and time, .1215 log-normal race")
    lines, errors = [], {}
    for method in run.methods:
        scored, remark = predict(method, train, test, penalty, run)
        sums = labeler_sums(scored, test)
        scores = sums[list(SCORES)].div(sums["rows"], axis=0)
        errors[method] = scores["error"]
        lines.append({"method": method} | {s: _with_se(scores[s].to_numpy()) for s in SCORES})
        if "ratio" in errors:
            less = scores["error"] - errors["ratio"]
            lines[-1]["error - ratio"] = _with_se(less.to_numpy())
        lines[-1]["remark"] = remark
        print(*lines[-1].values(), sep="  ", flush=True)
        keep(pd.DataFrame(lines), PUBLISHED)


if __name__ == "__main__":
    main()
