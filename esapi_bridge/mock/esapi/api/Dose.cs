// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A dose on a grid of its own, as integer counts that are linear in dose (rows 9, 14, 15).</summary>
    public abstract partial class Dose : ApiDataObject
    {
        private readonly PlanningItemState _owner;

        internal Dose(PatientState patient, PlanningItemState owner, DoseState state) : base(patient, state)
        {
            _owner = owner;
        }

        internal override string IdText { get { return _owner.Id; } }

        /// <summary>The plan or sum whose dose it is.</summary>
        internal PlanningItemState Owner { get { return _owner; } }

        internal PlanState Plan { get { return (PlanState)_owner; } }

        internal DoseState DoseState { get { return (DoseState)State; } }

        /// <summary>Unit of what <see cref="VoxelToDoseValue"/> returns: as the plan's presentation says (row 11).</summary>
        internal virtual DoseValue.DoseUnit Unit
        {
            get { return IsAbsolute ? Patients.Database.DoseUnit : DoseValue.DoseUnit.Percent; }
        }

        /// <summary>Value in <see cref="Unit"/> of one stored per cent.</summary>
        internal virtual double UnitsPerPercent
        {
            get { return IsAbsolute ? Owner.GyPerPercent * Patients.Database.UnitsPerGy : Owner.NormalisationFactor; }
        }

        private bool IsAbsolute { get { return Owner.Presentation == DoseValuePresentation.Absolute; } }

        private GridState Grid { get { Reading(); return DoseState.Grid; } }

        /// <summary>Number of columns.</summary>
        public int XSize { get { return Grid.Size[0]; } }

        /// <summary>Number of rows.</summary>
        public int YSize { get { return Grid.Size[1]; } }

        /// <summary>Number of planes.</summary>
        public int ZSize { get { return Grid.Size[2]; } }

        /// <summary>Distance of columns, mm.</summary>
        public double XRes { get { return Grid.Spacing[0]; } }

        /// <summary>Distance of rows, mm.</summary>
        public double YRes { get { return Grid.Spacing[1]; } }

        /// <summary>Distance of planes, mm.</summary>
        public double ZRes { get { return Grid.Spacing[2]; } }

        /// <summary>Centre of the first voxel of the first plane, DICOM mm.</summary>
        public VVector Origin { get { return Grid.Origin; } }

        /// <summary>Unit vector along a row.</summary>
        public VVector XDirection { get { return Grid.Axes[0]; } }

        /// <summary>Unit vector along a column.</summary>
        public VVector YDirection { get { return Grid.Axes[1]; } }

        /// <summary>Unit vector from plane to plane.</summary>
        public VVector ZDirection { get { return Grid.Axes[2]; } }

        /// <summary>The database keeps no UID of doses.</summary>
        public string UID { get { Reading(); return ""; } }

        /// <summary>"" as there is no series.</summary>
        public string SeriesUID { get { Reading(); return ""; } }

        /// <summary>Null as there is none.</summary>
        public Series Series { get { Reading(); return null; } }

        /// <summary>The largest dose.</summary>
        public DoseValue DoseMax3D
        {
            get
            {
                Reading();
                int[] index;
                return VoxelToDoseValue(DoseState.Maximum(out index));
            }
        }

        /// <summary>Where the largest dose is, DICOM mm.</summary>
        public VVector DoseMax3DLocation
        {
            get
            {
                Reading();
                int[] index;
                DoseState.Maximum(out index);
                return DoseState.Grid.Position(index[0], index[1], index[2]);
            }
        }

        /// <summary>Fills a buffer [XSize, YSize] with the counts of a plane (rows 8, 17).</summary>
        public void GetVoxels(int planeIndex, int[,] preallocatedBuffer)
        {
            GridState grid = Grid;
            grid.RequireBuffer(planeIndex, preallocatedBuffer);
            int[] counts = DoseState.Plane(planeIndex);
            int width = grid.Size[0];
            int height = grid.Size[1];
            for (int x = 0; x < width; x++)
            {
                for (int y = 0; y < height; y++)
                {
                    preallocatedBuffer[x, y] = counts[y * width + x];
                }
            }
        }

        /// <summary>Dose of a count; linear, the intercept need not be zero (row 9).</summary>
        public DoseValue VoxelToDoseValue(int voxelValue)
        {
            Reading();
            return Value(voxelValue);
        }

        /// <summary>Dose at a point, linear between voxels; not a number outside.</summary>
        public DoseValue GetDoseToPoint(VVector at)
        {
            Reading();
            return Value(Sampler.Count(DoseState, at));
        }

        /// <summary>Dose at equal distances along a line.</summary>
        public DoseProfile GetDoseProfile(VVector start, VVector stop, double[] preallocatedBuffer)
        {
            Reading();
            if (preallocatedBuffer == null || preallocatedBuffer.Length < 2)
            {
                throw new ArgumentException("expected a buffer of at least 2 values");
            }
            VVector step = (stop - start) / (preallocatedBuffer.Length - 1);
            for (int n = 0; n < preallocatedBuffer.Length; n++)
            {
                preallocatedBuffer[n] = Value(Sampler.Count(DoseState, start + step * n)).Dose;
            }
            return new DoseProfile(start, step, preallocatedBuffer, Unit);
        }

        private DoseValue Value(double count)
        {
            return new DoseValue(DoseState.Percent(count) * UnitsPerPercent, Unit);
        }
    }
}
