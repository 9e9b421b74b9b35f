// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Dose and leaf motion calculations: what they need, and what their results do to a plan. A failure leaves the plan
    /// as it was but for the logs of its beams (rows 26, 27, 29).
    /// </summary>
    internal static class Calculation
    {
        private const string DoseCategory = "Dose";
        private const string LeafMotionCategory = "LMC";

        internal static bool Dose(Database database, PlanState plan)
        {
            ClearLogs(plan, DoseCategory);
            bool ready = HasModel(plan, CalculationType.PhotonVolumeDose, DoseCategory);
            foreach (BeamState beam in plan.TreatmentBeams.Where(b => b.LeafMotionsMissing))
            {
                beam.Log(DoseCategory, "expected leaf motions, found none since the fluence or the beam was made");
                ready = false;
            }
            if (!ready || !plan.TreatmentBeams.Any())
            {
                return false;
            }
            using (CalculationJob job = new CalculationJob(database, plan))
            {
                CaseReader result = job.Run("dose", null, DoseCategory);
                if (result == null)
                {
                    return false;
                }
                if (!result.Case.Has("plan_dose"))
                {
                    return Fail(plan, DoseCategory, "the calculation gave no dose");
                }
                plan.InvalidateDose();
                // A calculated plan has a normalisation (assumed).
                plan.Normalisation = double.IsNaN(plan.Normalisation) ? 100.0 : plan.Normalisation;
                result.ReadDoses(plan);
                plan.LoadDoses();
            }
            plan.Changed = true;
            return true;
        }

        internal static bool LeafMotions(Database database, PlanState plan, LeafMotionOptions options)
        {
            ClearLogs(plan, LeafMotionCategory);
            bool ready = HasModel(plan, CalculationType.PhotonLeafMotions, LeafMotionCategory)
                & HasModel(plan, CalculationType.PhotonVolumeDose, LeafMotionCategory);
            if (ready && !plan.Models[CalculationType.PhotonLeafMotions].StartsWith(options.ModelPrefix, StringComparison.Ordinal))
            {
                ready = Fail(plan, LeafMotionCategory, "expected the model " + options.ModelPrefix + " for these options");
            }
            foreach (BeamState beam in plan.TreatmentBeams.Where(b => b.Fluence == null))
            {
                beam.Log(LeafMotionCategory, "expected an optimal fluence, found none");
                ready = false;
            }
            if (!ready || !plan.TreatmentBeams.Any())
            {
                return false;
            }
            using (CalculationJob job = new CalculationJob(database, plan))
            {
                CaseReader result = job.Run("leaf_motion", options, LeafMotionCategory);
                Dictionary<int, BeamState> calculated = result == null ? null : result.Beams().ToDictionary(b => b.Number);
                if (calculated == null || !plan.TreatmentBeams.All(b => calculated.ContainsKey(b.Number)
                    && calculated[b.Number].Points.All(p => p.Leaves != null)))
                {
                    return calculated != null && Fail(plan, LeafMotionCategory, "the calculation gave no leaf motions");
                }
                foreach (BeamState beam in plan.TreatmentBeams)
                {
                    BeamState source = calculated[beam.Number];
                    beam.Points = source.Points;
                    beam.MlcBoundaries = source.MlcBoundaries;
                    beam.MetersetMu = source.MetersetMu;
                    beam.Technique = "DYNAMIC";
                    beam.LeafMotionsMissing = false;
                }
            }
            plan.InvalidateDose();
            plan.Changed = true;
            return true;
        }

        private static bool HasModel(PlanState plan, CalculationType type, string category)
        {
            return plan.Models.ContainsKey(type) || Fail(plan, category, "expected a calculation model for " + type);
        }

        internal static bool Fail(PlanState plan, string category, string line)
        {
            foreach (BeamState beam in plan.TreatmentBeams)
            {
                beam.Log(category, line);
            }
            return false;
        }

        internal static void ClearLogs(PlanState plan, string category)
        {
            foreach (BeamState beam in plan.Beams)
            {
                beam.Logs.RemoveAll(log => log.Category == category);
            }
        }
    }
}
