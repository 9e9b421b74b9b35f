using System;
using System.Collections;
using System.Linq;
using System.Windows.Media.Media3D;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>Questions to histograms and the surface of the largest structure, each against what is found another way.</summary>
    public static class StructureRows
    {
        private const int LinesEachWay = 24;
        private const double MeanPart = 0.05;
        private const double BinWidth = 0.1;
        private const double Whole = 100;

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ScriptContext context)
        {
            ExternalPlanSetup plan = context.ExternalPlanSetup;
            Structure largest = context.StructureSet.Structures.Where(s => s.HasSegment).OrderByDescending(s => s.Volume).FirstOrDefault();
            DVHData histogram = largest == null || plan.Dose == null ? null : plan.GetDVHCumulativeData(
                largest, DoseValuePresentation.Absolute, VolumePresentation.Relative, BinWidth);
            survey.IsSo("histogram.mean", 45, "Is the mean of a histogram that of GetDoseToPoint at the points inside that have a dose?",
                () => histogram == null ? null : MeanAgrees(plan, context.Image, largest, histogram));
            survey.IsSo("histogram.ends", 45, "Does CurveData go from 100 % at 0 to the first bin above the maximum?",
                () => histogram == null ? (bool?)null : histogram.CurveData[0].DoseValue.Dose == 0
                    && Survey.Near(histogram.CurveData[0].Volume, Whole, 1e-6)
                    && histogram.CurveData.Last().DoseValue.Dose > histogram.MaxDose.Dose
                    && histogram.CurveData.Last().DoseValue.Dose - BinWidth <= histogram.MaxDose.Dose + 1e-6);
            survey.IsSo("histogram.no_structure", 45, "Is there no histogram (null) of a structure without contours?", delegate
            {
                Structure empty = context.StructureSet.Structures.FirstOrDefault(s => !s.HasSegment);
                return empty == null || plan.Dose == null ? (bool?)null : plan.GetDVHCumulativeData(
                    empty, DoseValuePresentation.Absolute, VolumePresentation.Relative, BinWidth) == null;
            });
            survey.IsSo("histogram.statistics_ends", 46, "Is GetDoseAtVolume of 0 % the maximum, of 100 % the minimum?",
                () => histogram == null ? (bool?)null
                    : Survey.Near(At(plan, largest, 0), histogram.MaxDose.Dose, 1e-3)
                        && Survey.Near(At(plan, largest, Whole), histogram.MinDose.Dose, 1e-3));
            survey.IsSo("histogram.volume_beyond", 46, "Is GetDoseAtVolume of 101 % undefined?",
                () => histogram == null ? (bool?)null : double.IsNaN(At(plan, largest, Whole + 1)));
            survey.IsSo("structure.mesh_bounds", 0, "Does the surface end where the contours do, to a pixel and a plane?",
                () => largest == null ? null : MeshAgrees(context.Image, largest));
        }

        private static double At(PlanSetup plan, Structure structure, double percent)
        {
            return plan.GetDoseAtVolume(structure, percent, VolumePresentation.Relative, DoseValuePresentation.Absolute).Dose;
        }

        /// <summary>Mean at points half a step from the ends of the box, by segment profiles; those without a dose are left out.</summary>
        private static bool? MeanAgrees(PlanSetup plan, Image image, Structure structure, DVHData histogram)
        {
            double[] low, high;
            Box(image, structure, out low, out high);
            Dose dose = plan.Dose;
            double sum = 0, perUnit = dose.DoseMax3D.IsAbsoluteDoseValue ? 1 : plan.TotalDose.Dose / Whole;
            int found = 0;
            for (int y = 0; y < LinesEachWay; y++)
            {
                for (int z = 0; z < LinesEachWay; z++)
                {
                    double step = (high[0] - low[0]) / LinesEachWay;
                    VVector start = Point(image, low[0] + step / 2, Middle(low, high, 1, y), Middle(low, high, 2, z));
                    VVector stop = Point(image, high[0] - step / 2, Middle(low, high, 1, y), Middle(low, high, 2, z));
                    BitArray inside = new BitArray(LinesEachWay);
                    structure.GetSegmentProfile(start, stop, inside);
                    VVector way = (stop - start) / (LinesEachWay - 1);
                    for (int x = 0; x < LinesEachWay; x++)
                    {
                        double here = inside[x] ? dose.GetDoseToPoint(start + way * x).Dose : double.NaN;
                        if (!double.IsNaN(here))
                        {
                            sum += here;
                            found++;
                        }
                    }
                }
            }
            // That doses rise with their counts is a question of its own (dose.rising).
            return found == 0 ? (bool?)null : Survey.Near(Math.Abs(sum / found * perUnit), histogram.MeanDose.Dose, MeanPart);
        }

        private static double Middle(double[] low, double[] high, int axis, int step)
        {
            return low[axis] + (high[axis] - low[axis]) * (step + 0.5) / LinesEachWay;
        }

        private static bool? MeshAgrees(Image image, Structure structure)
        {
            MeshGeometry3D mesh = structure.MeshGeometry;
            if (mesh == null || mesh.Positions.Count == 0)
            {
                return null;
            }
            double[] low, high, tolerance = { 2 * image.XRes, 2 * image.YRes, 1.01 * image.ZRes };
            Box(image, structure, out low, out high);
            double[][] points = mesh.Positions.Select(p => Along(image, new VVector(p.X, p.Y, p.Z))).ToArray();
            return Enumerable.Range(0, 3).All(axis =>
                Math.Abs(points.Min(p => p[axis]) - low[axis]) <= tolerance[axis]
                && Math.Abs(points.Max(p => p[axis]) - high[axis]) <= tolerance[axis]);
        }

        /// <summary>Box of the contours along the axes of the image, mm from its origin; from the first plane to the last.</summary>
        private static void Box(Image image, Structure structure, out double[] low, out double[] high)
        {
            double[][] points = Enumerable.Range(0, image.ZSize).SelectMany(z => structure.GetContoursOnImagePlane(z))
                .SelectMany(contour => contour).Select(p => Along(image, p)).ToArray();
            low = Enumerable.Range(0, 3).Select(axis => points.Min(p => p[axis])).ToArray();
            high = Enumerable.Range(0, 3).Select(axis => points.Max(p => p[axis])).ToArray();
        }

        private static VVector Point(Image image, double x, double y, double z)
        {
            return image.Origin + image.XDirection * x + image.YDirection * y + image.ZDirection * z;
        }

        private static double[] Along(Image image, VVector point)
        {
            VVector way = point - image.Origin;
            return new[] { way.ScalarProduct(image.XDirection), way.ScalarProduct(image.YDirection), way.ScalarProduct(image.ZDirection) };
        }
    }
}
