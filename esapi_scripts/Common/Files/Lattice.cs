using System;
using System.Collections.Generic;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Where the voxels of a volume lie, LPS mm. Index order (i, j, k), i fastest; arrays on it are (k, j, i).
    /// The C# side of <c>esapi_bridge.case.Grid</c>.
    /// </summary>
    public sealed class Lattice
    {
        /// <summary>Largest displacement of any corner for two lattices to count as the same.</summary>
        public const double SameToleranceMm = 1e-3;

        private readonly double[] _directions;

        /// <summary>Makes a lattice.</summary>
        /// <param name="size">Voxel counts along i, j, k.</param>
        /// <param name="spacingMm">Distance of voxel centres along i, j, k.</param>
        /// <param name="originMm">LPS position of the centre of voxel (0, 0, 0).</param>
        /// <param name="directions">Row-major 3x3 matrix whose columns are the LPS unit vectors of i, j, k.</param>
        public Lattice(int[] size, double[] spacingMm, double[] originMm, double[] directions)
        {
            Size = size;
            SpacingMm = spacingMm;
            OriginMm = originMm;
            _directions = directions;
        }

        /// <summary>Voxel counts along i, j, k.</summary>
        public int[] Size { get; private set; }

        /// <summary>Distance of voxel centres along i, j, k, mm.</summary>
        public double[] SpacingMm { get; private set; }

        /// <summary>LPS position of the centre of voxel (0, 0, 0), mm.</summary>
        public double[] OriginMm { get; private set; }

        /// <summary>Array shape (k, j, i).</summary>
        public int[] Shape
        {
            get { return new[] { Size[2], Size[1], Size[0] }; }
        }

        /// <summary>Reads the lattice from a JSON grid of a result.</summary>
        public static Lattice FromJson(JsonObject part)
        {
            return new Lattice(
                part.Integers("size"), part.Numbers("spacing_mm"), part.Numbers("origin_mm"), part.Numbers("direction"));
        }

        /// <summary>The JSON grid of a case.</summary>
        public Dictionary<string, object> ToJson()
        {
            return new Dictionary<string, object>
            {
                { "size", Size }, { "spacing_mm", SpacingMm }, { "origin_mm", OriginMm }, { "direction", _directions }
            };
        }

        /// <summary>LPS position of a (fractional) voxel index, mm.</summary>
        public double[] ToPatient(double i, double j, double k)
        {
            double[] point = new double[3];
            for (int axis = 0; axis < 3; axis++)
            {
                point[axis] = OriginMm[axis] + (_directions[3 * axis] * SpacingMm[0] * i)
                    + (_directions[(3 * axis) + 1] * SpacingMm[1] * j) + (_directions[(3 * axis) + 2] * SpacingMm[2] * k);
            }
            return point;
        }

        /// <summary>Fractional voxel index of an LPS position, mm.</summary>
        public double[] ToIndex(double[] point)
        {
            double[] index = new double[3];
            for (int axis = 0; axis < 3; axis++)
            {
                for (int row = 0; row < 3; row++)
                {
                    index[axis] += _directions[(3 * row) + axis] * (point[row] - OriginMm[row]) / SpacingMm[axis];
                }
            }
            return index;
        }

        /// <summary>Whether both have the same voxels.</summary>
        public bool Matches(Lattice other)
        {
            for (int axis = 0; axis < 3; axis++)
            {
                if (Size[axis] != other.Size[axis])
                {
                    return false;
                }
            }
            for (int corner = 0; corner < 8; corner++)
            {
                double i = (corner & 1) * (Size[0] - 1), j = ((corner >> 1) & 1) * (Size[1] - 1), k = (corner >> 2) * (Size[2] - 1);
                double[] here = ToPatient(i, j, k), there = other.ToPatient(i, j, k);
                for (int axis = 0; axis < 3; axis++)
                {
                    if (!(Math.Abs(here[axis] - there[axis]) <= SameToleranceMm))
                    {
                        return false;
                    }
                }
            }
            return true;
        }
    }
}
