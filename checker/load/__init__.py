"""Files people write -> the book: policies, record types, profiles, documents; or everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from checker.errors import CheckerError, Problem, Where, nearest, refuse, say
from checker.load import strict
from checker.load.check import check_book
from checker.load.problems import problems_of
from checker.load.strict import Source
from checker.policy.files import FORMATS, Catalogue, Profile
from checker.policy.kinds import Base, PolicyFile
from checker.policy.records import RecordType

MODELS: dict[str, type[BaseModel]] = {"policies/1": PolicyFile, **FORMATS}
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Loaded:
    """One file: its model, or None where it has problems, and the places in it."""

    source: Source
    model: Any


@dataclass(frozen=True)
class Book:
    """Everything that policies are made of. `places` finds the file and path of each policy, record type and profile."""

    policies: tuple[Base, ...] = ()
    records: dict[str, RecordType] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    catalogue: Catalogue | None = None
    places: dict[tuple[str, str], tuple[Source, tuple[str | int, ...]]] = field(default_factory=dict)


def read(path: Path) -> Loaded:
    """Read one file by the format that it names."""
    name = path.as_posix()
    try:
        source = strict.read(path.read_bytes(), name)
    except OSError as error:
        found = Problem(Where(name), "file.unreadable", say("打不开:{e}", "it cannot be opened: {e}", e=error.strerror or error),
                        say("检查路径和权限", "look at its path and permissions"))  # fmt: skip
        return Loaded(Source(name, [""], problems=[found]), None)
    if source.problems:
        return Loaded(source, None)
    model = _model(source)
    if model is None:
        return Loaded(source, None)
    try:
        return Loaded(source, model.model_validate(source.data))
    except ValidationError as error:
        source.problems += problems_of(error, source, model)
        return Loaded(source, None)


def _model(source: Source) -> type[BaseModel] | None:
    """The model of the format named in the first key."""
    data = source.data
    known = ", ".join(MODELS)
    if not isinstance(data, dict) or "format" not in data:
        source.problems.append(Problem(source.where(()), "format.missing", say("没有写 `format`", "`format` is missing"),
                                       say("第一行写 `format:` 加 {k} 之一", "begin it with `format:` and one of {k}", k=known)))  # fmt: skip
        return None
    named = data["format"]
    model = MODELS.get(named) if isinstance(named, str) else None
    if model is None:
        meant = nearest(str(named), MODELS)
        hint = say("是不是 `{m}`?", "did you mean `{m}`?", m=meant) if meant else say("写 {k} 之一", "write one of {k}", k=known)
        source.problems.append(Problem(source.where(("format",)), "format.unknown", say("没有 `{f}` 这种格式", "there is no format `{f}`", f=named), hint))
    return model


def files_of(paths: Sequence[Path]) -> Iterator[Path]:
    """The YAML files at these paths, sorted within each folder; a path that does not exist is an error."""
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.suffix in ENDINGS and one.is_file())
        elif path.exists():
            yield path
        else:
            raise refuse("file.none", say("没有 {p}", "there is no {p}", p=path), say("检查路径", "look at the path"), Where(path.as_posix()))


def _bound(loaded: Sequence[Loaded], problems: list[Problem]) -> Book:
    """Put the files together; two of one name are a problem."""
    policies: list[Base] = []
    records: dict[str, RecordType] = {}
    profiles: dict[str, Profile] = {}
    catalogue: Catalogue | None = None
    places: dict[tuple[str, str], tuple[Source, tuple[str | int, ...]]] = {}
    for one in loaded:
        match one.model:
            case PolicyFile():
                for index, policy in enumerate(one.model.policies):
                    if _new(places, ("policy", policy.id), one.source, ("policies", index), ("policies", index, "id"), problems):
                        policies.append(policy)
            case RecordType():
                if _new(places, ("record", one.model.record), one.source, (), ("record",), problems):
                    records[one.model.record] = one.model
            case Profile():
                if _new(places, ("profile", one.model.profile), one.source, (), ("profile",), problems):
                    profiles[one.model.profile] = one.model
            case Catalogue():
                catalogue = one.model
    return Book(tuple(policies), records, profiles, catalogue, places)


def _new(
    places: dict[tuple[str, str], tuple[Source, tuple[str | int, ...]]], key: tuple[str, str], source: Source,
    path: tuple[str | int, ...], at: tuple[str | int, ...], problems: list[Problem],
) -> bool:  # fmt: skip
    if key in places:
        first = places[key][0].file
        problems.append(Problem(source.where(at), "name.twice", say("`{n}` 已在 {f} 里", "`{n}` is already in {f}", n=key[1], f=first),
                                say("改一个名字", "give one another name")))  # fmt: skip
        return False
    places[key] = (source, path)
    return True


def load_book(paths: Sequence[Path], base: Book | None = None) -> Book:
    """The book of these paths, over the record types and documents of `base`. Raises CheckerError with every problem."""
    loaded = [read(path) for path in files_of(paths)]
    problems = [problem for one in loaded for problem in one.source.problems]
    book = over(base, _bound(loaded, problems))
    problems += check_book(book)
    if problems:
        raise CheckerError(problems)
    return book


def over(base: Book | None, book: Book) -> Book:
    """A book with what it lacks taken from another: record types, profiles where it has none, documents."""
    if base is None:
        return book
    return Book(
        book.policies or base.policies, {**base.records, **book.records}, book.profiles or ({} if book.policies else base.profiles),
        book.catalogue or base.catalogue, {**base.places, **book.places},
    )  # fmt: skip


def validate(paths: Sequence[Path], base: Book | None = None, profile: str | None = None) -> list[Problem]:
    """Every problem of these files, held against the record types of `base`; and of a profile, the values it leaves unset."""
    loaded = [read(path) for path in files_of(paths)]
    problems = [problem for one in loaded for problem in one.source.problems]
    book = over(base, _bound(loaded, problems))
    problems += check_book(book)
    if profile is not None:
        problems += _unset(book, profile)
    return sorted(set(problems))


def _unset(book: Book, named: str) -> Iterator[Problem]:
    """Parameters set by site that a profile does not set, of the policies it selects."""
    profile = book.profiles.get(named)
    if profile is None:
        hint = say("已有 {k}", "there are {k}", k=", ".join(sorted(book.profiles)) or "—")
        yield Problem(Where(""), "profile.unknown", say("没有方案 `{n}`", "there is no profile `{n}`", n=named), hint)
        return
    source, _ = book.places[("profile", named)]
    owners = [(policy.id, policy.parameters) for policy in book.policies if applies(policy.id, profile)]
    owners += [(record, kind.parameters) for record, kind in book.records.items()]
    for owner, parameters in owners:
        for name, spec in parameters.items():
            if spec.set_by_site and name not in profile.set.get(owner, {}):
                yield Problem(
                    source.where(("set", owner)), "parameter.unset",
                    say("没有设 `{o}` 的 `{p}`", "`{p}` of `{o}` is not set", o=owner, p=name),
                    say("在 `set:` 下写 `{o}: {{{p}: …}}`", "write `{o}: {{{p}: …}}` under `set:`", o=owner, p=name),
                )  # fmt: skip


def applies(policy: str, profile: Profile) -> bool:
    """Whether a profile selects a policy."""
    on = any(fnmatchcase(policy, glob) for glob in profile.policies)
    return on and not any(fnmatchcase(policy, off.policy) for off in profile.off)


def load_file(path: Path) -> Any:
    """The model of one file. Raises CheckerError with every problem in it."""
    loaded = read(path)
    if loaded.source.problems:
        raise CheckerError(loaded.source.problems)
    return loaded.model


def load_profile(path: Path) -> Profile:
    """A profile file. Raises CheckerError."""
    found = load_file(path) if path.exists() else None
    if isinstance(found, Profile):
        return found
    what = say("{p} 不是方案文件", "{p} is not a profile file", p=path) if found is not None else say("没有 {p}", "there is no {p}", p=path)
    raise refuse("profile.format", what, say("第一行写 `format: profiles/1`", "begin it with `format: profiles/1`"), Where(path.as_posix()))


__all__ = ["Book", "applies", "load_book", "load_file", "load_profile", "over", "read", "validate"]
