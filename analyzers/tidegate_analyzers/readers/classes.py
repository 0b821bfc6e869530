"""The words by which YAML says how sensitive a column is."""

from __future__ import annotations

from tidegate_analyzers.syntax.yaml import Mapping, Node, Scalar, Sequence, text_of

_KEYS = ("classification", "data_classification", "sensitivity", "sensitivity_level", "confidentiality")
MARKS = ("pii", "contains_pii", "is_pii", "has_pii", "phi", "contains_phi", "sensitive", "is_sensitive")
"""What `meta` says with true or false."""
_MASKS = ("masked", "masking_policy", "hashed", "encrypted", "anonymized")
_LISTS = ("tags", "policy_tags")
_TRUE = frozenset(("true", "yes", "on", "1"))
_FALSE = frozenset(("false", "no", "off", "0", "none", "null", ""))


def words_of(column: Mapping) -> tuple[str, ...]:
    """The words on a column, on its `config` and in the `meta` of either, case folded.

    A mark such as `pii: true` gives its own name, `pii: false` its name with a minus before it.
    """
    found: list[str] = []
    config = column.get("config")
    places = [column, *([config] if isinstance(config, Mapping) else [])]
    places += [meta for place in places if isinstance(meta := place.get("meta"), Mapping)]
    for place in places:
        for key, value in place.items():
            name = key.value.casefold()
            if name in _LISTS or name in _KEYS:
                found += _texts(value)
            elif name in MARKS or name in _MASKS:
                for text in _texts(value):
                    found += [name] if text in _TRUE else [f"-{name}"] if text in _FALSE else [name, text]
    return tuple(dict.fromkeys(found))


def _texts(node: Node) -> list[str]:
    if isinstance(node, Scalar):
        text = text_of(node)
        return [text.casefold()] if text else []
    return [text for item in node.items() for text in _texts(item)] if isinstance(node, Sequence) else []
