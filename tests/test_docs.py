"""What is written about the product is held against it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from checker.cli import cli
from checker.load import MODELS
from checker.load.keys import document
from checker.load.schema import schemas

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_keys_is_that_of_the_models() -> None:
    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_committed_schemas_are_those_of_the_models(name: str) -> None:
    assert json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8")) == schemas()[name]


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_schema_is_draft_07_and_knows_no_newer_words(name: str) -> None:
    schema = schemas()[name]
    jsonschema.Draft7Validator.check_schema(schema)
    text = json.dumps(schema)
    assert "$defs" not in text
    assert "discriminator" not in text


SHIPPED = [path for folder in ("policies", "fixtures/appearance", "fixtures/visit", "fixtures/callback", "fixtures/dispatch", "fixtures/patrol",
           "fixtures/telephone", "examples") for path in sorted((ROOT / folder).rglob("*.yaml"))]  # fmt: skip


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_shipped_satisfies_its_schema(path: Path) -> None:
    data = yaml.load(path.read_text(encoding="utf-8"), Loader=TextLoader)
    schema = schemas()[data["format"].partition("/")[0] + ".json"]
    errors = [f"{list(error.absolute_path)}: {error.message[:200]}" for error in jsonschema.Draft7Validator(schema).iter_errors(data)]
    assert errors == []


class TextLoader(yaml.SafeLoader):
    """YAML 1.2 as the editors' extension reads it: dates stay text, and only true and false are flags."""


TextLoader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for key, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
TextLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_command_is_in_the_readme_and_has_help(command: str) -> None:
    assert f"checker {command}" in README
    shown = CliRunner().invoke(cli, [command, "--help"])
    assert shown.exit_code == 0
    assert cli.commands[command].help


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)`", README) + re.findall(r"^    make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)


def test_the_policy_of_the_readme_is_valid(tmp_path: Path) -> None:
    written = re.search(r"```yaml\n(.*?)```", README, re.S)
    assert written
    path = tmp_path / "policy.yaml"
    path.write_text(written[1], encoding="utf-8")
    done = CliRunner().invoke(cli, ["validate", str(path), "--lang", "en"])
    assert (done.exit_code, done.output) == (0, "no errors\n")


def test_every_format_is_in_the_table() -> None:
    page = document()
    assert all(f"`format: {form}`" in page for form in MODELS)
