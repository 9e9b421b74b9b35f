// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System.Collections;
using System.Collections.Generic;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Geometry at one moment of a beam; angles IEC 61217, lengths mm at the isocentre.</summary>
    public partial class ControlPoint : SerializableObject
    {
        private readonly Beam _beam;
        private readonly int _index;

        internal ControlPoint(Beam beam, int index)
        {
            _beam = beam;
            _index = index;
        }

        private ControlPointState Self { get { _beam.Reading(); return _beam.BeamState.Points[_index]; } }

        /// <summary>The beam.</summary>
        public Beam Beam { get { _beam.Reading(); return _beam; } }

        /// <summary>Position in the beam's list.</summary>
        public int Index { get { _beam.Reading(); return _index; } }

        /// <summary>Cumulative meterset; the last need not be 1.</summary>
        public double MetersetWeight { get { return Self.MetersetWeight; } }

        /// <summary>Gantry, degrees.</summary>
        public double GantryAngle { get { return Self.GantryDeg; } }

        /// <summary>Collimator, degrees.</summary>
        public double CollimatorAngle { get { return Self.CollimatorDeg; } }

        /// <summary>Couch, degrees.</summary>
        public double PatientSupportAngle { get { return Self.CouchDeg; } }

        /// <summary>Jaws, mm.</summary>
        public VRect<double> JawPositions { get { return Self.Jaws; } }

        /// <summary>Leaves [bank, leaf], mm; 0 x 0 without MLC (row 32).</summary>
        public float[,] LeafPositions { get { return LeafTable.ToApi(Self.Leaves); } }

        /// <summary>Not a number: the database holds no couch positions (row 32).</summary>
        public double TableTopLateralPosition { get { _beam.Reading(); return double.NaN; } }

        /// <summary>Not a number: the database holds no couch positions (row 32).</summary>
        public double TableTopLongitudinalPosition { get { _beam.Reading(); return double.NaN; } }

        /// <summary>Not a number: the database holds no couch positions (row 32).</summary>
        public double TableTopVerticalPosition { get { _beam.Reading(); return double.NaN; } }
    }

    /// <summary>The control points of a beam, two or more.</summary>
    public partial class ControlPointCollection : SerializableObject, IEnumerable<ControlPoint>
    {
        private readonly Beam _beam;

        internal ControlPointCollection(Beam beam)
        {
            _beam = beam;
        }

        /// <summary>How many.</summary>
        public int Count { get { _beam.Reading(); return _beam.BeamState.Points.Count; } }

        /// <summary>Control point by index.</summary>
        public ControlPoint this[int index]
        {
            get
            {
                if (index < 0 || index >= Count)
                {
                    throw new System.ArgumentOutOfRangeException("index");
                }
                return new ControlPoint(_beam, index);
            }
        }

        /// <summary>The control points in order.</summary>
        public IEnumerator<ControlPoint> GetEnumerator()
        {
            for (int index = 0; index < Count; index++)
            {
                yield return new ControlPoint(_beam, index);
            }
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }
}
