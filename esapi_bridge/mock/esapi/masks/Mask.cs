using System;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>Which voxels of a lattice are inside, 1 or 0, within a box beyond which none is. Never changes.</summary>
    internal sealed class Mask
    {
        internal readonly Lattice Lattice;
        /// <summary>First voxel of the box, (i, j, k).</summary>
        internal readonly int[] Low;
        /// <summary>Voxels along each side of the box.</summary>
        internal readonly int[] Size;
        /// <summary>i fastest, then j, then k.</summary>
        internal readonly byte[] Values;

        internal Mask(Lattice lattice, int[] low, int[] size, byte[] values)
        {
            Lattice = lattice;
            Low = low;
            Size = size;
            Values = values;
        }

        internal Mask(Lattice lattice, int[] low, int[] size)
            : this(lattice, low, size, new byte[checked(size[0] * size[1] * size[2])])
        {
        }

        internal static Mask Empty(Lattice lattice)
        {
            return new Mask(lattice, new int[3], new int[3]);
        }

        /// <summary>Index within Values of the first voxel of a row of the lattice.</summary>
        private int Row(int j, int k)
        {
            return ((k - Low[2]) * Size[1] + j - Low[1]) * Size[0] - Low[0];
        }

        internal Mask And(Mask other)
        {
            int[] low = Low.Zip(other.Low, Math.Max).ToArray();
            return Combine(other, low, Sides(low, Ends().Zip(other.Ends(), Math.Min).ToArray()), (a, b) => (byte)(a & b));
        }

        internal Mask Or(Mask other)
        {
            return InBoth(other, (a, b) => (byte)(a | b));
        }

        internal Mask Xor(Mask other)
        {
            return InBoth(other, (a, b) => (byte)(a ^ b));
        }

        internal Mask Sub(Mask other)
        {
            return Combine(other, Low, Size, (a, b) => (byte)(a & ~b));
        }

        /// <summary>All other voxels of the lattice.</summary>
        internal Mask Not()
        {
            int[] size = Lattice.Grid.Size;
            byte[] all = Enumerable.Repeat((byte)1, size[0] * size[1] * size[2]).ToArray();
            return new Mask(Lattice, new int[3], size, all).Sub(this);
        }

        /// <summary>The part on one plane.</summary>
        internal Mask Plane(int k)
        {
            if (k < Low[2] || k >= Low[2] + Size[2])
            {
                return Empty(Lattice);
            }
            Mask plane = new Mask(Lattice, new[] { Low[0], Low[1], k }, new[] { Size[0], Size[1], 1 });
            Buffer.BlockCopy(Values, Row(Low[1], k) + Low[0], plane.Values, 0, plane.Values.Length);
            return plane;
        }

        /// <summary>The same in the smallest box.</summary>
        internal Mask Trimmed()
        {
            int[] low = { int.MaxValue, int.MaxValue, int.MaxValue };
            int[] end = { 0, 0, 0 };
            for (int k = 0, n = 0; k < Size[2]; k++)
            {
                for (int j = 0; j < Size[1]; j++, n += Size[0])
                {
                    int first = Array.IndexOf(Values, (byte)1, n, Size[0]);
                    if (first < 0)
                    {
                        continue;
                    }
                    int last = Array.LastIndexOf(Values, (byte)1, n + Size[0] - 1, Size[0]);
                    Widen(low, end, 0, first - n, last - n + 1);
                    Widen(low, end, 1, j, j + 1);
                    Widen(low, end, 2, k, k + 1);
                }
            }
            if (end[2] == 0)
            {
                return Empty(Lattice);
            }
            int[] from = low.Zip(Low, (a, b) => a + b).ToArray();
            return Within(from, Sides(low, end));
        }

        /// <summary>The same in another box, cut off there.</summary>
        internal Mask Within(int[] low, int[] size)
        {
            if (low.SequenceEqual(Low) && size.SequenceEqual(Size))
            {
                return this;
            }
            Mask other = new Mask(Lattice, low, size);
            int[] first = low.Zip(Low, Math.Max).ToArray();
            int[] shared = Sides(first, Ends().Zip(other.Ends(), Math.Min).ToArray());
            for (int k = first[2]; shared[0] > 0 && k < first[2] + shared[2]; k++)
            {
                for (int j = first[1]; j < first[1] + shared[1]; j++)
                {
                    Buffer.BlockCopy(Values, Row(j, k) + first[0], other.Values, other.Row(j, k) + first[0], shared[0]);
                }
            }
            return other;
        }

        private Mask InBoth(Mask other, Func<byte, byte, byte> rule)
        {
            if (Values.Length == 0 || other.Values.Length == 0)
            {
                return Values.Length == 0 ? other : this;
            }
            int[] low = Low.Zip(other.Low, Math.Min).ToArray();
            return Combine(other, low, Sides(low, Ends().Zip(other.Ends(), Math.Max).ToArray()), rule);
        }

        private Mask Combine(Mask other, int[] low, int[] size, Func<byte, byte, byte> rule)
        {
            byte[] a = Within(low, size).Values;
            byte[] b = other.Within(low, size).Values;
            byte[] c = new byte[a.Length];
            for (int n = 0; n < c.Length; n++)
            {
                c[n] = rule(a[n], b[n]);
            }
            return new Mask(Lattice, low, size, c).Trimmed();
        }

        private int[] Ends()
        {
            return Low.Zip(Size, (a, b) => a + b).ToArray();
        }

        private static int[] Sides(int[] low, int[] end)
        {
            int[] sides = end.Zip(low, (a, b) => Math.Max(0, a - b)).ToArray();
            return sides.Contains(0) ? new int[3] : sides;
        }

        private static void Widen(int[] low, int[] end, int axis, int first, int next)
        {
            low[axis] = Math.Min(low[axis], first);
            end[axis] = Math.Max(end[axis], next);
        }
    }
}
