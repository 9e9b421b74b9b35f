using System;

namespace System.Windows
{
    /// <summary>How heavy letters are, 1 to 999.</summary>
    public struct FontWeight : IEquatable<FontWeight>
    {
        private readonly int _weight;

        private FontWeight(int weight)
        {
            _weight = weight;
        }

        /// <summary>Letters of this weight.</summary>
        public static FontWeight FromOpenTypeWeight(int weightValue)
        {
            return new FontWeight(weightValue);
        }

        /// <summary>Their weight.</summary>
        public int ToOpenTypeWeight()
        {
            return _weight;
        }

        /// <summary>Whether they are as heavy.</summary>
        public bool Equals(FontWeight obj)
        {
            return _weight == obj._weight;
        }
    }

    /// <summary>Weights that have a name.</summary>
    public static class FontWeights
    {
#pragma warning disable 1591 // the names say it
        public static FontWeight Light { get { return FontWeight.FromOpenTypeWeight(300); } }
        public static FontWeight Normal { get { return FontWeight.FromOpenTypeWeight(400); } }
        public static FontWeight SemiBold { get { return FontWeight.FromOpenTypeWeight(600); } }
        public static FontWeight Bold { get { return FontWeight.FromOpenTypeWeight(700); } }
#pragma warning restore 1591
    }

    /// <summary>What becomes of a line that is too long.</summary>
    public enum TextWrapping
    {
        /// <summary>Broken, where a word fits.</summary>
        WrapWithOverflow,

        /// <summary>Not broken.</summary>
        NoWrap,

        /// <summary>Broken.</summary>
        Wrap
    }

    /// <summary>Where the lines of a text stand.</summary>
    public enum TextAlignment
    {
#pragma warning disable 1591 // the names say it
        Left,
        Right,
        Center,
        Justify
#pragma warning restore 1591
    }
}
