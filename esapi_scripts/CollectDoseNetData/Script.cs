using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>
    /// Calculates random fields on the open patient, or the fields of the patient's own plans, with two dose models and writes
    /// both doses to train a dose network with, without any name, id or birth date. Every plan it makes is removed again. Needs
    /// no Python. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        /// <summary>So many fields that fail one after the other end the run: calculating the others would be in vain.</summary>
        private const int MostFailuresInARow = 5;

        /// <summary>Called by Eclipse, which looks for this method on the stack when something is changed: it must stay there.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("CollectDoseNetData", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
            OpenIdentities.Tell(context, session.Identities);
            Settings settings = InstallationCheck.Require();
            DosePairSettings own = new DosePairSettings(settings);
            Patient patient = PlanGuards.RequireOpenPatient(context);
            StructureSet structures = context.StructureSet;
            PlanGuards.RequireImage(structures);
            ExternalPlanSetup template = OpenPlans.WithDose(context, settings.Course);
            BodyOutline body = BodyOutline.Require(structures, template);
            ExternalPlanSetup like = template ?? context.ExternalPlanSetup;
            MachineBeam beam = own.RandomFields == 0 ? null : MachineBeam.Of(own.Machine, like, "random fields");
            ExternalPlanSetup any = patient.Courses.SelectMany(course => course.ExternalPlanSetups).FirstOrDefault();
            if (any != null)
            {
                own.Require(any);
            }
            string folder = Path.Combine(session.Options.ExportFolder ?? settings.Exports, Collection.NameOf(patient, structures.Image));
            session.Propose(WhatWillBeDone(own, beam, folder));

            ResearchCourse.BeginModifications(patient);
            CollectionPlans.RemoveLeft(patient, settings.Course);
            ResearchCourse opened = ResearchCourse.Open(patient, settings.Course, session.Progress);
            try
            {
                if (any == null)
                {
                    RequireOnNewPlan(own, opened, structures);
                }
                Collection collection = Collection.Open(folder, own.Asked(beam));
                RandomFields random = new RandomFields
                {
                    Seed = own.Seed + " " + Path.GetFileName(folder),
                    Body = body,
                    Beam = beam,
                    Structures = structures,
                    Template = template
                };
                List<WantedField> wanted = Enumerable.Range(0, own.RandomFields).Select(number => (WantedField)new RandomField(random, number)).ToList();
                if (own.IsTakingOwnPlans)
                {
                    wanted.AddRange(OpenPlans.Fields(patient, structures, settings.Course, collection));
                }
                FieldWriter writer = new FieldWriter(patient, opened, collection, own, session.Progress);
                return Collect(wanted, collection, writer, session);
            }
            finally
            {
                opened.Undo();
            }
        }

        /// <summary>Asks Eclipse for its models where the patient has no plan to ask.</summary>
        private static void RequireOnNewPlan(DosePairSettings own, ResearchCourse course, StructureSet structures)
        {
            ExternalPlanSetup plan = course.AddEmptyPlan(structures, CollectionPlans.IdOf);
            own.Require(plan);
            course.Remove(plan);
        }

        private static Outcome Collect(List<WantedField> wanted, Collection collection, FieldWriter writer, ScriptSession session)
        {
            List<WantedField> missing = wanted.Where(field => !Directory.Exists(collection.Field(field.Name))).ToList();
            List<string> written = new List<string>();
            Dictionary<string, string> failed = new Dictionary<string, string>();
            TimeLeft left = new TimeLeft(missing.Count);
            int inARow = 0;
            bool isCancelled = false;
            foreach (WantedField field in missing)
            {
                string reason = null;
                try
                {
                    session.Progress.ThrowIfCancelled();
                    writer.Write(field, left);
                    written.Add(field.Name);
                    inARow = 0;
                }
                catch (CancelledException)
                {
                    isCancelled = true;
                    break;
                }
                catch (Exception error)
                {
                    session.Progress.ThrowIfCancelled(); // a window that is gone ends the run
                    BridgeException told = error as BridgeException ?? new BridgeException("the field could not be made or calculated", error);
                    reason = ErrorText.Of(told, session.Identities.Hide);
                    failed.Add(field.Name, ErrorText.Of(told, text => text));
                    inARow++;
                }
                collection.Set(field.Name, reason);
                left.Count();
                if (inARow == MostFailuresInARow)
                {
                    break;
                }
            }
            return Ended(wanted.Count, wanted.Count - missing.Count, written, failed, isCancelled, inARow == MostFailuresInARow);
        }

        private static Outcome Ended(
            int wanted, int there, List<string> written, Dictionary<string, string> failed, bool isCancelled, bool isStopped)
        {
            int ready = there + written.Count;
            ExitCode code = isCancelled ? ExitCode.Cancelled : isStopped || (ready == 0 && failed.Count > 0) ? ExitCode.Failed : ExitCode.Done;
            string message = (isCancelled ? "Cancelled; the next run goes on. " : isStopped
                    ? "Stopped, as " + MostFailuresInARow + " fields failed one after the other. " : "")
                + ready + " of " + wanted + " fields are there, " + there + " of them before this run.";
            if (failed.Count > 0)
            {
                message += " Failed: " + string.Join(" ", failed.Select(field => field.Key + " (" + field.Value + ")"));
            }
            message += " Every plan that was made is removed: there is nothing to save.";
            Outcome outcome = new Outcome(code, message);
            if (ready > 0 && code != ExitCode.Done)
            {
                outcome.Verdict = (isCancelled ? "Cancelled" : "Stopped") + "; what is done is kept";
            }
            outcome.Details["written"] = written;
            outcome.Details["there_before"] = there;
            outcome.Details["failed"] = failed.Keys.ToArray();
            return outcome;
        }

        private static string WhatWillBeDone(DosePairSettings own, MachineBeam beam, string folder)
        {
            string random = own.RandomFields == 0 ? "" : own.RandomFields + " random fields of " + beam.Machine + ", " + beam.Energy;
            string plans = own.IsTakingOwnPlans ? "the fields of the patient's own plans" : "";
            string what = string.Join(" and ", new[] { random, plans }.Where(text => text.Length > 0));
            return "Each of " + (what.Length == 0 ? "no fields" : what) + " is calculated with " + own.Coarse + " and with " + own.Fine
                + " on a plan in the research course, which is removed again. This may take hours; what is there already is left as it is, and "
                + "Cancel keeps what is done.\n\nDoses, CT and structures are written without name, id or birth date to\n" + folder
                + "\n\nThe patient's plans are only read. There will be nothing to save.";
        }
    }
}
