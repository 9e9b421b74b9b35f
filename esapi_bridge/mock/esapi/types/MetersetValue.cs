namespace VMS.TPS.Common.Model.Types
{
    /// <summary>A meterset together with its unit.</summary>
    public struct MetersetValue
    {
        private readonly double _value;
        private readonly DosimeterUnit _unit;

        /// <summary>Makes a meterset.</summary>
        public MetersetValue(double value, DosimeterUnit unit)
        {
            _value = value;
            _unit = unit;
        }

        /// <summary>The number.</summary>
        public double Value { get { return _value; } }

        /// <summary>The unit.</summary>
        public DosimeterUnit Unit { get { return _unit; } }

        /// <summary>Number and unit.</summary>
        public override string ToString()
        {
            return _value.ToString("F1", System.Globalization.CultureInfo.InvariantCulture) + " " + _unit;
        }
    }
}
