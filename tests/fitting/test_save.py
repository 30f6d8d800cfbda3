"""A fit carries its choices and history, on disk too, and is never pickled."""

import json
import pickle

import h5py
import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.errors import InputError
from bayes_ddm.fitting import checksum
from bayes_ddm.fitting.posterior import choices_of
from bayes_ddm.fitting.save import attach
from tests.support import fits
from tests.support.densities import AS_WRITTEN
from tests.support.programs import two_features


def small_fit(choices, **history):
    """A fit without sampling: a posterior of ten draws."""
    draws = np.random.default_rng(1).normal(size=(2, 5))
    posterior = xr.Dataset({"mu": (("chain", "draw"), draws)})
    fit = xr.DataTree.from_dict({"posterior": posterior})
    attach(fit, choices, **history)
    return fit


def frame(names):
    n = len(names)
    return pd.DataFrame(
        {
            "choice": [1, -1] * n,
            "rt": np.linspace(0.4, 3.0, 2 * n),
            "id": np.repeat(np.array(names, dtype=object), 2),
            "gain, in £": np.arange(2.0 * n) - 3.3,
        }
    )


def assert_equal(found, expected, *, labelers=None):
    for name in ("choice", "rt", "labeler", "features", "count"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        if getattr(expected, name) is not None:
            assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert found.feature_names == expected.feature_names
    assert dict(found.dropped) == dict(expected.dropped)
    assert found.notes == expected.notes
    names = expected.labelers if labelers is None else labelers
    if names is None:
        assert found.labelers is None
    else:
        assert list(found.labelers) == list(names)


ODD_NAMES = {
    "text": ["ann", "bob", "cid"],
    "whole numbers": [7, 3, 11],
    "unicode": ["Ångström", "名前", "🙂 emoji", "e\u0301"],
    "punctuation": [
        "a,b",
        'say "hi"',
        "<b>bold</b>&amp;",
        "x/y\\z",
        "tab\there",
        "new\nline",
        " a ",
    ],
    "long": ["x" * 500, "y"],
}


@pytest.mark.parametrize("names", ODD_NAMES.values(), ids=ODD_NAMES)
def test_labelers_of_any_name_survive_the_disk(tmp_path, names):
    choices = bd.Choices.from_frame(frame(names), labeler="id", features=["gain, in £"])
    path = bd.save(small_fit(choices), tmp_path / "fit.nc")
    assert_equal(choices_of(bd.load(path)), choices)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([1, "b", 2.5], ["1", "b", "2.5"]),
        ([1, "1"], ["1", "'1'"]),
        ([True, False], ["True", "False"]),
        (list(pd.to_datetime(["2020-01-01", "2020-01-02"])), None),
    ],
)
def test_other_names_become_distinct_text(tmp_path, names, text):
    table = frame(list(range(len(names))))
    table["id"] = [name for name in names for _ in range(2)]
    choices = bd.Choices.from_frame(table, labeler="id")
    fit = small_fit(choices)
    path = bd.save(fit, tmp_path / "fit.nc")
    for found in (fit, bd.load(path)):
        assert_equal(choices_of(found), choices, labelers=text or list(map(str, choices.labelers)))


@pytest.mark.parametrize("features", [(), ("gain, in £",)])
def test_anonymous_choices_survive_the_disk(tmp_path, features):
    table = frame(["a", "b", "c"])
    table.loc[2, "choice"] = None
    choices = bd.Choices.from_frame(
        table.assign(n=[1, 2, 3, 1, 1, 5]), features=features, count="n"
    )
    assert choices.dropped
    found = choices_of(bd.load(bd.save(small_fit(choices), tmp_path / "fit.nc")))
    assert_equal(found, choices)
    assert found.n_choices == choices.n_choices


def test_history_and_versions_are_attributes(tmp_path):
    parameters = {"boundary": 1.25, "sigma": "pm.HalfNormal.dist(1)"}
    fit = small_fit(fits.scalar(), model="hierarchical", seed=3, seconds=1.5, parameters=parameters)
    attrs = bd.load(bd.save(fit, tmp_path / "fit.nc")).attrs
    assert attrs["model"] == "hierarchical"
    assert attrs["seed"] == 3
    assert attrs["seconds"] == 1.5
    assert json.loads(attrs["parameters"]) == parameters
    versions = json.loads(attrs["versions"])
    assert versions["numpy"] == np.__version__
    assert {"bayes-ddm", "pymc", "python"} <= set(versions)


def test_a_real_fit_survives_the_disk(tmp_path):
    # made here: a shared one has been on the disk
    fit = fits.quiet_fit(fits.scalar(), draws=40, tune=60)
    path = bd.save(fit, tmp_path / "fit.nc")
    loaded = bd.load(path)
    assert set(loaded.children) == set(fit.children)
    for name in fit.children:
        xr.testing.assert_equal(loaded[name].to_dataset(), fit[name].to_dataset())
    assert loaded.attrs == dict(fit.attrs)
    assert_equal(choices_of(loaded), fits.scalar())
    # not mapped from the file: it can be overwritten and used on
    bd.save(loaded, path, overwrite=True)
    pd.testing.assert_frame_equal(bd.labelers(bd.load(path)), bd.labelers(fit))


PRIORS = {
    "boundary": pm.LogNormal.dist(0.1, 0.5),
    "ndt": 0.2,
    "theta": [0.5, -0.2],
    "Sigma": pm.Gamma.dist(2, 3),
    "eta": 3.0,
}
ROUND_TRIPS = {
    "contextual": PRIORS,
    "mixture": {
        "types": 3,
        "boundary": bd.by_labeler(pm.Gamma.dist(3, 2), 0.4),
        "ndt": bd.by_labeler(spread=pm.LogNormal.dist(-1, 0.3)),
        "lapse": pm.Beta.dist(1, 9),
        "start": 0.4,
    },
    "start_bias": {"start": bd.by_labeler(pm.Uniform.dist(0.0, 1.0)), "lapse_rt": 1.0},
    "choice_only": {"boundary": 1.25},
    "student": {"heavy": pm.Exponential.dist(0.1)},
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_a_model_is_rebuilt_with_its_priors_and_options(tmp_path, name):
    choices, options = two_features(), ROUND_TRIPS[name]
    model = models.builder(name)(choices, **options)
    fit = fits.made_up(choices, name, {"boundary": np.ones(3)}, **options)
    rebuilt = bd.model_of(bd.load(bd.save(fit, tmp_path / "fit.nc")))
    assert [v.name for v in rebuilt.free_RVs] == [v.name for v in model.free_RVs]
    assert {v.name: v.get_value().tolist() for v in rebuilt.data_vars} == {
        v.name: v.get_value().tolist() for v in model.data_vars
    }
    rng = np.random.default_rng(1)
    point = {k: v + rng.normal(size=np.shape(v)) for k, v in model.initial_point().items()}
    expected, found = (float(m.compile_logp(mode=AS_WRITTEN)(point)) for m in (model, rebuilt))
    assert np.isfinite(expected)
    # PyMC holds some plain numbers in priors in single precision
    assert found == pytest.approx(expected, rel=1e-7)


def test_a_fit_that_sampled_other_variables_is_refused():
    choices = two_features()
    fit = fits.made_up(choices, "labeler_boundary", {"labeler_ndt": np.full((3, 4), 0.2)})
    with pytest.raises(InputError, match=r"has labeler_ndt but no ndt_score.*fit again"):
        bd.model_of(fit)


def test_the_file_is_hdf5_and_holds_no_pickle(tmp_path):
    path = bd.save(small_fit(fits.scalar()), tmp_path / "fit.nc")
    with h5py.File(path) as file:
        assert {"posterior", "choices"} <= set(file)
    content = path.read_bytes()
    assert b"pickle" not in content
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(content)


def test_a_file_is_kept_unless_told(tmp_path):
    path = tmp_path / "fit.nc"
    path.write_text("precious")
    fit = small_fit(fits.scalar())
    with pytest.raises(
        InputError, match=r"fit\.nc' exists; choose another name or pass --overwrite"
    ):
        bd.save(fit, path)
    assert path.read_text() == "precious"
    assert bd.save(fit, path, overwrite=True) == path
    assert bd.load(path)["posterior"].sizes["draw"] == 5


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "fit.nc"
    path.write_text("precious")

    def fail(self, target, **kwargs):
        target.write_text("half")
        raise OSError("disk full")

    monkeypatch.setattr(xr.DataTree, "to_netcdf", fail)
    with pytest.raises(InputError, match=r"cannot write .*fit\.nc': disk full"):
        bd.save(small_fit(fits.scalar()), path, overwrite=True)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("where", "says"),
    [("", "is a folder; name a file in it"), ("gone/fit.nc", "there is no folder")],
)
def test_a_place_that_cannot_be_written(tmp_path, where, says):
    with pytest.raises(InputError, match=says):
        bd.save(small_fit(fits.scalar()), tmp_path / where)


def test_loading_what_is_no_fit(tmp_path):
    with pytest.raises(InputError, match=r"no file '.*gone\.nc'"):
        bd.load(tmp_path / "gone.nc")
    text = tmp_path / "text.nc"
    text.write_text("choice,rt\n1,0.5\n")
    with pytest.raises(InputError, match=r"text\.nc' is no netCDF file"):
        bd.load(text)
    other = tmp_path / "other.nc"
    xr.Dataset({"x": ("i", [1, 2])}).to_netcdf(other, engine="h5netcdf")
    with pytest.raises(InputError, match="no bayes_ddm fit: it has no group 'choices'"):
        bd.load(other)


# --- damage ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    choices = bd.Choices.from_frame(frame(["ann", "bob", "cid"]), labeler="id")
    path = tmp_path_factory.mktemp("saved") / "fit.nc"
    return bd.save(small_fit(choices, model="hierarchical", parameters={"mu": 0.5}), path)


def test_a_flipped_bit_is_found_before_hdf5_can_loop_over_it(saved, tmp_path, monkeypatch):
    whole, rng = saved.read_bytes(), np.random.default_rng(1)
    damaged = tmp_path / "damaged.nc"
    monkeypatch.setattr(h5py, "File", lambda *_: pytest.fail("HDF5 looked at it"))
    for _ in range(100):
        # flips in the words of the seal itself leave a file that is not sealed
        place = int(rng.integers(len(whole) - checksum.SEALED))
        bit = 1 << int(rng.integers(8))
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ bit]) + whole[place + 1 :])
        with pytest.raises(InputError, match="is damaged"):
            bd.load(damaged)


def test_a_file_without_its_seal_is_known_by_its_contents(saved, tmp_path):
    path = tmp_path / "unsealed.nc"
    path.write_bytes(saved.read_bytes()[: -checksum.SEALED])
    xr.testing.assert_identical(bd.load(path), bd.load(saved))


CHANGES = {
    "response times that are not positive": lambda f: f["choices/rt"].__setitem__(0, -5.0),
    "choices other than": lambda f: f["choices/choice"].__setitem__(0, 0),
    "rows of labelers that are not there": lambda f: f["choices/labeler_index"].__setitem__(0, 99),
    "cannot be read": lambda f: f["choices"].attrs.__setitem__("dropped", "x"),
    "no JSON object": lambda f: f.attrs.__setitem__("parameters", "[]"),
    "damaged": lambda f: f.attrs.__setitem__("parameters", "[" * 100_000),
}


@pytest.mark.parametrize("words", CHANGES)
@pytest.mark.parametrize("sealed", [True, False])
def test_files_that_were_changed_are_refused(saved, tmp_path, words, sealed):
    path = tmp_path / "changed.nc"
    path.write_bytes(saved.read_bytes())
    with h5py.File(path, "r+") as file:
        CHANGES[words](file)
        if not sealed:  # as by a program that knows nothing of checksums
            del file.attrs["checksum"]
    with pytest.raises(InputError, match="damaged" if sealed else words):
        bd.load(path)


def test_a_file_that_would_unpack_to_terabytes_is_refused(saved, tmp_path):
    path = tmp_path / "huge.nc"
    path.write_bytes(saved.read_bytes())
    with h5py.File(path, "r+") as file:
        del file["choices/rt"]
        file["choices"].create_dataset("rt", (3 * 10**11,), "f8", chunks=(10**6,))
    with pytest.raises(InputError, match="would unpack to 2,235 GiB"):
        bd.load(path)


def test_a_loaded_fit_is_saved_again(saved, tmp_path):
    again = bd.save(bd.load(saved), tmp_path / "again.nc")
    xr.testing.assert_identical(bd.load(again), bd.load(saved))
