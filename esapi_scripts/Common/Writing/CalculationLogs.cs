using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// What Eclipse's calculations wrote about the beams of a plan. ESAPI gives no severity, only lines in the language of
    /// Eclipse, many of which begin with a word for it. So what is certainly mere information is left out, and everything
    /// else is shown, faults first.
    /// </summary>
    public static class CalculationLogs
    {
        private const int LinesShown = 3;

        /// <summary>Information, Información, Informazione, Information, Informace ...: many languages, one beginning.</summary>
        private static readonly Regex Information = new Regex(@"^\W*Inf\p{L}*\s*:", RegexOptions.IgnoreCase);

        private static readonly Regex Fault = new Regex(
            @"^\W*(Err\p{L}*|Fehler|Fout|Fel|Fejl|Feil|Virhe|Erro|Chyba|Błąd|Warn\p{L}*|Aver\p{L}*|Avver\p{L}*|Advert\p{L}*"
            + @"|Adv[ae]rsel|Attention|Waarsch\p{L}*|Varning|Varoitus|Aviso|Upozorn\p{L}*|Ostrze\p{L}*)\b", RegexOptions.IgnoreCase);

        /// <summary>The lines for a message: faults first, information last, the same line once.</summary>
        public static string Text(PlanSetup plan)
        {
            List<string> lines = Lines(plan).OrderBy(Rank).ToList();
            return lines.Count == 0 ? "no message" : Short(lines);
        }

        /// <summary>All that is not certainly mere information, faults first, each once.</summary>
        public static List<string> Warnings(PlanSetup plan)
        {
            return Lines(plan).Where(line => !Information.IsMatch(line)).OrderBy(Rank).ToList();
        }

        /// <summary>The first of several lines, and how many more there are.</summary>
        public static string Short(IList<string> lines)
        {
            string first = string.Join("; ", lines.Take(LinesShown));
            return lines.Count <= LinesShown ? first : first + "; and " + (lines.Count - LinesShown) + " more lines in Eclipse's calculation logs";
        }

        private static IEnumerable<string> Lines(PlanSetup plan)
        {
            return plan.Beams.ToList().SelectMany(beam => beam.CalculationLogs).SelectMany(log => log.MessageLines)
                .Where(line => !string.IsNullOrWhiteSpace(line)).Select(line => line.Trim()).Distinct();
        }

        private static int Rank(string line)
        {
            return Fault.IsMatch(line) ? 0 : Information.IsMatch(line) ? 2 : 1;
        }
    }
}
