using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>
    /// Predicts the optimal fluence of every field from the open plan's contours and dose with a network, and makes a copy
    /// of the plan in a research course deliver it. The open plan is only read. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const string PlanPrefix = "FLU_";

        /// <summary>Called by Eclipse.</summary>
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("FluenceNet", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
            Settings settings = InstallationCheck.Require();
            ExternalPlanSetup plan = PlanGuards.Require(context);
            Delivery delivery = Delivery.Choose(plan, settings);
            session.Propose(WhatWillBeDone(plan, settings, delivery));

            PlanDigest before = PlanDigest.Of(plan);
            session.Progress.Report("starting Python", 0, 0);
            PythonHost python = PythonHost.Start(settings);
            ResearchCourse.BeginModifications(context.Patient);
            JsonObject result = Predict(context.Patient, plan, settings, session, new Job(new Bridge(python, settings), session.Progress));

            ResearchCourse course = ResearchCourse.Open(context.Patient, settings.Course);
            try
            {
                Outcome outcome = Write(course, plan, result, settings, delivery, session.Progress);
                session.Progress.Report("comparing the open plan with what it was", 0, 0);
                before.RequireUnchanged(plan);
                outcome.Report = result.Text("report", null);
                outcome.Details["original_unchanged"] = true;
                outcome.Details["python_start_s"] = python.StartSeconds;
                return outcome;
            }
            catch
            {
                course.Undo();
                throw;
            }
        }

        /// <summary>Has the worker predict; asks which structure is which where their names do not say it.</summary>
        private static JsonObject Predict(Patient patient, ExternalPlanSetup plan, Settings settings, ScriptSession session, Job job)
        {
            StructureRoles roles = new StructureRoles(settings, session.Options);
            while (true)
            {
                Dictionary<string, object> options = new Dictionary<string, object>
                {
                    { "model", settings.FluenceModel }, { "structures", roles.Option }
                };
                try
                {
                    return job.Run("fluence", options, delegate(string folder)
                    {
                        CaseExport.Write(patient, plan, Path.Combine(folder, "case"), session.Progress);
                    });
                }
                catch (RefusedException refusal)
                {
                    if (!roles.Ask(session, plan, refusal))
                    {
                        throw;
                    }
                }
            }
        }

        private static Outcome Write(
            ResearchCourse course, ExternalPlanSetup plan, JsonObject result, Settings settings, Delivery delivery, Progress progress)
        {
            JsonObject normalisation = result.Object("normalisation");
            string target = normalisation.Text("structure");
            TargetDose wanted = TargetDose.Of(plan, target);
            bool isToReference = settings.Normalisation == Settings.ToReference;
            double meanGy = isToReference ? wanted.MeanGy : normalisation.Number("mean_gy");
            Dictionary<int, Fluence> fluences = FluenceResult.Read(result.Text("folder"), result.Objects("fluences"));

            progress.Report("writing fluence", 0, fluences.Count);
            ExternalPlanSetup copy = course.AddCopy(plan, PlanPrefix);
            double deviation = FluenceWriter.Write(copy, ByField(plan, fluences));
            progress.Report("Eclipse calculates leaf motions (this cannot be interrupted)", 0, 0);
            List<string> warnings = delivery.CalculateLeafMotions(copy, settings.HasFixedJaws);
            progress.Report("Eclipse calculates the dose (this cannot be interrupted)", 0, 0);
            delivery.CalculateDose(copy);
            progress.Report("normalising", 0, 0);
            TargetDose delivered = Normalisation.Set(copy, target, meanGy);
            double mu = copy.Beams.Where(beam => !beam.IsSetupField).Sum(beam => beam.Meterset.Value);

            Outcome outcome = new Outcome(ExitCode.Done, string.Format(
                CultureInfo.InvariantCulture,
                "The fluence is in plan {0} of course {1}: {2} fields, {3:0} MU. Save the patient to keep it.\n{4}: {5}.\nPlan {6}: {7}.\n"
                    + "Read back: largest deviation of the fluence {8:G2}. Normalised to the {9}, {10:0.0} %.{11}{12}",
                copy.Id,
                settings.Course,
                fluences.Count,
                mu,
                target,
                delivered,
                plan.Id,
                wanted,
                deviation,
                isToReference ? "mean of plan " + plan.Id : "wanted mean",
                copy.PlanNormalizationValue,
                warnings.Count == 0 ? "" : " Leaf motions: " + string.Join("; ", warnings) + ".",
                PlanGuards.Remarks(plan)));
            outcome.Details["plan"] = copy.Id;
            outcome.Details["fields"] = fluences.Count;
            outcome.Details["largest_deviation"] = deviation;
            outcome.Details["target"] = target;
            outcome.Details["wanted"] = wanted.ToJson();
            outcome.Details["delivered"] = delivered.ToJson();
            outcome.Details["normalisation"] = settings.Normalisation;
            outcome.Details["normalisation_percent"] = copy.PlanNormalizationValue;
            outcome.Details["mu"] = mu;
            outcome.Details["warnings"] = warnings;
            return outcome;
        }

        /// <summary>Fluences by the id of their field: a copied plan keeps ids; whether it keeps numbers is not documented.</summary>
        private static Dictionary<string, Fluence> ByField(PlanSetup plan, Dictionary<int, Fluence> fluences)
        {
            return plan.Beams.Where(beam => fluences.ContainsKey(beam.BeamNumber))
                .ToDictionary(beam => beam.Id, beam => fluences[beam.BeamNumber]);
        }

        private static string WhatWillBeDone(PlanSetup plan, Settings settings, Delivery delivery)
        {
            return "Network " + settings.FluenceModelName + " predicts the fluence of every field of plan " + plan.Id
                + " from its contours and dose. A copy of the plan in course " + settings.Course
                + " gets it; Eclipse calculates leaf motions and dose with " + delivery + ", which may take minutes.\n\n"
                + "Plan " + plan.Id + " itself is only read. Nothing is kept before you save the patient."
                + PlanGuards.Remarks(plan);
        }
    }
}
