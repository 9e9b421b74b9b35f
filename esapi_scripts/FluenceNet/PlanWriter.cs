using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Makes a copy of a plan deliver predicted fluences: fluence, leaf motions, dose, normalisation; tells what came of it.</summary>
    public sealed class PlanWriter
    {
        private readonly FluenceNetSettings _settings;
        private readonly Delivery _delivery;
        private readonly Progress _progress;

        /// <summary>Makes a writer.</summary>
        public PlanWriter(FluenceNetSettings settings, Delivery delivery, Progress progress)
        {
            _settings = settings;
            _delivery = delivery;
            _progress = progress;
        }

        /// <summary>Writes a result.</summary>
        /// <param name="course">Where the copy is.</param>
        /// <param name="plan">The open plan; it is only read.</param>
        /// <param name="copy">Its copy; it is changed.</param>
        /// <param name="predicted">The one of the two that the worker was given, whose fields the result numbers.</param>
        /// <param name="result">What the worker says.</param>
        public Outcome Write(
            ResearchCourse course, ExternalPlanSetup plan, ExternalPlanSetup copy, ExternalPlanSetup predicted, JsonObject result)
        {
            JsonObject normalisation = result.Object("normalisation");
            string target = normalisation.Text("structure");
            StructureDose wanted = PlanGuards.HasDose(plan) ? StructureDose.Of(plan, target) : null;
            bool isToReference = wanted != null && _settings.Normalisation == NormalisationRule.Reference;
            double meanGy = isToReference ? wanted.MeanGy : normalisation.Number("mean_gy");
            Dictionary<int, Fluence> fluences = FluenceResult.Read(result.Text("folder"), result.Objects("fluences"));

            _progress.Report("writing fluence", 0, fluences.Count);
            double deviation = FluenceWriter.Write(copy, ByField(predicted, fluences));
            _progress.Report("Eclipse calculates leaf motions (this cannot be interrupted)", 0, 0);
            List<string> warnings = _delivery.CalculateLeafMotions(copy, _settings.HasFixedJaws);
            _progress.Report("Eclipse calculates the dose (this cannot be interrupted)", 0, 0);
            _delivery.CalculateDose(copy);
            _progress.Report("normalising", 0, 0);
            StructureDose delivered = Normalisation.Set(copy, target, meanGy);
            _progress.Report("measuring goals", 0, 0);
            GoalTable goals = GoalTable.Of(result, copy);
            double mu = Finite.Of(
                copy.Beams.Where(beam => !beam.IsSetupField).Sum(beam => beam.Meterset.Value), "the monitor units of the new plan");

            string written = "The fluence is in plan " + copy.Id + " of course " + course.Id + ": " + fluences.Count + " fields, "
                + Text("{0:0}", mu) + " MU. Save the patient to keep it.";
            string doses = target + ": " + delivered + ".\n" + (wanted == null
                ? "Plan " + plan.Id + " has no dose: the wanted one was predicted from its contours."
                : "Plan " + plan.Id + ": " + wanted + ".");
            string level = isToReference ? "mean of plan " + plan.Id : "wanted mean";
            string checks = "Read back: largest deviation of the fluence " + Text("{0:G2}", deviation) + ". Normalised to the " + level
                + ", " + Text("{0:0.0}", copy.PlanNormalizationValue) + " %.";
            string remarks = (warnings.Count == 0 ? "" : " Leaf motions: " + CalculationLogs.Short(warnings) + ".") + PlanGuards.Remarks(plan);
            string met = goals.Summary();
            Outcome outcome = new Outcome(
                ExitCode.Done, written + "\n" + doses + (met.Length == 0 ? "" : "\n" + met) + "\n" + checks + remarks);
            outcome.Table = goals.Table();
            outcome.Report = result.Text("report", null);
            outcome.Details["plan"] = copy.Id;
            outcome.Details["fields"] = fluences.Count;
            outcome.Details["largest_deviation"] = deviation;
            outcome.Details["target"] = target;
            outcome.Details["wanted"] = wanted == null ? null : wanted.ToJson();
            outcome.Details["delivered"] = delivered.ToJson();
            outcome.Details["goals"] = goals.ToJson();
            outcome.Details["normalisation"] = _settings.Normalisation.ToString().ToLowerInvariant();
            outcome.Details["normalisation_percent"] = copy.PlanNormalizationValue;
            outcome.Details["mu"] = mu;
            outcome.Details["warnings"] = warnings;
            return outcome;
        }

        private static string Text(string format, double value)
        {
            return string.Format(CultureInfo.InvariantCulture, format, value);
        }

        /// <summary>Fluences by the id of their field: a copied plan keeps ids; whether it keeps numbers is not documented.</summary>
        private static Dictionary<string, Fluence> ByField(PlanSetup plan, Dictionary<int, Fluence> fluences)
        {
            return plan.Beams.Where(beam => fluences.ContainsKey(beam.BeamNumber))
                .ToDictionary(beam => beam.Id, beam => fluences[beam.BeamNumber]);
        }
    }
}
