// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Globalization;

namespace EsapiBridge.Mock
{
    /// <summary>Which values an option of a calculation model takes.</summary>
    internal static class OptionRules
    {
        /// <summary>Which medium the dose is to; name and values are Acuros XB's in public scripts for 15.6.</summary>
        internal const string ReportingOption = "DoseReportingMode";
        internal const string DoseToMedium = "Dose to medium";
        private const string DoseToWater = "Dose to water";
        private const double FinestGridCm = 0.1;
        private const double CoarsestGridCm = 1.0;

        /// <summary>
        /// Whether a grid size is one in cm (the allowed range is assumed, row 30), and a medium one of two; other options are free.
        /// </summary>
        internal static bool IsValid(string key, string value)
        {
            if (value == null)
            {
                return false;
            }
            if (key.EndsWith("/@" + ReportingOption, StringComparison.Ordinal))
            {
                return value == DoseToMedium || value == DoseToWater;
            }
            if (!key.EndsWith("/@" + Database.GridOption, StringComparison.Ordinal))
            {
                return true;
            }
            double cm = GridCm(value);
            return cm >= FinestGridCm && cm <= CoarsestGridCm;
        }

        /// <summary>A grid size, cm; not a number if it is none.</summary>
        internal static double GridCm(string value)
        {
            double cm;
            return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out cm) ? cm : double.NaN;
        }
    }
}
