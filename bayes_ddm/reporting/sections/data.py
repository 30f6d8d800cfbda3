"""The data, and what was dropped from them."""

from __future__ import annotations

from dataclasses import replace

from bayes_ddm.display import Block, Words
from bayes_ddm.estimators.screening import check
from bayes_ddm.plots import response_times
from bayes_ddm.reporting.drawing import picture
from bayes_ddm.reporting.results import Results
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def data(study: Study) -> Section:
    """Describe the choices: once if all fits are of the same."""
    if study.same_data:
        parts: tuple[Part, ...] = (_of_fit(study.fits[0], ""),)
    else:
        parts = study.for_each(lambda results: _of_fit(results, results.name))
    return Section("data", "Data, and what was dropped", parts)


def _of_fit(results: Results, name: str) -> Part:
    choices = results.posterior.choices
    if choices.condensed:
        words = Words("The choices are condensed: weighted rows stand for them.")
        return Part((*choices.blocks()[:1], words), name, {"n_choices": choices.n_choices})
    screening = check(choices)
    plus, minus = choices.origin.options
    dropped = sum(screening.dropped.values())
    labelers = "anonymous" if screening.n_labelers is None else f"{screening.n_labelers:,}"
    text = f"{screening.n_choices:,} choices by {labelers} labelers"
    text += (
        f"; {dropped:,} were dropped, for the reasons below."
        if dropped
        else "; none were dropped in reading them."
    )
    blocks: list[Block] = [
        Words(text),
        replace(*screening.blocks(), caption="What is in the table."),
        picture(
            lambda: response_times(choices, options=choices.origin.options),
            alt=f"Histograms of response times: {screening.share_positive:.0%} of choices are "
            f"{plus}; half of all are faster than {screening.rt_quantiles[0.5]:.3g} s.",
            caption=f"Upwards: choices of {plus}; downwards: of {minus}. Look for a "
            "second hump, or times piled up at one end: the diffusion has neither.",
        ),
    ]
    return Part(tuple(blocks), name, screening.to_dict())
