// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>How an optimisation went; the figures are the optimiser's own.</summary>
    internal sealed class OptimisationOutcome
    {
        internal bool Success;
        internal int Iterations;
        internal double Objective = double.NaN;
        /// <summary>Part of the objective function by ROI number.</summary>
        internal readonly Dictionary<int, double> ByStructure = new Dictionary<int, double>();
    }

    /// <summary>
    /// Optimisations (row 53): what they need, and what their results do to a plan. A failure leaves the plan as it was
    /// but for the logs of its beams.
    /// </summary>
    internal static class Optimisation
    {
        private const string Category = "Optimization";

        /// <summary>Optimal fluence of static beams; leaf motions are to be calculated afterwards.</summary>
        internal static OptimisationOutcome Fluence(
            Database database, PlanState plan, int? iterations, bool untilConverged, bool fromFluence)
        {
            return Run(database, plan, "optimise", Request(plan, iterations, untilConverged, fromFluence), delegate(CaseReader result)
            {
                Dictionary<int, BeamState> found = result.Beams().ToDictionary(b => b.Number);
                if (!plan.TreatmentBeams.All(b => found.ContainsKey(b.Number) && found[b.Number].Fluence != null))
                {
                    return false;
                }
                foreach (BeamState beam in plan.TreatmentBeams)
                {
                    beam.Fluence = found[beam.Number].Fluence;
                    beam.LeafMotionsMissing = true;
                }
                return true;
            });
        }

        /// <summary>Leaves and monitor units of VMAT arcs, ready for a dose calculation.</summary>
        internal static OptimisationOutcome Arcs(Database database, PlanState plan)
        {
            Calculation.ClearLogs(plan, Category);
            if (plan.TreatmentBeams.Any(b => !b.IsArc || BeamWords.MlcPlanType(b) != MLCPlanType.VMAT))
            {
                Calculation.Fail(plan, Category, "expected VMAT arcs only, found another beam");
                return new OptimisationOutcome();
            }
            return Run(database, plan, "optimise_arcs", Request(plan, null, false, false), delegate(CaseReader result)
            {
                Dictionary<int, BeamState> found = result.Beams().ToDictionary(b => b.Number);
                if (!plan.TreatmentBeams.All(b => found.ContainsKey(b.Number)
                    && found[b.Number].Points.All(p => p.Leaves != null)))
                {
                    return false;
                }
                foreach (BeamState beam in plan.TreatmentBeams)
                {
                    BeamState source = found[beam.Number];
                    beam.Points = source.Points;
                    beam.MlcBoundaries = source.MlcBoundaries;
                    beam.MetersetMu = source.MetersetMu;
                    beam.MlcType = MLCPlanType.VMAT;
                    beam.LeafMotionsMissing = false;
                }
                return true;
            });
        }

        private static OptimisationOutcome Run(
            Database database, PlanState plan, string kind, Dictionary<string, object> request, Func<CaseReader, bool> take)
        {
            Calculation.ClearLogs(plan, Category);
            OptimisationOutcome outcome = new OptimisationOutcome();
            if (!plan.TreatmentBeams.Any())
            {
                return outcome;
            }
            using (CalculationJob job = new CalculationJob(database, plan))
            {
                CaseReader result = job.Run(kind, null, Category, request);
                if (result == null)
                {
                    return outcome;
                }
                if (!take(result))
                {
                    Calculation.Fail(plan, Category, "the optimisation gave no result for one of the beams");
                    return outcome;
                }
                JsonPart figures = job.Log.Part("optimisation");
                outcome.Success = true;
                outcome.Iterations = figures.Whole("iterations");
                outcome.Objective = figures.Number("objective");
                JsonPart parts = figures.Part("structures");
                foreach (string number in parts.Keys)
                {
                    outcome.ByStructure[int.Parse(number, CultureInfo.InvariantCulture)] = parts.Number(number);
                }
            }
            plan.InvalidateDose();
            // Known: "no plan normalization" afterwards.
            plan.Normalisation = double.NaN;
            plan.Changed = true;
            return outcome;
        }

        private static Dictionary<string, object> Request(
            PlanState plan, int? iterations, bool untilConverged, bool fromFluence)
        {
            return new Dictionary<string, object>
            {
                { "optimisation", plan.Optimisation.Write() },
                { "iterations", iterations },
                { "until_converged", untilConverged },
                { "start_with_fluence", fromFluence }
            };
        }
    }
}
