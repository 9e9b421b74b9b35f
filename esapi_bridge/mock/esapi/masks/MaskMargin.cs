using System;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Masks grown and shrunk by distances between voxel centres, mm: the exact distance transform, axis by axis, of
    /// distances measured in margins. With six equal margins what is added is a ball, else eight parts of ellipsoids.
    /// </summary>
    internal static class MaskMargin
    {
        /// <summary>
        /// Excess of the square of a distance over that of a margin that still is within it; covers rounded positions.
        /// </summary>
        private const float Within = 1.0001f;

        /// <summary>
        /// Margins are towards the negative and the positive end of each axis: x1, y1, z1, x2, y2, z2. What would lie beyond
        /// the image is cut off.
        /// </summary>
        internal static Mask Outer(Mask mask, double[] margins)
        {
            if (mask.Values.Length == 0)
            {
                return mask;
            }
            int[] low = new int[3];
            int[] size = new int[3];
            for (int axis = 0; axis < 3; axis++)
            {
                low[axis] = Math.Max(0, mask.Low[axis] - Steps(mask, axis, margins[axis]));
                int end = mask.Low[axis] + mask.Size[axis] + Steps(mask, axis, margins[axis + 3]);
                size[axis] = Math.Min(mask.Lattice.Grid.Size[axis], end) - low[axis];
            }
            Mask wide = mask.Within(low, size);
            return new Mask(mask.Lattice, low, size, Reached(wide, 1, margins)).Trimmed();
        }

        /// <summary>Margins as in Outer; what is beyond the image is outside.</summary>
        internal static Mask Inner(Mask mask, double[] margins)
        {
            if (mask.Values.Length == 0)
            {
                return mask;
            }
            Mask wide = mask.Within(mask.Low.Select(n => n - 1).ToArray(), mask.Size.Select(n => n + 2).ToArray());
            // What is outside comes in against the directions in which the margins point.
            double[] against = margins.Skip(3).Concat(margins.Take(3)).ToArray();
            byte[] lost = Reached(wide, 0, against);
            byte[] kept = Array.ConvertAll(lost, n => (byte)(1 - n));
            return new Mask(mask.Lattice, wide.Low, wide.Size, kept).Trimmed();
        }

        private static int Steps(Mask mask, int axis, double margin)
        {
            return (int)Math.Floor(margin * Within / mask.Lattice.Grid.Spacing[axis]);
        }

        /// <summary>Voxels of the box that are within the margins of one of the given value.</summary>
        private static byte[] Reached(Mask mask, byte value, double[] margins)
        {
            float[] squares = Array.ConvertAll(mask.Values, n => n == value ? 0f : float.PositiveInfinity);
            for (int axis = 0, stride = 1; axis < 3; stride *= mask.Size[axis], axis++)
            {
                double spacing = mask.Lattice.Grid.Spacing[axis];
                // Infinite where the margin is zero.
                double towardsLow = spacing / margins[axis] * (spacing / margins[axis]);
                double towardsHigh = spacing / margins[axis + 3] * (spacing / margins[axis + 3]);
                Line line = new Line(mask.Size[axis], towardsLow, towardsHigh);
                for (int first = 0; first < squares.Length; first++)
                {
                    if (first / stride % mask.Size[axis] == 0)
                    {
                        line.Spread(squares, first, stride);
                    }
                    else
                    {
                        first += stride * (mask.Size[axis] - 1) - 1;  // to the next layer of lines
                    }
                }
            }
            return Array.ConvertAll(squares, s => s <= Within ? (byte)1 : (byte)0);
        }

        /// <summary>
        /// The transform along a line: the lower envelope of parabolas, one for the part of each that points up the line and
        /// one for the part that points down (after Felzenszwalb and Huttenlocher, Theory of Computing 8, 2012, 415-428).
        /// </summary>
        private sealed class Line
        {
            private readonly int _length;
            private readonly double _towardsLow;
            private readonly double _towardsHigh;
            private readonly double[] _from;
            private readonly double[] _best;
            private readonly int[] _places;
            private readonly double[] _begins;

            internal Line(int length, double towardsLow, double towardsHigh)
            {
                _length = length;
                _towardsLow = towardsLow;
                _towardsHigh = towardsHigh;
                _from = new double[length];
                _best = new double[length];
                _places = new int[length];
                _begins = new double[length];
            }

            internal void Spread(float[] squares, int first, int stride)
            {
                bool any = false;
                bool all = true;
                for (int n = 0, at = first; n < _length; n++, at += stride)
                {
                    _from[n] = _best[n] = squares[at];
                    any |= squares[at] <= Within;
                    all &= squares[at] == 0;
                }
                if (!any || all)
                {
                    return;
                }
                Sweep(_towardsHigh, false);
                Sweep(_towardsLow, true);
                for (int n = 0, at = first; n < _length; n++, at += stride)
                {
                    squares[at] = _best[n] <= Within ? (float)_best[n] : float.PositiveInfinity;
                }
            }

            private void Sweep(double weight, bool down)
            {
                if (double.IsInfinity(weight))
                {
                    return;
                }
                int last = -1;
                int now = 0;
                for (int n = 0; n < _length; n++)
                {
                    double height = _from[down ? _length - 1 - n : n];
                    if (height <= Within)
                    {
                        double begin = double.NegativeInfinity;
                        for (; last >= 0; last--)
                        {
                            int other = _places[last];
                            double otherHeight = _from[down ? _length - 1 - other : other];
                            begin = ((height - otherHeight) / weight + (double)n * n - (double)other * other)
                                / (2.0 * (n - other));
                            if (begin > _begins[last])
                            {
                                break;
                            }
                        }
                        last++;
                        _places[last] = n;
                        _begins[last] = last == 0 ? double.NegativeInfinity : begin;
                        now = now < last ? now : Math.Max(0, last - 1);
                    }
                    if (last < 0)
                    {
                        continue;
                    }
                    while (now < last && _begins[now + 1] <= n)
                    {
                        now++;
                    }
                    int place = _places[now];
                    int target = down ? _length - 1 - n : n;
                    double value = _from[down ? _length - 1 - place : place] + weight * (n - place) * (n - place);
                    if (value < _best[target])
                    {
                        _best[target] = value;
                    }
                }
            }
        }
    }
}
