using System;
using System.Globalization;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Writes a dose as the evaluation dose of a plan without beams, reads it back and compares every voxel.</summary>
    public sealed class EvaluationDoseWriter
    {
        /// <summary>Half a count, and rounding of the arithmetic.</summary>
        private const double AllowedCounts = 0.5 + 1e-3;

        private readonly Progress _progress;

        /// <summary>Makes a writer.</summary>
        public EvaluationDoseWriter(Progress progress)
        {
            _progress = progress;
        }

        /// <summary>Writes a dose.</summary>
        /// <param name="plan">A plan without beams; gets the source's prescription and normalisation 100 %.</param>
        /// <param name="source">The plan the dose belongs to.</param>
        /// <param name="grid">A dose whose grid is taken.</param>
        /// <param name="dose">What to write, Gy of all fractions.</param>
        /// <exception cref="BridgeException">Eclipse does not hold what was written.</exception>
        public WrittenDose Write(ExternalPlanSetup plan, ExternalPlanSetup source, Dose grid, DoseVolume dose)
        {
            // Stored integers mean per cent of prescription and normalisation, in the unit of the plan's presentation: all
            // three before there is a dose, so that nothing is left to the user's settings and no handle becomes stale.
            plan.SetPrescription(source.NumberOfFractions.Value, source.DosePerFraction, source.TreatmentPercentage);
            plan.PlanNormalizationValue = 100;
            plan.DoseValuePresentation = DoseValuePresentation.Absolute;
            plan.CopyEvaluationDose(grid);
            EvaluationDose written = plan.DoseAsEvaluationDose;
            Resampling resampling = new Resampling(dose, EsapiGeometry.Of(written));
            SetVoxels(written, resampling, DoseScales.OfPlan(plan, written));
            return Compare(plan, resampling);
        }

        private void SetVoxels(EvaluationDose written, Resampling resampling, LinearScale scale)
        {
            PlaneBuffer buffer = new PlaneBuffer(written.XSize, written.YSize);
            float[] gy = new float[written.XSize * written.YSize];
            for (int k = 0; k < written.ZSize; k++)
            {
                _progress.Report("writing dose", k, written.ZSize);
                resampling.Plane(k, gy);
                buffer.FromValues(gy, scale);
                written.SetVoxels(k, buffer.Counts);
            }
        }

        private WrittenDose Compare(ExternalPlanSetup plan, Resampling resampling)
        {
            // Everything is asked again: whether prescription or normalisation rescaled the integers is not documented.
            EvaluationDose held = plan.DoseAsEvaluationDose;
            LinearScale scale = DoseScales.OfPlan(plan, held);
            PlaneBuffer buffer = new PlaneBuffer(held.XSize, held.YSize);
            float[] gy = new float[held.XSize * held.YSize];
            double largest = 0, sum = 0;
            for (int k = 0; k < held.ZSize; k++)
            {
                _progress.Report("reading dose back", k, held.ZSize);
                resampling.Plane(k, gy);
                held.GetVoxels(k, buffer.Counts);
                for (int index = 0; index < gy.Length; index++)
                {
                    int count = buffer.Counts[index % held.XSize, index / held.XSize];
                    double deviation = Math.Abs(scale.Value(count) - gy[index]);
                    largest = Math.Max(largest, deviation);
                    sum += deviation;
                }
            }
            double one = Math.Abs(scale.Slope);
            if (!(largest <= AllowedCounts * one))
            {
                throw new BridgeException(string.Format(
                    CultureInfo.InvariantCulture,
                    "Eclipse must hold the dose that was written to half a count ({0:G3} Gy), found a deviation of {1:G3} Gy",
                    one / 2,
                    largest));
            }
            return new WrittenDose
            {
                MaximumDeviationGy = largest,
                MeanDeviationGy = sum / ((double)gy.Length * held.ZSize),
                CountGy = one,
                IsCopy = resampling.IsCopy,
                OutsideGy = resampling.LargestOutsideGy()
            };
        }
    }
}
