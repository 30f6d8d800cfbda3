"""Public data: verified, filtered as published, and twins that look like them."""

import functools
import hashlib
import http.server
import socket
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data import datasets, fetching
from bayes_ddm.data.datasets import (
    amasino2019,
    amasino2019_frame,
    amasino2019_twin,
    cavanagh2011,
    krajbich2010,
    wagenmakers2008,
)
from bayes_ddm.estimators.screening import check
from tests.support.tables import refusal

# labeler 2 always chose "later"; labeler 3 once gave no response
MADE_UP = """\
1,7.5,10,0,15,0,2.5,1,1
1,4,10,0,30,1,1.5,2,1
2,8,10,0,7,1,2.0,1,1
2,1,10,0,7,1,0.5,1,2
3,2,10,0,365,NaN,NaN,1,2
3,2,10,0,180,1,1.25,1,2
3,9.5,10,0,90,0,0.75,1,2
"""


@pytest.fixture
def made_up(tmp_path, monkeypatch):
    """A small file in the raw format that the loader takes for the public one."""
    path = tmp_path / "raw.csv"
    path.write_text(MADE_UP)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(datasets, "AMASINO2019", replace(datasets.AMASINO2019, sha256=sha256))
    return path


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Serve files at the loader's public addresses, from this machine; returns the requests."""
    root, requests = tmp_path / "public", []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            requests.append(self.path)

    handler = functools.partial(Handler, directory=str(root))
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(fetching, "BASE_ADDRESS", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def put(source, content):
        file = root / source.repository / source.commit / source.file
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        return requests

    yield put
    server.shutdown()
    thread.join()
    server.server_close()


def test_filter_and_what_it_drops(made_up):
    choices = amasino2019(made_up)
    assert choices.labelers.tolist() == [1, 3]
    assert choices.dropped == {
        "no response within 10 s": 1,
        "labelers 2 always chose one option": 2,
    }
    assert choices.feature_names == ("d_amount", "d_delay")
    np.testing.assert_array_equal(
        choices.features, [[2.5, 15.0], [6.0, 30.0], [8.0, 180.0], [0.5, 90.0]]
    )
    assert choices.choice.tolist() == [-1, 1, 1, -1]
    assert choices.rt.tolist() == [2.5, 1.5, 1.25, 0.75]
    assert choices.row.tolist() == [0, 1, 5, 6]  # of the raw file


def test_all_labelers(made_up):
    choices = amasino2019(made_up, labelers="all")
    assert choices.labelers.tolist() == [1, 2, 3] and len(choices) == 6
    assert choices.dropped == {"no response within 10 s": 1}
    assert "'published' or 'all'" in refusal(amasino2019, made_up, labelers="both")


def test_raw_frame(made_up):
    frame = amasino2019_frame(made_up)
    assert list(frame.columns) == datasets.AMASINO_COLUMNS
    assert len(frame) == 7 and frame["choice"].isna().sum() == 1
    assert frame["delay_later"].tolist() == [15, 30, 7, 7, 365, 180, 90]


def test_published_sample(amasino_path):
    choices = amasino2019(amasino_path)
    assert choices.n_labelers == 98 and choices.n_choices == 13_793
    assert choices.dropped == {
        "no response within 10 s": 25,
        "labelers 45, 98 always chose one option": 282,
    }
    assert (choices.features[:, 0] >= 0).all() and choices.features[:, 1].min() == 1
    fastest = int(choices.rt.argmin())
    raw = amasino2019_frame(amasino_path).iloc[choices.row[fastest]]
    assert raw["rt"] == choices.rt[fastest] < 0.24
    assert amasino2019(amasino_path, labelers="all").n_choices == 14_075


def test_snacks(krajbich_path):
    choices = krajbich2010(krajbich_path)
    assert choices.n_labelers == 39 and choices.n_choices == 3_791
    assert choices.feature_names == ("d_rating",) and not choices.dropped
    assert 1.5 < np.median(choices.rt) < 1.8  # seconds
    # people choose what they like better
    assert np.corrcoef(choices.choice, choices.features[:, 0])[0, 1] > 0.3


def test_conflict(cavanagh_path):
    choices = cavanagh2011(cavanagh_path)
    assert choices.n_labelers == 14 and choices.n_choices == 3_988 and not choices.dropped
    assert list(choices.covariates.columns) == ["stim", "conf", "theta", "dbs"]
    # the better option is chosen more often where they are unlike
    share = pd.Series(choices.choice > 0).groupby(choices.covariates["stim"]).mean()
    assert share["WL"] > share["LL"] > 0.5


def test_words(wagenmakers_path):
    choices = wagenmakers2008(wagenmakers_path)
    assert choices.n_labelers == 17
    assert choices.dropped["left out by the authors"] == 171
    assert choices.n_choices + sum(choices.dropped.values()) == 31_522
    word = choices.covariates["stim_cat"] == "word"
    assert ((choices.choice > 0) == word).mean() > 0.85
    fast = choices.covariates["condition"] == "speed"
    assert np.median(choices.rt[fast]) < np.median(choices.rt[~fast])


def test_another_file_is_refused(tmp_path, made_up):
    other = tmp_path / "other.csv"
    other.write_text(MADE_UP.replace("2.5", "2.6", 1))
    message = refusal(amasino2019, other)
    assert "other.csv" in message and "is not the amasino2019 file" in message
    assert "sha256" in message and "raw.githubusercontent.com" in message
    assert "verify=False" in message
    assert amasino2019(other, verify=False).rt[0] == 2.6
    refusal(krajbich2010, other)


def test_an_unverified_file_must_still_be_a_table(tmp_path):
    path = tmp_path / "raw.csv"
    path.write_text("labeler,choice,rt\n1,1,0.5\n")
    refusal(amasino2019, path, verify=False)
    path.write_text("1,1,0.5\n")
    refusal(amasino2019, path, verify=False)
    path.write_text("1,1,10,0,1,1,0.5,1,1,9,9\n")
    assert "more cells" in refusal(amasino2019, path, verify=False)
    path.write_text("choice,subject,rt\n1,1,500\n0,1,500\n")
    assert "no column 'leftrating'" in refusal(krajbich2010, path, verify=False)


def test_no_such_file(tmp_path):
    for load in (amasino2019, amasino2019_frame, krajbich2010):
        assert "no file" in refusal(load, tmp_path / "raw.csv")
        assert "is a folder" in refusal(load, tmp_path)


def test_download_once(made_up, serve, tmp_path):
    requests = serve(datasets.AMASINO2019, made_up.read_bytes())
    for _ in range(2):
        choices = amasino2019(cache=tmp_path / "cache")
        pd.testing.assert_frame_equal(choices.to_frame(), amasino2019(made_up).to_frame())
    source = datasets.AMASINO2019
    assert requests == [f"/{source.repository}/{source.commit}/{source.file}"]


def test_a_spoilt_copy_in_the_cache_is_fetched_again(made_up, serve, tmp_path):
    requests = serve(datasets.AMASINO2019, made_up.read_bytes())
    amasino2019(cache=tmp_path / "cache")
    (copy,) = (tmp_path / "cache").iterdir()
    copy.write_text("spoilt")
    assert len(amasino2019(cache=tmp_path / "cache")) == 4
    assert len(requests) == 2


def test_download_of_the_wrong_file(made_up, serve, tmp_path):
    serve(datasets.AMASINO2019, b"<html>Sign in</html>")
    message = refusal(amasino2019, cache=tmp_path / "cache")
    assert "is not the amasino2019 file" in message and "sha256" in message
    assert "download it by hand and pass path= (--path)" in message
    assert not list((tmp_path / "cache").iterdir())


def test_download_of_nothing(serve, tmp_path):
    message = refusal(krajbich2010, cache=tmp_path / "cache")
    assert "cannot download krajbich2010" in message and "404" in message
    assert "download it by hand and pass path= (--path)" in message


def test_no_network(monkeypatch, tmp_path, capfd):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(fetching, "BASE_ADDRESS", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    message = refusal(amasino2019, cache=tmp_path / "cache")
    assert f"cannot download amasino2019 from http://127.0.0.1:{port}/" in message
    assert "(no connection); download it by hand" in message and len(message) < 400
    assert "Downloading" not in capfd.readouterr().err


def test_cache_that_cannot_be_written(made_up, serve, tmp_path):
    serve(datasets.AMASINO2019, made_up.read_bytes())
    (tmp_path / "file").write_text("")
    assert "cannot download" in refusal(amasino2019, cache=tmp_path / "file")


def test_public_addresses():
    for source in (
        datasets.AMASINO2019,
        datasets.CAVANAGH2011,
        datasets.KRAJBICH2010,
        datasets.WAGENMAKERS2008,
    ):
        assert source.address.startswith("https://raw.githubusercontent.com/")
        assert len(source.sha256) == 64 and len(source.commit) == 40


def test_imports_stay_light():
    heavy = [
        "pymc",
        "pytensor",
        "pooch",
        "requests",
        "scipy.stats",
        "matplotlib",
        "pyarrow.parquet",
    ]
    program = (
        "import sys, bayes_ddm.data.datasets, bayes_ddm.data.read, bayes_ddm.estimators.screening\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert run.stdout.decode().strip() == "[]"


@pytest.fixture(scope="module")
def twin():
    return amasino2019_twin()


def test_twin_has_the_design(twin):
    assert twin.n_labelers == 98
    assert twin.n_choices + twin.dropped["no response within 10 s"] == 98 * 141
    assert twin.rt.max() < 10
    frame = twin.to_frame()
    pairs = frame[["d_amount", "d_delay"]].value_counts()
    assert len(pairs) == 141
    assert sorted(frame["d_delay"].unique()) == [1, 7, 15, 30, 90, 180, 365]
    assert not frame.duplicated(["labeler", "d_amount", "d_delay"]).any()
    # in an order of one's own
    first = frame.groupby("labeler")[["d_amount", "d_delay"]].first()
    assert len(first.drop_duplicates()) > 40


def test_twin_has_the_comparisons_of_the_real_design(twin, amasino_path):
    real = {tuple(psi) for psi in amasino2019(amasino_path).features}
    assert {tuple(psi) for psi in twin.features} == real


def test_twin_looks_like_the_real_sample(twin):
    # the docstring promises a tenth
    quantiles = np.quantile(twin.rt, [0.05, 0.5, 0.95])
    np.testing.assert_allclose(quantiles, [0.78, 1.82, 4.60], rtol=0.1)
    assert abs((twin.choice > 0).mean() - 0.85) < 0.02
    # log-normal over 98 labelers: the fastest of 141 responses is a little above ndt
    fastest = twin.to_frame().groupby("labeler")["rt"].min()
    low, high = np.quantile(fastest, [0.05, 0.95])
    assert 0.35 < low < 0.65 and 1.2 < high < 1.9


def test_twin_has_a_few_fast_guesses(twin):
    report = check(twin)
    assert 1 <= report.n_fast <= 3
    assert all(0.2 < time.rt < 0.3 for time in report.fast)


def test_a_seed_gives_the_same_twin(twin):
    pd.testing.assert_frame_equal(amasino2019_twin(2019).to_frame(), twin.to_frame())
    assert not np.array_equal(amasino2019_twin(1).rt[:100], twin.rt[:100])
