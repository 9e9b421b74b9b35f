// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// A dose as integer counts (row 9). A count is a share of the plan's 100 % before normalisation, so that the same
    /// counts mean another dose in a plan with another prescription or normalisation (row 10).
    /// </summary>
    internal sealed class DoseState : ObjectState
    {
        internal readonly GridState Grid;
        internal readonly double ScalePercent;
        internal readonly double InterceptPercent;
        internal bool IsEvaluation;
        internal bool VoxelsMissing;
        internal string Algorithm;
        internal string Medium;
        private readonly NpyArray _source;
        private readonly double _sourcePerPercent;
        private readonly Dictionary<StructureState, DoseSamples> _samples = new Dictionary<StructureState, DoseSamples>();
        private int[][] _planes;

        /// <summary>How often its voxels were changed.</summary>
        internal int Version;

        /// <summary>A dose of a case folder, converted plane by plane when it is first asked for.</summary>
        internal DoseState(GridState grid, Database database, NpyArray source, double sourceGyPerPercent)
            : this(grid, database)
        {
            _source = source;
            _sourcePerPercent = sourceGyPerPercent;
        }

        /// <summary>A dose of zero counts.</summary>
        internal DoseState(GridState grid, Database database)
            : this(grid, database.DoseScalePercent, database.DoseInterceptPercent)
        {
        }

        /// <summary>A dose of zero counts with a scale of its own.</summary>
        internal DoseState(GridState grid, double scalePercent, double interceptPercent)
        {
            Grid = grid;
            ScalePercent = scalePercent;
            InterceptPercent = interceptPercent;
        }

        /// <summary>The same counts on the same grid, of its own.</summary>
        internal DoseState(DoseState other)
        {
            Grid = other.Grid;
            ScalePercent = other.ScalePercent;
            InterceptPercent = other.InterceptPercent;
            Algorithm = other.Algorithm;
            Medium = other.Medium;
            IsEvaluation = other.IsEvaluation;
            VoxelsMissing = other.VoxelsMissing;
            _source = other._source;
            _sourcePerPercent = other._sourcePerPercent;
            _planes = other._planes == null ? null : (int[][])other._planes.Clone();
        }

        /// <summary>Per cent of the un-normalised 100 % that a count stands for.</summary>
        internal double Percent(double count)
        {
            return InterceptPercent + ScalePercent * count;
        }

        /// <summary>Counts of a plane, x fastest. Not to be written to.</summary>
        internal int[] Plane(int k)
        {
            if (_planes != null && _planes[k] != null)
            {
                return _planes[k];
            }
            int[] counts = new int[Grid.PlaneLength];
            if (_source != null)
            {
                float[] gy = new float[counts.Length];
                _source.ReadFloats(k * counts.Length, gy);
                double percentPerGy = 1.0 / _sourcePerPercent;
                for (int n = 0; n < counts.Length; n++)
                {
                    counts[n] = checked((int)Math.Round((gy[n] * percentPerGy - InterceptPercent) / ScalePercent));
                }
                _planes = _planes ?? new int[Grid.Size[2]][];
                _planes[k] = counts;
            }
            return counts;
        }

        /// <summary>The dose inside a structure; sampled once, as scripts ask for many values of one.</summary>
        internal DoseSamples Samples(StructureState structure)
        {
            DoseSamples samples;
            if (!_samples.TryGetValue(structure, out samples) || !samples.IsOf(structure))
            {
                samples = new DoseSamples(this, structure);
                _samples[structure] = samples;
            }
            return samples;
        }

        /// <summary>Reads the source from disk now.</summary>
        internal void Load()
        {
            if (_source != null)
            {
                _source.Load();
            }
        }

        /// <summary>Replaces the counts of a plane.</summary>
        internal void SetPlane(int k, int[,] values)
        {
            int[] counts = new int[Grid.PlaneLength];
            int width = Grid.Size[0];
            for (int y = 0; y < Grid.Size[1]; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    counts[y * width + x] = values[x, y];
                }
            }
            if (_planes == null)
            {
                _planes = new int[Grid.Size[2]][];
            }
            _planes[k] = counts;
            Version++;
            _samples.Clear();
            VoxelsMissing = false;
        }

        /// <summary>Gives a dose of its own the counts of a plane, x fastest.</summary>
        internal void SetCounts(int k, int[] counts)
        {
            _planes = _planes ?? new int[Grid.Size[2]][];
            _planes[k] = counts;
        }

        /// <summary>The largest count and where it is.</summary>
        internal int Maximum(out int[] index)
        {
            int largest = int.MinValue;
            index = new int[3];
            for (int k = 0; k < Grid.Size[2]; k++)
            {
                int[] plane = Plane(k);
                for (int n = 0; n < plane.Length; n++)
                {
                    if (plane[n] > largest)
                    {
                        largest = plane[n];
                        index = new[] { n % Grid.Size[0], n / Grid.Size[0], k };
                    }
                }
            }
            return largest;
        }
    }
}
