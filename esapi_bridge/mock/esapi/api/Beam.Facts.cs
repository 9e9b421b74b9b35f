// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What lies around a beam (Beam, ESAPI 15.6); angles shown to users are IEC 61217, the mock machine's scale.</summary>
    public partial class Beam
    {
        private const double SearchStepMm = 1.0;

        /// <summary>When it was made: with its plan.</summary>
        public DateTime? CreationDateTime { get { Reading(); return _plan.Created; } }

        /// <summary>Applicator of electrons: none.</summary>
        public Applicator Applicator { get { Reading(); return null; } }

        /// <summary>Compensator: none.</summary>
        public Compensator Compensator { get { Reading(); return null; } }

        /// <summary>Blocks: none, as a case cannot have them.</summary>
        public IEnumerable<Block> Blocks { get { Reading(); return Enumerable.Empty<Block>(); } }

        /// <summary>Boli: none, as a case cannot have them.</summary>
        public IEnumerable<Bolus> Boluses { get { Reading(); return Enumerable.Empty<Bolus>(); } }

        /// <summary>Trays: none.</summary>
        public IEnumerable<Tray> Trays { get { Reading(); return Enumerable.Empty<Tray>(); } }

        /// <summary>Wedges: none, as a case cannot have them.</summary>
        public IEnumerable<Wedge> Wedges { get { Reading(); return Enumerable.Empty<Wedge>(); } }

        /// <summary>How the patient is set up: about the isocentre.</summary>
        public SetupTechnique SetupTechnique { get { Reading(); return SetupTechnique.Isocentric; } }

        /// <summary>Label of the tolerance table; the database holds none.</summary>
        public string ToleranceTableLabel { get { Reading(); return ""; } }

        /// <summary>Way of the gantry, degrees; 0 if it stands (assumed).</summary>
        public double ArcLength
        {
            get
            {
                List<ControlPointState> points = Self.Points;
                return !BeamState.IsArc ? 0 : Enumerable.Range(1, points.Count - 1).Sum(n => Math.Abs(
                    (points[n].GantryDeg - points[n - 1].GantryDeg + 540) % 360 - 180));
            }
        }

        /// <summary>
        /// Distance of source and skin on the axis, mm, at the first control point (documented for arcs). The skin is the
        /// outside of the body's contours; not a number without a body on the axis (assumed).
        /// </summary>
        public double SSD { get { return SkinDistance(Self.Points[0]); } }

        /// <summary>As <see cref="SSD"/>, at the last control point.</summary>
        public double SSDAtStopAngle { get { return SkinDistance(Self.Points[BeamState.Points.Count - 1]); } }

        /// <summary>As <see cref="SSD"/>, the mean of all control points (how arcs are averaged is assumed).</summary>
        public double AverageSSD
        {
            get { return BeamState.IsArc ? Self.Points.Average(p => SkinDistance(p)) : SSD; }
        }

        /// <summary>Gantry angle, degrees, in the machine's scale.</summary>
        public double GantryAngleToUser(double val) { Reading(); return val; }

        /// <summary>Collimator angle, degrees, in the machine's scale.</summary>
        public double CollimatorAngleToUser(double val) { Reading(); return val; }

        /// <summary>Couch angle, degrees, in the machine's scale.</summary>
        public double PatientSupportAngleToUser(double val) { Reading(); return val; }

        private double SkinDistance(ControlPointState point)
        {
            StructureState body = _plan.StructureSet.Structures.FirstOrDefault(s => s.DicomType == "EXTERNAL");
            if (body == null)
            {
                return double.NaN;
            }
            VVector toSource = SourceDirection.Of(_plan.Orientation, point.GantryDeg, point.CouchDeg);
            VVector source = BeamState.Isocentre + toSource * BeamState.SadMm;
            double far = SearchStepMm;
            while (far < 2 * BeamState.SadMm && !body.Line.Inside(source - toSource * far))
            {
                far += SearchStepMm;
            }
            if (far >= 2 * BeamState.SadMm)
            {
                return double.NaN;
            }
            double near = far - SearchStepMm;
            for (int halving = 0; halving < 20; halving++)
            {
                double middle = (near + far) / 2;
                if (body.Line.Inside(source - toSource * middle))
                {
                    far = middle;
                }
                else
                {
                    near = middle;
                }
            }
            return far;
        }
    }
}
