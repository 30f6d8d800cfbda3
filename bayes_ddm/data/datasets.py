"""Public data by name: fetched and verified, never shipped; and simulated twins of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.fetching import Source, locate
from bayes_ddm.data.read import read_cells, read_frame
from bayes_ddm.errors import InputError
from bayes_ddm.wiener.sampling import first_passage

# public by itself, as bd.datasets
__all__ = [
    "amasino2019",
    "amasino2019_frame",
    "amasino2019_twin",
    "cavanagh2011",
    "krajbich2010",
    "wagenmakers2008",
]


def __dir__() -> list[str]:
    return sorted(__all__)


AMASINO2019 = Source(
    name="amasino2019",
    repository="ccpluncw/ccpl_data_DDsim_2022",
    commit="6b15042c41783df3585650e9cb7c3b1ce1f89d96",
    file="amasinoEtAl_behavior_rep.csv",
    sha256="ed9056036fef9fd7c05e4fd8f385aa1ee658ad8accdca860dd5668260cf492b2",
)
KRAJBICH2010 = Source(
    name="krajbich2010",
    repository="shenlirobot/linear_bandits_response_time",
    commit="fa93263695c51e30e14b9e32dc44446fd47b86cb",
    file="data/KrajbichDataset.csv",
    sha256="fc8e4340eaf1a37879f3683c98499604c872d4a9f2b00d703587e04f3c095596",
)

CAVANAGH2011 = Source(
    name="cavanagh2011",
    repository="hddm-devs/hddm",
    commit="19feaa9849619931d306094b48d9803ef9c8d0bd",
    file="hddm/examples/cavanagh_theta_nn.csv",
    sha256="52193c5a6f7a1712369dfa5d6df10007fa49d8b8d501a0cbc4a3c58046314706",
)
WAGENMAKERS2008 = Source(
    name="wagenmakers2008",
    repository="ben-domingue/rt_data",
    commit="cbd13e9e29b7617aadabc70a4c435da3f7269136",
    file="data/speed_acc.txt",
    sha256="1b8e19be32e7a4469c4f2b70fb535854d1cb22e7e2da5903ca011b2ac788ca58",
)

AMASINO_COLUMNS = [
    "labeler",
    "amount_now",
    "amount_later",
    "delay_now",
    "delay_later",
    "choice",
    "rt",
    "side",
    "condition",
]
AMASINO_FEATURES = ("d_amount", "d_delay")
DEADLINE = 10.0
NO_RESPONSE = "no response within 10 s"


def amasino2019(
    path: str | Path | None = None,
    *,
    labelers: Literal["published", "all"] = "published",
    verify: bool = True,
    cache: str | Path | None = None,
) -> Choices:
    """Choices between $10 later and less money now (Amasino et al. 2019, replication sample).

    Parameters
    ----------
    path : str or Path, optional
        The raw file. Without it the file is downloaded once from its public address.
    labelers : {"published", "all"}
        ``"published"`` leaves out the labelers who always chose the same option, as in arXiv
        2605.06987: 98 labelers and 13,793 choices. ``"all"`` keeps all 100.
    verify : bool
        Refuse a file at ``path`` whose sha256 is not that of the public one.
    cache : str or Path, optional
        Folder for the download; the user's cache folder by default.

    Returns
    -------
    Choices
        +1 is "later". Features ``d_amount``, dollars later minus dollars now, and ``d_delay``, the
        delay of "later" in days. ``dropped`` says what was left out.

    Raises
    ------
    InputError
        If the file is missing, is another one, or cannot be downloaded.

    References
    ----------
    Amasino, Sullivan, Kranton & Huettel (2019), Nature Human Behaviour 3:383-392,
    doi:10.1038/s41562-019-0537-2.

    Examples
    --------
    >>> amasino2019("raw.csv")  # doctest: +SKIP
    Choices: 13,793 choices by 98 labelers, median response time 1.84 s, ...
    """
    if labelers not in ("published", "all"):
        raise InputError(f"unknown labelers {labelers!r}; use 'published' or 'all'.")
    frame = amasino2019_frame(path, verify=verify, cache=cache)
    answered = frame[frame["choice"].notna() & frame["rt"].notna()]
    dropped = {NO_RESPONSE: len(frame) - len(answered)}
    if labelers == "published":
        kinds = answered.groupby("labeler")["choice"].transform("nunique")
        names = ", ".join(str(n) for n in answered.loc[kinds == 1, "labeler"].unique())
        dropped[f"labelers {names} always chose one option"] = int((kinds == 1).sum())
        answered = answered[kinds > 1]
    choices = Choices.from_frame(
        answered,
        labeler="labeler",
        features=["amount_later-amount_now", "delay_later-delay_now"],
    )
    return replace(
        choices,
        feature_names=AMASINO_FEATURES,
        dropped={reason: n for reason, n in dropped.items() if n},
        row=answered.index.to_numpy()[choices.row],
    )


def amasino2019_frame(
    path: str | Path | None = None, *, verify: bool = True, cache: str | Path | None = None
) -> pd.DataFrame:
    """Return the raw table behind `amasino2019`, unfiltered, with names for its columns.

    Parameters are those of `amasino2019`.

    Returns
    -------
    DataFrame
        14,100 rows: labeler; amount_now and amount_later in dollars; delay_now and delay_later in
        days; choice (1 is "later", NaN no response); rt in seconds; side of the screen; condition
        (1 neutral, 2 social).

    Raises
    ------
    InputError
        As in `amasino2019`.
    """
    return read_frame(locate(AMASINO2019, path, verify, cache), names=AMASINO_COLUMNS)


def krajbich2010(
    path: str | Path | None = None, *, verify: bool = True, cache: str | Path | None = None
) -> Choices:
    """Choices between two snacks whose liking was rated before (Krajbich et al. 2010).

    Parameters are those of `amasino2019`.

    Returns
    -------
    Choices
        39 labelers and 3,791 choices; +1 is "left". Feature ``d_rating``: liking of the left snack
        minus that of the right one.

    Raises
    ------
    InputError
        As in `amasino2019`.

    References
    ----------
    Krajbich, Armel & Rangel (2010), Nature Neuroscience 13:1292-1298.

    Examples
    --------
    >>> krajbich2010("raw.csv")  # doctest: +SKIP
    Choices: 3,791 choices by 39 labelers, median response time 1.66 s, features d_rating
    """
    frame = read_frame(locate(KRAJBICH2010, path, verify, cache))
    choices = Choices.from_frame(
        frame, labeler="subject", features=["leftrating-rightrating"], rt_unit="ms"
    )
    return replace(choices, feature_names=("d_rating",))


def cavanagh2011(
    path: str | Path | None = None, *, verify: bool = True, cache: str | Path | None = None
) -> Choices:
    """Choices between options that were rewarded more or less often (Cavanagh et al. 2011).

    Parameters are those of `amasino2019`.

    Returns
    -------
    Choices
        14 labelers and 3,988 choices; +1 is the option that was rewarded more often. Covariates
        ``stim`` (both options good, WW, both bad, LL, or one of each, WL), ``conf`` (HC where they
        are alike, LC), ``theta`` (frontal power in that trial, z-scored) and ``dbs`` (brain
        stimulation, 1 or 0).

    Raises
    ------
    InputError
        As in `amasino2019`.

    References
    ----------
    Cavanagh et al. (2011), Nature Neuroscience 14:1462-1467.

    Examples
    --------
    >>> cavanagh2011("raw.csv")  # doctest: +SKIP
    Choices: 3,988 choices by 14 labelers, median response time 1.24 s
    """
    return Choices.from_frame(
        read_frame(locate(CAVANAGH2011, path, verify, cache)),
        choice="response",
        labeler="subj_idx",
        covariates=["stim", "conf", "theta", "dbs"],
    )


def wagenmakers2008(
    path: str | Path | None = None, *, verify: bool = True, cache: str | Path | None = None
) -> Choices:
    """Words told from other strings of letters, fast or accurately (Wagenmakers et al. 2008).

    Parameters are those of `amasino2019`.

    Returns
    -------
    Choices
        17 labelers and 31,351 choices; +1 is "word". Covariates ``condition`` (speed, accuracy),
        ``stim_cat`` (word, nonword), ``frequency`` (of the word, or of the word that the string was
        made from) and ``block``. What the authors left out, times below 0.18 s and above 3 s, is
        dropped and counted.

    Raises
    ------
    InputError
        As in `amasino2019`.

    References
    ----------
    Wagenmakers, Ratcliff, Gomez & McKoon (2008), Journal of Memory and Language 58:140-159.

    Examples
    --------
    >>> wagenmakers2008("raw.txt")  # doctest: +SKIP
    Choices: 31,351 choices by 17 labelers, median response time 0.563 s, ...
    """
    raw = locate(WAGENMAKERS2008, path, verify, cache)
    frame = read_cells(raw, separator=" ")
    for column in ("censor", "response", "rt"):
        if column not in frame:
            raise InputError(
                f"no column {column!r} in {str(raw)!r}: is it the wagenmakers2008 file?"
            )
    left_out = frame["censor"] == "TRUE"
    included = frame[~left_out].assign(
        rt=lambda rows: pd.to_numeric(rows["rt"], errors="coerce"),
        block=lambda rows: pd.to_numeric(rows["block"], errors="coerce"),
    )
    choices = Choices.from_frame(
        included,
        choice="response",
        positive="word",
        labeler="id",
        covariates=["condition", "stim_cat", "frequency", "block"],
    )
    counted = {"left out by the authors": int(left_out.sum())} if left_out.any() else {}
    return replace(choices, dropped=counted | dict(choices.dropped))


def _log_normal(low: float, high: float, score: FloatArray) -> FloatArray:
    """Log-normal variates whose middle 90 % is that interval, from standard normal scores."""
    middle, half = math.log(low * high) / 2, math.log(high / low) / 2
    return np.exp(middle + half * score / 1.6448536269514722)


def _amasino_design() -> FloatArray:
    """Comparisons of `amasino2019_twin`: (d_amount, d_delay), one a row."""
    now = [0.5, 0.75, *np.arange(1.0, 10.0, 0.5)]
    delays = [1, 7, 15, 30, 90, 180, 365]
    grid: Sequence[tuple[float, float]] = [(10 - a, d) for d in delays for a in now]
    return np.array([*grid, (0.0, 1.0)])


def amasino2019_twin(seed: int = 2019) -> Choices:
    """Simulate a data set like `amasino2019`, from a diffusion whose every parameter is known.

    Parameters
    ----------
    seed : int
        The same seed gives the same data.

    Returns
    -------
    Choices
        98 labelers, 141 comparisons each, less the few without a response within 10 s.

    Notes
    -----
    *Design.* $10 later against less now: $0.50, $0.75, and $1 to $9.50 by $0.50, each crossed with
    delays of 1, 7, 15, 30, 90, 180 and 365 days; and $10 now against $10 tomorrow. Every labeler
    answers every comparison once, in an order of their own.

    *Labelers.* Preferences are normal: 0.20 (sd 0.06) per dollar and -0.0005 (sd 0.002) per day, in
    drift units. Boundary and non-decision time are log-normal with correlation 0.5 of their logs,
    and have the middle 90 % of the real labelers': 1.1 to 1.9, and 0.35 to 1.2 s. Three responses
    are fast guesses: either option, after 0.2 to 0.3 s.

    *Matched* to the real sample, at the default seed to within a tenth: the 5, 50 and 95 % points
    of response times (0.78, 1.82 and 4.60 s) and the share of "later" (0.85). *Not matched*:
    anything else, such as the shape of the preferences' distribution or changes over the session.

    Examples
    --------
    >>> twin = amasino2019_twin()
    >>> twin.n_labelers, twin.feature_names
    (98, ('d_amount', 'd_delay'))
    """
    rng = np.random.default_rng(seed)
    n_labelers, design = 98, _amasino_design()
    preference = rng.normal([0.20, -0.0005], [0.06, 0.002], (n_labelers, 2))
    caution = rng.normal(size=n_labelers)
    boundary = _log_normal(1.1, 1.9, caution)
    ndt = _log_normal(0.35, 1.2, 0.5 * caution + math.sqrt(0.75) * rng.normal(size=n_labelers))
    order = rng.permuted(np.tile(np.arange(len(design)), (n_labelers, 1)), axis=1)
    labeler = np.repeat(np.arange(n_labelers), len(design))
    psi = design[order].reshape(-1, 2)

    drift = (psi * preference[labeler]).sum(axis=1)
    choice, decision_time = first_passage(drift, boundary[labeler], rng)
    rt = decision_time + ndt[labeler]
    guess = rng.choice(len(rt), 3, replace=False)
    choice[guess], rt[guess] = rng.choice([-1, 1], 3), rng.uniform(0.2, 0.3, 3)

    frame = pd.DataFrame({"choice": choice, "rt": rt, "labeler": labeler + 1})
    frame[list(AMASINO_FEATURES)] = psi
    choices = Choices.from_frame(
        frame.assign(rt=frame["rt"].where(frame["rt"] < DEADLINE)),
        labeler="labeler",
        features=AMASINO_FEATURES,
    )
    return replace(choices, dropped={NO_RESPONSE: sum(choices.dropped.values())})
