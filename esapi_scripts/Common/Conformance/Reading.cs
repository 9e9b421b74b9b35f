using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>All that is asked by reading, and why other rows of the table of traps are not.</summary>
    public static class Reading
    {
        private const string NeedsWriting = "changes a plan, see EsapiConformanceWrite; or calculates, saves or draws, which no script does unasked";
        private const string Dangerous = "could end Eclipse";
        private const string NotInside = "cannot be seen from inside a plug-in";

        private static readonly KeyValuePair<string, int[]>[] Left =
        {
            new KeyValuePair<string, int[]>(Dangerous, new[] { 4, 5, 8, 36 }),
            new KeyValuePair<string, int[]>(NotInside, new[] { 2, 39, 40, 58 }),
            new KeyValuePair<string, int[]>("needs Window or Forms, which the user would have to answer", new[] { 59, 60 })
        };

        private static readonly int[] Writing =
        {
            1, 3, 6, 7, 10, 14, 18, 22, 23, 26, 27, 28, 30, 41, 43, 48, 49, 50, 51, 52
        };

        /// <summary>Asks what can be asked of the open plan without changing anything.</summary>
        public static Survey Ask(ScriptContext context)
        {
            Survey survey = new Survey();
            ValueRows.Ask(survey);
            ImageRows.Ask(survey, context);
            DoseRows.Ask(survey, context.ExternalPlanSetup);
            BeamRows.Ask(survey, context.ExternalPlanSetup);
            return survey;
        }

        /// <summary>Says of the rows of the table that nothing was asked of why not.</summary>
        public static void Close(Survey survey)
        {
            HashSet<int> asked = new HashSet<int>(survey.Rows.Select(row => (int)row["trap"]));
            foreach (KeyValuePair<string, int[]> group in Left.Concat(
                new[] { new KeyValuePair<string, int[]>(NeedsWriting, Writing) }))
            {
                foreach (int row in group.Value.Where(n => !asked.Contains(n)))
                {
                    survey.NotTried("row." + row, row, "Row " + row + " of the table of traps", "", group.Key);
                }
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
