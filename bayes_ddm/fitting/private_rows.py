"""A posterior from private rows: a multinomial in the cells, whose cost does not grow with rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from bayes_ddm.distributions._terms import log_sum
from bayes_ddm.distributions.cells import cell_chances
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.bounded.six_cells import CELLS
from bayes_ddm.fitting.rowless import MODEL, population, sampled
from bayes_ddm.fitting.sampler import Run
from bayes_ddm.fitting.save import GROUP_OF_ROWS
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.kinds import Kinds
from bayes_ddm.privacy.private_rows import PrivateRows
from bayes_ddm.privacy.row_likelihood import NODE_WEIGHTS, NODES
from bayes_ddm.privacy.row_scheme import RowScheme
from bayes_ddm.privacy.schemes import scheme_of


def build_rows(
    kinds: Kinds,
    *,
    mu: Any = None,
    sigma: Any = None,
    boundary: float | None = None,
    ndt: float | None = None,
    labelers: bool = False,
) -> pm.Model:
    """Model of private rows: labelers' drifts are normal, and what a cell became is known chance.

    ``mu`` and ``sigma`` have the priors of the hierarchical model. ``boundary`` and ``ndt`` are the
    scheme's, or numbers; what a pilot left open of them is their prior.
    """
    scheme = kinds.scheme
    numbers: dict[str, Any] = {"boundary": boundary, "ndt": ndt}
    for name, value in numbers.items():
        if value is not None and not isinstance(value, int | float):
            raise InputError(
                f"{name} is not learned from private rows, six cells being too few; give a number, "
                "or a pilot's with its standard error when the scheme is made."
            )
    coords = {"level": list(scheme.levels), "cell": list(CELLS)}
    with pm.Model(coords=coords) as model:
        mean, sd = population(mu, sigma)
        b = _add_number("boundary", boundary, scheme.boundary, scheme.boundary_se)
        late = _add_number("ndt", ndt, scheme.ndt, scheme.ndt_se, upper=scheme.edges[0])
        edges = pt.stack([edge - late for edge in scheme.edges])
        true = pt.clip(cell_chances(mean + sd * NODES, edges, b), 1e-300, 1.0)
        matrices = np.stack([scheme.matrix(k) for k in range(len(scheme.levels))])
        # sums, not matrix products: those of small matrices are slow in PyTensor
        if not labelers:
            counts = np.zeros((len(scheme.levels), len(CELLS)), dtype=np.int64)
            np.add.at(counts, (kinds.level, kinds.sent.argmax(axis=1)), kinds.count)
            shares = (NODE_WEIGHTS[:, None] * true).sum(axis=0)
            sent = (shares[None, :, None] * matrices).sum(axis=1)
            pm.Multinomial(
                "y", n=counts.sum(axis=1), p=sent, observed=counts, dims=("level", "cell")
            )
        else:
            sent = (true[None, :, :, None] * matrices[:, None]).sum(axis=2)
            by_node = (kinds.sent[:, None] * pt.log(sent)[kinds.level]).sum(axis=2)
            by_kind = log_sum(np.log(NODE_WEIGHTS) + by_node)
            pm.Potential("labelers", (kinds.count * by_kind).sum())
    return model


def _add_number(
    name: str, number: float | None, public: float, se: float, upper: float | None = None
) -> Any:
    """Add a number that is fixed, or known as well as a pilot knew it."""
    if number is not None or not se:
        value = public if number is None else float(number)
        pm.Data(name, value)
        return pt.constant(value)
    if upper is None:
        return pm.LogNormal(name, np.log(public), se / public)
    return pm.TruncatedNormal(name, public, se, lower=0.0, upper=upper)


def fit_rows(
    private: PrivateRows, model: Any, parameters: Mapping[str, Any], run: Run
) -> xr.DataTree:
    """Fit private rows; `bayes_ddm.fit` ends here with them.

    Raises
    ------
    InputError
        If the model is another one, or a parameter unknown, or as `sampled`.
    """
    if model not in (None, MODEL):
        raise InputError(
            f"private rows are fitted by the {MODEL} model only: six cells tell an average and a "
            "spread. Leave the model out, or protect choices only."
        )
    for name in parameters:
        if name not in ("mu", "sigma", "boundary", "ndt"):
            raise InputError(f"private rows have no {name}; there are mu, sigma, boundary and ndt.")
    program = build_rows(private.kinds, **parameters, labelers=private.labelers is not None)
    tree = sampled(program, {}, parameters, run)
    tree[GROUP_OF_ROWS] = xr.DataTree(_dataset(private))
    return tree


def _dataset(private: PrivateRows) -> xr.Dataset:
    kinds = private.kinds
    return xr.Dataset(
        {
            "sent": (("kind", "cell"), kinds.sent),
            "level": ("kind", kinds.level),
            "count": ("kind", kinds.count),
        },
        {"cell": list(CELLS)},
        {
            "scheme": json.dumps(private.scheme.to_dict()),
            "account": json.dumps(private.account.to_dict()),
            "labelers": int(private.labelers is not None),
        },
    )


def rows_of(fit: xr.DataTree) -> tuple[Kinds, Account, bool]:
    """Return what a fit of private rows holds of them, and whether labelers are known."""
    data = fit[GROUP_OF_ROWS].to_dataset()
    scheme = scheme_of(json.loads(data.attrs["scheme"]))
    assert isinstance(scheme, RowScheme)
    kinds = Kinds(data["sent"].values, data["level"].values, data["count"].values, scheme)
    account = Account.of_dict(json.loads(data.attrs["account"]))
    return kinds, account, bool(data.attrs["labelers"])


def fixed_at(fit: xr.DataTree, name: str) -> float | None:
    """Return the number that a fit of private rows was given for boundary or ndt."""
    number = json.loads(fit.attrs.get("parameters", "{}")).get(name)
    return None if number is None else float(number)
