using System.Linq;
using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>
    /// Predicts the optimal fluence of every field from the open plan's contours and dose with a network, and makes a copy
    /// of the plan in a research course deliver it. Where the plan has no dose, another network predicts the one that is
    /// wanted; where it has no fields either, the copy gets those that this network learned from. The open plan is only
    /// read. Research use only, not for clinical use.
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
            ExternalPlanSetup plan = PlanGuards.RequirePrescribed(context);
            FluenceNetSettings own = new FluenceNetSettings(settings);
            WorkerJobs worker = new WorkerJobs(settings, own, session);
            PlanGuards.RequireFluenceFields(plan);
            Delivery delivery = Delivery.Choose(plan, own);
            NewFields fields = PlanGuards.HasTreatmentBeams(plan) ? null : Offered(context.Patient, plan, own, worker);
            session.Propose(WhatWillBeDone(plan, settings.Course, own, delivery, fields));

            PlanDigest before = PlanDigest.Of(plan);
            worker.Start();
            ResearchCourse.BeginModifications(context.Patient);
            // Of a plan with fields before anything is added.
            JsonObject result = fields == null ? worker.Fluences(context.Patient, plan) : null;

            ResearchCourse course = ResearchCourse.Open(context.Patient, settings.Course, session.Progress);
            try
            {
                ExternalPlanSetup copy = course.AddCopy(plan, PlanPrefix);
                if (fields != null)
                {
                    session.Progress.Report("adding fields", 0, 0);
                    fields.AddTo(copy);
                    result = worker.Fluences(context.Patient, copy);
                }
                Outcome outcome = new PlanWriter(own, delivery, session.Progress).Write(
                    course, plan, copy, fields == null ? plan : copy, result);
                session.Progress.Report("comparing the open plan with what it was", 0, 0);
                before.RequireUnchanged(plan);
                if (fields != null)
                {
                    string added = "Its fields are new: " + fields.Described(plan) + ".";
                    outcome.Add(added, added);
                }
                outcome.Details["fields_added"] = fields == null ? new string[0] : fields.Names.ToArray();
                outcome.Details["original_unchanged"] = true;
                outcome.Details["python_start_s"] = worker.StartSeconds;
                return outcome;
            }
            catch
            {
                course.Undo();
                throw;
            }
        }

        /// <summary>Has the worker place fields and check the plan with them.</summary>
        private static NewFields Offered(Patient patient, ExternalPlanSetup plan, FluenceNetSettings own, WorkerJobs worker)
        {
            PlanGuards.RequireNoDose(plan);
            return worker.Fields(patient, plan, MachineBeam.Of(own.Machine, null, "new fields"));
        }

        private static string WhatWillBeDone(PlanSetup plan, string course, FluenceNetSettings settings, Delivery delivery, NewFields fields)
        {
            string from = fields != null ? " from its contours, and the dose and the fields that it lacks too"
                : PlanGuards.HasDose(plan) ? " from its contours and dose" : " from its contours, and the dose that it lacks too";
            string setup = plan.Beams.Any() ? " instead of its set-up fields" : "";
            return "Network " + Settings.ModelName(settings.Model) + " predicts the fluence of every field of plan " + plan.Id + from
                + ". A copy of the plan in course " + course + " gets "
                + (fields == null ? "it" : fields.Described(plan) + setup + ", and their fluence")
                + "; Eclipse calculates leaf motions and dose with " + delivery + ", which may take minutes.\n\n"
                + "Plan " + plan.Id + " itself is only read. Nothing is kept before you save the patient."
                + PlanGuards.Remarks(plan);
        }
    }
}
