using System;
using System.Collections;
using System.Collections.Generic;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>A point of a profile through a segment.</summary>
    public class SegmentProfilePoint
    {
        /// <summary>Makes a point.</summary>
        public SegmentProfilePoint(VVector position, bool value)
        {
            Position = position;
            Value = value;
        }

        /// <summary>Where, mm.</summary>
        public VVector Position { get; private set; }

        /// <summary>Whether it is inside.</summary>
        public bool Value { get; private set; }
    }

    /// <summary>Inside or not at equal distances along a line (known: Structure.GetSegmentProfile).</summary>
    public class SegmentProfile : IEnumerable<SegmentProfilePoint>
    {
        private readonly VVector _origin;
        private readonly VVector _step;
        private readonly BitArray _data;

        /// <summary>Makes a profile.</summary>
        public SegmentProfile(VVector origin, VVector step, BitArray data)
        {
            _origin = origin;
            _step = step;
            _data = data;
        }

        /// <summary>Number of points.</summary>
        public int Count { get { return _data.Count; } }

        /// <summary>Point by index.</summary>
        public SegmentProfilePoint this[int index]
        {
            get { return new SegmentProfilePoint(_origin + _step * index, _data[index]); }
        }

        /// <summary>Where inside and outside change: the middle between the two points (assumed).</summary>
        public IList<VVector> EdgeCoordinates
        {
            get
            {
                List<VVector> edges = new List<VVector>();
                for (int n = 1; n < _data.Count; n++)
                {
                    if (_data[n] != _data[n - 1])
                    {
                        edges.Add(_origin + _step * (n - 0.5));
                    }
                }
                return edges;
            }
        }

        /// <summary>The points in order.</summary>
        public IEnumerator<SegmentProfilePoint> GetEnumerator()
        {
            for (int n = 0; n < _data.Count; n++)
            {
                yield return this[n];
            }
        }

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }
}
