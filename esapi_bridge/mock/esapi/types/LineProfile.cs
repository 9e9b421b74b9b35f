using System.Collections;
using System.Collections.Generic;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>A point of a profile.</summary>
    public class ProfilePoint
    {
        /// <summary>Makes a point.</summary>
        public ProfilePoint(VVector position, double value)
        {
            Position = position;
            Value = value;
        }

        /// <summary>Where, mm.</summary>
        public VVector Position { get; private set; }

        /// <summary>What is there.</summary>
        public double Value { get; private set; }
    }

    /// <summary>Values at equal distances along a line.</summary>
    public class LineProfile : IEnumerable<ProfilePoint>
    {
        private readonly VVector _origin;
        private readonly VVector _step;
        private readonly double[] _data;

        /// <summary>Makes a profile.</summary>
        public LineProfile(VVector origin, VVector step, double[] data)
        {
            _origin = origin;
            _step = step;
            _data = data;
        }

        /// <summary>Number of points.</summary>
        public int Count { get { return _data.Length; } }

        /// <summary>Point by index.</summary>
        public ProfilePoint this[int index]
        {
            get { return new ProfilePoint(_origin + _step * index, _data[index]); }
        }

        /// <summary>The points in order.</summary>
        public IEnumerator<ProfilePoint> GetEnumerator()
        {
            for (int i = 0; i < _data.Length; i++)
            {
                yield return this[i];
            }
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }

    /// <summary>Display values of an image along a line.</summary>
    public class ImageProfile : LineProfile
    {
        private readonly string _unit;

        /// <summary>Makes a profile.</summary>
        public ImageProfile(VVector origin, VVector step, double[] data, string unit) : base(origin, step, data)
        {
            _unit = unit;
        }

        /// <summary>Unit of the values.</summary>
        public string Unit { get { return _unit; } }
    }

    /// <summary>Dose along a line.</summary>
    public class DoseProfile : LineProfile
    {
        private readonly DoseValue.DoseUnit _unit;

        /// <summary>Makes a profile.</summary>
        public DoseProfile(VVector origin, VVector step, double[] data, DoseValue.DoseUnit unit)
            : base(origin, step, data)
        {
            _unit = unit;
        }

        /// <summary>Unit of the values.</summary>
        public DoseValue.DoseUnit Unit { get { return _unit; } }
    }
}
