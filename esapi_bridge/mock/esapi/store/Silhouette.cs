using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>First and last X of a shape with margins, in rows along Y; collimator mm.</summary>
    internal sealed class Silhouette
    {
        private const double Step = 0.25;
        private readonly int _first;
        private readonly double[] _left, _right;

        internal Silhouette(List<double[][]> polygons, FitToStructureMargins margins)
        {
            Box = new VRect<double>(
                polygons.Min(p => p.Min(v => v[0])) - margins.X1, polygons.Min(p => p.Min(v => v[1])) - margins.Y1,
                polygons.Max(p => p.Max(v => v[0])) + margins.X2, polygons.Max(p => p.Max(v => v[1])) + margins.Y2);
            _first = (int)Math.Floor(Box.Y1 / Step);
            int count = (int)Math.Ceiling(Box.Y2 / Step) - _first + 1;
            double[] left = Enumerable.Repeat(double.PositiveInfinity, count).ToArray();
            double[] right = Enumerable.Repeat(double.NegativeInfinity, count).ToArray();
            foreach (double[][] polygon in polygons)
            {
                for (int n = 0, m = polygon.Length - 1; n < polygon.Length; m = n++)
                {
                    Edge(polygon[m], polygon[n], left, right);
                }
            }
            _left = Widened(left, margins.X1, margins, -1);
            _right = Widened(right, margins.X2, margins, 1);
        }

        /// <summary>All of it.</summary>
        internal VRect<double> Box { get; private set; }

        /// <summary>Where the ends of a leaf pair between two Y go; null where it stays closed.</summary>
        internal double[] Ends(double low, double high, OpenLeavesMeetingPoint meeting)
        {
            bool isMiddle = meeting == OpenLeavesMeetingPoint.OpenLeavesMeetingPoint_Middle;
            double from = isMiddle ? (low + high) / 2 : low;
            double to = isMiddle ? from : high;
            int[] rows = Enumerable.Range((int)Math.Round(from / Step), (int)Math.Round(to / Step) - (int)Math.Round(from / Step) + 1)
                .ToArray();
            bool isInside = meeting == OpenLeavesMeetingPoint.OpenLeavesMeetingPoint_Inside;
            double left = isInside ? rows.Max(r => At(_left, r, 1)) : rows.Min(r => At(_left, r, 1));
            double right = isInside ? rows.Min(r => At(_right, r, -1)) : rows.Max(r => At(_right, r, -1));
            return left < right ? new[] { left, right } : null;
        }

        private double At(double[] side, int row, int sign)
        {
            int n = row - _first;
            return n < 0 || n >= side.Length ? sign * double.PositiveInfinity : side[n];
        }

        private void Edge(double[] a, double[] b, double[] left, double[] right)
        {
            double[] low = a[1] <= b[1] ? a : b;
            double[] high = a[1] <= b[1] ? b : a;
            for (int row = (int)Math.Ceiling(low[1] / Step); row * Step <= high[1]; row++)
            {
                double part = high[1] > low[1] ? (row * Step - low[1]) / (high[1] - low[1]) : 0;
                double x = low[0] + part * (high[0] - low[0]);
                left[row - _first] = Math.Min(left[row - _first], Math.Min(x, high[1] > low[1] ? x : high[0]));
                right[row - _first] = Math.Max(right[row - _first], Math.Max(x, high[1] > low[1] ? x : high[0]));
            }
        }

        /// <summary>A side moved outwards by a quarter of an ellipse above and one below every row.</summary>
        private static double[] Widened(double[] side, double across, FitToStructureMargins margins, int sign)
        {
            double[] moved = new double[side.Length];
            for (int row = 0; row < side.Length; row++)
            {
                // A row is reached from below by the margin towards positive Y.
                double best = sign * double.NegativeInfinity;
                int low = Math.Max(0, row - (int)(margins.Y2 / Step));
                int high = Math.Min(side.Length - 1, row + (int)(margins.Y1 / Step));
                for (int from = low; from <= high; from++)
                {
                    double along = from < row ? margins.Y2 : margins.Y1;
                    double part = from == row ? 0 : (row - from) * Step / along;
                    double x = side[from] + sign * across * Math.Sqrt(Math.Max(0, 1 - part * part));
                    best = sign > 0 ? Math.Max(best, x) : Math.Min(best, x);
                }
                moved[row] = best;
            }
            return moved;
        }
    }
}
