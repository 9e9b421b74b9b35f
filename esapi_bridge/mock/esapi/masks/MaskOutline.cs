using System.Collections.Generic;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Contours of a mask: along the edges of its voxels, so that filling them gives the mask again and their area is that
    /// of its voxels. Voxels that touch at a corner only have contours of their own.
    /// </summary>
    internal static class MaskOutline
    {
        private const int Right = 0, Down = 1, Left = 2, Up = 3;
        private static readonly int[] StepX = { 1, 0, -1, 0 };
        private static readonly int[] StepY = { 0, 1, 0, -1 };

        /// <summary>All contours by plane, DICOM mm.</summary>
        internal static Dictionary<int, List<VVector[]>> Planes(Mask mask)
        {
            Dictionary<int, List<VVector[]>> byPlane = new Dictionary<int, List<VVector[]>>();
            for (int k = mask.Low[2]; k < mask.Low[2] + mask.Size[2]; k++)
            {
                List<VVector[]> contours = Plane(mask, k);
                if (contours.Count > 0)
                {
                    byPlane[k] = contours;
                }
            }
            return byPlane;
        }

        /// <summary>Contours on a plane, DICOM mm.</summary>
        internal static List<VVector[]> Plane(Mask mask, int k)
        {
            List<VVector[]> contours = new List<VVector[]>();
            int width = mask.Size[0] + 1;
            byte[] edges = Edges(mask, k);
            for (int n = 0; n < edges.Length; n++)
            {
                while (edges[n] != 0)
                {
                    contours.Add(Follow(mask, k, edges, n % width, n / width));
                }
            }
            return contours;
        }

        /// <summary>By corner, which edges leave it (a bit each) with the inside on their right, seen with j downwards.</summary>
        private static byte[] Edges(Mask mask, int k)
        {
            int width = mask.Size[0], height = mask.Size[1];
            int first = (k - mask.Low[2]) * width * height;
            byte[] edges = new byte[(width + 1) * (height + 1)];
            for (int j = 0; j < height; j++)
            {
                for (int i = 0; i < width; i++)
                {
                    int at = first + j * width + i;
                    if (mask.Values[at] == 0)
                    {
                        continue;
                    }
                    int corner = j * (width + 1) + i;
                    if (j == 0 || mask.Values[at - width] == 0)
                    {
                        edges[corner] |= 1 << Right;
                    }
                    if (i == width - 1 || mask.Values[at + 1] == 0)
                    {
                        edges[corner + 1] |= 1 << Down;
                    }
                    if (j == height - 1 || mask.Values[at + width] == 0)
                    {
                        edges[corner + width + 2] |= 1 << Left;
                    }
                    if (i == 0 || mask.Values[at - 1] == 0)
                    {
                        edges[corner + width + 1] |= 1 << Up;
                    }
                }
            }
            return edges;
        }

        /// <summary>Follows edges from a corner until it is back, and takes them away.</summary>
        private static VVector[] Follow(Mask mask, int k, byte[] edges, int x, int y)
        {
            List<VVector> points = new List<VVector>();
            int width = mask.Size[0] + 1;
            int direction = -1;
            int begun = -1;
            int start = y * width + x;
            while (true)
            {
                int at = y * width + x;
                int next = Turn(edges[at], direction);
                if (next < 0 || (at == start && begun >= 0 && begun == (direction + 1) % 4))
                {
                    break;
                }
                edges[at] &= (byte)~(1 << next);
                if (next != direction)
                {
                    points.Add(mask.Lattice.Grid.Position(mask.Low[0] + x - 0.5, mask.Low[1] + y - 0.5, k));
                }
                begun = begun < 0 ? next : begun;
                direction = next;
                x += StepX[next];
                y += StepY[next];
            }
            if (direction == begun)
            {
                points.RemoveAt(0);  // the start was no corner of the contour
            }
            return points.ToArray();
        }

        /// <summary>The next edge: to the right first, which stays with the same voxel; -1 if none is left.</summary>
        private static int Turn(byte leaving, int direction)
        {
            for (int turn = 1; turn >= -2; turn--)
            {
                int next = (direction < 0 ? turn + 2 : direction + turn + 4) % 4;
                if ((leaving & 1 << next) != 0)
                {
                    return next;
                }
            }
            return -1;
        }
    }
}
