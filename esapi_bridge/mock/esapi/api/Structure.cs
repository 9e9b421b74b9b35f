// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Windows.Media;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// A structure by its contours.
    /// </summary>
    public partial class Structure : ApiDataObject
    {
        internal Structure(PatientState patient, StructureState state) : base(patient, state)
        {
        }

        private StructureState Self { get { return (StructureState)State; } }

        internal override string IdText { get { return Self.Id; } }

        internal override string NameText { get { return Self.Id; } }

        internal StructureState StructureState { get { return Self; } }

        /// <summary>Identifier within the structure set (row 34).</summary>
        public new string Id
        {
            get { return base.Id; }
            set
            {
                string id = NewId(value);
                StructureRules.RequireUnlocked(Patients, Self.Set);
                Self.Id = id;
                StructureRules.Changed(Patients, Self.Set);
            }
        }

        /// <summary>DICOM type, for example EXTERNAL; may be "".</summary>
        public string DicomType { get { Reading(); return Self.DicomType; } }

        /// <summary>ROI number.</summary>
        public int ROINumber { get { Reading(); return Self.Number; } }

        /// <summary>Colour, opaque.</summary>
        public Color Color
        {
            get { Reading(); return Color.FromRgb((byte)Self.Colour[0], (byte)Self.Colour[1], (byte)Self.Colour[2]); }
        }

        /// <summary>Whether there is any contour (row 38).</summary>
        public bool HasSegment { get { Reading(); return Self.ByPlane.Count > 0; } }

        /// <summary>Whether there is no contour (row 38).</summary>
        public bool IsEmpty { get { return !HasSegment; } }

        /// <summary>Volume, cc: area of the contours, even-odd, times the height that each plane stands for.</summary>
        public double Volume
        {
            get
            {
                Reading();
                GridState grid = Self.Set.Image.Grid;
                return Slab.Volume(grid, Slab.Of(grid, Self.ByPlane)) / 1000.0;
            }
        }

        /// <summary>Centre of gravity of the contours' volume, DICOM mm; not a number without contours.</summary>
        public VVector CenterPoint
        {
            get { Reading(); return Contours.Centre(Self.Set.Image.Grid, Self.ByPlane); }
        }

        /// <summary>The CT number assigned to it, HU; false where there is none.</summary>
        public bool GetAssignedHU(out double huValue)
        {
            Reading();
            huValue = Self.AssignedHu ?? double.NaN;
            return Self.AssignedHu.HasValue;
        }

        /// <summary>Contours on an image plane, DICOM mm; none on planes without and planes out of range (row 38).</summary>
        public VVector[][] GetContoursOnImagePlane(int z)
        {
            Reading();
            List<VVector[]> contours;
            return Self.ByPlane.TryGetValue(z, out contours)
                ? contours.ConvertAll(c => (VVector[])c.Clone()).ToArray() : new VVector[0][];
        }

        /// <summary>Whether a point lies inside, even-odd, on the nearest image plane.</summary>
        public bool IsPointInsideSegment(VVector point)
        {
            Reading();
            return Self.Line.Inside(point);
        }
    }
}
