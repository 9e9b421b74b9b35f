using System;
using System.Globalization;

namespace System.Windows.Media.Media3D
{
    /// <summary>A point of space.</summary>
    public struct Point3D : IEquatable<Point3D>
    {
        /// <summary>The point of these coordinates.</summary>
        public Point3D(double x, double y, double z) : this()
        {
            X = x;
            Y = y;
            Z = z;
        }

        /// <summary>First coordinate.</summary>
        public double X { get; set; }

        /// <summary>Second coordinate.</summary>
        public double Y { get; set; }

        /// <summary>Third coordinate.</summary>
        public double Z { get; set; }

        /// <summary>The point that lies a vector away.</summary>
        public static Point3D operator +(Point3D point, Vector3D vector)
        {
            return new Point3D(point.X + vector.X, point.Y + vector.Y, point.Z + vector.Z);
        }

        /// <summary>The point that lies a vector away, the other way.</summary>
        public static Point3D operator -(Point3D point, Vector3D vector)
        {
            return new Point3D(point.X - vector.X, point.Y - vector.Y, point.Z - vector.Z);
        }

        /// <summary>The vector from the second point to the first.</summary>
        public static Vector3D operator -(Point3D point1, Point3D point2)
        {
            return new Vector3D(point1.X - point2.X, point1.Y - point2.Y, point1.Z - point2.Z);
        }

        /// <summary>The point as a vector from the origin.</summary>
        public static explicit operator Vector3D(Point3D point)
        {
            return new Vector3D(point.X, point.Y, point.Z);
        }

        /// <summary>Whether all coordinates are equal.</summary>
        public static bool operator ==(Point3D point1, Point3D point2)
        {
            return point1.X == point2.X && point1.Y == point2.Y && point1.Z == point2.Z;
        }

        /// <summary>Whether a coordinate differs.</summary>
        public static bool operator !=(Point3D point1, Point3D point2)
        {
            return !(point1 == point2);
        }

        /// <summary>The point that lies a vector away.</summary>
        public static Point3D Add(Point3D point, Vector3D vector)
        {
            return point + vector;
        }

        /// <summary>The point that lies a vector away, the other way.</summary>
        public static Point3D Subtract(Point3D point, Vector3D vector)
        {
            return point - vector;
        }

        /// <summary>The vector from the second point to the first.</summary>
        public static Vector3D Subtract(Point3D point1, Point3D point2)
        {
            return point1 - point2;
        }

        /// <summary>Moves the point.</summary>
        public void Offset(double offsetX, double offsetY, double offsetZ)
        {
            X += offsetX;
            Y += offsetY;
            Z += offsetZ;
        }

        /// <summary>Whether all coordinates are equal; not a number equals itself, as elsewhere in .NET.</summary>
        public bool Equals(Point3D value)
        {
            return X.Equals(value.X) && Y.Equals(value.Y) && Z.Equals(value.Z);
        }

        /// <inheritdoc/>
        public override bool Equals(object o)
        {
            return o is Point3D && Equals((Point3D)o);
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

    /// <summary>How WPF writes several numbers: a comma between, a semicolon where numbers have commas themselves.</summary>
    internal static class Text
    {
        internal static string Of(params double[] numbers)
        {
            bool taken = CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator == ",";
            return string.Join(taken ? ";" : ",", Array.ConvertAll(numbers, n => n.ToString(CultureInfo.CurrentCulture)));
        }
    }
}
