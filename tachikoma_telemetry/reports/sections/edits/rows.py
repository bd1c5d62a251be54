"""Rows of the section `edits`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ...meaning import Meaning, amount, lower, share, upper

_MODEL = Meaning("the model's id without its provider; null when it is not known")


@dataclass(frozen=True, slots=True)
class EditRow:
    """One edit format with one model."""

    model: Annotated[str | None, _MODEL]
    format: Annotated[str | None, Meaning("the edit format; null when it is not known")]
    attempts: Annotated[int, amount("attempts in this format whose result is known")]
    successes: Annotated[int, amount("attempts that succeeded")]
    success_rate: Annotated[
        float | None, share("successes over attempts of this format; null without any")
    ]
    success_low: Annotated[float | None, lower("successes", "attempts")]
    success_high: Annotated[float | None, upper("successes", "attempts")]
    edits: Annotated[
        int, amount("edits whose first attempt was in this format, and whose end is known")
    ]
    edits_succeeded: Annotated[int, amount("those whose last attempt, in any format, succeeded")]
    first_try_rate: Annotated[
        float | None, share("edits whose first attempt succeeded, over edits; null without any")
    ]
    attempts_per_edit: Annotated[
        float | None, amount("attempts of these edits, in any format, over edits; null without any")
    ]
    tokens_wasted: Annotated[
        int | None, amount("tokens of this format's failed attempts; null when none reported them")
    ]


@dataclass(frozen=True, slots=True)
class BestFormatRow:
    """The edit format to use with one model, and how sure that is."""

    model: Annotated[str | None, _MODEL]
    format: Annotated[str | None, Meaning("the best format; null when there is not enough data")]
    attempts: Annotated[int, amount("its attempts; without a best one, those of the most tried")]
    success_rate: Annotated[float | None, share("successes over attempts; null without a format")]
    evidence: Annotated[str, Meaning("what that rests on, one sentence")]
    successes: Annotated[int | None, amount("attempts that succeeded; null without a format")]
    edits: Annotated[
        int, amount("edits that began with it; without a best one, the most that began with one")
    ]
    first_tries: Annotated[
        int | None, amount("those whose first attempt succeeded; null without a format")
    ]
    first_try_rate: Annotated[
        float | None,
        share("first_tries over edits, what formats are compared by; null without a format"),
    ]
    first_try_low: Annotated[float | None, lower("first_tries", "edits")]
    first_try_high: Annotated[float | None, upper("first_tries", "edits")]
    clear: Annotated[
        bool | None,
        Meaning("whether it is ahead of every other format beyond chance; null without rivals"),
    ]
    rival: Annotated[str | None, Meaning("the format that comes closest; null without one")]
    rival_edits: Annotated[int | None, amount("edits that began with the rival; null without one")]
    rival_first_tries: Annotated[
        int | None, amount("those whose first attempt succeeded; null without one")
    ]
    lead_low: Annotated[
        float | None,
        Meaning(
            "lower end of the lead over the rival, 95 %, Newcombe with continuity correction; "
            "above 0 it is clear; null without a rival",
            -1,
            1,
        ),
    ]
