namespace System.Windows
{
#pragma warning disable 1591 // the names say it
    /// <summary>Room around something, in device-independent pixels.</summary>
    public struct Thickness
    {
        public Thickness(double uniformLength) : this(uniformLength, uniformLength, uniformLength, uniformLength)
        {
        }

        public Thickness(double left, double top, double right, double bottom) : this()
        {
            Left = left;
            Top = top;
            Right = right;
            Bottom = bottom;
        }

        public double Left { get; set; }

        public double Top { get; set; }

        public double Right { get; set; }

        public double Bottom { get; set; }
    }

    /// <summary>Where something stands across.</summary>
    public enum HorizontalAlignment
    {
        Left,
        Center,
        Right,
        Stretch
    }

    /// <summary>Where something stands upright.</summary>
    public enum VerticalAlignment
    {
        Top,
        Center,
        Bottom,
        Stretch
    }

    /// <summary>Unit of a row's or column's size.</summary>
    public enum GridUnitType
    {
        Auto,
        Pixel,
        Star
    }

    /// <summary>Size of a row or column.</summary>
    public struct GridLength
    {
        public GridLength(double pixels) : this(pixels, GridUnitType.Pixel)
        {
        }

        public GridLength(double value, GridUnitType type) : this()
        {
            Value = value;
            GridUnitType = type;
        }

        public static GridLength Auto { get { return new GridLength(1, GridUnitType.Auto); } }

        public double Value { get; private set; }

        public GridUnitType GridUnitType { get; private set; }
    }
#pragma warning restore 1591
}

namespace System.Windows.Controls
{
#pragma warning disable 1591 // the names say it
    /// <summary>Which way things are put.</summary>
    public enum Orientation
    {
        Horizontal,
        Vertical
    }

    /// <summary>When bars to scroll with are there.</summary>
    public enum ScrollBarVisibility
    {
        Disabled,
        Auto,
        Hidden,
        Visible
    }
#pragma warning restore 1591
}
