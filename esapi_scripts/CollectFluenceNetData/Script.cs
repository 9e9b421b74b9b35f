using System.Collections.Generic;
using System.IO;
using System.Linq;
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

        /// <summary>Called by Eclipse.</summary>
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("CollectFluenceNetData", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
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
                    string fault = filter.Fault(plan);
                    list.Set(name, fault);
                    if (fault != null)
                    {
                        others.Add(plan.Id + " (" + fault + ")");
                        continue;
                    }
                    taken.Add(name);
                    string target = Path.Combine(folder, name);
                    if (!Directory.Exists(target))
                    {
                        CaseExport.Write(patient, plan, target, session.Progress);
                        written.Add(target);
                    }
                }
                list.Write();
            }
            catch
            {
                written.ForEach(target => Directory.Delete(target, true)); // all of a run or nothing
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

        private static string NotTaken(List<string> others)
        {
            return others.Count == 0 ? "" : " Not taken: " + string.Join("; ", others) + ".";
        }
    }
}
