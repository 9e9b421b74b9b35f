using System;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Counts of a dose between its voxels.</summary>
    internal static class Sampler
    {
        /// <summary>Tri-linear count at a point; not a number outside the voxel centres.</summary>
        internal static double Count(DoseState dose, VVector point)
        {
            int width = dose.Grid.Size[0];
            return Linear(dose.Grid, point, (i, j, k) => dose.Plane(k)[j * width + i]);
        }

        /// <summary>Tri-linear value at a point; not a number outside the voxel centres.</summary>
        internal static double Linear(GridState grid, VVector point, Func<int, int, int, int> value)
        {
            int[] low = new int[3];
            double[] part = new double[3];
            for (int axis = 0; axis < 3; axis++)
            {
                double index = grid.Index(point, axis);
                // A point on the last centre may lie a rounding error outside.
                index = Math.Abs(index - Math.Round(index)) < 1e-9 ? Math.Round(index) : index;
                if (!(index >= 0 && index <= grid.Size[axis] - 1))
                {
                    return double.NaN;
                }
                low[axis] = Math.Min((int)index, Math.Max(0, grid.Size[axis] - 2));
                part[axis] = index - low[axis];
            }
            double sum = 0;
            for (int dz = 0; dz < 2; dz++)
            {
                double weightZ = dz == 0 ? 1 - part[2] : part[2];
                if (weightZ == 0)
                {
                    continue;
                }
                for (int corner = 0; corner < 4; corner++)
                {
                    double weight = weightZ * (corner % 2 == 0 ? 1 - part[0] : part[0])
                        * (corner / 2 == 0 ? 1 - part[1] : part[1]);
                    if (weight != 0)
                    {
                        sum += weight * value(low[0] + corner % 2, low[1] + corner / 2, low[2] + dz);
                    }
                }
            }
            return sum;
        }
    }
}
