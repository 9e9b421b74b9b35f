using System;

namespace EsapiBridge.Scripts
{
    /// <summary>Turns the integers that Eclipse stores into a physical value: slope times integer plus intercept.</summary>
    public struct LinearScale
    {
        // Public scripts ask for no more; a larger count than Eclipse ever stored might be cut off or refused.
        private const int Far = 10000;
        private const int Near = 1000;

        /// <summary>
        /// What a conversion may round to, as a share of the largest probed value: float32. With it a value at N counts is
        /// wrong by at most 2 N / 10 000 + 1 such roundings: of a dose of 1.1 million counts (110 % at 0.0001 % a count), by
        /// 0.13 counts; of a CT of 65 535 counts that begins at -1000 HU, by 0.01 HU.
        /// </summary>
        private const double Rounding = 1.0 / (1 << 24);

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
        /// Finds the scale from counts 0 and 10 000, and makes sure with a third that it is linear. Asking Eclipse for
        /// every voxel would take minutes.
        /// </summary>
        /// <param name="convert">Eclipse's own conversion of one integer.</param>
        /// <exception cref="BridgeException">The conversion is not linear.</exception>
        public static LinearScale Probe(Func<int, double> convert)
        {
            double intercept = convert(0), far = convert(Far), near = convert(Near);
            double slope = (far - intercept) / Far;
            double rounding = Rounding * Math.Max(Math.Abs(intercept), Math.Abs(far));
            // Each of the three points may be rounded; so written that NaN fails.
            bool isLinear = Math.Abs(near - (intercept + (slope * Near))) <= 2 * rounding;
            if (!isLinear || Math.Abs(slope) * Far <= 2 * rounding)
            {
                throw new BridgeException("stored values must turn linearly into physical ones, found another relation");
            }
            return new LinearScale(slope, intercept);
        }

        /// <summary>The scale whose values are so many times as large.</summary>
        public LinearScale Times(double factor)
        {
            return new LinearScale(factor * Slope, factor * Intercept);
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
