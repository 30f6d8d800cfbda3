"""Tables of any kind where a fit is asked of new choices, and the table of its labelers."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from tests.support.commands import bayes_ddm
from tests.support.fits import contextual, contextual_fit, omissions_fit, scalar_fit
from tests.support.tables import refusal


def test_a_table_predicts_as_its_choices_do():
    fit, frame = contextual_fit(), contextual().to_frame()[:40]
    features = ["amount", "delay"]
    choices = bd.Choices.from_frame(frame, labeler="labeler", features=features)
    expected = bd.predict(fit, choices, draws=50).table
    for table in (frame, frame.to_dict("list")):
        pd.testing.assert_frame_equal(bd.predict(fit, table, draws=50).table, expected)
    new = frame.assign(labeler=[f"new {name}" for name in frame["labeler"]])
    mine = bd.personalise(fit, new, draws=50)
    theirs = bd.Choices.from_frame(new, labeler="labeler", features=features)
    np.testing.assert_array_equal(mine.preference, bd.personalise(fit, theirs, draws=50).preference)


def test_what_a_table_cannot_say_is_refused():
    frame = contextual().to_frame()[:40]
    assert "no column 'delay'" in refusal(bd.predict, contextual_fit(), frame.drop(columns="delay"))
    assert "deadline=..." in refusal(bd.predict, omissions_fit(), frame)
    assert "expected choices, got a str" in refusal(bd.predict, contextual_fit(), "new.csv")


def test_labelers_own_parameters_stand_beside_their_preferences():
    fit = contextual_fit().copy(deep=True)
    table = bd.labelers(fit, 50)
    rng = np.random.default_rng(1)
    drawn = fit["posterior"].to_dataset()
    shape = drawn.sizes["chain"], drawn.sizes["draw"], 60
    boundary = rng.lognormal(size=shape)
    plain = bd.labelers(scalar_fit(), 50)
    for tree, before in ((fit, table), (scalar_fit().copy(deep=True), plain)):
        draws = tree["posterior"].to_dataset()
        tree["posterior"] = draws.assign(
            labeler_boundary=(("chain", "draw", "labeler"), boundary[:, : draws.sizes["draw"]])
        )
        own = bd.labelers(tree, 50)
        names = ("boundary", "boundary_sd")
        if own.columns.nlevels > 1:
            names = ("boundary", "mean"), ("boundary", "sd")
        assert list(own.columns) == [*before.columns, *names]
        flat = boundary.reshape(-1, 60)
        np.testing.assert_allclose(own[names[0]], flat.mean(axis=0))
        np.testing.assert_allclose(own[names[1]], flat.std(axis=0, ddof=1))


@pytest.mark.parametrize("fit", [scalar_fit, contextual_fit])
def test_the_command_writes_what_labelers_returns(fit, tmp_path):
    bd.save(fit(), tmp_path / "fit.nc")
    done = bayes_ddm("labelers", tmp_path / "fit.nc", "-o", tmp_path / "own.csv").done()
    assert "the first 20 of 60" in done.err
    written = pd.read_csv(tmp_path / "own.csv", index_col="labeler")
    expected = bd.labelers(fit())
    np.testing.assert_allclose(written, expected, rtol=1e-6)
    assert written.columns[0] == ("mean" if fit is scalar_fit else "amount_mean")
