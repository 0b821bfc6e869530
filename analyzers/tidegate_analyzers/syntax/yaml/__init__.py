"""YAML as a tree of nodes with spans, read with libyaml's event parser.

Scalars stay text until somebody asks for their value, because the same file means different things in YAML
1.1 (dbt, Airflow: `on` is true, `010` is eight) and YAML 1.2 (ODCS, pipeline.yaml). Aliases stay aliases, so
a document that would unfold to a billion nodes costs no more than its text.
"""

from tidegate_analyzers.syntax.yaml.nodes import Alias, Mapping, Node, Scalar, Sequence, node_at, resolved
from tidegate_analyzers.syntax.yaml.parse import YamlFile, parse_yaml
from tidegate_analyzers.syntax.yaml.values import Plain, plain, scalar_value, text_of

__all__ = [
    "Alias",
    "Mapping",
    "Node",
    "Plain",
    "Scalar",
    "Sequence",
    "YamlFile",
    "node_at",
    "parse_yaml",
    "plain",
    "resolved",
    "scalar_value",
    "text_of",
]
