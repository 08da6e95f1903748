"""YAML in and out: a key that stands twice is an error, and errors name their line."""

from collections.abc import Hashable
from typing import Any

import yaml

from corpus.model import CorpusError

try:  # ten times as fast, where PyYAML was built with libyaml
    from yaml import CSafeDumper as _SafeDumper
    from yaml import CSafeLoader as _SafeLoader
except ImportError:
    from yaml import SafeDumper as _SafeDumper  # type: ignore[assignment]
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _Loader(_SafeLoader):
    """PyYAML keeps the last of two equal keys without a word; here the second one is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"“{key}” stands here a second time", key_node.start_mark
                )
            if isinstance(key, Hashable):
                seen.add(key)
        return super().construct_mapping(node, deep)


def load(text: str, name: str, first_line: int = 1) -> object:
    """The value written in `text`; `name` and `first_line` (where `text` starts) go into errors."""
    try:
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}, line {mark.line + first_line}" if mark else name
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise CorpusError(
            f"{where}: this is not valid YAML ({problem}). Put texts with : or # in quotes."
        ) from None


def dump(value: object) -> str:
    text: str = yaml.dump(
        value, Dumper=_SafeDumper, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=False
    )
    return text
