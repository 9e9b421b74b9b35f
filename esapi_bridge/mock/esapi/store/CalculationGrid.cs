using System;

namespace EsapiBridge.Mock
{
    /// <summary>The grid that a plan without any dose gets.</summary>
    internal static class CalculationGrid
    {
        private const double SpacingMm = 2.5;

        /// <summary>2.5 mm in plane, the image's planes, the image's first voxel as origin.</summary>
        internal static GridState Over(GridState image)
        {
            int[] size = new int[3];
            double[] spacing = { SpacingMm, SpacingMm, image.Spacing[2] };
            for (int axis = 0; axis < 3; axis++)
            {
                size[axis] = (int)Math.Floor((image.Size[axis] - 1) * image.Spacing[axis] / spacing[axis] + 1e-6) + 1;
            }
            return new GridState(size, spacing, image.Origin, image.Axes);
        }
    }
}
