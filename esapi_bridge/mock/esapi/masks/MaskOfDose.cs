using System;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>Voxels whose centres have a dose of a level or more, linear between the voxels of the dose.</summary>
    internal static class MaskOfDose
    {
        internal static Mask From(Lattice lattice, DoseState dose, double percent)
        {
            GridState grid = lattice.Grid;
            double[][] corners = Enumerable.Range(0, 8).Select(n =>
            {
                int[] last = dose.Grid.Size.Select((s, axis) => (n >> axis & 1) * (s - 1)).ToArray();
                VMS.TPS.Common.Model.Types.VVector at = dose.Grid.Position(last[0], last[1], last[2]);
                return new[] { grid.Index(at, 0), grid.Index(at, 1), grid.Index(at, 2) };
            }).ToArray();
            int[] low = new int[3];
            int[] size = new int[3];
            for (int axis = 0; axis < 3; axis++)
            {
                low[axis] = (int)Math.Max(0, Math.Floor(corners.Min(c => c[axis])));
                size[axis] = (int)Math.Min(grid.Size[axis], Math.Ceiling(corners.Max(c => c[axis])) + 1) - low[axis];
            }
            if (size.Min() <= 0)
            {
                return Mask.Empty(lattice);
            }
            Mask mask = new Mask(lattice, low, size);
            int at0 = 0;
            for (int k = 0; k < size[2]; k++)
            {
                for (int j = 0; j < size[1]; j++)
                {
                    for (int i = 0; i < size[0]; i++, at0++)
                    {
                        double count = Sampler.Count(dose, grid.Position(low[0] + i, low[1] + j, low[2] + k));
                        mask.Values[at0] = dose.Percent(count) >= percent ? (byte)1 : (byte)0;
                    }
                }
            }
            return mask.Trimmed();
        }
    }
}
