// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// A dose sampled inside a structure, by the rule of Python's report/dvh.py (row 45): on a lattice of its own, finer than
    /// the dose, from the first to the last plane of each part, linear between dose voxels and constant over the outer half
    /// voxel.
    /// </summary>
    internal sealed class DoseSamples
    {
        private const double MostSamples = 600000;
        private const double FinestMm = 0.2;

        /// <summary>Counts within the dose grid, ascending.</summary>
        internal float[] Counts = new float[0];
        /// <summary>Volume of the whole structure, cm3.</summary>
        internal double VolumeCc;
        /// <summary>Share of the samples within the dose grid.</summary>
        internal double Covered;
        /// <summary>Volume of the samples within the dose grid over the volume that is sampled.</summary>
        internal double SampledShare;
        internal VVector LowestAt, HighestAt;

        private readonly Dictionary<int, List<VVector[]>> _drawn;
        private readonly DoseState _dose;
        private readonly int[][] _planes;
        private readonly int _width;
        private readonly double[] _last;

        internal DoseSamples(DoseState dose, StructureState structure)
        {
            _drawn = new Dictionary<int, List<VVector[]>>(structure.ByPlane);
            _dose = dose;
            _planes = new int[dose.Grid.Size[2]][];
            _width = dose.Grid.Size[0];
            _last = Array.ConvertAll(dose.Grid.Size, n => n - 1.0);
            GridState image = structure.Set.Image.Grid;
            List<Slab> slabs = Slab.Of(image, _drawn);
            VolumeCc = Slab.Volume(image, slabs) / 1000;
            if (VolumeCc > 0)
            {
                Sample(Finer(image, slabs), Slab.BetweenPlanes(slabs), image);
            }
        }

        /// <summary>Whether the structure is as it was when it was sampled.</summary>
        internal bool IsOf(StructureState structure)
        {
            // Lists of a plane are replaced, never changed.
            List<VVector[]> now;
            return _drawn.Count == structure.ByPlane.Count
                && _drawn.All(p => structure.ByPlane.TryGetValue(p.Key, out now) && ReferenceEquals(now, p.Value));
        }

        /// <summary>A lattice around a structure, with whole numbers of voxels to half a slice.</summary>
        private static GridState Finer(GridState image, List<Slab> slabs)
        {
            double[] low = { double.MaxValue, double.MaxValue, slabs[0].Bottom * image.Spacing[2] };
            double[] high = { double.MinValue, double.MinValue, slabs[slabs.Count - 1].Top * image.Spacing[2] };
            foreach (VVector point in slabs.SelectMany(s => s.Contours).Where(c => c.Length > 2).SelectMany(c => c))
            {
                for (int axis = 0; axis < 2; axis++)
                {
                    double at = image.Index(point, axis) * image.Spacing[axis];
                    low[axis] = Math.Min(low[axis], at);
                    high[axis] = Math.Max(high[axis], at);
                }
            }
            double[] extent = high.Select((h, n) => h - low[n]).OrderByDescending(e => e).ToArray();
            double side = FinestMm;
            double product = 1;
            for (int n = 0; n < 3; n++)
            {
                product *= extent[n];
                side = Math.Max(side, Math.Pow(product / MostSamples, 1.0 / (n + 1)));
            }
            double slice = image.Spacing[2];
            double[] step = { side, side, slice > side / 2 ? slice / (2 * Math.Max(1, Math.Round(slice / side / 2))) : side };
            int[] size = step.Select((s, n) => Math.Max(1, (int)Math.Ceiling((high[n] - low[n]) / s - 1e-6))).ToArray();
            VVector origin = image.Origin;
            for (int n = 0; n < 3; n++)
            {
                origin = origin + image.Axes[n] * (low[n] + step[n] / 2);
            }
            return new GridState(size, step, origin, image.Axes);
        }

        private void Sample(GridState fine, List<Slab> sampled, GridState image)
        {
            Lattice lattice = new Lattice(fine, false);
            GridState dose = _dose.Grid;
            // Index in the dose of the first sample, and how it goes on along each axis of the lattice.
            double[] start = new double[3];
            double[][] step = new double[3][];
            for (int axis = 0; axis < 3; axis++)
            {
                start[axis] = dose.Index(fine.Origin, axis);
                step[axis] = Enumerable.Range(0, 3)
                    .Select(n => fine.Axes[n].ScalarProduct(dose.Axes[axis]) * fine.Spacing[n] / dose.Spacing[axis]).ToArray();
            }
            double first = image.Index(fine.Origin, 2);
            double pitch = fine.Spacing[2] / image.Spacing[2];
            List<float> counts = new List<float>();
            long inside = 0;
            float lowest = float.MaxValue, highest = float.MinValue;
            int k = 0;
            foreach (Slab slab in sampled)
            {
                while (k < fine.Size[2] && first + k * pitch < slab.Bottom)
                {
                    k++;
                }
                Mask mask = k < fine.Size[2] && first + k * pitch < slab.Top
                    ? MaskFill.Plane(lattice, 0, slab.Contours) : null;
                for (; k < fine.Size[2] && first + k * pitch < slab.Top; k++)
                {
                    for (int n = 0; n < mask.Values.Length; n++)
                    {
                        if (mask.Values[n] == 0)
                        {
                            continue;
                        }
                        inside++;
                        int i = mask.Low[0] + n % mask.Size[0];
                        int j = mask.Low[1] + n / mask.Size[0];
                        float count = At(
                            start[0] + i * step[0][0] + j * step[0][1] + k * step[0][2],
                            start[1] + i * step[1][0] + j * step[1][1] + k * step[1][2],
                            start[2] + i * step[2][0] + j * step[2][1] + k * step[2][2]);
                        if (float.IsNaN(count))
                        {
                            continue;
                        }
                        counts.Add(count);
                        if (count < lowest)
                        {
                            lowest = count;
                            LowestAt = fine.Position(i, j, k);
                        }
                        if (count > highest)
                        {
                            highest = count;
                            HighestAt = fine.Position(i, j, k);
                        }
                    }
                }
            }
            Counts = counts.ToArray();
            Array.Sort(Counts);
            Covered = inside == 0 ? 0 : (double)Counts.Length / inside;
            SampledShare = Counts.Length * fine.Spacing[0] * fine.Spacing[1] * fine.Spacing[2] / Slab.Volume(image, sampled);
        }

        /// <summary>Tri-linear count at an index of the dose; not a number beyond its outer faces.</summary>
        private float At(double x, double y, double z)
        {
            if (x < -0.5 - 1e-9 || y < -0.5 - 1e-9 || z < -0.5 - 1e-9
                || x > _last[0] + 0.5 + 1e-9 || y > _last[1] + 0.5 + 1e-9 || z > _last[2] + 0.5 + 1e-9)
            {
                return float.NaN;
            }
            x = x < 0 ? 0 : x > _last[0] ? _last[0] : x;
            y = y < 0 ? 0 : y > _last[1] ? _last[1] : y;
            z = z < 0 ? 0 : z > _last[2] ? _last[2] : z;
            int i = (int)x, j = (int)y, k = (int)z;
            double u = x - i, v = y - j, w = z - k;
            int right = u > 0 ? 1 : 0;
            int down = v > 0 ? _width : 0;
            int at = j * _width + i;
            double value = Bilinear(Plane(k), at, right, down, u, v);
            return (float)(w > 0 ? value + w * (Bilinear(Plane(k + 1), at, right, down, u, v) - value) : value);
        }

        private static double Bilinear(int[] plane, int at, int right, int down, double u, double v)
        {
            double upper = plane[at] + u * (plane[at + right] - plane[at]);
            double lower = plane[at + down] + u * (plane[at + down + right] - plane[at + down]);
            return upper + v * (lower - upper);
        }

        private int[] Plane(int k)
        {
            int[] plane = _planes[k];
            if (plane == null)
            {
                plane = _dose.Plane(k);
                _planes[k] = plane;
            }
            return plane;
        }
    }
}
