using System;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// One plane between Eclipse, which wants int[x, y], and files, which want float32 rows. Made once a volume, so that
    /// reading allocates nothing per plane.
    /// </summary>
    public sealed class PlaneBuffer
    {
        private const int StripColumns = 16; // one cache line of a row of the result
        private readonly int columns;
        private readonly int rows;
        private readonly int[] strip;
        private readonly float[] values;

        /// <summary>Makes the buffer of a plane.</summary>
        public PlaneBuffer(int columns, int rows)
        {
            this.columns = columns;
            this.rows = rows;
            Counts = new int[columns, rows];
            strip = new int[StripColumns * rows];
            values = new float[columns * rows];
        }

        /// <summary>What Eclipse fills or is given: stored integers, [x, y].</summary>
        public int[,] Counts { get; private set; }

        /// <summary>The values of <see cref="Counts"/> as float32 rows, y slow and x fast.</summary>
        public float[] ToValues(LinearScale scale)
        {
            double slope = scale.Slope, intercept = scale.Intercept;
            int[] counts = strip;
            float[] result = values;
            // A few columns at a time: a transposition that jumps through the whole plane misses the cache at every voxel.
            for (int first = 0; first < columns; first += StripColumns)
            {
                int width = Math.Min(StripColumns, columns - first);
                Buffer.BlockCopy(Counts, 4 * first * rows, counts, 0, 4 * width * rows);
                for (int y = 0; y < rows; y++)
                {
                    int from = y;
                    int end = (y * columns) + first + width;
                    for (int to = end - width; to < end; to++)
                    {
                        result[to] = (float)((counts[from] * slope) + intercept);
                        from += rows;
                    }
                }
            }
            return result;
        }

        /// <summary>The same as bytes.</summary>
        public void ToBytes(LinearScale scale, byte[] bytes)
        {
            Buffer.BlockCopy(ToValues(scale), 0, bytes, 0, 4 * values.Length);
        }

        /// <summary>Fills <see cref="Counts"/> with the integers nearest to float32 rows.</summary>
        public void FromValues(float[] plane, LinearScale scale)
        {
            for (int y = 0; y < rows; y++)
            {
                for (int x = 0; x < columns; x++)
                {
                    Counts[x, y] = scale.Count(plane[(y * columns) + x]);
                }
            }
        }
    }
}
