using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using EsapiBridge.Scripts.Conformance;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace VMS.TPS
{
    /// <summary>
    /// As EsapiConformance, and asks what needs changes too, in a new course that is removed again. For a research database
    /// and a phantom only. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const string Consequence =
            "FOR A RESEARCH DATABASE AND A PHANTOM ONLY. A new course with new plans is made and removed again; the open plan is only "
            + "read. Close the patient afterwards without saving.";

        /// <summary>Called by Eclipse.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("EsapiConformanceWrite", delegate(ScriptSession session)
            {
                if (context.Patient != null)
                {
                    WriteRows.RequireResearch(context.Patient);
                }
                return ConformanceRun.Do(context, session, Consequence, survey => WriteRows.Ask(survey, context));
            });
        }
    }
}
