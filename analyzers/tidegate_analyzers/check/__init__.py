"""From a graph to the findings that are shown.

The rules of each file run by themselves, and what they said is kept until something they asked about changes.
What is shown is then made from that: severities and ignores of the configuration, suppressions, the baseline,
and one line for a project that has no habit of the thing that is missing.
"""

from tidegate_analyzers.check.policy import Policy, matches, rules_for
from tidegate_analyzers.check.report import Report, check, judge
from tidegate_analyzers.check.rollup import rolled_up
from tidegate_analyzers.check.run import FileResult, outside, run_rules
from tidegate_analyzers.check.shown import Shown, shown_in, suppressed
from tidegate_analyzers.check.totals import Totals

__all__ = [
    "FileResult",
    "Policy",
    "Report",
    "Shown",
    "Totals",
    "check",
    "judge",
    "matches",
    "outside",
    "rolled_up",
    "rules_for",
    "run_rules",
    "shown_in",
    "suppressed",
]
