using System;

namespace EsapiBridge.Scripts
{
    /// <summary>Turns the integers that Eclipse stores into a physical value: slope times integer plus intercept.</summary>
    public struct LinearScale
    {
        private const int Far = 1 << 24;
        private const double LinearTolerance = 1e-6;

        /// <summary>Value of one count.</summary>
        public readonly double Slope;

        /// <summary>Value at 0.</summary>
        public readonly double Intercept;

        private LinearScale(double slope, double intercept)
        {
            Slope = slope;
            Intercept = intercept;
        }

        /// <summary>
        /// Finds the scale from two far points, and makes sure with a third that it is linear. Asking Eclipse for every
        /// voxel would take minutes.
        /// </summary>
        /// <param name="convert">Eclipse's own conversion of one integer.</param>
        /// <exception cref="BridgeException">The conversion is not linear.</exception>
        public static LinearScale Probe(Func<int, double> convert)
        {
            double intercept = convert(0), far = convert(Far), near = convert(Far / 4);
            double slope = (far - intercept) / Far;
            bool isLinear = Math.Abs(near - (intercept + (slope * (Far / 4)))) <= LinearTolerance * Math.Abs(far - intercept);
            if (!isLinear || slope == 0)
            {
                throw new BridgeException("stored values must turn linearly into physical ones, found another relation");
            }
            return new LinearScale(slope, intercept);
        }

        /// <summary>The value of a stored integer.</summary>
        public double Value(int count)
        {
            return (Slope * count) + Intercept;
        }

        /// <summary>The stored integer nearest to a value.</summary>
        /// <exception cref="BridgeException">The value does not fit 32 bits.</exception>
        public int Count(double value)
        {
            double count = Math.Round((value - Intercept) / Slope);
            if (!(count >= int.MinValue && count <= int.MaxValue))
            {
                throw new BridgeException("a dose must fit the 32 bits in which Eclipse stores it, found "
                    + value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture) + " Gy");
            }
            return (int)count;
        }
    }
}
