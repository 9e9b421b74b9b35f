// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>A point or direction, mm or unitless. A value: assigning it copies it.</summary>
    public struct VVector
#if ESAPI_18
        : IEquatable<VVector>
#endif
    {
        private double _x;
        private double _y;
        private double _z;

        /// <summary>Makes a vector of its three components.</summary>
        public VVector(double xi, double yi, double zi)
        {
            _x = xi;
            _y = yi;
            _z = zi;
        }

        /// <summary>First component.</summary>
        public double x { get { return _x; } set { _x = value; } }

        /// <summary>Second component.</summary>
        public double y { get { return _y; } set { _y = value; } }

        /// <summary>Third component.</summary>
        public double z { get { return _z; } set { _z = value; } }

        /// <summary>Component by index, 0 to 2.</summary>
        public double this[int key]
        {
            get
            {
                switch (key)
                {
                    case 0: return _x;
                    case 1: return _y;
                    case 2: return _z;
                    default: throw new ArgumentOutOfRangeException("key", "expected 0, 1 or 2");
                }
            }
            set
            {
                switch (key)
                {
                    case 0: _x = value; break;
                    case 1: _y = value; break;
                    case 2: _z = value; break;
                    default: throw new ArgumentOutOfRangeException("key", "expected 0, 1 or 2");
                }
            }
        }

        /// <summary>Euclidean length.</summary>
        public double Length { get { return Math.Sqrt(LengthSquared); } }

        /// <summary>Square of the length.</summary>
        public double LengthSquared { get { return _x * _x + _y * _y + _z * _z; } }

        /// <summary>Makes the length one.</summary>
        public void ScaleToUnitLength()
        {
            double length = Length;
            _x /= length;
            _y /= length;
            _z /= length;
        }

        /// <summary>Inner product.</summary>
        public double ScalarProduct(VVector left)
        {
            return _x * left._x + _y * left._y + _z * left._z;
        }

        /// <summary>Distance of two points.</summary>
        public static double Distance(VVector left, VVector right)
        {
            return (left - right).Length;
        }

        /// <summary>Sum.</summary>
        public static VVector operator +(VVector left, VVector right)
        {
            return new VVector(left._x + right._x, left._y + right._y, left._z + right._z);
        }

        /// <summary>Difference.</summary>
        public static VVector operator -(VVector left, VVector right)
        {
            return new VVector(left._x - right._x, left._y - right._y, left._z - right._z);
        }

        /// <summary>Product with a number.</summary>
        public static VVector operator *(VVector val, double mul)
        {
            return new VVector(val._x * mul, val._y * mul, val._z * mul);
        }

        /// <summary>Product with a number.</summary>
        public static VVector operator *(double mul, VVector val)
        {
            return val * mul;
        }

        /// <summary>Quotient by a number.</summary>
        public static VVector operator /(VVector val, double div)
        {
            return new VVector(val._x / div, val._y / div, val._z / div);
        }

#if ESAPI_18
        // Equality of vectors is 18 only (row 37); before, == does not compile.

        /// <summary>Names of the components (VVector.Component, ESAPI 18); the numbers are assumed.</summary>
        public enum Component
        {
            /// <summary>First.</summary>
            X = 0,
            /// <summary>Second.</summary>
            Y = 1,
            /// <summary>Third.</summary>
            Z = 2
        }

        /// <summary>The vector that stands for none: a field (VVector.Undefined, ESAPI 18).</summary>
        public static readonly VVector Undefined = new VVector(double.NaN, double.NaN, double.NaN);

        /// <summary>Usual tolerance of <see cref="EpsilonEqual"/> (VVector.DefaultEpsilon, ESAPI 18; its value is assumed).</summary>
        public static readonly double DefaultEpsilon = 1e-6;

        /// <summary>Component by name.</summary>
        public double this[Component vc]
        {
            get { return this[(int)vc]; }
        }

        /// <summary>A copy with one component replaced (VVector.Update, ESAPI 18).</summary>
        public VVector Update(Component vc, double value)
        {
            VVector updated = this;
            updated[(int)vc] = value;
            return updated;
        }

        /// <summary>A copy of length one (VVector.GetUnitLengthScaledVector, ESAPI 18).</summary>
        public VVector GetUnitLengthScaledVector()
        {
            return this / Length;
        }

        /// <summary>Whether any component is not a number or infinite (VVector.IsUndefined, ESAPI 18).</summary>
        public bool IsUndefined()
        {
            return IsUndefined(_x) || IsUndefined(_y) || IsUndefined(_z);
        }

        private static bool IsUndefined(double component)
        {
            return double.IsNaN(component) || double.IsInfinity(component);
        }

        /// <summary>
        /// Whether no component differs by more than <paramref name="epsilon"/>; two of Undefined are equal
        /// (VVector.EpsilonEqual, ESAPI 18).
        /// </summary>
        public bool EpsilonEqual(VVector other, double epsilon)
        {
            return Equals(other) || (Math.Abs(_x - other._x) <= epsilon && Math.Abs(_y - other._y) <= epsilon
                && Math.Abs(_z - other._z) <= epsilon);
        }

        /// <summary>Component-wise equality.</summary>
        public bool Equals(VVector other)
        {
            return _x.Equals(other._x) && _y.Equals(other._y) && _z.Equals(other._z);
        }

        /// <summary>Component-wise equality.</summary>
        public override bool Equals(object obj)
        {
            return obj is VVector && Equals((VVector)obj);
        }

        /// <summary>Hash of the components.</summary>
        public override int GetHashCode()
        {
            return _x.GetHashCode() ^ (_y.GetHashCode() * 31) ^ (_z.GetHashCode() * 961);
        }

        /// <summary>Component-wise equality.</summary>
        public static bool operator ==(VVector left, VVector right) { return left.Equals(right); }

        /// <summary>Component-wise inequality.</summary>
        public static bool operator !=(VVector left, VVector right) { return !left.Equals(right); }
#endif
    }
}
