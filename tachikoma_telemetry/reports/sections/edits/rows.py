"""Rows of the section `edits`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

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
    format: Annotated[
        str | None,
        Meaning(
            "the best format: the only one with enough edits, or the one that is clearly ahead of "
            "every other; else null"
        ),
    ]
    attempts: Annotated[
        int, amount("attempts of the one that leads; without one, of the most tried")
    ]
    success_rate: Annotated[float | None, share("successes over attempts; null without a leader")]
    evidence: Annotated[str, Meaning("what that rests on, one sentence")]
    successes: Annotated[int | None, amount("attempts that succeeded; null without a leader")]
    edits: Annotated[
        int, amount("edits that began with the leader; without one, the most that began with one")
    ]
    first_tries: Annotated[
        int | None, amount("those whose first attempt succeeded; null without a leader")
    ]
    first_try_rate: Annotated[
        float | None,
        share("first_tries over edits, what formats are compared by; null without a leader"),
    ]
    first_try_low: Annotated[float | None, lower("first_tries", "edits")]
    first_try_high: Annotated[float | None, upper("first_tries", "edits")]
    clear: Annotated[
        bool | None,
        Meaning("whether it is ahead of every other format beyond chance; null without rivals"),
    ]
    rival: Annotated[
        str | None, Meaning("the format with the next highest first_try_rate; null without one")
    ]
    rival_edits: Annotated[int | None, amount("edits that began with the rival; null without one")]
    rival_first_tries: Annotated[
        int | None, amount("those whose first attempt succeeded; null without one")
    ]
    lead_low: Annotated[
        float | None,
        Meaning(
            "lower end of the lead over the rival (see format_pairs); above 0 it is clear; null "
            "without a rival, or with fewer than 5 sessions",
            -1,
            1,
        ),
    ]
    lead_high: Annotated[float | None, Meaning("upper end of it; null likewise", -1, 1)]
    leading: Annotated[
        str | None,
        Meaning("the format with the highest first_try_rate; null when there is not enough data"),
    ]
    behind: Annotated[
        list[str], Meaning("formats that another one is clearly ahead of, the best of them first")
    ]
    edits_needed: Annotated[
        int | None,
        amount(
            "about how many more edits would show the lead over the rival in 4 of 5 histories, if "
            "it is as it looks, and 10 points at least; null with a verdict, or when not known"
        ),
    ]
    edits_needed_of: Annotated[
        str | None, Meaning("the format that they have to begin with; null for both in equal parts")
    ]


PairVerdict = Literal["ahead", "same", "can't tell yet"]


@dataclass(frozen=True, slots=True)
class FormatPairRow:
    """Two edit formats with one model; the first has the higher rate of first tries."""

    model: Annotated[str | None, _MODEL]
    format: Annotated[str, Meaning("the format with the higher rate")]
    other: Annotated[str, Meaning("the other one")]
    edits: Annotated[int, amount("edits that began with the first")]
    first_tries: Annotated[int, amount("those whose first attempt succeeded")]
    other_edits: Annotated[int, amount("edits that began with the other")]
    other_first_tries: Annotated[int, amount("those whose first attempt succeeded")]
    sessions: Annotated[int, amount("sessions with edits that began with the first")]
    other_sessions: Annotated[int, amount("sessions with edits that began with the other")]
    people: Annotated[
        int | None,
        amount(
            "people with edits that began with the first: with several in a report, people are "
            "the units, and not sessions; null in the report of one"
        ),
    ]
    other_people: Annotated[
        int | None, amount("people with edits that began with the other; null likewise")
    ]
    lead: Annotated[
        float,
        Meaning("the difference of the two rates; of several people, inside what each did", -1, 1),
    ]
    lead_low: Annotated[
        float | None,
        Meaning(
            "lower end of the lead's interval; all of a model's hold the truth together in 95 % of "
            "histories, however often you look; null with fewer than 5 sessions (or people)",
            -1,
            1,
        ),
    ]
    lead_high: Annotated[float | None, Meaning("upper end of that interval; null likewise", -1, 1)]
    chance: Annotated[
        float, share("how often chance alone gets so far at any time; 1 when not known")
    ]
    verdict: Annotated[
        PairVerdict,
        Meaning("ahead beyond chance; same when the interval is within 10 points; else unknown"),
    ]
    edits_needed: Annotated[
        int | None,
        amount(
            "about how many more edits would show the lead in 4 of 5 histories if it is as it "
            "looks, and 10 points at least; null with a verdict, or when not known"
        ),
    ]
    edits_needed_of: Annotated[
        str | None, Meaning("the format that they have to begin with; null for both in equal parts")
    ]
