using System;

namespace System.Windows.Media.Media3D
{
    /// <summary>A vector of space.</summary>
    public struct Vector3D : IEquatable<Vector3D>
    {
        /// <summary>The vector of these parts.</summary>
        public Vector3D(double x, double y, double z) : this()
        {
            X = x;
            Y = y;
            Z = z;
        }

        /// <summary>First part.</summary>
        public double X { get; set; }

        /// <summary>Second part.</summary>
        public double Y { get; set; }

        /// <summary>Third part.</summary>
        public double Z { get; set; }

        /// <summary>Its length.</summary>
        public double Length { get { return Math.Sqrt(LengthSquared); } }

        /// <summary>Square of its length.</summary>
        public double LengthSquared { get { return DotProduct(this, this); } }

        /// <summary>Sum.</summary>
        public static Vector3D operator +(Vector3D vector1, Vector3D vector2)
        {
            return new Vector3D(vector1.X + vector2.X, vector1.Y + vector2.Y, vector1.Z + vector2.Z);
        }

        /// <summary>Difference.</summary>
        public static Vector3D operator -(Vector3D vector1, Vector3D vector2)
        {
            return vector1 + -vector2;
        }

        /// <summary>The opposite vector.</summary>
        public static Vector3D operator -(Vector3D vector)
        {
            return vector * -1;
        }

        /// <summary>The vector, so many times as long.</summary>
        public static Vector3D operator *(Vector3D vector, double scalar)
        {
            return new Vector3D(vector.X * scalar, vector.Y * scalar, vector.Z * scalar);
        }

        /// <summary>The vector, so many times as long.</summary>
        public static Vector3D operator *(double scalar, Vector3D vector)
        {
            return vector * scalar;
        }

        /// <summary>The vector, so many times as short.</summary>
        public static Vector3D operator /(Vector3D vector, double scalar)
        {
            return vector * (1.0 / scalar);
        }

        /// <summary>The vector as a point, seen from the origin.</summary>
        public static explicit operator Point3D(Vector3D vector)
        {
            return new Point3D(vector.X, vector.Y, vector.Z);
        }

        /// <summary>Whether all parts are equal.</summary>
        public static bool operator ==(Vector3D vector1, Vector3D vector2)
        {
            return vector1.X == vector2.X && vector1.Y == vector2.Y && vector1.Z == vector2.Z;
        }

        /// <summary>Whether a part differs.</summary>
        public static bool operator !=(Vector3D vector1, Vector3D vector2)
        {
            return !(vector1 == vector2);
        }

        /// <summary>Scalar product.</summary>
        public static double DotProduct(Vector3D vector1, Vector3D vector2)
        {
            return vector1.X * vector2.X + vector1.Y * vector2.Y + vector1.Z * vector2.Z;
        }

        /// <summary>Vector product.</summary>
        public static Vector3D CrossProduct(Vector3D vector1, Vector3D vector2)
        {
            return new Vector3D(
                vector1.Y * vector2.Z - vector1.Z * vector2.Y,
                vector1.Z * vector2.X - vector1.X * vector2.Z,
                vector1.X * vector2.Y - vector1.Y * vector2.X);
        }

        /// <summary>Angle between two vectors, degrees.</summary>
        public static double AngleBetween(Vector3D vector1, Vector3D vector2)
        {
            return Math.Atan2(CrossProduct(vector1, vector2).Length, DotProduct(vector1, vector2)) * 180.0 / Math.PI;
        }

        /// <summary>Makes it one long.</summary>
        public void Normalize()
        {
            this /= Length;
        }

        /// <summary>Turns it round.</summary>
        public void Negate()
        {
            this = -this;
        }

        /// <summary>Whether all parts are equal; not a number equals itself, as elsewhere in .NET.</summary>
        public bool Equals(Vector3D value)
        {
            return X.Equals(value.X) && Y.Equals(value.Y) && Z.Equals(value.Z);
        }

        /// <inheritdoc/>
        public override bool Equals(object o)
        {
            return o is Vector3D && Equals((Vector3D)o);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return X.GetHashCode() ^ Y.GetHashCode() ^ Z.GetHashCode();
        }

        /// <summary>"x,y,z", or with the separator of the culture.</summary>
        public override string ToString()
        {
            return Text.Of(X, Y, Z);
        }
    }
}
