using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Windows.Media.Media3D;

namespace System.Windows.Media
{
    /// <summary>Whole numbers, as the corners of triangles are.</summary>
    public sealed class Int32Collection : Collection<int>
    {
        /// <summary>None yet.</summary>
        public Int32Collection()
        {
        }

        /// <summary>None yet; the capacity is a hint.</summary>
        public Int32Collection(int capacity) : base(new List<int>(capacity))
        {
        }

        /// <summary>Those given.</summary>
        public Int32Collection(IEnumerable<int> collection) : base(collection.ToList())
        {
        }
    }

    /// <summary>Points of a plane.</summary>
    public sealed class PointCollection : Collection<Point>
    {
        /// <summary>None yet.</summary>
        public PointCollection()
        {
        }

        /// <summary>None yet; the capacity is a hint.</summary>
        public PointCollection(int capacity) : base(new List<Point>(capacity))
        {
        }

        /// <summary>Those given.</summary>
        public PointCollection(IEnumerable<Point> collection) : base(collection.ToList())
        {
        }
    }
}

namespace System.Windows.Media.Media3D
{
    /// <summary>Points of space.</summary>
    public sealed class Point3DCollection : Collection<Point3D>
    {
        /// <summary>None yet.</summary>
        public Point3DCollection()
        {
        }

        /// <summary>None yet; the capacity is a hint.</summary>
        public Point3DCollection(int capacity) : base(new List<Point3D>(capacity))
        {
        }

        /// <summary>Those given.</summary>
        public Point3DCollection(IEnumerable<Point3D> collection) : base(collection.ToList())
        {
        }
    }

    /// <summary>Vectors of space.</summary>
    public sealed class Vector3DCollection : Collection<Vector3D>
    {
        /// <summary>None yet.</summary>
        public Vector3DCollection()
        {
        }

        /// <summary>None yet; the capacity is a hint.</summary>
        public Vector3DCollection(int capacity) : base(new List<Vector3D>(capacity))
        {
        }

        /// <summary>Those given.</summary>
        public Vector3DCollection(IEnumerable<Vector3D> collection) : base(collection.ToList())
        {
        }
    }
}
