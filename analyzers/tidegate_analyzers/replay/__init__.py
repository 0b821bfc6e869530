"""What running a part of a workspace again for an interval comes to: what is rewritten, in which order, what is not safe.

`target.find` tells what a name stands for, `simulate.simulate` makes the plan, which `plan` describes.
"""

from tidegate_analyzers.replay.plan import Interval, Item, NoInterval, Plan, interval
from tidegate_analyzers.replay.simulate import simulate
from tidegate_analyzers.replay.target import Unknown, find

__all__ = ["Interval", "Item", "NoInterval", "Plan", "Unknown", "find", "interval", "simulate"]
