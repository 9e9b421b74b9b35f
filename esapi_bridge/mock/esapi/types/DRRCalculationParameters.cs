namespace VMS.TPS.Common.Model.Types
{
    /// <summary>
    /// Parameters of a DRR (ESAPI 15.6), which the mock takes and does not use; the initial values are assumed.
    /// </summary>
    public class DRRCalculationParameters
    {
        /// <summary>Makes parameters of a DRR of 500 mm.</summary>
        public DRRCalculationParameters() : this(500)
        {
        }

        /// <summary>Makes parameters of a DRR of a size, mm.</summary>
        public DRRCalculationParameters(double drrSize)
        {
            DRRSize = drrSize;
        }

        /// <summary>Makes parameters with one layer: weight and window, HU.</summary>
        public DRRCalculationParameters(double drrSize, double weight, double ctFrom, double ctTo) : this(drrSize)
        {
            SetLayerParameters(0, weight, ctFrom, ctTo);
        }

        /// <summary>Makes parameters with one layer: weight, window in HU, distances from the isocentre in mm.</summary>
        public DRRCalculationParameters(
            double drrSize, double weight, double ctFrom, double ctTo, double geoFrom, double geoTo) : this(drrSize)
        {
            SetLayerParameters(0, weight, ctFrom, ctTo, geoFrom, geoTo);
        }

        /// <summary>Size, mm.</summary>
        public double DRRSize { get; set; }

        /// <summary>Whether field outlines are layers of it.</summary>
        public bool FieldOutlines { get; set; }

        /// <summary>Whether outlines of structures are layers of it.</summary>
        public bool StructureOutlines { get; set; }

        /// <summary>States a layer: weight and window, HU. The mock keeps none.</summary>
        public void SetLayerParameters(int index, double weight, double ctFrom, double ctTo)
        {
        }

        /// <summary>States a layer: weight, window in HU, distances from the isocentre in mm. The mock keeps none.</summary>
        public void SetLayerParameters(int index, double weight, double ctFrom, double ctTo, double geoFrom, double geoTo)
        {
        }
    }
}
