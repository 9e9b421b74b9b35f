namespace VMS.TPS.Common.Model.Types
{
    /// <summary>A point of a dose-volume histogram.</summary>
    public struct DVHPoint
    {
        private readonly DoseValue _dose;
        private readonly double _volume;
        private readonly string _volumeUnit;

        /// <summary>Makes a point.</summary>
        public DVHPoint(DoseValue dose, double volume, string volumeUnit)
        {
            _dose = dose;
            _volume = volume;
            _volumeUnit = volumeUnit;
        }

        /// <summary>The dose.</summary>
        public DoseValue DoseValue { get { return _dose; } }

        /// <summary>The volume that gets at least this dose.</summary>
        public double Volume { get { return _volume; } }

        /// <summary>"cm3" or "%".</summary>
        public string VolumeUnit { get { return _volumeUnit; } }
    }
}
