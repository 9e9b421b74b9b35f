"""Plan goals: what a site asks of the dose of a plan, as data; and how far a dose keeps to it."""

from esapi_bridge.goals.goal import GoalResult, PlanGoal, Quantity
from esapi_bridge.goals.judge import judge
from esapi_bridge.goals.table import GoalTable, SiteGoals, read_goals

__all__ = ["GoalResult", "GoalTable", "PlanGoal", "Quantity", "SiteGoals", "judge", "read_goals"]
