using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = false)]

namespace VMS.TPS
{
    /// <summary>
    /// Writes the IMRT plans of the open patient as case folders to train a fluence network with, without any name, id or
    /// birth date. Only reads; needs no Python. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const int NameLength = 16;

        /// <summary>Called by Eclipse, which looks for this method on the stack when something is changed: it must stay there.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("CollectFluenceNetData", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
            OpenIdentities.Tell(context, session.Identities);
            Settings settings = InstallationCheck.Require();
            Patient patient = PlanGuards.RequireOpenPatient(context);
            PlanFilter filter = new PlanFilter(new CollectionSettings(settings));
            string folder = session.Options.ExportFolder ?? settings.Exports;
            List<ExternalPlanSetup> plans = patient.Courses.SelectMany(course => course.ExternalPlanSetups).ToList();
            session.Propose("The patient's " + plans.Count + " external-beam plans are looked at. Those with " + filter
                + " are written as case folders in\n" + folder
                + "\n\nNo name, id or birth date goes along. What is there already is left as it is. Nothing is changed in Eclipse.");

            Directory.CreateDirectory(folder);
            CollectionList list = CollectionList.Open(folder);
            List<string> written = new List<string>(), taken = new List<string>(), others = new List<string>();
            try
            {
                foreach (ExternalPlanSetup plan in plans)
                {
                    session.Progress.Report("looking at plan " + plan.Id, taken.Count + others.Count, plans.Count);
                    string name = "plan-" + PatientKey.Of(plan.UID).Substring(0, NameLength);
                    string target = Path.Combine(folder, name);
                    string fault = filter.Fault(plan) ?? Take(patient, plan, target, written, session.Progress);
                    list.Set(name, fault);
                    if (fault == null)
                    {
                        taken.Add(name);
                    }
                    else
                    {
                        others.Add(plan.Id + " (" + fault + ")");
                    }
                }
                list.Write();
            }
            catch
            {
                written.ForEach(target => Remove(target, session.Progress)); // all of a run or nothing
                throw;
            }
            Outcome outcome = new Outcome(ExitCode.Done, taken.Count + " of " + plans.Count + " plans taken, "
                + (taken.Count - written.Count) + " of them there already." + NotTaken(others));
            outcome.Details["folder"] = folder;
            outcome.Details["written"] = written.Select(Path.GetFileName).ToArray();
            outcome.Details["taken"] = taken;
            outcome.Details["not_taken"] = others;
            return outcome;
        }

        /// <summary>Writes a plan that is not there yet; says why it cannot be written, null if it is there.</summary>
        private static string Take(
            Patient patient, ExternalPlanSetup plan, string target, List<string> written, Progress progress)
        {
            if (Directory.Exists(target))
            {
                return null;
            }
            try
            {
                CaseExport.Write(patient, plan, target, progress);
            }
            catch (RefusedException refusal)
            {
                return refusal.Message;
            }
            written.Add(target);
            return null;
        }

        private static void Remove(string target, Progress progress)
        {
            try
            {
                Moves.RemoveFolder(target);
            }
            catch (System.SystemException error)
            {
                progress.Note(new BridgeException("a case of this run could not be removed: delete " + Path.GetFileName(target), error));
            }
        }

        private static string NotTaken(List<string> others)
        {
            return others.Count == 0 ? "" : " Not taken: " + string.Join("; ", others) + ".";
        }
    }
}
