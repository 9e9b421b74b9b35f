// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>A voxel lattice in DICOM patient coordinates, mm; never changes (row 14).</summary>
    internal sealed class GridState
    {
        internal readonly int[] Size;
        internal readonly double[] Spacing;
        internal readonly VVector Origin;
        internal readonly VVector[] Axes;

        internal GridState(int[] size, double[] spacing, VVector origin, VVector[] axes)
        {
            Size = size;
            Spacing = spacing;
            Origin = origin;
            Axes = axes;
        }

        internal int PlaneLength
        {
            get { return Size[0] * Size[1]; }
        }

        /// <summary>Whether both have the same voxels.</summary>
        internal bool IsThatOf(GridState other)
        {
            return ReferenceEquals(this, other)
                || (Size.SequenceEqual(other.Size) && Spacing.SequenceEqual(other.Spacing)
                    && VVector.Distance(Origin, other.Origin) < 1e-6
                    && Axes.Zip(other.Axes, (a, b) => VVector.Distance(a, b)).Max() < 1e-6);
        }

        /// <summary>Centre of a voxel.</summary>
        internal VVector Position(double i, double j, double k)
        {
            return Origin + Axes[0] * (Spacing[0] * i) + Axes[1] * (Spacing[1] * j) + Axes[2] * (Spacing[2] * k);
        }

        /// <summary>Fractional voxel index of a point along one axis.</summary>
        internal double Index(VVector point, int axis)
        {
            return (point - Origin).ScalarProduct(Axes[axis]) / Spacing[axis];
        }

        /// <summary>
        /// Refuses a plane outside or a buffer that is not [XSize, YSize] (row 8; the exception's type is assumed).
        /// </summary>
        internal void RequireBuffer(int planeIndex, int[,] buffer)
        {
            if (buffer == null)
            {
                throw new ArgumentNullException("buffer");
            }
            if (planeIndex < 0 || planeIndex >= Size[2])
            {
                throw new ArgumentOutOfRangeException(
                    "planeIndex", "expected a plane from 0 to " + (Size[2] - 1) + ", found " + planeIndex);
            }
            if (buffer.GetLength(0) != Size[0] || buffer.GetLength(1) != Size[1])
            {
                throw new ArgumentException(
                    "expected a buffer of [XSize, YSize] = [" + Size[0] + ", " + Size[1] + "], found ["
                    + buffer.GetLength(0) + ", " + buffer.GetLength(1) + "]");
            }
        }
    }
}
