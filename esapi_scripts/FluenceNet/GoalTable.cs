using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>The goals of a result, measured on the dose that Eclipse has calculated.</summary>
    public sealed class GoalTable
    {
        private static readonly string[] Header = { "Goal", "Wanted", "Delivered", "" };
        private readonly List<Goal> _goals;

        private GoalTable(List<Goal> goals)
        {
            _goals = goals;
        }

        /// <summary>Measures the goals of a result on a plan with dose; a result without goals gives an empty table.</summary>
        public static GoalTable Of(JsonObject result, PlanSetup plan)
        {
            List<Goal> goals = result.Has("goals") ? result.Objects("goals").Select(stated => new Goal(stated)).ToList() : new List<Goal>();
            DoseStatistics dose = new DoseStatistics(plan);
            goals.ForEach(goal => goal.Measure(dose));
            return new GoalTable(goals);
        }

        /// <summary>How many are met and which are not; empty where there are none.</summary>
        public string Summary()
        {
            if (_goals.Count == 0)
            {
                return "";
            }
            List<Goal> missed = _goals.Where(goal => !goal.IsMet).ToList();
            return "Goals met: " + (_goals.Count - missed.Count) + " of " + _goals.Count
                + (missed.Count == 0 ? "." : "; " + string.Join("; ", missed.Select(goal => goal.Text + " " + goal.Verdict())) + ".");
        }

        /// <summary>The table for the window; null where there are no goals.</summary>
        public OutcomeTable Table()
        {
            return _goals.Count == 0 ? null : new OutcomeTable(Header, _goals.Select(goal => new OutcomeRow(
                !goal.IsMet, goal.Text, goal.Figure(goal.Wanted), goal.Figure(goal.Delivered), goal.Verdict())));
        }

        /// <summary>The goals for the outcome file.</summary>
        public List<Dictionary<string, object>> ToJson()
        {
            return _goals.Select(goal => goal.ToJson()).ToList();
        }
    }
}
