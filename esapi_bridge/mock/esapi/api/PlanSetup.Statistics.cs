// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose-volume statistics.</summary>
    public abstract partial class PlanSetup
    {
        /// <summary>
        /// Cumulative dose-volume histogram from the dose voxels whose centre is inside; null without dose or voxels.
        /// All doses are not a number in a plan without prescription or normalisation (row 10).
        /// </summary>
        public DVHData GetDVHCumulativeData(
            Structure structure, DoseValuePresentation dosePresentation, VolumePresentation volumePresentation, double binWidth)
        {
            Reading();
            return Histogram.Of(this, structure, dosePresentation, volumePresentation, binWidth);
        }

        /// <summary>Not in the mock.</summary>
        public DoseValue GetDoseAtVolume(
            Structure structure, double volume, VolumePresentation volumePresentation, DoseValuePresentation requestedDosePresentation)
        {
            throw new System.NotSupportedException("not in the mock: GetDoseAtVolume; use GetDVHCumulativeData");
        }

        /// <summary>Not in the mock.</summary>
        public double GetVolumeAtDose(
            Structure structure, DoseValue dose, VolumePresentation requestedVolumePresentation)
        {
            throw new System.NotSupportedException("not in the mock: GetVolumeAtDose; use GetDVHCumulativeData");
        }
    }
}
