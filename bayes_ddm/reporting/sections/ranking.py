"""Models compared by how they predict a labeler left out."""

from __future__ import annotations

from dataclasses import replace

from bayes_ddm.display import Block, Missing, Words
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study

LEFT_OUT = "leave one out"


def ranking(study: Study) -> Section:
    """Rank the fits, and say how far each one's score can be trusted."""
    order = study.ranking
    numbers = {}
    blocks: list[Block]
    if isinstance(order, Unknown):
        blocks = [Missing("ranking", order.reason)]
    else:
        blocks = [
            *order.blocks(),
            Words(
                "Each labeler is left out with all their choices, their own preferences integrated "
                "out: the score is that of predicting a person, not a row."
            ),
        ]
        numbers = {
            "ranking": order.table.rename_axis("fit").reset_index().to_dict("records"),
            "steps": order.steps.rename_axis("fit").reset_index().to_dict("records"),
        }
    summary = Part(tuple(blocks), "", numbers)
    scores = study.for_each(lambda results: _score(results, shown=not study.several))
    if study.several:
        lines = [Words(f"{r.name}: {r.finding(LEFT_OUT).sentence}") for r in study.fits]
        summary = replace(summary, blocks=(*summary.blocks, *lines))
    return Section("ranking", "Model comparison", (summary, *scores))


def _score(results: Results, *, shown: bool) -> Part:
    loo, finding = results.diagnosis.loo, results.finding(LEFT_OUT)
    if loo is None:
        missing = Missing(LEFT_OUT, finding.sentence)
        return Part((missing,), results.name, shown=shown)
    numbers = {
        "elpd": loo.elpd,
        "se": loo.se,
        "p": loo.p,
        "n": loo.n,
        "pareto_k_threshold": loo.threshold,
        "doubtful": [str(name) for name in loo.bad],
    }
    return Part(finding.blocks(), results.name, numbers, shown=shown)
