using System.Linq;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts.Conformance
{
    /// <summary>Questions to the image and its structures.</summary>
    public static class ImageRows
    {
        private const double AirHu = -1000;
        private const double PlaneShare = 0.02;
        private const double VolumePart = 0.1;

        /// <summary>Asks them.</summary>
        public static void Ask(Survey survey, ScriptContext context)
        {
            Image image = context.Image;
            survey.IsSo("image.linear", 16, "Is VoxelToDisplayValue linear and rising?", delegate
            {
                double zero = image.VoxelToDisplayValue(0), some = image.VoxelToDisplayValue(1000);
                return Survey.Near(image.VoxelToDisplayValue(3000) - zero, 3 * (some - zero), 1e-6) && some > zero;
            });
            survey.IsSo("image.offset", 16, "Is the raw value 0 that of air or below (HU)?",
                () => image.VoxelToDisplayValue(0) <= AirHu);
            survey.IsSo("image.raw_not_negative", 16, "Is no raw value of the middle plane negative?", delegate
            {
                int[,] plane = new int[image.XSize, image.YSize];
                image.GetVoxels(image.ZSize / 2, plane);
                return plane.Cast<int>().All(value => value >= 0);
            });
            Structure largest = context.StructureSet == null ? null
                : context.StructureSet.Structures.Where(s => s.HasSegment).OrderByDescending(s => s.Volume).FirstOrDefault();
            survey.IsSo("structure.contour_planes", 38, "Do contours got for image plane z lie in plane z?", delegate
            {
                if (largest == null)
                {
                    return null;
                }
                return Enumerable.Range(0, image.ZSize).All(z => largest.GetContoursOnImagePlane(z).All(
                    contour => contour.All(p => Survey.Near(Plane(image, p), z, PlaneShare))));
            });
            survey.IsSo("structure.no_plane", 38, "Are there no contours, and no exception, on a plane out of range?",
                () => largest == null ? (bool?)null : largest.GetContoursOnImagePlane(image.ZSize + 3).Length == 0);
            survey.IsSo("structure.volume_unit", 0, "Is Volume in cc: area of the contours times distance of planes?", delegate
            {
                if (largest == null)
                {
                    return null;
                }
                double sum = Enumerable.Range(0, image.ZSize).Sum(z => Area(image, largest.GetContoursOnImagePlane(z)));
                return Survey.Near(sum * image.ZRes / 1000, largest.Volume, VolumePart);
            });
            survey.IsSo("structure.inside", 0, "Does IsPointInsideSegment say no of a point a metre away?",
                () => largest == null ? (bool?)null : !largest.IsPointInsideSegment(largest.CenterPoint + new VVector(1000, 0, 0)));
        }

        /// <summary>Place of a point along the planes of an image, in planes.</summary>
        private static double Plane(Image image, VVector point)
        {
            VVector way = point - image.Origin;
            VVector along = image.ZDirection;
            return (way.x * along.x + way.y * along.y + way.z * along.z) / image.ZRes;
        }

        /// <summary>Area of contours, mm2: those in others are holes, by the sense that they lie in an odd number of them.</summary>
        private static double Area(Image image, VVector[][] contours)
        {
            double sum = 0;
            foreach (VVector[] contour in contours)
            {
                bool hole = contours.Count(other => other != contour && Inside(image, other, contour[0])) % 2 == 1;
                double area = 0;
                for (int n = 0; n < contour.Length; n++)
                {
                    VVector next = contour[(n + 1) % contour.Length];
                    area += X(image, contour[n]) * Y(image, next) - X(image, next) * Y(image, contour[n]);
                }
                sum += (hole ? -0.5 : 0.5) * System.Math.Abs(area);
            }
            return sum;
        }

        private static bool Inside(Image image, VVector[] contour, VVector point)
        {
            bool inside = false;
            double x = X(image, point), y = Y(image, point);
            for (int n = 0, m = contour.Length - 1; n < contour.Length; m = n++)
            {
                double y1 = Y(image, contour[n]), y2 = Y(image, contour[m]);
                double x1 = X(image, contour[n]), x2 = X(image, contour[m]);
                inside ^= (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1;
            }
            return inside;
        }

        private static double X(Image image, VVector p)
        {
            VVector along = image.XDirection;
            return p.x * along.x + p.y * along.y + p.z * along.z;
        }

        private static double Y(Image image, VVector p)
        {
            VVector along = image.YDirection;
            return p.x * along.x + p.y * along.y + p.z * along.z;
        }
    }
}
