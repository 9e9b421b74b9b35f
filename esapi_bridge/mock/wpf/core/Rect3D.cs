using System;

namespace System.Windows.Media.Media3D
{
    /// <summary>How long, wide and high something is.</summary>
    public struct Size3D
    {
        /// <summary>These sizes, none below zero.</summary>
        public Size3D(double x, double y, double z) : this()
        {
            if (x < 0 || y < 0 || z < 0)
            {
                throw new ArgumentException("a size cannot be negative");
            }
            X = x;
            Y = y;
            Z = z;
        }

        /// <summary>Along x.</summary>
        public double X { get; set; }

        /// <summary>Along y.</summary>
        public double Y { get; set; }

        /// <summary>Along z.</summary>
        public double Z { get; set; }

        /// <inheritdoc/>
        public override string ToString()
        {
            return Text.Of(X, Y, Z);
        }
    }

    /// <summary>A box along the axes; the empty one starts at infinity and has negative infinite sizes, as in WPF.</summary>
    public struct Rect3D : IEquatable<Rect3D>
    {
        /// <summary>The box that starts there and is so large.</summary>
        public Rect3D(Point3D location, Size3D size) : this(location.X, location.Y, location.Z, size.X, size.Y, size.Z)
        {
        }

        /// <summary>The box that starts there and is so large.</summary>
        public Rect3D(double x, double y, double z, double sizeX, double sizeY, double sizeZ) : this()
        {
            if (sizeX < 0 || sizeY < 0 || sizeZ < 0)
            {
                throw new ArgumentException("a size cannot be negative");
            }
            X = x;
            Y = y;
            Z = z;
            SizeX = sizeX;
            SizeY = sizeY;
            SizeZ = sizeZ;
        }

        /// <summary>The box of nothing.</summary>
        public static Rect3D Empty
        {
            get
            {
                double far = double.PositiveInfinity;
                return new Rect3D { X = far, Y = far, Z = far, SizeX = -far, SizeY = -far, SizeZ = -far };
            }
        }

        /// <summary>Whether it is the box of nothing.</summary>
        public bool IsEmpty { get { return SizeX < 0; } }

        /// <summary>Where it starts along x.</summary>
        public double X { get; set; }

        /// <summary>Where it starts along y.</summary>
        public double Y { get; set; }

        /// <summary>Where it starts along z.</summary>
        public double Z { get; set; }

        /// <summary>Size along x.</summary>
        public double SizeX { get; set; }

        /// <summary>Size along y.</summary>
        public double SizeY { get; set; }

        /// <summary>Size along z.</summary>
        public double SizeZ { get; set; }

        /// <summary>Where it starts.</summary>
        public Point3D Location { get { return new Point3D(X, Y, Z); } }

        /// <summary>Its sizes.</summary>
        public Size3D Size { get { return IsEmpty ? new Size3D() : new Size3D(SizeX, SizeY, SizeZ); } }

        /// <summary>Whether two boxes are the same.</summary>
        public static bool operator ==(Rect3D rect1, Rect3D rect2)
        {
            return rect1.Equals(rect2);
        }

        /// <summary>Whether two boxes differ.</summary>
        public static bool operator !=(Rect3D rect1, Rect3D rect2)
        {
            return !rect1.Equals(rect2);
        }

        /// <summary>Whether a point lies in it or on its faces.</summary>
        public bool Contains(Point3D point)
        {
            return point.X >= X && point.X <= X + SizeX && point.Y >= Y && point.Y <= Y + SizeY
                && point.Z >= Z && point.Z <= Z + SizeZ;
        }

        /// <summary>Grows until the point lies in it.</summary>
        public void Union(Point3D point)
        {
            Union(new Rect3D(point, new Size3D()));
        }

        /// <summary>Grows until the other lies in it.</summary>
        public void Union(Rect3D rect)
        {
            if (IsEmpty)
            {
                this = rect;
            }
            else if (!rect.IsEmpty)
            {
                double x = Math.Min(X, rect.X), y = Math.Min(Y, rect.Y), z = Math.Min(Z, rect.Z);
                this = new Rect3D(
                    x,
                    y,
                    z,
                    Math.Max(X + SizeX, rect.X + rect.SizeX) - x,
                    Math.Max(Y + SizeY, rect.Y + rect.SizeY) - y,
                    Math.Max(Z + SizeZ, rect.Z + rect.SizeZ) - z);
            }
        }

        /// <summary>Whether this is the same box.</summary>
        public bool Equals(Rect3D value)
        {
            return X == value.X && Y == value.Y && Z == value.Z
                && SizeX == value.SizeX && SizeY == value.SizeY && SizeZ == value.SizeZ;
        }

        /// <inheritdoc/>
        public override bool Equals(object o)
        {
            return o is Rect3D && Equals((Rect3D)o);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return X.GetHashCode() ^ Y.GetHashCode() ^ Z.GetHashCode();
        }

        /// <inheritdoc/>
        public override string ToString()
        {
            return IsEmpty ? "Empty" : Text.Of(X, Y, Z, SizeX, SizeY, SizeZ);
        }
    }
}
