namespace EsapiBridge.Mock
{
    /// <summary>Stands for System.Windows.Media.Color, which Mono has not.</summary>
    public struct WpfLikeColor
    {
        private readonly byte _r;
        private readonly byte _g;
        private readonly byte _b;

        internal WpfLikeColor(int[] parts)
        {
            _r = (byte)parts[0];
            _g = (byte)parts[1];
            _b = (byte)parts[2];
        }

        /// <summary>Opacity: full.</summary>
        public byte A { get { return byte.MaxValue; } }

        /// <summary>Red.</summary>
        public byte R { get { return _r; } }

        /// <summary>Green.</summary>
        public byte G { get { return _g; } }

        /// <summary>Blue.</summary>
        public byte B { get { return _b; } }
    }
}
