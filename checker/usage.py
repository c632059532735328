"""What the command line refuses, in our words: what is wrong, and how it is written."""

from __future__ import annotations

import re

import click

from checker.errors import NOWHERE, Problem, Text, nearest, say


def problem_of(error: click.ClickException) -> Problem:
    """The refusal of a command line as a problem."""
    return Problem(NOWHERE, "usage", *_said(error))


def _said(error: click.ClickException) -> tuple[Text, Text]:
    context = getattr(error, "ctx", None)
    match error:
        case click.exceptions.NoSuchCommand(command_name=name):
            return say("没有命令 `{n}`", "there is no command `{n}`", n=name), _one_of(name, _commands(context))
        case click.NoSuchOption(option_name=name):
            what = say("`{c}` 没有选项 `{n}`", "`{c}` has no option `{n}`", c=_command(context), n=name)
            return what, _one_of(name, [one for one in _options(context) if one.startswith("--")])
        case click.MissingParameter(param=click.Argument() as argument):
            what = say("没有写 `{a}`", "`{a}` is not given", a=argument.make_metavar(context or click.Context(click.Command(""))).strip("[]."))
            return what, _usage(context)
        case click.BadParameter(param=click.Parameter() as parameter):
            return _value(parameter, error.message, context)
        case click.BadOptionUsage(option_name=name) if "requires" in error.message:
            return say("`{n}` 后面没有值", "`{n}` has no value", n=name), say("写 `{n} …`", "write `{n} …`", n=name)
        case click.BadOptionUsage(option_name=name):
            return say("`{n}` 不带值", "`{n}` takes no value", n=name), say("只写 `{n}`", "write `{n}` alone", n=name)
    if found := re.match(r"Got unexpected extra arguments? \((.*)\)", error.message):
        return say("多写了 `{w}`", "there is too much: `{w}`", w=found[1]), _usage(context)
    if error.message.startswith("Missing command"):
        return say("没有写命令", "no command is given"), say("可写 {k}", "there are {k}", k=_ticks(_commands(context)))
    return say("命令写得不对", "the command line cannot be read"), _usage(context)


def _value(parameter: click.Parameter, message: str, context: click.Context | None) -> tuple[Text, Text]:
    """A value that an option or argument does not take."""
    named = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.make_metavar(context or click.Context(click.Command(""))).strip("[].")
    value = next(iter(re.findall(r"'([^']*)'", message)), "…")
    if isinstance(parameter.type, click.Choice):
        choices = [str(one) for one in parameter.type.choices]
        return say("`{n}` 不能是 `{v}`", "`{n}` cannot be `{v}`", n=named, v=value), _one_of(value, choices)
    if isinstance(parameter.type, click.Path) and "does not exist" in message:
        return say("没有 {v}", "there is no {v}", v=value), say("检查 `{n}` 的路径", "look at the path (`{n}`)", n=named)
    return say("`{n}` 不能是 `{v}`", "`{n}` cannot be `{v}`", n=named, v=value), _usage(context)


def _one_of(word: str, known: list[str]) -> Text:
    near = nearest(word, known)
    return say("是不是 `{m}`?", "did you mean `{m}`?", m=near) if near else say("可写 {k}", "there are {k}", k=_ticks(known))


def _ticks(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _commands(context: click.Context | None) -> list[str]:
    return sorted(context.command.commands) if context and isinstance(context.command, click.Group) else []


def _options(context: click.Context | None) -> list[str]:
    return [name for one in context.command.get_params(context) if isinstance(one, click.Option) for name in one.opts] if context else []


def _command(context: click.Context | None) -> str:
    return context.command_path if context else "checker"


def _usage(context: click.Context | None) -> Text:
    """How the command is written, and where its options stand."""
    pieces = context.command.collect_usage_pieces(context) if context else []
    line = " ".join([_command(context), *pieces])
    return say("写成 `{l}`;`{c} --help` 列出选项", "write `{l}`; `{c} --help` lists the options", l=line, c=_command(context))


__all__ = ["problem_of"]
