using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Masks of contours, by the rule of Python's case/rasterise.py: even-odd at voxel centres; a centre exactly on an edge
    /// belongs to one side only. A contour that is there twice must have been dropped.
    /// </summary>
    internal static class MaskFill
    {
        /// <summary>How far apart copies of a contour may be, as in Python's case/slabs.py.</summary>
        private const double CopyMm = 0.1;

        internal static Mask Planes(Lattice lattice, Dictionary<int, List<VVector[]>> byPlane)
        {
            List<Mask> planes = byPlane.Where(p => p.Key >= 0 && p.Key < lattice.Grid.Size[2])
                .Select(p => Plane(lattice, p.Key, p.Value)).Where(m => m.Values.Length > 0).ToList();
            if (planes.Count == 0)
            {
                return Mask.Empty(lattice);
            }
            int[] low = Enumerable.Range(0, 3).Select(a => planes.Min(p => p.Low[a])).ToArray();
            int[] size = Enumerable.Range(0, 3).Select(a => planes.Max(p => p.Low[a] + p.Size[a]) - low[a]).ToArray();
            Mask all = new Mask(lattice, low, size);
            foreach (Mask plane in planes)
            {
                byte[] values = plane.Within(new[] { low[0], low[1], plane.Low[2] }, new[] { size[0], size[1], 1 }).Values;
                Buffer.BlockCopy(values, 0, all.Values, (plane.Low[2] - low[2]) * values.Length, values.Length);
            }
            return all.Trimmed();
        }

        internal static Mask Plane(Lattice lattice, int k, IEnumerable<VVector[]> contours)
        {
            GridState grid = lattice.Grid;
            List<double[][]> polygons = contours.Select(c => InPixels(grid, c)).Where(p => p[0].Length > 2).ToList();
            if (polygons.Count == 0)
            {
                return Mask.Empty(lattice);
            }
            int[] low = { 0, 0, k };
            int[] size = { 0, 0, 1 };
            for (int axis = 0; axis < 2; axis++)
            {
                low[axis] = Clip(Math.Floor(polygons.Min(p => p[axis].Min())), 0, grid.Size[axis]);
                size[axis] = Clip(Math.Ceiling(polygons.Max(p => p[axis].Max())) + 1, low[axis], grid.Size[axis]) - low[axis];
            }
            if (size[0] == 0 || size[1] == 0)
            {
                return Mask.Empty(lattice);
            }
            Mask mask = new Mask(lattice, low, size);
            foreach (double[][] polygon in polygons)
            {
                Flip(polygon, low, size, mask.Values);
            }
            for (int row = 0; row < size[1]; row++)
            {
                for (int n = row * size[0] + 1; n < (row + 1) * size[0]; n++)
                {
                    mask.Values[n] ^= mask.Values[n - 1];
                }
            }
            return mask;
        }

        /// <summary>Marks where inside and outside change along every row.</summary>
        private static void Flip(double[][] polygon, int[] low, int[] size, byte[] flips)
        {
            int count = polygon[0].Length;
            for (int n = 0; n < count; n++)
            {
                int next = (n + 1) % count;
                double x0 = polygon[0][n] - low[0], y0 = polygon[1][n] - low[1];
                double x1 = polygon[0][next] - low[0], y1 = polygon[1][next] - low[1];
                // Half-open, so that a vertex on a row counts once.
                int first = Clip(Math.Ceiling(Math.Min(y0, y1)), 0, size[1]);
                int last = Clip(Math.Ceiling(Math.Max(y0, y1)), 0, size[1]);
                for (int row = first; row < last; row++)
                {
                    double x = x0 + (row - y0) * (x1 - x0) / (y1 - y0);
                    int column = Clip(Math.Ceiling(x), 0, size[0]);
                    if (column < size[0])
                    {
                        flips[row * size[0] + column] ^= 1;
                    }
                }
            }
        }

        /// <summary>Coordinates along rows and along columns, in pixels.</summary>
        private static double[][] InPixels(GridState grid, VVector[] contour)
        {
            return Enumerable.Range(0, 2).Select(axis =>
            {
                // In this order, as Python does it, so that points that lie on a centre there do here.
                double corner = grid.Origin.ScalarProduct(grid.Axes[axis]);
                return Array.ConvertAll(contour, p => (p.ScalarProduct(grid.Axes[axis]) - corner) / grid.Spacing[axis]);
            }).ToArray();
        }

        /// <summary>The contours of a plane, those that are there twice once.</summary>
        internal static List<VVector[]> Distinct(GridState grid, List<VVector[]> contours)
        {
            if (contours.Count < 2)
            {
                return contours;
            }
            List<double[]> kept = new List<double[]>();
            return contours.Where(c =>
            {
                double[] own = Features(InPixels(grid, c), grid.Spacing);
                bool copy = kept.Any(other => other.Zip(own, (a, b) => Math.Abs(a - b)).Max() <= CopyMm);
                kept.Add(own);
                return !copy;
            }).ToList();
        }

        /// <summary>Box and centroid, mm: alike for copies, wherever they begin.</summary>
        private static double[] Features(double[][] polygon, double[] spacing)
        {
            double twice = 0;
            double[] middle = new double[2];
            double x0 = polygon[0][0], y0 = polygon[1][0];
            for (int n = 0; n < polygon[0].Length; n++)
            {
                int next = (n + 1) % polygon[0].Length;
                double ax = polygon[0][n] - x0, ay = polygon[1][n] - y0;
                double bx = polygon[0][next] - x0, by = polygon[1][next] - y0;
                double cross = ax * by - bx * ay;
                twice += cross;
                middle[0] += (ax + bx) * cross;
                middle[1] += (ay + by) * cross;
            }
            return Enumerable.Range(0, 2).SelectMany(axis => new[]
            {
                polygon[axis].Min() * spacing[axis], polygon[axis].Max() * spacing[axis],
                (polygon[axis][0] + (twice == 0 ? 0 : middle[axis] / (3 * twice))) * spacing[axis]
            }).ToArray();
        }

        private static int Clip(double value, int low, int high)
        {
            return value <= low ? low : value >= high ? high : (int)value;
        }
    }
}
