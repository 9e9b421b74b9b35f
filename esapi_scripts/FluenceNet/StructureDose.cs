using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>The dose of a plan in one structure, from Eclipse's own dose-volume histogram.</summary>
    public sealed class StructureDose
    {
        private const double BinsPerPrescription = 1000;

        private StructureDose(double meanGy, double d95Gy, double d98Gy, double d2Gy)
        {
            MeanGy = meanGy;
            D95Gy = d95Gy;
            D98Gy = d98Gy;
            D2Gy = d2Gy;
        }

        /// <summary>Mean dose, Gy of all fractions.</summary>
        public double MeanGy { get; private set; }

        /// <summary>Dose that 95 % of the volume gets, Gy.</summary>
        public double D95Gy { get; private set; }

        /// <summary>Dose that 98 % of the volume gets, Gy.</summary>
        public double D98Gy { get; private set; }

        /// <summary>Dose that 2 % of the volume gets, Gy.</summary>
        public double D2Gy { get; private set; }

        /// <summary>Reads the dose of a plan in one of its structures.</summary>
        /// <exception cref="BridgeException">There is no histogram: no dose in the structure, or no normalisation.</exception>
        public static StructureDose Of(PlanSetup plan, string structureId)
        {
            Structure structure = plan.StructureSet.Structures.First(other => other.Id == structureId);
            DVHData data = plan.GetDVHCumulativeData(
                structure, DoseValuePresentation.Absolute, VolumePresentation.Relative, plan.TotalDose.Dose / BinsPerPrescription);
            double mean = data == null ? double.NaN : DoseScales.InGy(data.MeanDose);
            if (!(mean > 0))
            {
                throw new BridgeException("the dose of the plan in " + structureId + " must be known, Eclipse gives none");
            }
            return new StructureDose(mean, At(data.CurveData, 95), At(data.CurveData, 98), At(data.CurveData, 2));
        }

        /// <summary>The figures for the outcome file.</summary>
        public Dictionary<string, object> ToJson()
        {
            return new Dictionary<string, object>
            {
                { "mean_gy", MeanGy }, { "d95_gy", D95Gy }, { "d98_gy", D98Gy }, { "d2_gy", D2Gy }
            };
        }

        /// <summary>The figures in words.</summary>
        public override string ToString()
        {
            return string.Format(
                CultureInfo.InvariantCulture, "mean {0:0.00}, D95 {1:0.00}, D98 {2:0.00}, D2 {3:0.00} Gy", MeanGy, D95Gy, D98Gy, D2Gy);
        }

        /// <summary>The dose that a share of the volume gets: where the falling curve crosses it, linear between bins.</summary>
        private static double At(DVHPoint[] curve, double percent)
        {
            for (int bin = 1; bin < curve.Length; bin++)
            {
                double above = curve[bin - 1].Volume, below = curve[bin].Volume;
                if (below < percent)
                {
                    double low = DoseScales.InGy(curve[bin - 1].DoseValue), high = DoseScales.InGy(curve[bin].DoseValue);
                    return above <= percent ? low : low + ((above - percent) / (above - below) * (high - low));
                }
            }
            return DoseScales.InGy(curve[curve.Length - 1].DoseValue);
        }
    }
}
