using System;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>The samples of a structure as doses of a plan or a sum: values, volumes, histogram.</summary>
    internal sealed class Histogram
    {
        private readonly DoseState _dose;
        private readonly DoseSamples _samples;
        private readonly double _perPercent;
        private readonly DoseValue.DoseUnit _unit;

        private Histogram(DoseState dose, DoseSamples samples, double perPercent, DoseValue.DoseUnit unit)
        {
            _dose = dose;
            _samples = samples;
            _perPercent = perPercent;
            _unit = unit;
        }

        /// <summary>Null without a dose, and where no sample has one.</summary>
        internal static Histogram Of(
            PlanningItemState item, StructureState structure, Database database, DoseValuePresentation presentation)
        {
            DoseState dose = item.CurrentDose;
            DoseSamples samples = dose == null ? null : dose.Samples(structure);
            if (samples == null || samples.Counts.Length == 0)
            {
                return null;
            }
            bool absolute = presentation == DoseValuePresentation.Absolute;
            double perPercent = !item.HasScale ? double.NaN
                : absolute ? item.GyPerPercent * database.UnitsPerGy : item.NormalisationFactor;
            return new Histogram(
                dose, samples, perPercent, absolute ? database.DoseUnit : DoseValue.DoseUnit.Percent);
        }

        internal DVHData Data(VolumePresentation volumes, double binWidth)
        {
            float[] counts = _samples.Counts;
            DVHData data = new DVHData();
            double sum = 0, squares = 0;
            foreach (float count in counts)
            {
                sum += count;
            }
            double mean = sum / counts.Length;
            foreach (float count in counts)
            {
                squares += (count - mean) * (count - mean);
            }
            data.MinDose = Value(counts[0]);
            data.MaxDose = Value(counts[counts.Length - 1]);
            data.MeanDose = Value(mean);
            data.MedianDose = Value(Quantile(0.5));
            data.StdDev = Math.Sqrt(squares / counts.Length) * _dose.ScalePercent * _perPercent;
            data.Volume = _samples.VolumeCc;
            data.Coverage = _samples.Covered;
            data.SamplingCoverage = _samples.SampledShare;
#if ESAPI_16
            data.MinDosePosition = _samples.LowestAt;
            data.MaxDosePosition = _samples.HighestAt;
#endif
            data.CurveData = Curve(volumes, binWidth);
            return data;
        }

        /// <summary>Least dose of the hottest part that has a volume; undefined beyond the structure's.</summary>
        internal DoseValue DoseAtVolume(double volume, VolumePresentation volumes)
        {
            double share = volume / Whole(volumes);
            return share >= 0 && share <= 1 ? Value(Quantile(1 - share)) : DoseValue.UndefinedDose();
        }

        /// <summary>Volume with at least a dose.</summary>
        internal double VolumeAtDose(double dose, VolumePresentation volumes)
        {
            double count = (dose / _perPercent - _dose.InterceptPercent) / _dose.ScalePercent;
            return double.IsNaN(count) ? double.NaN : ShareFrom(count) * Whole(volumes);
        }

        private DVHPoint[] Curve(VolumePresentation volumes, double binWidth)
        {
            float[] counts = _samples.Counts;
            string unit = volumes == VolumePresentation.Relative ? "%" : "cm3";
            double largest = Value(counts[counts.Length - 1]).Dose;
            int bins = double.IsNaN(largest) ? 1 : checked((int)Math.Floor(largest / binWidth) + 2);
            double perCount = _dose.ScalePercent * _perPercent;
            double intercept = _dose.InterceptPercent * _perPercent;
            DVHPoint[] curve = new DVHPoint[bins];
            int below = 0;
            for (int bin = 0; bin < bins; bin++)
            {
                while (below < counts.Length && intercept + perCount * counts[below] < bin * binWidth)
                {
                    below++;
                }
                double share = double.IsNaN(largest) ? double.NaN : 1 - (double)below / counts.Length;
                curve[bin] = new DVHPoint(new DoseValue(bin * binWidth, _unit), share * Whole(volumes), unit);
            }
            return curve;
        }

        private double Whole(VolumePresentation volumes)
        {
            return volumes == VolumePresentation.Relative ? 100 : _samples.VolumeCc;
        }

        private DoseValue Value(double count)
        {
            return new DoseValue(_dose.Percent(count) * _perPercent, _unit);
        }

        /// <summary>Count below which a share of the samples lies, linear between samples.</summary>
        private double Quantile(double share)
        {
            float[] counts = _samples.Counts;
            double at = share * (counts.Length - 1);
            int low = Math.Min((int)at, Math.Max(0, counts.Length - 2));
            return counts[low] + (at - low) * (counts[Math.Min(low + 1, counts.Length - 1)] - counts[low]);
        }

        /// <summary>
        /// Share of the samples with at least a count: the inverse of <see cref="Quantile"/>, so that a dose at a volume
        /// gives that volume.
        /// </summary>
        private double ShareFrom(double count)
        {
            float[] counts = _samples.Counts;
            int last = counts.Length - 1;
            if (count <= counts[0])
            {
                return 1;
            }
            if (count >= counts[last])
            {
                return count > counts[last] ? 0 : (double)counts.Count(c => c >= count) / counts.Length;
            }
            int low = 0, high = last;
            while (high - low > 1)
            {
                int middle = (low + high) / 2;
                if (counts[middle] < count)
                {
                    low = middle;
                }
                else
                {
                    high = middle;
                }
            }
            return 1 - (low + (count - counts[low]) / (counts[high] - counts[low])) / last;
        }
    }
}
