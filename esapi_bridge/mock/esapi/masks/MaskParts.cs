using System;
using System.Collections.Generic;
using System.Linq;

namespace EsapiBridge.Mock
{
    /// <summary>Parts of a mask whose voxels share faces, and holes within planes.</summary>
    internal static class MaskParts
    {
        /// <summary>How many separate parts there are.</summary>
        internal static int Count(Mask mask)
        {
            int[] labels;
            return Label(mask.Values, mask.Size, 1, out labels).Count;
        }

        /// <summary>The largest parts, at most so many; of equal ones the first.</summary>
        internal static Mask Largest(Mask mask, int most)
        {
            int[] labels;
            List<int> sizes = Label(mask.Values, mask.Size, 1, out labels);
            HashSet<int> kept = new HashSet<int>(
                Enumerable.Range(1, sizes.Count).OrderByDescending(n => sizes[n - 1]).Take(most));
            byte[] values = Array.ConvertAll(labels, n => kept.Contains(n) ? (byte)1 : (byte)0);
            return new Mask(mask.Lattice, mask.Low, mask.Size, values).Trimmed();
        }

        /// <summary>Without the holes of each plane: what is outside and not joined to the rim of the box.</summary>
        internal static Mask Filled(Mask mask)
        {
            int width = mask.Size[0], length = mask.Size[0] * mask.Size[1];
            byte[] values = (byte[])mask.Values.Clone();
            byte[] plane = new byte[length];
            for (int first = 0; first < values.Length; first += length)
            {
                Buffer.BlockCopy(values, first, plane, 0, length);
                int[] labels;
                int count = Label(plane, new[] { width, mask.Size[1], 1 }, 0, out labels).Count;
                bool[] open = new bool[count + 1];
                for (int n = 0; n < length; n++)
                {
                    if (n < width || n >= length - width || n % width == 0 || n % width == width - 1)
                    {
                        open[labels[n]] = true;
                    }
                }
                for (int n = 0; n < length; n++)
                {
                    if (labels[n] > 0 && !open[labels[n]])
                    {
                        values[first + n] = 1;
                    }
                }
            }
            return new Mask(mask.Lattice, mask.Low, mask.Size, values);
        }

        /// <summary>Numbers the parts of a value from 1 on; their sizes, in voxels.</summary>
        private static List<int> Label(byte[] values, int[] size, byte value, out int[] labels)
        {
            labels = new int[values.Length];
            List<int> sizes = new List<int>();
            Stack<int> open = new Stack<int>();
            for (int start = 0; start < values.Length; start++)
            {
                if (values[start] != value || labels[start] > 0)
                {
                    continue;
                }
                sizes.Add(0);
                labels[start] = sizes.Count;
                open.Push(start);
                while (open.Count > 0)
                {
                    int at = open.Pop();
                    sizes[sizes.Count - 1]++;
                    for (int axis = 0, stride = 1; axis < 3; stride *= size[axis], axis++)
                    {
                        int place = at / stride % size[axis];
                        if (place > 0)
                        {
                            Visit(at - stride, values, value, labels, sizes.Count, open);
                        }
                        if (place < size[axis] - 1)
                        {
                            Visit(at + stride, values, value, labels, sizes.Count, open);
                        }
                    }
                }
            }
            return sizes;
        }

        private static void Visit(int at, byte[] values, byte value, int[] labels, int label, Stack<int> open)
        {
            if (values[at] == value && labels[at] == 0)
            {
                labels[at] = label;
                open.Push(at);
            }
        }
    }
}
