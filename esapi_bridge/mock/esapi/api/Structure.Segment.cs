// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public partial class Structure
    {
        /// <summary>
        /// The segment as it is now; what is got does not follow later changes (assumed). One of another resolution or
        /// image is refused (row 50).
        /// </summary>
        public SegmentVolume SegmentVolume
        {
            get { Reading(); return new SegmentVolume(Patients, Self.Mask); }
            set
            {
                RequireEditable();
                if (value == null)
                {
                    throw new ArgumentNullException("value");
                }
                Mask mask = value.Read();
                SegmentVolume.RequireAlike(Self.Lattice, mask.Lattice);
                Self.Mask = mask;
                StructureRules.Reshaped(Patients, Self);
            }
        }

        /// <summary>The segment, where one is expected (known: Structure.op_Implicit).</summary>
        public static implicit operator SegmentVolume(Structure structure)
        {
            return structure == null ? null : structure.SegmentVolume;
        }

        /// <summary>What belongs to both.</summary>
        public SegmentVolume And(SegmentVolume other) { return SegmentVolume.And(other); }

        /// <summary>What belongs to either or both.</summary>
        public SegmentVolume Or(SegmentVolume other) { return SegmentVolume.Or(other); }

        /// <summary>What belongs to this one only.</summary>
        public SegmentVolume Sub(SegmentVolume other) { return SegmentVolume.Sub(other); }

        /// <summary>What belongs to one of them, but not to both.</summary>
        public SegmentVolume Xor(SegmentVolume other) { return SegmentVolume.Xor(other); }

        /// <summary>Everything else.</summary>
        public SegmentVolume Not() { return SegmentVolume.Not(); }

        /// <summary>The segment grown or, with a negative margin, shrunk; mm, at most 50.</summary>
        public SegmentVolume Margin(double marginInMM) { return SegmentVolume.Margin(marginInMM); }

        /// <summary>The segment grown or shrunk by a margin for each direction of the image's axes, mm, at most 50.</summary>
        public SegmentVolume AsymmetricMargin(AxisAlignedMargins margins) { return SegmentVolume.AsymmetricMargin(margins); }

        /// <summary>Whether its segment has the finer voxels (row 50).</summary>
        public bool IsHighResolution { get { Reading(); return Self.IsHighResolution; } }

        /// <summary>Whether it can be converted: it may be edited and was not yet (assumed).</summary>
        public bool CanConvertToHighResolution()
        {
            Reading();
            return !Self.IsHighResolution && StructureRules.LockingFault(Patients, Self.Set) == null;
        }

        /// <summary>
        /// Gives it finer voxels where the image is larger than 256 x 256 (known, as is the exception; how much finer is
        /// assumed, row 50). Its contours stay.
        /// </summary>
        public void ConvertToHighResolution()
        {
            Writing();
            if (!CanConvertToHighResolution())
            {
                throw new InvalidOperationException("Can not convert this structure.");
            }
            Self.IsHighResolution = true;
            StructureRules.Changed(Patients, Self.Set);
        }
    }
}
