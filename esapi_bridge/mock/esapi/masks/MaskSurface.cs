using System.Collections.Generic;
using System.Windows.Media;
using System.Windows.Media.Media3D;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// The surface of a mask: the faces of its voxels that are not shared, two triangles each, anticlockwise as seen from
    /// outside. Closed, and around the volume of the voxels.
    /// </summary>
    internal sealed class MaskSurface
    {
        /// <summary>Corners of the face towards each neighbour, as offsets (i, j, k) from the voxel's lowest corner.</summary>
        private static readonly int[][] Faces =
        {
            new[] { 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0 }, new[] { 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1 },
            new[] { 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1 }, new[] { 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0 },
            new[] { 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0 }, new[] { 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1 }
        };

        private readonly Mask _mask;
        private readonly List<Point3D> _corners = new List<Point3D>();
        private readonly List<int> _triangles = new List<int>();
        private readonly bool _isMirrored;
        /// <summary>Numbers of the corners below and above a layer of voxels, from 1 on.</summary>
        private readonly int[][] _numbers;

        private MaskSurface(Mask mask)
        {
            _mask = mask;
            VVector[] axes = mask.Lattice.Grid.Axes;
            VVector normal = new VVector(axes[0].y * axes[1].z - axes[0].z * axes[1].y,
                axes[0].z * axes[1].x - axes[0].x * axes[1].z, axes[0].x * axes[1].y - axes[0].y * axes[1].x);
            _isMirrored = normal.ScalarProduct(axes[2]) < 0;
            int corners = (mask.Size[0] + 1) * (mask.Size[1] + 1);
            _numbers = new[] { new int[corners], new int[corners] };
        }

        internal static MeshGeometry3D Of(Mask mask)
        {
            MaskSurface surface = new MaskSurface(mask);
            surface.Collect();
            return new MeshGeometry3D
            {
                Positions = new Point3DCollection(surface._corners), TriangleIndices = new Int32Collection(surface._triangles)
            };
        }

        private void Collect()
        {
            int[] size = _mask.Size;
            int at = 0;
            for (int k = 0; k < size[2]; k++)
            {
                for (int j = 0; j < size[1]; j++)
                {
                    for (int i = 0; i < size[0]; i++, at++)
                    {
                        if (_mask.Values[at] != 0)
                        {
                            Voxel(new[] { i, j, k }, at);
                        }
                    }
                }
                _numbers[0] = _numbers[1];
                _numbers[1] = new int[_numbers[0].Length];
            }
        }

        private void Voxel(int[] voxel, int at)
        {
            for (int axis = 0, stride = 1; axis < 3; stride *= _mask.Size[axis], axis++)
            {
                if (voxel[axis] == 0 || _mask.Values[at - stride] == 0)
                {
                    Face(voxel, Faces[2 * axis]);
                }
                if (voxel[axis] == _mask.Size[axis] - 1 || _mask.Values[at + stride] == 0)
                {
                    Face(voxel, Faces[2 * axis + 1]);
                }
            }
        }

        private void Face(int[] voxel, int[] offsets)
        {
            int[] corners = new int[4];
            for (int n = 0; n < 4; n++)
            {
                corners[_isMirrored ? 3 - n : n] = Corner(voxel, offsets[3 * n], offsets[3 * n + 1], offsets[3 * n + 2]);
            }
            _triangles.AddRange(new[] { corners[0], corners[1], corners[2], corners[0], corners[2], corners[3] });
        }

        private int Corner(int[] voxel, int di, int dj, int dk)
        {
            int i = voxel[0] + di, j = voxel[1] + dj;
            int place = j * (_mask.Size[0] + 1) + i;
            if (_numbers[dk][place] == 0)
            {
                VVector at = _mask.Lattice.Grid.Position(
                    _mask.Low[0] + i - 0.5, _mask.Low[1] + j - 0.5, _mask.Low[2] + voxel[2] + dk - 0.5);
                _corners.Add(new Point3D(at.x, at.y, at.z));
                _numbers[dk][place] = _corners.Count;
            }
            return _numbers[dk][place] - 1;
        }
    }
}
