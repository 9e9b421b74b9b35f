// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Globalization;

namespace EsapiBridge.Mock
{
    /// <summary>Which values an option of a calculation model takes.</summary>
    internal static class OptionRules
    {
        private const double FinestGridCm = 0.1;
        private const double CoarsestGridCm = 1.0;

        /// <summary>Whether a grid size is one in cm; the allowed range is assumed (row 30), other options are free.</summary>
        internal static bool IsValid(string key, string value)
        {
            if (value == null)
            {
                return false;
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
