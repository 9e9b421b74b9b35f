using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A dose-volume histogram.</summary>
    public class DVHData : SerializableObject
    {
        internal DVHData()
        {
        }

        /// <summary>Volume that gets at least each dose.</summary>
        public DVHPoint[] CurveData { get; internal set; }

        /// <summary>Largest dose.</summary>
        public DoseValue MaxDose { get; internal set; }

        /// <summary>Smallest dose.</summary>
        public DoseValue MinDose { get; internal set; }

        /// <summary>Mean dose.</summary>
        public DoseValue MeanDose { get; internal set; }

        /// <summary>Median dose.</summary>
        public DoseValue MedianDose { get; internal set; }

        /// <summary>Standard deviation, in the doses' unit.</summary>
        public double StdDev { get; internal set; }

        /// <summary>Volume of the structure, cc.</summary>
        public double Volume { get; internal set; }

        /// <summary>Share of the structure inside the dose grid, by voxels counted.</summary>
        public double Coverage { get; internal set; }

        /// <summary>Voxels counted, in volume, over the structure's volume.</summary>
        public double SamplingCoverage { get; internal set; }
    }
}
