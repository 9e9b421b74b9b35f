using System.Globalization;

namespace VMS.TPS.Common.Model.Types
{
    /// <summary>Kind of margin around a structure (ESAPI 15.6).</summary>
    public enum FitToStructureMarginType
    {
        /// <summary>The same all around.</summary>
        Circular = 0,

        /// <summary>One for each of the four sides.</summary>
        Elliptical = 1
    }

    /// <summary>What the jaws do in a fit of the leaves (ESAPI 15.6).</summary>
    public enum JawFitting
    {
        /// <summary>They stay.</summary>
        None = 0,

        /// <summary>They go to where the leaves' opening ends.</summary>
        FitToRecommended = 1,

        /// <summary>They go to where the structure and its margins end.</summary>
        FitToStructure = 2
    }

    /// <summary>Where the end of a leaf meets an outline (ESAPI 15.6).</summary>
    public enum OpenLeavesMeetingPoint
    {
        /// <summary>All of the end is inside.</summary>
        OpenLeavesMeetingPoint_Inside = 0,

        /// <summary>All of the end is outside.</summary>
        OpenLeavesMeetingPoint_Outside = 1,

        /// <summary>The middle of the end is on the outline.</summary>
        OpenLeavesMeetingPoint_Middle = 2
    }

    /// <summary>Where closed leaf pairs are parked (ESAPI 15.6).</summary>
    public enum ClosedLeavesMeetingPoint
    {
        /// <summary>At the side of bank X1.</summary>
        ClosedLeavesMeetingPoint_BankOne = 0,

        /// <summary>At the side of bank X2.</summary>
        ClosedLeavesMeetingPoint_BankTwo = 1,

        /// <summary>In the middle.</summary>
        ClosedLeavesMeetingPoint_Center = 2
    }

    /// <summary>Margins of a fit as the beam sees them, mm in the isocentre plane (ESAPI 15.6).</summary>
    public struct FitToStructureMargins
    {
        /// <summary>Kind of margin.</summary>
        public readonly FitToStructureMarginType Type;

        /// <summary>Margin towards negative X, mm.</summary>
        public readonly double X1;

        /// <summary>Margin towards negative Y, mm.</summary>
        public readonly double Y1;

        /// <summary>Margin towards positive X, mm.</summary>
        public readonly double X2;

        /// <summary>Margin towards positive Y, mm.</summary>
        public readonly double Y2;

        /// <summary>Makes elliptical margins.</summary>
        public FitToStructureMargins(double x1, double y1, double x2, double y2)
        {
            Type = FitToStructureMarginType.Elliptical;
            X1 = x1;
            Y1 = y1;
            X2 = x2;
            Y2 = y2;
        }

        /// <summary>Makes a circular margin.</summary>
        public FitToStructureMargins(double margin)
        {
            Type = FitToStructureMarginType.Circular;
            X1 = Y1 = X2 = Y2 = margin;
        }

        /// <summary>The margins as text; its form is assumed.</summary>
        public override string ToString()
        {
            return string.Format(CultureInfo.InvariantCulture, "{0} X1={1} Y1={2} X2={3} Y2={4}", Type, X1, Y1, X2, Y2);
        }
    }
}
