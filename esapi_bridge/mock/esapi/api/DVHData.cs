using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A dose-volume histogram.</summary>
    public partial class DVHData : SerializableObject
    {
        internal DVHData()
        {
        }

        /// <summary>
        /// Volume that gets at least each dose: from 0 in steps of the bin width to the first above the largest dose, as curves
        /// of ESAPI 18 end (known).
        /// </summary>
        public DVHPoint[] CurveData { get; internal set; }

        /// <summary>Largest dose.</summary>
        public DoseValue MaxDose { get; internal set; }

        /// <summary>Smallest dose.</summary>
        public DoseValue MinDose { get; internal set; }

        /// <summary>Mean dose.</summary>
        public DoseValue MeanDose { get; internal set; }

        /// <summary>Median dose.</summary>
        public DoseValue MedianDose { get; internal set; }

#if ESAPI_16
        /// <summary>Where the largest dose is, DICOM mm.</summary>
        public VVector MaxDosePosition { get; internal set; }

        /// <summary>Where the smallest dose is, DICOM mm.</summary>
        public VVector MinDosePosition { get; internal set; }
#endif

        /// <summary>Standard deviation, in the doses' unit.</summary>
        public double StdDev { get; internal set; }

        /// <summary>Volume of the structure, cm3, as Structure.Volume.</summary>
        public double Volume { get; internal set; }

        /// <summary>Share of the structure's samples inside the dose grid, 0 to 1.</summary>
        public double Coverage { get; internal set; }

        /// <summary>Volume of the samples inside the dose grid over the volume that is sampled (assumed).</summary>
        public double SamplingCoverage { get; internal set; }
    }
}
