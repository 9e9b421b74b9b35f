using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>A run of the questions, from the user's leave to the file.</summary>
    public static class ConformanceRun
    {
        /// <summary>Asks, and writes the answers to a file in the folder for exports.</summary>
        /// <param name="context">What is open.</param>
        /// <param name="session">The run.</param>
        /// <param name="consequence">What happens to the patient, for the user to read before.</param>
        /// <param name="more">More questions; null for none.</param>
        public static Outcome Do(ScriptContext context, ScriptSession session, string consequence, Action<Survey> more)
        {
            OpenIdentities.Tell(context, session.Identities);
            Settings settings = InstallationCheck.Require();
            if (context.ExternalPlanSetup == null || context.Image == null || context.StructureSet == null)
            {
                throw new RefusedException(
                    "expected an open external-beam plan with image and structures, found none; open one and start again");
            }
            string folder = session.Options.ExportFolder ?? settings.Exports;
            session.Propose("Eclipse is asked whether it behaves as the mock of this project assumes. The answers, without names, "
                + "ids, dates and paths, are written to one file in\n" + folder + "\n\n" + consequence);
            Survey survey = Reading.Ask(context);
            if (more != null)
            {
                more(survey);
            }
            Reading.Close(survey);
            Directory.CreateDirectory(folder);
            string name = "conformance-" + DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + ".json";
            File.WriteAllText(
                Path.Combine(folder, name), Json.Write(Reading.Document(context, survey)), new UTF8Encoding(false));
            return new Outcome(ExitCode.Done, string.Format(
                CultureInfo.InvariantCulture,
                "{0} answers as assumed, {1} otherwise, {2} rows not tried: file {3}.",
                survey.Rows.Count(r => (string)r["verdict"] == "as assumed"),
                survey.Rows.Count(r => (string)r["verdict"] == "otherwise"),
                survey.Rows.Count(r => (string)r["verdict"] == "not tried"),
                name));
        }
    }
}
