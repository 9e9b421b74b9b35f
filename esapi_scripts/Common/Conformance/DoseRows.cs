using System;
using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>Questions to the dose of the open plan.</summary>
    public static class DoseRows
    {
        private const double Part = 0.005;

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ExternalPlanSetup plan)
        {
            Dose dose = plan.Dose;
            survey.IsSo("dose.linear", 9, "Is VoxelToDoseValue linear (0, 1000, 10 000)?", () => dose == null ? (bool?)null
                : Survey.Near(At(dose, 10000) - At(dose, 0), 10 * (At(dose, 1000) - At(dose, 0)), 1e-6));
            survey.IsSo("dose.rising", 9, "Does a larger count mean a larger dose?",
                () => dose == null ? (bool?)null : At(dose, 1000) > At(dose, 0));
            survey.IsSo("dose.voxel_order", 17, "Is the buffer [x, y], with voxel centres from Origin on?",
                () => dose == null ? (bool?)null : VoxelsAreWhereTheySeem(dose));
            survey.IsSo("dose.outside", 0, "Is GetDoseToPoint undefined a metre outside the grid?", () => dose == null ? (bool?)null
                : double.IsNaN(dose.GetDoseToPoint(dose.Origin - dose.XDirection * 1000).Dose));
            survey.IsSo("dose.maximum", 0, "Is DoseMax3D the largest voxel?",
                () => dose == null ? (bool?)null : Survey.Near(Largest(dose), dose.DoseMax3D.Dose, Part));
            survey.IsSo("plan.dose_valid", 13, "Is Dose there if, and only if, IsDoseValid says so?",
                () => plan.IsDoseValid == (plan.Dose != null));
            survey.IsSo("plan.presentation", 11, "Does DoseValuePresentation decide the unit of the dose, without leave to write?",
                delegate
                {
                    if (dose == null)
                    {
                        return null;
                    }
                    DoseValuePresentation before = plan.DoseValuePresentation;
                    try
                    {
                        plan.DoseValuePresentation = DoseValuePresentation.Absolute;
                        bool absolute = plan.Dose.DoseMax3D.IsAbsoluteDoseValue;
                        plan.DoseValuePresentation = DoseValuePresentation.Relative;
                        return absolute && plan.Dose.DoseMax3D.IsRelativeDoseValue;
                    }
                    finally
                    {
                        plan.DoseValuePresentation = before;
                    }
                });
            survey.IsSo("plan.total_dose", 0, "Is TotalDose fractions x DosePerFraction?", () => plan.NumberOfFractions == null
                ? (bool?)null : Survey.Near(plan.NumberOfFractions.Value * plan.DosePerFraction.Dose, plan.TotalDose.Dose, Part));
            survey.IsSo("plan.treatment_share", 0, "Is TreatmentPercentage a share, 1 for 100 %?", () => plan.NumberOfFractions == null
                ? (bool?)null : plan.TreatmentPercentage > 0 && plan.TreatmentPercentage <= 2);
            survey.IsSo("plan.normalisation_unit", 12, "Is PlanNormalizationValue in per cent?", () => dose == null
                ? (bool?)null : plan.PlanNormalizationValue > 10);
        }

        private static double At(Dose dose, int count)
        {
            return dose.VoxelToDoseValue(count).Dose;
        }

        private static bool VoxelsAreWhereTheySeem(Dose dose)
        {
            int[,] plane = new int[dose.XSize, dose.YSize];
            int z = dose.ZSize / 2;
            dose.GetVoxels(z, plane);
            double scale = At(dose, 1000) / 1000 - At(dose, 0) / 1000;
            int step = Math.Max(1, Math.Min(dose.XSize, dose.YSize) / 12);
            for (int x = 0; x < dose.XSize; x += step)
            {
                for (int y = 0; y < dose.YSize; y += step)
                {
                    VVector place = dose.Origin + dose.XDirection * (x * dose.XRes) + dose.YDirection * (y * dose.YRes)
                        + dose.ZDirection * (z * dose.ZRes);
                    double stored = At(dose, 0) + scale * plane[x, y];
                    double shown = dose.GetDoseToPoint(place).Dose; // at the rim a rounding may put the point outside
                    if (!double.IsNaN(shown) && !Survey.Near(stored, shown, Part))
                    {
                        return false;
                    }
                }
            }
            return true;
        }

        private static double Largest(Dose dose)
        {
            int[,] plane = new int[dose.XSize, dose.YSize];
            int largest = int.MinValue;
            for (int z = 0; z < dose.ZSize; z++)
            {
                dose.GetVoxels(z, plane);
                largest = Math.Max(largest, plane.Cast<int>().Max());
            }
            return At(dose, 0) + (At(dose, 1000) - At(dose, 0)) / 1000 * largest;
        }
    }
}
