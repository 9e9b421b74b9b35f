using System.Collections.Generic;
using System.Globalization;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>An immutable rectangle, for jaws in mm.</summary>
    /// <typeparam name="T">Type of a coordinate.</typeparam>
    public struct VRect<T>
    {
        private readonly T _x1;
        private readonly T _y1;
        private readonly T _x2;
        private readonly T _y2;

        /// <summary>Makes a rectangle; mind the order of the arguments.</summary>
        public VRect(T x1, T y1, T x2, T y2)
        {
            _x1 = x1;
            _y1 = y1;
            _x2 = x2;
            _y2 = y2;
        }

        /// <summary>First edge in X.</summary>
        public T X1 { get { return _x1; } }

        /// <summary>First edge in Y.</summary>
        public T Y1 { get { return _y1; } }

        /// <summary>Second edge in X.</summary>
        public T X2 { get { return _x2; } }

        /// <summary>Second edge in Y.</summary>
        public T Y2 { get { return _y2; } }

        /// <summary>Whether all edges are equal.</summary>
        public bool Equals(VRect<T> other)
        {
            EqualityComparer<T> same = EqualityComparer<T>.Default;
            return same.Equals(_x1, other._x1) && same.Equals(_y1, other._y1)
                && same.Equals(_x2, other._x2) && same.Equals(_y2, other._y2);
        }

        /// <summary>Whether all edges are equal.</summary>
        public override bool Equals(object obj)
        {
            return obj is VRect<T> && Equals((VRect<T>)obj);
        }

        /// <summary>Hash of the edges.</summary>
        public override int GetHashCode()
        {
            EqualityComparer<T> same = EqualityComparer<T>.Default;
            return same.GetHashCode(_x1) ^ (same.GetHashCode(_y1) * 31) ^ (same.GetHashCode(_x2) * 961)
                ^ (same.GetHashCode(_y2) * 29791);
        }

        /// <summary>The edges as text (VRect.ToString, ESAPI 15.6; its form is assumed).</summary>
        public override string ToString()
        {
            return string.Format(CultureInfo.InvariantCulture, "X1={0} Y1={1} X2={2} Y2={3}", _x1, _y1, _x2, _y2);
        }

        /// <summary>Whether all edges are equal.</summary>
        public static bool operator ==(VRect<T> a, VRect<T> b) { return a.Equals(b); }

        /// <summary>Whether any edge differs.</summary>
        public static bool operator !=(VRect<T> a, VRect<T> b) { return !a.Equals(b); }
    }
}
