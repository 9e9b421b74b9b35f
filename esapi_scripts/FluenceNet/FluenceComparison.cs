using System;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Compares two fluences by position: Eclipse may crop or pad a map that it is given.</summary>
    public static class FluenceComparison
    {
        /// <summary>Pixel of an optimal fluence in Eclipse, mm.</summary>
        public const double PixelMm = 2.5;

        private const double SamePlaceMm = 1e-3;

        /// <summary>
        /// Largest difference of two pixels at one place; a map counts as 0 where it has none. Not a number if the pixels of
        /// one lie between those of the other.
        /// </summary>
        public static double Largest(Fluence one, Fluence other)
        {
            double columns = (one.XOrigin - other.XOrigin) / PixelMm;
            double rows = (other.YOrigin - one.YOrigin) / PixelMm; // rows run towards -Y
            int right = (int)Math.Round(columns), down = (int)Math.Round(rows);
            if (!(Math.Max(Math.Abs(columns - right), Math.Abs(rows - down)) * PixelMm <= SamePlaceMm))
            {
                return double.NaN;
            }
            float[,] here = one.GetPixels(), there = other.GetPixels(); // [row, column]
            return Math.Max(Largest(here, there, down, right), Largest(there, here, -down, -right));
        }

        private static double Largest(float[,] one, float[,] other, int down, int right)
        {
            double largest = 0;
            for (int row = 0; row < one.GetLength(0); row++)
            {
                for (int column = 0; column < one.GetLength(1); column++)
                {
                    int r = row + down, c = column + right;
                    bool isCovered = r >= 0 && c >= 0 && r < other.GetLength(0) && c < other.GetLength(1);
                    largest = Math.Max(largest, Math.Abs(one[row, column] - (isCovered ? other[r, c] : 0f)));
                }
            }
            return largest;
        }
    }
}
