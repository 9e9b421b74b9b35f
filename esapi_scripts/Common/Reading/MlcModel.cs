using System;
using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Leaf widths, which ESAPI does not tell, of the two multileaf collimators of TrueBeam: Millennium 120 (40 pairs of
    /// 5 mm between 10 of 10 mm on either side) and High Definition 120 (32 of 2.5 mm between 14 of 5 mm).
    /// </summary>
    public static class MlcModel
    {
        private const int Pairs = 60;

        /// <summary>Leaf boundaries, mm at the isocentre plane, from the lowest; null where the model is not known.</summary>
        /// <param name="model">Name of the model as Eclipse shows it.</param>
        /// <param name="leaves">Leaf positions [bank, pair] of any control point; null where there are none.</param>
        public static double[] Boundaries(string model, float[,] leaves)
        {
            bool is120 = model != null && model.Contains("120") && leaves != null && leaves.GetLength(1) == Pairs;
            if (is120 && Names(model, "Millennium"))
            {
                return Symmetric(10, 10, 5);
            }
            return is120 && (Names(model, "High Definition") || Names(model, "HD")) ? Symmetric(14, 5, 2.5) : null;
        }

        private static bool Names(string model, string name)
        {
            return model.IndexOf(name, StringComparison.OrdinalIgnoreCase) >= 0;
        }

        private static double[] Symmetric(int outerPairs, double outerMm, double innerMm)
        {
            int innerPairs = Pairs - (2 * outerPairs);
            double edge = -((outerPairs * outerMm) + (innerPairs * innerMm / 2));
            List<double> boundaries = new List<double> { edge };
            for (int pair = 0; pair < Pairs; pair++)
            {
                bool isOuter = pair < outerPairs || pair >= outerPairs + innerPairs;
                edge += isOuter ? outerMm : innerMm;
                boundaries.Add(edge);
            }
            return boundaries.ToArray();
        }
    }
}
