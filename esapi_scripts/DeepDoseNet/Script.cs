using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>
    /// Computes the accurate dose of the open plan with a network and shows it as the evaluation dose of a new plan in a
    /// research course. The open plan is only read. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const string PlanPrefix = "DDN_";

        /// <summary>Called by Eclipse, which looks for this method on the stack when something is changed: it must stay there.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("DeepDoseNet", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
            OpenIdentities.Tell(context, session.Identities);
            Settings settings = InstallationCheck.Require();
            ExternalPlanSetup plan = PlanGuards.Require(context);
            DeepDoseNetSettings own = new DeepDoseNetSettings(settings);
            session.Propose(WhatWillBeDone(plan, settings.Course, own));

            session.Progress.Report("starting Python", 0, 0);
            PythonHost python = PythonHost.Start(settings);
            ResearchCourse.BeginModifications(context.Patient);
            Job job = new Job(new Bridge(python, settings), session.Progress);
            Dictionary<string, object> options = new Dictionary<string, object>
            {
                { "model", own.Model }, { "per_beam", null }, { "accessories", BeamReader.AccessoriesByNumber(plan) }
            };
            JsonObject result = job.Run("dose", options, delegate(string folder)
            {
                CaseExport.Write(context.Patient, plan, Path.Combine(folder, "case"), session.Progress);
            });
            DoseVolume dose = ResultFolder.PlanDose(result.Text("folder"), result.Objects("doses"));

            string id;
            ResearchCourse course = ResearchCourse.Open(context.Patient, settings.Course, session.Progress);
            WrittenDose written = Write(course, plan, dose, own, session.Progress, out id);
            Outcome outcome = new Outcome(ExitCode.Done, "The dose is in plan " + id + " of course " + settings.Course
                + ". Save the patient to keep it. " + written + PlanGuards.Remarks(plan));
            outcome.Report = result.Text("report", null);
            Describe(outcome, written, id);
            outcome.Details["python_start_s"] = python.StartSeconds;
            return outcome;
        }

        private static WrittenDose Write(
            ResearchCourse course, ExternalPlanSetup plan, DoseVolume dose, DeepDoseNetSettings own, Progress progress, out string id)
        {
            try
            {
                ExternalPlanSetup copy = null;
                if (own.Grid == WriteGrid.Fine)
                {
                    progress.Report("Eclipse calculates the fine grid (this cannot be interrupted)", 0, 0);
                    copy = FineGrid.Copy(course, plan, own.FineGridCm, progress);
                }
                ExternalPlanSetup target = course.AddEmptyPlan(plan, PlanPrefix);
                Dose grid = copy == null ? plan.Dose : copy.Dose;
                WrittenDose written = new EvaluationDoseWriter(progress).Write(target, plan, grid, dose);
                if (copy != null)
                {
                    course.Remove(copy);
                }
                id = target.Id;
                return written;
            }
            catch
            {
                course.Undo();
                throw;
            }
        }

        private static string WhatWillBeDone(PlanSetup plan, string course, DeepDoseNetSettings own)
        {
            string grid = own.Grid == WriteGrid.Fine
                ? "Eclipse calculates a copy of the plan on a grid of " + own.FineGridCm + " cm, which may take minutes"
                : "the dose keeps the plan's grid";
            return "Network " + Settings.ModelName(own.Model) + " computes the dose of plan " + plan.Id + " from its dose and CT. "
                + "The result becomes the evaluation dose of a new plan in course " + course + "; " + grid + ".\n\n"
                + "Plan " + plan.Id + " itself is only read. Nothing is kept before you save the patient."
                + PlanGuards.Remarks(plan);
        }

        private static void Describe(Outcome outcome, WrittenDose written, string id)
        {
            outcome.Details["plan"] = id;
            outcome.Details["largest_deviation_gy"] = written.MaximumDeviationGy;
            outcome.Details["mean_deviation_gy"] = written.MeanDeviationGy;
            outcome.Details["count_gy"] = written.CountGy;
            outcome.Details["interpolated"] = !written.IsCopy;
            outcome.Details["outside_gy"] = written.OutsideGy;
        }
    }
}
