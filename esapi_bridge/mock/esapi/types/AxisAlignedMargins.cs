using System;
using System.Globalization;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Whether a margin adds or takes away.</summary>
    public enum StructureMarginGeometry
    {
        /// <summary>Adds.</summary>
        Outer = 0,
        /// <summary>Takes away.</summary>
        Inner = 1
    }

    /// <summary>Margins along the axes of an image, mm, none negative (known; that the constructor refuses is assumed).</summary>
    public struct AxisAlignedMargins
    {
        /// <summary>Whether they add or take away.</summary>
        public StructureMarginGeometry Geometry;

        /// <summary>Towards the negative x axis.</summary>
        public double X1;

        /// <summary>Towards the negative y axis.</summary>
        public double Y1;

        /// <summary>Towards the negative z axis.</summary>
        public double Z1;

        /// <summary>Towards the positive x axis.</summary>
        public double X2;

        /// <summary>Towards the positive y axis.</summary>
        public double Y2;

        /// <summary>Towards the positive z axis.</summary>
        public double Z2;

        /// <summary>Makes margins.</summary>
        public AxisAlignedMargins(
            StructureMarginGeometry geometry, double x1, double y1, double z1, double x2, double y2, double z2)
        {
            if (!(x1 >= 0 && y1 >= 0 && z1 >= 0 && x2 >= 0 && y2 >= 0 && z2 >= 0))
            {
                throw new ArgumentException("expected margins that are not negative");
            }
            Geometry = geometry;
            X1 = x1;
            Y1 = y1;
            Z1 = z1;
            X2 = x2;
            Y2 = y2;
            Z2 = z2;
        }

        /// <summary>All of it as text (form assumed).</summary>
        public override string ToString()
        {
            return string.Format(CultureInfo.InvariantCulture, "{0}: X1={1} Y1={2} Z1={3} X2={4} Y2={5} Z2={6}",
                Geometry, X1, Y1, Z1, X2, Y2, Z2);
        }
    }
}
