using System;
using System.Globalization;

namespace System.Windows.Media
{
    /// <summary>A colour by its bytes: opacity, red, green, blue. The scRGB parts of the real one are left out.</summary>
    public struct Color : IEquatable<Color>
    {
        /// <summary>Opacity.</summary>
        public byte A { get; set; }

        /// <summary>Red.</summary>
        public byte R { get; set; }

        /// <summary>Green.</summary>
        public byte G { get; set; }

        /// <summary>Blue.</summary>
        public byte B { get; set; }

        /// <summary>A colour that is not transparent.</summary>
        public static Color FromRgb(byte r, byte g, byte b)
        {
            return FromArgb(byte.MaxValue, r, g, b);
        }

        /// <summary>A colour of the given opacity.</summary>
        public static Color FromArgb(byte a, byte r, byte g, byte b)
        {
            return new Color { A = a, R = r, G = g, B = b };
        }

        /// <summary>Whether two colours are the same.</summary>
        public static bool operator ==(Color left, Color right)
        {
            return left.Equals(right);
        }

        /// <summary>Whether two colours differ.</summary>
        public static bool operator !=(Color left, Color right)
        {
            return !left.Equals(right);
        }

        /// <summary>Whether two colours are the same.</summary>
        public static bool Equals(Color color1, Color color2)
        {
            return color1.Equals(color2);
        }

        /// <summary>Whether this is the same colour.</summary>
        public bool Equals(Color color)
        {
            return Argb == color.Argb;
        }

        /// <inheritdoc/>
        public override bool Equals(object o)
        {
            return o is Color && Equals((Color)o);
        }

        /// <inheritdoc/>
        public override int GetHashCode()
        {
            return (int)Argb;
        }

        /// <summary>"#AARRGGBB".</summary>
        public override string ToString()
        {
            return "#" + Argb.ToString("X8", CultureInfo.InvariantCulture);
        }

        internal static Color Of(uint rgb)
        {
            return FromRgb((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);
        }

        private uint Argb
        {
            get { return (uint)A << 24 | (uint)R << 16 | (uint)G << 8 | B; }
        }
    }
}
