"""Attributes by OpenTelemetry's conventions for generative AI, as of October 2026.

The names are written out: the conventions are in development, and the constants that packages have
for them are deprecated. What the conventions have no name for begins with ``tachikoma.``.
"""

from __future__ import annotations

import sqlite3

from .span import Value, known

# OpenCode's names of providers, where the conventions have others.
_PROVIDERS = {
    "amazon-bedrock": "aws.bedrock",
    "azure": "azure.ai.openai",
    "google": "gcp.gemini",
    "google-vertex": "gcp.vertex_ai",
    "google-vertex-anthropic": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "moonshotai": "moonshot_ai",
    "xai": "x_ai",
}

# Outcomes of a call that are errors, by their `error.type`.
ERRORS = frozenset({"failed", "timed_out", "invalid"})
ABORTED = frozenset({"MessageAbortedError", "aborted"})


def model_names(model: str | None, provider: str | None = None) -> dict[str, Value]:
    """The provider and the model's own name, of ``provider/model``."""
    if not model:
        return {}
    before, slash, _ = model.partition("/")
    provider = provider or (before if slash else None)
    return known(
        {
            "gen_ai.provider.name": _PROVIDERS.get(provider, provider) if provider else None,
            "gen_ai.request.model": model.removeprefix(f"{provider}/"),
        }
    )


def usage(message: sqlite3.Row) -> dict[str, Value]:
    """Tokens of a step. OpenCode's input is without the cache, its output without reasoning; the
    conventions' totals are with both.
    """
    read, write = message["tokens_cache_read"], message["tokens_cache_write"]
    reasoning = message["tokens_reasoning"]
    return known(
        {
            "gen_ai.usage.input_tokens": _total(message["tokens_input"], read, write),
            "gen_ai.usage.output_tokens": _total(message["tokens_output"], reasoning),
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.cache_write.input_tokens": write,
            "gen_ai.usage.reasoning.output_tokens": reasoning,
        }
    )


def _total(first: int | None, *others: int | None) -> int | None:
    return None if first is None else first + sum(each or 0 for each in others)


def skill_of_call(call: sqlite3.Row) -> tuple[str, dict[str, Value]]:
    """What follows the tool in the name of a call's span, and the attributes: of a load, of a call
    that read a skill's SKILL.md, and of a command that ran a skill's file.
    """
    for skill, resource in (
        (call["skill"], None),
        (call["read_skill"], "SKILL.md"),
        (call["script_skill"], call["script"]),
    ):
        if skill:
            names = known({"gen_ai.skill.name": skill, "gen_ai.skill.resource.name": resource})
            # A resource is never left out of a name that has the skill.
            return "".join(f" {name}" for name in names.values()), names
    return "", {}
