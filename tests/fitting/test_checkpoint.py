"""A fit that was stopped goes on from what it left, and one that is done takes more draws."""

import dataclasses

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.errors import InputError, Interrupted
from bayes_ddm.fitting import checkpoint
from bayes_ddm.fitting.checkpoint import Chain, Checkpoint, CheckpointWarning, Kept
from bayes_ddm.fitting.save import hold, stored_choices
from tests.support import fits

NAMES = ["mu", "sigma", "boundary", "ndt"]


def scalar_fit(**options):
    return fits.quiet_fit(fits.scalar(), "hierarchical", **options)


def test_a_fit_takes_more_draws_from_the_same_posterior(tmp_path):
    before = fits.scalar_fit()
    after = scalar_fit(resume=before, draws=2000, tune=300, checkpoint=tmp_path / "c")
    assert dict(after["posterior"].sizes) == {"chain": 2, "draw": 2000}
    assert after.attrs["resumed"] == "[1000]" and after.attrs["seed"] == before.attrs["seed"]
    for name in NAMES:
        values = after["posterior"][name].values
        assert (values[:, :1000] == before["posterior"][name].values).all()
        old, new = values[:, :1000], values[:, 1000:]
        assert len(np.unique(values)) > 0.9 * values.size / 2  # no draws twice
        errors = [x.std() / np.sqrt(az.ess(x)) for x in (old, new)]
        # 4 standard errors, four times: 1 in 4,000
        assert abs(old.mean() - new.mean()) < 4 * np.hypot(*errors)
    assert checkpoint.read(tmp_path / "c").draws == 2000
    # as it stands, once saved
    again = bd.load(bd.save(after, tmp_path / "fit.nc"))
    fewer = scalar_fit(resume=tmp_path / "fit.nc", draws=100)
    assert (fewer["posterior"]["mu"] == again["posterior"]["mu"][:, :100]).all()


def test_an_interrupted_fit_keeps_its_draws_and_goes_on(tmp_path, monkeypatch):
    path, written, write = tmp_path / "c", [], checkpoint.write

    def interrupted(kept, to, **options):
        write(kept, to, **options)
        written.append({i: chain.draws for i, chain in kept.chains.items()})
        if written[-1]:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "EVERY", 0.05)
    monkeypatch.setattr(checkpoint, "write", interrupted)
    options = {"draws": 20_000, "tune": 300, "checkpoint": path}
    with pytest.raises(KeyboardInterrupt):
        scalar_fit(cores=1, **options)
    monkeypatch.setattr(checkpoint, "write", write)
    kept = checkpoint.read(path)
    had = {i: chain.draws for i, chain in kept.chains.items()}
    assert had and had != {0: 20_000, 1: 20_000}
    draws = had[0] + 50
    fit = scalar_fit(resume=path, **options | {"draws": draws})
    assert fit["posterior"].sizes["draw"] == draws
    first = kept.chains[0].posterior["mu"].values
    assert (fit["posterior"]["mu"].values[0, : had[0]] == first).all()
    assert fit["sample_stats"]["diverging"].shape == (2, draws)


def test_what_is_stopped_before_its_first_draw_starts_anew_with_its_seed(tmp_path, monkeypatch):
    checkpoint.write(Kept(checkpoint.of_fit(fits.scalar_fit()).about, 1), tmp_path / "c")

    def sample(model, start, run, checkpoint):
        assert run.seed == 1 and not checkpoint.kept.chains
        raise KeyboardInterrupt

    monkeypatch.setattr("bayes_ddm.fitting.run.sample", sample)
    with pytest.raises(KeyboardInterrupt):
        scalar_fit(resume=tmp_path / "c", seed=None)


CHANGED = {
    "other choices": {"choices": True},
    "other parameters": {"sigma": 1.0},
    "another number of chains": {"chains": 3},
    "the seed 1, not 2": {"seed": 2},
}


@pytest.mark.parametrize("words", CHANGED)
def test_only_the_same_fit_is_resumed(words):
    fit, options = fits.scalar_fit(), dict(CHANGED[words])
    choices = fits.scalar()
    if options.pop("choices", False):
        choices = dataclasses.replace(choices, rt=choices.rt + 0.001)
    with pytest.raises(InputError, match=words):
        fits.quiet_fit(choices, "hierarchical", resume=fit, **options)


def test_what_is_no_checkpoint(tmp_path):
    with pytest.raises(InputError, match="no file"):
        checkpoint.read(tmp_path / "gone")
    (tmp_path / "text").write_text("choice,rt\n")
    with pytest.raises(InputError, match="neither a checkpoint nor a fit"):
        checkpoint.read(tmp_path / "text")
    checkpoint.write(Kept({"chains": 2}, 1), tmp_path / "c.nc")
    with pytest.raises(InputError, match="a fit that was stopped"):
        bd.load(tmp_path / "c.nc")


def test_a_fit_goes_on_without_a_checkpoint_that_cannot_be_written(tmp_path):
    (tmp_path / "d").mkdir()
    keeping = Checkpoint(tmp_path / "d" / "c", Kept({"chains": 1}, 1))
    keeping.open()
    (tmp_path / "d" / "c").unlink()
    (tmp_path / "d").rmdir()
    draws = xr.Dataset({"mu": ("draw", [1.0])})
    with pytest.warns(CheckpointWarning, match="there is no folder"):
        keeping.write({0: Chain(draws, draws)})
    with pytest.raises(InputError, match="there is no folder"):
        keeping.open()


def test_a_checkpoint_takes_no_other_files_place(tmp_path, monkeypatch):
    text, stopped, done = (tmp_path / name for name in ("mine.txt", "c", "fit.nc"))
    text.write_text("precious")
    checkpoint.write(checkpoint.of_fit(fits.scalar_fit()), stopped)
    bd.save(fits.scalar_fit(), done)
    monkeypatch.setattr("bayes_ddm.fitting.run.sample", lambda *args, **options: pytest.fail())
    for path, resume in [(text, None), (done, None), (done, done), (text, stopped)]:
        held = path.read_bytes()
        with pytest.raises(InputError, match="exists and is no checkpoint"):
            scalar_fit(checkpoint=path, resume=resume)
        assert path.read_bytes() == held
    with pytest.raises(InputError, match="holds the draws of a fit that was stopped"):
        scalar_fit(checkpoint=stopped)
    few = fits.scalar_fit().isel(draw=slice(0, 10), missing_dims="ignore")
    with pytest.raises(InputError, match="holds the draws of a fit that was stopped"):
        scalar_fit(checkpoint=stopped, resume=few)
    assert checkpoint.read(stopped).draws == 1000


def test_an_empty_checkpoint_and_the_one_that_is_resumed_are_written_again(tmp_path):
    kept = checkpoint.of_fit(fits.scalar_fit())
    checkpoint.write(Kept(kept.about, 1), tmp_path / "c")
    checkpoint.opened(tmp_path / "c", None, kept.about, 2)
    assert checkpoint.read(tmp_path / "c").seed == 2
    checkpoint.write(kept, tmp_path / "c")
    checkpoint.opened(tmp_path / "c", checkpoint.read(tmp_path / "c"), kept.about, 1)
    assert checkpoint.read(tmp_path / "c").before == (1000,)


def test_choices_differ_by_the_order_of_levels_and_by_what_was_turned_round():
    frame = pd.DataFrame({"choice": [1, -1], "rt": [0.9, 1.4], "task": ["a", "b"]})
    made = [
        bd.Choices.from_frame(
            frame.assign(task=pd.Categorical(frame["task"], levels)), covariates=["task"]
        )
        for levels in (["a", "b"], ["b", "a"])
    ]
    made.append(dataclasses.replace(made[0], flip=0.1))
    found = [checkpoint.fingerprint(each) for each in made]
    assert len(set(found)) == 3
    for each, before in zip(made, found, strict=True):
        fit = xr.DataTree()
        hold(fit, each)
        assert checkpoint.fingerprint(stored_choices(fit)) == before


def test_an_interruption_says_where_the_draws_are():
    assert "draws=120" in str(Interrupted("c", 120)) and "draws=" not in str(Interrupted("c", 0))
