using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>All that is asked by reading, and why other rows of the table of traps are not.</summary>
    public static class Reading
    {
        private const string WritesOnly = "changes something: EsapiConformanceWrite asks it";

        /// <summary>Rows that neither script can ask, each with what stands against it.</summary>
        private static readonly Dictionary<int, string> Left = new Dictionary<int, string>
        {
            { 2, "is decided before the script starts: by its mark, the licence and the approval" },
            { 4, "a call from another thread may hang Eclipse" },
            { 5, "a second Application, or use after ClosePatient, may end Eclipse" },
            { 7, "needs saving, which a plug-in cannot" },
            { 8, "a buffer of a wrong size may be written past its end" },
            { 26, "starts a calculation, which may take long and ask the user" },
            { 27, "starts a calculation, which may take long and ask the user" },
            { 36, "needs more objects than a session may hold, or an abort that ends it" },
            { 39, "is seen after the script only: whether the changes were kept" },
            { 40, "needs scripts built against other versions" },
            { 41, "needs a method that was inlined into Eclipse's own, which the compiler decides" },
            { 43, "starts a calculation on a plan without dose" },
            { 51, "changes a structure that the open plan uses" },
            { 53, "starts an optimisation, which may take long and replaces fluences" },
            { 58, "needs a program of its own beside Eclipse" },
            { 59, "needs a second script with a Window, started by the user" },
            { 60, "needs a script that fails, started by the user" }
        };

        private static readonly int[] Writing = { 1, 3, 6, 10, 14, 18, 19, 22, 23, 28, 30, 48, 49, 50, 52, 54, 55 };

        /// <summary>Asks what can be asked of the open plan without changing anything.</summary>
        public static Survey Ask(ScriptContext context)
        {
            Survey survey = new Survey();
            ValueRows.Ask(survey);
            ImageRows.Ask(survey, context);
            DoseRows.Ask(survey, context.ExternalPlanSetup);
            StructureRows.Ask(survey, context);
            FactRows.Ask(survey, context);
            BeamRows.Ask(survey, context.ExternalPlanSetup);
            return survey;
        }

        /// <summary>Says of the rows of the table that nothing was asked of why not.</summary>
        public static void Close(Survey survey)
        {
            HashSet<int> asked = new HashSet<int>(survey.Rows.Select(row => (int)row["trap"]));
            Dictionary<int, string> reasons = Writing.ToDictionary(row => row, row => WritesOnly);
            foreach (KeyValuePair<int, string> row in Left.Concat(reasons).Where(row => !asked.Contains(row.Key)))
            {
                survey.NotTried("row." + row.Key, row.Key, "Row " + row.Key + " of the table of traps", "", row.Value);
            }
        }

        /// <summary>What is written: versions, questions and answers; nothing of a patient.</summary>
        public static Dictionary<string, object> Document(ScriptContext context, Survey survey)
        {
            Version api = typeof(ScriptContext).Assembly.GetName().Version;
            return new Dictionary<string, object>
            {
                { "schema", 1 },
                { "kind", "esapi-conformance" },
                { "api_version", api.ToString() },
                { "application_version", context.VersionInfo },
                { "rows", survey.Rows.ToArray() },
                { "intended_use", Outcome.IntendedUse }
            };
        }
    }
}
