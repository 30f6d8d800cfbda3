"""Models compared by how they predict a labeler left out."""

from __future__ import annotations

from dataclasses import replace

from bayes_ddm.checks.finding import Finding
from bayes_ddm.display import Block, Missing, Words
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.section import Part, Section
from bayes_ddm.reporting.study import Study


def ranking(study: Study) -> Section:
    """Rank the fits, and say how far each one's score can be trusted."""
    found = study.ranking
    numbers = {}
    blocks: list[Block]
    if isinstance(found, Unknown):
        blocks = [Missing("ranking", found.reason)]
    else:
        blocks = [
            *found.blocks(),
            Words(
                "Each labeler is left out with all their choices, their own preferences integrated "
                "out: the score is that of predicting a person, not a row."
            ),
        ]
        numbers = {
            "ranking": found.table.rename_axis("fit").reset_index().to_dict("records"),
            "steps": found.steps.rename_axis("fit").reset_index().to_dict("records"),
        }
    whole = Part(tuple(blocks), "", numbers)
    each = study.for_each(lambda results: _score(results, shown=not study.several))
    if study.several:
        said = [Words(f"{results.name}: {_left_out(results).sentence}") for results in study.fits]
        whole = replace(whole, blocks=(*whole.blocks, *said))
    return Section("ranking", "Model comparison", (whole, *each))


def _left_out(results: Results) -> Finding:
    return next(f for f in results.diagnosis.findings if f.name == "leave one out")


def _score(results: Results, *, shown: bool) -> Part:
    found, finding = results.diagnosis.loo, _left_out(results)
    if found is None:
        missing = Missing("leave one out", finding.sentence)
        return Part((missing,), results.name, shown=shown)
    numbers = {
        "elpd": found.elpd,
        "se": found.se,
        "p": found.p,
        "n": found.n,
        "pareto_k_threshold": found.threshold,
        "doubtful": [str(name) for name in found.bad],
    }
    return Part(finding.blocks(), results.name, numbers, shown=shown)
