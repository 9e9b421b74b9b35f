using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Where ESAPI's volumes lie; DICOM patient coordinates are LPS mm.</summary>
    public static class EsapiGeometry
    {
        /// <summary>The lattice of a 3-D image.</summary>
        public static Lattice Of(Image image)
        {
            return Make(
                new[] { image.XSize, image.YSize, image.ZSize },
                new[] { image.XRes, image.YRes, image.ZRes },
                image.Origin,
                image.XDirection,
                image.YDirection,
                image.ZDirection);
        }

        /// <summary>The lattice of a dose.</summary>
        public static Lattice Of(Dose dose)
        {
            return Make(
                new[] { dose.XSize, dose.YSize, dose.ZSize },
                new[] { dose.XRes, dose.YRes, dose.ZRes },
                dose.Origin,
                dose.XDirection,
                dose.YDirection,
                dose.ZDirection);
        }

        /// <summary>The coordinates of a point.</summary>
        public static double[] Point(VVector point)
        {
            return new[] { point.x, point.y, point.z };
        }

        private static Lattice Make(int[] size, double[] spacing, VVector origin, VVector x, VVector y, VVector z)
        {
            const string What = "where the voxels of CT and dose lie";
            double[] directions = Finite.Of(new[] { x.x, y.x, z.x, x.y, y.y, z.y, x.z, y.z, z.z }, What);
            return new Lattice(size, Finite.Of(spacing, What), Finite.Of(Point(origin), What), directions);
        }
    }
}
