using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>
    /// Predicts the optimal fluence of every field from the open plan's contours and dose with a network, and makes a copy
    /// of the plan in a research course deliver it. Where the plan has no dose, another network predicts the one that is
    /// wanted. The open plan is only read. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const string PlanPrefix = "FLU_";

        /// <summary>Called by Eclipse, which looks for this method on the stack when something is changed: it must stay there.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("FluenceNet", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
            OpenIdentities.Tell(context, session.Identities);
            Settings settings = InstallationCheck.Require();
            ExternalPlanSetup plan = PlanGuards.RequirePlanned(context);
            PlanGuards.RequireFluenceFields(plan);
            FluenceNetSettings own = new FluenceNetSettings(settings);
            Delivery delivery = Delivery.Choose(plan, own);
            session.Propose(WhatWillBeDone(plan, settings.Course, own, delivery));

            PlanDigest before = PlanDigest.Of(plan);
            session.Progress.Report("starting Python", 0, 0);
            PythonHost python = PythonHost.Start(settings);
            ResearchCourse.BeginModifications(context.Patient);
            Job job = new Job(new Bridge(python, settings), session.Progress);
            JsonObject result = Predict(context.Patient, plan, own, session, job);

            ResearchCourse course = ResearchCourse.Open(context.Patient, settings.Course, session.Progress);
            try
            {
                Outcome outcome = Write(course, plan, result, own, delivery, session.Progress);
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
        private static JsonObject Predict(
            Patient patient, ExternalPlanSetup plan, FluenceNetSettings settings, ScriptSession session, Job job)
        {
            StructureRoles roles = new StructureRoles(settings, session.Options);
            while (true)
            {
                Dictionary<string, object> options = new Dictionary<string, object>
                {
                    { "model", settings.Model }, { "structures", roles.Option }
                };
                try
                {
                    return job.Run("fluence", options, delegate(string folder)
                    {
                        string target = Path.Combine(folder, "case");
                        if (PlanGuards.HasDose(plan))
                        {
                            CaseExport.Write(patient, plan, target, session.Progress);
                        }
                        else
                        {
                            CaseExport.WriteWithoutDoses(patient, plan, target, session.Progress);
                        }
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
            ResearchCourse course, ExternalPlanSetup plan, JsonObject result, FluenceNetSettings settings, Delivery delivery, Progress progress)
        {
            JsonObject normalisation = result.Object("normalisation");
            string target = normalisation.Text("structure");
            StructureDose wanted = PlanGuards.HasDose(plan) ? StructureDose.Of(plan, target) : null;
            bool isToReference = wanted != null && settings.Normalisation == NormalisationRule.Reference;
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
            StructureDose delivered = Normalisation.Set(copy, target, meanGy);
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
            Outcome outcome = new Outcome(ExitCode.Done, written + "\n" + doses + "\n" + checks + remarks);
            outcome.Details["plan"] = copy.Id;
            outcome.Details["fields"] = fluences.Count;
            outcome.Details["largest_deviation"] = deviation;
            outcome.Details["target"] = target;
            outcome.Details["wanted"] = wanted == null ? null : wanted.ToJson();
            outcome.Details["delivered"] = delivered.ToJson();
            outcome.Details["normalisation"] = settings.Normalisation.ToString().ToLowerInvariant();
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

        private static string WhatWillBeDone(PlanSetup plan, string course, FluenceNetSettings settings, Delivery delivery)
        {
            return "Network " + Settings.ModelName(settings.Model) + " predicts the fluence of every field of plan " + plan.Id
                + (PlanGuards.HasDose(plan) ? " from its contours and dose" : " from its contours, and the dose that it lacks too")
                + ". A copy of the plan in course " + course
                + " gets it; Eclipse calculates leaf motions and dose with " + delivery + ", which may take minutes.\n\n"
                + "Plan " + plan.Id + " itself is only read. Nothing is kept before you save the patient."
                + PlanGuards.Remarks(plan);
        }
    }
}
