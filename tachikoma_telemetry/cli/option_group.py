"""Options that belong together, as one parameter of a command.

    @dataclass(frozen=True)
    class FilterOptions(OptionGroup):
        since: Annotated[str | None, typer.Option(help="…")] = None

    def report_command(filters: FilterOptions) -> None: ...

    app.command("report")(ungrouped(report_command))

gives `report` the option ``--since``, and the function a `FilterOptions`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from dataclasses import fields
from inspect import Parameter
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

import typer
from typer.core import TyperCommand

from .conversion import spare_conversion


def value_option(
    help: str, metavar: str, *names: str, complete: Callable[[str], list[str]] | None = None
) -> Any:
    """An option that takes a value, and whose default the help says in words.

    Without `names` it is called as its parameter; `complete` is what the shell may offer for the
    beginning of a value.
    """
    return typer.Option(
        *names, help=help, metavar=metavar, show_default=False, autocompletion=complete
    )


def one_of(word: str, words: tuple[Any, ...], option: str | None = None) -> Any:
    """The value of an option that takes one of a few words, if it is one of them."""
    if word not in words:
        raise typer.BadParameter(f"{word!r} is none of {', '.join(words)}", param_hint=option)
    return word


class OptionGroup:
    """Options of a command; a dataclass, one field an option.

    Attributes:
        panel: where the help shows them; None is where each option says.

    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Any]]
    panel: ClassVar[str | None] = None

    @classmethod
    def parameters(cls) -> list[Parameter]:
        """Its options, as typer reads them from a function's signature."""
        hints = get_type_hints(cls, include_extras=True)
        return [
            Parameter(
                each.name, Parameter.KEYWORD_ONLY, default=each.default, annotation=hints[each.name]
            )
            for each in fields(cls)
        ]


def _options(group: type[OptionGroup]) -> list[Parameter]:
    """Its options, in its panel."""
    if group.panel is None:
        return group.parameters()
    return [_in_panel(each, group.panel) for each in group.parameters()]


def _in_panel(parameter: Parameter, panel: str) -> Parameter:
    # Another command may share the option.
    option = copy(parameter.annotation.__metadata__[0])
    option.rich_help_panel = panel
    kind = get_args(parameter.annotation)[0]
    return parameter.replace(annotation=Annotated[kind, option])


def ungrouped(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the options of its groups as parameters of its own."""
    own = inspect.signature(command, eval_str=True).parameters.values()
    groups: dict[str, tuple[type[OptionGroup], list[Parameter]]] = {}
    parameters: list[Parameter] = []
    for each in own:
        group = each.annotation
        if isinstance(group, type) and issubclass(group, OptionGroup):
            groups[each.name] = group, _options(group)
            parameters += groups[each.name][1]
        else:
            parameters.append(each.replace(kind=Parameter.KEYWORD_ONLY))

    def flat(**given: Any) -> None:
        made = {
            name: group(**{each.name: given.pop(each.name) for each in options})
            for name, (group, options) in groups.items()
        }
        command(**given, **made)

    flat.__doc__ = command.__doc__
    # What `inspect.signature` looks for first; the types of Python do not know it.
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {each.name: each.annotation for each in parameters}
    return flat


class CheckedCommand(TyperCommand):
    """A command none of whose options takes an empty value.

    A script whose variable is unset would ask for everything, or for nothing, with success; and the
    empty path is the working folder.
    """

    # A context is click's class in some versions of typer, and typer's own in others.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse them; an empty word is found before a type makes something of it."""
        spare_conversion(self.get_params(ctx))
        if args and not ctx.resilient_parsing:
            given, _, _ = self.make_parser(ctx).parse_args(args=[*args])
            for each in self.params:
                values = given.get(each.name or "")
                words = values if isinstance(values, list | tuple) else [values]
                if any(isinstance(word, str) and not word.strip() for word in words):
                    message = "it is empty; name what is meant, or leave it out"
                    raise typer.BadParameter(message, ctx=ctx, param_hint=_called(each))
        return super().parse_args(ctx, args)


def _called(parameter: Any) -> str:
    """A parameter as the user knows it."""
    option = max(parameter.opts, key=len)
    return str(option if option.startswith("-") else parameter.metavar or parameter.name)


class PanelledCommand(CheckedCommand):
    """A command whose help shows its options in panels, by their ``rich_help_panel``."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and then the panels, each where its first option is."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record is not None:
                other = "Arguments" if each.param_type_name == "argument" else "Options"
                panel = getattr(each, "rich_help_panel", None) or other
                panels.setdefault(panel, []).append(record)
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)
