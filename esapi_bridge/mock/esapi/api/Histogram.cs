using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>Dose-volume histograms from dose voxels whose centre is inside a structure.</summary>
    internal static class Histogram
    {
        internal static DVHData Of(
            PlanSetup plan, Structure structure, DoseValuePresentation presentation, VolumePresentation volumes, double binWidth)
        {
            if (structure == null || !(binWidth > 0))
            {
                throw new ArgumentException("expected a structure and a positive bin width");
            }
            DoseState dose = plan.Self.Dose;
            List<double> counts = dose == null ? new List<double>() : Inside(dose, structure.StructureState);
            if (counts.Count == 0)
            {
                return null;
            }
            bool absolute = presentation == DoseValuePresentation.Absolute;
            Database database = plan.Patients.Database;
            bool known = plan.Self.HasPrescription && !double.IsNaN(plan.Self.Normalisation);
            double perPercent = !known ? double.NaN
                : absolute ? plan.Self.GyPerPercent * database.UnitsPerGy : plan.Self.NormalisationFactor;
            DoseValue.DoseUnit unit = absolute ? database.DoseUnit : DoseValue.DoseUnit.Percent;
            List<double> doses = counts.ConvertAll(c => dose.Percent(c) * perPercent);
            doses.Sort();
            double mean = doses.Average();
            double voxelCc = dose.Grid.Spacing.Aggregate(1.0, (v, s) => v * s) / 1000;
            DVHData data = new DVHData();
            data.MinDose = new DoseValue(doses[0], unit);
            data.MaxDose = new DoseValue(doses[doses.Count - 1], unit);
            data.MeanDose = new DoseValue(mean, unit);
            data.MedianDose = new DoseValue((doses[(doses.Count - 1) / 2] + doses[doses.Count / 2]) / 2, unit);
            data.StdDev = Math.Sqrt(doses.Average(d => (d - mean) * (d - mean)));
            data.Volume = structure.Volume;
            data.SamplingCoverage = doses.Count * voxelCc / data.Volume;
            data.Coverage = Math.Min(1.0, data.SamplingCoverage);
            data.CurveData = Curve(doses, unit, binWidth, volumes == VolumePresentation.Relative ? 100 : data.Volume,
                volumes == VolumePresentation.Relative ? "%" : "cm3");
            return data;
        }

        private static DVHPoint[] Curve(
            List<double> sorted, DoseValue.DoseUnit unit, double binWidth, double whole, string volumeUnit)
        {
            double largest = sorted[sorted.Count - 1];
            int bins = double.IsNaN(largest) ? 1 : (int)Math.Floor(largest / binWidth) + 2;
            DVHPoint[] curve = new DVHPoint[bins];
            int below = 0;
            for (int bin = 0; bin < bins; bin++)
            {
                while (below < sorted.Count && sorted[below] < bin * binWidth)
                {
                    below++;
                }
                double volume = double.IsNaN(largest) ? double.NaN : whole * (sorted.Count - below) / sorted.Count;
                curve[bin] = new DVHPoint(new DoseValue(bin * binWidth, unit), volume, volumeUnit);
            }
            return curve;
        }

        private static List<double> Inside(DoseState dose, StructureState structure)
        {
            GridState image = structure.Set.Image.Grid;
            List<double> counts = new List<double>();
            for (int k = 0; k < dose.Grid.Size[2]; k++)
            {
                int[] plane = dose.Plane(k);
                for (int n = 0; n < plane.Length; n++)
                {
                    VVector at = dose.Grid.Position(n % dose.Grid.Size[0], n / dose.Grid.Size[0], k);
                    List<VVector[]> contours;
                    if (structure.ByPlane.TryGetValue((int)Math.Round(image.Index(at, 2)), out contours)
                        && Contours.Inside(image, contours, image.Index(at, 0), image.Index(at, 1)))
                    {
                        counts.Add(plane[n]);
                    }
                }
            }
            return counts;
        }
    }
}
