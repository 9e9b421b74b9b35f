using System;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// One plane between Eclipse, which wants int[x, y], and files, which want float32 rows. Made once a volume, so that
    /// reading allocates nothing per plane.
    /// </summary>
    public sealed class PlaneBuffer
    {
        private const int Tile = 32;
        private readonly int columns;
        private readonly int rows;
        private readonly int[] flat;
        private readonly float[] values;

        /// <summary>Makes the buffer of a plane.</summary>
        public PlaneBuffer(int columns, int rows)
        {
            this.columns = columns;
            this.rows = rows;
            Counts = new int[columns, rows];
            flat = new int[columns * rows];
            values = new float[columns * rows];
        }

        /// <summary>What Eclipse fills or is given: stored integers, [x, y].</summary>
        public int[,] Counts { get; private set; }

        /// <summary>The values of <see cref="Counts"/> as float32 rows, y slow and x fast.</summary>
        public float[] ToValues(LinearScale scale)
        {
            Buffer.BlockCopy(Counts, 0, flat, 0, 4 * flat.Length);
            double slope = scale.Slope, intercept = scale.Intercept;
            // Tile by tile: a transposition that jumps through the whole plane would miss the cache at every voxel.
            for (int xs = 0; xs < columns; xs += Tile)
            {
                int xe = Math.Min(xs + Tile, columns);
                for (int ys = 0; ys < rows; ys += Tile)
                {
                    int ye = Math.Min(ys + Tile, rows);
                    for (int y = ys; y < ye; y++)
                    {
                        int from = (xs * rows) + y;
                        for (int to = (y * columns) + xs; to < (y * columns) + xe; to++)
                        {
                            values[to] = (float)((flat[from] * slope) + intercept);
                            from += rows;
                        }
                    }
                }
            }
            return values;
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
