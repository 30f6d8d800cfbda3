"""Words of other libraries for what `fit` takes, and what they are called here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bayes_ddm.errors import InputError

_SEPARATION = "half the separation"

# PyMC, nutpie, bambi, HSSM, brms and CausalPy; EMC2 and rtdists for parameters
HERE: Mapping[str, str] = MappingProxyType(
    {
        "random_seed": "seed",
        "progressbar": "progress",
        "progress_bar": "progress",
        "nuts_sampler": "sampler",
        "inference_method": "sampler",
        "initvals": "init, a dict of values to start near",
        "maxdepth": "max_treedepth",
        "warmup": "tune",
        "num_warmup": "tune",
        "iter": "draws, counted without tuning",
        "num_samples": "draws",
        "idata_kwargs": "bd.extend(fit), once it is made",
        "sample_kwargs": "draws, tune, chains, seed and the like, each by itself",
        "nuts": "target_accept and max_treedepth, each by itself",
        "adapt_delta": "target_accept",
        "priors": "by the parameter: sigma=pm.HalfNormal.dist(1)",
        "include": "drift, boundary, ndt and start, a formula each",
        "formula": "drift",
        "data": "choices, the first argument",
        "p_outlier": "lapse",
        "a": f"boundary ({_SEPARATION}, as HSSM's a)",
        "bs": f"boundary ({_SEPARATION}: brms's bs / 2)",
        "alpha": f"boundary ({_SEPARATION}: alpha / 2)",
        "t": "ndt",
        "t0": "ndt",
        "ter": "ndt",
        "tau": "ndt",
        "z": "start (0 to 1, from the bound -1 to the bound +1)",
        "Z": "start (0 to 1, from the bound -1 to the bound +1)",
        "bias": "start (0 to 1, from the bound -1 to the bound +1)",
        "v": "drift, a formula; its average is mu, or theta with features",
        "delta": "drift, a formula; its average is mu, or theta with features",
        "sv": "drift_noise",
    }
)


def refuse_spellings(names: Iterable[str], known: Iterable[str] = ()) -> None:
    """Raise `InputError` at another library's word, unless the model itself has it.

    Examples
    --------
    >>> refuse_spellings(["random_seed"])
    Traceback (most recent call last):
    bayes_ddm.errors.InputError: fit has no 'random_seed'; here it is called seed.
    """
    has = set(known)
    for name in names:
        if name in HERE and name not in has:
            raise InputError(f"fit has no {name!r}; here it is called {HERE[name]}.")
