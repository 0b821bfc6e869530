"""`tidegate rules`: the rules, their severities and the profiles that run them."""

from __future__ import annotations

import argparse
import json

from tidegate_analyzers.rules.base import all_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: text)")
    parser.add_argument(
        "--profile", choices=("minimal", "recommended", "strict", "critical"), help="only the rules of this profile"
    )


def run(options: argparse.Namespace) -> int:
    """Print the table."""
    rules = [rule for rule in all_rules() if options.profile is None or options.profile in rule.profiles]
    if options.format == "json":
        print(
            json.dumps(
                [
                    {
                        "code": r.code,
                        "name": r.name,
                        "category": r.category,
                        "severity": r.severity,
                        "profiles": sorted(r.profiles),
                        "summary": r.summary,
                    }
                    for r in rules
                ],
                indent=2,
            )
        )
        return 0
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        print(f"{rule.code}  {rule.name:<{width}}  {rule.severity:<7}  {rule.category:<12}  {rule.summary}")
    return 0
