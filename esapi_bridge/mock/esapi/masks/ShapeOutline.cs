using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Outlines of shapes that cover each other, along the edges of pixels.</summary>
    internal static class ShapeOutline
    {
        private const double PixelMm = 0.25;
        private const int MostPixels = 1000;

        /// <summary>Polygons around all shapes, mm; of a part with a hole the hole too.</summary>
        internal static List<VVector[]> Around(List<List<double[][]>> shapes)
        {
            double[] low = { 0, 0 }, high = { 0, 0 };
            for (int axis = 0; axis < 2; axis++)
            {
                low[axis] = shapes.Min(s => s.Min(p => p.Min(v => v[axis])));
                high[axis] = shapes.Max(s => s.Max(p => p.Max(v => v[axis])));
            }
            double pixel = Math.Max(PixelMm, Math.Max(high[0] - low[0], high[1] - low[1]) / MostPixels);
            int[] size = { (int)((high[0] - low[0]) / pixel) + 2, (int)((high[1] - low[1]) / pixel) + 2, 1 };
            VVector[] axes = { new VVector(1, 0, 0), new VVector(0, 1, 0), new VVector(0, 0, 1) };
            GridState grid = new GridState(size, new[] { pixel, pixel, 1 }, new VVector(low[0], low[1], 0), axes);
            Mask all = new Mask(new Lattice(grid, false), new int[3], size);
            foreach (List<double[][]> shape in shapes)
            {
                Add(all, MaskFill.Plane(all.Lattice, 0, shape.Select(p => Array.ConvertAll(p, v => new VVector(v[0], v[1], 0)))));
            }
            return MaskOutline.Plane(all, 0);
        }

        private static void Add(Mask all, Mask shape)
        {
            for (int j = 0; j < shape.Size[1]; j++)
            {
                int to = (shape.Low[1] + j) * all.Size[0] + shape.Low[0];
                for (int i = 0; i < shape.Size[0]; i++)
                {
                    all.Values[to + i] |= shape.Values[j * shape.Size[0] + i];
                }
            }
        }
    }
}
