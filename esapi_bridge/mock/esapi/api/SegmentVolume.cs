// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// The volume of a structure, as voxels of its image (row 49). Operations make new ones; neither operand changes
    /// (known).
    /// </summary>
    public class SegmentVolume : SerializableObject
    {
        /// <summary>Largest margin, mm (known: SegmentVolume.Margin; that more is refused is assumed).</summary>
        private const double LargestMarginMm = 50;

        private readonly PatientState _patient;
        private readonly Mask _mask;

        internal SegmentVolume(PatientState patient, Mask mask)
        {
            _patient = patient;
            _mask = mask;
            patient.Session.Guard.Count();
        }

        internal Mask Read()
        {
            _patient.Session.Guard.Read(_patient, _patient);
            return _mask;
        }

        /// <summary>What belongs to both.</summary>
        public SegmentVolume And(SegmentVolume other) { return New(Read().And(Other(other))); }

        /// <summary>What belongs to either or both.</summary>
        public SegmentVolume Or(SegmentVolume other) { return New(Read().Or(Other(other))); }

        /// <summary>What belongs to this one only.</summary>
        public SegmentVolume Sub(SegmentVolume other) { return New(Read().Sub(Other(other))); }

        /// <summary>What belongs to one of them, but not to both.</summary>
        public SegmentVolume Xor(SegmentVolume other) { return New(Read().Xor(Other(other))); }

        /// <summary>All other voxels of the image.</summary>
        public SegmentVolume Not() { return New(Read().Not()); }

        /// <summary>
        /// Grown by a ball or, with a negative margin, shrunk by one: by the distances of voxel centres, mm, at most 50. What
        /// is beyond the image is cut off and counts as outside (assumed).
        /// </summary>
        public SegmentVolume Margin(double marginInMM)
        {
            Mask mask = Read();
            double[] margins = Enumerable.Repeat(Math.Abs(marginInMM), 6).ToArray();
            RequireMargins(margins);
            return New(marginInMM < 0 ? MaskMargin.Inner(mask, margins) : MaskMargin.Outer(mask, margins));
        }

        /// <summary>
        /// Grown or shrunk by a margin for each direction of the image's axes, mm, at most 50; between the directions by
        /// parts of ellipsoids (assumed).
        /// </summary>
        public SegmentVolume AsymmetricMargin(AxisAlignedMargins margins)
        {
            Mask mask = Read();
            double[] six = { margins.X1, margins.Y1, margins.Z1, margins.X2, margins.Y2, margins.Z2 };
            RequireMargins(six);
            return New(margins.Geometry == StructureMarginGeometry.Inner
                ? MaskMargin.Inner(mask, six) : MaskMargin.Outer(mask, six));
        }

        /// <summary>Refuses volumes of different voxels (row 50).</summary>
        internal static void RequireAlike(Lattice one, Lattice other)
        {
            if (!one.HasImageOf(other))
            {
                throw new ArgumentException("expected segments on one image, found two images");
            }
            if (!one.IsThatOf(other))
            {
                throw new RefusedException("expected segments of one resolution, found one of high and one of default "
                    + "resolution: convert the other one by ConvertToHighResolution first");
            }
        }

        private Mask Other(SegmentVolume other)
        {
            if (other == null)
            {
                throw new ArgumentNullException("other");
            }
            Mask mask = other.Read();
            RequireAlike(_mask.Lattice, mask.Lattice);
            return mask;
        }

        private SegmentVolume New(Mask mask)
        {
            return new SegmentVolume(_patient, mask);
        }

        private static void RequireMargins(double[] margins)
        {
            if (!margins.All(m => m >= 0 && m <= LargestMarginMm))
            {
                throw new ArgumentException("expected margins of at most " + LargestMarginMm + " mm, found more or no number");
            }
        }
    }
}
