using System;

namespace EsapiBridge.Scripts
{
    /// <summary>Takes planes of one lattice out of a dose on another, by position in the patient.</summary>
    public sealed class Resampling
    {
        private const double Rounding = 1e-6;
        private readonly DoseVolume _dose;
        private readonly Lattice _target;
        private readonly bool _isSame;
        private readonly bool _isAligned;

        /// <summary>Prepares to sample a dose at the voxels of a lattice.</summary>
        public Resampling(DoseVolume dose, Lattice target)
        {
            _dose = dose;
            _target = target;
            _isSame = dose.Lattice.Matches(target);
            _isAligned = _isSame || IsOnVoxels(0, 0, 0) && IsOnVoxels(1, 0, 0) && IsOnVoxels(0, 1, 0) && IsOnVoxels(0, 0, 1);
        }

        /// <summary>Whether every target voxel lies on a voxel of the dose, so that values are copied, not interpolated.</summary>
        public bool IsCopy
        {
            get { return _isAligned; }
        }

        /// <summary>The largest dose in voxels that lie outside the target and are therefore lost, Gy.</summary>
        public double LargestOutsideGy()
        {
            if (_isSame)
            {
                return 0;
            }
            int[] size = _dose.Lattice.Size;
            double largest = 0;
            int index = 0;
            for (int k = 0; k < size[2]; k++)
            {
                for (int j = 0; j < size[1]; j++)
                {
                    double[] start = _target.ToIndex(_dose.Lattice.ToPatient(0, j, k));
                    double[] step = Difference(_target.ToIndex(_dose.Lattice.ToPatient(1, j, k)), start);
                    for (int i = 0; i < size[0]; i++, index++)
                    {
                        if (_dose.Gy[index] > largest && !IsInside(start, step, i))
                        {
                            largest = _dose.Gy[index];
                        }
                    }
                }
            }
            return largest;
        }

        /// <summary>
        /// Fills one plane of the target, rows one after the other, Gy. Between voxels trilinear; within half a voxel
        /// outside the outermost centres the nearest value; 0 beyond.
        /// </summary>
        public void Plane(int k, float[] gy)
        {
            int columns = _target.Size[0], rows = _target.Size[1];
            if (_isSame)
            {
                Array.Copy(_dose.Gy, k * columns * rows, gy, 0, columns * rows);
                return;
            }
            double[] origin = _dose.Lattice.ToIndex(_target.ToPatient(0, 0, k));
            double[] along = Difference(_dose.Lattice.ToIndex(_target.ToPatient(1, 0, k)), origin);
            double[] down = Difference(_dose.Lattice.ToIndex(_target.ToPatient(0, 1, k)), origin);
            for (int j = 0; j < rows; j++)
            {
                for (int i = 0; i < columns; i++)
                {
                    gy[(j * columns) + i] = At(
                        origin[0] + (i * along[0]) + (j * down[0]),
                        origin[1] + (i * along[1]) + (j * down[1]),
                        origin[2] + (i * along[2]) + (j * down[2]));
                }
            }
        }

        private bool IsOnVoxels(int i, int j, int k)
        {
            double[] index = _dose.Lattice.ToIndex(_target.ToPatient(i, j, k));
            for (int axis = 0; axis < 3; axis++)
            {
                if (Math.Abs(index[axis] - Math.Round(index[axis])) * _dose.Lattice.SpacingMm[axis] > Lattice.SameToleranceMm)
                {
                    return false;
                }
            }
            return true;
        }

        private bool IsInside(double[] start, double[] step, int i)
        {
            for (int axis = 0; axis < 3; axis++)
            {
                double index = start[axis] + (i * step[axis]);
                if (index < -0.5 - Rounding || index > _target.Size[axis] - 0.5 + Rounding)
                {
                    return false;
                }
            }
            return true;
        }

        private static double[] Difference(double[] a, double[] b)
        {
            return new[] { a[0] - b[0], a[1] - b[1], a[2] - b[2] };
        }

        private float At(double i, double j, double k)
        {
            int[] size = _dose.Lattice.Size;
            int i0, j0, k0, i1, j1, k1;
            double u, v, w;
            if (!Split(i, size[0], out i0, out i1, out u) || !Split(j, size[1], out j0, out j1, out v)
                || !Split(k, size[2], out k0, out k1, out w))
            {
                return 0f;
            }
            double low = Bilinear(k0 * size[1], j0, j1, i0, i1, size[0], u, v);
            double high = Bilinear(k1 * size[1], j0, j1, i0, i1, size[0], u, v);
            return (float)(low + (w * (high - low)));
        }

        private double Bilinear(int plane, int j0, int j1, int i0, int i1, int columns, double u, double v)
        {
            int first = (plane + j0) * columns, second = (plane + j1) * columns;
            double upper = _dose.Gy[first + i0] + (u * (_dose.Gy[first + i1] - _dose.Gy[first + i0]));
            double lower = _dose.Gy[second + i0] + (u * (_dose.Gy[second + i1] - _dose.Gy[second + i0]));
            return upper + (v * (lower - upper));
        }

        /// <summary>The neighbours of an index and its place between them; false more than half a voxel outside.</summary>
        private static bool Split(double index, int size, out int below, out int above, out double part)
        {
            double inside = Math.Min(Math.Max(index, 0), size - 1);
            below = Math.Min((int)inside, Math.Max(size - 2, 0));
            above = Math.Min(below + 1, size - 1);
            part = inside - below;
            return Math.Abs(index - inside) <= 0.5 + Rounding;
        }
    }
}
