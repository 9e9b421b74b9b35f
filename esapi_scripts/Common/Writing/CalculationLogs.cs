using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>What Eclipse's calculations wrote about the beams of a plan.</summary>
    public static class CalculationLogs
    {
        private const int LinesShown = 3;
        private static readonly string[] Bad = { "Error", "Warning" };

        /// <summary>The lines for a message: errors and warnings first, the same line once.</summary>
        public static string Text(PlanSetup plan)
        {
            string[] lines = Lines(plan).OrderBy(line => IsBad(line) ? 0 : 1).Take(LinesShown).ToArray();
            return lines.Length == 0 ? "no message" : string.Join("; ", lines);
        }

        /// <summary>Errors and warnings, each once.</summary>
        public static List<string> Warnings(PlanSetup plan)
        {
            return Lines(plan).Where(IsBad).ToList();
        }

        private static IEnumerable<string> Lines(PlanSetup plan)
        {
            return plan.Beams.ToList().SelectMany(beam => beam.CalculationLogs).SelectMany(log => log.MessageLines).Distinct();
        }

        private static bool IsBad(string line)
        {
            return Bad.Any(word => line.StartsWith(word, StringComparison.OrdinalIgnoreCase));
        }
    }
}
