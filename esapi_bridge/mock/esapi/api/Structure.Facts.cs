// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Windows.Media.Media3D;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    public partial class Structure
    {
        /// <summary>
        /// Whether points at equal distances along a line are inside; as many as the buffer holds (Structure.
        /// GetSegmentProfile). A structure without segment is nowhere (assumed).
        /// </summary>
        public SegmentProfile GetSegmentProfile(VVector start, VVector stop, BitArray preallocatedBuffer)
        {
            Reading();
            if (preallocatedBuffer == null || preallocatedBuffer.Count < 2)
            {
                throw new ArgumentException("expected a buffer of at least 2 values");
            }
            VVector step = (stop - start) / (preallocatedBuffer.Count - 1);
            SegmentLine line = Self.Line;
            for (int n = 0; n < preallocatedBuffer.Count; n++)
            {
                preallocatedBuffer[n] = line.Inside(start + step * n);
            }
            return new SegmentProfile(start, step, preallocatedBuffer);
        }

        /// <summary>
        /// The surface in DICOM mm: here that of the segment's voxels, which ends half a slice beyond the outermost planes,
        /// without normals; null without a segment (all assumed). Not to be changed: it is kept.
        /// </summary>
        public MeshGeometry3D MeshGeometry
        {
            get { Reading(); return Self.ByPlane.Count == 0 ? null : Self.Mesh; }
        }

        /// <summary>How many parts there are whose voxels share faces (that it is faces is assumed).</summary>
        public int GetNumberOfSeparateParts()
        {
            Reading();
            return MaskParts.Count(Self.Mask);
        }

        /// <summary>Empty, as for all structures that are no reference line (known); the database holds none.</summary>
        public VVector[] GetReferenceLinePoints()
        {
            Reading();
            return new VVector[0];
        }

        /// <summary>One entry, its present approval: with a plan on its set (assumed; a case knows no other).</summary>
        public IEnumerable<StructureApprovalHistoryEntry> ApprovalHistory
        {
            get
            {
                StructureApprovalStatus status = StructureRules.LockingFault(Patients, Self.Set) == null
                    ? StructureApprovalStatus.UnApproved : StructureApprovalStatus.Approved;
                return new[]
                {
                    new StructureApprovalHistoryEntry(HistoryDateTime, status, User.MockUserId, User.MockUserName)
                };
            }
        }

        /// <summary>Whether a CT number may be assigned; the reason where it may not (row 48).</summary>
        public bool CanSetAssignedHU(out string errorMessage)
        {
            return CanEditSegmentVolume(out errorMessage);
        }

        /// <summary>Assigns a CT number, HU; calculated doses are dropped (row 51).</summary>
        public void SetAssignedHU(double huValue)
        {
            RequireEditable();
            if (double.IsNaN(huValue) || double.IsInfinity(huValue))
            {
                throw new ArgumentException("expected a CT number in HU, found none");
            }
            Assign(huValue);
        }

        /// <summary>Takes the CT number away; false where it cannot be (known), which here is an approved plan's.</summary>
        public bool ResetAssignedHU()
        {
            Writing();
            if (StructureRules.LockingFault(Patients, Self.Set) != null)
            {
                return false;
            }
            Assign(null);
            return true;
        }

        private void Assign(double? hounsfield)
        {
            if (Self.AssignedHu != hounsfield || Self.AssignedDensity != null)
            {
                Self.AssignedHu = hounsfield;
                Self.AssignedDensity = null;
                StructureRules.Changed(Patients, Self.Set);
                StructureRules.DropDoses(Patients, Self.Set);
            }
        }

        /// <summary>
        /// Takes the place of a dose from a level on, at the voxel centres, the dose being linear between its own
        /// (assumed). The level may be in another unit than the dose (assumed), but of a beam dose.
        /// </summary>
        public void ConvertDoseLevelToStructure(Dose dose, DoseValue doseLevel)
        {
            RequireEditable();
            if (dose == null)
            {
                throw new ArgumentNullException("dose");
            }
            dose.Reading();
            double percent = StoredPercent(dose, doseLevel);
            if (double.IsNaN(percent))
            {
                throw new ArgumentException("expected a dose level in a unit that the dose can be shown in");
            }
            Self.Mask = MaskOfDose.From(Self.Lattice, dose.DoseState, percent);
            StructureRules.Reshaped(Patients, Self);
        }

        private static double StoredPercent(Dose dose, DoseValue level)
        {
            if (level.Unit == dose.Unit)
            {
                return level.Dose / dose.UnitsPerPercent;
            }
            if (dose is BeamDose)
            {
                return double.NaN;
            }
            switch (level.Unit)
            {
                case DoseValue.DoseUnit.Percent: return level.Dose / dose.Owner.NormalisationFactor;
                case DoseValue.DoseUnit.Gy: return level.Dose / dose.Owner.GyPerPercent;
                case DoseValue.DoseUnit.cGy: return level.Dose / 100 / dose.Owner.GyPerPercent;
                default: return double.NaN;
            }
        }

#if ESAPI_16
        /// <summary>Whether it is approved: with a plan on its set (assumed).</summary>
        public bool IsApproved { get { Reading(); return StructureRules.LockingFault(Patients, Self.Set) != null; } }

        /// <summary>Whether a plan with a dose is on its set.</summary>
        public bool HasCalculatedPlans { get { Reading(); return StructureRules.IsCalculated(Patients, Self.Set); } }
#endif

#if ESAPI_18
        /// <summary>Whether it is a target by its type (which types is assumed).</summary>
        public bool IsTarget
        {
            get { Reading(); return new[] { "PTV", "CTV", "GTV" }.Contains(Self.DicomType); }
        }
#endif
    }
}
