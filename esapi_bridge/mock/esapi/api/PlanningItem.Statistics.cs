// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose-volume statistics of plans and of sums of plans.</summary>
    public abstract partial class PlanningItem
    {
        private PlanningItemState Item { get { return (PlanningItemState)State; } }

        /// <summary>
        /// Cumulative dose-volume histogram (PlanningItem.GetDVHCumulativeData, ESAPI 15.6: null if it cannot be
        /// calculated, only absolute doses for sums of plans). Null without a dose, for a structure without contours and for
        /// one outside the dose (assumed). All doses are not a number in a plan without prescription or normalisation
        /// (row 10). How the structure is sampled is assumed (row 45).
        /// </summary>
        public DVHData GetDVHCumulativeData(
            Structure structure, DoseValuePresentation dosePresentation, VolumePresentation volumePresentation, double binWidth)
        {
            Histogram histogram = Of(structure, dosePresentation);
            if (!(binWidth > 0) || double.IsInfinity(binWidth))
            {
                throw new ArgumentException("expected a positive bin width, in the unit of the doses");
            }
            return histogram == null ? null : histogram.Data(volumePresentation, binWidth);
        }

        /// <summary>
        /// Least dose of the hottest part of a structure that has a volume, in % or cm3 (PlanningItem.GetDoseAtVolume,
        /// ESAPI 15.6), interpolated between samples. Undefined without a histogram, for a negative volume and for one larger
        /// than the structure (row 46, assumed).
        /// </summary>
        public DoseValue GetDoseAtVolume(
            Structure structure, double volume, VolumePresentation volumePresentation,
            DoseValuePresentation requestedDosePresentation)
        {
            Histogram histogram = Of(structure, requestedDosePresentation);
            return histogram == null ? DoseValue.UndefinedDose() : histogram.DoseAtVolume(volume, volumePresentation);
        }

        /// <summary>
        /// Volume that gets at least a dose, % or cm3 (PlanningItem.GetVolumeAtDose, ESAPI 15.6). Not a number without a
        /// histogram and for an undefined dose (row 46, assumed); an absolute dose must have the system's unit (type
        /// assumed).
        /// </summary>
        public double GetVolumeAtDose(Structure structure, DoseValue dose, VolumePresentation requestedVolumePresentation)
        {
            if (dose.IsUndefined())
            {
                Reading();
                return double.NaN;
            }
            if (!dose.IsRelativeDoseValue && dose.Unit != Patients.Database.DoseUnit)
            {
                throw new ArgumentException(
                    "expected a dose in % or " + Patients.Database.DoseUnit + ", found " + dose.UnitAsString);
            }
            Histogram histogram = Of(
                structure, dose.IsRelativeDoseValue ? DoseValuePresentation.Relative : DoseValuePresentation.Absolute);
            return histogram == null ? double.NaN : histogram.VolumeAtDose(dose.Dose, requestedVolumePresentation);
        }

        private Histogram Of(Structure structure, DoseValuePresentation presentation)
        {
            Reading();
            if (structure == null)
            {
                throw new ArgumentNullException("structure");
            }
            structure.Reading();
            if (presentation == DoseValuePresentation.Relative && Item is PlanSumState)
            {
                throw new ArgumentException("expected an absolute dose: only those are supported for sums of plans");
            }
            return Histogram.Of(Item, structure.StructureState, Patients.Database, presentation);
        }
    }
}
