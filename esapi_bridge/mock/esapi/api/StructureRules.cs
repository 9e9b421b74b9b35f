// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What may be done to structures, and what a change of one does to the plans on it (rows 48, 51).</summary>
    internal static class StructureRules
    {
        internal const string Body = "EXTERNAL";

        /// <summary>Types that can be added (known: StructureSet.AddStructure).</summary>
        private static readonly string[] Types =
        {
            "AVOIDANCE", "CAVITY", "CONTRAST_AGENT", "CTV", Body, "GTV", "IRRAD_VOLUME", "ORGAN", "PTV", "TREATED_VOLUME",
            "SUPPORT", "FIXATION", "CONTROL", "DOSE_REGION"
        };

        /// <summary>Why such a structure cannot be added; null if it can. One EXTERNAL at most (assumed).</summary>
        internal static string AddingFault(PatientState patient, StructureSetState set, string dicomType, string id)
        {
            if (!Types.Contains(dicomType))
            {
                return "expected a DICOM type that structures can be added with, such as CONTROL, found another";
            }
            if (dicomType == Body && set.Structures.Any(s => s.DicomType == Body))
            {
                return "expected a structure set without body outline, found one";
            }
            return IdRules.StructureFault(id, set) ?? LockingFault(patient, set);
        }

        /// <summary>
        /// Why a structure cannot be removed: approval (row 48), or that it is the body that a plan's dose was calculated in
        /// (assumed).
        /// </summary>
        internal static string RemovingFault(PatientState patient, StructureState structure)
        {
            if (structure.DicomType == Body && Plans(patient, structure.Set).Any(p => p.Beams.Count > 0 && p.Dose != null))
            {
                return "the body cannot be removed while a plan's dose was calculated in it";
            }
            return LockingFault(patient, structure.Set);
        }

        /// <summary>Why nothing of a structure set can be changed: an approved plan uses it (row 48).</summary>
        internal static string LockingFault(PatientState patient, StructureSetState set)
        {
            return Plans(patient, set).Any(Course.IsLocked)
                ? "the structure set cannot be changed: an approved plan uses it" : null;
        }

        internal static void RequireUnlocked(PatientState patient, StructureSetState set)
        {
            string fault = LockingFault(patient, set);
            if (fault != null)
            {
                throw new RefusedException(fault);
            }
        }

        /// <summary>Whether a plan on the set has a dose.</summary>
        internal static bool IsCalculated(PatientState patient, StructureSetState set)
        {
            return Plans(patient, set).Any(p => p.Dose != null);
        }

        /// <summary>Every plan on the set will be saved anew with it.</summary>
        internal static void Changed(PatientState patient, StructureSetState set)
        {
            set.Changed = true;
            patient.Changed = true;
            foreach (PlanState plan in Plans(patient, set))
            {
                plan.Changed = true;
            }
        }

        /// <summary>
        /// After a change of shape: doses stay (a structure is no part of a calculation) unless it is the body or has an
        /// assigned CT number; then calculated doses are dropped (row 51).
        /// </summary>
        internal static void Reshaped(PatientState patient, StructureState structure)
        {
            Changed(patient, structure.Set);
            if (structure.DicomType == Body || structure.AssignedHu.HasValue)
            {
                DropDoses(patient, structure.Set);
            }
        }

        /// <summary>Drops what was calculated on a set; evaluation doses are not calculated.</summary>
        internal static void DropDoses(PatientState patient, StructureSetState set)
        {
            foreach (PlanState plan in Plans(patient, set).Where(p => p.Beams.Count > 0))
            {
                plan.InvalidateDose();
            }
        }

        private static IEnumerable<PlanState> Plans(PatientState patient, StructureSetState set)
        {
            return patient.Courses.SelectMany(c => c.Plans).Where(p => p.StructureSet == set);
        }
    }
}
