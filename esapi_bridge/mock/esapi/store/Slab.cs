using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// The part of a structure that one plane of contours stands for, by the rule of Python's case/slabs.py: a plane reaches
    /// half-way to its neighbour as long as one slice at most is missing between them; else, as at both ends, by half a slice.
    /// </summary>
    internal sealed class Slab
    {
        private const double Margin = 0.01;
        private const double LongestStepMm = 10;

        /// <summary>Height of its ends along the planes of the image, as index of plane.</summary>
        internal double Bottom, Top;
        internal List<VVector[]> Contours;

        /// <summary>The slabs of a structure, lowest first.</summary>
        internal static List<Slab> Of(GridState grid, Dictionary<int, List<VVector[]>> byPlane)
        {
            List<Slab> slabs = byPlane.Where(p => p.Value.Any(c => c.Length > 2)).OrderBy(p => p.Key)
                .Select(p => new Slab { Bottom = p.Key, Top = p.Key, Contours = p.Value }).ToList();
            double longest = 2 * Usual(slabs, grid.Spacing[2]) * (1 + Margin);
            for (int n = 0; n < slabs.Count; n++)
            {
                double height = slabs[n].Top;
                bool joined = n + 1 < slabs.Count && slabs[n + 1].Bottom - height <= longest;
                slabs[n].Top = joined ? (height + slabs[n + 1].Bottom) / 2 : height + 0.5;
                if (n == 0)
                {
                    slabs[n].Bottom = height - 0.5;
                }
                if (n + 1 < slabs.Count)
                {
                    slabs[n + 1].Bottom = joined ? slabs[n].Top : slabs[n + 1].Bottom - 0.5;
                }
            }
            return slabs;
        }

        /// <summary>Volume of slabs, mm3: area of the contours, even-odd, times height.</summary>
        internal static double Volume(GridState grid, IEnumerable<Slab> slabs)
        {
            return slabs.Sum(s => EsapiBridge.Mock.Contours.Area(grid, s.Contours) * (s.Top - s.Bottom)) * grid.Spacing[2];
        }

        /// <summary>
        /// The slabs without what each part has beyond its first and its last plane, as Eclipse samples dose; a lone plane
        /// stays whole.
        /// </summary>
        internal static List<Slab> BetweenPlanes(List<Slab> slabs)
        {
            List<Slab> cut = new List<Slab>();
            for (int n = 0; n < slabs.Count; n++)
            {
                Slab slab = slabs[n];
                bool first = n == 0 || slab.Bottom > slabs[n - 1].Top;
                bool last = n + 1 == slabs.Count || slab.Top < slabs[n + 1].Bottom;
                double half = first != last ? 0.5 : 0;
                cut.Add(new Slab
                {
                    Bottom = slab.Bottom + (first ? half : 0), Top = slab.Top - (last ? half : 0), Contours = slab.Contours
                });
            }
            return cut;
        }

        /// <summary>The step between planes that it was drawn with, in slices.</summary>
        private static double Usual(List<Slab> slabs, double sliceMm)
        {
            List<double> steps = slabs.Skip(1).Select((s, n) => s.Bottom - slabs[n].Bottom).OrderBy(s => s).ToList();
            double usual = steps.Count == 0 ? 1 : steps[(steps.Count - 1) / 2];
            // A long step is a habit only where it is repeated; else there are two parts far apart.
            bool habit = usual <= 2 * (1 + Margin) || (steps.Count > 1 && usual * sliceMm <= LongestStepMm);
            return habit ? usual : 1;
        }
    }
}
