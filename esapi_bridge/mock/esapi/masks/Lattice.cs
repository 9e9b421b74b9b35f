// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// The voxels that segments are made of: those of the image; of a high-resolution structure, ones half as wide along
    /// rows and columns where the image is larger than 256 x 256 (row 50).
    /// </summary>
    internal sealed class Lattice
    {
        /// <summary>Pixels along a side above which high resolution is finer (Structure.ConvertToHighResolution).</summary>
        internal const int CoarseSide = 256;

        private const double SameMm = 1e-6;

        internal readonly GridState Image;
        internal readonly bool IsHighResolution;
        internal readonly GridState Grid;

        internal Lattice(GridState image, bool isHighResolution)
        {
            Image = image;
            IsHighResolution = isHighResolution;
            bool finer = isHighResolution && Math.Max(image.Size[0], image.Size[1]) > CoarseSide;
            Grid = finer ? Halved(image) : image;
        }

        /// <summary>Whether both have the same voxels, and both or none the name of high resolution.</summary>
        internal bool IsThatOf(Lattice other)
        {
            return IsHighResolution == other.IsHighResolution && HasImageOf(other);
        }

        /// <summary>Whether the images have the same voxels.</summary>
        internal bool HasImageOf(Lattice other)
        {
            return ReferenceEquals(Image, other.Image) || (Image.Size.SequenceEqual(other.Image.Size)
                && Image.Spacing.Zip(other.Image.Spacing, (a, b) => Math.Abs(a - b)).Max() < SameMm
                && VVector.Distance(Image.Origin, other.Image.Origin) < SameMm
                && Image.Axes.Zip(other.Image.Axes, (a, b) => VVector.Distance(a, b)).Max() < SameMm);
        }

        private static GridState Halved(GridState image)
        {
            return new GridState(
                new[] { 2 * image.Size[0], 2 * image.Size[1], image.Size[2] },
                new[] { image.Spacing[0] / 2, image.Spacing[1] / 2, image.Spacing[2] },
                image.Position(-0.25, -0.25, 0), image.Axes);
        }
    }
}
