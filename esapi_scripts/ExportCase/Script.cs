using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = false)]

namespace VMS.TPS
{
    /// <summary>
    /// Writes the open plan as a case folder, without any name, id or birth date, for use outside Eclipse. Only reads;
    /// needs no Python. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const double BytesPerMegabyte = 1e6;

        /// <summary>Called by Eclipse, which looks for this method on the stack when something is changed: it must stay there.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("ExportCase", delegate(ScriptSession session) { return Run(context, session); });
        }

        private static Outcome Run(ScriptContext context, ScriptSession session)
        {
            OpenIdentities.Tell(context, session.Identities);
            Settings settings = InstallationCheck.Require();
            ExternalPlanSetup plan = PlanGuards.Require(context);
            PlanGuards.RequirePlainBeams(plan);
            string folder = session.Options.ExportFolder ?? settings.Exports;
            session.Propose("Plan " + plan.Id + " with its CT, structures and doses is written as a case folder in\n" + folder
                + "\n\nNo name, id or birth date goes along. Nothing is changed in Eclipse." + PlanGuards.Remarks(plan));

            Directory.CreateDirectory(folder);
            string name = "case-" + DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)
                + "-" + Guid.NewGuid().ToString("N").Substring(0, 8);
            Stopwatch watch = Stopwatch.StartNew();
            long bytes = CaseExport.Write(context.Patient, plan, Path.Combine(folder, name), session.Progress);
            double seconds = watch.Elapsed.TotalSeconds;
            Outcome outcome = new Outcome(ExitCode.Done, string.Format(
                CultureInfo.InvariantCulture,
                "The case is in folder {0}: {1:F0} MB in {2:F1} s.{3}",
                name,
                bytes / BytesPerMegabyte,
                seconds,
                PlanGuards.Remarks(plan)));
            outcome.Details["folder"] = Path.Combine(folder, name);
            outcome.Details["bytes"] = bytes;
            outcome.Details["seconds"] = seconds;
            return outcome;
        }
    }
}
