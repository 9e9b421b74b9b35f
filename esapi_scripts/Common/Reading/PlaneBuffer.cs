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
        private readonly int _columns;
        private readonly int _rows;
        private readonly int[] _strip;
        private readonly float[] _values;

        /// <summary>Makes the buffer of a plane.</summary>
        public PlaneBuffer(int columns, int rows)
        {
            _columns = columns;
            _rows = rows;
            Counts = new int[columns, rows];
            _strip = new int[StripColumns * rows];
            _values = new float[columns * rows];
        }

        /// <summary>What Eclipse fills or is given: stored integers, [x, y].</summary>
        public int[,] Counts { get; private set; }

        /// <summary>The values of <see cref="Counts"/> as float32 rows, y slow and x fast.</summary>
        public float[] ToValues(LinearScale scale)
        {
            double slope = scale.Slope, intercept = scale.Intercept;
            int[] counts = _strip;
            float[] result = _values;
            // A few columns at a time: a transposition that jumps through the whole plane misses the cache at every voxel.
            for (int first = 0; first < _columns; first += StripColumns)
            {
                int width = Math.Min(StripColumns, _columns - first);
                Buffer.BlockCopy(Counts, 4 * first * _rows, counts, 0, 4 * width * _rows);
                for (int y = 0; y < _rows; y++)
                {
                    int from = y;
                    int end = (y * _columns) + first + width;
                    for (int to = end - width; to < end; to++)
                    {
                        result[to] = (float)((counts[from] * slope) + intercept);
                        from += _rows;
                    }
                }
            }
            return result;
        }

        /// <summary>The same as bytes.</summary>
        public void ToBytes(LinearScale scale, byte[] bytes)
        {
            Buffer.BlockCopy(ToValues(scale), 0, bytes, 0, 4 * _values.Length);
        }

        /// <summary>Fills <see cref="Counts"/> with the integers nearest to float32 rows.</summary>
        public void FromValues(float[] plane, LinearScale scale)
        {
            for (int y = 0; y < _rows; y++)
            {
                for (int x = 0; x < _columns; x++)
                {
                    Counts[x, y] = scale.Count(plane[(y * _columns) + x]);
                }
            }
        }
    }
}
