using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// Figures of a plan's dose in structures, by Eclipse's own histograms. Of several structures they are those of all
    /// together; where these overlap, what they share counts twice. Not a number where Eclipse gives none.
    /// </summary>
    public sealed class DoseStatistics
    {
        private const double BinsPerPrescription = 1000;

        /// <summary>Halvings of an interval of dose: 80 Gy to 1e-7 Gy.</summary>
        private const int Halvings = 30;

        private readonly PlanSetup _plan;

        /// <summary>Makes the statistics of a plan with dose and prescription.</summary>
        public DoseStatistics(PlanSetup plan)
        {
            _plan = plan;
            PrescriptionGy = DoseScales.InGy(plan.TotalDose);
        }

        /// <summary>Prescribed dose of all fractions, Gy.</summary>
        public double PrescriptionGy { get; private set; }

        /// <summary>Volume of structures as the histograms have it, cm3.</summary>
        public double Volume(IEnumerable<string> structures)
        {
            return Histograms(structures).Sum(data => data == null ? double.NaN : data.Volume);
        }

        /// <summary>Volume that gets at least a dose in Gy, cm3.</summary>
        public double VolumeFrom(IEnumerable<string> structures, double doseGy)
        {
            // The unit must be that of the system, which that of the prescription is.
            DoseValue.DoseUnit unit = _plan.TotalDose.Unit;
            DoseValue dose = new DoseValue(unit == DoseValue.DoseUnit.cGy ? 100 * doseGy : doseGy, unit);
            return Found(structures).Sum(
                structure => _plan.GetVolumeAtDose(structure, dose, VolumePresentation.AbsoluteCm3));
        }

        /// <summary>Dose that a share of the volume in per cent gets at least, Gy.</summary>
        public double DoseAt(IList<string> structures, double percent)
        {
            if (structures.Count == 1)
            {
                return InGy(_plan.GetDoseAtVolume(
                    Found(structures).First(), percent, VolumePresentation.Relative, DoseValuePresentation.Absolute));
            }
            double wanted = percent / 100 * Volume(structures);
            double low = 0, high = MaximumGy(structures);
            for (int n = 0; n < Halvings; n++)
            {
                double middle = (low + high) / 2;
                bool isLess = VolumeFrom(structures, middle) < wanted;
                low = isLess ? low : middle;
                high = isLess ? middle : high;
            }
            return high;
        }

        /// <summary>Mean dose, Gy.</summary>
        public double MeanGy(IEnumerable<string> structures)
        {
            double sum = 0, volume = 0;
            foreach (DVHData data in Histograms(structures))
            {
                sum += data == null ? double.NaN : InGy(data.MeanDose) * data.Volume;
                volume += data == null ? double.NaN : data.Volume;
            }
            return sum / volume;
        }

        /// <summary>Largest dose, Gy.</summary>
        public double MaximumGy(IEnumerable<string> structures)
        {
            List<double> largest = Histograms(structures).Select(data => data == null ? double.NaN : InGy(data.MaxDose)).ToList();
            return largest.Any(double.IsNaN) ? double.NaN : largest.Max();
        }

        private IEnumerable<DVHData> Histograms(IEnumerable<string> structures)
        {
            return Found(structures).Select(structure => _plan.GetDVHCumulativeData(
                structure, DoseValuePresentation.Absolute, VolumePresentation.AbsoluteCm3, _plan.TotalDose.Dose / BinsPerPrescription));
        }

        private IEnumerable<Structure> Found(IEnumerable<string> structures)
        {
            return structures.Select(id => _plan.StructureSet.Structures.First(structure => structure.Id == id)).ToList();
        }

        private static double InGy(DoseValue value)
        {
            return double.IsNaN(value.Dose) ? double.NaN : DoseScales.InGy(value);
        }
    }
}
