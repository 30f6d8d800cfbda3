"""A fit to condensed rows: its log likelihood, what it keeps, and what is asked of all rows."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.checks.loo import loo
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.run import needs_rows
from bayes_ddm.models import builder
from tests.support import fits

FREE = {"mu": 0.4, "sigma": 0.9, "boundary": 1.2, "gap": [2.0], "heavy": 2.0, "scale": 0.8}


@pytest.mark.parametrize("model", ["mixture", "start_bias", "anonymous_boundary"])
def test_log_likelihood_is_that_of_all_rows(model):
    rows = fits.anonymous()
    values = []
    for choices in (rows, bd.condense(rows).choices):
        program = builder(model)(choices, ndt=0.28)
        assert not needs_rows(program, choices)
        point = program.initial_point()
        for rv in program.free_RVs:
            if rv.name in FREE:
                value, transform = program.rvs_to_values[rv], program.rvs_to_transforms[rv]
                moved = np.asarray(FREE[rv.name], dtype=float)
                if transform is not None:
                    moved = transform.forward(moved, *rv.owner.inputs).eval()
                point[value.name] = moved
        (observed,) = program.observed_RVs
        values.append(program.compile_logp(observed, jacobian=False, mode="FAST_COMPILE")(point))
    # 3,000 terms of size 1, rounded, and ten nodes a bin
    assert values[1] == pytest.approx(values[0], rel=1e-11)


def test_models_with_another_likelihood_take_the_rows():
    rows = fits.anonymous()
    for model in ("contaminated", "choice_only"):
        assert needs_rows(builder(model)(rows), rows)
        few = bd.condense(rows)
        with pytest.raises(InputError, match="needs the rows themselves"):
            bd.fit(few, model, progress=False)


def test_a_fit_keeps_all_rows_beside_what_was_fitted():
    tree = fits.anonymous_fit()
    posterior = Posterior.of(tree)
    assert posterior.choices.n_choices == len(posterior.choices) == len(fits.anonymous())
    few = posterior.few
    assert few.choices.condensed and few.rows is posterior.choices
    assert tree["observed_data"].sizes["row"] == len(fits.anonymous())
    found = bd.compare(tree, progress=False)
    assert found.estimates.n_choices == len(fits.anonymous())
    assert {len(e.influence) for e in found.estimates.estimates} == {len(few.choices)}
    assert loo(tree, draws=50, progress=False).n == len(fits.anonymous())


def test_a_fit_of_condensed_rows_says_what_it_cannot(tmp_path):
    tree = fits.condensed_fit()
    posterior = Posterior.of(bd.load(bd.save(tree, tmp_path / "fit.nc")))
    assert posterior.choices.condensed and posterior.few is posterior
    made, all_rows = posterior.table(), Posterior.of(fits.anonymous_fit()).table()
    # the same program but for rounding, and the same seed: chains that are as good as the same
    error = all_rows["sd"] / np.sqrt(all_rows["ess_bulk"])
    assert (abs(made["mean"] - all_rows["mean"]) < 5 * np.sqrt(2) * error).all()
    found = {
        finding.name: finding for finding in bd.diagnose(tree, draws=20, progress=False).findings
    }
    assert found["leave one out"].ok is None
    assert "needs the rows themselves" in found["leave one out"].sentence
    assert found["response-time distribution"].ok
    assert found["prior sensitivity"].ok is not None
    with pytest.raises(InputError, match="needs the rows themselves"):
        bd.log_likelihood(tree)
