namespace System.Windows.Media.Media3D
{
    /// <summary>A shape of space.</summary>
    public abstract class Geometry3D : DependencyObject
    {
        /// <summary>The smallest box along the axes around it.</summary>
        public abstract Rect3D Bounds { get; }
    }

    /// <summary>Triangles: corners, and three numbers of corners for each.</summary>
    public sealed class MeshGeometry3D : Geometry3D
    {
        /// <summary>A mesh of nothing.</summary>
        public MeshGeometry3D()
        {
            Positions = new Point3DCollection();
            Normals = new Vector3DCollection();
            TextureCoordinates = new PointCollection();
            TriangleIndices = new Int32Collection();
        }

        /// <summary>Corners.</summary>
        public Point3DCollection Positions { get; set; }

        /// <summary>Normals at the corners; may be none.</summary>
        public Vector3DCollection Normals { get; set; }

        /// <summary>Places of the corners on a picture; may be none.</summary>
        public PointCollection TextureCoordinates { get; set; }

        /// <summary>Corners of the triangles, three each.</summary>
        public Int32Collection TriangleIndices { get; set; }

        /// <summary>The smallest box around the corners; empty without any.</summary>
        public override Rect3D Bounds
        {
            get
            {
                Rect3D bounds = Rect3D.Empty;
                foreach (Point3D corner in Positions)
                {
                    bounds.Union(corner);
                }
                return bounds;
            }
        }
    }
}
