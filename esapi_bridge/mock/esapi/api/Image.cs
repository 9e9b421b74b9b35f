// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A 3-D image. Voxels are raw integers; display values are linear in them (row 16).</summary>
    public partial class Image : ApiDataObject
    {
        internal Image(PatientState patient, ImageState state) : base(patient, state)
        {
        }

        private ImageState Self { get { return (ImageState)State; } }

        private GridState Grid { get { Reading(); return Self.Grid; } }

        internal override string IdText { get { return Self.Id; } }

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

        /// <summary>Frame of reference UID.</summary>
        public string FOR { get { Reading(); return Self.FrameOfReference; } }

#if ESAPI_16
        /// <summary>UID of a 2-D image; null for a 3-D one (row 33).</summary>
        public string UID { get { Reading(); return null; } }
#endif

        /// <summary>How the patient lay.</summary>
        public PatientOrientation ImagingOrientation { get { Reading(); return Self.Orientation; } }

        /// <summary>Series it belongs to.</summary>
        public Series Series { get { Reading(); return new Series(Patients, Self); } }

        /// <summary>Unit of display values.</summary>
        public string DisplayUnit { get { Reading(); return "HU"; } }

        /// <summary>Whether a user origin was set.</summary>
        public bool HasUserOrigin { get { Reading(); return Self.UserOrigin.HasValue; } }

        /// <summary>
        /// User origin, DICOM mm; may be set (Image.UserOrigin, ESAPI 15.6). The origin of DICOM until then (assumed).
        /// </summary>
        public VVector UserOrigin
        {
            get
            {
                Reading();
                return Self.UserOrigin ?? new VVector(0, 0, 0);
            }
            set
            {
                Writing();
                foreach (double component in new[] { value.x, value.y, value.z })
                {
                    if (double.IsNaN(component) || double.IsInfinity(component))
                    {
                        throw new ArgumentException("expected a point, mm, found a component that is no number");
                    }
                }
                if (Self.SeriesUid == null)
                {
                    throw new NotSupportedException("not in the mock: user origins of an image without a series");
                }
                Self.UserOrigin = value;
                Patients.Changed = true;
            }
        }

        /// <summary>Display value, HU, of a raw one.</summary>
        public double VoxelToDisplayValue(int voxelValue)
        {
            Reading();
            return voxelValue - Self.Offset;
        }

        /// <summary>Fills a buffer [XSize, YSize] with the raw values of a plane (rows 8, 17).</summary>
        public void GetVoxels(int planeIndex, int[,] preallocatedBuffer)
        {
            GridState grid = Grid;
            grid.RequireBuffer(planeIndex, preallocatedBuffer);
            Buffer.BlockCopy(Self.Columns(planeIndex), 0, preallocatedBuffer, 0, 4 * grid.PlaneLength);
        }
    }
}
