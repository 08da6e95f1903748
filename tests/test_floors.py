"""Imports point down only: web → assistant → index → corpus."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("corpus", "index", "assistant", "web")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_floor_imports_only_itself_and_the_floors_beneath(module: Path) -> None:
    floor = module.relative_to(ROOT).parts[0]
    above = FLOORS[FLOORS.index(floor) + 1 :]

    assert not {name for name in imported(module) if name.split(".")[0] in above}


def imported(module: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(module.read_text("utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
