"""Rows of the section `edits`."""

from dataclasses import dataclass
from typing import Literal

from ...meaning import amount, lower, meaning, share, upper

_MODEL = "the model's id without its provider; null when it is not known"


@dataclass(frozen=True, slots=True)
class EditRow:
    """One edit format with one model."""

    model: str | None = meaning(_MODEL)
    format: str | None = meaning("the edit format; null when it is not known")
    attempts: int = amount("attempts in this format whose result is known")
    successes: int = amount("attempts that succeeded")
    success_rate: float | None = share("successes over attempts of this format; null without any")
    success_low: float | None = lower("successes", "attempts")
    success_high: float | None = upper("successes", "attempts")
    edits: int = amount("edits whose first attempt was in this format, and whose end is known")
    edits_succeeded: int = amount("those whose last attempt, in any format, succeeded")
    first_try_rate: float | None = share(
        "edits whose first attempt succeeded, over edits; null without any"
    )
    attempts_per_edit: float | None = amount(
        "attempts of these edits, in any format, over edits; null without any"
    )
    tokens_wasted: int | None = amount(
        "tokens of this format's failed attempts; null when none reported them"
    )


@dataclass(frozen=True, slots=True)
class BestFormatRow:
    """The edit format to use with one model, and how sure that is."""

    model: str | None = meaning(_MODEL)
    format: str | None = meaning(
        "the best format: the only one with enough edits, or the one that is clearly ahead of "
        "every other; else null"
    )
    attempts: int = amount("attempts of the one that leads; without one, of the most tried")
    success_rate: float | None = share("successes over attempts; null without a leader")
    evidence: str = meaning("what that rests on, one sentence")
    successes: int | None = amount("attempts that succeeded; null without a leader")
    edits: int = amount(
        "edits that began with the leader; without one, the most that began with one"
    )
    first_tries: int | None = amount("those whose first attempt succeeded; null without a leader")
    first_try_rate: float | None = share(
        "first_tries over edits, what formats are compared by; null without a leader"
    )
    first_try_low: float | None = lower("first_tries", "edits")
    first_try_high: float | None = upper("first_tries", "edits")
    clear: bool | None = meaning(
        "whether it is ahead of every other format beyond chance; null without rivals"
    )
    rival: str | None = meaning("the format with the next highest first_try_rate; null without one")
    rival_edits: int | None = amount("edits that began with the rival; null without one")
    rival_first_tries: int | None = amount("those whose first attempt succeeded; null without one")
    lead_low: float | None = meaning(
        "lower end of the lead over the rival (see format_pairs); above 0 it is clear; null "
        "without a rival, or with fewer than 5 sessions",
        -1,
        1,
    )
    lead_high: float | None = meaning("upper end of it; null likewise", -1, 1)
    leading: str | None = meaning(
        "the format with the highest first_try_rate; null when there is not enough data"
    )
    behind: list[str] = meaning(
        "formats that another one is clearly ahead of, the best of them first"
    )
    edits_needed: int | None = amount(
        "about how many more edits would show the lead over the rival in 4 of 5 histories, if it "
        "is as it looks, and 10 points at least; null with a verdict, or when not known"
    )
    edits_needed_of: str | None = meaning(
        "the format that they have to begin with; null for both in equal parts"
    )


PairVerdict = Literal["ahead", "same", "can't tell yet"]


@dataclass(frozen=True, slots=True)
class FormatPairRow:
    """Two edit formats with one model; the first has the higher rate of first tries."""

    model: str | None = meaning(_MODEL)
    format: str = meaning("the format with the higher rate")
    other: str = meaning("the other one")
    edits: int = amount("edits that began with the first")
    first_tries: int = amount("those whose first attempt succeeded")
    other_edits: int = amount("edits that began with the other")
    other_first_tries: int = amount("those whose first attempt succeeded")
    sessions: int = amount("sessions with edits that began with the first")
    other_sessions: int = amount("sessions with edits that began with the other")
    people: int | None = amount(
        "people with edits that began with the first: with several in a report, people are "
        "the units, and not sessions; null in the report of one"
    )
    other_people: int | None = amount("people with edits that began with the other; null likewise")
    lead: float = meaning(
        "the difference of the two rates; of several people, inside what each did", -1, 1
    )
    lead_low: float | None = meaning(
        "lower end of the lead's interval; all of a model's hold the truth together in 95 % of "
        "histories, however often you look; null with fewer than 5 sessions (or people)",
        -1,
        1,
    )
    lead_high: float | None = meaning("upper end of that interval; null likewise", -1, 1)
    chance: float = share("how often chance alone gets so far at any time; 1 when not known")
    verdict: PairVerdict = meaning(
        "ahead beyond chance; same when the interval is within 10 points; else unknown"
    )
    edits_needed: int | None = amount(
        "about how many more edits would show the lead in 4 of 5 histories if it is as it "
        "looks, and 10 points at least; null with a verdict, or when not known"
    )
    edits_needed_of: str | None = meaning(
        "the format that they have to begin with; null for both in equal parts"
    )
