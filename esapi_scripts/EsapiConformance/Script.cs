using System.Runtime.CompilerServices;
using EsapiBridge.Scripts;
using EsapiBridge.Scripts.Conformance;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = false)]

namespace VMS.TPS
{
    /// <summary>
    /// Asks this Eclipse whether it behaves as the mock of this project assumes, on the open plan, and writes the answers to one
    /// file without identities. Only reads. Research use only, not for clinical use.
    /// </summary>
    public class Script
    {
        private const string Consequence =
            "Nothing is changed in Eclipse.";

        /// <summary>Called by Eclipse.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Execute(ScriptContext context)
        {
            ScriptRun.Execute("EsapiConformance", delegate(ScriptSession session)
            {
                return ConformanceRun.Do(context, session, Consequence, null);
            });
        }
    }
}
