// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// A detached copy of what may be edited of a beam; nothing happens before Beam.ApplyParameters (row 25).
    /// </summary>
    public partial class BeamParameters
    {
        private readonly List<ControlPointParameters> _points;
        private readonly GantryDirection _direction;

        internal BeamParameters(BeamState beam, GantryDirection direction)
        {
            _direction = direction;
            Isocenter = beam.Isocentre;
            WeightFactor = beam.WeightFactor;
            _points = beam.Points.Select((p, n) => new ControlPointParameters(p, n)).ToList();
        }

        /// <summary>Control points.</summary>
        public IEnumerable<ControlPointParameters> ControlPoints { get { return _points; } }

        /// <summary>Sense in which the gantry turns.</summary>
        public GantryDirection GantryDirection { get { return _direction; } }

        /// <summary>Isocentre, DICOM mm.</summary>
        public VVector Isocenter { get; set; }

        /// <summary>Weight.</summary>
        public double WeightFactor { get; set; }

        /// <summary>Gives all control points the same leaves.</summary>
        public void SetAllLeafPositions(float[,] leafPositions)
        {
            foreach (ControlPointParameters point in _points)
            {
                point.LeafPositions = leafPositions;
            }
        }

        /// <summary>Gives all control points the same jaws.</summary>
        public void SetJawPositions(VRect<double> positions)
        {
            foreach (ControlPointParameters point in _points)
            {
                point.JawPositions = positions;
            }
        }

        internal IList<ControlPointParameters> Points { get { return _points; } }
    }

    /// <summary>A detached copy of what may be edited of a control point.</summary>
    public partial class ControlPointParameters
    {
        private readonly int _index;
        private float[,] _leaves;

        internal ControlPointParameters(ControlPointState point, int index)
        {
            _index = index;
            _leaves = LeafTable.ToApi(point.Leaves);
            MetersetWeight = point.MetersetWeight;
            GantryAngle = point.GantryDeg;
            CollimatorAngle = point.CollimatorDeg;
            PatientSupportAngle = point.CouchDeg;
            JawPositions = point.Jaws;
        }

        /// <summary>Position in the beam's list.</summary>
        public int Index { get { return _index; } }

        /// <summary>Cumulative meterset; may be set from 18 on (row 37).</summary>
        public double MetersetWeight
        {
            get;
#if !ESAPI_18
            private
#endif
            set;
        }

        /// <summary>Gantry, degrees; may be set from 18 on (row 37), and in arcs only.</summary>
        public double GantryAngle
        {
            get;
#if !ESAPI_18
            private
#endif
            set;
        }

        /// <summary>Collimator, degrees.</summary>
        public double CollimatorAngle { get; private set; }

        /// <summary>Couch, degrees.</summary>
        public double PatientSupportAngle { get; private set; }

        /// <summary>Jaws, mm.</summary>
        public VRect<double> JawPositions { get; set; }

        /// <summary>Leaves [bank, leaf], mm; a copy goes in and a copy comes out.</summary>
        public float[,] LeafPositions
        {
            get { return (float[,])_leaves.Clone(); }
            set { _leaves = (float[,])value.Clone(); }
        }
    }
}
