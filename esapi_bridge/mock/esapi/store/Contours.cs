using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Plane geometry of closed polygons that combine by even-odd filling.</summary>
    internal static class Contours
    {
        /// <summary>Whether a point, in voxel indices of the image, is inside.</summary>
        internal static bool Inside(GridState grid, List<VVector[]> contours, double i, double j)
        {
            bool inside = false;
            foreach (VVector[] contour in contours)
            {
                inside ^= Crosses(Flat(grid, contour), i, j);
            }
            return inside;
        }

        /// <summary>Area, mm2. A polygon within an odd number of others is a hole.</summary>
        internal static double Area(GridState grid, List<VVector[]> contours)
        {
            return Parts(grid, contours).Sum(p => p[0]);
        }

        /// <summary>Centre of gravity, DICOM mm.</summary>
        internal static VVector Centre(GridState grid, Dictionary<int, List<VVector[]>> byPlane)
        {
            double area = 0, i = 0, j = 0, k = 0;
            foreach (KeyValuePair<int, List<VVector[]>> plane in byPlane)
            {
                foreach (double[] part in Parts(grid, plane.Value))
                {
                    area += part[0];
                    i += part[0] * part[1];
                    j += part[0] * part[2];
                    k += part[0] * plane.Key;
                }
            }
            return grid.Position(i / area, j / area, k / area);
        }

        /// <summary>Signed area, mm2, and centre, voxel indices, of each polygon.</summary>
        private static IEnumerable<double[]> Parts(GridState grid, List<VVector[]> contours)
        {
            List<double[][]> polygons = contours.ConvertAll(c => Flat(grid, c));
            foreach (double[][] polygon in polygons)
            {
                double twice = 0, i = 0, j = 0;
                for (int n = 0; n < polygon.Length; n++)
                {
                    double[] a = polygon[n];
                    double[] b = polygon[(n + 1) % polygon.Length];
                    double cross = a[0] * b[1] - b[0] * a[1];
                    twice += cross;
                    i += (a[0] + b[0]) * cross;
                    j += (a[1] + b[1]) * cross;
                }
                if (twice == 0)
                {
                    continue;
                }
                double[] within = JustInside(polygon, twice > 0);
                int around = polygons.Count(p => p != polygon && Crosses(p, within[0], within[1]));
                double area = Math.Abs(twice) / 2 * grid.Spacing[0] * grid.Spacing[1] * (around % 2 == 0 ? 1 : -1);
                yield return new[] { area, i / (3 * twice), j / (3 * twice) };
            }
        }

        /// <summary>A point off the middle of an edge: polygons may share vertices, and there inside is not told.</summary>
        private static double[] JustInside(double[][] polygon, bool isAnticlockwise)
        {
            double[] a = polygon[0];
            double[] b = polygon.First(p => p[0] != a[0] || p[1] != a[1]);
            double aside = (isAnticlockwise ? 1e-4 : -1e-4) / Math.Sqrt(Math.Pow(b[0] - a[0], 2) + Math.Pow(b[1] - a[1], 2));
            return new[] { (a[0] + b[0]) / 2 - (b[1] - a[1]) * aside, (a[1] + b[1]) / 2 + (b[0] - a[0]) * aside };
        }

        /// <summary>Columns at which the edges of polygons cross a row, in voxel indices; in no order.</summary>
        internal static double[] Crossings(List<double[][]> polygons, double j)
        {
            List<double> columns = new List<double>();
            foreach (double[][] polygon in polygons)
            {
                for (int n = 0, m = polygon.Length - 1; n < polygon.Length; m = n++)
                {
                    double[] a = polygon[n];
                    double[] b = polygon[m];
                    if (a[1] > j != b[1] > j)
                    {
                        columns.Add((b[0] - a[0]) * (j - a[1]) / (b[1] - a[1]) + a[0]);
                    }
                }
            }
            return columns.ToArray();
        }

        /// <summary>A contour in voxel indices.</summary>
        internal static double[][] Flat(GridState grid, VVector[] contour)
        {
            return Array.ConvertAll(contour, p => new[] { grid.Index(p, 0), grid.Index(p, 1) });
        }

        private static bool Crosses(double[][] polygon, double i, double j)
        {
            bool inside = false;
            for (int n = 0, m = polygon.Length - 1; n < polygon.Length; m = n++)
            {
                double[] a = polygon[n];
                double[] b = polygon[m];
                if (a[1] > j != b[1] > j && i < (b[0] - a[0]) * (j - a[1]) / (b[1] - a[1]) + a[0])
                {
                    inside = !inside;
                }
            }
            return inside;
        }
    }
}
